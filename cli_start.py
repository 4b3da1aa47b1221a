"""The way in: an interrupt while the command is still being imported ends it without a word, as there is nothing yet to stop or to keep."""

from __future__ import annotations

import gc
import signal

_CELLS_BETWEEN_COLLECTIONS = 100_000
"""New objects after which the collector looks for garbage. Tables come as millions of cells, and by default it would go through them every 700."""


def main() -> None:
    """Import the command with Ctrl-C at its plainest, then run it under Python's own handling."""
    gc.set_threshold(_CELLS_BETWEEN_COLLECTIONS, 20, 50)
    earlier = signal.getsignal(signal.SIGINT)
    if earlier is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from cli import main as command

    signal.signal(signal.SIGINT, earlier)
    command()


if __name__ == "__main__":
    main()

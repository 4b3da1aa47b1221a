"""Ctrl-C while solving. Light to import, so that it is in force before anything heavy is."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from types import FrameType, TracebackType

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupt:
    """Turns the first Ctrl-C (or end, or lost terminal) into a request to stop and keep the best plan; the second one leaves at once.

    Until ``keeping`` is set there is nothing to keep, and the first one leaves at once too.
    """

    def __init__(self, *, keeping: bool = True) -> None:
        self.cancel = threading.Event()
        self.keeping = keeping
        self._said = "stopping; the best plan so far is kept (again to leave at once)"
        self._asked = 0
        self._earlier: dict[int, object] = {}

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                # Whoever has hang-ups ignored, as nohup does, wants the run to go on.
                if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
                    self._earlier[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._earlier.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def keep(self, said: str = "") -> None:
        """From here on there is something to keep, told in the sentence ``said``; raise the interrupt that an import swallowed."""
        if self.cancel.is_set():
            raise KeyboardInterrupt
        self._said = said or self._said
        self.keeping = True

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._asked += 1
        if self._asked > 2:
            os._exit(130)
        self.cancel.set()
        if self._asked == 2 or not self.keeping:
            # An exception rather than an exit, so that the solver is ended and scratch folders go.
            raise KeyboardInterrupt
        # Not print: the signal may have come in the middle of one, and a stream does not allow a second.
        with contextlib.suppress(OSError):
            os.write(2, f"{self._said}\n".encode())

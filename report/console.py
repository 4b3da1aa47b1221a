"""How the command speaks and leaves: exit codes, standard error, closed pipes, and no traceback."""

from __future__ import annotations

import os
import signal
import sys
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Exit(IntEnum):
    """Exit codes, part of the interface."""

    PROVED = 0
    INTERNAL = 1
    USAGE = 2
    LIMIT = 3
    INFEASIBLE = 4
    NO_PLAN = 5
    INVALID = 6
    SOLVER = 7
    DISAGREEMENT = 70
    INTERRUPTED = 130
    BROKEN_PIPE = 141


def say(text: str) -> None:
    """Print to standard error."""
    print(text, file=sys.stderr, flush=True)


def guarded(command: Callable[[], None]) -> int:
    """Run ``command`` and return the exit code; whatever goes wrong becomes one sentence on standard error."""
    try:
        command()
        sys.stdout.flush()
    except SystemExit as leaving:
        return _flushed(leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None))
    except KeyboardInterrupt:
        say("interrupted")
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:
        return _pipe_closed()
    except MemoryError:
        say("consortia: out of memory")
        return int(Exit.INTERNAL)
    except OSError as error:
        say(f"consortia: {error.filename or ''}: {error.strerror or error}".replace(": :", ":"))
        return int(Exit.USAGE)
    except Exception as error:
        say(f"consortia: internal error: {type(error).__name__}: {error} (run again with --debug for the trace, and please report it)")
        return int(Exit.INTERNAL)
    return 0


def _flushed(code: int) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _pipe_closed()
    except OSError as error:
        say(f"consortia: standard output: {error.strerror}")
        return int(Exit.USAGE)
    return code


def _pipe_closed() -> int:
    """Point standard output at nothing, so that the interpreter's own flush at exit stays silent."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return int(Exit.BROKEN_PIPE)

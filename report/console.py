"""How the command speaks and leaves: exit codes, standard error, closed pipes, and no traceback."""

from __future__ import annotations

import contextlib
import os
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
    """Print to standard error; a terminal that went away or a full disk costs the message, not the answer."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def open_closed_streams() -> None:
    """Point standard streams that the caller closed at nothing: else what is meant for one stream ends in another, or in a file opened later."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def guarded(command: Callable[[], None]) -> int:
    """Run ``command`` and return the exit code; whatever goes wrong becomes one sentence on standard error."""
    try:
        command()
        sys.stdout.flush()
    except SystemExit as leaving:
        # Typer turns a closed pipe into a plain 1.
        if isinstance(leaving.__context__, BrokenPipeError):
            return _pipe_closed()
        return _flushed(leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None))
    except KeyboardInterrupt:
        say("interrupted")
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:
        return _pipe_closed()
    except MemoryError:
        say("consortia: out of memory")
        return int(Exit.INTERNAL)
    except OverflowError as error:
        say(f"consortia: {error}")
        return int(Exit.INVALID)
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
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return int(Exit.BROKEN_PIPE)

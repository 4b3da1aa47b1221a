"""Ctrl-C while solving. Light to import, so that it is in force before anything heavy is."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from types import FrameType, TracebackType


class Interrupt:
    """Turns the first Ctrl-C into a request to stop and keep the best plan; the second one leaves at once."""

    def __init__(self) -> None:
        self.cancel = threading.Event()
        self._asked = 0
        self._earlier: dict[int, object] = {}

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._earlier[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._earlier.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._asked += 1
        if self._asked > 2:
            os._exit(130)
        if self._asked == 2:
            # An exception rather than an exit, so that the solver is ended and scratch folders go.
            raise KeyboardInterrupt
        self.cancel.set()
        # Not print: the signal may have come in the middle of one, and a stream does not allow a second.
        with contextlib.suppress(OSError):
            os.write(2, b"stopping; the best plan so far is kept (again to leave at once)\n")

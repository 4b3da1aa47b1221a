"""What a user sees while a solver works: a line now and then."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

from solver.judgement import relative_gap, safe_bound
from solver.preparing import Phase

if TYPE_CHECKING:
    from solver.backends.contracts import Event

SECONDS_BETWEEN_LINES = 5.0


class Progress:
    """Prints incumbent, bound, gap and time to standard error: at each better plan, and every few seconds, so that silence never means stuck."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._began = time.monotonic()
        self._cost: int | None = None
        self._bound: float | None = None
        self._phase = Phase.READING
        self._printed = 0.0
        self._done = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> Progress:
        if not self._quiet:
            threading.Thread(target=self._beat, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._done.set()

    def phase(self, phase: Phase, said: str = "") -> None:
        """Take in what the run is at now, and print what there is to say of it."""
        self._phase = phase
        if said and not self._quiet:
            with contextlib.suppress(OSError):
                print(said, file=sys.stderr, flush=True)

    def event(self, event: Event) -> None:
        """Take in a new incumbent or bound."""
        with self._lock:
            better = event.cost is not None and (self._cost is None or event.cost < self._cost)
            self._cost = event.cost if better else self._cost
            self._bound = event.bound if event.bound is not None else self._bound
        if better and not self._quiet and time.monotonic() - self._printed > 0.2:
            self.line("*")

    def _beat(self) -> None:
        while not self._done.wait(0.5):
            if time.monotonic() - max(self._printed, self._began) >= SECONDS_BETWEEN_LINES:
                self.line(" ")

    def line(self, mark: str) -> None:
        """Print what is known now."""
        with self._lock:
            cost, bound = self._cost, safe_bound(self._bound)
            self._printed = time.monotonic()
        gap = relative_gap(cost, bound)
        seconds = self._printed - self._began
        parts = [
            f"{mark} {seconds:7.1f} s",
            *([str(self._phase)] if self._phase is not Phase.SOLVING or (cost is None and bound is None) else []),
            *([f"cost {cost:,}"] if cost is not None else ["no plan yet"] if self._phase is Phase.SOLVING else []),
            *([f"bound {bound:,}"] if bound is not None else ["no bound yet"] if self._phase is Phase.SOLVING else []),
        ]
        if gap is not None:
            parts.append(f"gap {gap:.3%}")
        # Progress nobody can see is no reason to lose the plan.
        with contextlib.suppress(OSError):
            print("  ".join(parts), file=sys.stderr, flush=True)

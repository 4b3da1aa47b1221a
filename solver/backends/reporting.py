"""The child's side of the event pipe: checks every plan a solver hands in, keeps the best on disk, passes on costs and bounds."""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from solver.backends.handover import write_plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.backends.contracts import Job

_SMALL = 20_000
"""Columns up to which every improved plan goes to disk at once."""
_PLAN_EVERY_S = 1.0
_BOUND_EVERY_S = 0.2
_HUGE = 1e19
"""Solvers call their infinities 1e20 or more; a program's money stays below 2**61."""


class Pipe:
    """Writes JSON lines to the parent; several threads may speak."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def send(self, record: dict[str, Any]) -> None:
        """Write one line whole."""
        line = (json.dumps(record) + "\n").encode()
        with self._lock:
            while line:
                line = line[os.write(self._descriptor, line) :]


class StopSignal:
    """Remembers that the parent asked to stop and calls whoever wants to know."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = False
        self._interrupt: Callable[[], None] | None = None

    @property
    def asked(self) -> bool:
        """Whether the parent asked to stop."""
        return self._asked

    def watch(self, interrupt: Callable[[], None] | None) -> None:
        """Call ``interrupt`` on a stop, also on one that has already come; ``None`` forgets the last."""
        with self._lock:
            self._interrupt = interrupt
            due = self._asked
        if due and interrupt is not None:
            interrupt()

    def ask(self) -> None:
        """Pass the parent's wish on."""
        with self._lock:
            self._asked = True
            interrupt = self._interrupt
        if interrupt is not None:
            interrupt()


class JobReporter:
    """A :class:`solver.backends.contracts.Reporter` for one job."""

    def __init__(self, job: Job, number: int, pipe: Pipe, stop: StopSignal, started: float) -> None:
        self._job, self._number, self._pipe, self._stop, self._started = job, number, pipe, stop, started
        self._lock = threading.RLock()
        self._best: NDArray[np.int64] | None = None
        self._pending = False
        self._written_at = -math.inf
        self._timer: threading.Timer | None = None
        self._bound = -math.inf
        self._bound_at = -math.inf
        self._logged: int | None = None
        self.cost: int | None = None
        self.dropped_rows = 0

    def incumbent(self, values: NDArray[np.float64] | NDArray[np.int64], source: str = "") -> None:
        """Round, check, and keep when it is the best so far."""
        whole = np.rint(values).astype(np.int64)
        broken = self._job.program.violations(whole)
        with self._lock:
            if broken:
                self.dropped_rows = max(self.dropped_rows, len(broken))
                return
            cost = self._job.program.objective(whole)
            if self.cost is not None and cost >= self.cost:
                return
            self.cost, self._best, self._pending = cost, whole, True
            if whole.shape[0] <= _SMALL or time.monotonic() - self._written_at >= _PLAN_EVERY_S:
                self._write()
            elif self._timer is None:
                self._timer = threading.Timer(_PLAN_EVERY_S, self._write)
                self._timer.daemon = True
                self._timer.start()
            self._send(source)

    def logged_cost(self, cost: int, source: str = "") -> None:
        """Pass on a cost without a plan when it improves on the best."""
        with self._lock:
            if (self.cost is None or cost < self.cost) and (self._logged is None or cost < self._logged):
                self._logged = cost
                self._send(source)

    def bound(self, value: float, source: str = "") -> None:
        """Pass on a better bound, a few times a second at most."""
        if not math.isfinite(value) or abs(value) >= _HUGE:
            return
        with self._lock:
            if value <= self._bound:
                return
            self._bound = value
            if time.monotonic() - self._bound_at >= _BOUND_EVERY_S:
                self._bound_at = time.monotonic()
                self._send(source)

    def remaining(self) -> float | None:
        """Return the seconds left, at least a twentieth of one."""
        limit = self._job.options.time_limit
        return None if limit is None else max(0.05, limit - (time.monotonic() - self._started))

    def on_stop(self, interrupt: Callable[[], None]) -> None:
        """Have ``interrupt`` called when the parent asks to stop."""
        self._stop.watch(interrupt)

    @property
    def stopping(self) -> bool:
        """Whether the parent asked to stop."""
        return self._stop.asked

    def finish(self) -> None:
        """Write what waits to be written and stop listening."""
        self._stop.watch(None)
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._write()

    def seconds(self) -> float:
        """Return the time since the child started on the job."""
        return time.monotonic() - self._started

    def _write(self) -> None:
        with self._lock:
            self._timer = None
            if self._pending and self._best is not None:
                write_plan(self._job.folder, self._best)
                self._pending, self._written_at = False, time.monotonic()

    def _send(self, source: str) -> None:
        known = [cost for cost in (self.cost, self._logged) if cost is not None]
        self._pipe.send(
            {
                "kind": "event",
                "job": self._number,
                "seconds": self.seconds(),
                "cost": min(known) if known else None,
                "bound": self._bound if math.isfinite(self._bound) else None,
                "source": source,
            }
        )

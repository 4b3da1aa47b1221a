"""The parent's side: runs a back end in a child process of its own, watches over its time, and hands back a checked outcome.

Whatever a solver does to itself - crash, hang, eat memory, print nonsense - happens in the child; the best plan it told of survives.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from solver.backends import registry
from solver.backends.contracts import Event, Options, Outcome
from solver.backends.handover import read_plan, write_job
from solver.backends.judging import Ended, Evidence, judge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.program import Program

__all__ = ["Event", "Options", "Outcome", "run_backend", "run_many"]

_TICK_S = 0.1
_START_UP_S = 60.0
_OVERRAN_S = 3.0
_CANCELLED_S = 5.0
_NOTHING_TO_LOSE_S = 1.0
_TERMINATE_S = 2.0
_LEAST_GRACE_S, _MOST_GRACE_S = 2.0, 5.0
"""How long a solver may be late before it is asked to stop: a twentieth of the limit, within these."""


def run_backend(
    program: Program,
    backend: str,
    options: Options,
    *,
    start: NDArray[np.int64] | None = None,
    on_event: Callable[[Event], None] | None = None,
    log_path: Path | None = None,
    cancel: threading.Event | None = None,
) -> Outcome:
    """Solve one program in a child process.

    Parameters
    ----------
    program
        What to solve.
    backend
        A name from :mod:`solver.backends.registry`.
    options
        Limits and settings.
    start
        (columns,) values to begin from; kept as the best plan when they are feasible.
    on_event
        Called in this thread with every better cost or bound.
    log_path
        Where the solver's own output goes.
    cancel
        When set, the solver is asked to stop and the best plan is kept.

    Raises
    ------
    KeyError
        When no back end has that name.
    """
    return _run([program], backend, options, [start], on_event, log_path, cancel)[0]


def run_many(programs: Sequence[Program], backend: str, options: Options) -> list[Outcome]:
    """Solve several programs in one child, one after the other; limits hold for each. A crash costs only the program it happened in."""
    return _run(programs, backend, options, [None] * len(programs), None, None, None)


def _run(
    programs: Sequence[Program],
    backend: str,
    options: Options,
    starts: Sequence[NDArray[np.int64] | None],
    on_event: Callable[[Event], None] | None,
    log_path: Path | None,
    cancel: threading.Event | None,
) -> list[Outcome]:
    trouble = registry.trouble(backend)
    if trouble:
        return [Outcome("failed", message=trouble, reason="missing") for _ in programs]
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="consortia-") as temporary:
        folder = Path(temporary)
        folders = [folder / f"job{number}" for number in range(len(programs))]
        log = Path(log_path).absolute() if log_path is not None else folder / "solver.log"
        try:
            for place, program, start in zip(folders, programs, starts, strict=True):
                write_job(place, program, options, start)
            log.write_bytes(b"")
        except OSError as error:
            message = f"{error.filename or folder.parent}: {error.strerror or error}; the solver could not be given the program."
            return [Outcome("failed", message=message, reason="disk") for _ in programs]
        if cancel is not None and cancel.is_set():
            return [_cancelled(program, options, start) for program, start in zip(programs, starts, strict=True)]
        while len(outcomes) < len(programs):
            done = len(outcomes)
            session = _Session(backend, folders[done:], programs[done:], options, log, on_event, cancel)
            evidence = session.watch()
            for number, found in enumerate(evidence, start=done):
                program, start = programs[number], starts[number]
                found.plan, found.log = read_plan(folders[number], program.columns), log
                if found.plan is None and start is not None and not program.violations(start):
                    # The child ended before it could take the start over.
                    found.plan = start.astype(np.int64)
                outcomes.append(judge(program, options, start, found))
    return outcomes


def _cancelled(program: Program, options: Options, start: NDArray[np.int64] | None) -> Outcome:
    """Return the outcome of a run that was stopped before its child was started."""
    kept = start.astype(np.int64) if start is not None and not program.violations(start) else None
    return judge(program, options, start, Evidence(ended="cancelled", plan=kept, began=False))


class _Session:
    """One child process from its start to its end."""

    def __init__(
        self,
        backend: str,
        folders: Sequence[Path],
        programs: Sequence[Program],
        options: Options,
        log: Path,
        on_event: Callable[[Event], None] | None,
        cancel: threading.Event | None,
    ) -> None:
        self._options, self._on_event, self._cancel = options, on_event, cancel
        self._abilities = registry.info(backend).abilities
        self._jobs = len(programs)
        self._done: list[Evidence] = []
        self._current = Evidence()
        self._started_at: float | None = None
        self._began_at = time.monotonic()
        self._stopping: Ended | None = None
        self._stop_at = 0.0
        self._signals = 0
        self._unloadable: dict[str, Any] | None = None
        self._reader, writer = os.pipe()
        try:
            with log.open("ab") as output:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "solver.backends.child", backend, str(writer), *map(str, folders)],
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=(writer,),
                    cwd=folders[0].parent,
                    env=child_environment(options.memory_mb),
                    start_new_session=True,
                )
        finally:
            os.close(writer)

    def watch(self) -> list[Evidence]:
        """Return the evidence on every job the child began, in order; at least one."""
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._reader, selectors.EVENT_READ)
                rest = b""
                while True:
                    if selector.select(_TICK_S):
                        chunk = os.read(self._reader, 1 << 16)
                        if not chunk:
                            break
                        *lines, rest = (rest + chunk).split(b"\n")
                        for line in lines:
                            self._hear(json.loads(line))
                    self._supervise()
            return self._conclude()
        finally:
            self._end()

    def _hear(self, message: dict[str, Any]) -> None:
        kind = message["kind"]
        if kind == "event":
            event = Event(message["seconds"], message["cost"], message["bound"], message["source"])
            self._current.events.append(event)
            if self._on_event is not None:
                self._on_event(event)
        elif kind == "start":
            self._started_at, self._current.version = time.monotonic(), message["version"]
        elif kind == "unloadable":
            self._unloadable = message
        elif kind == "result":
            self._current.record = message
            self._current.ended = self._stopping or "answered"
            self._done.append(self._current)
            self._current, self._started_at = Evidence(), None
            if self._stopping == "overran":
                self._stopping, self._signals = None, 0

    def _supervise(self) -> None:
        now = time.monotonic()
        self._current.memory_mb = max(self._current.memory_mb, resident_peak_mb(self._process.pid))
        if self._stopping is None:
            if self._cancel is not None and self._cancel.is_set():
                self._ask_to_stop("cancelled", now)
            elif self._overdue(now):
                self._ask_to_stop("overran", now)
        elif self._signals == 0 and now - self._stop_at > self._patience():
            self._signal(signal.SIGTERM)
        elif self._signals == 1 and now - self._stop_at > self._patience() + _TERMINATE_S:
            self._signal(signal.SIGKILL)

    def _patience(self) -> float:
        """Return how long to wait for an answer to the request to stop: hardly at all while the solver has told of nothing that could be lost."""
        if self._stopping == "overran":
            return _OVERRAN_S
        if self._started_at is None and not self._done:
            return 0.0
        silent = "events" in self._abilities and all(event.source == "start" for event in self._current.events)
        return _NOTHING_TO_LOSE_S if silent else _CANCELLED_S

    def _overdue(self, now: float) -> bool:
        limit = self._options.time_limit
        if limit is None:
            return False
        grace = min(max(_LEAST_GRACE_S, 0.05 * limit), _MOST_GRACE_S)
        if self._started_at is None:
            return len(self._done) < self._jobs and not self._done and now - self._began_at > limit + grace + _START_UP_S
        return now - self._started_at > limit + grace

    def _ask_to_stop(self, why: Ended, now: float) -> None:
        self._stopping, self._stop_at = why, now
        with contextlib.suppress(OSError, ValueError):
            assert self._process.stdin is not None
            self._process.stdin.write(b"stop\n")
            self._process.stdin.flush()

    def _signal(self, number: signal.Signals) -> None:
        self._signals += 1
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _conclude(self) -> list[Evidence]:
        code = self._process.wait(timeout=30)
        if len(self._done) == self._jobs:
            return self._done
        if self._unloadable is not None:
            return [Evidence(ended="answered", record=self._unloadable) for _ in range(self._jobs)]
        cut = self._current
        cut.ended = self._stopping or "died"
        cut.began = self._started_at is not None
        cut.return_code = code
        cut.seconds = time.monotonic() - (self._started_at or self._began_at)
        if self._stopping == "cancelled":
            # What was not begun is cancelled as well.
            return [*self._done, cut, *(Evidence(ended="cancelled", began=False) for _ in range(self._jobs - len(self._done) - 1))]
        return [*self._done, cut]

    def _end(self) -> None:
        os.close(self._reader)
        # The group may outlive its leader: a binary that the child started would go on unwatched.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        self._process.wait()


def child_environment(memory_mb: int | None) -> dict[str, str]:
    """Return the child's environment: importable whatever the working folder, and no threads but the solver's own."""
    root = str(Path(__file__).resolve().parents[2])
    inherited = os.environ.get("PYTHONPATH")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([root, inherited] if inherited else [root]),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }
    if memory_mb is not None:
        # Each thread's heap would reserve 64 MiB of address space, which is what the limit counts.
        environment["MALLOC_ARENA_MAX"] = "2"
    return environment


def resident_peak_mb(process: int) -> float:
    """Return the highest resident memory of a running process in MiB; 0 when it cannot be read."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0

"""Does the runs of a study on this machine, each in a process of its own on cores of its own, and hands back a record of each."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import IO, Any

from solver import engine
from solver.backends.process import child_environment
from solver.study.planned import Contender, PlannedRun
from solver.study.records import Record, record_from_dict
from solver.study.store import LOGS_FOLDER

_TICK_S = 0.1
_STOPS_WITHIN_S = 15.0
"""How long a run may take to stop when asked; a solver has its own, shorter grace inside."""


_WARM_UP_S = 5.0


@dataclass(frozen=True)
class Attempt:
    """A planned run and the how-manieth time it is done."""

    run: PlannedRun
    number: int = 1


def usable_cores() -> tuple[int, ...]:
    """Return the cores this process may use; nothing where the system does not say."""
    return tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()


def shares(cores: Sequence[int], jobs: int, threads: int) -> list[tuple[int, ...]]:
    """Return the cores of each of ``jobs`` runs at a time, ``threads`` to each; no cores, which is no pinning, when there are too few for that."""
    if len(cores) < jobs * threads:
        return [()] * jobs
    return [tuple(cores[job * threads : (job + 1) * threads]) for job in range(jobs)]


def oversubscription(cores: Sequence[int], jobs: int, threads: int) -> str:
    """Return a warning when runs will get in each other's way, else an empty string."""
    count = len(cores) or os.cpu_count() or 1
    if jobs * threads <= count:
        return ""
    return f"{jobs} runs at a time with {threads} threads each share {count} cores: times will not be comparable, and runs are not pinned"


def run_all(attempts: Sequence[Attempt], folder: Path, jobs: int, cancel: threading.Event) -> Iterator[Record]:
    """Do ``attempts``, ``jobs`` at a time, and yield the record of each as it ends; a run that ``cancel`` cut short has none.

    Parameters
    ----------
    attempts
        What to do, in this order.
    folder
        The study's folder, which has one for logs.
    jobs
        Runs at a time.
    cancel
        When set, no more runs are begun and those in hand are asked to stop; those in hand when the caller stops listening are ended.
    """
    threads = attempts[0].run.limits.threads if attempts else 1
    slots: queue.SimpleQueue[tuple[int, ...]] = queue.SimpleQueue()
    for share in shares(usable_cores(), jobs, threads):
        slots.put(share)
    leaving = threading.Event()

    def one(attempt: Attempt) -> Record | None:
        if cancel.is_set() or leaving.is_set():
            return None
        cores = slots.get()
        try:
            return run_one(attempt, folder, cores, cancel, leaving)
        finally:
            slots.put(cores)

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        pending: set[Future[Record | None]] = {pool.submit(one, attempt) for attempt in attempts}
        try:
            while pending:
                # Not for ever: a signal is only looked at between two waits.
                done, pending = wait(pending, timeout=_TICK_S, return_when=FIRST_COMPLETED)
                yield from (record for future in done if (record := future.result()) is not None)
        finally:
            leaving.set()


def warm_up(attempts: Sequence[Attempt], cancel: threading.Event) -> None:
    """Let the engine compile itself, where it is among the solvers and has not yet: the first run would pay for it, three times over with a short limit.

    That is a run like others, on the smallest instance, of which nothing is kept; compiled code lasts until the program or its compiler changes.
    """
    own = [attempt for attempt in attempts if attempt.run.contender.solver in (engine.NAME, "auto") and attempt.run.subject.size.get("bodies")]
    if not own or engine.trouble():
        return
    smallest = min(own, key=lambda attempt: attempt.run.subject.size.get("bodies", 0)).run
    run = replace(smallest, contender=Contender(engine.NAME), limits=replace(smallest.limits, time_limit=_WARM_UP_S))
    with tempfile.TemporaryDirectory(prefix="consortia-") as scratch:
        (Path(scratch) / LOGS_FOLDER).mkdir()
        run_one(Attempt(run), Path(scratch), (), cancel)


def run_one(attempt: Attempt, folder: Path, cores: tuple[int, ...], cancel: threading.Event, leaving: threading.Event | None = None) -> Record | None:
    """Do one run in a process of its own; ``None`` when it was cut short because somebody asked to stop."""
    run = attempt.run
    log = f"{LOGS_FOLDER}/{run.key}-{attempt.number}.log"
    job = {
        "path": run.subject.path,
        "format": run.subject.form,
        "digest": run.subject.digest,
        "solver": run.contender.solver,
        "options": dict(run.contender.options),
        "seed": run.seed,
        "limits": run.limits.as_dict(),
        "cores": list(cores),
        "log": str((folder / log).absolute()),
    }
    began, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    answer, cut_short, died = _child(job, cancel, leaving or threading.Event())
    if cut_short and answer.get("stop") in (None, "cancelled"):
        return None
    blank = _blank(attempt, cores, began, log if (folder / log).is_file() else "")
    found = answer or {"stop": "failed", "reason": "crash", "message": died}
    return record_from_dict({**blank, **found, "wall_s": round(time.monotonic() - clock, 3)})


def _child(job: Mapping[str, Any], cancel: threading.Event, leaving: threading.Event) -> tuple[dict[str, Any], bool, str]:
    """Return what the child answered (nothing when it died), whether it was asked to stop, and how it died."""
    reader, writer = os.pipe()
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "solver.study.one_run", str(writer)],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=subprocess.STDOUT,
                pass_fds=(writer,),
                env=child_environment(None),
                start_new_session=True,
            )
        except BaseException:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        try:
            with contextlib.suppress(BrokenPipeError):
                assert process.stdin is not None
                process.stdin.write(json.dumps(job).encode() + b"\n")
                process.stdin.flush()
            content, cut_short = _heard(process, reader, cancel, leaving)
            code = _code(process)
        finally:
            os.close(reader)
            _end(process)
        try:
            return dict(json.loads(content)), cut_short, ""
        except ValueError:
            return {}, cut_short, _last_words(said, code)


def _heard(process: subprocess.Popen[bytes], reader: int, cancel: threading.Event, leaving: threading.Event) -> tuple[bytes, bool]:
    """Return all that the child writes, and whether it was asked to stop meanwhile."""
    content, asked = b"", 0.0
    with selectors.DefaultSelector() as selector:
        selector.register(reader, selectors.EVENT_READ)
        while True:
            if selector.select(_TICK_S):
                chunk = os.read(reader, 1 << 16)
                if not chunk:
                    return content, asked > 0
                content += chunk
            if not asked and (cancel.is_set() or leaving.is_set()):
                asked = time.monotonic()
                _let_go(process)
            elif leaving.is_set() or (asked and time.monotonic() - asked > _STOPS_WITHIN_S):
                _kill(process)


def _code(process: subprocess.Popen[bytes]) -> int:
    """Return how a process ended that has closed its pipe and so has nothing more to do; one that does not end is ended."""
    try:
        return process.wait(timeout=_STOPS_WITHIN_S)
    except subprocess.TimeoutExpired:
        _kill(process)
        return process.wait()


def _let_go(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        assert process.stdin is not None
        process.stdin.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes]) -> None:
    _kill(process)
    _let_go(process)
    process.wait()


def _last_words(said: IO[bytes], code: int) -> str:
    said.seek(0, os.SEEK_END)
    said.seek(max(0, said.tell() - 4096))
    words = said.read().decode("utf-8", "replace").strip().splitlines()
    return f"its process ended with code {code}" + (f": {words[-1]}" if words else "")


def _blank(attempt: Attempt, cores: tuple[int, ...], began: str, log: str) -> dict[str, Any]:
    """Return the record of a run of which nothing is known but what was asked."""
    run = attempt.run
    nothing = Record(
        key=run.key, attempt=attempt.number, instance=run.subject.name, path=run.subject.path, group=run.subject.group, digest=run.subject.digest,
        size=dict(run.subject.size), contender=run.contender.name, solver=run.contender.solver, solver_version="", back_end="",
        version=metadata.version("consortia"), options=dict(run.contender.options), seed=run.seed, limits=run.limits.as_dict(), machine={},
        cores=cores, began=began, stop="failed", reason="", message="", raw_status="", cost=None, bound=None, gap=None, audit="", disagreement="",
        seconds=0.0, build_s=0.0, time_s=0.0, wall_s=0.0, peak_memory_mb=0.0, run_memory_mb=0.0, events=(), log=log,
    )  # fmt: skip
    return nothing.as_dict()


def to_do(planned: Sequence[PlannedRun], counted: Mapping[str, Record], *, retry_failed: bool) -> list[Attempt]:
    """Return the runs of which no record counts yet and, where asked, those whose record tells of a failure, as another attempt."""
    attempts = []
    for run in planned:
        earlier = counted.get(run.key)
        if earlier is None:
            attempts.append(Attempt(run))
        elif retry_failed and earlier.failed:
            attempts.append(Attempt(run, earlier.attempt + 1))
    return attempts

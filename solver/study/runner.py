"""Does the runs of a study on this machine, each in a process of its own on cores of its own, and hands back a record of each."""

from __future__ import annotations

import contextlib
import os
import queue
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias, TypeVar

from solver import engine
from solver.programs.mps_file import FORM
from solver.study.attempt import Asked, Attempt, Stopping, run_one
from solver.study.contents import Contents
from solver.study.nursery import nursery
from solver.study.planned import Contender, PlannedRun
from solver.study.records import Record
from solver.study.store import LOGS_FOLDER

Ended: TypeAlias = "queue.SimpleQueue[Future[Record | None]]"
"""Runs that have ended, as they do."""
OWN = (engine.NAME, "auto")
"""Solvers that compile themselves when first used."""
_Item = TypeVar("_Item")
_TICK_S = 0.1
_MOMENT_S = 0.05
_WARM_UP_S = 5.0


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


def run_all(attempts: Sequence[Attempt], folder: Path, jobs: int, cancel: threading.Event, contents: Contents | None = None) -> Iterator[tuple[Record, ...]]:
    """Do ``attempts``, ``jobs`` at a time, and yield the records of those that ended since the last time; a run that ``cancel`` cut short has none.

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
    contents
        Where instances are kept; those that are not are read from their own files.
    """
    if not attempts:
        return
    leaving = threading.Event()
    stopping = Stopping(cancel, leaving)
    ended: Ended = queue.SimpleQueue()
    slots: queue.SimpleQueue[tuple[int, ...]] = queue.SimpleQueue()
    for share in shares(usable_cores(), jobs, attempts[0].run.limits.threads):
        slots.put(share)

    with ExitStack() as stack:
        nurseries = {own: stack.enter_context(nursery(for_engine=own)) for own in {for_engine(attempt) for attempt in attempts}}
        pool = stack.enter_context(ThreadPoolExecutor(max_workers=jobs))

        def one(attempt: Attempt) -> Record | None:
            if stopping.asked:
                return None
            cores = slots.get()
            try:
                return run_one(attempt, folder, cores, stopping, nursery=nurseries[for_engine(attempt)], content=_kept(attempt.run, contents))
            finally:
                slots.put(cores)

        for attempt in attempts:
            pool.submit(one, attempt).add_done_callback(ended.put)
        try:
            yield from collected(ended, len(attempts))
        finally:
            leaving.set()


def for_engine(attempt: Attempt) -> bool:
    """Tell whether a run is the engine's for certain: ``auto`` leaves small programs to others."""
    return attempt.run.contender.solver == engine.NAME and not engine.trouble()


def collected(ended: Ended, count: int) -> Iterator[tuple[Record, ...]]:
    """Yield the records of ``count`` runs, those together that ended since the last time; the first error is raised."""
    while count:
        batch = drained(ended)
        count -= len(batch)
        records = tuple(record for future in batch if (record := future.result()) is not None)
        if records:
            yield records


def drained(ended: queue.SimpleQueue[_Item]) -> list[_Item]:
    """Return all that ended, waiting a little for a first; not for ever, because a signal is only looked at between two waits."""
    found = []
    with contextlib.suppress(queue.Empty):
        found.append(ended.get(timeout=_TICK_S))
        # What ends within the same moment waits for the disk together.
        time.sleep(_MOMENT_S)
        while True:
            found.append(ended.get_nowait())
    return found


def compiles(attempt: Attempt) -> bool:
    """Tell whether a run may have the engine compile itself; it can do nothing with a bare program."""
    return attempt.run.contender.solver in OWN and attempt.run.subject.form != FORM


def warm_up(attempts: Sequence[Attempt], cancel: Asked, contents: Contents | None = None) -> None:
    """Let the engine compile itself, where it is among the solvers and has not yet: the first run would pay for it, three times over with a short limit.

    That are runs like others, on the smallest instance of our own and on the smallest published one, as other parts of it work on these; nothing of them
    is kept. Compiled code lasts until the program or its compiler changes.
    """
    own = [attempt for attempt in attempts if compiles(attempt)]
    if engine.trouble():
        return
    for published in (False, True):
        some = [attempt for attempt in own if bool(attempt.run.subject.form) is published]
        if some and not cancel.is_set():
            _warm_up_on(min(some, key=lambda attempt: attempt.run.subject.size.get("bodies", 0)).run, cancel, contents)


def _warm_up_on(smallest: PlannedRun, cancel: Asked, contents: Contents | None) -> None:
    run = replace(smallest, contender=Contender(engine.NAME), limits=replace(smallest.limits, time_limit=_WARM_UP_S))
    with tempfile.TemporaryDirectory(prefix="consortia-") as scratch:
        (Path(scratch) / LOGS_FOLDER).mkdir()
        run_one(Attempt(run), Path(scratch), (), Stopping(cancel), content=_kept(run, contents))


def _kept(run: PlannedRun, contents: Contents | None) -> str:
    return contents.path(run.subject.digest) if contents is not None else ""


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

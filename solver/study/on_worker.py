"""The worker's side of a study on a Dask cluster: one run, done as on one's own machine, with its log brought along."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solver.study.attempt import Attempt, Stopping, run_one
from solver.study.contents import Contents
from solver.study.nursery import Nursery, nursery
from solver.study.runner import compiles, for_engine, usable_cores, warm_up
from solver.study.store import LOGS_FOLDER

if TYPE_CHECKING:
    from distributed import Worker

MOST_LOG = 4 * 2**20
"""Bytes of a log that are brought along; of a longer one, the end."""
_GONE = ("closing", "closed", "failed", "stopping", "stopped")
_one_at_a_time = threading.Lock()


def do(attempt: Attempt, content: bytes) -> dict[str, Any]:
    """Do one run in a process of its own on this worker's host.

    Parameters
    ----------
    attempt
        What to do.
    content
        Its instance, as :meth:`solver.study.contents.Contents.bytes_of` gives it; where it is empty, this host must see the instance's own files.

    Returns
    -------
    dict
        ``record``, as plain values, and ``log``, as bytes.

    Raises
    ------
    distributed.Reschedule
        When the run was stopped because nobody waits for it here any more; whoever still does gets it from another worker.
    """
    from distributed import Reschedule, get_worker

    worker = get_worker()
    released = _Released(worker, str(worker.get_current_task()))
    place = _place(worker.id)
    place.keep(attempt, content)
    with cores_held(attempt.run.limits.threads) as cores:
        found = run_one(attempt, place.folder, cores, Stopping(threading.Event(), released), nursery=place.nursery(attempt), content=place.path(attempt))
    if found is None:
        raise Reschedule
    record = replace(found, machine={**found.machine, "host": _host()})
    return {"record": record.as_dict(), "log": _taken(place.folder / record.log) if record.log else b""}


def about() -> Mapping[str, Any]:
    """Return what a client wants to know of a worker before it sends runs: its host, the cores it may use, and the versions it would solve with."""
    return {"host": _host(), "cores": len(usable_cores()) or os.cpu_count() or 1, "versions": versions()}


def versions() -> dict[str, str]:
    """Return the versions of this program and of every solver's package, as installed here."""
    from importlib import metadata

    from solver.backends.registry import installed

    names = sorted({"consortia", "numpy", "pandas", *(one.requires for one in installed())})
    found = {}
    for name in names:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


@contextlib.contextmanager
def cores_held(count: int) -> Iterator[tuple[int, ...]]:
    """Give ``count`` cores of this host that no other run is held to, or none when there are too few.

    Workers of one host know nothing of each other, so each core is a locked file; whatever ends a worker frees its cores.
    """
    folder = Path(tempfile.gettempdir()) / f"consortia-cores-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with ExitStack() as stack:
        held: list[int] = []
        for core in usable_cores():
            if len(held) == count:
                break
            file = stack.enter_context((folder / str(core)).open("ab"))
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                held.append(core)
        yield tuple(held) if len(held) == count else ()


class _Place:
    """What a worker keeps between runs: a folder, the instances it was sent, and where runs come from."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="consortia-")))
        (self.folder / LOGS_FOLDER).mkdir()
        self._nurseries: dict[bool, Nursery] = {}
        self._contents = Contents(self.folder)
        self._warm = False

    def keep(self, attempt: Attempt, content: bytes) -> None:
        """Keep an instance that is not here yet, and let the engine compile itself once."""
        with _one_at_a_time:
            if content and not self.path(attempt):
                self._contents.keep_bytes(attempt.run.subject.digest, content)
            if not self._warm and compiles(attempt):
                warm_up([attempt], threading.Event(), self._contents)
                self._warm = True

    def nursery(self, attempt: Attempt) -> Nursery:
        """Return where the process of a run comes from."""
        with _one_at_a_time:
            own = for_engine(attempt)
            if own not in self._nurseries:
                self._nurseries[own] = self._stack.enter_context(nursery(for_engine=own))
            return self._nurseries[own]

    def path(self, attempt: Attempt) -> str:
        """Return where the instance of a run is kept."""
        return self._contents.path(attempt.run.subject.digest)


class _Released:
    """Set once the scheduler has taken a task back, or the worker is ending."""

    def __init__(self, worker: Worker, key: str) -> None:
        self._worker, self._key = worker, key

    def is_set(self) -> bool:
        task = self._worker.state.tasks.get(self._key)
        return task is None or task.state == "cancelled" or self._worker.status.name in _GONE


@cache
def _made(_worker: str) -> _Place:
    return _Place()


def _place(worker: str) -> _Place:
    with _one_at_a_time:
        return _made(worker)


def _taken(log: Path) -> bytes:
    content = log.read_bytes()[-MOST_LOG:]
    log.unlink()
    return content


def _host() -> str:
    import platform

    return platform.node()

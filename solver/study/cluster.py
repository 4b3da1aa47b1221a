"""Does the runs of a study on a Dask cluster: each planned run is a task of its own key, and its record comes back to the one store there is.

Workers may die and the scheduler may be lost and found: what has no record yet is asked for again. Whatever happens twice on the cluster is written once here.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from solver.study.attempt import Asked, Attempt, blank
from solver.study.contents import Contents
from solver.study.on_worker import about, do, versions
from solver.study.planned import StudyError
from solver.study.records import Record, record_from_dict
from solver.study.runner import drained

if TYPE_CHECKING:
    from distributed import Client, Future

PATIENCE_S = 60.0
_CONNECTS_WITHIN_S = 3.0
_FETCHES_WITHIN_S = 10.0
_LOOKS_FOR_WORKERS_EVERY_S = 2.0


class ClusterLost(StudyError):
    """Raised when no scheduler, or no worker, was there for as long as was to be waited; what is done is kept."""


@dataclass(frozen=True)
class Cluster:
    """Where runs go: address of the scheduler, seconds to wait for it or for a worker, and whom to tell what happens meanwhile."""

    scheduler: str
    patience: float
    told: Callable[[str], None]


def missing() -> str:
    """Return in a sentence what is not installed here, or an empty string."""
    from importlib.util import find_spec

    return "" if find_spec("distributed") else "--scheduler needs Dask: pip install 'consortia[dask]'"


def run_on(cluster: Cluster, attempts: Sequence[Attempt], folder: Path, cancel: Asked, contents: Contents) -> Iterator[tuple[Record, ...]]:
    """Do ``attempts`` and yield the records of those that ended since the last time.

    Parameters
    ----------
    cluster
        Where.
    attempts
        What to do, in this order.
    folder
        The study's folder, into whose own folder for logs those of the runs are written.
    cancel
        When set, tasks are taken back and the runs in hand are stopped.
    contents
        Every instance, to be sent to workers.

    Raises
    ------
    ClusterLost
        When the patience is at its end.
    StudyError
        When workers cannot do the runs.
    """
    left = {_task(attempt): attempt for attempt in attempts}
    first = True
    while left and not cancel.is_set():
        with _connected(cluster, cancel) as client:
            if client is None:
                return
            if not first:
                cluster.told(f"the scheduler at {cluster.scheduler} is there again")
            session = _begun(client, cluster, left, contents, cancel, warns=first)
            if session is not None:
                yield from session.records(folder, cancel)
            if left and not cancel.is_set():
                cluster.told(f"the scheduler at {cluster.scheduler} is lost")
        first = False


def _begun(client: Client, cluster: Cluster, left: dict[str, Attempt], contents: Contents, cancel: Asked, *, warns: bool) -> _Session | None:
    """Ask for what is left once there is a worker; ``None`` when the scheduler is lost, or somebody asks to stop, before that."""
    from distributed.client import ClosedClientError

    try:
        _wait_for_workers(client, cluster, cancel)
        if cancel.is_set() or client.status != "running":
            return None
        if warns:
            warn(client, cluster, next(iter(left.values())).run.limits.threads)
        return _Session(client, cluster, left, contents)
    except (ClosedClientError, OSError, TimeoutError):
        return None


class _Session:
    """What is asked of one scheduler, from connecting to it until all is done or it is lost."""

    def __init__(self, client: Client, cluster: Cluster, left: dict[str, Attempt], contents: Contents) -> None:
        self._client, self._cluster, self._left = client, cluster, left
        self._ended: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._asked: dict[str, Future] = {}
        self._looked, self._seen = time.monotonic(), time.monotonic()
        sent: dict[str, Future] = {}
        for rank, (key, attempt) in enumerate(left.items()):
            digest = attempt.run.subject.digest
            if digest not in sent:
                # A task and not scattered data, so that it is sent again when the worker that has it dies.
                sent[digest] = client.submit(bytes, contents.bytes_of(digest), key=f"consortia-instance-{digest}")
            future = client.submit(do, attempt, sent[digest], key=key, priority=-rank)
            self._asked[key] = future
            future.add_done_callback(self._ended.put)

    def records(self, folder: Path, cancel: Asked) -> Iterator[tuple[Record, ...]]:
        """Yield records until nothing is left, the scheduler is lost, or somebody asks to stop."""
        try:
            while self._left and not cancel.is_set() and not self._lost():
                found = [record for future in drained(self._ended) if (record := self._found(future, folder)) is not None]
                if found:
                    yield tuple(found)
                self._look_for_workers()
        finally:
            if not self._lost():
                with contextlib.suppress(Exception):
                    self._client.cancel(list(self._asked.values()))

    def _found(self, future: Future, folder: Path) -> Record | None:
        """Return the record that a task brought, or that tells why it brought none; ``None`` when it is to be asked for again."""
        if future.status == "cancelled" or future.key not in self._left:
            return None
        if future.status == "error":
            record = _failed(self._left[future.key], future)
        else:
            try:
                answer = future.result(timeout=_FETCHES_WITHIN_S)
            except Exception:
                # The worker died with the answer, and the task is done again.
                future.add_done_callback(self._ended.put)
                return None
            record = record_from_dict(answer["record"])
            if record.log:
                (folder / record.log).write_bytes(answer["log"])
        # The last one to hold it lets the cluster forget it.
        del self._left[future.key], self._asked[future.key]
        return record

    def _look_for_workers(self) -> None:
        now = time.monotonic()
        if now - self._looked < _LOOKS_FOR_WORKERS_EVERY_S or self._lost():
            return
        self._looked = now
        with contextlib.suppress(OSError, TimeoutError):
            if _workers(self._client):
                self._seen = now
        if now - self._seen > self._cluster.patience:
            raise ClusterLost(f"{self._cluster.scheduler} has had no worker for {self._cluster.patience:g} s")

    def _lost(self) -> bool:
        """Tell whether the connection is gone, or tasks were dropped with it."""
        link = self._client.scheduler_comm
        return self._client.status != "running" or link is None or link.comm.closed() or any(one.status == "cancelled" for one in self._asked.values())


def _task(attempt: Attempt) -> str:
    """Return the key of a task: the same run asked for twice is one task."""
    return f"consortia-run-{attempt.run.key}-{attempt.number}"


@contextlib.contextmanager
def _connected(cluster: Cluster, cancel: Asked) -> Iterator[Client | None]:
    """Give a client of the scheduler, or nothing when somebody asks to stop meanwhile."""
    from distributed import Client

    _be_quiet()
    until, said = time.monotonic() + cluster.patience, False
    while not cancel.is_set():
        try:
            client = Client(cluster.scheduler, timeout=min(_CONNECTS_WITHIN_S, cluster.patience), set_as_default=False)
        except (OSError, TimeoutError) as error:
            if not said:
                said = True
                cluster.told(f"no scheduler answers at {cluster.scheduler}; waiting {cluster.patience:g} s for it")
            if time.monotonic() > until:
                raise ClusterLost(f"no scheduler answers at {cluster.scheduler}, nor has for {cluster.patience:g} s") from error
            time.sleep(0.2)
        except (ValueError, ImportError) as error:
            raise StudyError(f"{cluster.scheduler} is no address of a scheduler: {error}") from error
        else:
            try:
                yield client
            finally:
                with contextlib.suppress(Exception):
                    client.close(timeout=_CONNECTS_WITHIN_S)
            return
    yield None


def _wait_for_workers(client: Client, cluster: Cluster, cancel: Asked) -> None:
    until, said = time.monotonic() + cluster.patience, False
    while not cancel.is_set() and client.status == "running":
        with contextlib.suppress(OSError, TimeoutError):
            if _workers(client):
                return
            if not said:
                said = True
                cluster.told(f"{cluster.scheduler} has no worker yet; waiting {cluster.patience:g} s for one")
        if time.monotonic() > until:
            raise ClusterLost(f"{cluster.scheduler} has had no worker for {cluster.patience:g} s")
        time.sleep(0.2)


def _workers(client: Client) -> Mapping[str, int]:
    """Return the threads of each worker by its address."""
    found: Mapping[str, int] = client.nthreads()
    return found


def warn(client: Client, cluster: Cluster, threads: int) -> None:
    """Tell of workers whose runs will get in each other's way, and of versions that are not the same here and there."""
    workers = _workers(client)
    answers = client.run(about, on_error="return")
    strangers = [f"{address} ({answer})" for address, answer in answers.items() if not isinstance(answer, dict)]
    if strangers:
        raise StudyError(f"consortia cannot be used on workers: {'; '.join(sorted(strangers))}")
    jobs: dict[str, int] = {}
    for address, answer in answers.items():
        jobs[answer["host"]] = jobs.get(answer["host"], 0) + workers.get(address, 1)
    cores = {answer["host"]: answer["cores"] for answer in answers.values()}
    for host, count in jobs.items():
        if count * threads > cores[host]:
            cluster.told(f"warning: on {host} {count} runs at a time with {threads} threads each share {cores[host]} cores: times will not be comparable")
    for words in sorted({_differences(answer["versions"], answer["host"]) for answer in answers.values()} - {""}):
        cluster.told(f"warning: {words}")


def _differences(there: Mapping[str, str], host: str) -> str:
    here = versions()
    found = [f"{name} {there.get(name, 'missing')} (here {here.get(name, 'missing')})" for name in sorted({*here, *there}) if here.get(name) != there.get(name)]
    return f"{host} has {', '.join(found)}" if found else ""


def _failed(attempt: Attempt, future: Future) -> Record:
    """Return the record of a run that the cluster gave up: it ended its worker each time, or could not be begun."""
    from distributed import KilledWorker

    error = future.exception()
    if isinstance(error, KilledWorker):
        message = f"its worker died during it {error.allowed_failures + 1} times; the last was {error.last_worker.address}"
    else:
        message = f"the worker could not do it: {type(error).__name__}: {error}"
    return replace(blank(attempt, (), datetime.now(UTC).isoformat(timespec="seconds")), reason="crash", message=message)


def _be_quiet() -> None:
    """Keep Dask's own messages off the screen: what matters of them is told in a sentence."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logger = logging.getLogger(name)
            logger.handlers[:] = [logging.NullHandler()]
            logger.propagate = False

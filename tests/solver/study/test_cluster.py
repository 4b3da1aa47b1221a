"""Runs on a Dask cluster of real processes: workers and the scheduler killed in the middle, and still every run has one record."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from models.tables import read_instance
from solver.backends.process import child_environment
from solver.study.conduct import Resumption, conduct, subject
from solver.study.contents import contents
from solver.study.planned import Contender, Limits, Source, Study, StudyError
from solver.study.records import Record, latest
from solver.study.store import read_records
from tests.test_cli import ROOT, TINY

distributed = pytest.importorskip("distributed", reason="needs consortia[dask]")

from solver.study.cluster import Cluster, ClusterLost, warn  # noqa: E402
from solver.study.on_worker import cores_held, versions  # noqa: E402
from solver.study.runner import usable_cores  # noqa: E402

ANSWER = 4_868_800
PATIENCE_S = 60.0


class Processes:
    """A scheduler and workers, each a process of its own."""

    def __init__(self, folder: Path, *, allowed_failures: int = 3, within: tuple[str, ...] = (), host: str = "127.0.0.1") -> None:
        self._folder, self._within, self._host = folder, within, host
        self._environment = {**child_environment(None), "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(allowed_failures)}
        self._all: list[subprocess.Popen[bytes]] = []
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = f"tcp://{host}:{self.port}"
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.begin_scheduler()

    def begin_scheduler(self) -> None:
        self.scheduler = self._begin("scheduler", ["--host", self._host, "--port", str(self.port), "--no-dashboard"], self._within)

    def begin_worker(self, name: str, *more: str, within: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        own = ["--name", name, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(self._folder), *more]
        return self._begin("worker", [self.address, *own], within)

    def _begin(self, what: str, arguments: list[str], within: tuple[str, ...]) -> subprocess.Popen[bytes]:
        command = [*within, sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments]
        with (self._folder / f"{what}-{len(self._all)}.log").open("wb") as log:
            self._all.append(subprocess.Popen(command, env=self._environment, stdout=log, stderr=log, start_new_session=True))
        return self._all[-1]

    def close(self) -> None:
        for process in reversed(self._all):
            process.kill()
            process.wait()


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Callable[..., Processes]]:
    with ExitStack() as stack:

        def begin(**options: Any) -> Processes:
            folder = tmp_path / "dask"
            folder.mkdir()
            processes = Processes(folder, **options)
            stack.callback(processes.close)
            return processes

        yield begin


class Going:
    """A study on a cluster in a thread of its own."""

    def __init__(self, folder: Path, cluster: Cluster, seeds: int, **options: Any) -> None:
        self.records: list[Record] = []
        self.cancel = threading.Event()
        self.error: BaseException | None = None
        self._folder, self._cluster, self._seeds, self._options = folder, cluster, seeds, options
        self._thread = threading.Thread(target=self._go)
        self._thread.start()

    def _go(self) -> None:
        study = Study((Source(str(TINY)),), (Contender("highs"),), tuple(range(self._seeds)), Limits(60.0))
        try:
            with contents() as kept:
                subjects = [subject(study.instances[0], read_instance(TINY), kept)]
                conduct(
                    study,
                    subjects,
                    self._folder,
                    cluster=self._cluster,
                    cancel=self.cancel,
                    contents=kept,
                    on_begin=lambda *_: None,
                    on_record=self.records.append,
                    **self._options,
                )
        except BaseException as error:
            self.error = error

    def join(self) -> None:
        self._thread.join(120)
        assert not self._thread.is_alive()
        if self.error is not None:
            raise self.error


def until(holds: Callable[[], Any]) -> Any:
    """Wait for something to hold, and return what it came to."""
    ends = time.monotonic() + 90
    while not (found := holds()):
        assert time.monotonic() < ends, "it never came about"
        time.sleep(0.02)
    return found


def busy(client: Any) -> list[str]:
    """Return the names of workers that have a run in hand."""
    workers = client.scheduler_info(n_workers=-1)["workers"]
    return [workers[address]["name"] for address, keys in client.processing().items() if any("consortia-run" in key for key in keys) and address in workers]


@pytest.mark.slow
def test_workers_and_scheduler_may_be_lost_and_every_run_has_one_record(begun: Callable[..., Processes], tmp_path: Path) -> None:
    processes, told = begun(), []
    workers = {name: processes.begin_worker(name) for name in ("one", "two")}
    going = Going(tmp_path / "study", Cluster(processes.address, PATIENCE_S, told.append), seeds=6)
    with distributed.Client(processes.address, timeout=PATIENCE_S, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=PATIENCE_S)
        workers[until(lambda: busy(client))[0]].kill()
        until(lambda: going.records)
        assert processes.scheduler is not None
    processes.scheduler.kill()
    processes.scheduler.wait()
    until(lambda: any("is lost" in words for words in told))
    processes.begin_scheduler()
    processes.begin_worker("three")
    going.join()
    assert any("is there again" in words for words in told)
    records = read_records(tmp_path / "study")
    assert sorted((one.seed, one.attempt) for one in records) == [(seed, 1) for seed in range(6)]
    assert {(one.stop, one.cost) for one in records} == {("proved", ANSWER)}
    assert all((tmp_path / "study" / one.log).read_bytes() for one in records)
    assert all(one.machine["host"] for one in records)


@pytest.mark.slow
def test_a_stop_takes_runs_back_and_one_that_ends_its_workers_has_failed(begun: Callable[..., Processes], tmp_path: Path) -> None:
    processes = begun(allowed_failures=0)
    worker = processes.begin_worker("one")
    cluster = Cluster(processes.address, PATIENCE_S, lambda _: None)
    with distributed.Client(processes.address, timeout=PATIENCE_S, set_as_default=False) as client:
        stopped = Going(tmp_path / "study", cluster, seeds=2)
        until(lambda: busy(client))
        stopped.cancel.set()
        stopped.join()
        until(lambda: not busy(client))
        done = len(stopped.records)
        assert done < 2
        died = Going(tmp_path / "study", cluster, seeds=2, resumption=Resumption(resume=True))
        until(lambda: busy(client))
        worker.send_signal(signal.SIGKILL)
        until(lambda: len(died.records) > 0 or died.error)
        processes.begin_worker("two")
        died.join()
    records = read_records(tmp_path / "study")
    assert len({(one.key, one.attempt) for one in records}) == len(records) == 2
    failed = [one for one in records if one.failed]
    assert failed
    assert "its worker died during it 1 times" in failed[0].message
    again = Going(tmp_path / "study", cluster, seeds=2, resumption=Resumption(resume=True, retry_failed=True))
    again.join()
    counted = latest(read_records(tmp_path / "study"))
    assert {(one.stop, one.cost) for one in counted.values()} == {("proved", ANSWER)}
    assert counted[failed[0].key].attempt == 2


def test_without_scheduler_or_worker_patience_ends(begun: Callable[..., Processes], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nowhere = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ClusterLost, match="no scheduler answers"):
        Going(tmp_path / "study", Cluster(nowhere, 0.5, lambda _: None), seeds=1).join()
    with pytest.raises(StudyError, match="no address"):
        Going(tmp_path / "other", Cluster("nonsense://here", 0.5, lambda _: None), seeds=1).join()
    processes = begun()
    until(lambda: _answers(processes.port))
    with pytest.raises(ClusterLost, match="no worker"):
        Going(tmp_path / "third", Cluster(processes.address, 5.0, lambda _: None), seeds=1).join()


class Workers:
    """What a client tells of workers, made by hand."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def nthreads(self) -> dict[str, int]:
        return dict.fromkeys(self._answers, 2)

    def run(self, *_: Any, **__: Any) -> dict[str, Any]:
        return self._answers


def test_what_makes_runs_of_workers_differ_is_told() -> None:
    told: list[str] = []
    cluster = Cluster("tcp://somewhere", 1.0, told.append)
    same = {"host": "big", "cores": 8, "versions": versions()}
    warn(Workers(one=same, two=same), cluster, 2)
    assert told == []
    warn(Workers(one=same, two=same, three=same), cluster, 2)
    assert told == ["warning: on big 6 runs at a time with 2 threads each share 8 cores: times will not be comparable"]
    told.clear()
    warn(Workers(one=same, two={"host": "old", "cores": 8, "versions": {**versions(), "consortia": "0.0.1", "highspy": "1.0"}}), cluster, 2)
    assert len(told) == 1
    assert "old has consortia 0.0.1 (here" in told[0]
    assert "highspy 1.0 (here" in told[0]
    with pytest.raises(StudyError, match="No module named 'solver'"):
        warn(Workers(one=ModuleNotFoundError("No module named 'solver'")), cluster, 1)


def test_no_two_runs_of_a_host_are_held_to_one_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cores = usable_cores()
    if not cores:
        pytest.skip("this system holds no process to a core")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with cores_held(len(cores)) as every:
        assert every == cores
        with cores_held(1) as more:
            assert more == ()
    with cores_held(1) as one:
        assert one == cores[:1]


@pytest.mark.slow
def test_hosts_that_share_no_files(begun: Callable[..., Processes], tmp_path: Path, hosts: tuple[str, ...]) -> None:
    own = tmp_path / "own"
    shutil.copytree(TINY, own / "tiny")
    hub, *others = hosts
    within = ("ip", "netns", "exec", hub)
    processes = begun(within=within, host="10.213.0.1")
    for name in others:
        # Nothing of the client's is to be seen from here.
        elsewhere = ("ip", "netns", "exec", name, "unshare", "--uts", "sh", "-c", f'hostname {name} && mount -t tmpfs none "{own}" && exec "$0" "$@"')
        processes.begin_worker(name, within=elsewhere)
    arguments = ["compare", own / "tiny", "--solvers", "highs", "--seeds", "0,1,2,3", "--output", own / "study", "--scheduler", processes.address]
    command = [*within, sys.executable, "-m", "cli", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=child_environment(None), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    records = read_records(own / "study")
    assert sorted(one.seed for one in records) == [0, 1, 2, 3]
    assert {(one.stop, one.cost) for one in records} == {("proved", ANSWER)}
    assert {one.machine["host"] for one in records} <= set(others)
    assert all((own / "study" / one.log).is_file() for one in records)


@pytest.fixture
def hosts() -> Iterator[tuple[str, ...]]:
    """Give three hosts that reach each other: the first stands between the others."""
    names = tuple(f"consortia-{os.getpid()}-{number}" for number in range(3))
    hub, *others = names
    commands = [["ip", "netns", "add", name] for name in names]
    commands += [["ip", "-n", name, "link", "set", "lo", "up"] for name in names]
    commands += [["ip", "-n", hub, "address", "add", "10.213.0.1/32", "dev", "lo"], ["ip", "netns", "exec", hub, "sysctl", "-qw", "net.ipv4.ip_forward=1"]]
    for number, name in enumerate(others, start=1):
        commands += [
            ["ip", "-n", hub, "link", "add", f"to{number}", "type", "veth", "peer", "name", "eth0", "netns", name],
            ["ip", "-n", hub, "address", "add", f"10.213.{number}.1/24", "dev", f"to{number}"],
            ["ip", "-n", hub, "link", "set", f"to{number}", "up"],
            ["ip", "-n", name, "address", "add", f"10.213.{number}.2/24", "dev", "eth0"],
            ["ip", "-n", name, "link", "set", "eth0", "up"],
            ["ip", "-n", name, "route", "add", "default", "via", f"10.213.{number}.1"],
        ]
    try:
        for command in commands:
            try:
                subprocess.run(command, capture_output=True, check=True, text=True)
            except FileNotFoundError as error:
                pytest.skip(f"hosts cannot be made here: {error}")
            except subprocess.CalledProcessError as error:
                pytest.skip(f"hosts cannot be made here: {error.stderr.strip()}")
        yield names
    finally:
        for name in names:
            if shutil.which("ip"):
                subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True

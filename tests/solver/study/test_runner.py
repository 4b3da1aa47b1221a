"""Runs in processes of their own: what comes back, what a stop and a crash leave."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from models.tables import read_instance
from solver.backends.process import child_environment
from solver.programs.mps_file import FORM
from solver.study import attempt, nursery, runner
from solver.study.attempt import Attempt, Stopping, run_one
from solver.study.contents import Contents
from solver.study.nursery import Nursery
from solver.study.planned import Contender, Limits, PlannedRun, Subject
from solver.study.runner import oversubscription, run_all, shares, to_do, usable_cores
from tests.solver.study.made import planned, record

TINY = Path(__file__).resolve().parents[3] / "instances" / "tiny"


def tiny(solver: str = "highs", seed: int = 0, limits: Limits | None = None, **changed: str) -> PlannedRun:
    instance = read_instance(TINY)
    values = {"path": str(TINY), "name": "tiny", "digest": instance.digest(), "group": "", **changed}
    return PlannedRun(Subject(**values, size={}), Contender(solver), seed, limits or Limits(30.0))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "logs").mkdir()
    return tmp_path


def unasked() -> Stopping:
    return Stopping(threading.Event())


@pytest.fixture(scope="module", params=["forked", "started afresh"])
def runs(request: pytest.FixtureRequest) -> Iterator[Nursery]:
    if request.param == "started afresh":
        yield Nursery()
        return
    with nursery.nursery() as found:
        if not found.forks:
            pytest.skip("no process is forked on this system")
        yield found


def test_a_run_comes_back_whole(folder):
    run = tiny()
    core = usable_cores()[:1]
    found = run_one(Attempt(run), folder, core, unasked())
    assert found is not None
    # The best plan of tiny is worked out on paper in its README.
    assert (found.stop, found.cost, found.bound, found.gap, found.audit, found.disagreement) == ("proved", 4_868_800, 4_868_800, 0.0, "ok", "")
    assert (found.key, found.attempt, found.solver, found.cores) == (run.key, 1, "highs", core)
    assert found.solver_version
    assert found.size["bodies"] == 4
    assert found.size["columns"]
    assert found.events[-1][1] == found.cost
    assert found.events[-1][0] <= found.seconds + 0.001
    assert found.log
    assert (folder / found.log).is_file()
    assert 0 < found.seconds <= found.time_s <= found.wall_s
    assert found.peak_memory_mb > 0
    assert found.run_memory_mb > 0


def test_a_run_is_the_same_wherever_its_process_comes_from(folder, runs):
    found = run_one(Attempt(tiny()), folder, usable_cores()[:1], unasked(), nursery=runs)
    assert found is not None
    assert (found.stop, found.cost, found.bound, found.audit) == ("proved", 4_868_800, 4_868_800, "ok")
    assert (folder / found.log).is_file()
    # What the run itself needs, and not what the server or this process came to.
    assert 50 < found.run_memory_mb < 400
    assert 20 < found.peak_memory_mb < 400


def test_what_was_read_once_is_what_runs_take(folder, runs):
    run = tiny(path=str(folder / "gone"))
    kept = Contents(folder)
    kept.keep(run.subject.digest, read_instance(TINY))
    found = run_one(Attempt(run), folder, (), unasked(), nursery=runs, content=kept.path(run.subject.digest))
    assert found is not None
    assert (found.stop, found.cost) == ("proved", 4_868_800)


def test_a_run_that_is_killed_says_so_and_the_next_one_goes_on(folder, runs, monkeypatch):
    begin = Nursery.begin

    def killed(self, *handed):
        process = begin(self, *handed)
        os.kill(process.pid, signal.SIGKILL)
        return process

    monkeypatch.setattr(Nursery, "begin", killed)
    found = run_one(Attempt(tiny()), folder, (), unasked(), nursery=runs)
    monkeypatch.undo()
    assert found is not None
    assert (found.stop, found.reason, found.message) == ("failed", "crash", f"its process ended with code {-signal.SIGKILL}")
    following = run_one(Attempt(tiny()), folder, (), unasked(), nursery=runs)
    assert following is not None
    assert following.stop == "proved"


def test_a_run_that_hangs_is_ended_and_says_so(folder, runs, monkeypatch):
    monkeypatch.setattr(attempt, "HANGS_AFTER_S", -30.0)
    found = run_one(Attempt(tiny()), folder, (), unasked(), nursery=runs)
    assert found is not None
    assert (found.stop, found.reason) == ("failed", "hang")
    assert "was killed" in found.message


def test_runs_end_with_whoever_began_them(tmp_path):
    code = (
        "import os, sys, tempfile, time\nfrom solver.study.nursery import nursery\n"
        "with nursery() as runs, tempfile.TemporaryFile() as said:\n"
        "    leash, held = os.pipe()\n    answer = os.pipe()[1]\n"
        "    print(runs.begin(leash, said, answer).pid if runs.forks else 0, flush=True)\n    time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=child_environment(None)) as process:
        assert process.stdout is not None
        run = int(process.stdout.readline())
        process.kill()
    if not run:
        pytest.skip("no process is forked on this system")
    until = time.monotonic() + 30
    while time.monotonic() < until and Path(f"/proc/{run}").exists():
        time.sleep(0.05)
    assert not Path(f"/proc/{run}").exists()


def test_without_its_server_a_nursery_goes_on(folder):
    with nursery.nursery() as runs:
        if not runs.forks:
            pytest.skip("no process is forked on this system")
        assert runs._channel is not None
        runs._channel.shutdown(socket.SHUT_RDWR)
        found = run_one(Attempt(tiny()), folder, (), unasked(), nursery=runs)
        assert found is not None
        assert found.stop == "proved"
        assert not runs.forks


def test_the_engine_s_part_counts_as_any_solver_s(folder):
    found = run_one(Attempt(tiny("consortia")), folder, usable_cores()[:1], unasked())
    assert found is not None
    assert (found.stop, found.cost) == ("proved", 4_868_800)
    # A back end had the last word, on a clock that had run since the plan was constructed.
    assert found.events[-1][0] <= found.seconds + 0.001
    assert 0 < found.seconds <= found.time_s


def test_what_changed_or_went_since_is_a_failure_with_its_reason(folder):
    changed = run_one(Attempt(tiny(digest="another")), folder, (), unasked())
    assert changed is not None
    assert (changed.stop, changed.failed) == ("failed", True)
    assert "no longer the instance" in changed.message
    gone = run_one(Attempt(tiny(path=str(folder / "gone"))), folder, (), unasked())
    assert gone is not None
    assert "no file or folder" in gone.message


def test_a_process_that_dies_leaves_a_record_of_that(folder, monkeypatch):
    monkeypatch.setattr(nursery, "child_environment", lambda _: {**os.environ, "PYTHONPATH": str(folder)})
    (folder / "solver").mkdir()
    (folder / "solver" / "__init__.py").write_text("import os, signal; print('last words', flush=True); os.kill(os.getpid(), signal.SIGKILL)")
    monkeypatch.chdir(folder)
    found = run_one(Attempt(tiny()), folder, (), unasked())
    assert found is not None
    assert (found.stop, found.reason, found.log) == ("failed", "crash", "")
    assert found.message == f"its process ended with code {-signal.SIGKILL}: last words"


def test_a_stop_keeps_what_is_done_and_begins_nothing_more(folder):
    cancel, found = threading.Event(), []
    for records in run_all([Attempt(tiny(seed=seed)) for seed in range(4)], folder, 1, cancel):
        found.extend(records)
        cancel.set()
    assert len(found) == 1
    assert found[0].stop == "proved"


def test_a_run_cut_short_has_no_record(folder):
    cancel = threading.Event()
    cancel.set()
    began = time.monotonic()
    assert run_one(Attempt(tiny()), folder, (), Stopping(cancel)) is None
    assert time.monotonic() - began < attempt._STOPS_WITHIN_S


def test_the_engine_compiles_before_the_first_run_that_counts_and_others_are_left_alone(monkeypatch):
    begun = []
    monkeypatch.setattr(runner, "run_one", lambda attempt, *_, **__: begun.append(attempt.run.contender.name))
    runner.warm_up([Attempt(planned())], threading.Event())
    assert begun == []
    runner.warm_up([Attempt(planned()), Attempt(planned(solver="consortia")), Attempt(planned(solver="auto"))], threading.Event())
    assert begun == ["consortia"]
    program = replace(planned().subject, form=FORM)
    runner.warm_up([Attempt(replace(planned(solver="auto"), subject=program))], threading.Event())
    assert begun == ["consortia"]
    monkeypatch.setattr(runner.engine, "trouble", lambda: "not installed")
    runner.warm_up([Attempt(planned(solver="auto"))], threading.Event())
    assert begun == ["consortia"]


def test_whoever_stops_listening_leaves_no_run_behind(folder):
    runs = run_all([Attempt(tiny(seed=seed)) for seed in range(3)], folder, 2, threading.Event())
    next(runs)
    began = time.monotonic()
    runs.close()
    assert time.monotonic() - began < attempt._STOPS_WITHIN_S


def test_several_at_a_time(folder):
    found = [one for records in run_all([Attempt(tiny(seed=seed)) for seed in range(3)], folder, 2, threading.Event()) for one in records]
    assert sorted(one.seed for one in found) == [0, 1, 2]
    assert {one.stop for one in found} == {"proved"}


def test_the_engine_s_runs_go_on_beside_others(folder):
    attempts = [Attempt(tiny("consortia")), Attempt(tiny("highs"))]
    found = {one.solver: one for records in run_all(attempts, folder, 1, threading.Event()) for one in records}
    assert {name: (one.stop, one.cost) for name, one in found.items()} == dict.fromkeys(("consortia", "highs"), ("proved", 4_868_800))
    # Only the engine's own run carries its compiler.
    assert found["highs"].run_memory_mb < found["consortia"].run_memory_mb


def test_cores_are_shared_out_and_too_few_are_told():
    assert shares([2, 3, 5, 7], 2, 2) == [(2, 3), (5, 7)]
    assert shares([2, 3, 5, 7], 3, 1) == [(2,), (3,), (5,)]
    assert shares([2, 3], 2, 2) == [(), ()]
    assert oversubscription([2, 3, 5, 7], 2, 2) == ""
    assert "share 2 cores" in oversubscription([2, 3], 2, 2)


def test_only_what_is_left_is_done():
    runs = [planned(seed=seed) for seed in range(3)]
    counted = {runs[0].key: record(key=runs[0].key), runs[1].key: record(key=runs[1].key, stop="failed", attempt=2)}
    assert to_do(runs, counted, retry_failed=False) == [Attempt(runs[2])]
    assert to_do(runs, counted, retry_failed=True) == [Attempt(runs[1], 3), Attempt(runs[2])]

from __future__ import annotations

import errno
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import instances
from models.formulation import formulate
from models.program import Program
from models.program_files import write_mps
from models.tables import read_instance
from solver.backends import process as processing
from solver.backends import registry
from solver.backends.canaries import canaries, program_of, run_canaries
from solver.backends.contracts import ABILITIES
from solver.backends.process import Event, Options, run_backend, run_many
from tests.small_instances import random_instance
from tests.solver.backend_programs import facility_program, greedy_plan, least_cost, random_program

CORE = ("cbc", "cp-sat", "highs", "scip")
COMMERCIAL = ("copt", "cplex", "gurobi", "xpress")


def needs(backend: str) -> str:
    """Skip unless the back end can be used here."""
    problem = registry.trouble(backend)
    if problem:
        pytest.skip(problem)
    return backend


every_backend = pytest.mark.parametrize("backend", CORE + COMMERCIAL)
core_backend = pytest.mark.parametrize("backend", CORE)


def test_these_are_all_the_back_ends():
    assert {entry.name for entry in registry.backends()} == set(CORE + COMMERCIAL)
    assert all(entry.abilities <= ABILITIES for entry in registry.backends())
    assert [entry.open_source for entry in registry.backends()] == [True] * 4 + [False] * 4


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(KeyError, match="did you mean 'highs'"):
        registry.info("hihgs")


def test_an_excluded_version_is_refused_with_its_reason(monkeypatch):
    needs("highs")
    monkeypatch.setattr(registry.metadata, "version", lambda _: "1.14.0")
    assert "1.14.0 is never used: it returns wrong answers" in registry.trouble("highs")
    outcome = run_backend(program_of([1], [([1], 1, 1)]), "highs", Options())
    assert (outcome.stop, outcome.reason) == ("failed", "missing")


def test_a_missing_package_is_said_with_the_way_to_get_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert registry.trouble("scip") == "SCIP is not installed: pip install 'consortia[scip]'."
    assert registry.installed() == ()
    assert registry.probe("scip").available is False


@every_backend
def test_probe_tells_version_and_licence(backend):
    found = registry.probe(needs(backend))
    assert found.available, found.message
    assert found.version[0].isdigit()
    assert found.licence_ok, found.message


@every_backend
def test_canaries_live(backend):
    results = run_canaries(needs(backend))
    assert len(results) == len(canaries())
    assert [result for result in results if not result.ok] == []


@every_backend
def test_agrees_with_enumeration(backend):
    programs = [random_program(seed) for seed in range(60)]
    outcomes = run_many(programs, needs(backend), Options(time_limit=30))
    for program, outcome in zip(programs, outcomes, strict=True):
        expected = least_cost(program)
        assert outcome.stop == ("infeasible" if expected is None else "proved"), (program.name, outcome)
        assert outcome.cost == expected, program.name
        if expected is not None:
            assert program.violations(outcome.values) == []
            assert outcome.bound <= expected
    assert 5 < sum(outcome.stop == "infeasible" for outcome in outcomes) < 30


OPEN = 2**62
EDGES = {
    "no rows": (program_of([3, -2, 0], []), -2),
    "an empty row that holds": (program_of([3, -2], [([0, 0], -1, 5), ([1, 1], 1, 1)]), -2),
    "an empty row that cannot hold": (program_of([3, -2], [([0, 0], 1, 5)]), None),
    "an empty equality that cannot hold": (program_of([3, -2], [([0, 0], 2, 2)]), None),
    "nothing costs": (program_of([0, 0], [([1, 1], 1, 1)], constant=7), 7),
    "a row open on both sides": (program_of([1, 1], [([1, 1], -OPEN, OPEN), ([1, 1], 1, OPEN)]), 1),
    "negative limits": (program_of([1, 2], [([1, 1], -3, OPEN)], lower=[-5, -2], upper=[-1, 7]), -5),
    "fixed columns": (program_of([1, 2], [([1, 1], 0, 9)], lower=[1, 3], upper=[1, 3]), 7),
    "a row with two limits": (program_of([-1, -1, -1], [([3, 4, 5], 4, 8)]), -2),
    "a large whole column": (program_of([1, 0], [([1, -1_000_000], 0, OPEN), ([0, 1], 1, 1)], upper=[10**9, 1]), 10**6),
    "a negative constant": (program_of([1], [([1], 1, 1)], constant=-(10**11)), 1 - 10**11),
    "rows with a common divisor": (program_of([5, 4, 3], [([2, 2, 2], 2, 2), ([-1, -1, 0], -OPEN, -1)]), 4),
}


@every_backend
def test_edges(backend):
    outcomes = run_many([program for program, _ in EDGES.values()], needs(backend), Options(time_limit=20))
    found = {name: outcome.cost if outcome.stop == "proved" else outcome.stop for name, outcome in zip(EDGES, outcomes, strict=True)}
    assert found == {name: "infeasible" if expected is None else expected for name, (_, expected) in EDGES.items()}
    assert all(outcome.bound is None or abs(outcome.bound) < 1e12 for outcome in outcomes)


@core_backend
def test_two_threads_give_the_same_answer(backend):
    program = facility_program(8, 20, 4)
    costs = {run_backend(program, needs(backend), Options(time_limit=60, threads=threads)).cost for threads in (1, 2)}
    assert len(costs) == 1


@every_backend
def test_solves_a_facility_program_with_events_and_log(backend, tmp_path):
    program = facility_program(5, 15, 3, tightness=2.0)
    heard: list[Event] = []
    log = tmp_path / "solver.log"
    outcome = run_backend(program, needs(backend), Options(time_limit=60), on_event=heard.append, log_path=log)
    assert outcome.stop == "proved", outcome
    assert outcome.cost == program.objective(outcome.values) >= outcome.bound
    assert tuple(heard) == outcome.events != ()
    assert heard[-1].cost is None or heard[-1].cost >= outcome.cost
    costs = [event.cost for event in heard if event.cost is not None]
    bounds = [event.bound for event in heard if event.bound is not None]
    assert costs == sorted(costs, reverse=True)
    assert bounds == sorted(bounds)
    assert max(bounds, default=outcome.cost) <= outcome.cost + 100
    assert [event.seconds for event in heard] == sorted(event.seconds for event in heard)
    assert log.stat().st_size > 0
    assert outcome.peak_memory_mb > 10
    assert outcome.version


@every_backend
def test_only_the_solver_asked_for_is_loaded(backend):
    outcome = run_backend(program_of([1], [([1], 1, 1)]), needs(backend), Options())
    expected = {"cbc": {"pulp"}, "cp-sat": {"ortools"}}.get(backend, {registry.info(backend).requires} | ({"pulp"} if backend in COMMERCIAL else set()))
    assert set(outcome.modules) == expected


@every_backend
def test_a_feasible_start_is_kept_even_when_no_time_is_left(backend):
    program = facility_program(20, 40, 1)
    start = greedy_plan(program, 20, 40)
    assert program.violations(start) == []
    outcome = run_backend(program, needs(backend), Options(time_limit=0.05), start=start)
    assert outcome.stop in {"limit", "proved"}, outcome
    assert outcome.cost <= program.objective(start)
    assert outcome.start_use in {"accepted", "unknown"}


@every_backend
def test_a_start_is_taken_up_by_the_solver(backend):
    program = facility_program(5, 15, 3)
    best = run_backend(program, needs(backend), Options(time_limit=60)).values
    outcome = run_backend(program, backend, Options(time_limit=60), start=best)
    assert outcome.stop == "proved"
    assert outcome.start_use == "accepted"


@core_backend
def test_a_start_that_breaks_rows_is_not_taken_for_a_plan(backend):
    program = facility_program(5, 15, 3)
    outcome = run_backend(program, needs(backend), Options(time_limit=60), start=np.zeros(program.columns, dtype=np.int64))
    assert outcome.stop == "proved"
    assert outcome.start_use == ("repaired" if backend == "cp-sat" else "rejected")


@core_backend
def test_time_limit_gives_the_best_plan_and_a_bound(backend):
    program = facility_program(30, 120, 5)
    outcome = run_backend(program, needs(backend), Options(time_limit=3), start=greedy_plan(program, 30, 120))
    assert (outcome.stop, outcome.reason) == ("limit", "time-limit"), outcome
    assert outcome.bound < outcome.cost
    assert program.violations(outcome.values) == []
    assert outcome.seconds < 7


@pytest.mark.parametrize(
    ("backend", "name", "value", "words"),
    [
        ("cbc", "maxNodes", "1", "node limit"),
        ("cp-sat", "max_deterministic_time", "0.01", "FEASIBLE"),
        ("highs", "mip_max_nodes", "0", "Solution limit"),
        ("scip", "limits/nodes", "1", "nodelimit"),
        ("copt", "NodeLimit", "1", "NODELIMIT"),
        ("cplex", "mip.limits.nodes", "0", "node limit"),
        ("gurobi", "NodeLimit", "0", "NODE_LIMIT"),
        ("xpress", "MAXNODE", "1", "NODELIMIT"),
    ],
)
@pytest.mark.parametrize("time_limit", [None, 60.0])
def test_a_limit_of_the_solvers_own_is_not_called_the_time_limit(backend, name, value, words, time_limit):
    program = facility_program(15, 40, 5)
    outcome = run_backend(program, needs(backend), Options(time_limit=time_limit, solver_options={name: value}), start=greedy_plan(program, 15, 40))
    assert (outcome.stop, outcome.reason) == ("limit", "limit"), outcome
    assert words in outcome.raw_status
    assert outcome.raw_status in outcome.message
    assert outcome.cost is not None


@core_backend
def test_a_gap_is_enough_when_it_is_asked_for(backend):
    program = facility_program(15, 40, 2)
    outcome = run_backend(program, needs(backend), Options(time_limit=60, gap=0.5))
    assert outcome.stop == "proved"
    assert outcome.cost - outcome.bound <= 0.5 * outcome.cost


@core_backend
def test_cancel_keeps_the_best_plan(backend):
    program = facility_program(30, 120, 5)
    start = greedy_plan(program, 30, 120)
    cancel = threading.Event()
    threading.Timer(2.5, cancel.set).start()
    began = time.monotonic()
    outcome = run_backend(program, needs(backend), Options(time_limit=60), start=start, cancel=cancel)
    assert outcome.stop == "cancelled", outcome
    assert outcome.cost <= program.objective(start)
    assert time.monotonic() - began < 12


def test_a_full_disk_is_told_with_its_place(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(processing, "write_job", full)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    outcome = run_backend(program_of([1], [([1], 1, 1)]), needs("highs"), Options())
    assert (outcome.stop, outcome.reason) == ("failed", "disk")
    assert outcome.message.startswith(f"{tmp_path}: No space left on device")


def test_a_disk_that_fills_up_under_the_solver_is_told_with_its_place(tmp_path):
    # A limit on the size of files stands for a full disk: the child inherits it, and SCIP's program does not fit.
    program = facility_program(15, 40, 5)
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        "from tests.solver.backend_programs import facility_program\n"
        "from solver.backends.process import run_backend, Options\n"
        "outcome = run_backend(facility_program(15, 40, 5), 'scip', Options(time_limit=10))\n"
        "print(outcome.reason, outcome.message)\n"
    )
    write_mps(program, tmp_path / "large.mps")
    assert (tmp_path / "large.mps").stat().st_size > 60_000
    needs("scip")
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, env={**os.environ, "TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.startswith(f"disk {tmp_path}")
    assert "File too large" in done.stdout


def test_no_child_is_started_for_a_run_already_cancelled(monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)
    program = facility_program(5, 15, 3)
    start, cancel = greedy_plan(program, 5, 15), threading.Event()
    cancel.set()
    outcome = run_backend(program, needs("highs"), Options(), start=start, cancel=cancel)
    assert (outcome.stop, outcome.cost) == ("cancelled", program.objective(start))
    assert run_backend(program, "highs", Options(), cancel=cancel).cost is None


@pytest.mark.parametrize("backend", COMMERCIAL)
def test_the_size_limit_of_a_licence_is_said_as_such(backend):
    program = facility_program(50, 110, 1)
    outcome = run_backend(program, needs(backend), Options(time_limit=20))
    assert outcome.version == registry.probe(backend).version
    assert (outcome.stop, outcome.reason) == ("failed", "licence"), outcome
    assert registry.info(backend).size_limit in outcome.message


@every_backend
def test_an_unknown_option_is_refused(backend):
    outcome = run_backend(program_of([1], [([1], 1, 1)]), needs(backend), Options(solver_options={"noSuchOption": "1"}))
    assert (outcome.stop, outcome.reason) == ("failed", "option"), outcome
    assert "noSuchOption" in outcome.message


@pytest.mark.parametrize(
    ("backend", "name", "value", "shown"),
    [
        ("highs", "presolve", "off", "off"),
        ("cbc", "presolve", "off", "off"),
        ("scip", "presolving/maxrounds", "0", "0"),
        ("cp-sat", "cp_model_presolve", "false", "False"),
        ("gurobi", "Presolve", "0", "0"),
        ("cplex", "preprocessing.presolve", "0", "0"),
        ("xpress", "PRESOLVE", "0", "0"),
        ("copt", "Presolve", "0", "0"),
    ],
)
def test_raw_options_reach_the_solver_and_are_echoed(backend, name, value, shown):
    outcome = run_backend(program_of([3, 2], [([1, 1], 1, 1)]), needs(backend), Options(seed=3, solver_options={name: value}))
    assert (outcome.stop, outcome.cost) == ("proved", 2)
    assert outcome.effective[name] == shown


@pytest.mark.parametrize(
    ("backend", "megabytes"), [("cbc", 60), pytest.param("cbc", 100, marks=pytest.mark.slow), ("cp-sat", 150), ("cp-sat", 300), ("highs", 150), ("scip", 150)]
)
def test_memory_limit_ends_the_run_and_is_named(backend, megabytes):
    program = facility_program(80, 400, 5)
    outcome = run_backend(program, needs(backend), Options(time_limit=60, memory_mb=megabytes), start=greedy_plan(program, 80, 400))
    assert (outcome.stop, outcome.reason) == ("limit", "memory-limit"), outcome
    assert outcome.cost is not None
    assert outcome.peak_memory_mb < 400


@every_backend
def test_a_generous_memory_limit_changes_nothing(backend):
    if "memory" not in registry.info(backend).abilities:
        pytest.skip("it takes no memory limit")
    outcome = run_backend(formulate(read_instance(instances.path("tiny"))).program, needs(backend), Options(memory_mb=8000))
    assert (outcome.stop, outcome.cost) == ("proved", 4_868_800), outcome


@pytest.mark.parametrize(("backend", "name", "value"), [("copt", "MemLimit", "1"), ("gurobi", "MemLimit", "0.001")])
def test_a_memory_limit_the_solver_keeps_itself_is_named(backend, name, value):
    outcome = run_backend(facility_program(15, 40, 5), needs(backend), Options(time_limit=20, solver_options={name: value}))
    assert (outcome.stop, outcome.reason) == ("limit", "memory-limit"), outcome


@core_backend
@pytest.mark.parametrize("megabytes", [1, 50])
def test_memory_too_small_to_begin_with_is_a_memory_limit(backend, megabytes):
    outcome = run_backend(program_of([3, 2], [([1, 1], 1, 1)]), needs(backend), Options(memory_mb=megabytes))
    assert (outcome.stop, outcome.reason) == ("limit", "memory-limit"), outcome
    assert f"{megabytes} MiB" in outcome.message


def processes() -> list[tuple[int, int, str, str]]:
    """Return id, parent's id, command line and working folder of every process that can be read."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
                command = (entry / "cmdline").read_text(errors="replace").replace("\0", " ")
                found.append((int(entry.name), parent, command, str((entry / "cwd").readlink())))
            except OSError:
                continue
    return found


def child_of_this_process() -> int:
    """Wait for the back end's process and return its id."""
    for _ in range(200):
        for process, parent, command, _folder in processes():
            if parent == os.getpid() and "solver.backends.child" in command:
                return process
        time.sleep(0.02)
    raise AssertionError("no child process was started")


def signal_after(seconds: float, number: signal.Signals) -> None:
    """Send a signal to the child from another thread once it has had time to begin."""

    def act() -> None:
        child = child_of_this_process()
        time.sleep(seconds)
        os.kill(child, number)

    threading.Thread(target=act, daemon=True).start()


@pytest.mark.parametrize("backend", ["highs", "cp-sat"])
def test_a_crash_is_told_and_the_best_plan_survives(backend):
    program = facility_program(30, 120, 5)
    start = greedy_plan(program, 30, 120)
    signal_after(2.5, signal.SIGSEGV)
    outcome = run_backend(program, needs(backend), Options(time_limit=60), start=start)
    assert (outcome.stop, outcome.reason) == ("failed", "crash"), outcome
    assert "SIGSEGV" in outcome.message
    assert outcome.cost <= program.objective(start)


def test_a_hung_solver_is_ended_and_the_best_plan_survives():
    program = facility_program(30, 120, 5)
    start = greedy_plan(program, 30, 120)
    signal_after(1.0, signal.SIGSTOP)
    began = time.monotonic()
    outcome = run_backend(program, needs("highs"), Options(time_limit=1.5), start=start)
    assert (outcome.stop, outcome.reason) == ("limit", "hang"), outcome
    assert outcome.version == registry.probe("highs").version
    assert outcome.message == "The solver hung past its limit and was stopped."
    assert outcome.cost <= program.objective(start)
    assert time.monotonic() - began < 15


def test_a_crash_among_many_costs_one_program():
    programs = [program_of([3, 2], [([1, 1], 1, 1)]), facility_program(30, 120, 5), program_of([3, 2], [([1, 1], 2, 2)])]
    signal_after(2.5, signal.SIGKILL)
    outcomes = run_many(programs, needs("highs"), Options(time_limit=30))
    assert [outcome.stop for outcome in outcomes] == ["proved", "failed", "proved"]
    assert [outcome.cost for outcome in outcomes[::2]] == [2, 5]


@pytest.mark.parametrize("backend", ["highs", "cbc"])
def test_nothing_is_left_running_when_the_parent_dies(backend, tmp_path):
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from tests.solver.backend_programs import facility_program\n"
        "from solver.backends.process import run_backend, Options\n"
        "run_backend(facility_program(30, 120, 5), sys.argv[2], Options(time_limit=60))\n"
    )

    def running() -> list[str]:
        return [command for *_, command, folder in processes() if str(tmp_path) in folder]

    root = str(Path(__file__).resolve().parents[2])
    parent = subprocess.Popen([sys.executable, "-c", script, root, needs(backend)], env={**os.environ, "TMPDIR": str(tmp_path)})
    time.sleep(3)
    assert running() != []
    parent.kill()
    parent.wait()
    time.sleep(1)
    assert running() == []


def test_the_child_can_be_started_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_backend(program_of([3, 2], [([1, 1], 1, 1)]), needs("highs"), Options()).cost == 2


@pytest.mark.parametrize("backend", ["highs", "scip", "cp-sat"])
def test_same_seed_same_plan(backend):
    program = facility_program(8, 25, 4)
    first, second = run_many([program, program], needs(backend), Options(time_limit=60, seed=7))
    assert np.array_equal(first.values, second.values)
    assert [event.cost for event in first.events if event.cost][-1] == [event.cost for event in second.events if event.cost][-1]


def large_row_program(seed: int) -> Program:
    """Rows whose terms come to more than 2^31: a capacity with its switch, as volumes in small units make them."""
    chance = np.random.default_rng(seed)
    loads = chance.integers(2**28, 2**30, 9).tolist()
    room = int(sum(loads) * chance.uniform(0.3, 0.7))
    least = int(sum(loads) * 0.25)
    rows = [([*loads, -room], -(2**62), 0), ([*loads, 0], least, 2**62), ([1, 1, 1, 0, 0, 0, 0, 0, 0, 0], 1, 2)]
    return program_of([*chance.integers(-50, 100, 9).tolist(), 40], rows)


def test_cp_sat_proves_rightly_where_rows_pass_32_bits():
    programs = [large_row_program(seed) for seed in range(40)]
    outcomes = run_many(programs, needs("cp-sat"), Options(time_limit=30))
    assert [outcome.cost for outcome in outcomes] == [least_cost(program) for program in programs]
    assert {outcome.stop for outcome in outcomes} <= {"proved", "infeasible"}
    assert all(outcome.effective["presolve_inclusion_work_limit"] == "0" for outcome in outcomes)


def test_rows_below_32_bits_are_left_whole():
    outcome = run_backend(program_of([1, 2], [([2**29, 2**29 + 1], 5, 2**62)]), needs("cp-sat"), Options())
    assert (outcome.cost, "presolve_inclusion_work_limit" in outcome.effective) == (1, False)


def test_highs_solves_again_when_its_presolve_went_wrong():
    # HiGHS 1.15.1 presolves this one wrongly, offers a plan that breaks a row, and ends by calling the program infeasible.
    outcome = run_backend(formulate(random_instance(415)).program, needs("highs"), Options())
    assert (outcome.stop, outcome.cost) == ("proved", 10246)

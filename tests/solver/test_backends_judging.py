from __future__ import annotations

import numpy as np
import pytest

from solver.backends.canaries import program_of
from solver.backends.contracts import Event, Options
from solver.backends.judging import Evidence, judge
from solver.backends.pulp_models import which_limit

PROGRAM = program_of([5, 3, 100], [([1, 1, 1], 1, 2)], constant=1000)
CHEAPEST = np.array([0, 1, 0])
BROKEN = np.array([0, 0, 0])


def evidence(status="optimal", bound: float | None = 1003.0, plan=CHEAPEST, ended="answered", **more):
    return Evidence(ended=ended, record={"status": status, "bound": bound, "raw_status": "words", **more}, plan=plan)


def test_a_proof_needs_a_bound_that_meets_the_exact_cost():
    outcome = judge(PROGRAM, Options(), None, evidence())
    assert (outcome.stop, outcome.cost, outcome.bound, outcome.raw_status) == ("proved", 1003, 1003.0, "words")


def test_optimal_with_a_lower_bound_is_no_proof():
    outcome = judge(PROGRAM, Options(), None, evidence(bound=1002.0))
    assert outcome.stop == "limit"
    assert "does not meet the checked cost" in outcome.message


def test_within_the_asked_gap_is_proof():
    assert judge(PROGRAM, Options(gap=0.01), None, evidence(bound=994.0)).stop == "proved"
    assert judge(PROGRAM, Options(gap=0.01), None, evidence(bound=992.0)).stop == "limit"


def test_a_bound_that_met_the_cost_at_the_limit_is_proof_too():
    assert judge(PROGRAM, Options(), None, evidence(status="limit")).stop == "proved"


def test_a_plan_that_breaks_rows_is_dropped_and_the_claim_called_false():
    outcome = judge(PROGRAM, Options(), None, evidence(plan=BROKEN))
    assert (outcome.stop, outcome.reason, outcome.values) == ("failed", "lied", None)
    assert "breaks 1 rows" in outcome.message


def test_infeasible_with_a_plan_at_hand_is_false():
    outcome = judge(PROGRAM, Options(), None, evidence(status="infeasible", bound=None))
    assert (outcome.stop, outcome.reason) == ("failed", "lied")


def test_a_bound_above_a_known_plan_is_false_and_not_passed_on():
    outcome = judge(PROGRAM, Options(), None, evidence(status="limit", bound=1004.0))
    assert (outcome.stop, outcome.reason, outcome.bound) == ("failed", "lied", None)


def test_rounding_noise_above_the_cost_is_cut_off():
    assert judge(PROGRAM, Options(), None, evidence(bound=1003.0000005)).bound == 1003.0


def test_optimal_without_a_bound_speaks_for_itself():
    outcome = judge(PROGRAM, Options(), None, evidence(bound=None))
    assert (outcome.stop, outcome.bound) == ("proved", 1003.0)


def test_the_last_bound_told_survives_a_dead_child():
    found = Evidence(ended="overran", plan=CHEAPEST, events=[Event(0.1, None, 900.0, "x"), Event(0.2, 1003, 950.0, "x")])
    outcome = judge(PROGRAM, Options(time_limit=1.0), None, found)
    assert (outcome.stop, outcome.reason, outcome.bound, outcome.cost) == ("limit", "hang", 950.0, 1003)


@pytest.mark.parametrize(("log", "expected"), [("std::bad_alloc", ("limit", "memory-limit")), ("all well", ("failed", "crash"))])
def test_a_death_for_want_of_memory_is_told_from_a_crash(tmp_path, log, expected):
    path = tmp_path / "solver.log"
    path.write_text(f"terminate called after throwing an instance of '{log}'\n")
    found = Evidence(return_code=-6, log=path)
    outcome = judge(PROGRAM, Options(memory_mb=100), None, found)
    assert (outcome.stop, outcome.reason) == expected


def test_cancelled_is_told_from_a_limit():
    assert judge(PROGRAM, Options(), None, evidence(status="interrupted", bound=900.0, ended="cancelled")).stop == "cancelled"
    assert judge(PROGRAM, Options(), None, evidence(status="interrupted", bound=900.0, ended="overran")).reason == "time-limit"


def stopped(options, **more):
    return judge(PROGRAM, options, None, evidence(status="limit", bound=900.0, **more))


def test_the_time_limit_is_one_that_was_given_and_reached():
    assert stopped(Options(time_limit=10.0), seconds=9.9).reason == "time-limit"
    assert stopped(Options(time_limit=10.0), seconds=4.0, reason="time-limit").reason == "time-limit"
    assert stopped(Options(time_limit=10.0), seconds=4.0).reason == "limit"
    assert stopped(Options(), seconds=4.0, reason="time-limit").reason == "limit"


def test_a_limit_of_the_solvers_own_is_told_in_its_words():
    assert stopped(Options(time_limit=10.0), seconds=10.5, reason="limit").message == "The solver stopped at a limit of its own, in its words: words."


def test_a_memory_limit_told_stays_one_whatever_the_clock():
    assert stopped(Options(time_limit=10.0), seconds=10.5, reason="memory-limit").reason == "memory-limit"


@pytest.mark.parametrize("words", ["failed to map segment from shared object", "RuntimeError: can't start new thread", "MemoryError"])
def test_a_child_that_could_not_even_begin_in_its_memory(tmp_path, words):
    path = tmp_path / "solver.log"
    path.write_text(words)
    assert judge(PROGRAM, Options(memory_mb=50), None, Evidence(return_code=1, log=path)).reason == "memory-limit"
    assert judge(PROGRAM, Options(), None, Evidence(return_code=1, log=path)).reason == "crash"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("TIME_LIMIT", "time-limit"),
        ("time limit exceeded", "time-limit"),
        ("TIMEOUT", "time-limit"),
        ("STOPPED FEASIBLE TIMELIMIT", "time-limit"),
        ("MEM_LIMIT", "memory-limit"),
        ("memory limit exceeded, integer feasible", "memory-limit"),
        ("NODELIMIT", "limit"),
        ("SOLUTION_LIMIT", "limit"),
    ],
)
def test_which_limit_a_commercial_solver_speaks_of(words, reason):
    assert which_limit(words) == reason


def test_a_child_that_ended_without_a_word_near_its_memory_limit(tmp_path):
    path = tmp_path / "solver.log"
    path.write_text("")
    assert judge(PROGRAM, Options(memory_mb=50), None, Evidence(return_code=1, log=path, memory_mb=47)).reason == "memory-limit"
    assert judge(PROGRAM, Options(memory_mb=500), None, Evidence(return_code=1, log=path, memory_mb=47)).reason == "crash"


def test_cancelled_before_the_child_began_is_not_called_slow_to_stop():
    assert judge(PROGRAM, Options(), None, Evidence(ended="cancelled", began=False)).message == "Stopped before the solver began; the best plan so far is kept."
    assert "did not stop when asked" in judge(PROGRAM, Options(), None, Evidence(ended="cancelled")).message


def test_the_version_is_the_one_the_child_told_or_none():
    assert judge(PROGRAM, Options(), None, evidence(version="1.2")).version == "1.2"
    assert judge(PROGRAM, Options(), None, Evidence(ended="overran", version="1.2")).version == "1.2"
    assert judge(PROGRAM, Options(), None, Evidence(return_code=-9)).version == ""

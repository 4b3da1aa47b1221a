"""The measures of a trace, worked out on paper."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.study.measures import all_measured, first_plan, gap, measured, primal_dual_integral, primal_integral, seconds_within, trace_of
from tests.solver.study.made import record, timed_out

# No plan for 2 s, 200 for 3 s, 125 for 1 s, then 100; bound 50 from the 3rd second, 100 from the 8th.
TRACE = [(2.0, 200, None), (3.0, 200, 50.0), (5.0, 125, 50.0), (6.0, 100, 50.0), (8.0, 100, 100.0)]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [(None, 5, 1.0), (5, None, 1.0), (0, 0, 0.0), (-5, 5, 1.0), (0, 5, 1.0), (100, 80, 0.2), (80, 100, 0.2), (-100, -80, 0.2)],
)
def test_the_gap_of_two_figures(one, other, expected):
    assert gap(one, other) == pytest.approx(expected)


def test_the_primal_integral_on_paper():
    # 2 x 1 + 3 x (100 / 200) + 1 x (25 / 125) + nothing more.
    assert primal_integral(TRACE, 100, 10.0) == pytest.approx(2 + 1.5 + 0.2)
    # Cut at 4 s: 2 x 1 + 2 x 0.5.
    assert primal_integral(TRACE, 100, 4.0) == pytest.approx(3.0)
    # Against a better plan found elsewhere, 80, the rest counts too: 2 + 3 x 0.6 + 1 x 0.36 + 4 x 0.2.
    assert primal_integral(TRACE, 80, 10.0) == pytest.approx(2 + 1.8 + 0.36 + 0.8)
    assert primal_integral([], 100, 10.0) == 10.0


def test_the_primal_dual_integral_on_paper():
    # 3 s without both, 2 s of 150 / 200, 1 s of 75 / 125, 2 s of 50 / 100, 2 s of proof.
    assert primal_dual_integral(TRACE, 10.0) == pytest.approx(3 + 1.5 + 0.6 + 1.0)


def test_when_a_plan_came_how_near():
    assert first_plan(TRACE) == 2.0
    assert first_plan([(1.0, None, 5.0)]) is None
    assert seconds_within(TRACE, 100, 0.25) == 5.0
    assert seconds_within(TRACE, 100, 0.05) == 6.0
    assert seconds_within(TRACE, 90, 0.05) is None
    # Of a negative cost 5 % is a way up, too.
    assert seconds_within([(1.0, -90, None), (2.0, -96, None)], -100, 0.05) == 2.0


def test_a_plan_that_was_never_handed_over_does_not_count():
    told = timed_out(events=((1.0, 150, None), (2.0, 105, 80.0)))
    assert trace_of(told) == [(1.0, 150, None), (2.0, 110, 80.0), (10.0, 110, 90)]
    without = timed_out(cost=None, gap=None, audit="", events=((1.0, 150, None), (2.0, 105, 80.0)))
    assert trace_of(without) == [(1.0, None, None), (2.0, None, 80.0), (10.0, None, 90)]
    assert measured(without, 100, 10.0).gap_to_best == 1.0
    assert measured(without, 100, 10.0).first_plan_s is None


def test_the_best_known_comes_from_all_runs_and_plans_with_breaches_do_not_count():
    runs = [record(), timed_out(contender="cbc"), record(contender="scip", cost=50, bound=50, audit="breaches")]
    proved, late, broken = all_measured(runs)
    assert {one.best_known for one in (proved, late, broken)} == {100}
    assert (proved.gap_to_best, proved.proof_s, proved.primal_integral) == (0.0, 2.0, 2.0)
    assert late.gap_to_best == pytest.approx(10 / 110)
    assert (late.within_5_s, late.proof_s) == (None, None)
    assert broken.gap_to_best == 1.0


def test_without_a_limit_every_run_of_an_instance_counts_to_the_end_of_the_longest():
    limits = {**record().limits, "time_limit": None}
    short, long = all_measured([record(limits=limits, seconds=2.0), timed_out(contender="cbc", limits=limits, seconds=20.0)])
    assert short.horizon_s == long.horizon_s == 20.0
    assert short.primal_dual_integral == 2.0


@st.composite
def told_runs(draw):
    """Draw a run whose solver told of anything at all, in time order, and ended within its ten seconds."""
    moments = sorted(draw(st.lists(st.floats(0, 10), max_size=6)))
    costs, bounds = st.none() | st.integers(-50, 300), st.none() | st.floats(-50, 300)
    events = tuple((moment, draw(costs), draw(bounds)) for moment in moments)
    return timed_out(cost=draw(st.integers(1, 200)), bound=draw(st.integers(-50, 200)), events=events)


@given(told_runs(), st.integers(1, 200))
def test_whatever_a_solver_tells_the_measures_stay_in_their_range(run, best):
    best = min(best, run.cost)
    found = measured(run, best, 10.0)
    assert 0 <= found.primal_integral <= 10
    assert 0 <= found.primal_dual_integral <= 10
    trace = trace_of(run)
    costs = [cost for _, cost, _ in trace if cost is not None]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == run.cost
    # Coming nearer takes no less time, and a plan that came late costs more than one that was there from the beginning.
    reached = [one for one in (found.first_plan_s, found.within_5_s, found.within_1_s, found.within_01_s) if one is not None]
    assert reached == sorted(reached)
    assert measured(replace(run, events=((0.0, run.cost, None),)), best, 10.0).primal_integral <= found.primal_integral + 1e-9

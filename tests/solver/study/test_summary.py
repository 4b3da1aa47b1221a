"""Summaries, worked out on paper."""

import pytest

from solver.study.summary import VIRTUAL_BEST, pairs, profile, standings, tabulated
from tests.solver.study.made import record, timed_out


def of(found, name):
    return next(one for one in found if one.contender == name)


def test_two_contenders_on_two_instances():
    # highs proves one in 1 s and runs out of ten on two; cbc proves both, in 7 s each.
    runs = [record(seconds=1.0), timed_out("two"), record(contender="cbc", seconds=7.0), record("two", "cbc", seconds=7.0)]
    found = standings(tabulated(runs))
    highs, cbc, best = (of(found, name) for name in ("highs", "cbc", VIRTUAL_BEST))
    assert (highs.runs, highs.solved, highs.with_plan, highs.failed, highs.wins) == (2, 1, 2, 0, 1)
    # The root of (1 + 1)(10 + 1), less 1; half of 1 + 100.
    assert highs.mean_s == pytest.approx(22**0.5 - 1)
    assert highs.par10_s == pytest.approx(50.5)
    # Against the 100 that cbc proves for two, its 110 is 10 / 110 too much.
    assert highs.gap_to_best == pytest.approx(10 / 110 / 2)
    assert (cbc.solved, cbc.wins, cbc.mean_s, cbc.par10_s, cbc.gap_to_best) == (2, 1, pytest.approx(7.0), pytest.approx(7.0), 0.0)
    assert (best.solved, best.wins, best.mean_s, best.par10_s) == (2, 2, pytest.approx(3.0), pytest.approx(4.0))


def test_where_nobody_proves_the_cheapest_plan_wins_and_equals_share():
    runs = [
        timed_out(cost=105),
        timed_out(contender="cbc", cost=104),
        timed_out(contender="scip", cost=104),
        record(contender="x", stop="failed", audit="", cost=None),
    ]
    found = standings(tabulated(runs))
    assert [one.wins for one in found] == [0, 1, 1, 0, 1]
    assert of(found, "x").failed == 1


def test_a_failure_counts_as_a_time_out_and_never_as_fast():
    runs = [record(stop="failed", audit="", cost=None, seconds=0.01), record(contender="cbc", seconds=9.0)]
    failed, cbc, _ = standings(tabulated(runs))
    assert (failed.mean_s, failed.par10_s, failed.wins) == (pytest.approx(10.0), pytest.approx(100.0), 0)
    assert cbc.wins == 1


def test_a_time_out_without_a_limit_leaves_the_mean_open():
    limits = {**record().limits, "time_limit": None}
    open_ended, cbc, _ = standings(tabulated([timed_out(limits=limits), record(contender="cbc", limits=limits)]))
    assert (open_ended.mean_s, open_ended.par10_s, cbc.mean_s) == (None, None, pytest.approx(2.0))


def test_cells_that_somebody_lacks_are_counted_and_left_out():
    table = tabulated([record(), record(contender="cbc"), record("two")])
    assert (len(table.rows), table.incomplete) == (1, 1)
    assert standings(tabulated([record(), record("two", "cbc")]))[0].runs == 0
    assert profile(tabulated([record(), record("two", "cbc")])) == {}


def test_classes_are_told_apart():
    table = tabulated([record(group="small"), record("two", group="large"), record("three", group="small")])
    assert table.groups == ("small", "large")
    assert standings(table.of_group("small"))[0].runs == 2


def test_pairs_and_profile_take_time_outs_as_they_are():
    runs = [run for number in range(6) for run in (record(f"i{number}", seconds=1.0), timed_out(f"i{number}", "cbc"))]
    table = tabulated(runs)
    (pair,) = pairs(table)
    assert (pair.first, pair.second, pair.ratio.value) == ("highs", "cbc", pytest.approx(2 / 11))
    assert pair.ratio.significant
    assert profile(table) == {"highs": [1.0] * 7, "cbc": [0.0] * 7}

"""Who leads, and by how much."""

import pytest

from solver.study.leading import by_standing, lead
from solver.study.summary import tabulated
from tests.solver.study.made import record, timed_out


def names(runs):
    return [one.contender for one in by_standing(tabulated(runs))]


def test_the_faster_leads_and_the_ratio_is_that_of_the_next():
    first = lead(tabulated([record(contender="slow", seconds=8.0), record(contender="quick", seconds=2.0)]))
    assert (first.first.contender, first.second.contender) == ("quick", "slow")
    # Shifted by a second: 9 to 3.
    assert first.ratio.value == pytest.approx(3.0)
    assert first.ratio.low is None


def test_where_nobody_solves_the_cheaper_plan_leads():
    assert names([timed_out(contender="dear", cost=120), timed_out(contender="cheap", cost=110)]) == ["cheap", "dear"]


def test_without_a_limit_the_one_that_solved_more_leads():
    open_ended = {**record().limits, "time_limit": None}
    runs = [timed_out(contender="a", limits=open_ended), record(contender="b", limits=open_ended, seconds=50.0)]
    assert names(runs) == ["b", "a"]
    assert lead(tabulated(runs)).ratio is None


def test_nobody_leads_nothing_and_one_alone_leads_nobody():
    assert lead(tabulated([])) is None
    alone = lead(tabulated([record()]))
    assert (alone.first.contender, alone.second, alone.ratio) == ("highs", None, None)

"""Mean primal integrals, worked out on paper."""

import pytest

from solver.study.integrals import integral_difference, mean_integrals, primal_integrals
from solver.study.summary import tabulated
from tests.solver.study.made import record, timed_out


def found(runs):
    return primal_integrals(tabulated(runs), runs)


def test_means_over_instances_of_means_over_seeds():
    runs = [
        # Nothing for 2 s, then the best: 2. Nothing for 4 s: 4. Their mean is 3.
        record(seed=0, events=((2.0, 100, None),)),
        record(seed=1, seconds=4.0, events=((4.0, 100, None),)),
        # Nothing for 5 s.
        record("two", seed=0, seconds=5.0, events=((5.0, 100, None),)),
    ]
    (mean,) = mean_integrals(found(runs))
    assert mean.values == pytest.approx((3.0, 5.0))
    assert mean.interval.mean == pytest.approx(4.0)
    assert (mean.interval.low, mean.interval.instances) == (None, 2)


def test_the_least_comes_first_and_the_difference_is_instance_by_instance():
    runs = [run for number in range(6) for run in (record(f"i{number}", "a", seconds=4.0 + number), record(f"i{number}", "b", seconds=1.0 + number))]
    integrals = found(runs)
    assert [one.contender for one in mean_integrals(integrals)] == ["b", "a"]
    difference = integral_difference(integrals, "a", "b")
    # Three seconds later on each: nothing to resample.
    assert (difference.mean, difference.low, difference.high) == pytest.approx((3.0, 3.0, 3.0))


def test_seeds_meet_in_whatever_order_records_come():
    runs = [record(seed=0, seconds=1.0), record(seed=1, seconds=9.0), record(contender="b", seed=1, seconds=9.0), record(contender="b", seed=0, seconds=1.0)]
    assert integral_difference(found(runs), "highs", "b").mean == pytest.approx(0.0)


def test_without_any_plan_there_is_no_integral_and_a_failure_has_nothing_all_along():
    failed = {"stop": "failed", "audit": "", "cost": None, "bound": None, "gap": None, "seconds": 0.1}
    assert mean_integrals(found([record(**failed)])) == []
    means = mean_integrals(found([record(**failed), timed_out(contender="b", events=((0.0, 110, 90.0),))]))
    assert [(one.contender, one.interval.mean) for one in means] == [("b", 0.0), ("highs", pytest.approx(10.0))]

"""Gaps over time, worked out on paper."""

import pytest

from solver.study.gap_curves import gap_curves, gaps_at
from tests.solver.study.made import record, timed_out


def test_the_gap_at_a_moment_is_that_of_the_last_step():
    trace = [(1.0, 200, None), (2.0, 200, 100.0), (4.0, 125, 100.0)]
    assert gaps_at(trace, [0.5, 1.0, 2.0, 3.9, 4.0, 99.0]) == pytest.approx([1.0, 1.0, 0.5, 0.5, 0.2, 0.2])


def test_median_and_middle_half_of_the_runs():
    # At 5 s: three runs proved at 2 s, and one with 110 against 90 only from its end at 10 s.
    runs = [record(seed=seed) for seed in range(3)] + [timed_out(seed=3)]
    (curve,) = gap_curves(runs, [1.0, 5.0, 10.0])
    assert curve.median == (1.0, 0.0, 0.0)
    # Sorted 0, 0, 0, 1: the upper quartile lies a quarter of the way from the third to the fourth.
    assert curve.high == pytest.approx((1.0, 0.25, 20 / 110 / 4))
    assert curve.low == (1.0, 0.0, 0.0)

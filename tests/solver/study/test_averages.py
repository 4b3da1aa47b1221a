"""Averages over runs, worked out on paper."""

import numpy as np
import pytest

from solver.study.averages import paired_ratio, penalised_mean, performance_profile, shifted_geometric_mean


def test_the_shifted_geometric_mean_on_paper():
    # (1 + 1)(7 + 1) = 16, whose root is 4.
    assert shifted_geometric_mean([1.0, 7.0]) == pytest.approx(3.0)
    assert shifted_geometric_mean([0.0, 0.0, 26.0]) == pytest.approx(2.0)
    # (10 + 10)(70 + 10) = 1600.
    assert shifted_geometric_mean([10.0, 70.0], shift=10.0) == pytest.approx(30.0)


def test_time_outs_count_ten_times():
    assert penalised_mean([1.0, 3.0, None, 0.0], limit=10.0) == pytest.approx((1 + 3 + 100) / 4)


def test_the_performance_profile_on_paper():
    times = {"a": [1.0, 10.0, None, None], "b": [2.0, 5.0, 8.0, None]}
    # Ratios of a: 1, 2, never, never; of b: 2, 1, 1, never.
    assert performance_profile(times, [1, 2, 100]) == {"a": [0.25, 0.5, 0.5], "b": [0.5, 0.75, 0.75]}


def test_clocks_do_not_decide_below_a_hundredth():
    assert performance_profile({"a": [0.001], "b": [0.009]}, [1]) == {"a": [1.0], "b": [1.0]}


def test_twice_as_fast_everywhere_is_no_noise():
    slow = {f"i{number}": [2.0 * (number + 1) - 1] for number in range(8)}
    fast = {f"i{number}": [float(number + 1) - 1] for number in range(8)}
    ratio = paired_ratio(fast, slow)
    assert (ratio.value, ratio.low, ratio.high) == (pytest.approx(0.5), pytest.approx(0.5), pytest.approx(0.5))
    assert ratio.significant
    assert paired_ratio(slow, fast).value == pytest.approx(2.0)


def test_equal_speed_with_noise_is_noise():
    rng = np.random.default_rng(5)
    first, second = ({f"i{number}": list(rng.uniform(1, 9, 3)) for number in range(20)} for _ in range(2))
    ratio = paired_ratio(first, second)
    assert ratio.low is not None
    assert ratio.high is not None
    assert ratio.low < ratio.value < ratio.high
    assert not ratio.significant
    assert paired_ratio(first, second) == ratio


def test_seeds_of_one_instance_are_no_instances():
    ratio = paired_ratio({"one": [1.0] * 50}, {"one": [3.0] * 50})
    assert (ratio.value, ratio.low, ratio.significant, ratio.instances) == (pytest.approx(0.5), None, False, 1)

"""Covers and loads against a listing of all of them: least costs are exact, and so is what each forced choice costs."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

pytest.importorskip("numba")

from solver.engine.single_source.covering import FREE, OPEN, SHUT, cheapest_cover, forced_covers
from solver.engine.single_source.knapsack import bench_for, best_load, worth_at_most
from solver.engine.single_source.problem import NEVER


def least(worth: np.ndarray, capacity: np.ndarray, state: np.ndarray, need: int) -> int:
    """Return the least any cover costs, by listing all."""
    choices = product(*[(0, 1) if one == FREE else (int(one == OPEN),) for one in state])
    costs = (int(worth @ chosen) for chosen in map(np.array, choices) if capacity @ chosen >= need)
    return min(costs, default=NEVER)


@pytest.mark.parametrize("seed", range(60))
def test_covers_are_exact_and_forced_ones_hold(seed: int) -> None:
    draw = np.random.default_rng(seed)
    centres = int(draw.integers(1, 9))
    worth, capacity = draw.integers(-50, 200, centres), draw.integers(0 if seed % 4 == 0 else 1, 30, centres)
    state = draw.choice(np.array([FREE, FREE, FREE, OPEN, SHUT], dtype=np.int8), centres)
    need, bench, opened = int(draw.integers(0, 80)), bench_for(centres), np.zeros(centres, dtype=np.int8)
    best = least(worth, capacity, state, need)
    assert cheapest_cover(worth, capacity, state, need, opened, bench) == best
    if best < NEVER:
        assert int(worth @ opened) == best
        assert int(capacity @ opened) >= need
        assert all(opened[state == OPEN])
        assert not any(opened[state == SHUT])
    enough = best + int(draw.integers(0, 120)) if best < NEVER else NEVER
    found, if_open, if_shut = forced_covers(worth, capacity, state, need, enough, bench)
    assert found == best
    for centre in np.flatnonzero(state == FREE) if best < NEVER else ():
        for choice, bound in ((OPEN, if_open[centre]), (SHUT, if_shut[centre])):
            forced = state.copy()
            forced[centre] = choice
            truth = least(worth, capacity, forced, need)
            # Above what is enough, it only matters that it is.
            assert bound <= truth or min(bound, truth) > enough
            assert bound == truth or min(bound, truth) > enough


@pytest.mark.parametrize("seed", range(60))
def test_no_load_is_worth_more_than_said(seed: int) -> None:
    draw = np.random.default_rng(seed)
    units, capacity = 8, int(draw.integers(1, 40))
    price, cost, volume = draw.integers(0, 300, units), draw.integers(0, 200, units), draw.integers(0, 20, units)
    bench, taken = bench_for(units), np.empty(units, dtype=np.int64)
    profit, _ = best_load(price, cost, np.arange(units), 0, units, volume, capacity, bench, taken)
    listed = max(int((price - cost) @ one) for one in map(np.array, product((0, 1), repeat=units)) if volume @ one <= capacity)
    assert profit == listed
    for toll in (0.0, float(bench.toll[0]), float(draw.uniform(0, 30))):
        assert worth_at_most(price, cost, np.arange(units), 0, units, volume, capacity, toll) >= listed

"""Exchanged centres: bounds on what a change comes to against a listing, and better plans where one change is not tried by chance."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

pytest.importorskip("numba")

from solver.engine.single_source.exchanging import Exchanges, changed_bounds, room_prices
from solver.engine.single_source.plans import Plans
from solver.engine.single_source.problem import NEVER, Problem, scale_for
from tests.solver.engine.single_source.test_pieces import plane
from tests.solver.engine.single_source.test_search import drawn


def least_with(problem: Problem, centres: list[int]) -> int:
    """Return the least cost with just these centres open, whether used or not; :data:`NEVER` when they do not do."""
    costs = []
    for choice in product(centres, repeat=problem.units):
        centre_of = np.array(choice, dtype=np.int64)
        if problem.fits(centre_of):
            costs.append(int(problem.cost[centre_of, np.arange(problem.units)].sum() + problem.opening[centres].sum()))
    return min(costs, default=NEVER)


@pytest.mark.parametrize("seed", range(40))
def test_no_plan_after_a_change_costs_less_than_its_bound(seed: int) -> None:
    problem = drawn(seed)
    centres, upper = np.arange(problem.centres), float(problem.opening.sum() + 1000)
    opened = np.sort(np.random.default_rng(seed).permutation(centres)[: max(1, problem.centres - 2)])
    shut = np.append(np.setdiff1d(centres, opened), -1)
    parts = (problem.cost, problem.opening, problem.volume, problem.capacity, opened)
    bounds = changed_bounds(*parts, shut, room_prices(*parts, upper), upper)
    for (out, into), bound in np.ndenumerate(bounds):
        kept = [int(one) for at, one in enumerate(opened) if at != out] + [int(shut[into])] * int(shut[into] >= 0)
        if out == opened.size and shut[into] < 0:
            assert bound == np.inf
        else:
            assert bound <= least_with(problem, kept) or least_with(problem, kept) == NEVER


@pytest.mark.parametrize("seed", range(4))
def test_a_poor_choice_of_centres_is_mended(seed: int) -> None:
    problem = plane(seed, 30, 100)
    plans = Plans(problem, scale_for(10_000_000), 0.0, seed, lambda: False)
    dearest, opened = np.argsort(problem.cost.sum(axis=1) + problem.opening)[::-1], np.zeros(30, dtype=np.int8)
    opened[dearest[: np.searchsorted(np.cumsum(problem.capacity[dearest]), 1.2 * problem.volume.sum()) + 1]] = 1
    plans.try_centres(opened)
    first = plans.cost
    exchanges = Exchanges(problem, plans)
    while exchanges.better(lambda: False):
        pass
    assert plans.centre_of is not None
    assert problem.fits(plans.centre_of)
    assert plans.cost < 0.9 * first


def test_stopped_at_once_it_leaves_the_plan() -> None:
    problem = plane(0, 30, 100)
    plans = Plans(problem, scale_for(10_000_000), 0.0, 0, lambda: False)
    plans.try_centres(np.ones(30, dtype=np.int8))
    first = plans.cost
    assert not Exchanges(problem, plans).better(lambda: True)
    assert plans.cost == first < NEVER

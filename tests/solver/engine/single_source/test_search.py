"""The search against a listing of every assignment: bound <= optimum <= cost, and both meet when it has ended."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

pytest.importorskip("numba")

from solver.engine.single_source.problem import NEVER, Problem, refined, scale_for
from solver.engine.single_source.search import Search


def drawn(seed: int) -> Problem:
    """Return a small problem: loose or tight, with ties, units that may not go everywhere, units of no volume, centres without room."""
    draw = np.random.default_rng(seed)
    centres, units = int(draw.integers(1, 5)), int(draw.integers(1, 7))
    volume = draw.integers(0 if seed % 5 == 0 else 1, 12, units)
    tightness = draw.choice([0.9, 1.1, 1.3, 2.0, 4.0])
    capacity = np.maximum(draw.multinomial(max(1, int(tightness * volume.sum())), np.full(centres, 1 / centres)), 0 if seed % 7 == 0 else 1)
    most = int(draw.choice([3, 100, 10**6, 10**9]))
    cost = draw.integers(0, most + 1, (centres, units)).astype(np.int64)
    cost[draw.random(cost.shape) < draw.choice([0.0, 0.2])] = NEVER
    if seed % 3 == 0:
        capacity, opening = np.append(capacity, volume.sum()), np.append(draw.integers(0, most + 1, centres), 0)
        cost = np.vstack([cost, draw.integers(0, 2 * most + 1, units)])
    else:
        opening = draw.integers(0, 2 * most + 1, centres)
    return Problem(capacity.astype(np.int64), opening.astype(np.int64), volume.astype(np.int64), cost)


def optimum(problem: Problem) -> int | None:
    """Return the least cost of any assignment that fits, by listing them all."""
    plans = (np.array(one, dtype=np.int64) for one in product(range(problem.centres), repeat=problem.units))
    return min((problem.total(one) for one in plans if problem.fits(one)), default=None)


def searched(problem: Problem, gap: float = 0.0, steps: int | None = None, seed: int = 0) -> Search:
    """Return the search after its end, or after so many looks at whether to stop."""
    left = [steps]

    def enough() -> bool:
        if left[0] is not None:
            left[0] -= 1
        return left[0] is not None and left[0] <= 0

    return Search(problem, gap, seed, enough, lambda _search: None).run()


def proves(problem: Problem, best: int, found: Search, seed: int) -> None:
    assert found.plans.centre_of is not None, seed
    assert found.bound is not None, seed
    assert problem.fits(found.plans.centre_of), seed
    assert found.bound <= best <= found.plans.cost == problem.total(found.plans.centre_of), seed
    # Costs beyond some 2^28 are counted in larger units, a few of which are then all that a proof leaves open.
    assert found.plans.cost - found.bound <= (problem.units + problem.centres << max(0, -found.scale.shift)) * (found.scale.shift < 0), seed


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_meets_the_optimum(first: int) -> None:
    for seed in range(first, first + 50):
        problem = drawn(seed)
        best, found = optimum(problem), searched(problem)
        if best is None:
            assert found.plans.centre_of is None, seed
            continue
        proves(problem, best, found, seed)


def test_stopped_anywhere_its_bound_holds() -> None:
    for seed in range(120):
        problem = drawn(seed)
        best = optimum(problem)
        for steps in (1, 2, 3, 5, 9):
            found = searched(problem, steps=steps)
            if best is not None and found.bound is not None:
                assert found.bound <= best, (seed, steps)
            if found.plans.centre_of is not None:
                assert best is not None, (seed, steps)
                assert found.plans.cost >= best, (seed, steps)


def test_gap_asked_for_is_kept() -> None:
    for seed in range(120):
        problem = drawn(seed)
        best, found = optimum(problem), searched(problem, gap=0.05)
        if best is not None:
            assert found.bound is not None, seed
            assert found.bound <= best <= found.plans.cost, seed
            assert found.plans.cost - found.bound <= 0.05 * found.plans.cost + 1, seed


def test_fine_units_never_cost_more_than_money() -> None:
    for most in (1, 1000, 10**9, 10**13):
        scale = scale_for(most)
        problem = Problem(np.array([9]), np.array([most]), np.array([1, 2]), np.array([[most // 3, most]]))
        fine = refined(problem, scale)
        for money, small in ((problem.opening[0], fine.opening[0]), *zip(problem.cost[0], fine.cost[0], strict=True)):
            assert scale.at_least(int(small)) <= money
            assert scale.at_least(int(small) + 1) > money or scale.shift > 0


def test_same_seed_same_plan() -> None:
    problem = drawn(13)
    first, again = searched(problem, seed=5), searched(problem, seed=5)
    assert np.array_equal(first.plans.centre_of, again.plans.centre_of)  # type: ignore[arg-type]
    assert (first.nodes, first.bound) == (again.nodes, again.bound)

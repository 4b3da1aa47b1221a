"""Pieces, quick first plans and the ways of large problems, on problems small enough to list or to check: never worse, always fitting, bounds that hold."""

from __future__ import annotations

import time

import numpy as np
import pytest

pytest.importorskip("numba")

from solver.engine.single_source import climbing, search
from solver.engine.single_source.direct import search_directly
from solver.engine.single_source.pieces import Pieces
from solver.engine.single_source.problem import Problem
from solver.engine.single_source.starting import exchanged, first_plan
from tests.solver.engine.single_source.test_search import drawn, optimum, proves, searched


def plane(seed: int, centres: int, units: int, held: float = 3.0) -> Problem:
    """Return a problem in the plane whose centres hold ``held`` times all volumes together."""
    draw = np.random.default_rng(seed)
    volume = draw.integers(5, 36, units)
    capacity = np.maximum((volume.sum() * held / centres * draw.uniform(0.5, 1.5, centres)).astype(np.int64), 40)
    centre, unit = draw.uniform(0, 1, (centres, 2)), draw.uniform(0, 1, (units, 2))
    cost = (1000 * np.hypot(*(centre[:, None, :] - unit[None, :, :]).transpose(2, 0, 1)) * volume).astype(np.int64)
    return Problem(capacity, draw.integers(2000, 8000, centres), volume, cost)


@pytest.mark.parametrize("seed", range(4))
def test_pieces_never_worsen_a_plan_and_repeat_themselves(seed: int) -> None:
    problem = plane(seed, 40, 90)
    start = first_plan(problem, np.zeros(40))
    assert start is not None

    def gone_over() -> list[int]:
        whole = search.Search(problem, 0.0, seed, lambda: True, lambda _search: None)
        pieces = Pieces(problem, problem.cost.min(axis=0) * 2, problem.opening, whole.search_piece, seed)
        at, costs = start, [problem.total(start)]
        for _ in range(12):
            better = pieces.better(at, lambda: False)
            at = at if better is None else better
            assert problem.fits(at)
            costs.append(problem.total(at))
        return costs

    costs = gone_over()
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0]
    assert gone_over() == costs


@pytest.mark.parametrize("seed", range(5))
def test_a_quick_plan_fits_and_exchanges_never_worsen_it(seed: int) -> None:
    problem = plane(seed, 30, 100, held=1.5)
    plan = first_plan(problem, np.random.default_rng(seed).random(30))
    assert plan is not None
    assert problem.fits(plan)
    draw = np.random.default_rng(seed)
    shuffled = np.full(100, -1)
    room = problem.capacity.copy()
    for unit in draw.permutation(100):
        shuffled[unit] = draw.choice(np.flatnonzero(room >= problem.volume[unit]))
        room[shuffled[unit]] -= problem.volume[unit]
    better = exchanged(problem, shuffled)
    assert problem.fits(better)
    assert problem.total(better) < problem.total(shuffled)


def test_no_room_no_quick_plan() -> None:
    problem = Problem(np.array([3, 3]), np.array([1, 1]), np.array([2, 2, 2]), np.ones((2, 3), dtype=np.int64))
    assert first_plan(problem, np.ones(2)) is None


@pytest.mark.parametrize("first", range(0, 150, 50))
def test_the_ways_of_large_problems_meet_the_optimum_of_small_ones(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few near centres, a quick first plan and pieces, all at sizes where every assignment can be listed."""
    monkeypatch.setattr(climbing, "_NEAR", 1)
    monkeypatch.setattr(climbing, "_MANY", 0)
    monkeypatch.setattr(search, "_LARGE", 0)
    monkeypatch.setattr(search, "_LEAST_OPEN", 1)
    for seed in range(first, first + 50):
        problem = drawn(seed)
        best, found = optimum(problem), searched(problem)
        if best is None:
            assert found.plans.centre_of is None, seed
            continue
        proves(problem, best, found, seed)
        stopped = searched(problem, steps=3)
        assert stopped.bound is None or stopped.bound <= best, seed


def test_pieces_better_the_search_of_a_middling_problem() -> None:
    """A plan with many open centres goes through the pieces; the bound stays below it, and a seed gives the same again."""
    problem = plane(3, 80, 160, held=2.5)
    first, again = searched(problem, gap=0.001, steps=400), searched(problem, gap=0.001, steps=400)
    assert first.plans.centre_of is not None
    assert first.bound is not None
    assert np.unique(first.plans.centre_of).size >= 30
    assert problem.fits(first.plans.centre_of)
    assert first.bound <= first.plans.cost == again.plans.cost


def test_a_very_large_problem_has_a_plan_and_a_bound_in_time() -> None:
    problem = plane(1, 500, 1600)
    began = time.monotonic()
    found = search_directly(problem, seconds=4.0)
    assert time.monotonic() - began < 120, "compiling apart, it stops about when asked to"
    assert found.centre_of is not None
    assert found.cost is not None
    assert found.bound is not None
    assert problem.fits(found.centre_of)
    assert 0 < found.bound <= found.cost == problem.total(found.centre_of)
    assert found.near(0.5)

"""The engine at work on a single-source problem: the search, with every plan it tells of audited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.engine.certificate import SCALE, Certificate
from solver.engine.single_source.climbing import climb, fresh, places_of, worths
from solver.engine.single_source.covering import FREE
from solver.engine.single_source.exact_loads import cells, climb_loads, fix_loads
from solver.engine.single_source.exchanging import changed_bounds, room_prices
from solver.engine.single_source.fixing import fix
from solver.engine.single_source.knapsack import bench_for
from solver.engine.single_source.problem import NEVER, Problem, Scale, refined
from solver.engine.single_source.search import Search
from solver.engine.single_source.sharing import make_fit, share_out
from solver.engine.single_source.starting import exchange, place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.relaxation import Relaxation
    from solver.engine.run import Engine
    from solver.engine.single_source.structure import Structure

    Whole = NDArray[np.int64]


def compile_once() -> None:
    """Have all of the search compiled, or read from the cache, before any clock runs: the first time on a machine takes a minute."""
    problem = Problem(*(np.array([2, 2]), np.array([1, 1]), np.array([1, 1])), np.array([[1, 2], [2, 1]]))
    fine, bench, whole = refined(problem, Scale(0)), bench_for(2), np.zeros(2, dtype=np.int64)
    eligible, state = problem.eligible.copy(), np.full(2, FREE, dtype=np.int8)
    first, unit = places_of(eligible, state)
    climb(fine, first, unit, state, whole.copy(), whole + NEVER, fresh(2, 2, 0.1), bench, 2, 1, 9, 9)
    worths(fine, first, unit, state, whole.copy(), bench)
    fix(fine, eligible, state, whole.copy(), 2, 9, bench)
    served, table = np.zeros((2, 2), dtype=np.float32), np.empty(cells(fine, first), dtype=np.int32)
    climb_loads(fine, first, unit, whole.copy(), fresh(2, 2, 0.1), served, table, 2, 1, 9, 9, whole.copy())
    fix_loads(fine, eligible, whole.copy(), 2, 9)
    some, toll = (problem.cost, problem.opening, problem.volume, problem.capacity), np.zeros(1)
    room_prices(*some, whole[:1], 9.0)
    changed_bounds(*some, whole[:1], np.array([1, -1]), toll, 9.0)
    make_fit(whole.copy(), problem.cost, problem.volume, problem.capacity, 0, 1)
    exchange(whole.copy(), problem.cost, problem.volume, problem.capacity, np.array([[0, 1], [1, 0]]), 1)
    place(np.array([0, 1]), problem.cost, whole, problem.volume, problem.capacity, whole.copy())
    share_out(whole.copy(), problem.cost, problem.volume, problem.capacity, 0, 1)


def run_search(engine: Engine, structure: Structure) -> None:
    """Search until the gap is closed or it is time; plan, bound and certificate are the engine's."""
    start = None if engine.plan is None else structure.centre_of(engine.plan)
    known = [None if engine.judged is None else engine.judged.cost]

    def told(search: Search) -> None:
        if search.nodes and engine.certificate is None:
            engine.take_bound(_certificate(engine.relaxation, search))
        if search.bound is not None:
            engine.take_searched(search.bound)
        if search.plans.centre_of is not None and (known[0] is None or search.plans.cost < known[0]):
            known[0] = search.plans.cost
            engine.take_audited(structure.plan(search.plans.centre_of))

    search = Search(structure.problem, engine.gap, engine.seed, engine.spent, told, start)
    search.run()
    if search.root_price is not None and engine.certificate is None:
        engine.take_bound(_certificate(engine.relaxation, search))


def _certificate(some: Relaxation, search: Search) -> Certificate:
    """Return prices as a certificate takes them; room in a centre costs what the first unit pays that no longer fits."""
    price = search.scale.money(search.plain_price())
    options = some.opening.shape[0]
    room = np.zeros(options)
    capacity = some.capacity[:, 0, 0]
    for option in range(options):
        members = slice(some.first_member[option], some.first_member[option + 1])
        unit = some.unit[members, 0]
        gain = np.append(price, 0)[unit] - some.cost[members, 0, 0] - some.joining[members]
        gain, weight = gain[gain > 0], some.volume[unit][gain > 0]
        order = np.argsort(-gain / np.maximum(weight, 1), kind="stable")
        over = np.flatnonzero(np.cumsum(weight[order]) > capacity[option])
        if over.size:
            room[option] = gain[order[over[0]]] / max(1, int(weight[order[over[0]]]))
    return Certificate(
        price, np.zeros((options, 1), dtype=np.int64), np.ones((options, 1), dtype=np.bool_), np.rint(room * SCALE).astype(np.int64).reshape(options, 1, 1)
    )

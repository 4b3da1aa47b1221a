"""Settles what a bound settles: decisions that, forced the other way, leave no plan worth having. Compiled.

Bounds are exact for a centre forced open or shut, as another may open or shut in turn, and for a unit forced into or out of a centre, from tables of
the best value before and after it (Posta, Ferland and Michelon, Computational Optimization and Applications 52 (2012), do this for assignment problems).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.engine.compiling import njit
from solver.engine.single_source.climbing import every_unit_somewhere, places_of, worths
from solver.engine.single_source.covering import OPEN, SHUT, forced_covers
from solver.engine.single_source.knapsack import CELLS, LARGEST, Bench, add_row, worth_taking
from solver.engine.single_source.problem import NEVER, Fine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.single_source.problem import Number

    Whole = NDArray[np.int64]
    Small = NDArray[np.int32]
    States = NDArray[np.int8]
    Flags = NDArray[np.bool_]


@njit(cache=True, nogil=True)
def _tables(bench: Bench, count: int, width: Number) -> tuple[Small, Small]:  # pragma: no cover - compiled
    """Return the best value of the first units and of the last, for every room: (count + 1, width) each."""
    forward, backward = np.zeros((count + 1) * width, dtype=np.int32), np.zeros((count + 1) * width, dtype=np.int32)
    for at in range(count):
        add_row(forward, at * width, width, bench.weight[at], bench.profit[at])
        last = count - 1 - at
        add_row(backward, at * width, width, bench.weight[last], bench.profit[last])
    return forward.reshape((count + 1, width)), backward.reshape((count + 1, width))


@njit(cache=True, nogil=True)
def _without(forward: Small, backward: Small, at: int, room: Number) -> Number:  # pragma: no cover - compiled
    """Return the best value within ``room`` without unit ``at``; the tables hold every room up to their own width."""
    if room < 0:
        return -NEVER
    before, after = forward[at], backward[forward.shape[0] - 2 - at]
    best = np.int64(0)
    for part in range(room + 1):
        best = max(best, np.int64(before[part]) + after[room - part])
    return best


@njit(cache=True, nogil=True)
def _place_alone(eligible: Flags, state: States, centre: int, one: int) -> None:  # pragma: no cover - compiled
    for other in range(state.shape[0]):
        if other != centre:
            eligible[other, one] = False
    state[centre] = OPEN


@njit(cache=True, nogil=True)
def _fix_units(
    fine: Fine, eligible: Flags, state: States, price: Whole, centre: int, spare: Number, if_shut: Number, enough: Number, bench: Bench
) -> None:  # pragma: no cover - compiled
    """Fix units in or out of a centre; ``spare`` is the bound with it open and filled at its best, ``if_shut`` the bound without it."""
    allowed = np.flatnonzero(eligible[centre])
    count, filled, worth = worth_taking(price, fine.cost[centre], allowed, 0, allowed.shape[0], fine.volume, bench)
    capacity = fine.capacity[centre]
    width = capacity + 1
    loose = filled <= capacity
    if not loose and ((count + 1) * width > CELLS or worth > LARGEST):
        return
    if loose:
        forward, backward = np.zeros((1, 1), dtype=np.int32), np.zeros((1, 1), dtype=np.int32)
        best = worth
    else:
        forward, backward = _tables(bench, count, width)
        best = np.int64(forward[count, capacity])
    for one in range(price.shape[0]):
        gain = price[one] - fine.cost[centre, one]
        if eligible[centre, one] and gain <= 0:
            room = capacity - fine.volume[one]
            # Where all fit with this one, nothing else has to go; with less room the best is no more than all.
            rest = worth if loose else np.int64(forward[count, room])
            if spare + best - (gain + rest) > enough:
                eligible[centre, one] = False
    for at in range(count):
        one = bench.unit[at]
        inside = best if loose else bench.profit[at] + _without(forward, backward, at, capacity - bench.weight[at])
        if spare + best - inside > enough:
            eligible[centre, one] = False
            continue
        outside = worth - bench.profit[at] if loose else _without(forward, backward, at, capacity)
        if min(if_shut, spare + best - outside) > enough:
            _place_alone(eligible, state, centre, one)


@njit(cache=True, nogil=True)
def fix(fine: Fine, eligible: Flags, state: States, price: Whole, need: Number, enough: Number, bench: Bench) -> bool:  # pragma: no cover - compiled
    """Settle ``state`` (centres,) and ``eligible`` (centres, units) where the other choice has a bound above ``enough``.

    Returns whether a plan is still possible.
    """
    first, unit = places_of(eligible, state)
    constant = price.sum()
    worth = worths(fine, first, unit, state, price, bench)
    least, if_open, if_shut = forced_covers(worth, fine.capacity, state, need, enough - constant, bench)
    if least >= NEVER or least + constant > enough:
        return False
    for centre in range(state.shape[0]):
        if state[centre] == SHUT:
            continue
        if if_open[centre] + constant > enough:
            if if_shut[centre] + constant > enough:
                return False
            state[centre] = SHUT
            eligible[centre, :] = False
            continue
        if if_shut[centre] + constant > enough:
            state[centre] = OPEN
        _fix_units(fine, eligible, state, price, centre, if_open[centre] + constant, if_shut[centre] + constant, enough, bench)
    return every_unit_somewhere(eligible)

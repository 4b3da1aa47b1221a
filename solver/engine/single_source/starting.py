"""A first plan for problems too large for anything dearer: units one after another where they are cheapest, then moves and exchanges. Compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.engine.compiling import njit
from solver.engine.single_source.problem import NEVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.single_source.problem import Problem

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_LIKED = 0.5
"""Centres open at least so much of the time in the averaged solution are taken as paid for."""
_CLOSE = 12
"""Moves and exchanges go to this many cheapest open centres of each unit."""
_SWEEPS = 30


def first_plan(problem: Problem, openness: Real) -> Whole | None:
    """Return (units,) a centre for each unit, ``None`` when one is left over; ``openness`` (centres,) says which centres are likely to be open."""
    centre_of = np.full(problem.units, -1, dtype=np.int64)
    toll = np.where(openness >= _LIKED, 0, (problem.opening * (1 - openness)).astype(np.int64))
    # The largest first, as they find room in fewest places.
    order = np.argsort(-problem.volume, kind="stable")
    if not place(order, problem.cost, toll, problem.volume, problem.capacity, centre_of):
        return None
    return exchanged(problem, centre_of)


def exchanged(problem: Problem, centre_of: Whole) -> Whole:
    """Return the plan ``centre_of`` (units,), which fits, after all moves and exchanges between its centres that pay."""
    centres = np.unique(centre_of)
    cost = np.ascontiguousarray(problem.cost[centres])
    count = min(_CLOSE, centres.size)
    close = np.ascontiguousarray(np.argpartition(cost, count - 1, axis=0)[:count].T)
    at = np.searchsorted(centres, centre_of)
    exchange(at, cost, problem.volume, problem.capacity[centres], close, _SWEEPS)
    return centres[at]


@njit(cache=True, nogil=True)
def place(order: Whole, cost: Whole, toll: Whole, volume: Whole, capacity: Whole, centre_of: Whole) -> bool:  # pragma: no cover - compiled
    """Place units in ``order``, each where it costs least with the ``toll`` (centres,) of a centre that nobody is at yet; return whether all have a place."""
    room, ask = capacity.copy(), toll.copy()
    for unit in order:
        chosen, lowest = -1, np.int64(NEVER)
        for centre in range(capacity.shape[0]):
            value = cost[centre, unit] + ask[centre]
            if value < lowest and room[centre] >= volume[unit]:
                chosen, lowest = centre, value
        if chosen < 0:
            return False
        centre_of[unit] = chosen
        room[chosen] -= volume[unit]
        ask[chosen] = 0
    return True


@njit(cache=True, nogil=True)
def exchange(centre_of: Whole, cost: Whole, volume: Whole, capacity: Whole, close: Whole, sweeps: int) -> None:  # pragma: no cover - compiled
    """Move units to ``close`` centres (units, some), or exchange them with one there, while that pays; ``centre_of`` (units,) is changed in place."""
    units, room = volume.shape[0], capacity.copy()
    head, after = np.full(capacity.shape[0], -1, dtype=np.int64), np.full(units, -1, dtype=np.int64)
    for unit in range(units):
        room[centre_of[unit]] -= volume[unit]
    for _ in range(sweeps):
        changed = False
        head[:] = -1
        for unit in range(units):
            after[unit] = head[centre_of[unit]]
            head[centre_of[unit]] = unit
        # Chains are those of the sweep's beginning: who has left meanwhile is passed over.
        for unit in range(units):
            other, there = _best_exchange(unit, centre_of, cost, volume, room, close, head, after)
            if there < 0:
                continue
            here = centre_of[unit]
            if other >= 0:
                centre_of[other] = here
                room[here] -= volume[other]
                room[there] += volume[other]
            centre_of[unit] = there
            room[here] += volume[unit]
            room[there] -= volume[unit]
            changed = True
        if not changed:
            return


@njit(cache=True, nogil=True)
def _best_exchange(
    unit: int, centre_of: Whole, cost: Whole, volume: Whole, room: Whole, close: Whole, head: Whole, after: Whole
) -> tuple[int, int]:  # pragma: no cover - compiled
    """Return (other, there): where ``unit`` goes, in exchange for whom (-1 for nobody), to save most; ``there`` is -1 when nothing saves."""
    here, best, chosen, goes = centre_of[unit], np.int64(0), -1, -1
    for there in close[unit]:
        if there == here or cost[there, unit] >= NEVER:
            continue
        own = cost[there, unit] - cost[here, unit]
        if own < best and room[there] >= volume[unit]:
            best, chosen, goes = own, -1, there
        other = head[there]
        while other >= 0:
            if centre_of[other] == there and cost[here, other] < NEVER:
                both = own + cost[here, other] - cost[there, other]
                lighter = volume[unit] - volume[other]
                if both < best and room[there] >= lighter and room[here] >= -lighter:
                    best, chosen, goes = both, other, there
            other = after[other]
    return chosen, goes

"""Bounds once the centres are settled: then the room left over is known, and every centre is filled but for its share of it. Compiled.

Every unit is served, so loads add up to all volumes and unused room to the slack ``sum of capacities - sum of volumes``. Centre by centre, the least cost
at each unused room is a knapsack with an exact load; a min-plus convolution shares the slack out. Where the slack is small that is far above plain knapsacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from solver.engine.compiling import njit
from solver.engine.single_source.climbing import SHARE, Mean, every_unit_somewhere, move, new_weight, review, set_pace
from solver.engine.single_source.knapsack import add_row
from solver.engine.single_source.problem import NEVER, Fine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.single_source.problem import Number

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Shares = NDArray[np.float32]
    Table = NDArray[np.int32]
    Flags = NDArray[np.bool_]

CELLS = 1 << 25
"""Cells of all tables of loads together, 128 MB; where more are needed there is no bound of this kind."""
MOST_SLACK = 1000
_NO, _DEAR = np.int32(1 << 30), np.int32(1 << 29)
_HALF = NEVER // 2


def cells(fine: Fine, first: Whole) -> int:
    """Return how many cells the tables of loads have, for units that may go to each centre as in ``first``."""
    return int(((np.diff(first) + 1) * (fine.capacity + 1)).sum())


@njit(cache=True, nogil=True)
def _most_together(fine: Fine, unit: Whole, first: Number, last: Number, capacity: Number) -> Number:  # pragma: no cover - compiled
    """Return a number of units that no load of a centre exceeds; 1 at least."""
    least = capacity
    for at in range(first, last):
        least = min(least, fine.volume[unit[at]])
    return max(1, last - first if least == 0 else min(last - first, capacity // least))


class _Desk(NamedTuple):
    """Tables of what loads save, of all centres one after another from ``begin`` (centres,).

    ``least`` and ``share`` (centres + 1, slack + 1) are cost and share of unused room given out so far.
    """

    table: Table
    begin: Whole
    least: Whole
    share: Whole


@njit(cache=True, nogil=True)
def _desk(fine: Fine, first: Whole, table: Table, slack: int) -> _Desk:  # pragma: no cover - compiled
    centres = fine.capacity.shape[0]
    begin, size = np.empty(centres, dtype=np.int64), np.int64(0)
    for centre in range(centres):
        begin[centre] = size
        size += (first[centre + 1] - first[centre] + 1) * (fine.capacity[centre] + 1)
    return _Desk(table, begin, np.empty((centres + 1, slack + 1), dtype=np.int64), np.empty((centres + 1, slack + 1), dtype=np.int64))


@njit(cache=True, nogil=True)
def _load(fine: Fine, first: Whole, unit: Whole, price: Whole, centre: int, desk: _Desk) -> bool:  # pragma: no cover - compiled
    """Fill a centre's table; return False when a unit is worth more than the table can count.

    As many as can stand together must not add up beyond its numbers: dearer ones count as cheaper, which keeps the bound one.
    """
    width, start = fine.capacity[centre] + 1, desk.begin[centre]
    desk.table[start : start + width] = -_NO
    desk.table[start] = 0
    dear = _DEAR // _most_together(fine, unit, first[centre], first[centre + 1], fine.capacity[centre])
    for at in range(first[centre], first[centre + 1]):
        cost = fine.cost[centre, unit[at]] - price[unit[at]]
        if cost < -dear:
            return False
        add_row(desk.table, start + (at - first[centre]) * width, width, fine.volume[unit[at]], -min(cost, dear))
    return True


@njit(cache=True, nogil=True)
def _give_room(fine: Fine, first: Whole, centre: int, desk: _Desk) -> None:  # pragma: no cover - compiled
    """Give out unused room to one more centre: a min-plus convolution."""
    slack = desk.least.shape[1] - 1
    width = fine.capacity[centre] + 1
    end = desk.begin[centre] + (first[centre + 1] - first[centre] + 1) * width - 1
    most = min(slack, fine.capacity[centre])
    for unused in range(slack + 1):
        lowest, chosen = np.int64(NEVER), -1
        for own in range(min(unused, most) + 1):
            value = -np.int64(desk.table[end - own])
            if value < _DEAR and desk.least[centre, unused - own] < NEVER and value + desk.least[centre, unused - own] < lowest:
                lowest, chosen = value + desk.least[centre, unused - own], own
        desk.least[centre + 1, unused] = lowest
        desk.share[centre + 1, unused] = chosen


@njit(cache=True, nogil=True)
def _read_back(fine: Fine, first: Whole, unit: Whole, desk: _Desk, seen: Real, now: NDArray[np.int8]) -> None:  # pragma: no cover - compiled
    """Fill ``now`` (centres, units) with who is served where, and ``seen`` (units,) with 1 less how often each is."""
    centres, left = fine.capacity.shape[0], desk.least.shape[1] - 1
    seen[:] = 1.0
    now[:, :] = 0
    for centre in range(centres - 1, -1, -1):
        own = desk.share[centre + 1, left]
        left -= own
        width, load = fine.capacity[centre] + 1, fine.capacity[centre] - own
        for nth in range(first[centre + 1] - first[centre] - 1, -1, -1):
            here = desk.begin[centre] + nth * width + load
            if desk.table[here + width] != desk.table[here]:
                one = unit[first[centre] + nth]
                seen[one] -= 1.0
                now[centre, one] = 1
                load -= fine.volume[one]


@njit(cache=True, nogil=True)
def climb_loads(
    fine: Fine,
    first: Whole,
    unit: Whole,
    best: Whole,
    mean: Mean,
    served: Shares,
    table: Table,
    slack: int,
    looks: int,
    upper: Number,
    enough: Number,
    centre_of: Whole,
) -> tuple[Number, bool]:  # pragma: no cover - compiled
    """Return (bound, whole): the best bound of ``looks``, all centres open, and whether a look served every unit once.

    Such a look is a plan, put into ``centre_of`` (units,), and no other costs less at these prices: then the bound is its cost in fine units.
    ``served`` (centres, units) is the averaged solution; the rest is as for :func:`~solver.engine.single_source.climbing.climb`.
    """
    centres, units = fine.cost.shape
    desk = _desk(fine, first, table, slack)
    price, seen, now = best.copy(), np.empty(units), np.zeros((centres, units), dtype=np.int8)
    direction, pace = mean.direction, mean.pace
    bound = np.int64(-NEVER)
    for look in range(looks):
        desk.least[0, :] = NEVER
        desk.least[0, 0] = 0
        for centre in range(centres):
            if not _load(fine, first, unit, price, centre, desk):
                return bound, False
            _give_room(fine, first, centre, desk)
        if desk.least[centres, slack] >= NEVER:
            return NEVER, False
        value = desk.least[centres, slack] + price.sum() + fine.opening.sum()
        _read_back(fine, first, unit, desk, seen, now)
        if not seen.any():
            _write_down(now, centre_of)
            best[:] = price
            return value, True
        if np.isnan(direction[0]):
            direction[:] = seen
            served[:, :] = now
        weight, agreement = new_weight(direction, seen, pace[SHARE])
        direction[:] = weight * seen + (1 - weight) * direction
        _blend(served, now, weight)
        better = value > bound
        if better:
            bound = value
            best[:] = price
        if look > 0:
            set_pace(pace, better, agreement)
        review(pace, bound)
        if bound > enough or not move(price, best, direction, pace, bound, upper):
            break
    return bound, False


@njit(cache=True, nogil=True)
def _write_down(now: NDArray[np.int8], centre_of: Whole) -> None:  # pragma: no cover - compiled
    for centre in range(now.shape[0]):
        for one in range(now.shape[1]):
            if now[centre, one] == 1:
                centre_of[one] = centre


@njit(cache=True, nogil=True)
def _blend(served: Shares, now: NDArray[np.int8], weight: float) -> None:  # pragma: no cover - compiled
    for centre in range(now.shape[0]):
        for one in range(now.shape[1]):
            served[centre, one] = np.float32(weight * now[centre, one] + (1 - weight) * served[centre, one])


@njit(cache=True, nogil=True)
def _loads_of(fine: Fine, eligible: Flags, price: Whole) -> Whole:  # pragma: no cover - compiled
    """Return (centres, loads) the least cost at each exact load."""
    centres, units = eligible.shape
    cost = np.empty((centres, fine.capacity.max() + 1), dtype=np.int64)
    cost[:, :] = NEVER
    for centre in range(centres):
        cost[centre, 0] = 0
        for one in range(units):
            if eligible[centre, one]:
                more, weight = fine.cost[centre, one] - price[one], fine.volume[one]
                for load in range(fine.capacity[centre], weight - 1, -1):
                    if cost[centre, load - weight] < _HALF:
                        cost[centre, load] = min(cost[centre, load], cost[centre, load - weight] + more)
    return cost


@njit(cache=True, nogil=True)
def _shared(one: Whole, other: Whole) -> Whole:  # pragma: no cover - compiled
    """Return the min-plus convolution of two costs by unused room."""
    both = np.full(one.shape[0], NEVER)
    for unused in range(one.shape[0]):
        for own in range(unused + 1):
            if one[own] < _HALF and other[unused - own] < _HALF:
                both[unused] = min(both[unused], one[own] + other[unused - own])
    return both


@njit(cache=True, nogil=True)
def fix_loads(fine: Fine, eligible: Flags, price: Whole, slack: int, enough: Number) -> bool:  # pragma: no cover - compiled
    """Strike out of ``eligible`` (centres, units) what would bring the bound above ``enough``; return whether a plan is still possible.

    The bound of a unit forced into a centre lets it stand there twice, which only lowers it.
    """
    centres, units = eligible.shape
    constant = price.sum() + fine.opening.sum()
    loads = _loads_of(fine, eligible, price)
    unused = np.full((centres, slack + 1), NEVER)
    for centre in range(centres):
        for own in range(min(slack, fine.capacity[centre]) + 1):
            unused[centre, own] = loads[centre, fine.capacity[centre] - own]
    before, after = np.full((centres + 1, slack + 1), NEVER), np.full((centres + 1, slack + 1), NEVER)
    before[0, 0], after[centres, 0] = 0, 0
    for centre in range(centres):
        before[centre + 1] = _shared(before[centre], unused[centre])
        last = centres - 1 - centre
        after[last] = _shared(after[last + 1], unused[last])
    if before[centres, slack] >= _HALF or before[centres, slack] + constant > enough:
        return False
    for centre in range(centres):
        others = _shared(before[centre], after[centre + 1])
        for one in range(units):
            if eligible[centre, one]:
                forced = _forced(loads[centre], others, fine.capacity[centre] - fine.volume[one])
                eligible[centre, one] = forced < _HALF and forced + fine.cost[centre, one] - price[one] + constant <= enough
    return every_unit_somewhere(eligible)


@njit(cache=True, nogil=True)
def _forced(loads: Whole, others: Whole, room: Number) -> Number:  # pragma: no cover - compiled
    """Return the least that a centre with only ``room`` left and the other centres cost together, whatever room of it stays unused."""
    lowest, slack = np.int64(NEVER), others.shape[0] - 1
    for own in range(min(slack, room) + 1):
        if loads[room - own] < _HALF and others[slack - own] < _HALF:
            lowest = min(lowest, loads[room - own] + others[slack - own])
    return lowest

"""Shares units out among open centres: two centres at a time, each pair at its best. Compiled.

Given two centres and the units of both, the best split is a knapsack; passing over all pairs until nothing improves leaves a plan that no exchange between
two centres betters. From there the search goes on by small disturbances (iterated local search).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from solver.engine.compiling import njit
from solver.engine.single_source.problem import NEVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.single_source.problem import Number

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_CELLS = 1 << 23
_FAR = 1 << 46
"""Counts as what cannot be: whole plans cost less, and it may be added up as often as there are units."""
_MOST_PASSES, _MOST_TRIES = 50, 200
_MOST_WORK, _FITTING_WORK = 100_000_000, 1_000_000_000
"""Cells and units looked at in one go, about a tenth of a second's: between two goes the clock is looked at."""
_DEARER = 1.6
"""How much dearer excess becomes with every sweep."""
_CLOSE = 5
"""A disturbance moves units among this many cheapest centres of each."""


class Sharing(NamedTuple):
    """Who is where: ``centre_of`` (units,), ``load`` (centres,), and the units of each centre as chains from ``head`` (centres,) along ``after`` (units,).

    ``work`` (1,) counts what has been looked at: cells of tables, and units.
    """

    centre_of: Whole
    load: Whole
    head: Whole
    after: Whole
    work: Whole


@njit(cache=True, nogil=True)
def _chain(now: Sharing, volume: Whole) -> None:  # pragma: no cover - compiled
    """Bring loads and chains into line with ``centre_of``."""
    now.load[:] = 0
    now.head[:] = -1
    for unit in range(volume.shape[0] - 1, -1, -1):
        at = now.centre_of[unit]
        now.load[at] += volume[unit]
        now.after[unit] = now.head[at]
        now.head[at] = unit


@njit(cache=True, nogil=True)
def _gather(now: Sharing, one: int, other: int, here: Whole) -> int:  # pragma: no cover - compiled
    """Put the units of two centres into ``here`` and return how many."""
    count = 0
    for centre in (one, other):
        unit = now.head[centre]
        while unit >= 0:
            here[count] = unit
            count += 1
            unit = now.after[unit]
    return count


@njit(cache=True, nogil=True)
def _put(now: Sharing, unit: int, centre: int) -> None:  # pragma: no cover - compiled
    now.centre_of[unit] = centre
    now.after[unit] = now.head[centre]
    now.head[centre] = unit


@njit(cache=True, nogil=True)
def _split(
    now: Sharing, cost: Whole, volume: Whole, capacity: Whole, one: int, other: int, toll: float, table: Whole, here: Whole
) -> bool:  # pragma: no cover - compiled
    """Split the units of two centres anew, at least cost and ``toll`` for each unit of volume too much; return whether anything changed."""
    count = _gather(now, one, other, here)
    now.work[0] += count
    filled, before, base = now.load[one] + now.load[other], np.int64(0), np.int64(0)
    for nth in range(count):
        before += cost[now.centre_of[here[nth]], here[nth]]
        base += min(cost[other, here[nth]], _FAR)
    excess = max(0, now.load[one] - capacity[one]) + max(0, now.load[other] - capacity[other])
    width = min(filled, capacity[one] + excess) + 1
    if count == 0 or (count + 1) * width > _CELLS:
        return False
    if excess == 0 and _split_freely(now, cost, volume, capacity, one, other, here[:count]):
        return bool(_cost_here(now.centre_of, cost, here[:count]) < before)
    now.work[0] += (count + 1) * width
    _tabulate(cost, volume, one, other, here[:count], width, table)
    chosen, lowest = -1, before + toll * excess - 1e-6
    for held in range(max(0, filled - capacity[other] - excess), width):
        split = base + table[count * width + held]
        if split < _FAR:
            value = split + toll * (max(0, held - capacity[one]) + max(0, filled - held - capacity[other]))
            if value < lowest:
                chosen, lowest = held, value
    if chosen < 0:
        return False
    now.load[one], now.load[other] = chosen, filled - chosen
    now.head[one] = now.head[other] = -1
    for nth in range(count - 1, -1, -1):
        if table[(nth + 1) * width + chosen] != table[nth * width + chosen]:
            _put(now, here[nth], one)
            chosen -= volume[here[nth]]
        else:
            _put(now, here[nth], other)
    return True


@njit(cache=True, nogil=True)
def _cost_here(centre_of: Whole, cost: Whole, here: Whole) -> Number:  # pragma: no cover - compiled
    total = np.int64(0)
    for nth in range(here.shape[0]):
        total += cost[centre_of[here[nth]], here[nth]]
    return total


@njit(cache=True, nogil=True)
def _split_freely(now: Sharing, cost: Whole, volume: Whole, capacity: Whole, one: int, other: int, here: Whole) -> bool:  # pragma: no cover - compiled
    """Put every unit where it is cheaper, where it stands when both cost the same, if that fits; return whether it did."""
    held, left = np.int64(0), np.int64(0)
    for nth in range(here.shape[0]):
        unit = here[nth]
        there = cost[one, unit] < cost[other, unit] or (cost[one, unit] == cost[other, unit] and now.centre_of[unit] == one)
        held += volume[unit] if there else 0
        left += 0 if there else volume[unit]
    if held > capacity[one] or left > capacity[other]:
        return False
    now.load[one], now.load[other] = held, left
    now.head[one] = now.head[other] = -1
    for nth in range(here.shape[0] - 1, -1, -1):
        unit = here[nth]
        there = cost[one, unit] < cost[other, unit] or (cost[one, unit] == cost[other, unit] and now.centre_of[unit] == one)
        _put(now, unit, one if there else other)
    return True


@njit(cache=True, nogil=True)
def _tabulate(cost: Whole, volume: Whole, one: int, other: int, here: Whole, width: Number, table: Whole) -> None:  # pragma: no cover - compiled
    """Fill the table with what it costs more to have exactly so much at ``one`` instead of all at ``other``, a row more for each unit of ``here``."""
    table[:width] = NEVER
    table[0] = 0
    for nth in range(here.shape[0]):
        weight, more = volume[here[nth]], min(cost[one, here[nth]], _FAR) - min(cost[other, here[nth]], _FAR)
        old, new = table[nth * width : (nth + 1) * width], table[(nth + 1) * width : (nth + 2) * width]
        if weight >= width:
            new[:] = old
            continue
        new[:weight] = old[:weight]
        without, taken, best = old[weight:], old[: width - weight], new[weight:]
        for room in range(width - weight):
            best[room] = min(without[room], taken[room] + more)


@njit(cache=True, nogil=True)
def _settle(
    now: Sharing, cost: Whole, volume: Whole, capacity: Whole, stirred: Flags, most_work: int, table: Whole, here: Whole
) -> None:  # pragma: no cover - compiled
    """Split pairs with a ``stirred`` centre until none changes or the work is done."""
    centres = capacity.shape[0]
    for _ in range(_MOST_PASSES):
        changed = np.zeros(centres, dtype=np.bool_)
        for one in range(centres):
            for other in range(one + 1, centres):
                if now.work[0] > most_work:
                    return
                if (stirred[one] or stirred[other] or changed[one] or changed[other]) and _split(now, cost, volume, capacity, one, other, 0.0, table, here):
                    changed[one] = changed[other] = True
        if not changed.any():
            return
        stirred[:] = changed


@njit(cache=True, nogil=True)
def _sharing(centre_of: Whole, volume: Whole, centres: int) -> Sharing:  # pragma: no cover - compiled
    now = Sharing(
        centre_of, np.zeros(centres, dtype=np.int64), np.zeros(centres, dtype=np.int64), np.zeros(volume.shape[0], dtype=np.int64), np.zeros(1, dtype=np.int64)
    )
    _chain(now, volume)
    return now


@njit(cache=True, nogil=True)
def make_fit(centre_of: Whole, cost: Whole, volume: Whole, capacity: Whole, seed: int, sweeps: int) -> bool:  # pragma: no cover - compiled
    """Move units until no centre holds too much, excess growing dearer with every sweep; return whether that came about.

    ``centre_of`` (units,) is changed in place; ``cost`` (centres, units) is that of the open centres alone.
    """
    np.random.seed(seed)
    centres, units = cost.shape
    now, toll = _sharing(centre_of, volume, centres), 0.0
    for unit in range(units):
        toll += 0.5 * cost[centre_of[unit], unit] / max(volume[unit], 1)
    toll = max(toll / units, 1.0)
    table, here = np.empty(_CELLS, dtype=np.int64), np.empty(units, dtype=np.int64)
    for _ in range(sweeps):
        if (now.load <= capacity).all():
            return True
        if now.work[0] > _FITTING_WORK:
            return False
        order = np.random.permutation(centres)
        for first in range(centres):
            for second in range(first + 1, centres):
                one, other = order[first], order[second]
                if (now.load[one] > capacity[one] or now.load[other] > capacity[other]) and now.work[0] <= _FITTING_WORK:
                    _split(now, cost, volume, capacity, one, other, toll, table, here)
        toll *= _DEARER
    return bool((now.load <= capacity).all())


@njit(cache=True, nogil=True)
def _disturb(now: Sharing, cost: Whole, volume: Whole, capacity: Whole, close: Whole, stirred: Flags) -> None:  # pragma: no cover - compiled
    """Move a few units to centres nearly as good for them, each in exchange for one that makes room, so that all still fits; chains are left behind."""
    units, load = volume.shape[0], now.load
    moves, wanted = 0, 2 + np.random.randint(4)
    for _ in range(_MOST_TRIES):
        if moves >= wanted:
            return
        unit = np.random.randint(units)
        old, new = now.centre_of[unit], close[unit, np.random.randint(close.shape[1])]
        if old == new or cost[new, unit] >= _FAR:
            continue
        begin, other = np.random.randint(units), -1
        for step in range(units):
            one = (begin + step) % units
            fits = load[old] - volume[unit] + volume[one] <= capacity[old] and load[new] - volume[one] + volume[unit] <= capacity[new]
            if now.centre_of[one] == new and fits and cost[old, one] < _FAR:
                other = one
                break
        if other < 0 and load[new] + volume[unit] > capacity[new]:
            continue
        now.centre_of[unit] = new
        load[old] -= volume[unit]
        load[new] += volume[unit]
        if other >= 0:
            now.centre_of[other] = old
            load[old] += volume[other]
            load[new] -= volume[other]
        stirred[old] = stirred[new] = True
        moves += 1


@njit(cache=True, nogil=True)
def share_out(centre_of: Whole, cost: Whole, volume: Whole, capacity: Whole, seed: int, disturbances: int) -> Number:  # pragma: no cover - compiled
    """Improve a plan that fits, in place, and return what its assignments cost.

    Parameters
    ----------
    centre_of
        (units,) position among the open centres.
    cost
        (centres, units) in whole money, of the open centres alone.
    volume, capacity
        (units,), (centres,).
    seed, disturbances
        How often, and by which random numbers, it is disturbed.
    """
    np.random.seed(seed)
    centres, units = cost.shape
    close = np.empty((units, min(_CLOSE + 1, centres)), dtype=np.int64)
    for unit in range(units):
        close[unit] = np.argsort(cost[:, unit])[: close.shape[1]]
    table, here = np.empty(_CELLS, dtype=np.int64), np.empty(units, dtype=np.int64)
    stirred, tried = np.ones(centres, dtype=np.bool_), _sharing(centre_of.copy(), volume, centres)
    _settle(tried, cost, volume, capacity, stirred, _MOST_WORK, table, here)
    centre_of[:] = tried.centre_of
    total = _cost_of(centre_of, cost)
    tried.work[0] = 0
    for _ in range(disturbances):
        if tried.work[0] > _MOST_WORK:
            break
        tried.centre_of[:] = centre_of
        stirred[:] = False
        _chain(tried, volume)
        _disturb(tried, cost, volume, capacity, close, stirred)
        _chain(tried, volume)
        _settle(tried, cost, volume, capacity, stirred, _MOST_WORK, table, here)
        value = _cost_of(tried.centre_of, cost)
        if value <= total:
            total = value
            centre_of[:] = tried.centre_of
    return total


@njit(cache=True, nogil=True)
def _cost_of(centre_of: Whole, cost: Whole) -> Number:  # pragma: no cover - compiled
    total = np.int64(0)
    for unit in range(centre_of.shape[0]):
        total += cost[centre_of[unit], unit]
    return total

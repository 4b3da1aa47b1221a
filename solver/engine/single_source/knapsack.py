"""The best load of one centre at given prices: a knapsack in whole numbers. Compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from solver.engine.compiling import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.single_source.problem import Number

    Whole = NDArray[np.int64]
    Small = NDArray[np.int32]

CELLS = 1 << 22
"""Cells of the largest table: what would need more is bounded by its linear relaxation instead."""
LARGEST = (1 << 30) - 1
"""What a table can add up."""


class Bench(NamedTuple):
    """Room to work in: ``table`` for rows of values, ``toll`` (1,) for what room in the last centre is worth; the rest (units,) for units worth taking."""

    table: Small
    weight: Whole
    profit: Whole
    unit: Whole
    ratio: NDArray[np.float64]
    core: Whole
    sure: Whole
    toll: NDArray[np.float64]


def bench_for(units: int) -> Bench:
    """Return room for ``units``."""
    whole = [np.empty(units + 1, dtype=np.int64) for _ in range(5)]
    return Bench(np.empty(CELLS, dtype=np.int32), whole[0], whole[1], whole[2], np.empty(units + 1), whole[3], whole[4], np.zeros(1))


@njit(cache=True, nogil=True)
def add_row(table: Small, first: Number, width: Number, weight: Number, profit: Number) -> None:  # pragma: no cover - compiled
    """Write the row after the one at ``first``: the best value for every room from 0 to ``width - 1``, with one unit more to choose from."""
    old, new = table[first : first + width], table[first + width : first + 2 * width]
    if weight >= width:
        new[:] = old
        return
    new[:weight] = old[:weight]
    without, before, best = old[weight:], old[: width - weight], new[weight:]
    more = np.int32(profit)
    for room in range(width - weight):
        taken = np.int32(before[room] + more)
        best[room] = max(without[room], taken)


@njit(cache=True, nogil=True)
def best_load(
    price: Whole, cost: Whole, allowed: Whole, first: Number, last: Number, volume: Whole, capacity: Number, bench: Bench, taken: Whole
) -> tuple[Number, Number]:  # pragma: no cover - compiled
    """Return (profit, count): the most that units ``allowed[first:last]`` are worth within ``capacity``, and how many stand in ``taken``.

    A unit is worth its price less its cost. The break unit and greedy fillings bound the value (Dantzig 1957); units whose other choice cannot beat the
    best filling are fixed, and the rest is a table (Martello and Toth, "Knapsack Problems", 1990, chapter 2). Where the table would be too large, the
    profit is that of the linear relaxation, rounded down: it is never too low, and ``taken`` is then only a good filling.
    """
    count, filled, worth = worth_taking(price, cost, allowed, first, last, volume, bench)
    bench.toll[0] = 0.0
    if filled <= capacity:
        taken[:count] = bench.unit[:count]
        return worth, count
    for at in range(count):
        bench.ratio[at] = -bench.profit[at] / max(bench.weight[at], 1e-9)
    order = np.argsort(bench.ratio[:count])
    head, held, value = 0, np.int64(0), np.int64(0)
    while held + bench.weight[order[head]] <= capacity:
        held += bench.weight[order[head]]
        value += bench.profit[order[head]]
        head += 1
    break_weight = bench.weight[order[head]]
    bench.toll[0] = -bench.ratio[order[head]]
    relaxed = value * break_weight + (capacity - held) * bench.profit[order[head]]
    best, size = _greedy(bench, order, head, held, value, capacity, taken)
    if relaxed < (best + 1) * break_weight:
        return best, size
    return _by_table(bench, order, head, relaxed, capacity, best, size, taken)


@njit(cache=True, nogil=True)
def worth_at_most(
    price: Whole, cost: Whole, allowed: Whole, first: Number, last: Number, volume: Whole, capacity: Number, toll: float
) -> Number:  # pragma: no cover - compiled
    """Return what no load of a centre is worth more than: its room is paid for with ``toll`` a unit of volume, whatever that is, and then all may come."""
    worth = toll * capacity
    for at in range(first, last):
        one = allowed[at]
        gain = price[one] - cost[one] - toll * volume[one]
        if gain > 0:
            worth += gain
    # More than what floating point may have lost: worths are far below 2^50.
    return np.int64(np.ceil(worth * (1 + 1e-12))) + 1


@njit(cache=True, nogil=True)
def worth_taking(
    price: Whole, cost: Whole, allowed: Whole, first: Number, last: Number, volume: Whole, bench: Bench
) -> tuple[int, Number, Number]:  # pragma: no cover - compiled
    """Put the units that are worth taking on the bench; return how many, their volume and their worth."""
    count, filled, worth = 0, np.int64(0), np.int64(0)
    for at in range(first, last):
        one = allowed[at]
        gain = price[one] - cost[one]
        if gain > 0:
            bench.weight[count], bench.profit[count], bench.unit[count] = volume[one], gain, one
            count += 1
            filled += volume[one]
            worth += gain
    return count, filled, worth


@njit(cache=True, nogil=True)
def _greedy(
    bench: Bench, order: Whole, head: int, held: Number, value: Number, capacity: Number, taken: Whole
) -> tuple[Number, int]:  # pragma: no cover - compiled
    """Fill with the first ``head`` units and then whatever fits, or with the break unit in exchange for one of them; return (profit, count)."""
    weight, profit, unit = bench.weight, bench.profit, bench.unit
    best, size, room = value, head, capacity - held
    for at in range(head):
        taken[at] = unit[order[at]]
    for at in range(head + 1, order.shape[0]):
        if weight[order[at]] <= room:
            room -= weight[order[at]]
            best += profit[order[at]]
            taken[size] = unit[order[at]]
            size += 1
    left_out, exchanged = -1, best
    for at in range(head):
        other = value - profit[order[at]] + profit[order[head]]
        if held - weight[order[at]] + weight[order[head]] <= capacity and other > exchanged:
            left_out, exchanged = at, other
    if left_out < 0:
        return best, size
    size = 0
    for at in range(head + 1):
        if at != left_out:
            taken[size] = unit[order[at]]
            size += 1
    return exchanged, size


@njit(cache=True, nogil=True)
def _by_table(
    bench: Bench, order: Whole, head: int, relaxed: Number, capacity: Number, best: Number, size: int, taken: Whole
) -> tuple[Number, int]:  # pragma: no cover - compiled
    """Better the filling ``taken``, worth ``best``, by a table of the units that the bound ``relaxed`` (times the break unit's weight) does not fix."""
    weight, profit, core, sure = bench.weight, bench.profit, bench.core, bench.sure
    break_weight, break_profit = weight[order[head]], profit[order[head]]
    cores, sures, width, value, worth = 0, 0, capacity + 1, np.int64(0), np.int64(0)
    for at in range(order.shape[0]):
        loss = abs(profit[order[at]] * break_weight - weight[order[at]] * break_profit)
        if relaxed - loss >= (best + 1) * break_weight:
            core[cores] = order[at]
            cores += 1
            worth += profit[order[at]]
        elif at < head:
            sure[sures] = bench.unit[order[at]]
            sures += 1
            width -= weight[order[at]]
            value += profit[order[at]]
    if (cores + 1) * width > CELLS or worth > LARGEST:
        return relaxed // break_weight, size
    table = bench.table
    table[:width] = 0
    for at in range(cores):
        add_row(table, at * width, width, weight[core[at]], profit[core[at]])
    value += np.int64(table[cores * width + width - 1])
    if value <= best:
        return best, size
    taken[:sures] = sure[:sures]
    size, room = sures, width - 1
    for at in range(cores - 1, -1, -1):
        if table[(at + 1) * width + room] != table[at * width + room]:
            taken[size] = bench.unit[core[at]]
            size += 1
            room -= weight[core[at]]
    return value, size

"""Raises the bound of a node: the volume algorithm on prices in whole fine units. Compiled.

Barahona and Anbil, Mathematical Programming 87 (2000), as in :mod:`solver.engine.ascent`; here each look is exact, so whatever the prices, the value is
a bound. With ``sum of capacities of open centres >= sum of volumes`` kept in the subproblem (Cornuejols, Sridharan and Thizy, EJOR 50 (1991), compare
what that adds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from solver.engine.compiling import njit
from solver.engine.single_source.covering import SHUT, cheapest_cover
from solver.engine.single_source.knapsack import Bench, best_load, worth_at_most
from solver.engine.single_source.problem import NEVER, Fine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.single_source.problem import Number

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    States = NDArray[np.int8]
    Flags = NDArray[np.bool_]

STEP, SHARE, BEFORE, GAINED, FAILS = range(5)
"""Places in a pace: step length, largest weight of a new solution, bound and look of the last review, looks without gain."""
_SHORTEN_AFTER, _REVIEW, _SLOW_GAIN, _LEAST_SHARE, _LONGEST_STEP, _OVERSHOOT = 10, 50, 1e-5, 1e-3, 2.0, 0.02
_NEAR, _MANY = 100, 400_000
"""Of so many cheapest centres of each unit are the pairs that prices are for, where there are many pairs."""
_MARGIN = 1.1
"""A centre this much dearer than any open one, for what it holds, is not filled."""


class Mean(NamedTuple):
    """What goes on from one climb to the next: pace (5,), averaged direction (units,), averaged openness (centres,), what was open at the best bound."""

    pace: Real
    direction: Real
    openness: Real
    opened: States


def fresh(units: int, centres: int, step: float, share: float = 0.1) -> Mean:
    """Return a mean that knows nothing yet: its first look is its direction."""
    return Mean(np.array([step, share, -float(NEVER), 0.0, 0.0]), np.full(units, np.nan), np.zeros(centres), np.zeros(centres, dtype=np.int8))


@njit(cache=True, nogil=True)
def places_of(eligible: Flags, state: States) -> tuple[Whole, Whole]:  # pragma: no cover - compiled
    """Return (first, unit): units that may go to centre c stand in ``unit[first[c]:first[c + 1]]``."""
    centres, units = eligible.shape
    first = np.zeros(centres + 1, dtype=np.int64)
    unit = np.empty(centres * units, dtype=np.int64)
    count = 0
    for centre in range(centres):
        if state[centre] != SHUT:
            for one in range(units):
                if eligible[centre, one]:
                    unit[count] = one
                    count += 1
        first[centre + 1] = count
    return first, unit[:count].copy()


def near_pairs(cost: Whole) -> tuple[Flags | None, Whole]:
    """Return (near, most): the pairs of each unit with its cheapest centres (centres, units), ``None`` for all; and the price up to which no other counts.

    Prices of units stay below ``most`` (units,) then. That keeps every bound a bound, and among a hundred centres one is open at nearly every price.
    """
    if cost.shape[0] < 2 * _NEAR or cost.size < _MANY:
        return None, np.full(cost.shape[1], NEVER)
    most = np.partition(cost, _NEAR, axis=0)[_NEAR]
    return np.asarray(cost <= most), most


@njit(cache=True, nogil=True)
def every_unit_somewhere(eligible: Flags) -> bool:  # pragma: no cover - compiled
    """Tell whether every unit may still go to some centre."""
    left_out = 0
    for one in range(eligible.shape[1]):
        if not eligible[:, one].any():
            left_out += 1
    return left_out == 0


@njit(cache=True, nogil=True)
def new_weight(direction: Real, seen: Real, share: float) -> tuple[float, float]:  # pragma: no cover - compiled
    """Return the weight of the new solution that makes the averaged direction shortest, within limits, and how far the two agree."""
    own, both, old = 0.0, 0.0, 0.0
    for one in range(direction.shape[0]):
        own += seen[one] * seen[one]
        both += seen[one] * direction[one]
        old += direction[one] * direction[one]
    apart = own - 2 * both + old
    weight = share
    if apart > 1e-12:
        weight = min(share, max(share / 10, (old - both) / apart))
    return weight, both


@njit(cache=True, nogil=True)
def set_pace(pace: Real, better: bool, agreement: float) -> None:  # pragma: no cover - compiled
    """Lengthen the step after a gain that kept its direction, shorten it after several looks without gain."""
    if better:
        if agreement >= 0:
            pace[STEP] = min(_LONGEST_STEP, pace[STEP] * 1.1)
        pace[FAILS] = 0
        return
    pace[FAILS] += 1
    if pace[FAILS] >= _SHORTEN_AFTER:
        pace[STEP] *= 0.7
        pace[FAILS] = 0


@njit(cache=True, nogil=True)
def review(pace: Real, bound: Number) -> None:  # pragma: no cover - compiled
    """Average over more looks when the last ones gained little."""
    pace[GAINED] += 1
    if pace[GAINED] >= _REVIEW:
        if bound - pace[BEFORE] < _SLOW_GAIN * abs(float(bound)):
            pace[SHARE] = max(_LEAST_SHARE, pace[SHARE] / 2)
        pace[BEFORE], pace[GAINED] = bound, 0


@njit(cache=True, nogil=True)
def move(price: Whole, best: Whole, direction: Real, pace: Real, bound: Number, upper: Number) -> bool:  # pragma: no cover - compiled
    """Put ``price`` a step from ``best`` along ``direction``; return False when there is no direction left."""
    length = 0.0
    for one in range(direction.shape[0]):
        length += direction[one] * direction[one]
    if length < 1e-9:
        return False
    far = max(1.0, min(float(upper), bound + _OVERSHOOT * abs(float(bound))) - bound)
    step = pace[STEP] * far / length
    for one in range(direction.shape[0]):
        price[one] = best[one] + np.int64(np.rint(step * direction[one]))
    return True


class _Loads(NamedTuple):
    """How centres are filled: ``worth`` of each (centres,), who is ``taken`` (centres, units), ``size`` of that, the ``toll`` room was last worth there.

    ``only_bounded`` (centres,) where the worth is no more than a bound from below, as the centre hardly pays; nobody is taken there.
    """

    worth: Whole
    taken: Whole
    size: Whole
    toll: Real
    only_bounded: Flags


@njit(cache=True, nogil=True)
def _no_loads(centres: int, units: int) -> _Loads:  # pragma: no cover - compiled
    whole = np.zeros(centres, dtype=np.int64)
    return _Loads(whole, np.empty((centres, units), dtype=np.int64), whole.copy(), np.zeros(centres), np.zeros(centres, dtype=np.bool_))


@njit(cache=True, nogil=True)
def _fill(fine: Fine, first: Whole, unit: Whole, price: Whole, bench: Bench, centre: int, loads: _Loads) -> None:  # pragma: no cover - compiled
    """Fill a centre at its best, and say what it is then worth."""
    profit, loads.size[centre] = best_load(
        price, fine.cost[centre], unit, first[centre], first[centre + 1], fine.volume, fine.capacity[centre], bench, loads.taken[centre]
    )
    loads.worth[centre] = fine.opening[centre] - profit
    loads.toll[centre] = bench.toll[0]
    loads.only_bounded[centre] = False


@njit(cache=True, nogil=True)
def _fill_or_bound(
    fine: Fine, first: Whole, unit: Whole, state: States, price: Whole, bench: Bench, dearest: float, loads: _Loads
) -> None:  # pragma: no cover - compiled
    """Fill each centre that may open, but for those which are surely worth more than ``dearest`` for each unit of volume they hold."""
    for centre in range(state.shape[0]):
        if state[centre] == SHUT:
            continue
        dear = dearest * fine.capacity[centre]
        if loads.worth[centre] > dear:
            profit = worth_at_most(price, fine.cost[centre], unit, first[centre], first[centre + 1], fine.volume, fine.capacity[centre], loads.toll[centre])
            if fine.opening[centre] - profit > dear:
                loads.worth[centre] = fine.opening[centre] - profit
                loads.only_bounded[centre] = True
                continue
        _fill(fine, first, unit, price, bench, centre, loads)


@njit(cache=True, nogil=True)
def _cheapest_filled(
    fine: Fine, first: Whole, unit: Whole, state: States, price: Whole, need: Number, bench: Bench, opened: States, loads: _Loads
) -> Number:  # pragma: no cover - compiled
    """Return the least that open centres cost together; those that open are filled first. Bounds of the others only make the value lower."""
    while True:
        value = cheapest_cover(loads.worth, fine.capacity, state, need, opened, bench)
        filled = 0
        for centre in range(state.shape[0]):
            if opened[centre] == 1 and loads.only_bounded[centre]:
                _fill(fine, first, unit, price, bench, centre, loads)
                filled += 1
        if filled == 0:
            return value


@njit(cache=True, nogil=True)
def _dearest(fine: Fine, opened: States, worth: Whole) -> float:  # pragma: no cover - compiled
    """Return somewhat more than any open centre costs for each unit of volume it holds; 0 where every one pays by itself."""
    most = 0.0
    for centre in range(opened.shape[0]):
        if opened[centre] == 1 and fine.capacity[centre] > 0:
            most = max(most, worth[centre] / fine.capacity[centre])
    return most * _MARGIN


@njit(cache=True, nogil=True)
def worths(fine: Fine, first: Whole, unit: Whole, state: States, price: Whole, bench: Bench) -> Whole:  # pragma: no cover - compiled
    """Return (centres,) what each centre that may open costs when filled at its best; 0 for others."""
    loads = _no_loads(*fine.cost.shape)
    for centre in range(state.shape[0]):
        if state[centre] != SHUT:
            _fill(fine, first, unit, price, bench, centre, loads)
    return loads.worth


@njit(cache=True, nogil=True)
def _look_at(opened: States, taken: Whole, count: Whole, seen: Real) -> None:  # pragma: no cover - compiled
    """Fill ``seen`` (units,) with 1 less how often each unit is served by open centres."""
    seen[:] = 1.0
    for centre in range(opened.shape[0]):
        if opened[centre] == 1:
            for at in range(count[centre]):
                seen[taken[centre, at]] -= 1.0


@njit(cache=True, nogil=True)
def climb(
    fine: Fine,
    first: Whole,
    unit: Whole,
    state: States,
    best: Whole,
    most: Whole,
    mean: Mean,
    bench: Bench,
    need: Number,
    looks: int,
    upper: Number,
    enough: Number,
) -> Number:  # pragma: no cover - compiled
    """Return the best bound of ``looks`` at the prices ``best`` (units,), which are moved to where it was found.

    Parameters
    ----------
    fine
        The problem.
    first, unit
        Units each centre may still take, from :func:`places_of`.
    state
        (centres,) what is settled.
    best, mean
        Prices to start from and the averages so far; both are brought up to date.
    most
        (units,) the highest price that ``first`` and ``unit`` leave nothing out at.
    bench
        Room to work in.
    need
        What open centres hold together, at least: all volumes, or more where a roomier set is wanted, and then the value is no bound.
    looks
        How many.
    upper
        Cost of a known plan, to aim steps by.
    enough
        A bound above this ends the climb.
    """
    centres, units = fine.cost.shape
    loads, opened, dearest = _no_loads(centres, units), np.zeros(centres, dtype=np.int8), 0.0
    price, seen = np.minimum(best, most), np.empty(units)
    direction, pace = mean.direction, mean.pace
    bound = np.int64(-NEVER)
    for look in range(looks):
        _fill_or_bound(fine, first, unit, state, price, bench, dearest, loads)
        value = _cheapest_filled(fine, first, unit, state, price, need, bench, opened, loads)
        if value >= NEVER:
            return NEVER
        value += price.sum()
        dearest = _dearest(fine, opened, loads.worth)
        _look_at(opened, loads.taken, loads.size, seen)
        if np.isnan(direction[0]):
            direction[:] = seen
            mean.openness[:] = opened
        weight, agreement = new_weight(direction, seen, pace[SHARE])
        direction[:] = weight * seen + (1 - weight) * direction
        mean.openness[:] = weight * opened + (1 - weight) * mean.openness
        better = value > bound
        if better:
            bound = value
            best[:] = price
            mean.opened[:] = opened
        if look > 0:
            set_pace(pace, better, agreement)
        review(pace, bound)
        if bound > enough or not move(price, best, direction, pace, bound, upper):
            break
        price[:] = np.minimum(price, most)
    return bound

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
from solver.engine.single_source.knapsack import Bench, best_load
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


@njit(cache=True, nogil=True)
def _fill(
    fine: Fine, first: Whole, unit: Whole, state: States, price: Whole, bench: Bench, worth: Whole, taken: Whole, count: Whole
) -> None:  # pragma: no cover - compiled
    """Fill each centre that may open at its best, and say what it is then worth."""
    for centre in range(worth.shape[0]):
        if state[centre] != SHUT:
            profit, count[centre] = best_load(
                price, fine.cost[centre], unit, first[centre], first[centre + 1], fine.volume, fine.capacity[centre], bench, taken[centre]
            )
            worth[centre] = fine.opening[centre] - profit


@njit(cache=True, nogil=True)
def worths(fine: Fine, first: Whole, unit: Whole, state: States, price: Whole, bench: Bench) -> Whole:  # pragma: no cover - compiled
    """Return (centres,) what each centre that may open costs when filled at its best; 0 for others."""
    centres, units = fine.cost.shape
    worth, count = np.zeros(centres, dtype=np.int64), np.zeros(centres, dtype=np.int64)
    _fill(fine, first, unit, state, price, bench, worth, np.empty((centres, units), dtype=np.int64), count)
    return worth


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
    fine: Fine, first: Whole, unit: Whole, state: States, best: Whole, mean: Mean, bench: Bench, need: Number, looks: int, upper: Number, enough: Number
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
    worth, count = np.empty(centres, dtype=np.int64), np.zeros(centres, dtype=np.int64)
    taken, opened = np.empty((centres, units), dtype=np.int64), np.zeros(centres, dtype=np.int8)
    price, seen = best.copy(), np.empty(units)
    direction, pace = mean.direction, mean.pace
    bound = np.int64(-NEVER)
    for look in range(looks):
        _fill(fine, first, unit, state, price, bench, worth, taken, count)
        value = cheapest_cover(worth, fine.capacity, state, need, opened)
        if value >= NEVER:
            return NEVER
        value += price.sum()
        _look_at(opened, taken, count, seen)
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
    return bound

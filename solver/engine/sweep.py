"""One look at every option's problem at given prices: what each centre is worth, and whom it would serve. Compiled.

For an option, the cost of joining is spread over the services a body would use there (any spread gives a bound), so that each service is a knapsack of
its own; each is solved as a linear program for every band. The arithmetic is floating point: it finds good prices, and
:mod:`solver.engine.certificate` says exactly what they prove.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from solver.construction.layout import NEVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.relaxation import Relaxation

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]

NO_BAND = -1
_NEVER = float(NEVER)
_ROUNDS = 2
"""A third round took half as long again and gained nothing on the drafted England."""


class Guide(NamedTuple):
    """What the last look found for each option: it steers how joining is spread in the next one.

    ``spread_price`` (options, services) is the price of a unit of room in the band built or nearest to it, ``room_price`` (options, services, bands)
    that in each band, and ``band`` (options, services) the band built, :data:`NO_BAND` where none is worth building.
    """

    spread_price: Real
    room_price: Real
    band: Whole


class Seen(NamedTuple):
    """What a look found: ``worth`` (options,) the least each option costs, ``served`` (units + 1,) how often each unit is served, ``opened`` (options,)."""

    worth: Real
    served: Real
    opened: Real


class _Desk(NamedTuple):
    """Room to work in, for the largest option."""

    taken: Real
    gain: Real
    spread: Real
    ratio: Real
    profit: Real
    weight: Real
    row: Whole


def first_guide(some: Relaxation) -> Guide:
    """Return a guide that knows nothing yet."""
    shape = some.capacity.shape
    return Guide(np.zeros(shape[:2]), np.zeros(shape), np.full(shape[:2], NO_BAND, dtype=np.int64))


def nothing_seen(some: Relaxation) -> Seen:
    """Return room for what a look finds."""
    options = some.opening.shape[0]
    return Seen(np.zeros(options), np.zeros(some.units + 1), np.zeros(options))


@njit(cache=True, nogil=True)
def sweep(some: Relaxation, price: Real, guide: Guide, used: Guide, seen: Seen) -> float:
    """Return the sum over centres of what the best option is worth at ``price`` (units + 1,), 0 where none is worth opening.

    ``guide`` is used and brought up to date; ``used`` is made what each option's worth was found by, and ``seen`` is filled.
    """
    most = 1
    for option in range(some.opening.shape[0]):
        most = max(most, some.first_member[option + 1] - some.first_member[option])
    services = some.unit.shape[1]
    best_taken = np.zeros((most, services))
    desk = _Desk(
        np.zeros((most, services)), np.zeros((most, services)), np.zeros((most, services)), np.zeros(most), np.zeros(most), np.zeros(most),
        np.zeros(most, dtype=np.int64),
    )  # fmt: skip
    seen.served[:] = 0.0
    seen.opened[:] = 0.0
    total = 0.0
    for centre in range(some.first_option.shape[0] - 1):
        best, best_option = 0.0, -1
        for option in range(some.first_option[centre], some.first_option[centre + 1]):
            seen.worth[option] = _least_cost(some, price, guide, used, desk, option)
            if seen.worth[option] < best:
                best, best_option = seen.worth[option], option
                best_taken[:] = desk.taken
        if best_option >= 0:
            seen.opened[best_option] = 1.0
            total += best
            start = some.first_member[best_option]
            for row in range(some.first_member[best_option + 1] - start):
                for service in range(services):
                    seen.served[some.unit[start + row, service]] += best_taken[row, service]
    return total


@njit(cache=True, nogil=True)
def _least_cost(some: Relaxation, price: Real, guide: Guide, used: Guide, desk: _Desk, option: int) -> float:
    """Return the least an option costs at these prices, and leave in ``desk.taken`` whom it then serves.

    Where it is worth opening, joining is spread once more by what the first look found, and the higher of the two bounds counts.
    """
    if some.opening[option] >= _NEVER:
        return _NEVER
    best = -_NEVER
    for _ in range(_ROUNDS):
        spread_price, band = guide.spread_price[option].copy(), guide.band[option].copy()
        value: float = some.opening[option] + _spread_joining(some, price, guide, desk, option)
        desk.taken[:] = 0.0
        for service in range(some.unit.shape[1]):
            value += _best_band(some, price, guide, desk, option, service)
        if value > best:
            best = value
            used.spread_price[option], used.band[option], used.room_price[option] = spread_price, band, guide.room_price[option]
        if best >= 0:
            break
    return best


@njit(cache=True, nogil=True)
def _spread_joining(some: Relaxation, price: Real, guide: Guide, desk: _Desk, option: int) -> float:
    """Spread each member's joining over its services by what it gains from them; return what a host that has to join costs beyond its gains."""
    start, end = some.first_member[option], some.first_member[option + 1]
    forced = 0.0
    for row in range(end - start):
        at = start + row
        together, there = _gains(some, price, guide, desk, option, row)
        rest = some.joining[at] - together
        if at == some.host[option] and rest > 0:
            forced += rest
            if together == 0:
                forced += _least_loss(some, price, at)
            continue
        for service in range(some.unit.shape[1]):
            if rest <= 0:
                desk.spread[row, service] *= some.joining[at] / max(together, 1e-9)
            elif desk.gain[row, service] > -_NEVER:
                desk.spread[row, service] += rest / there
    return forced


@njit(cache=True, nogil=True)
def _gains(some: Relaxation, price: Real, guide: Guide, desk: _Desk, option: int, row: int) -> tuple[float, int]:
    """Note what a member gains from each service (-NEVER where it cannot be served); return what those that count give together, and how many there are."""
    at = some.first_member[option] + row
    any_built = False
    for service in range(some.unit.shape[1]):
        any_built |= guide.band[option, service] != NO_BAND
    together, there = 0.0, 0
    for service in range(some.unit.shape[1]):
        desk.gain[row, service] = -_NEVER
        desk.spread[row, service] = 0.0
        least = _NEVER
        for nth in range(some.cost.shape[2]):
            least = min(least, some.cost[at, service, nth])
        if least >= _NEVER:
            continue
        there += 1
        unit = some.unit[at, service]
        gain = price[unit] - least - guide.spread_price[option, service] * some.volume[unit]
        desk.gain[row, service] = gain
        if gain > 0 and (guide.band[option, service] != NO_BAND or not any_built):
            desk.spread[row, service] = gain
            together += gain
    return together, there


@njit(cache=True, nogil=True)
def _least_loss(some: Relaxation, price: Real, member: int) -> float:
    """Return the least a member loses by being served at all."""
    least = _NEVER
    for service in range(some.unit.shape[1]):
        for nth in range(some.cost.shape[2]):
            if some.cost[member, service, nth] < _NEVER:
                least = min(least, max(0.0, some.cost[member, service, nth] - price[some.unit[member, service]]))
    return least


@njit(cache=True, nogil=True)
def _best_band(some: Relaxation, price: Real, guide: Guide, desk: _Desk, option: int, service: int) -> float:
    """Return what the best band of a service is worth, 0 when none is, and note whom it serves."""
    by_band = some.cost.shape[2] > 1
    best, best_band, nearest = 0.0, NO_BAND, _NEVER
    found, order = 0, np.zeros(0, dtype=np.int64)
    for nth in range(some.capacity.shape[2]):
        if some.capacity[option, service, nth] < 0:
            continue
        if by_band or found == 0:
            found = _worth_serving(some, price, desk, option, service, nth)
            order = np.argsort(desk.ratio[:found])
        filled, room_price = _fill(desk, order, float(some.capacity[option, service, nth]))
        guide.room_price[option, service, nth] = room_price
        amount = some.band_cost[option, service, nth] - filled
        if amount < nearest:
            nearest = amount
            guide.spread_price[option, service] = room_price
        if amount < best:
            best, best_band = amount, nth
    guide.band[option, service] = best_band
    if best_band != NO_BAND:
        if by_band:
            found = _worth_serving(some, price, desk, option, service, best_band)
            order = np.argsort(desk.ratio[:found])
        _note(desk, order, float(some.capacity[option, service, best_band]), service)
    return best


@njit(cache=True, nogil=True)
def _worth_serving(some: Relaxation, price: Real, desk: _Desk, option: int, service: int, nth: int) -> int:
    """List the members whose service is worth having in a band; return how many."""
    start, found = some.first_member[option], 0
    for row in range(some.first_member[option + 1] - start):
        serving = some.cost[start + row, service, nth if some.cost.shape[2] > 1 else 0]
        if serving >= _NEVER:
            continue
        unit = some.unit[start + row, service]
        worth = price[unit] - serving - desk.spread[row, service]
        if worth > 0:
            desk.profit[found], desk.weight[found], desk.row[found] = worth, some.volume[unit], row
            desk.ratio[found] = -worth / max(1e-9, float(some.volume[unit]))
            found += 1
    return found


@njit(cache=True, nogil=True)
def _fill(desk: _Desk, order: Whole, room: float) -> tuple[float, float]:
    """Return the most a room can be worth when the last item may be cut, and the price of a unit of it."""
    left, filled = room, 0.0
    for item in order:
        if desk.weight[item] > room:
            continue
        if desk.weight[item] > left:
            return filled + desk.profit[item] * left / desk.weight[item], -desk.ratio[item]
        left -= desk.weight[item]
        filled += desk.profit[item]
    return filled, 0.0


@njit(cache=True, nogil=True)
def _note(desk: _Desk, order: Whole, room: float, service: int) -> None:
    """Note whom :func:`_fill` served."""
    left = room
    for item in order:
        if desk.weight[item] > room:
            continue
        if desk.weight[item] > left:
            desk.taken[desk.row[item], service] = left / desk.weight[item]
            return
        left -= desk.weight[item]
        desk.taken[desk.row[item], service] = 1.0

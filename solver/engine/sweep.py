"""One look at every option's problem at given prices: what each centre is worth, and whom it would serve. Compiled.

For an option, the cost of joining is spread over the services a body would use there (any spread gives a bound), so that each service is a knapsack of
its own; each is solved as a linear program for every band. Most options are not worth opening at good prices, and the prices of room they had last time
show that without solving anything: an option is only solved when those leave it a chance to be the best of its centre. The arithmetic is floating point:
it finds good prices, and :mod:`solver.engine.certificate` says exactly what they prove.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from solver.construction.layout import NEVER
from solver.engine.compiling import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.relaxation import Relaxation

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]

NO_BAND = -1
_NEVER = float(NEVER)
_ROUNDS = 3
"""Ways to spread joining: by the guide, by what that finds, and as if nothing were known, with which a guide that has led astray is left. Without the last
the bound of drafted France with three services (104,607 units) never rose above its first; with it by 3 % in a hundred looks."""


class Guide(NamedTuple):
    """What the last look found for each option: it steers how joining is spread in the next one.

    ``spread_price`` (options, services) is the price of a unit of room in the band built or nearest to it, ``room_price`` (options, services, bands)
    that in each band, and ``band`` (options, services) the band built, :data:`NO_BAND` where none is worth building.
    """

    spread_price: Real
    room_price: Real
    band: Whole


class Seen(NamedTuple):
    """What a look found.

    ``worth`` (options,) is the least each option costs: exactly so for the one opened, at least that for the others; ``served`` (units + 1,) how often
    each unit is served, ``opened`` (options,) 1 for what is opened.
    """

    worth: Real
    served: Real
    opened: Real


class _Desk(NamedTuple):
    """Room to work in, for the largest option: by service and place in the list, whom it is worth serving; and whom an option took."""

    gain: Real
    spread: Real
    profit: Real
    weight: Real
    row: Whole
    found: Whole
    now: Real
    took_unit: Whole
    took: Real
    taken: Whole


def first_guide(some: Relaxation) -> Guide:
    """Return a guide that knows nothing yet."""
    shape = some.capacity.shape
    return Guide(np.zeros(shape[:2]), np.zeros(shape), np.full(shape[:2], NO_BAND, dtype=np.int64))


def nothing_seen(some: Relaxation) -> Seen:
    """Return room for what a look finds."""
    options = some.opening.shape[0]
    return Seen(np.zeros(options), np.zeros(some.units + 1), np.zeros(options))


@njit(cache=True, nogil=True)
def sweep(some: Relaxation, price: Real, guide: Guide, used: Guide, seen: Seen, first: int, last: int) -> float:
    """Return the sum over centres ``first .. last - 1`` of what the best option is worth at ``price`` (units + 1,), 0 where none is worth opening.

    ``guide`` is used and brought up to date; ``used`` is made what each option's worth was found by, and ``seen`` is filled: what is served is added.
    """
    most, services = 1, some.unit.shape[1]
    for option in range(some.first_option[first], some.first_option[last]):
        most = max(most, some.first_member[option + 1] - some.first_member[option])
    desk, best_desk = _desk(services, most), _desk(services, most)
    total = 0.0
    for centre in range(first, last):
        start, end = some.first_option[centre], some.first_option[centre + 1]
        best, best_option, before = 0.0, -1, start
        for option in range(start, end):
            if seen.opened[option] > 0:
                before = option
        # What was best before comes first: it leaves the others the least chance.
        for nth in range(end - start):
            option = before if nth == 0 else start + nth - (1 if start + nth <= before else 0)
            seen.opened[option] = 0.0
            seen.worth[option] = _least_cost(some, price, guide, used, desk, option, best)
            if seen.worth[option] < best:
                best, best_option = seen.worth[option], option
                desk, best_desk = best_desk, desk
        if best_option >= 0:
            seen.opened[best_option] = 1.0
            total += best
            for item in range(best_desk.taken[0]):
                seen.served[best_desk.took_unit[item]] += best_desk.took[item]
    return total


@njit(cache=True, nogil=True)
def _desk(services: int, most: int) -> _Desk:
    return _Desk(
        np.zeros(services), np.zeros(services), np.zeros((services, most)), np.zeros((services, most)), np.zeros((services, most), dtype=np.int64),
        np.zeros(services, dtype=np.int64), np.zeros(most), np.zeros(services * most, dtype=np.int64), np.zeros(services * most), np.zeros(1, dtype=np.int64),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _least_cost(some: Relaxation, price: Real, guide: Guide, used: Guide, desk: _Desk, option: int, best: float) -> float:
    """Return the least an option costs at these prices, or no more than that where it is ``best`` or above; leave in ``desk`` whom it serves if below.

    Where it is worth opening, joining is spread in several ways, and the highest of their bounds counts.
    """
    if some.opening[option] >= _NEVER:
        return _NEVER
    highest = -_NEVER
    for nth in range(_ROUNDS if some.unit.shape[1] > 1 else 1):
        if nth == 2:
            guide.spread_price[option], guide.band[option] = 0.0, NO_BAND
        spread_price, band = guide.spread_price[option].copy(), guide.band[option].copy()
        value: float = some.opening[option] + _list_worthwhile(some, price, guide, desk, option)
        if nth == 0:
            hopeful: float = value + _at_most_worth(some, guide, desk, option)
            if hopeful >= best:
                used.spread_price[option], used.band[option], used.room_price[option] = spread_price, band, guide.room_price[option]
                return hopeful
        desk.taken[0] = 0
        for service in range(some.unit.shape[1]):
            value += _best_band(some, guide, desk, option, service)
        if value > highest:
            highest = value
            used.spread_price[option], used.band[option], used.room_price[option] = spread_price, band, guide.room_price[option]
        if highest >= best:
            break
    # What has served best so far is gone on from.
    guide.spread_price[option], guide.band[option] = used.spread_price[option], used.band[option]
    return highest


@njit(cache=True, nogil=True)
def _list_worthwhile(some: Relaxation, price: Real, guide: Guide, desk: _Desk, option: int) -> float:
    """Spread each member's joining by what it gains, list for each service whom it is then worth serving in some band, and return what a forced host costs.

    A member gains from a service that counts what serving it there saves beyond the price of its room. As far as they go, gains bear the joining; what is
    left is spread evenly. A host that has to join bears it in any case: then only beyond its gains.
    """
    # Compiled code reads arrays of its own faster than those of a tuple.
    units, least_cost, volume, joining = some.unit, some.least_cost, some.volume, some.joining
    room_price, counted = guide.spread_price[option], guide.band[option] != NO_BAND
    gains, spreads, profits, weights, rows, found = desk.gain, desk.spread, desk.profit, desk.weight, desk.row, desk.found
    start, end, services, host = some.first_member[option], some.first_member[option + 1], units.shape[1], some.host[option]
    if not counted.any():
        counted[:] = True
    found[:] = 0
    forced = 0.0
    for at in range(start, end):
        together, there = 0.0, 0
        for service in range(services):
            gains[service], spreads[service] = -_NEVER, 0.0
            if least_cost[at, service] >= NEVER:
                continue
            there += 1
            unit = units[at, service]
            gains[service] = price[unit] - least_cost[at, service]
            gain = gains[service] - room_price[service] * volume[unit]
            if gain > 0 and counted[service]:
                spreads[service] = gain
                together += gain
        forced += _bear(gains, spreads, float(joining[at]), together, there, at == host)
        for service in range(services):
            profit = gains[service] - spreads[service]
            if profit > 0:
                item = found[service]
                profits[service, item], rows[service, item], weights[service, item] = profit, at, volume[units[at, service]]
                found[service] = item + 1
    return forced


@njit(cache=True, nogil=True)
def _bear(gains: Real, spreads: Real, joining: float, together: float, there: int, hosts: bool) -> float:
    """Make of ``spreads``, the gains that count and come to ``together``, how joining is spread; return what a host that has to join pays apart."""
    rest = joining - together
    if hosts and rest > 0:
        return rest + (_least_loss(gains) if together == 0 else 0.0)
    for service in range(spreads.shape[0]):
        if rest <= 0:
            spreads[service] *= joining / max(together, 1e-9)
        elif gains[service] > -_NEVER:
            spreads[service] += rest / there
    return 0.0


@njit(cache=True, nogil=True)
def _least_loss(gains: Real) -> float:
    """Return the least a member loses by being served at all; what it cannot have gains -NEVER."""
    least = _NEVER
    for gain in gains:
        if gain > -_NEVER:
            least = min(least, max(0.0, -gain))
    return least


@njit(cache=True, nogil=True)
def _at_most_worth(some: Relaxation, guide: Guide, desk: _Desk, option: int) -> float:
    """Return no more than what the bands of an option are worth, by the prices of room they had last; 0 for those not worth building."""
    capacity, band_cost, room_prices = some.capacity[option], some.band_cost[option], guide.room_price[option]
    worth = 0.0
    for service in range(capacity.shape[0]):
        least = 0.0
        found, weight = desk.found[service], desk.weight[service]
        for nth in range(capacity.shape[1]):
            room, room_price = capacity[service, nth], room_prices[service, nth]
            if room < 0:
                continue
            profit = _profits(some, desk, service, nth)
            filled = room_price * room
            for item in range(found):
                if weight[item] <= room:
                    filled += max(0.0, profit[item] - room_price * weight[item])
            least = min(least, band_cost[service, nth] - filled)
        worth += least
    return worth


@njit(cache=True, nogil=True)
def _profits(some: Relaxation, desk: _Desk, service: int, nth: int) -> Real:
    """Return what serving each listed member in a band gains; some may gain nothing where costs differ by band."""
    profit: Real = desk.profit[service]
    if some.cost.shape[2] == 1:
        return profit
    now, cost, least_cost, row = desk.now, some.cost, some.least_cost, desk.row[service]
    for item in range(desk.found[service]):
        at = row[item]
        now[item] = profit[item] - (cost[at, service, nth] - least_cost[at, service])
    return now


@njit(cache=True, nogil=True)
def _best_band(some: Relaxation, guide: Guide, desk: _Desk, option: int, service: int) -> float:
    """Return what the best band of a service is worth, 0 when none is, and note whom it serves."""
    capacity, band_cost, room_prices = some.capacity[option, service], some.band_cost[option, service], guide.room_price[option, service]
    found, weight = desk.found[service], desk.weight[service]
    best, best_band, nearest = 0.0, NO_BAND, _NEVER
    order = np.zeros(0, dtype=np.int64)
    for nth in range(capacity.shape[0]):
        if capacity[nth] < 0:
            continue
        profit = _profits(some, desk, service, nth)
        if some.cost.shape[2] > 1 or order.shape[0] < found:
            order = _order(profit, weight, found)
        filled, room_prices[nth] = _fill(profit, weight, order, float(capacity[nth]))
        amount = band_cost[nth] - filled
        if amount < nearest:
            nearest = amount
            guide.spread_price[option, service] = room_prices[nth]
        if amount < best:
            best, best_band = amount, nth
    guide.band[option, service] = best_band
    if best_band != NO_BAND:
        profit = _profits(some, desk, service, best_band)
        if some.cost.shape[2] > 1:
            order = _order(profit, weight, found)
        _note(some, desk, profit, order, service, float(capacity[best_band]))
    return best


@njit(cache=True, nogil=True)
def _order(profit: Real, weight: Real, found: int) -> Whole:
    """Return the listed members, the one that gains most from a unit of room first."""
    ratio = np.empty(found)
    for item in range(found):
        ratio[item] = -profit[item] / max(1e-9, weight[item])
    order: Whole = np.argsort(ratio)
    return order


@njit(cache=True, nogil=True)
def _fill(profit: Real, weight: Real, order: Whole, room: float) -> tuple[float, float]:
    """Return the most a room can be worth when the last item may be cut, and the price of a unit of it."""
    left, filled = room, 0.0
    for item in order:
        if profit[item] <= 0:
            break
        if weight[item] > room:
            continue
        if weight[item] > left:
            return filled + profit[item] * left / weight[item], profit[item] / weight[item]
        left -= weight[item]
        filled += profit[item]
    return filled, 0.0


@njit(cache=True, nogil=True)
def _note(some: Relaxation, desk: _Desk, profit: Real, order: Whole, service: int, room: float) -> None:
    """Note whom :func:`_fill` served."""
    weight, row, left, taken = desk.weight[service], desk.row[service], room, desk.taken[0]
    for item in order:
        if profit[item] <= 0:
            break
        if weight[item] > room:
            continue
        desk.took_unit[taken] = some.unit[row[item], service]
        desk.took[taken] = left / weight[item] if weight[item] > left else 1.0
        taken += 1
        if weight[item] > left:
            break
        left -= weight[item]
    desk.taken[0] = taken

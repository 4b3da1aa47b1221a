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
from solver.engine.rooms import NO_BAND, Guide, at_most_worth, best_band, desk_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.relaxation import Relaxation
    from solver.engine.rooms import Desk

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]

_NEVER = float(NEVER)
_ROUNDS = 3
"""Ways to spread joining: by the guide, by what that finds, and as if nothing were known, with which a guide that has led astray is left. Without the last
the bound of drafted France with three services (104,607 units) never rose above its first; with it by 3 % in a hundred looks."""


class Seen(NamedTuple):
    """What a look found.

    ``worth`` (options,) is the least each option costs: exactly so for the one opened, at least that for the others; ``served`` (units + 1,) how often
    each unit is served, ``opened`` (options,) 1 for what is opened, and ``built`` (options, services, bands) 1 for the bands it builds.
    """

    worth: Real
    served: Real
    opened: Real
    built: Real


def first_guide(some: Relaxation) -> Guide:
    """Return a guide that knows nothing yet."""
    shape = some.capacity.shape
    return Guide(np.zeros(shape[:2]), np.zeros(shape), np.full(shape[:2], NO_BAND, dtype=np.int64))


def nothing_seen(some: Relaxation) -> Seen:
    """Return room for what a look finds."""
    options = some.opening.shape[0]
    return Seen(np.zeros(options), np.zeros(some.units + 1), np.zeros(options), np.zeros(some.capacity.shape))


@njit(cache=True, nogil=True)
def sweep(some: Relaxation, price: Real, guide: Guide, used: Guide, seen: Seen, first: int, last: int) -> float:
    """Return the sum over centres ``first .. last - 1`` of what the best option is worth at ``price`` (units + 1,), 0 where none is worth opening.

    ``guide`` is used and brought up to date; ``used`` is made what each option's worth was found by, and ``seen`` is filled: what is served is added.
    """
    most, services = 1, some.unit.shape[1]
    for option in range(some.first_option[first], some.first_option[last]):
        most = max(most, some.first_member[option + 1] - some.first_member[option])
    desk, best_desk = desk_for(services, most), desk_for(services, most)
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
            seen.opened[option], seen.built[option] = 0.0, 0.0
            seen.worth[option] = _least_cost(some, price, guide, used, desk, option, best)
            if seen.worth[option] < best:
                best, best_option = seen.worth[option], option
                desk, best_desk = best_desk, desk
        if best_option >= 0:
            total += best
            _note_open(seen, best_desk, best_option)
    return total


@njit(cache=True, nogil=True)
def _note_open(seen: Seen, desk: Desk, option: int) -> None:
    """Note what an option builds and whom it serves."""
    seen.opened[option] = 1.0
    for service in range(desk.band.shape[0]):
        if desk.band[service] != NO_BAND:
            seen.built[option, service, desk.band[service]] = 1.0
    for item in range(desk.taken[0]):
        seen.served[desk.took_unit[item]] += desk.took[item]


@njit(cache=True, nogil=True)
def _least_cost(some: Relaxation, price: Real, guide: Guide, used: Guide, desk: Desk, option: int, best: float) -> float:
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
            hopeful: float = value + _host_loses(some, price, guide, desk, option) + at_most_worth(some, guide, desk, option)
            if hopeful >= best:
                used.spread_price[option], used.band[option], used.room_price[option] = spread_price, band, guide.room_price[option]
                return hopeful
        desk.taken[0] = 0
        for service in range(some.unit.shape[1]):
            value += best_band(some, guide, desk, option, service)
        value += _host_loses(some, price, guide, desk, option)
        if value > highest:
            highest = value
            used.spread_price[option], used.band[option], used.room_price[option] = spread_price, band, guide.room_price[option]
        if highest >= best:
            break
    # What has served best so far is gone on from.
    guide.spread_price[option], guide.band[option] = used.spread_price[option], used.band[option]
    return highest


@njit(cache=True, nogil=True)
def _list_worthwhile(some: Relaxation, price: Real, guide: Guide, desk: Desk, option: int) -> float:
    """Spread each member's joining by what it gains, list for each service whom it is then worth serving in some band, and return what a forced host costs.

    A member gains from a service that counts what serving it there saves beyond the price of its room. As far as they go, gains bear the joining; what is
    left is spread evenly. A host that has to join bears it in any case: then only beyond its gains.
    """
    # Compiled code reads arrays of its own faster than those of a tuple.
    units, least_cost, volume, joining = some.unit, some.least_cost, some.volume, some.joining
    room_price, counted = guide.spread_price[option], guide.band[option] != NO_BAND
    gains, spreads, profits, weights, rows, found, lost = desk.gain, desk.spread, desk.profit, desk.weight, desk.row, desk.found, desk.lost
    start, end, services, host = some.first_member[option], some.first_member[option + 1], units.shape[1], some.host[option]
    if not counted.any():
        counted[:] = True
    found[:] = 0
    lost[:] = 0
    desk.loses[0] = False
    forced, short_price = 0.0, float(some.short_price)
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
        if at == host and joining[at] > together:
            forced, desk.loses[0] = joining[at] - together, together == 0
        else:
            _bear(spreads, gains, float(joining[at]), together, there)
        for service in range(services):
            profit = gains[service] - spreads[service]
            if profit > 0:
                item = found[service]
                profits[service, item], rows[service, item], weights[service, item] = profit, at, volume[units[at, service]]
                found[service] = item + 1
            elif gains[service] > -_NEVER and profit + short_price * volume[units[at, service]] > 0:
                item = -1 - lost[service]
                profits[service, item], rows[service, item], weights[service, item] = profit, at, volume[units[at, service]]
                lost[service] += 1
    return forced


@njit(cache=True, nogil=True)
def _bear(spreads: Real, gains: Real, joining: float, together: float, there: int) -> None:
    """Make of ``spreads``, the gains that count and come to ``together``, how joining is spread."""
    rest = joining - together
    for service in range(spreads.shape[0]):
        if rest <= 0:
            spreads[service] *= joining / max(together, 1e-9)
        elif gains[service] > -_NEVER:
            spreads[service] += rest / there


@njit(cache=True, nogil=True)
def _host_loses(some: Relaxation, price: Real, guide: Guide, desk: Desk, option: int) -> float:
    """Return the least that a host loses which has to join and gains by no service that counts, beyond what its bands pay it to reach their floors."""
    host, least = some.host[option], _NEVER
    if not desk.loses[0]:
        return 0.0
    for service in range(some.unit.shape[1]):
        if some.least_cost[host, service] < NEVER:
            unit = some.unit[host, service]
            paid = min(0.0, guide.room_price[option, service].min()) * some.volume[unit]
            least = min(least, max(0.0, some.least_cost[host, service] - price[unit] + paid))
    return least

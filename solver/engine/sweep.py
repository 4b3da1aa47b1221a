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
        value: float = some.opening[option] + _spread_joining(some, price, guide, desk, option)
        if nth == 0:
            hopeful: float = value + _host_loses(some, price, guide, desk, option) + at_most_worth(some, guide, desk, option)
            if hopeful >= best:
                used.spread_price[option], used.band[option], used.room_price[option] = spread_price, band, guide.room_price[option]
                return hopeful
        _list_worthwhile(some, desk, option)
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
def _spread_joining(some: Relaxation, price: Real, guide: Guide, desk: Desk, option: int) -> float:
    """Spread each member's joining by what it gains, note for each service what serving it then gains, and return what a forced host costs.

    A member gains from a service that counts what serving it there saves beyond the price of its room. As far as they go, gains bear the joining; what is
    left is spread evenly. A host that has to join bears it in any case: then only beyond its gains.
    """
    start, end, services, host = some.first_member[option], some.first_member[option + 1], some.unit.shape[1], some.host[option]
    counted = guide.band[option] != NO_BAND
    if not counted.any():
        counted[:] = True
    # Compiled code reads arrays of its own faster than those of a tuple, and plain loops over them several members at a time.
    rows, room_price, joining = end - start, guide.spread_price[option], some.joining[start:end]
    gain, size, share, rest = desk.gain[:, :rows], desk.size[:, :rows], desk.share[:rows], desk.rest[:rows]
    if services == 1 and host < 0:
        _gain_by_one(some.unit[start:end, 0], some.least_cost[start:end, 0], some.volume, joining, price, gain[0], size[0])
        desk.loses[0] = False
        return 0.0
    share[:], rest[:] = 0.0, 0.0
    for service in range(services):
        _note_gains(some.unit[start:end, service], some.least_cost[start:end, service], some.volume, price, gain[service], size[service], rest)
        if counted[service]:
            _add_counting(gain[service], size[service], room_price[service], share)
    forced = 0.0 if host < 0 else max(0.0, joining[host - start] - share[host - start])
    desk.loses[0] = forced > 0 and share[host - start] == 0
    _divide(joining, share, rest)
    if forced > 0:
        rest[host - start] = 0.0
    for service in range(services):
        if counted[service]:
            _bear_counting(gain[service], size[service], room_price[service], share)
        _bear_rest(gain[service], rest)
    return forced


@njit(cache=True, nogil=True)
def _gain_by_one(unit: Whole, least_cost: Whole, volume: Whole, joining: Whole, price: Real, gain: Real, size: Real) -> None:
    """Note what serving each member gains where one service bears all of its joining."""
    for row in range(unit.shape[0]):
        gain[row] = price[unit[row]] - (least_cost[row] + joining[row]) if least_cost[row] < NEVER else -np.inf
        size[row] = volume[unit[row]]


@njit(cache=True, nogil=True)
def _note_gains(unit: Whole, least_cost: Whole, volume: Whole, price: Real, gain: Real, size: Real, there: Real) -> None:
    """Note what serving each member saves, and its volume; count it among the services ``there`` are for it."""
    for row in range(unit.shape[0]):
        fits = least_cost[row] < NEVER
        gain[row], size[row] = price[unit[row]] - least_cost[row] if fits else -np.inf, volume[unit[row]]
        there[row] += 1.0 if fits else 0.0


@njit(cache=True, nogil=True)
def _add_counting(gain: Real, size: Real, room_price: float, together: Real) -> None:
    """Add up what counts of each member's gains."""
    for row in range(gain.shape[0]):
        together[row] += max(0.0, gain[row] - room_price * size[row])


@njit(cache=True, nogil=True)
def _divide(joining: Whole, share: Real, rest: Real) -> None:
    """Of gains that count ``together`` make the ``share`` of them that bears joining, and of the number of services what each bears of the ``rest``."""
    for row in range(joining.shape[0]):
        together = share[row]
        share[row] = min(1.0, joining[row] / max(together, 1e-9))
        rest[row] = max(0.0, joining[row] - together) / max(1.0, rest[row])


@njit(cache=True, nogil=True)
def _bear_counting(gain: Real, size: Real, room_price: float, share: Real) -> None:
    """Take off each member's gains the share of what counts of them that bears joining."""
    for row in range(gain.shape[0]):
        gain[row] -= share[row] * max(0.0, gain[row] - room_price * size[row])


@njit(cache=True, nogil=True)
def _bear_rest(gain: Real, rest: Real) -> None:
    """Take off what each service bears besides."""
    for row in range(gain.shape[0]):
        gain[row] -= rest[row]


@njit(cache=True, nogil=True)
def _list_worthwhile(some: Relaxation, desk: Desk, option: int) -> None:
    """List for each service whom it is worth serving in some band."""
    start, end, short_price = some.first_member[option], some.first_member[option + 1], float(some.short_price)
    profits, weights, rows = desk.profit, desk.weight, desk.row
    for service in range(some.unit.shape[1]):
        gain, size, found, lost = desk.gain[service], desk.size[service], 0, 0
        for row in range(end - start):
            if gain[row] > 0:
                profits[service, found], rows[service, found], weights[service, found] = gain[row], start + row, size[row]
                found += 1
            elif gain[row] + short_price * size[row] > 0:
                lost += 1
                profits[service, -lost], rows[service, -lost], weights[service, -lost] = gain[row], start + row, size[row]
        desk.found[service], desk.lost[service] = found, lost


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

"""What the room of an option is worth at given prices: a knapsack for each service and band, solved as a linear program. Compiled.

A band asks for a load above its floor, or costs so much for each unit of volume short. Members that gain fill it by gain per unit of volume; where they
leave it short, those follow that lose less than being short costs.
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
    Flags = NDArray[np.bool_]

NO_BAND = -1
_NEVER = float(NEVER)


class Guide(NamedTuple):
    """What the last look found for each option: it steers how joining is spread in the next one.

    ``spread_price`` (options, services) is the price of a unit of room in the band built or nearest to it, ``room_price`` (options, services, bands) that in
    each band, negative where volume has to be won for the band to reach its floor, and ``band`` (options, services) the band built, :data:`NO_BAND` where
    none is worth building.
    """

    spread_price: Real
    room_price: Real
    band: Whole


class Desk(NamedTuple):
    """Room to work in.

    Attributes
    ----------
    gain, size
        (services, places) of all members: what serving them gains when they bear their joining, and their volume.
    share, rest
        (places,) which share of what counts of its gains goes into a member's joining, and what each service bears besides.
    loses
        Whether the host that has to join gains by no service that counts.
    profit, weight, row
        (services, places) of members listed: what serving them gains, their volume, which they are. Those who gain stand at the beginning, those who lose
        less than being short would cost at the end.
    found, lost
        (services,) how many of either there are.
    now
        (places,) profits in the band at hand.
    took_unit, took, taken
        Whom the option serves, how much of it, and how many that are.
    band
        (services,) the band it builds, :data:`NO_BAND` for none.
    """

    gain: Real
    size: Real
    share: Real
    rest: Real
    loses: Flags
    profit: Real
    weight: Real
    row: Whole
    found: Whole
    lost: Whole
    now: Real
    took_unit: Whole
    took: Real
    taken: Whole
    band: Whole


@njit(cache=True, nogil=True)
def desk_for(services: int, most: int) -> Desk:
    """Return room to work in for options of up to so many members."""
    return Desk(
        gain=np.zeros((services, most)),
        size=np.zeros((services, most)),
        share=np.zeros(most),
        rest=np.zeros(most),
        loses=np.zeros(1, dtype=np.bool_),
        profit=np.zeros((services, most)),
        weight=np.zeros((services, most)),
        row=np.zeros((services, most), dtype=np.int64),
        found=np.zeros(services, dtype=np.int64),
        lost=np.zeros(services, dtype=np.int64),
        now=np.zeros(most),
        took_unit=np.zeros(services * most, dtype=np.int64),
        took=np.zeros(services * most),
        taken=np.zeros(1, dtype=np.int64),
        band=np.zeros(services, dtype=np.int64),
    )


@njit(cache=True, nogil=True)
def at_most_worth(some: Relaxation, guide: Guide, desk: Desk, option: int) -> float:
    """Return no more than what the bands of an option are worth, by the prices of room they had last; 0 for those not worth building."""
    capacity, band_cost, floor, room_prices = some.capacity[option], some.band_cost[option], some.floor[option], guide.room_price[option]
    start, end = some.first_member[option], some.first_member[option + 1]
    worth = 0.0
    for service in range(capacity.shape[0]):
        least, profit, weight = 0.0, desk.gain[service, : end - start], desk.size[service, : end - start]
        for nth in range(capacity.shape[1]):
            room, room_price = capacity[service, nth], room_prices[service, nth]
            if room < 0:
                continue
            filled = room_price * (room if room_price >= 0 else floor[service, nth])
            now = profit if some.cost.shape[2] == 1 else profit - (some.cost[start:end, service, nth] - some.least_cost[start:end, service])
            filled += _gained(now, weight, float(room), room_price)
            least = min(least, band_cost[service, nth] - filled)
        worth += least
    return worth


@njit(cache=True, nogil=True, fastmath={"reassoc"})
def _gained(profit: Real, weight: Real, room: float, room_price: float) -> float:
    """Return what the members that fit gain beyond the price of their room; several are added up at a time, in an order that is the compiler's."""
    gained = 0.0
    for row in range(profit.shape[0]):
        beyond = profit[row] - room_price * weight[row]
        gained += beyond if (beyond > 0.0) & (weight[row] <= room) else 0.0
    return gained


@njit(cache=True, nogil=True)
def _profits(some: Relaxation, desk: Desk, service: int, nth: int) -> Real:
    """Return what serving each listed member in a band gains; some may gain nothing where costs differ by band."""
    profit: Real = desk.profit[service]
    if some.cost.shape[2] == 1:
        return profit
    now, cost, least_cost, row = desk.now, some.cost, some.least_cost, desk.row[service]
    found = desk.found[service]
    for place in range(found + desk.lost[service]):
        item = place if place < found else -1 - (place - found)
        at = row[item]
        now[item] = profit[item] - (cost[at, service, nth] - least_cost[at, service])
    return now


@njit(cache=True, nogil=True)
def best_band(some: Relaxation, guide: Guide, desk: Desk, option: int, service: int) -> float:
    """Return what the best band of a service is worth, 0 when none is, and note whom it serves."""
    capacity, band_cost, floor = some.capacity[option, service], some.band_cost[option, service], some.floor[option, service]
    room_prices = guide.room_price[option, service]
    found, weight = desk.found[service], desk.weight[service]
    best, best_band, nearest = 0.0, NO_BAND, _NEVER
    order = np.zeros(0, dtype=np.int64)
    for nth in range(capacity.shape[0]):
        if capacity[nth] < 0:
            continue
        profit = _profits(some, desk, service, nth)
        if some.cost.shape[2] > 1 or order.shape[0] < found:
            order = _order(profit, weight, found)
        filled, room_prices[nth], load = _fill(profit, weight, order, float(capacity[nth]))
        amount = band_cost[nth] - filled
        if load < floor[nth] and amount < best:
            filled, room_prices[nth] = _reach(some, desk, profit, service, float(capacity[nth]), float(floor[nth]), False)
            amount = band_cost[nth] - filled
        if amount < nearest:
            nearest = amount
            guide.spread_price[option, service] = room_prices[nth]
        if amount < best:
            best, best_band = amount, nth
    guide.band[option, service] = desk.band[service] = best_band
    if best_band != NO_BAND:
        profit = _profits(some, desk, service, best_band)
        if room_prices[best_band] < 0:
            _reach(some, desk, profit, service, float(capacity[best_band]), float(floor[best_band]), True)
            return best
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
def _fill(profit: Real, weight: Real, order: Whole, room: float) -> tuple[float, float, float]:
    """Return the most a room can be worth when the last item may be cut, the price of a unit of it, and the load."""
    left, filled = room, 0.0
    for item in order:
        if profit[item] <= 0:
            break
        if weight[item] > room:
            continue
        if weight[item] > left:
            return filled + profit[item] * left / weight[item], profit[item] / weight[item], room
        left -= weight[item]
        filled += profit[item]
    return filled, 0.0, room - left


@njit(cache=True, nogil=True)
def _note(some: Relaxation, desk: Desk, profit: Real, order: Whole, service: int, room: float) -> None:
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


@njit(cache=True, nogil=True)
def _reach(some: Relaxation, desk: Desk, profit: Real, service: int, room: float, floor: float, noting: bool) -> tuple[float, float]:
    """Return the most a room can be worth whose floor is only reached, if at all, with what loses money, and the negative price of a unit of it.

    Volume is won as long as it loses less than being short costs; whom that serves is noted if asked.
    """
    weight, row, found, lost = desk.weight[service], desk.row[service], desk.found[service], desk.lost[service]
    loss = np.empty(found + lost)
    for place in range(found + lost):
        item = place if place < found else -1 - (place - found)
        loss[place] = -profit[item] / max(1e-9, weight[item])
    load, filled, room_price, taken = 0.0, 0.0, 0.0, desk.taken[0]
    for place in np.argsort(loss):
        item = place if place < found else -1 - (place - found)
        if load >= floor or loss[place] >= some.short_price:
            break
        if weight[item] > room:
            continue
        part = 1.0
        if profit[item] <= 0:
            part, room_price = min(1.0, (floor - load) / max(1e-9, weight[item])), -loss[place]
        if noting:
            desk.took_unit[taken], desk.took[taken] = some.unit[row[item], service], part
            taken += 1
        load += part * weight[item]
        filled += part * profit[item]
    if noting:
        desk.taken[0] = taken
    if load < floor:
        filled, room_price = filled - some.short_price * (floor - load), -float(some.short_price)
    return filled, room_price

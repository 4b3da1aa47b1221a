"""Which units an option would best serve, given what each costs where it is now: filled by saving per unit of volume, in the band worth most. Compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from solver.construction.layout import NEVER
from solver.engine.moves.compiling import inner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.moves.ground import Ground

    Whole = NDArray[np.int64]
    Records = NDArray[np.void]
    Flags = NDArray[np.bool_]

_ROUNDS = 2
"""How often bodies that do not pay, and services, are left out and the rest is chosen anew."""
_HARD_RULE = -1
_FIRST = 1e15
"""Gain per unit of volume of what is forced in: before all else."""
_HOPELESS = -1e17
UNWANTED = -1e18
"""What a unit counts for that is not to be had."""


_MONEY, _WHOLE = ("entry", "share", "gain", "ratio"), ("item", "out", "taken", "best", "volume")
ROW = np.dtype([*((name, np.float64) for name in _MONEY), *((name, np.int64) for name in _WHOLE)])
CELL = np.dtype([("present", np.float64), ("forced", np.int64), ("chosen", np.int64)])


class Desk(NamedTuple):
    """Room to work in, for the largest option.

    Attributes
    ----------
    row
        (rows,) of each body what joining costs it in all (``entry``), the ``share`` of its gains which that eats up, and whether it is left ``out``; and the
        queue of one service: the row (``item``), its ``volume`` and ``gain`` and the ``ratio`` of gain to volume, whether a band has ``taken`` it and the
        ``best`` one does.
    cell
        (rows, services) what each unit costs at ``present``, :data:`UNWANTED` for one not to be had; whether it is ``forced`` in, and ``chosen``.
    idle
        (services,) services left out.
    lacking
        (services,) how much room lacks for whoever is to come in.
    units, targets, centres
        Lists of units, of members they are to be served as, and of centres.
    """

    row: Records
    cell: Records
    idle: Flags
    lacking: Whole
    units: Whole
    targets: Whole
    centres: Whole


def desk_for(ground: Ground) -> Desk:
    """Return room to work in."""
    rows, services = max(1, int(np.diff(ground.option["first_member"]).max(initial=1))), ground.unit_of.shape[1]
    return Desk(
        row=np.zeros(rows, ROW),
        cell=np.zeros((rows, services), CELL),
        idle=np.zeros(services, dtype=np.bool_),
        lacking=np.zeros(services, dtype=np.int64),
        units=np.zeros(ground.unit.shape[0], dtype=np.int64),
        targets=np.zeros(ground.unit.shape[0], dtype=np.int64),
        centres=np.zeros(ground.first_option.shape[0], dtype=np.int64),
    )


@inner
def fill(ground: Ground, desk: Desk, option: int) -> float:
    """Choose units to serve, left in ``desk.chosen``; return what that saves, opening and owners not reckoned."""
    rows = ground.option[option + 1].first_member - ground.option[option].first_member
    for row in range(rows):
        desk.row[row].out = False
    desk.idle[:] = False
    worth = 0.0
    for number in range(_ROUNDS):
        _share_entry(ground, desk, option)
        worth = 0.0
        again = False
        for service in range(desk.idle.shape[0]):
            for row in range(rows):
                desk.cell[row, service].chosen = False
            if desk.idle[service]:
                continue
            served = _fill_service(ground, desk, option, service)
            if served <= 0 and _forced(desk, rows, service) == 0:
                for row in range(rows):
                    again |= desk.cell[row, service].chosen > 0 and desk.idle.shape[0] > 1
                    desk.cell[row, service].chosen = False
                desk.idle[service] = True
            else:
                worth += served
        lost, paid = _leave_out(ground, desk, option)
        worth -= paid
        if number == _ROUNDS - 1 or not (again or lost):
            break
    return worth


@inner
def _forced(desk: Desk, rows: int, service: int) -> int:
    """Return how many units of a service are forced in."""
    found = 0
    for row in range(rows):
        found += desk.cell[row, service].forced
    return found


@inner
def _take_as_best(desk: Desk, found: int) -> None:
    for item in range(found):
        desk.row[item].best = desk.row[item].taken


@inner
def best_gain(ground: Ground, desk: Desk, member: int, row: int, service: int) -> float:
    """Return what a unit gains in the band that serves it most cheaply, :data:`UNWANTED` or less when it cannot be served."""
    least = ground.cost[member, service, 0]
    for layer in range(1, ground.cost.shape[2]):
        least = min(least, ground.cost[member, service, layer])
    if least >= NEVER or desk.cell[row, service].present <= UNWANTED:
        return UNWANTED
    return float(desk.cell[row, service].present - least)


@inner
def _share_entry(ground: Ground, desk: Desk, option: int) -> None:
    """Let each body's joining be borne by its services by what they gain, so that each service can be filled by itself."""
    start = ground.option[option].first_member
    for row in range(ground.option[option + 1].first_member - start):
        hoped, kept = 0.0, False
        for service in range(desk.idle.shape[0]):
            kept |= desk.cell[row, service].forced
            if not desk.idle[service]:
                hoped += max(0.0, best_gain(ground, desk, start + row, row, service))
        desk.row[row].share = min(1.0, max(0.0, desk.row[row].entry / max(1.0, hoped)))
        if hoped <= desk.row[row].entry and not kept:
            desk.row[row].share = 1.0


@inner
def _fill_service(ground: Ground, desk: Desk, option: int, service: int) -> float:
    """Choose the band and units of a service; return what they gain less the band and its empty room, joining apart."""
    by_band = ground.cost.shape[2] > 1
    found, order, large = 0, np.zeros(0, dtype=np.int64), -1
    best, best_band = _HOPELESS, -1
    # Each band is filled twice: in order, and with the unit first that most was lost by for want of room.
    for step in range(2 * ground.band.shape[2]):
        band, again = step // 2, step % 2 == 1
        if ground.band[option, service, band].capacity < 0 or (again and large < 0):
            continue
        if not again and (by_band or best_band < 0):
            found = _queue(ground, desk, option, service, band)
            order = by_ratio(desk, found)
        worth, missed = _take(ground, desk, order, option, service, band, large if again else -1)
        large = -1 if again else missed
        if worth > best or best_band < 0:
            best, best_band = worth, band
            _take_as_best(desk, found)
    if best_band >= 0:
        if by_band:
            found = _queue(ground, desk, option, service, best_band)
        for item in range(found):
            if desk.row[item].best:
                desk.cell[desk.row[item].item, service].chosen = True
    return best


@inner
def by_ratio(desk: Desk, found: int) -> Whole:
    """Return the queue's items in the order in which they are let in."""
    ratio = np.zeros(found)
    for item in range(found):
        ratio[item] = -desk.row[item].ratio
    return np.argsort(ratio)


@inner
def _queue(ground: Ground, desk: Desk, option: int, service: int, band: int) -> int:
    """List the units that may be worth serving in a band; return how many.

    What gains nothing is only listed where all that gains is too little for the floor of a band.
    """
    least = ground.band[option, service].least.max()
    found, volume = _listed(ground, desk, option, service, band, 0, False)
    return found if volume >= least else _listed(ground, desk, option, service, band, found, True)[0]


@inner
def _listed(ground: Ground, desk: Desk, option: int, service: int, band: int, found: int, spare: bool) -> tuple[int, int]:
    """List after the first ``found`` what gains or is forced in, or what may spare a breach; return how many there are then, and the volume added."""
    start, price, listed = ground.option[option].first_member, ground.price.short, 0
    layer = band if ground.cost.shape[2] > 1 else 0
    for row in range(ground.option[option + 1].first_member - start):
        cost, present = ground.cost[start + row, service, layer], desk.cell[row, service].present
        if cost >= NEVER or present <= UNWANTED or desk.row[row].out:
            continue
        gain = present - cost
        gain -= max(0.0, gain) * desk.row[row].share
        forced = desk.cell[row, service].forced
        wanted = gain > 0 or forced
        if wanted == spare:
            continue
        volume = ground.unit[ground.unit_of[ground.member[start + row].body, service]].volume
        if wanted or price == _HARD_RULE or gain + price * max(0.5, float(volume)) > 0:
            desk.row[found].item, desk.row[found].gain, desk.row[found].volume = row, gain, volume
            desk.row[found].ratio = _FIRST if forced else gain / max(0.5, float(volume))
            found += 1
            listed += volume
    return found, listed


@inner
def _take(ground: Ground, desk: Desk, order: Whole, option: int, service: int, band: int, first: int) -> tuple[float, int]:
    """Fill a band in the order of the queue, ``first`` before all others; return what that is worth, and the item most is lost by for want of room.

    What gains nothing comes in only as far as it spares a breach of the floor.
    """
    capacity, least = ground.band[option, service, band].capacity, ground.band[option, service, band].least
    load, worth, missed, most = 0, 0.0, -1, 0.0
    for item in range(order.shape[0]):
        desk.row[item].taken = False
    if first >= 0:
        load += desk.row[first].volume
        worth += desk.row[first].gain
        desk.row[first].taken = True
    for item in order:
        if item == first:
            continue
        volume, gain, forced = desk.row[item].volume, desk.row[item].gain, desk.row[item].ratio >= _FIRST
        if load + volume > capacity:
            if forced:
                worth += _HOPELESS
            elif gain > most and volume <= capacity:
                missed, most = item, gain
            continue
        spared = min(volume, max(0, least - load))
        if gain > 0 or forced or (spared > 0 and (ground.price.short == _HARD_RULE or gain + ground.price.short * spared > 0)):
            load += volume
            worth += gain
            desk.row[item].taken = True
    worth -= ground.band[option, service, band].cost
    if load < least:
        worth += _HOPELESS if ground.price.short == _HARD_RULE else -float(ground.price.short * (least - load))
    return worth, missed


@inner
def _leave_out(ground: Ground, desk: Desk, option: int) -> tuple[bool, float]:
    """Leave out bodies that save less than they cost; return whether there were any, and what joining costs beyond what gains were reckoned less by."""
    start, paid, lost = ground.option[option].first_member, 0.0, False
    for row in range(ground.option[option + 1].first_member - start):
        gained, reckoned, any_chosen, kept = 0.0, 0.0, False, False
        for service in range(desk.idle.shape[0]):
            if not desk.cell[row, service].chosen:
                continue
            gain = best_gain(ground, desk, start + row, row, service)
            any_chosen = True
            # What loses money by itself is there to spare a breach of the floor.
            kept |= desk.cell[row, service].forced or gain <= 0
            gained += gain
            reckoned += max(0.0, gain) * desk.row[row].share
        if not any_chosen:
            continue
        if gained <= desk.row[row].entry and not kept:
            desk.row[row].out = True
            for service in range(desk.idle.shape[0]):
                desk.cell[row, service].chosen = False
            lost = True
            continue
        paid += desk.row[row].entry - reckoned
    return lost, paid

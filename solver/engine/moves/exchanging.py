"""One body in at a full centre, others out of it to wherever they cost least: all that each has goes together, as joining is paid once. Compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.engine.moves.chance import below
from solver.engine.moves.compiling import inner
from solver.engine.moves.filling import by_ratio
from solver.engine.moves.moving import judge
from solver.engine.moves.state import ALONE, CLOSED, NO_CENTRE, put, settle
from solver.engine.moves.whereabouts import EVERYWHERE, TOO_DEAR, cost_together, place_together, present_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.moves.filling import Desk
    from solver.engine.moves.ground import Ground
    from solver.engine.moves.state import State

    Seeds = NDArray[np.uint64]

_LOOKED_AT = 20
"""How many members of a full centre are looked at to make room for a small body; for a large one all are, as it takes the right ones."""
_LARGE = 0.01
"""A body that takes up more than this share of a centre's room is large."""
_TIMES_ENOUGH = 3.0
"""Those looked at have to leave so many times the room that lacks, or there is little to choose from."""


@inner
def try_exchanges(ground: Ground, state: State, desk: Desk, body: int, random: Seeds, allowance: float) -> int:
    """Move all that a body has to a full centre where it would cost less, and others from there; return how much work it was."""
    now, work = 0.0, 0
    for service in range(ground.unit_of.shape[1]):
        unit = ground.unit_of[body, service]
        if unit != ground.unit.shape[0] - 1:
            now += present_cost(ground, state, unit)
    for slot in range(ground.body[body].first_slot, ground.body[body + 1].first_slot):
        work += 1
        centre = ground.slot_centre[slot]
        option = state.centre[centre].option
        member = ALONE if option == CLOSED else ground.slot_member[slot, option - ground.first_option[centre]]
        if member == ALONE:
            continue
        there, full = _cost_if_in(ground, state, body, member)
        if not full or now - there + allowance <= 0:
            continue
        leaving, looked_at = _make_room(ground, state, desk, body, member, now - there + allowance, random)
        work += looked_at
        if leaving > 0:
            money, breaches = state.tally[0].money, state.tally[0].breaches
            _exchange(ground, state, desk, body, member, leaving)
            if judge(ground, state, money, breaches, allowance):
                return work
    return work


@inner
def _cost_if_in(ground: Ground, state: State, body: int, member: int) -> tuple[float, bool]:
    """Return what all that a body has costs as a member, and whether there is no room for some of it; dear where it cannot be."""
    cost, full = cost_together(ground, state, body, member, EVERYWHERE), False
    if cost >= TOO_DEAR:
        return cost, False
    for service in range(ground.unit_of.shape[1]):
        full |= _lacking(ground, state, body, member, service) > 0
        if _too_large(ground, state, body, member, service):
            return TOO_DEAR, False
    return cost, full


@inner
def _lacking(ground: Ground, state: State, body: int, member: int, service: int) -> int:
    """Return how much room lacks for a body's unit of a service to be served as a member; 0 or less for none."""
    unit, option = ground.unit_of[body, service], ground.member[member].option
    if unit == ground.unit.shape[0] - 1 or state.at[unit] == member:
        return 0
    served = state.service[ground.option[option].centre, service]
    return int(served.load + ground.unit[unit].volume - ground.band[option, service, served.band].capacity)


@inner
def _too_large(ground: Ground, state: State, body: int, member: int, service: int, share: float = 1.0) -> bool:
    """Tell whether a body's unit of a service takes up more than a share of the room that its band has in all."""
    unit, option = ground.unit_of[body, service], ground.member[member].option
    if unit == ground.unit.shape[0] - 1:
        return False
    band = state.service[ground.option[option].centre, service].band
    return bool(ground.unit[unit].volume > share * ground.band[option, service, band].capacity)


@inner
def _make_room(ground: Ground, state: State, desk: Desk, body: int, member: int, most: float, random: Seeds) -> tuple[int, int]:
    """List who has to leave a centre for a body to fit in, as what member, those first that lose least for the room they leave.

    Return how many that are, 0 where they would lose ``most`` or more, and how many were looked at.
    """
    services, listed, lost = ground.unit_of.shape[1], 0, 0.0
    for service in range(services):
        desk.lacking[service] = _lacking(ground, state, body, member, service)
    found = _queue_to_leave(ground, state, desk, body, member, random)
    order = by_ratio(desk, found)
    for service in range(services):
        for item in order:
            row = desk.row[item].item
            if desk.lacking[service] <= 0 or lost >= most:
                break
            if desk.row[item].taken or state.at[ground.unit_of[ground.member[row].body, service]] != row:
                continue
            desk.row[item].taken = True
            desk.units[listed], desk.targets[listed] = ground.member[row].body, row
            listed += 1
            lost += desk.row[item].gain
            for left in range(services):
                unit = ground.unit_of[ground.member[row].body, left]
                if state.at[unit] == row:
                    desk.lacking[left] -= ground.unit[unit].volume
        if desk.lacking[service] > 0 or lost >= most:
            return 0, found
    return listed, found


@inner
def _queue_to_leave(ground: Ground, state: State, desk: Desk, body: int, member: int, random: Seeds) -> int:
    """Queue members who would leave room where it lacks, with what they lose by going; return how many."""
    option, services = ground.member[member].option, ground.unit_of.shape[1]
    start, rows = ground.option[option].first_member, ground.option[option + 1].first_member - ground.option[option].first_member
    first, found, left, least = below(random, rows), 0, 0.0, _LOOKED_AT
    for service in range(services):
        if _too_large(ground, state, body, member, service, _LARGE):
            least = rows
    for step in range(rows):
        row = start + (first + step) % rows
        other, leaves, loss = ground.member[row].body, 0.0, 0.0
        if other == body or ground.body[other].frozen:
            continue
        for service in range(services):
            unit = ground.unit_of[other, service]
            if state.at[unit] == row:
                loss -= present_cost(ground, state, unit)
                if desk.lacking[service] > 0:
                    leaves = max(leaves, min(1.0, ground.unit[unit].volume / desk.lacking[service]))
        if leaves <= 0:
            continue
        loss += place_together(ground, state, other, row, ground.option[option].centre)[1]
        desk.row[found].item, desk.row[found].gain, desk.row[found].ratio, desk.row[found].taken = row, loss, -loss / leaves, False
        found += 1
        left += leaves
        if found >= least and left >= _TIMES_ENOUGH:
            break
    return found


@inner
def _exchange(ground: Ground, state: State, desk: Desk, body: int, member: int, leaving: int) -> None:
    """Have those listed leave, a body come in, and the former go where there is room; settled, not yet accepted."""
    for nth in range(leaving):
        _put_together(ground, state, desk.units[nth], desk.targets[nth], ALONE)
    for service in range(ground.unit_of.shape[1]):
        unit = ground.unit_of[body, service]
        if unit != ground.unit.shape[0] - 1:
            put(ground, state, unit, member)
    settle(ground, state)
    for nth in range(leaving):
        _put_together(ground, state, desk.units[nth], ALONE, place_together(ground, state, desk.units[nth], ALONE, NO_CENTRE)[0])
    settle(ground, state)


@inner
def _put_together(ground: Ground, state: State, body: int, was: int, member: int) -> None:
    """Serve all that a body has in one place as another member."""
    for service in range(ground.unit_of.shape[1]):
        unit = ground.unit_of[body, service]
        if unit != ground.unit.shape[0] - 1 and state.at[unit] == was:
            put(ground, state, unit, member)

"""What a unit costs where it is, and where else it could go. Compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solver.construction.layout import NEVER
from solver.engine.moves.compiling import inner, whole
from solver.engine.moves.state import ALONE, CLOSED, NO_CENTRE, centres_used

if TYPE_CHECKING:
    from solver.engine.moves.ground import Ground
    from solver.engine.moves.state import State

_HARD_RULE = -1
EVERYWHERE = whole(-3)
"""Stands for all places at once."""
TOO_DEAR = 1e18
"""What a place costs where a unit cannot be."""


@inner
def elsewhere(ground: Ground, state: State, unit: int, but: int) -> tuple[int, float]:
    """Return the member as which a unit costs least at an open centre with room, and that cost; :data:`ALONE` where staying alone costs no more.

    The unit is taken to be nowhere; centre ``but`` does not count.
    """
    body, service, volume = ground.unit[unit].body, ground.unit[unit].service, ground.unit[unit].volume
    best, least = ALONE, float(ground.unit[unit].alone)
    used = -1
    for nth in range(ground.unit[unit].first_near, ground.unit[unit + 1].first_near):
        if ground.near[nth].least >= least:
            break
        slot = ground.near[nth].slot
        centre = ground.slot_centre[slot]
        option = state.centre[centre].option
        if option == CLOSED or centre == but:
            continue
        member, band = ground.slot_member[slot, option - ground.first_option[centre]], state.service[centre, service].band
        if member < 0 or band < 0:
            continue
        cost = float(ground.cost[member, service, band if ground.cost.shape[2] > 1 else 0])
        if cost >= least or state.service[centre, service].load + volume > ground.band[option, service, band].capacity:
            continue
        if not _uses(ground, state, body, member, unit):
            used = _used_without(ground, state, body, unit) if used < 0 else used
            cost += ground.member[member].joining + _price_of_another(ground, used)
        if cost < least:
            best, least = member, cost
    return best, least


@inner
def _price_of_another(ground: Ground, used: int) -> float:
    """Return what using one more centre costs a body that uses so many."""
    if used < ground.price.most_centres:
        return 0.0
    return TOO_DEAR if ground.price.provider == _HARD_RULE else float(ground.price.provider)


@inner
def _uses(ground: Ground, state: State, body: int, member: int, but: int) -> bool:
    """Tell whether a body is served as ``member`` for anything but a unit."""
    for service in range(ground.unit_of.shape[1]):
        unit = ground.unit_of[body, service]
        if unit != but and state.at[unit] == member:
            return True
    return False


@inner
def _used_without(ground: Ground, state: State, body: int, unit: int) -> int:
    """Return how many centres a body uses for anything but a unit."""
    if ground.unit_of.shape[1] == 1:
        return 0
    at = state.at[unit]
    if at == ALONE or _uses(ground, state, body, at, unit):
        return int(centres_used(ground, state, body, NO_CENTRE))
    return int(centres_used(ground, state, body, ground.option[ground.member[at].option].centre))


@inner
def place_together(ground: Ground, state: State, body: int, was: int, but: int) -> tuple[int, float]:
    """Return the member as which all that a body now has ``was`` costs least together, with room, and that cost; :data:`ALONE` as :func:`elsewhere`."""
    best, least = ALONE, 0.0
    for service in range(ground.unit_of.shape[1]):
        unit = ground.unit_of[body, service]
        if state.at[unit] == was:
            least += ground.unit[unit].alone
    for slot in range(ground.body[body].first_slot, ground.body[body + 1].first_slot):
        centre = ground.slot_centre[slot]
        option = state.centre[centre].option
        member = ALONE if option == CLOSED or centre == but else ground.slot_member[slot, option - ground.first_option[centre]]
        if member == ALONE or not _has_room(ground, state, body, was, option):
            continue
        cost = cost_together(ground, state, body, member, was)
        if cost < least:
            best, least = member, cost
    return best, least


@inner
def _has_room(ground: Ground, state: State, body: int, was: int, option: int) -> bool:
    """Tell whether what runs has room for all that a body now has ``was``."""
    for service in range(ground.unit_of.shape[1]):
        unit, served = ground.unit_of[body, service], state.service[ground.option[option].centre, service]
        if unit == ground.unit.shape[0] - 1 or state.at[unit] != was:
            continue
        if served.band < 0 or served.load + ground.unit[unit].volume > ground.band[option, service, served.band].capacity:
            return False
    return True


@inner
def cost_together(ground: Ground, state: State, body: int, member: int, was: int) -> float:
    """Return what all that a body now has ``was``, or everything for :data:`EVERYWHERE`, costs as a member of what runs, with joining where it is new."""
    cost, new, centre = 0.0, True, ground.option[ground.member[member].option].centre
    for service in range(ground.unit_of.shape[1]):
        unit, band = ground.unit_of[body, service], state.service[centre, service].band
        if unit == ground.unit.shape[0] - 1:
            continue
        if was not in (EVERYWHERE, state.at[unit]):
            new &= state.at[unit] != member
            continue
        serving = NEVER if band < 0 else ground.cost[member, service, band if ground.cost.shape[2] > 1 else 0]
        if serving >= NEVER:
            return TOO_DEAR
        cost += serving
    return cost + ground.member[member].joining if new else cost


@inner
def present_cost(ground: Ground, state: State, unit: int) -> float:
    """Return what a unit costs where it is, with its part of joining."""
    member = state.at[unit]
    if member == ALONE:
        return float(ground.unit[unit].alone)
    centre, body, service = ground.option[ground.member[member].option].centre, ground.unit[unit].body, ground.unit[unit].service
    layer = state.service[centre, service].band if ground.cost.shape[2] > 1 else 0
    there = 0
    for other in range(ground.unit_of.shape[1]):
        there += state.at[ground.unit_of[body, other]] == member
    return float(ground.cost[member, service, layer] + ground.member[member].joining / there)


@inner
def borne_by(ground: Ground, state: State, unit: int) -> float:
    """Return what part of its cluster's fixed costs a unit bears, by its work."""
    member = state.at[unit]
    if member == ALONE:
        return 0.0
    centre = ground.option[ground.member[member].option].centre
    return float(state.centre[centre].fixed * ground.unit[unit].workload / max(1, state.centre[centre].work))

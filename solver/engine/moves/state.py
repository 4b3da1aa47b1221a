"""Where every unit is and what every cluster then costs, kept up to date unit by unit; a journal takes moves back. Compiled.

Costs are those of :mod:`solver.construction.standing`, with breaches of hard rules counted apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from solver.construction.layout import NEVER
from solver.engine.compiling import njit
from solver.engine.moves.compiling import inner, whole
from solver.engine.moves.ground import integers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.moves.ground import Ground

    Whole = NDArray[np.int64]
    Records = NDArray[np.void]

ALONE = whole(-1)
CLOSED = whole(-1)
NO_BAND = whole(-1)
NO_CENTRE = whole(-1)
BEGINNING = whole(0)
_HARD_RULE = -1


CENTRE = integers("option", "joined", "work", "members", "owners", "money", "fixed", "breaches", "marked")
SERVICE = integers("load", "count", "band")
NOTE = integers("unit", "was")
TALLY = integers("money", "breaches", "listed", "noted", "moves")


class State(NamedTuple):
    """A plan as moves see it; records so that compiled code has few arrays to hand on.

    Attributes
    ----------
    at
        (units + 1,) the member as which each unit is served, :data:`ALONE` for none.
    centre
        (centres,) ``option`` that runs there, :data:`CLOSED` for none; ``joined`` and ``work`` of its members, how many ``members`` they are and how many
        may be ``owners``; as of the last :func:`settle` its cost in ``money``, the ``fixed`` part of it that does not go with units and members, and
        hard rules it ``breaches``; ``marked`` where it has to be settled.
    service
        (centres, services) ``load`` and ``count`` of units served, and the ``band`` built.
    served
        (centres, services, 1 or bands) cost of serving the units.
    kinds
        (centres, services, legal types) units served by kind of body.
    leads
        (centres, legal types) members that could lead, powers apart.
    dirty
        The centres marked.
    note
        The journal: a unit and the member it was, or, below zero, a centre and the option it ran.
    changed
        (bodies,) after how many moves kept each body's units last moved.
    tally
        (1,) ``money`` and hard rules that the plan ``breaches``, how many centres are ``listed`` as marked and moves ``noted``, and ``moves`` kept.
    """

    at: Whole
    centre: Records
    service: Records
    served: Whole
    kinds: Whole
    leads: Whole
    dirty: Whole
    note: Records
    changed: Whole
    tally: Records


def all_alone(ground: Ground) -> State:
    """Return the state in which nobody shares anything."""
    units, (bodies, services) = ground.unit.shape[0], ground.unit_of.shape
    centres, types = ground.first_option.shape[0] - 1, ground.supplies.shape[0]

    def zeros(*shape: int) -> Whole:
        return np.zeros(shape, dtype=np.int64)

    centre, service, tally = np.zeros(centres, CENTRE), np.zeros((centres, services), SERVICE), np.zeros(1, TALLY)
    centre["option"], service["band"], tally["money"] = CLOSED, NO_BAND, ground.unit["alone"].sum()
    return State(
        at=np.full(units, ALONE, dtype=np.int64),
        centre=centre,
        service=service,
        served=zeros(centres, services, ground.cost.shape[2]),
        kinds=zeros(centres, services, types),
        leads=zeros(centres, types),
        dirty=zeros(centres + 1),
        note=np.zeros(8 * (units + centres) + 64, NOTE),
        changed=zeros(bodies),
        tally=tally,
    )


@njit(cache=True, nogil=True)
def put(ground: Ground, state: State, unit: int, member: int) -> None:
    """Serve a unit as a member of what runs at a centre, or leave it alone."""
    before = state.at[unit]
    if before == member:
        return
    _note(state, unit, before)
    body = ground.unit[unit].body
    over = _over(ground, state, body)
    # One place that counts, taken twice: compiled code is long enough as it is.
    for sign in (-1, 1):
        at = before if sign < 0 else member
        if at == ALONE:
            state.tally[0].money += sign * ground.unit[unit].alone
        else:
            _count(ground, state, unit, at, sign)
        state.at[unit] = member
    now = _over(ground, state, body)
    if now != over:
        if ground.price.provider == _HARD_RULE:
            state.tally[0].breaches += min(now, 1) - min(over, 1)
        else:
            state.tally[0].money += ground.price.provider * (now - over)


@njit(cache=True, nogil=True)
def put_all(ground: Ground, state: State, member: Whole) -> None:
    """Serve all units (units + 1,), now alone, as these members of what runs."""
    for unit in range(member.shape[0] - 1):
        put(ground, state, unit, member[unit])


@njit(cache=True, nogil=True)
def run(state: State, centre: int, option: int) -> None:
    """Let an option run at a centre that serves nobody."""
    if state.centre[centre].option != option:
        _note(state, -1 - centre, state.centre[centre].option)
        state.centre[centre].option = option
        _mark(state, centre)


@inner
def _note(state: State, unit: int, was: int) -> None:
    state.note[state.tally[0].noted].unit, state.note[state.tally[0].noted].was = unit, was
    state.tally[0].noted += 1


@inner
def _mark(state: State, centre: int) -> None:
    if not state.centre[centre].marked:
        state.centre[centre].marked = True
        state.dirty[state.tally[0].listed] = centre
        state.tally[0].listed += 1


@inner
def centres_used(ground: Ground, state: State, body: int, but: int) -> int:
    """Return how many centres a body uses, one of them not counted."""
    services, used = ground.unit_of.shape[1], 0
    for service in range(services):
        member = state.at[ground.unit_of[body, service]]
        if member == ALONE or ground.option[ground.member[member].option].centre == but:
            continue
        new = True
        for earlier in range(service):
            new &= state.at[ground.unit_of[body, earlier]] != member
        used += new
    return used


@inner
def _over(ground: Ground, state: State, body: int) -> int:
    if ground.unit_of.shape[1] <= ground.price.most_centres:
        return 0
    return max(0, centres_used(ground, state, body, NO_CENTRE) - ground.price.most_centres)


@inner
def _count(ground: Ground, state: State, unit: int, member: int, sign: int) -> None:
    """Add a unit to the figures of its centre, or take it away; other units of its body may be there."""
    option, body, service = ground.member[member].option, ground.unit[unit].body, ground.unit[unit].service
    centre, kind, model = ground.option[option].centre, ground.body[body].legal_type, ground.option[option].model
    _mark(state, centre)
    was_member, was_owner = False, False
    for other in range(ground.unit_of.shape[1]):
        if other != service and state.at[ground.unit_of[body, other]] == member:
            was_member = True
            was_owner |= ground.may_own[kind, model, other]
    state.service[centre, service].load += sign * ground.unit[unit].volume
    state.service[centre, service].count += sign
    state.centre[centre].work += sign * ground.unit[unit].workload
    state.kinds[centre, service, kind] += sign
    for layer in range(ground.cost.shape[2]):
        if ground.cost[member, service, layer] < NEVER:
            state.served[centre, service, layer] += sign * ground.cost[member, service, layer]
    owns = ground.may_own[kind, model, service] and not was_owner
    if not was_member:
        state.centre[centre].members += sign
        state.centre[centre].joined += sign * ground.member[member].joining
    if owns and ground.member[member].owner_able:
        state.centre[centre].owners += sign
    if ground.member[member].lead_able and ((ground.option[option].unitary and not was_member) or (not ground.option[option].unitary and owns)):
        state.leads[centre, kind] += sign


@njit(cache=True, nogil=True)
def settle(ground: Ground, state: State) -> None:
    """Bring the costs of all centres that moves touched up to date; what serves nobody is closed."""
    for nth in range(state.tally[0].listed):
        centre = state.dirty[nth]
        state.centre[centre].marked = False
        state.tally[0].money -= state.centre[centre].money
        state.tally[0].breaches -= state.centre[centre].breaches
        _stand(ground, state, centre)
        state.tally[0].money += state.centre[centre].money
        state.tally[0].breaches += state.centre[centre].breaches
    state.tally[0].listed = 0


@inner
def _stand(ground: Ground, state: State, centre: int) -> None:
    state.centre[centre].money, state.centre[centre].fixed, state.centre[centre].breaches = 0, 0, 0
    if state.centre[centre].members == 0:
        if state.centre[centre].option != CLOSED:
            _note(state, -1 - centre, state.centre[centre].option)
            state.centre[centre].option = CLOSED
        for service in range(state.service.shape[1]):
            state.service[centre, service].band = NO_BAND
        return
    option, price = state.centre[centre].option, ground.price
    fixed, breaches, serving = ground.option[option].opening, 0, 0
    for service in range(ground.unit_of.shape[1]):
        state.service[centre, service].band = NO_BAND
        if state.service[centre, service].count > 0:
            band, building, serves, broken = _cheapest_band(ground, state, centre, service)
            state.service[centre, service].band = band
            fixed += building
            serving += serves
            breaches += broken
    owners = min(ground.option[option].fewest_owners, state.centre[centre].owners)
    fixed += owners * ground.option[option].owner_cost
    breaches += ground.option[option].fewest_owners - owners
    if ground.option[option].needs_lead:
        if _has_lead(ground, state, centre):
            fixed += ground.option[option].lead_cost
        else:
            breaches += 1
    over, broken = _price(price.members, ground.option[option].fewest_members - state.centre[centre].members)
    fixed, breaches = fixed + over, breaches + broken
    over, broken = _price(price.members, state.centre[centre].members - ground.option[option].most_members)
    fixed, breaches = fixed + over, breaches + broken
    over, broken = _price(price.work, ground.option[option].least_workload - state.centre[centre].work)
    fixed, breaches = fixed + over, breaches + broken
    over, broken = _price(price.owners, owners - ground.option[option].most_owners)
    fixed, breaches = fixed + over, breaches + broken
    state.centre[centre].fixed, state.centre[centre].breaches = fixed, breaches
    state.centre[centre].money = fixed + serving + state.centre[centre].joined


@inner
def _price(penalty: int, breach: int) -> tuple[int, int]:
    """Return the money a breach of so many units costs, and how many hard rules it breaks."""
    if breach <= 0:
        return 0, 0
    if penalty == _HARD_RULE:
        return 0, 1
    return penalty * breach, 0


@inner
def _cheapest_band(ground: Ground, state: State, centre: int, service: int) -> tuple[int, int, int, int]:
    """Return the band in which a service costs least, its cost with empty room, the cost of serving, and hard rules broken."""
    option, load = state.centre[centre].option, state.service[centre, service].load
    by_band = ground.cost.shape[2] > 1
    best, least, best_building, best_serving, best_broken = 0, 2 * NEVER, 0, state.served[centre, service, 0], 1
    for band in range(ground.band.shape[2]):
        capacity = ground.band[option, service, band].capacity
        if capacity < load:
            continue
        short, broken = _price(ground.price.short, ground.band[option, service, band].least - load)
        building, serving = ground.band[option, service, band].cost + short, state.served[centre, service, band if by_band else 0]
        cost = NEVER if broken else building + (serving if by_band else 0)
        if cost < least:
            best, least, best_building, best_serving, best_broken = band, cost, building, serving, broken
    return best, best_building, best_serving, best_broken


@inner
def _has_lead(ground: Ground, state: State, centre: int) -> bool:
    """Tell whether a member that may lead has power to supply all that the others use."""
    option = state.centre[centre].option
    model, services, types = ground.option[option].model, ground.unit_of.shape[1], ground.supplies.shape[0]
    for kind in range(types):
        if state.leads[centre, kind] == 0:
            continue
        lacking, own = 0, True
        for service in range(services):
            for user in range(types):
                if state.kinds[centre, service, user] > 0 and not ground.supplies[kind, model, service, user]:
                    lacking += 1
                    own &= user == kind and state.kinds[centre, service, user] == 1
        if lacking == 0 or (own and _leads_itself(ground, state, centre, kind)):
            return True
    return False


@inner
def _leads_itself(ground: Ground, state: State, centre: int, kind: int) -> bool:
    """Tell whether one member of a kind that may lead is the only user of all that it has no power to supply to its own kind."""
    option = state.centre[centre].option
    model, services = ground.option[option].model, ground.unit_of.shape[1]
    for member in range(ground.option[option].first_member, ground.option[option + 1].first_member):
        body = ground.member[member].body
        if ground.body[body].legal_type != kind or not ground.member[member].lead_able:
            continue
        uses, owns, right = False, False, True
        for service in range(services):
            here = state.at[ground.unit_of[body, service]] == member
            uses |= here
            owns |= here and ground.may_own[kind, model, service]
            right &= here or state.kinds[centre, service, kind] == 0 or ground.supplies[kind, model, service, kind]
        if right and uses and (ground.option[option].unitary or owns):
            return True
    return False


@njit(cache=True, nogil=True)
def undo(ground: Ground, state: State, mark: int) -> None:
    """Take back what was noted since ``mark``, and settle."""
    while state.tally[0].noted > mark:
        nth = state.tally[0].noted - 1
        unit, was = state.note[nth].unit, state.note[nth].was
        if unit >= 0:
            put(ground, state, unit, was)
        else:
            state.centre[-1 - unit].option = was
            _mark(state, -1 - unit)
        state.tally[0].noted = nth
    settle(ground, state)
    state.tally[0].noted = mark


@njit(cache=True, nogil=True)
def keep(ground: Ground, state: State) -> None:
    """Accept all that was noted."""
    state.tally[0].moves += 1
    for nth in range(state.tally[0].noted):
        if state.note[nth].unit >= 0:
            state.changed[ground.unit[state.note[nth].unit].body] = state.tally[0].moves
    state.tally[0].noted = 0

"""Many moves one after the other: passes over options, centres and bodies, and annealing; in slices of counted work. Compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.construction.layout import NEVER
from solver.engine.compiling import njit
from solver.engine.moves.chance import below, share
from solver.engine.moves.compiling import inner, whole
from solver.engine.moves.exchanging import try_exchanges
from solver.engine.moves.ground import integers
from solver.engine.moves.moving import close, judge, open_option
from solver.engine.moves.state import ALONE, CLOSED, NO_CENTRE, put, settle
from solver.engine.moves.whereabouts import borne_by, elsewhere, present_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.moves.filling import Desk
    from solver.engine.moves.ground import Ground
    from solver.engine.moves.state import State

    Whole = NDArray[np.int64]
    Records = NDArray[np.void]
    Seeds = NDArray[np.uint64]

OPENING, CLOSING, SHIFTING, SWAPPING, EXCHANGING = range(5)
"""What a job is: an option opened or changed, a centre closed, the units of a body shifted, a unit swapped for another, or all
that a body has exchanged for others."""
JOB = integers("kind", "which")
COURSE = np.dtype([("heat", np.float64), ("cooling", np.float64), ("share_borne", np.float64), ("done", np.int64)])
_TWO = whole(2)
_LOOKED_AT = 20
"""How many units of a full centre are looked at to make room for another one."""


@inner
def _place_listed(ground: Ground, state: State, desk: Desk, listed: int, allowance: float) -> bool:
    """Serve the first units listed as their targets; return whether that was accepted."""
    money, breaches = state.tally[0].money, state.tally[0].breaches
    for nth in range(listed):
        put(ground, state, desk.units[nth], desk.targets[nth])
    settle(ground, state)
    return bool(judge(ground, state, money, breaches, allowance))


@inner
def _try_shifts(ground: Ground, state: State, desk: Desk, body: int, allowance: float) -> None:
    """Move each unit of a body to where it costs least, then all that it has to each open centre."""
    services, last = ground.unit_of.shape[1], ground.unit.shape[0] - 1
    slots = ground.body[body + 1].first_slot - ground.body[body].first_slot
    for step in range(services + (slots if services > 1 else 0)):
        if step < services:
            unit = ground.unit_of[body, step]
            listed = _list_unit(ground, state, desk, unit, allowance) if unit != last else 0
        else:
            listed = _list_body(ground, state, desk, body, ground.body[body].first_slot + step - services)
        if listed > 0:
            _place_listed(ground, state, desk, listed, allowance)


@inner
def _list_unit(ground: Ground, state: State, desk: Desk, unit: int, allowance: float) -> int:
    """List a unit where it would cost less than it may save by leaving; return how many that are."""
    at = state.at[unit]
    here = NO_CENTRE if at == ALONE else ground.option[ground.member[at].option].centre
    member, cost = elsewhere(ground, state, unit, here)
    desk.units[0], desk.targets[0] = unit, member
    return 1 if member != at and cost < present_cost(ground, state, unit) + borne_by(ground, state, unit) + allowance else 0


@inner
def _list_body(ground: Ground, state: State, desk: Desk, body: int, slot: int) -> int:
    """List all that a body has and an open centre has room for; return how many units that are."""
    centre, listed = ground.slot_centre[slot], 0
    option = state.centre[centre].option
    member = ALONE if option == CLOSED else ground.slot_member[slot, option - ground.first_option[centre]]
    if member == ALONE:
        return 0
    for service in range(ground.unit_of.shape[1]):
        unit, band = ground.unit_of[body, service], state.service[centre, service].band
        if unit == ground.unit.shape[0] - 1 or state.at[unit] == member or band < 0:
            continue
        fits = state.service[centre, service].load + ground.unit[unit].volume <= ground.band[option, service, band].capacity
        if fits and ground.cost[member, service, band if ground.cost.shape[2] > 1 else 0] < NEVER:
            desk.units[listed], desk.targets[listed] = unit, member
            listed += 1
    return listed


@inner
def _try_swap(ground: Ground, state: State, desk: Desk, unit: int, random: Seeds, allowance: float) -> None:
    """Move a unit to a full centre where it would cost less, and one from there to wherever it costs least."""
    service, at = ground.unit[unit].service, state.at[unit]
    now = present_cost(ground, state, unit)
    for nth in range(ground.unit[unit].first_near, ground.unit[unit + 1].first_near):
        if ground.near[nth].least >= now + allowance:
            return
        slot = ground.near[nth].slot
        centre = ground.slot_centre[slot]
        option = state.centre[centre].option
        member = ALONE if option == CLOSED else ground.slot_member[slot, option - ground.first_option[centre]]
        if member in (ALONE, at) or state.service[centre, service].band < 0:
            continue
        band = state.service[centre, service].band
        gain = now - ground.cost[member, service, band if ground.cost.shape[2] > 1 else 0] - ground.member[member].joining + allowance
        lacking = state.service[centre, service].load + ground.unit[unit].volume - ground.band[option, service, band].capacity
        if gain <= 0 or lacking <= 0:
            continue
        out = _cheapest_to_move(ground, state, option, service, lacking, gain, random)
        if out >= 0:
            desk.units[0], desk.targets[0] = out, elsewhere(ground, state, out, centre)[0]
            desk.units[1], desk.targets[1] = unit, member
            if _place_listed(ground, state, desk, _TWO, allowance):
                return


@inner
def _cheapest_to_move(ground: Ground, state: State, option: int, service: int, lacking: int, most: float, random: Seeds) -> int:
    """Return the unit of a centre that loses least, and less than ``most``, by making so much room; -1 for none among those looked at."""
    start, rows = ground.option[option].first_member, ground.option[option + 1].first_member - ground.option[option].first_member
    first, seen, best = below(random, rows), 0, -1
    for step in range(rows):
        member = start + (first + step) % rows
        body = ground.member[member].body
        unit = ground.unit_of[body, service]
        if state.at[unit] != member or ground.unit[unit].volume < lacking or ground.body[body].frozen:
            continue
        loss = elsewhere(ground, state, unit, ground.option[option].centre)[1] - present_cost(ground, state, unit)
        if loss < most:
            best, most = unit, loss
        seen += 1
        if seen >= _LOOKED_AT:
            break
    return best


@inner
def _turn(ground: Ground, state: State, desk: Desk, kind: int, which: int, share_borne: float, allowance: float, random: Seeds) -> int:
    """Try one move, with all that follows; return how much work it was."""
    money, breaches = state.tally[0].money, state.tally[0].breaches
    services: int = ground.unit_of.shape[1]
    if kind == OPENING:
        if open_option(ground, state, desk, which, share_borne, max(0.0, allowance)):
            judge(ground, state, money, breaches, allowance)
        return int(ground.option[which + 1].first_member - ground.option[which].first_member) * services
    if kind == CLOSING:
        option = state.centre[which].option
        if option == CLOSED:
            return 1
        if close(ground, state, desk, which):
            judge(ground, state, money, breaches, allowance)
        return int(ground.option[option + 1].first_member - ground.option[option].first_member) * services
    body = ground.unit[which].body if kind == SWAPPING else which
    slots: int = int(ground.body[body + 1].first_slot - ground.body[body].first_slot)
    if ground.body[body].frozen:
        return 1
    if kind == EXCHANGING:
        return int(try_exchanges(ground, state, desk, body, random, allowance))
    if kind == SHIFTING:
        _try_shifts(ground, state, desk, body, allowance)
        return slots * services
    _try_swap(ground, state, desk, which, random, allowance)
    return 2 * slots


@inner
def _stale(ground: Ground, state: State, option: int, seen: Whole) -> bool:
    """Tell whether nothing moved around an option since it was last seen."""
    for member in range(ground.option[option].first_member, ground.option[option + 1].first_member):
        if state.changed[ground.member[member].body] > seen[option]:
            return False
    return True


@njit(cache=True, nogil=True)
def go_on(
    ground: Ground,
    state: State,
    desk: Desk,
    jobs: Records,
    first: int,
    seen: Whole,
    random: Seeds,
    best: State,
    course: Records,
    work: int,
) -> int:
    """Do jobs in order from the ``first`` on until so much work is done; return where to go on.

    At a temperature above 0 in ``course``, which each unit of work multiplies by ``cooling``, jobs are drawn by chance instead and may cost more; ``best`` is
    then made the cheapest plan met. An option around which nothing moved since it was last ``seen`` is passed over otherwise.
    """
    heated = course[0].heat > 0
    while work > 0 and (heated or first < jobs.shape[0]):
        job, borne, allowance = jobs[min(first, jobs.shape[0] - 1)], course[0].share_borne, 0.0
        if heated:
            job, allowance = jobs[below(random, jobs.shape[0])], -course[0].heat * np.log(share(random))
            borne = max(0.0, 2.0 * share(random) - 1.0)
        first += 1
        kind, which = job.kind, job.which
        done = 1
        if kind == OPENING and not heated:
            if ground.option[which].offered and not _stale(ground, state, which, seen):
                seen[which] = state.tally[0].moves
                done = _turn(ground, state, desk, kind, which, borne, allowance, random)
        elif kind != OPENING or ground.option[which].offered:
            done = _turn(ground, state, desk, kind, which, borne, allowance, random)
        if heated:
            course[0].heat *= course[0].cooling ** done
            if _cheaper(state, best):
                best.at[:] = state.at
                best.tally[0].money, best.tally[0].breaches = state.tally[0].money, state.tally[0].breaches
        work -= done
        course[0].done += done
    return first


@inner
def _cheaper(some: State, other: State) -> bool:
    if some.tally[0].breaches != other.tally[0].breaches:
        return bool(some.tally[0].breaches < other.tally[0].breaches)
    return bool(some.tally[0].money < other.tally[0].money)

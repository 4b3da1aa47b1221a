"""One move: another option at a centre, or none, with all that follows for those who leave and the centres that lose. Compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.construction.layout import NEVER
from solver.engine.moves.compiling import inner
from solver.engine.moves.filling import UNWANTED, Desk, best_gain, fill
from solver.engine.moves.state import ALONE, BEGINNING, CLOSED, NO_CENTRE, keep, put, run, settle, undo
from solver.engine.moves.whereabouts import borne_by, elsewhere, present_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.moves.ground import Ground
    from solver.engine.moves.state import State

    Whole = NDArray[np.int64]

_HARD_RULE = -1
_HOPED = 1.0
"""How many times what the units taken bear of fixed costs may count as saved where they leave."""


@inner
def _look_around(ground: Ground, state: State, desk: Desk, option: int, share_borne: float) -> tuple[float, float]:
    """Note what each unit that an option could serve costs now, or would if the centre closed, and what joining costs.

    Return the sum of what they would cost if the centre closed, and the most that serving any of them could save.
    """
    start, centre = ground.option[option].first_member, ground.option[option].centre
    services = ground.unit_of.shape[1]
    limited, own, hope = services > ground.price.most_centres, 0.0, 0.0
    for row in range(ground.option[option + 1].first_member - start):
        member = start + row
        body = ground.member[member].body
        frozen, hoped = ground.body[body].frozen, 0.0
        for service in range(services):
            unit = ground.unit_of[body, service]
            at, borne = state.at[unit], 0.0
            here = at != ALONE and ground.option[ground.member[at].option].centre == centre
            desk.cell[row, service].forced = frozen and here
            if here:
                desk.cell[row, service].present = elsewhere(ground, state, unit, centre)[1]
                own += desk.cell[row, service].present
            elif frozen:
                desk.cell[row, service].present = UNWANTED
            else:
                borne = borne_by(ground, state, unit)
                desk.cell[row, service].present = present_cost(ground, state, unit) + share_borne * borne
            hoped += max(0.0, best_gain(ground, desk, member, row, service) + max(0.0, _HOPED - share_borne) * borne)
        desk.row[row].entry = ground.member[member].joining
        if limited and _stays_at(ground, state, desk, member, row, centre) >= ground.price.most_centres:
            if ground.price.provider == _HARD_RULE:
                for service in range(services):
                    desk.cell[row, service].present = UNWANTED
            else:
                desk.row[row].entry += ground.price.provider
        hope += max(0.0, hoped - min(0.0, desk.row[row].entry)) if frozen else max(0.0, hoped - desk.row[row].entry)
    return own, hope


@inner
def _stays_at(ground: Ground, state: State, desk: Desk, member: int, row: int, centre: int) -> int:
    """Return how many other centres a body would go on using when all that gains by moving moves."""
    body, services, staying = ground.member[member].body, ground.unit_of.shape[1], 0
    for service in range(services):
        at = state.at[ground.unit_of[body, service]]
        if at == ALONE or ground.option[ground.member[at].option].centre == centre:
            continue
        stays, first = False, True
        for other in range(services):
            if state.at[ground.unit_of[body, other]] == at:
                first &= other >= service
                stays |= desk.cell[row, other].present <= ground.cost[member, other, 0]
        staying += first and stays
    return staying


@inner
def _need_lead(ground: Ground, desk: Desk, option: int) -> None:
    """Where only the host can lead, have it join by the unit that loses least; where powers differ, leave to the best lead what it may supply."""
    start, services, host = ground.option[option].first_member, ground.unit_of.shape[1], ground.option[option].host
    if host >= 0:
        row, best, most = host - start, -1, UNWANTED
        if desk.cell[row].forced.any():
            return
        for service in range(services):
            if ground.cost[host, service].min() < NEVER and desk.cell[row, service].present > UNWANTED:
                gain = desk.cell[row, service].present - ground.cost[host, service].min()
                if gain > 0:
                    best = service if best < 0 or gain > most else best
                    most = max(most, gain)
                elif gain > most:
                    best, most = service, gain
        if best >= 0:
            desk.cell[row, best].forced = True
    elif ground.option[option].mixed:
        _grant(ground, desk, option)


@inner
def _grant(ground: Ground, desk: Desk, option: int) -> None:
    """Leave out all that the kind of lead with most to gain has no power to supply."""
    start, end = ground.option[option].first_member, ground.option[option + 1].first_member
    model, services, types = ground.option[option].model, ground.unit_of.shape[1], ground.supplies.shape[0]
    best, most = -1, -1.0
    for kind in range(types):
        gain, able = 0.0, False
        for member in range(start, end):
            user = ground.body[ground.member[member].body].legal_type
            able |= user == kind and ground.member[member].lead_able
            for service in range(services):
                if ground.supplies[kind, model, service, user] and ground.cost[member, service].min() < NEVER:
                    gain += max(0.0, desk.cell[member - start, service].present - ground.cost[member, service].min())
        if able and gain > most:
            best, most = kind, gain
    if best < 0:
        return
    for member in range(start, end):
        user = ground.body[ground.member[member].body].legal_type
        for service in range(services):
            if not ground.supplies[best, model, service, user] and not desk.cell[member - start, service].forced:
                desk.cell[member - start, service].present = UNWANTED


@inner
def _need_owners(ground: Ground, desk: Desk, option: int) -> bool:
    """Force in whoever is lacking as owner or lead, those first that lose least; return whether anybody was."""
    start, end = ground.option[option].first_member, ground.option[option + 1].first_member
    owners, leads = 0, 0
    for member in range(start, end):
        uses, owns = False, False
        for service in range(ground.unit_of.shape[1]):
            uses |= desk.cell[member - start, service].chosen > 0
            owns |= desk.cell[member - start, service].chosen > 0 and _may_own(ground, member, service)
        owners += owns and ground.member[member].owner_able
        leads += (uses if ground.option[option].unitary else owns) and ground.member[member].lead_able
    for_lead = ground.option[option].needs_lead and leads == 0
    changed = False
    for _ in range(1 if for_lead else ground.option[option].fewest_owners - owners):
        row, service = _best_to_force(ground, desk, option, for_lead)
        if row < 0:
            break
        desk.cell[row, service].forced = changed = True
    return changed


@inner
def _may_own(ground: Ground, member: int, service: int) -> bool:
    """Tell whether using a service lets a member own."""
    kind = ground.body[ground.member[member].body].legal_type
    return bool(ground.may_own[kind, ground.option[ground.member[member].option].model, service])


@inner
def _best_to_force(ground: Ground, desk: Desk, option: int, for_lead: bool) -> tuple[int, int]:
    """Return the row and service of who loses least by being in, to lead or to own, of those who are not; -1 for nobody."""
    start = ground.option[option].first_member
    best_row, best_service, most = -1, -1, UNWANTED
    for member in range(start, ground.option[option + 1].first_member):
        row = member - start
        able, taken = ground.member[member].lead_able if for_lead else ground.member[member].owner_able, 0
        for service in range(ground.unit_of.shape[1]):
            taken += desk.cell[row, service].chosen + desk.cell[row, service].forced
        for service in range(ground.unit_of.shape[1]):
            least = ground.cost[member, service].min()
            if not able or taken > 0 or least >= NEVER or not (ground.option[option].unitary or _may_own(ground, member, service)):
                continue
            gain = desk.cell[row, service].present - least - desk.row[row].entry
            if gain > most:
                best_row, best_service, most = row, service, gain
    return best_row, best_service


@inner
def clear(ground: Ground, state: State, desk: Desk, centre: int) -> int:
    """Leave alone all that a centre serves; return how many units that are, listed in ``desk.units``."""
    option, found = state.centre[centre].option, 0
    if option == CLOSED:
        return 0
    for member in range(ground.option[option].first_member, ground.option[option + 1].first_member):
        for service in range(ground.unit_of.shape[1]):
            unit = ground.unit_of[ground.member[member].body, service]
            if state.at[unit] == member:
                desk.units[found] = unit
                found += 1
                put(ground, state, unit, ALONE)
    return found


@inner
def _rehome(ground: Ground, state: State, desk: Desk, found: int) -> None:
    """Put units that are alone where open centres have room and they save."""
    for nth in range(found):
        unit = desk.units[nth]
        if state.at[unit] == ALONE:
            member, _ = elsewhere(ground, state, unit, NO_CENTRE)
            if member != ALONE:
                put(ground, state, unit, member)


@inner
def _is_kept(ground: Ground, state: State, centre: int) -> bool:
    """Tell whether somebody is at a centre who may not leave it."""
    option = state.centre[centre].option
    for member in range(ground.option[option].first_member, ground.option[option + 1].first_member):
        if ground.body[ground.member[member].body].frozen:
            for service in range(ground.unit_of.shape[1]):
                if state.at[ground.unit_of[ground.member[member].body, service]] == member:
                    return True
    return False


@inner
def close(ground: Ground, state: State, desk: Desk, centre: int) -> bool:
    """Close a centre and find its units other places; settled, not yet accepted. Return False where it has to stay."""
    if _is_kept(ground, state, centre):
        return False
    found = clear(ground, state, desk, centre)
    settle(ground, state)
    _rehome(ground, state, desk, found)
    settle(ground, state)
    return True


@inner
def _close_if_it_pays(ground: Ground, state: State, desk: Desk, centre: int) -> None:
    """Close a centre that lost units when its rest costs less elsewhere."""
    option, least = state.centre[centre].option, 0.0
    for member in range(ground.option[option].first_member, ground.option[option + 1].first_member):
        for service in range(ground.unit_of.shape[1]):
            unit = ground.unit_of[ground.member[member].body, service]
            if state.at[unit] == member:
                least += elsewhere(ground, state, unit, centre)[1]
        if state.centre[centre].breaches == 0 and least >= state.centre[centre].money:
            return
    money, breaches, mark = state.tally[0].money, state.tally[0].breaches, state.tally[0].noted
    if close(ground, state, desk, centre) and not (
        state.tally[0].breaches < breaches or (state.tally[0].breaches == breaches and state.tally[0].money < money)
    ):
        undo(ground, state, mark)


@inner
def open_option(ground: Ground, state: State, desk: Desk, option: int, share_borne: float, slack: float) -> bool:
    """Let an option run at its centre and serve whom it best serves; settled, not yet accepted.

    Return False, with nothing done, where that is hopeless: it would lose more than ``slack`` even if what units bear of fixed costs elsewhere were saved.
    """
    centre = ground.option[option].centre
    before = state.centre[centre].option
    if before not in (CLOSED, option) and _is_kept(ground, state, centre) and not _can_keep(ground, state, before, option):
        return False
    own, hope = _look_around(ground, state, desk, option, share_borne)
    cost = ground.option[option].opening + ground.option[option].fewest_owners * ground.option[option].owner_cost
    if ground.option[option].needs_lead:
        cost += ground.option[option].lead_cost
    if state.centre[centre].breaches == 0 and own - hope + cost - state.centre[centre].money > slack:
        return False
    _need_lead(ground, desk, option)
    saved = fill(ground, desk, option)
    if _need_owners(ground, desk, option):
        saved = fill(ground, desk, option)
    if own - saved + cost - state.centre[centre].money > slack + _HOPED * _borne(ground, state, desk, option):
        return False
    losers = _serve_chosen(ground, state, desk, option)
    for nth in range(losers):
        loser = desk.centres[nth]
        if loser != centre and state.centre[loser].option != CLOSED:
            _close_if_it_pays(ground, state, desk, loser)
    return True


@inner
def _borne(ground: Ground, state: State, desk: Desk, option: int) -> float:
    """Return what the units chosen bear of fixed costs at other centres."""
    start, borne = ground.option[option].first_member, 0.0
    for row in range(ground.option[option + 1].first_member - start):
        for service in range(ground.unit_of.shape[1]):
            unit = ground.unit_of[ground.member[start + row].body, service]
            at = state.at[unit]
            if desk.cell[row, service].chosen and at != ALONE and ground.option[ground.member[at].option].centre != ground.option[option].centre:
                borne += borne_by(ground, state, unit)
    return borne


@inner
def _can_keep(ground: Ground, state: State, before: int, option: int) -> bool:
    """Tell whether an option could serve all that may not leave its centre."""
    for member in range(ground.option[before].first_member, ground.option[before + 1].first_member):
        body = ground.member[member].body
        if not ground.body[body].frozen:
            continue
        now = member_of(ground, body, option)
        for service in range(ground.unit_of.shape[1]):
            if state.at[ground.unit_of[body, service]] == member and (now < 0 or ground.cost[now, service].min() >= NEVER):
                return False
    return True


@inner
def member_of(ground: Ground, body: int, option: int) -> int:
    """Return the member as which a body would use an option, -1 for none."""
    centre = ground.option[option].centre
    for slot in range(ground.body[body].first_slot, ground.body[body + 1].first_slot):
        if ground.slot_centre[slot] == centre:
            return int(ground.slot_member[slot, option - ground.first_option[centre]])
    return -1


@inner
def _serve_chosen(ground: Ground, state: State, desk: Desk, option: int) -> int:
    """Serve what is chosen, and find other places for what the centre served till now; return how many centres, in ``desk.centres``, lost units."""
    centre, start = ground.option[option].centre, ground.option[option].first_member
    before, leaving = state.centre[centre].option, 0
    if before != CLOSED:
        for member in range(ground.option[before].first_member, ground.option[before + 1].first_member):
            for service in range(ground.unit_of.shape[1]):
                unit = ground.unit_of[ground.member[member].body, service]
                if state.at[unit] == member and not (before == option and desk.cell[member - start, service].chosen):
                    desk.units[leaving] = unit
                    leaving += 1
                    put(ground, state, unit, ALONE)
    run(state, centre, option)
    for row in range(ground.option[option + 1].first_member - start):
        for service in range(ground.unit_of.shape[1]):
            if desk.cell[row, service].chosen:
                put(ground, state, ground.unit_of[ground.member[start + row].body, service], start + row)
    losers = int(state.tally[0].listed)
    desk.centres[:losers] = state.dirty[:losers]
    settle(ground, state)
    _rehome(ground, state, desk, leaving)
    settle(ground, state)
    return losers


@inner
def judge(ground: Ground, state: State, money: int, breaches: int, allowance: float) -> bool:
    """Accept what was done when it costs no more than ``allowance`` above before and breaks no more hard rules; else take it back."""
    better = state.tally[0].breaches < breaches or (state.tally[0].breaches == breaches and state.tally[0].money < money + allowance)
    if better and state.tally[0].noted > 0:
        keep(ground, state)
        return True
    undo(ground, state, BEGINNING)
    return False

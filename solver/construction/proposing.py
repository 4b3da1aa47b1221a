"""What an option would best serve instead of what is there now, and what open clusters still have room for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from solver.construction.demands import choose
from solver.construction.layout import NEVER, members_of
from solver.construction.standing import NO_BAND
from solver.construction.working import ALONE, WorkingPlan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.construction.layout import Block

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Proposal:
    """Units that an option would serve, what it expects to save, and the units that would have to leave other centres for it."""

    option: int
    units: Whole
    worth: float
    vacated: Whole


@dataclass(frozen=True)
class _Entry:
    """(n,) what a body costs by joining beyond its cost as a member; (n, services) its units that would have to leave other centres."""

    extra: Real
    vacated: Flags


def propose(plan: WorkingPlan, option: int, share_borne: float = 0.0) -> Proposal | None:
    """Return what an option would best serve instead of what runs at its centre, ``None`` when that promises no saving.

    A unit served elsewhere is worth its cost there and ``share_borne`` of the fixed costs it bears there; one at this very centre, or alone, what
    staying alone counts for.
    """
    block = plan.layout.block(option)
    plan.work += block.unit.size
    bonds = plan.bonds.local(block)
    here = plan.centre_of(plan.place[block.unit]) == block.centre
    entry = _entry(plan, block.body, block.centre)
    present = np.where(here | entry.vacated, plan.staying[block.unit], plan.present[block.unit] + share_borne * plan.borne[block.unit])
    found = choose(block, plan.terms, bonds, np.where(bonds.barred, -np.inf, present), entry.extra - plan.bonus * bonds.drawn)
    if found is None:
        return None
    worth = found.worth - _worth_now(plan, block.centre)
    if worth <= 0:
        return None
    members = members_of(found.chosen)
    return Proposal(option, block.unit[found.chosen], worth, plan.layout.unit_of[block.body][entry.vacated & members[:, None]])


def _worth_now(plan: WorkingPlan, centre: int) -> float:
    """Return what the cluster that runs at a centre is worth, reckoned as a proposal is."""
    running = plan.running.get(centre)
    if running is None:
        return 0.0
    block = plan.layout.block(running.option)
    chosen = plan.served(running.option)
    members = members_of(chosen)
    extra = _entry(plan, block.body, block.centre).extra - plan.bonus * plan.bonds.local(block).drawn
    return float(plan.staying[block.unit[chosen]].sum() - extra[members].sum()) - running.stands.cost


def _entry(plan: WorkingPlan, bodies: Whole, centre: int) -> _Entry:
    """Return what joining a centre costs bodies, given the other centres they use.

    A body at its hard limit of centres would have to leave the one it saves least at; a body that others go along with, all others. What they save
    there is then lost.
    """
    provider, bonds = plan.terms.provider, plan.bonds
    extra, nothing = np.zeros(bodies.shape), np.zeros((bodies.shape[0], plan.layout.services), dtype=np.bool_)
    if provider is None and not bonds.any:
        return _Entry(extra, nothing)
    used, tied = plan.centres_used(bodies, centre), bonds.tied[bodies]
    full = np.zeros(bodies.shape, dtype=np.bool_) if provider is None else used >= int(provider.parameters["maximum"])
    if provider is not None and provider.penalty is not None:
        extra += provider.penalty * (full & ~tied)
        full[:] = False
    extra -= plan.bonus * (bonds.must_join[bodies] & ((used == 0) | tied))
    leaving = (tied | full) & (used > 0)
    if not leaving.any():
        return _Entry(extra, nothing)
    units = plan.layout.unit_of[bodies]
    centres = plan.centre_of(plan.place[units])
    elsewhere = (centres >= 0) & (centres != centre)
    loss = np.where(elsewhere, plan.staying[units] - plan.present[units], 0.0)
    by_centre = np.where(elsewhere, ((centres[:, :, None] == centres[:, None, :]) * loss[:, None, :]).sum(axis=2), np.inf)
    least = elsewhere & (centres == np.take_along_axis(centres, by_centre.argmin(axis=1)[:, None], axis=1))
    vacated = np.where(tied[:, None], elsewhere, least) & leaving[:, None]
    return _Entry(extra + np.where(vacated, loss, 0.0).sum(axis=1), vacated)


def take_in(plan: WorkingPlan, option: int, bodies: Whole) -> None:
    """Serve at an open option what ``bodies`` (sorted) have alone, where there is room and it saves."""
    block = plan.layout.block(option)
    rows = np.searchsorted(block.body, bodies)
    inside = rows < block.body.shape[0]
    rows = rows[inside][block.body[rows[inside]] == bodies[inside]]
    plan.work += rows.shape[0] * block.unit.shape[1]
    stands = plan.running[block.centre].stands
    room = np.where(stands.nth_band == NO_BAND, -1, block.capacity_of(stands.nth_band) - stands.load)
    units, volume = block.unit[rows], block.volume[rows]
    cost = block.serving_cost(stands.nth_band)[rows]
    gain = plan.staying[units] - cost
    fits = (plan.place[units] == ALONE) & (volume <= room) & (gain > 0) & (cost < NEVER)
    if not fits.any():
        return
    entry = _entry(plan, block.body[rows], block.centre)
    member = members_of(plan.served(option))
    fits &= _compatible(plan, block, rows, member) & (member[rows] | ~entry.vacated.any(axis=1))[:, None]
    price = np.where(member[rows], 0.0, block.joining[rows] + entry.extra)
    taken = np.zeros(fits.shape, dtype=np.bool_)
    for row in np.argsort(price - np.where(fits, gain, 0.0).sum(axis=1), kind="stable").tolist():
        some = fits[row] & (volume[row] <= room)
        if float(gain[row][some].sum()) > price[row]:
            taken[row] = some
            room = room - np.where(some, volume[row], 0)
    if taken.any():
        plan.put(units[taken], option)
        plan.settle(option)


def _compatible(plan: WorkingPlan, block: Block, rows: Whole, member: Flags) -> Flags:
    """(rows, services) units that a running cluster with these members (n,) may take in by its lead's powers and its bodies' bonds."""
    bonds, lead = plan.bonds.local(block), plan.running[block.centre].stands.lead
    compatible = ~bonds.barred[rows]
    if lead is not None:
        compatible &= block.supplies[lead][:, block.legal_type[rows]].T | (rows == lead)[:, None]
    for a, b in bonds.apart:
        compatible &= ~(((rows == a) & member[b]) | ((rows == b) & member[a]))[:, None]
    return compatible

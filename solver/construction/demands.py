"""Units chosen for an option, mended until the rules on a single cluster are kept: its lead, its owners, its members, its work, and who goes with whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from models.schema import Form
from solver.construction.filling import Wanted, fill
from solver.construction.layout import NEVER, best_band, members_of
from solver.construction.standing import Standing, standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from solver.construction.bonds import LocalBonds
    from solver.construction.layout import Block
    from solver.construction.terms import Terms

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_MENDINGS = 12
"""How many demands may be mended one after the other before an option is given up."""


@dataclass(frozen=True)
class _Case:
    """A choice to be looked at: ``best`` (n, services) is the most each unit can gain, ``able`` (n,) who may lead."""

    block: Block
    terms: Terms
    bonds: LocalBonds
    able: Flags
    best: Real
    entry: Real
    chosen: Flags

    @property
    def members(self) -> Flags:
        """(n,) who is a member."""
        return members_of(self.chosen)

    @property
    def owning(self) -> Flags:
        """(n, services) units whose service lets the body own."""
        return self.block.may_own & (self.block.owner_cost < NEVER)[:, None]

    @property
    def worth(self) -> Real:
        """(n,) what each member brings."""
        brought: Real = np.where(self.chosen, self.best, 0.0).sum(axis=1) - self.entry
        return brought


@dataclass(frozen=True)
class _Mend:
    """What to change: rows to leave out, units to force in; ``hopeless`` when nothing helps."""

    out: Whole | None = None
    force: tuple[Whole, Whole] | None = None
    hopeless: bool = False


@dataclass(frozen=True)
class Choice:
    """Units (n, services) to serve, how the cluster then stands, and what that saves."""

    chosen: Flags
    stands: Standing
    worth: float


def choose(block: Block, terms: Terms, bonds: LocalBonds, present: Real, extra: Real) -> Choice | None:
    """Return the best choice found that keeps the demands on a cluster, or ``None`` when there is none.

    ``present`` (n, services) is what each unit costs where it is now, ``-inf`` for one that is not to be had; ``extra`` (n,) is what a body costs by
    joining beyond its cost as a member.
    """
    gain = np.where(block.cost < NEVER, present[:, :, None] - block.cost, -np.inf)
    entry = block.joining + extra
    if _most(block, gain, entry) <= 0:
        return None
    found: list[Choice] = []
    for able, served in block.lead_groups:
        granted = gain if served.all() else np.where(served[:, :, None], gain, -np.inf)
        for forced, first in _ways_to_lead(block, terms, able, Wanted(granted, entry, np.zeros(block.unit.shape, dtype=np.bool_))):
            chosen = _mended(_Case(block, terms, bonds, able, best_band(granted), entry, first), granted, forced)
            if chosen is not None:
                stands = standing(block, terms, chosen)
                worth = float(present[chosen].sum() - extra[members_of(chosen)].sum()) - stands.cost
                found.append(Choice(chosen, stands, worth))
    return max(found, key=lambda choice: choice.worth, default=None)


def _most(block: Block, gain: Real, entry: Real) -> float:
    """Return more than any choice can be worth: every unit that gains, each service in its cheapest band, no room too small."""
    positive = np.maximum(best_band(gain), 0.0)
    services = np.maximum(positive.sum(axis=0) - block.band_cost.min(axis=1), 0.0).sum()
    bodies = np.maximum(positive.sum(axis=1) - entry, 0.0).sum()
    return float(min(services - np.minimum(entry, 0.0).sum(), bodies)) - block.opening


def _ways_to_lead(block: Block, terms: Terms, able: Flags, wanted: Wanted) -> list[tuple[Flags, Flags]]:
    """Return (units to force in, what is chosen then): none, or, where the only body able to lead would stay out, each of its units in turn.

    Which of them it is makes a difference: a large body can push many small ones out of the room there is.
    """
    chosen = fill(block, terms, wanted)
    only = np.flatnonzero(able) if block.needs_lead else np.zeros(0, dtype=np.int64)
    if only.shape[0] != 1 or chosen[only[0]].any():
        return [(wanted.forced, chosen)]
    ways = []
    for service in np.flatnonzero(np.isfinite(wanted.gain[only[0]]).any(axis=1)).tolist():
        way = wanted.forced.copy()
        way[only[0], service] = True
        ways.append((way, fill(block, terms, replace(wanted, forced=way))))
    return ways


def _mended(case: _Case, gain: Real, forced: Flags) -> Flags | None:
    """Mend one demand after the other, choosing anew each time."""
    gain, forced = gain.copy(), forced.copy()
    for _ in range(_MENDINGS):
        mend = next((found for demand in _DEMANDS if (found := demand(case)) is not None), None)
        if mend is None:
            return case.chosen if case.chosen.any() else None
        if mend.hopeless:
            return None
        if mend.out is not None:
            gain[mend.out] = -np.inf
        if mend.force is not None:
            forced[mend.force] = True
        best = best_band(gain)
        if np.isneginf(best[forced]).any():
            return None
        case = replace(case, best=best, chosen=fill(case.block, case.terms, Wanted(gain, case.entry, forced)))
    return None


def _lead(case: _Case) -> _Mend | None:
    """G7 and G10: one member may lead; in a committee it is an owner."""
    if not case.block.needs_lead or not case.chosen.any():
        return None
    owning = case.owning if case.block.form is Form.JOINT_COMMITTEE else np.ones_like(case.chosen)
    if (case.chosen & owning)[case.able].any():
        return None
    return _force_best(case, case.able[:, None] & owning, 1)


def _paid_to_join(case: _Case) -> _Mend | None:
    """G29, and links that save: a body that is worth having although none of its units is comes in with the one that loses least."""
    service = case.best.argmax(axis=1)
    brings = case.best[np.arange(service.shape[0]), service] - case.entry
    rows = np.flatnonzero(~case.members & (case.entry < 0) & (brings > 0))
    return _Mend(force=(rows, service[rows])) if rows.size else None


def _owners(case: _Case) -> _Mend | None:
    """G8: enough members own, each by using something it may own."""
    if case.block.form is Form.UNITARY or not case.chosen.any():
        return None
    owns = members_of(case.chosen & case.owning)
    missing = int(case.terms.fewest_owners[case.block.model]) - int(owns.sum())
    return _force_best(case, case.owning & ~owns[:, None], missing) if missing > 0 else None


def _enough_members(case: _Case) -> _Mend | None:
    """C2, when hard: no fewer members than the model needs."""
    missing = int(case.terms.fewest_members[case.block.model]) - int(case.members.sum())
    if case.terms.members is None or case.terms.members.penalty is not None or missing <= 0 or not case.chosen.any():
        return None
    return _force_best(case, ~case.members[:, None], missing)


def _few_members(case: _Case) -> _Mend | None:
    """C2: members beyond the most stay out, when soft only those that bring less than their breach costs."""
    if case.terms.members is None:
        return None
    members = np.flatnonzero(case.members)
    needed = _needed(case, members)
    rank = members[np.lexsort((members, -case.worth[members], ~needed))]
    beyond = rank[int(case.terms.most_members[case.block.model]) :]
    if case.terms.members.penalty is not None:
        beyond = beyond[case.worth[beyond] < case.terms.members.penalty]
    return _Mend(out=beyond) if beyond.size else None


def _needed(case: _Case, members: Whole) -> Flags:
    """Tell which members are kept because somebody has to lead and to own: those that bring most."""
    needed = np.zeros(members.shape, dtype=np.bool_)
    by_worth = np.argsort(-case.worth[members], kind="stable")
    if case.block.needs_lead:
        needed[by_worth[case.able[members][by_worth]][:1]] = True
    if case.block.form is not Form.UNITARY:
        owning = members_of(case.chosen & case.owning)[members][by_worth]
        needed[by_worth[owning][: int(case.terms.fewest_owners[case.block.model])]] = True
    return needed


def _enough_work(case: _Case) -> _Mend | None:
    """G6, when hard: units that lose least for their work come in until there is enough of it."""
    if case.terms.volume is None or case.terms.volume.penalty is not None or not case.chosen.any():
        return None
    work = np.where(np.isfinite(case.best), case.block.workload, 0)
    missing = int(case.terms.least_workload[case.block.model]) - int(work[case.chosen].sum())
    if missing <= 0:
        return None
    rows, services = np.nonzero(~case.chosen & (work > 0))
    order = np.argsort(-case.best[rows, services] / work[rows, services], kind="stable")
    reached = np.cumsum(work[rows, services][order])
    if not reached.size or reached[-1] < missing:
        return _Mend(hopeless=True)
    some = order[: int(np.searchsorted(reached, missing)) + 1]
    return _Mend(force=(rows[some], services[some]))


def _apart(case: _Case) -> _Mend | None:
    """G22: of two bodies that must not share, the one that brings less stays out."""
    for a, b in case.bonds.apart:
        if case.members[a] and case.members[b]:
            return _Mend(out=np.array([a if case.worth[a] < case.worth[b] else b]))
    return None


def _together(case: _Case) -> _Mend | None:
    """C1: bodies that go together are all in when that pays, else all out."""
    for rows in case.bonds.together:
        inside = case.members[rows]
        if inside.all() or not inside.any():
            continue
        missing = rows[~inside]
        nearest = case.best[missing].argmax(axis=1)
        brought = case.worth[rows[inside]].sum() + (case.best[missing, nearest] - case.entry[missing]).sum()
        if brought > 0:
            return _Mend(force=(missing, nearest))
        return _Mend(out=rows)
    return None


def _force_best(case: _Case, eligible: Flags, count: int) -> _Mend:
    """Force in the best unit of each of ``count`` rows, among ``eligible`` units."""
    net = np.where(eligible, _net_of_room(case), -np.inf)
    service = net.argmax(axis=1)
    value = net[np.arange(net.shape[0]), service] - np.where(case.members, 0.0, case.entry)
    order = np.argsort(-value, kind="stable")[:count]
    if order.shape[0] < count or np.isneginf(value[order]).any():
        return _Mend(hopeless=True)
    return _Mend(force=(order, service[order]))


def _net_of_room(case: _Case) -> Real:
    """(n, services) what a unit gains less what the room it takes is worth.

    Where others wait outside, room is worth what the last unit let in gains by volume; where nothing is served yet, a band has to be built.
    """
    volume = np.maximum(case.block.volume, 0.5)
    waiting = (~case.chosen & (case.best > 0)).any(axis=0)
    last = np.where(case.chosen, case.best / volume, np.inf).min(axis=0)
    price = np.where(waiting & np.isfinite(last), np.maximum(last, 0.0), 0.0)
    building = np.where(case.chosen.any(axis=0), 0, case.block.band_cost.min(axis=1))
    net: Real = case.best - volume * price - building
    return net


_DEMANDS: tuple[Callable[[_Case], _Mend | None], ...] = (_paid_to_join, _apart, _together, _lead, _owners, _few_members, _enough_members, _enough_work)

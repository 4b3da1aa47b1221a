"""Open, change and close clusters until nothing saves: first the cluster that saves most, again and again, then passes over all of them."""

from __future__ import annotations

import heapq
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from solver.construction.proposing import Proposal, propose, take_in
from solver.construction.working import ALONE, WorkingPlan

if TYPE_CHECKING:
    import threading

    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

_SHARES_BORNE = (0.5, 1.0)
"""What share of the fixed costs a unit bears where it is may count as saved when it moves: nothing if its cluster stays as it is, all if it closes."""


@dataclass(frozen=True)
class Budget:
    """How long to go on.

    Attributes
    ----------
    work
        Units to look at; what normally ends a large construction, so that it can be repeated.
    deadline
        Moment of :func:`time.monotonic` at which to stop, whatever is left.
    cancel
        When set, it is time to stop.
    """

    work: int = 40_000_000
    deadline: float | None = None
    cancel: threading.Event | None = None

    def spent(self, work: int) -> bool:
        """Tell whether to stop after so much work."""
        return work >= self.work or (self.cancel is not None and self.cancel.is_set()) or (self.deadline is not None and time.monotonic() >= self.deadline)


def open_clusters(plan: WorkingPlan, options: Sequence[int], budget: Budget) -> None:
    """Open the cluster that saves most, again and again, until none saves.

    What an option saves only falls as others take its units, so what it once saved is enough to know until it comes to the top.
    """
    queue = []
    for option in options:
        if budget.spent(plan.work):
            return
        found = propose(plan, option)
        if found is not None:
            queue.append((-found.worth, option))
    heapq.heapify(queue)
    while queue and not budget.spent(plan.work):
        option = heapq.heappop(queue)[1]
        if int(plan.layout.option_centre[option]) in plan.running:
            continue
        found = propose(plan, option)
        if found is not None and queue and found.worth < -queue[0][0]:
            heapq.heappush(queue, (-found.worth, option))
        elif found is not None:
            _try_cluster(plan, found)


def improve(plan: WorkingPlan, options: Sequence[int], budget: Budget) -> None:
    """Pass over all options and centres until nothing saves.

    While it helps, as if clusters that lose units stayed as they are; then once as if they half closed, or closed, and back.
    """
    seen: dict[float, dict[int, int]] = {share: {} for share in (0.0, *_SHARES_BORNE)}
    idle = 0
    while idle < len(_SHARES_BORNE):
        while _pass(plan, options, 0.0, seen[0.0], budget):
            pass
        for share in _SHARES_BORNE:
            if _pass(plan, options, share, seen[share], budget):
                idle = 0
                break
            idle += 1
        if budget.spent(plan.work):
            return


def _pass(plan: WorkingPlan, options: Sequence[int], share_borne: float, seen: dict[int, int], budget: Budget) -> bool:
    """Try every option, but those around which nothing changed since they were last ``seen``, then closing each centre; return whether it saved."""
    before = plan.cost
    for option in options:
        if budget.spent(plan.work):
            break
        bodies = plan.layout.block(option).body
        if option in seen and (not bodies.size or int(plan.changed[bodies].max()) <= seen[option]):
            continue
        seen[option] = plan.moves
        found = propose(plan, option, share_borne)
        if found is not None:
            _try_cluster(plan, found)
    for centre in sorted(plan.running):
        if budget.spent(plan.work):
            break
        if centre in plan.running:
            _try_closing(plan, centre)
    return plan.cost < before


def _try_cluster(plan: WorkingPlan, proposal: Proposal) -> None:
    """Set a proposed cluster up, see to those it leaves behind, and keep it when the plan costs less."""
    before, centre = plan.cost, int(plan.layout.option_centre[proposal.option])
    left = np.setdiff1d(np.concatenate([_units_at(plan, centre), proposal.vacated]), proposal.units)
    donors = np.unique(plan.centre_of(plan.place[np.concatenate([proposal.units, proposal.vacated])]))
    plan.put(left, ALONE)
    plan.put(proposal.units, proposal.option)
    plan.settle(proposal.option)
    for donor in donors[(donors >= 0) & (donors != centre)].tolist():
        left = np.concatenate([left, _shrink(plan, donor)])
    _finish(plan, left, before)


def _try_closing(plan: WorkingPlan, centre: int) -> None:
    """Close a centre, find its units places elsewhere, and keep that when the plan costs less."""
    before, units = plan.cost, _units_at(plan, centre)
    plan.put(units, ALONE)
    plan.settle(plan.running[centre].option)
    _finish(plan, units, before)


def _units_at(plan: WorkingPlan, centre: int) -> Whole:
    running = plan.running.get(centre)
    if running is None:
        return np.zeros(0, dtype=np.int64)
    units: Whole = plan.layout.block(running.option).unit[plan.served(running.option)]
    return units


def _shrink(plan: WorkingPlan, centre: int) -> Whole:
    """Bring a cluster that lost units up to date; close it when its rest costs less alone. Return the units that became alone."""
    option = plan.running[centre].option
    plan.settle(option)
    units = _units_at(plan, centre)
    if not units.size or plan.running[centre].stands.cost <= int(plan.alone_cost[units].sum()):
        return np.zeros(0, dtype=np.int64)
    plan.put(units, ALONE)
    plan.settle(option)
    return units


def _finish(plan: WorkingPlan, left: Whole, before: int) -> None:
    """Find places for the units left, and keep the move when the plan costs less than ``before``."""
    plan.reckon_bodies()
    if plan.cost - plan.layout.most_saved(left) < before:
        _rehome(plan, left)
        plan.reckon_bodies()
    if plan.cost < before:
        plan.keep()
    else:
        plan.take_back()


def _rehome(plan: WorkingPlan, units: Whole) -> None:
    """Put units that are alone where open clusters have room for them and they save."""
    bodies = np.unique(plan.layout.unit_body[units])
    bodies = bodies[~plan.bonds.tied[bodies]]
    if not bodies.size:
        return
    open_options = {running.option for running in plan.running.values()}
    for option in plan.layout.options_of(bodies).tolist():
        if option in open_options:
            take_in(plan, option, bodies)

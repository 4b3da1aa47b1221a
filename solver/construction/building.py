"""From candidates and rules to a plan: what :mod:`solver.construct` and engines with prices of their own build with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from models.plan import Assignment, Cluster, Plan
from solver.construction.bonds import Bonds
from solver.construction.layout import Layout
from solver.construction.search import Budget, improve, open_clusters
from solver.construction.terms import HARD, Terms, terms_of
from solver.construction.working import ALONE, WorkingPlan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.candidates import Candidates
    from models.rules import ActiveRule

__all__ = ["Bars", "Budget", "Built", "Prepared", "build", "prepare", "written"]


_IMPROVEMENT_SHARE = 3
"""How many times the work of opening clusters may go into improving them: most of what it saves comes in the first passes."""
_LEAST_IMPROVEMENT = 2_000_000
"""Units looked at in a second or two: small instances are improved to the end."""


@dataclass(frozen=True)
class Prepared:
    """An instance laid out once, to build any number of plans."""

    layout: Layout
    terms: Terms


@dataclass(frozen=True)
class Bars:
    """What may not be used: options by position, and (body, centre) by position."""

    options: frozenset[int] = frozenset()
    bodies: frozenset[tuple[int, int]] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.options or self.bodies)

    def __or__(self, more: Bars) -> Bars:
        return Bars(self.options | more.options, self.bodies | more.bodies)


@dataclass(frozen=True)
class Built:
    """A plan as built.

    Attributes
    ----------
    plan
        The clusters and assignments.
    cost
        Net present cost by the rules construction knows.
    breaches
        Hard rules, among those, that could not be kept.
    """

    plan: Plan
    cost: int
    breaches: int


def prepare(candidates: Candidates, active: Sequence[ActiveRule]) -> Prepared:
    """Return what building needs, laid out."""
    return Prepared(Layout(candidates), terms_of(candidates, active))


def build(prepared: Prepared, budget: Budget, present_cost: NDArray[np.float64] | None = None, bars: Bars = Bars()) -> Built:
    """Return a good plan.

    Parameters
    ----------
    prepared
        From :func:`prepare`.
    budget
        How long to go on; whenever it ends, the plan so far is whole.
    present_cost
        (units,) what each unit counts for as long as nobody serves it, such as the prices of a relaxation: the clusters opened first are those worth
        most at these prices. What staying alone costs, unless given; improvement goes by that in any case.
    bars
        What may not be used.
    """
    plan = WorkingPlan(prepared.layout, prepared.terms, Bonds(prepared.layout, prepared.terms, bars.bodies))
    options = [option for option in range(prepared.layout.options) if option not in bars.options]
    if present_cost is not None:
        plan.value_alone(present_cost)
    open_clusters(plan, options, budget)
    plan.value_alone(prepared.layout.candidates.alone_cost)
    improve(plan, options, replace(budget, work=min(budget.work, plan.work + max(_LEAST_IMPROVEMENT, _IMPROVEMENT_SHARE * plan.work))))
    return _built(plan)


def written(prepared: Prepared, place: NDArray[np.int64]) -> Built:
    """Return the plan in which each unit (units,) is served by the option given, :data:`~solver.construction.working.ALONE` for none."""
    plan = WorkingPlan(prepared.layout, prepared.terms, Bonds(prepared.layout, prepared.terms))
    for option in np.unique(place[place != ALONE]).tolist():
        plan.put(np.flatnonzero(place == option), option)
        plan.settle(option)
    plan.reckon_bodies()
    return _built(plan)


def _built(plan: WorkingPlan) -> Built:
    breaches = (plan.cost + HARD // 2) // HARD
    return Built(_written(plan), plan.cost - breaches * HARD, breaches)


def _written(working: WorkingPlan) -> Plan:
    offered, arrays = working.layout.candidates, working.layout.candidates.arrays
    clusters = []
    for running in working.running.values():
        block, stands = working.layout.block(running.option), running.stands
        built = [(service, offered.band_row[block.band[service, nth]]) for service, nth in enumerate(stands.nth_band.tolist()) if nth >= 0]
        clusters.append(
            Cluster(
                centre=arrays.centres[block.centre],
                commercial_model=arrays.commercial_models[block.model],
                lead="" if stands.lead is None else arrays.bodies[block.body[stands.lead]],
                owners=tuple(sorted(arrays.bodies[block.body[row]] for row in stands.owners)),
                bands={arrays.services[service]: arrays.band_name[row] for service, row in built},
            )
        )
    centre = working.centre_of(working.place)[:-1].tolist()
    assignments = [
        Assignment(arrays.bodies[body], arrays.services[service], arrays.centres[at] if at >= 0 else "")
        for body, service, at in zip(arrays.unit_body.tolist(), arrays.unit_service.tolist(), centre, strict=True)
    ]
    return Plan(tuple(clusters), tuple(assignments))

"""One partner leaves: what is left of its cluster, whether that still saves, and which rules break."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from models.arrays import instance_arrays
from models.audit import audit
from models.plan import Assignment, Cluster, Plan
from models.plan_view import STAYS_ALONE, ClusterView, PlanView
from solver.sensitivity.beside import beside

if TYPE_CHECKING:
    from models.instance import Instance


@dataclass(frozen=True)
class Leaver:
    """A member that leaves one cluster, all else kept.

    Attributes
    ----------
    centre, body
        The cluster and who leaves it.
    rest_cost, rest_alone
        Net present cost of the cluster with those who stay, and of them alone.
    plan_cost
        Of the whole plan, penalties included, the leaver alone for what it had here.
    breaches
        Hard rules that break.
    """

    centre: str
    body: str
    rest_cost: int
    rest_alone: int
    plan_cost: int
    breaches: tuple[str, ...]

    @property
    def rest_saving(self) -> int:
        """What those who stay still save together; below 0 the cluster is dearer than staying alone."""
        return self.rest_alone - self.rest_cost


def leaving(plan: Plan, bodies: Iterable[str], centre: str = "") -> Plan:
    """Return ``plan`` with ``bodies`` out of every cluster, or of the one at ``centre``: alone, owning and leading nothing there.

    Bands stay as they are built; a cluster that nobody is left in is closed.
    """
    gone = frozenset(bodies)

    def left(body: str, at: str) -> bool:
        return body in gone and centre in ("", at)

    assignments = tuple(Assignment(one.body, one.service, "" if left(one.body, one.centre) else one.centre) for one in plan.assignments)
    used = {one.centre for one in assignments if one.centre}
    clusters = [
        Cluster(
            one.centre,
            one.commercial_model,
            "" if left(one.lead, one.centre) else one.lead,
            tuple(owner for owner in one.owners if not left(owner, one.centre)),
            one.bands,
        )
        for one in plan.clusters
        if one.centre in used
    ]
    return Plan(tuple(clusters), assignments)


def left_by(view: PlanView, bodies: Iterable[int], centre: int | None = None) -> PlanView:
    """Return by position what :func:`leaving` returns by id; clusters that nobody leaves are the same objects."""
    gone = frozenset(bodies)
    leave = np.isin(view.arrays.unit_body, sorted(gone)) & ((view.unit_centre == centre) if centre is not None else True)
    unit_centre = np.where(leave, STAYS_ALONE, view.unit_centre)
    used = set(np.unique(unit_centre).tolist())
    clusters = tuple(one if centre not in (None, one.centre) else _without(one, gone) for one in view.clusters if one.centre in used)
    return PlanView(view.arrays, clusters, unit_centre, view.problems)


def _without(cluster: ClusterView, gone: frozenset[int]) -> ClusterView:
    if cluster.lead not in gone and not gone.intersection(cluster.owners):
        return cluster
    owners = tuple(owner for owner in cluster.owners if owner not in gone)
    return replace(cluster, lead=None if cluster.lead in gone else cluster.lead, owners=owners)


def leavers(instance: Instance, plan: Plan) -> Iterator[Leaver]:
    """Yield, for each cluster, each member leaving it."""
    arrays = instance_arrays(instance)
    here, cost = beside(instance, arrays, plan), audit(instance, plan, arrays).cost
    alone = arrays.annuities.present_cost("baseline_alone", arrays.unit_annual_cost.astype(float))
    for cluster in here.view.clusters:
        for body in sorted(here.view.members.get(cluster.centre, frozenset())):
            rest = left_by(here.view, [body], cluster.centre)
            still = rest.cluster_at.get(cluster.centre)
            yield Leaver(
                centre=rest.centre(cluster.centre),
                body=rest.body(body),
                rest_cost=0 if still is None else here.cost_at(rest, still),
                rest_alone=int(alone[rest.units_served_at(cluster.centre)].sum()),
                plan_cost=cost + here.dearer(rest, here.rules_cost_of(rest)),
                breaches=tuple(f"{breach.rule}: {breach.message}" for breach in here.broken(rest)),
            )

"""One partner leaves: what is left of its cluster, whether that still saves, and which rules break."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.arrays import instance_arrays
from models.audit import audit
from models.plan import Assignment, Cluster, Plan

if TYPE_CHECKING:
    from models.audit import Audit
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


def leavers(instance: Instance, plan: Plan) -> Iterator[Leaver]:
    """Yield, for each cluster, each member leaving it."""
    arrays = instance_arrays(instance)
    alone = arrays.annuities.present_cost("baseline_alone", arrays.unit_annual_cost.astype(float))
    alone_cost = {
        (arrays.bodies[body], arrays.services[service]): int(cost) for body, service, cost in zip(arrays.unit_body, arrays.unit_service, alone, strict=True)
    }
    for cluster in plan.clusters:
        for body in sorted({one.body for one in plan.assignments if one.centre == cluster.centre}):
            rest = leaving(plan, [body], cluster.centre)
            found = audit(instance, rest, arrays)
            rest_alone = sum(alone_cost[one.body, one.service] for one in rest.assignments if one.centre == cluster.centre)
            breaches = tuple(f"{breach.rule}: {breach.message}" for breach in found.breaches)
            yield Leaver(cluster.centre, body, _cost_at(found, cluster.centre), rest_alone, found.cost, breaches)


def _cost_at(found: Audit, centre: str) -> int:
    return sum(line.net_present_cost for line in found.lines if line.centre == centre and line.component != "penalty")

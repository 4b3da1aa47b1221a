"""Recompute what a plan costs, and every rule, from the instance and the plan alone. No solver and no program comes near this."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models import economics
from models.arrays import InstanceArrays, instance_arrays
from models.cost_shares import CostShares, cost_shares
from models.plan_view import STAYS_ALONE, Breach, ClusterView, CostLine, PlanView, plan_view
from models.rules import active_rules
from models.schema import Form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.instance import Appraisal, Instance
    from models.plan import Plan


@dataclass(frozen=True)
class Audit:
    """What the audit found.

    Attributes
    ----------
    breaches
        Every hard rule broken; empty when the plan stands.
    soft_breaches
        Breaches of soft rules, paid for by penalties.
    lines
        The plan's cost, component by component.
    do_nothing_cost
        Net present cost of carrying on as today.
    shares
        Who pays what, by the instance's cost-share key.
    """

    breaches: tuple[Breach, ...]
    soft_breaches: tuple[Breach, ...]
    lines: tuple[CostLine, ...]
    do_nothing_cost: int
    shares: CostShares = field(default_factory=CostShares)

    @property
    def cost(self) -> int:
        """Net present cost of the plan with the penalties of soft rules: what solvers minimise."""
        return sum(line.net_present_cost for line in self.lines)

    @property
    def penalty(self) -> int:
        """The part of the cost that is penalties and no money anyone pays."""
        return sum(line.net_present_cost for line in self.lines if line.component == "penalty")

    @property
    def saving(self) -> int:
        """Net present saving against carrying on as today, penalties apart."""
        return self.do_nothing_cost - (self.cost - self.penalty)

    @property
    def ok(self) -> bool:
        """Whether no hard rule is broken."""
        return not self.breaches

    def by_component(self) -> dict[str, int]:
        """Return net present cost by component, in the order of :data:`models.economics.COMPONENTS`, zeros left out."""
        totals = dict.fromkeys(economics.COMPONENTS, 0)
        for line in self.lines:
            totals[line.component] += line.net_present_cost
        return {name: total for name, total in totals.items() if total}

    def as_dict(self) -> dict[str, Any]:
        """Return a summary as plain values, ready for JSON."""
        return {
            "audit": "ok" if self.ok else [breach.__dict__ for breach in self.breaches],
            "cost": self.cost,
            "do_nothing_cost": self.do_nothing_cost,
            "saving": self.saving,
            "penalty": self.penalty,
            "components": self.by_component(),
            "worse_off": self.shares.as_dict(),
            "breaches": [breach.__dict__ for breach in self.breaches],
            "soft_breaches": [breach.__dict__ for breach in self.soft_breaches],
        }


def audit(instance: Instance, plan: Plan, arrays: InstanceArrays | None = None) -> Audit:
    """Return what ``plan`` costs in ``instance`` and every rule it breaks; ``arrays`` are the instance's own, when many plans are audited."""
    arrays = instance_arrays(instance) if arrays is None else arrays
    view = plan_view(arrays, plan)
    factors = arrays.annuities
    lines = [*_body_lines(view, instance.appraisal, factors), *_member_lines(view, instance.appraisal, factors)]
    for cluster in view.clusters:
        lines += _cluster_lines(view, cluster, instance.appraisal, factors)
    active = active_rules(instance)
    for one in active:
        lines += one.rule.cost_lines(view, one.parameters)
    shares = cost_shares(view, lines, instance.appraisal.cost_share_key)
    view = replace(view, lines=tuple(lines))
    breaches, soft_breaches = list(view.problems), []
    for one in active:
        found = one.rule.check(view, one.parameters)
        if one.penalty is None:
            breaches += found
            continue
        soft_breaches += found
        lines += [_penalty_line(breach, one.penalty) for breach in found]
    alone = factors.present_cost("baseline_alone", arrays.unit_annual_cost.astype(np.float64))
    return Audit(tuple(breaches), tuple(soft_breaches), tuple(lines), int(alone.sum()), shares)


def _penalty_line(breach: Breach, penalty: int) -> CostLine:
    return CostLine("penalty", float(breach.amount * penalty), breach.amount * penalty, breach.body, breach.service, breach.centre)


def _body_lines(view: PlanView, appraisal: Appraisal, factors: economics.Annuities) -> list[CostLine]:
    """Lines of every unit: its baseline when alone, its served components otherwise."""
    arrays = view.arrays
    alone = np.flatnonzero(view.unit_centre == STAYS_ALONE)
    lines = _lines(view, {"baseline_alone": arrays.unit_annual_cost[alone].astype(np.float64)}, factors, alone, None)
    served = np.array([unit for cluster in view.clusters for unit in view.units_at.get(cluster.centre, [])], dtype=np.int64)
    if not served.size:
        return lines
    clusters = [view.cluster_at[int(centre)] for centre in view.unit_centre[served]]
    model = np.array([cluster.model for cluster in clusters], dtype=np.int64)
    annual, one_off = arrays.link_costs(arrays.unit_body[served], view.unit_centre[served], arrays.unit_service[served])
    amounts = economics.served_amounts(
        volume=arrays.unit_volume[served],
        annual_cost=arrays.unit_annual_cost[served],
        unit_cost=_unit_costs(arrays, clusters, served),
        process_saving_rate=arrays.model_process_saving_rate[model],
        margin_rate=arrays.model_margin_rate[model],
        client_side_rate=arrays.model_client_side_rate[model],
        travel_cost_per_km=arrays.service_travel_cost_per_km[arrays.unit_service[served]],
        distance_km=arrays.travelled_km(served, view.unit_centre[served]),
        link_annual_cost=annual,
        link_one_off_cost=one_off,
        appraisal=appraisal,
    )
    return lines + _lines(view, amounts, factors, served, clusters)


def _unit_costs(arrays: InstanceArrays, clusters: list[ClusterView], units: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the unit cost of each unit's band; 0 where the cluster lacks the band, which is a breach in its own right."""
    rows = [cluster.bands.get(int(arrays.unit_service[unit])) for cluster, unit in zip(clusters, units, strict=True)]
    return np.array([0.0 if row is None else arrays.band_unit_cost[row] for row in rows], dtype=np.float64)


def _lines(
    view: PlanView,
    amounts: dict[str, NDArray[np.float64]],
    factors: economics.Annuities,
    units: NDArray[np.int64],
    clusters: list[ClusterView] | None,
) -> list[CostLine]:
    arrays = view.arrays
    lines = []
    for component, amount in amounts.items():
        present = factors.present_cost(component, amount)
        for at in np.flatnonzero(present):
            unit = units[at]
            lines.append(
                CostLine(
                    component=component,
                    amount=float(amount[at]),
                    net_present_cost=int(present[at]),
                    body=arrays.bodies[arrays.unit_body[unit]],
                    service=arrays.services[arrays.unit_service[unit]],
                    centre="" if clusters is None else view.centre(clusters[at].centre),
                    commercial_model="" if clusters is None else view.model(clusters[at].model),
                )
            )
    return lines


def _member_lines(view: PlanView, appraisal: Appraisal, factors: economics.Annuities) -> list[CostLine]:
    lines = []
    for centre, members in sorted(view.members.items()):
        cluster = view.cluster_at.get(centre)
        if cluster is None:
            continue
        body = np.array(sorted(members), dtype=np.int64)
        annual, one_off = view.arrays.link_costs(body, np.full(body.shape, centre, dtype=np.int64), None)
        amounts = economics.member_amounts(link_annual_cost=annual, link_one_off_cost=one_off, appraisal=appraisal)
        for component, amount in amounts.items():
            present = factors.present_cost(component, amount)
            lines += [
                CostLine(component, float(amount[at]), int(present[at]), view.body(int(body[at])), "", view.centre(centre), view.model(cluster.model))
                for at in np.flatnonzero(present)
            ]
    return lines


def _cluster_lines(view: PlanView, cluster: ClusterView, appraisal: Appraisal, factors: economics.Annuities) -> list[CostLine]:
    arrays = view.arrays
    centre, model = view.centre(cluster.centre), view.model(cluster.model)
    lines = []

    def add(amounts: dict[str, NDArray[np.float64]], body: str = "", service: str = "") -> None:
        for component, amount in amounts.items():
            present = int(factors.present_cost(component, amount)[0])
            if present:
                lines.append(CostLine(component, float(amount[0]), present, body, service, centre, model))

    at = slice(cluster.model, cluster.model + 1)
    add(economics.cluster_amounts(governance_cost=arrays.model_governance_cost[at], procurement_cost=arrays.model_procurement_cost[at]))
    for service, band in sorted(cluster.bands.items()):
        row = slice(band, band + 1)
        amounts = economics.band_amounts(set_up_cost=arrays.band_set_up_cost[row], fixed_cost=arrays.band_fixed_cost[row], appraisal=appraisal)
        add(amounts, service=view.service(service))
    owners = cluster.owners
    if arrays.model_form[cluster.model] is Form.UNITARY:
        owners = () if cluster.lead is None else (cluster.lead,)
    for owner in owners:
        add({"owner_governance": arrays.model_owner_cost[at].astype(np.float64)}, body=view.body(owner))
    return lines

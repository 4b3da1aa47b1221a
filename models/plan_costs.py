"""What the decisions of a plan cost, line by line, from its tables alone: no solver and no program comes near this."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models import economics
from models.plan_view import STAYS_ALONE, ClusterView, CostLine, PlanView
from models.schema import Form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays


def decision_lines(view: PlanView) -> list[CostLine]:
    """Return every component of every decision of a plan, nought left out; what rules cost beside the decisions is not among them.

    A line with a body falls on that body; one without is a cost of its cluster as such.
    """
    lines = [*_body_lines(view), *_member_lines(view)]
    for cluster in view.clusters:
        lines += _cluster_lines(view, cluster)
    return lines


def _body_lines(view: PlanView) -> list[CostLine]:
    """Lines of every unit: its baseline when alone, its served components otherwise."""
    arrays = view.arrays
    alone = np.flatnonzero(view.unit_centre == STAYS_ALONE)
    lines = _lines(view, {"baseline_alone": arrays.unit_annual_cost[alone].astype(np.float64)}, alone, None)
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
        standard_rated_share=arrays.model_standard_rated_share[model],
        vat_recovery_rate=arrays.vat_recovery_rate[arrays.body_legal_type[arrays.unit_body[served]], model],
        client_side_rate=arrays.model_client_side_rate[model],
        travel_cost_per_km=arrays.service_travel_cost_per_km[arrays.unit_service[served]],
        distance_km=arrays.travelled_km(served, view.unit_centre[served]),
        link_annual_cost=annual,
        link_one_off_cost=one_off,
        posts=arrays.unit_posts[served],
        outsourced=arrays.model_outsourced[model],
        appraisal=arrays.appraisal,
    )
    return lines + _lines(view, amounts, served, clusters)


def _unit_costs(arrays: InstanceArrays, clusters: list[ClusterView], units: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the unit cost of each unit's band; 0 where the cluster lacks the band, which is a breach in its own right."""
    rows = [cluster.bands.get(int(arrays.unit_service[unit])) for cluster, unit in zip(clusters, units, strict=True)]
    return np.array([0.0 if row is None else arrays.band_unit_cost[row] for row in rows], dtype=np.float64)


def _lines(
    view: PlanView,
    amounts: dict[str, NDArray[np.float64]],
    units: NDArray[np.int64],
    clusters: list[ClusterView] | None,
) -> list[CostLine]:
    arrays = view.arrays
    lines = []
    for component, amount in amounts.items():
        present = arrays.annuities.present_cost(component, amount)
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


def _member_lines(view: PlanView) -> list[CostLine]:
    arrays = view.arrays
    lines = []
    for centre, members in sorted(view.members.items()):
        cluster = view.cluster_at.get(centre)
        if cluster is None:
            continue
        body = np.array(sorted(members), dtype=np.int64)
        annual, one_off = arrays.link_costs(body, np.full(body.shape, centre, dtype=np.int64), None)
        amounts = economics.member_amounts(link_annual_cost=annual, link_one_off_cost=one_off, appraisal=arrays.appraisal)
        for component, amount in amounts.items():
            present = arrays.annuities.present_cost(component, amount)
            lines += [
                CostLine(component, float(amount[at]), int(present[at]), view.body(int(body[at])), "", view.centre(centre), view.model(cluster.model))
                for at in np.flatnonzero(present)
            ]
    return lines


def _cluster_lines(view: PlanView, cluster: ClusterView) -> list[CostLine]:
    arrays = view.arrays
    centre, model = view.centre(cluster.centre), view.model(cluster.model)
    lines = []

    def add(amounts: dict[str, NDArray[np.float64]], body: str = "", service: str = "") -> None:
        for component, amount in amounts.items():
            present = int(arrays.annuities.present_cost(component, amount)[0])
            if present:
                lines.append(CostLine(component, float(amount[0]), present, body, service, centre, model))

    at = slice(cluster.model, cluster.model + 1)
    add(economics.cluster_amounts(governance_cost=arrays.model_governance_cost[at], procurement_cost=arrays.model_procurement_cost[at]))
    for service, band in sorted(cluster.bands.items()):
        row = slice(band, band + 1)
        amounts = economics.band_amounts(
            set_up_cost=arrays.band_set_up_cost[row], fixed_cost=arrays.band_fixed_cost[row], outsourced=arrays.model_outsourced[at], appraisal=arrays.appraisal
        )
        add(amounts, service=view.service(service))
    owners = cluster.owners
    if arrays.model_form[cluster.model] is Form.UNITARY:
        owners = () if cluster.lead is None else (cluster.lead,)
    for owner in owners:
        add({"owner_governance": arrays.model_owner_cost[at].astype(np.float64)}, body=view.body(owner))
    return lines

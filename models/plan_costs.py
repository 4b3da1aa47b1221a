"""What the decisions of a plan cost, line by line, from its tables alone: no solver and no program comes near this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models import economics
from models.plan_view import STAYS_ALONE, ClusterView, CostLine, PlanView
from models.schema import Form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays


NO_BAND = -1


def decision_lines(view: PlanView) -> list[CostLine]:
    """Return every component of every decision of a plan, nought left out; what rules cost beside the decisions is not among them.

    A line with a body falls on that body; one without is a cost of its cluster as such.
    """
    lines = [*_body_lines(view), *_member_lines(view)]
    for cluster in view.clusters:
        lines += cluster_lines(view, cluster)
    return lines


def _body_lines(view: PlanView) -> list[CostLine]:
    """Lines of every unit: its baseline when alone, its served components otherwise."""
    arrays = view.arrays
    alone = np.flatnonzero(view.unit_centre == STAYS_ALONE)
    lines = _lines(view, {"baseline_alone": arrays.unit_annual_cost[alone].astype(np.float64)}, alone, None)
    served = np.array([unit for cluster in view.clusters for unit in view.units_at.get(cluster.centre, [])], dtype=np.int64)
    if not served.size:
        return lines
    amounts = served_unit_amounts(arrays, served_ways(view, served))
    clusters = [view.cluster_at[int(centre)] for centre in view.unit_centre[served]]
    return lines + _lines(view, amounts, served, clusters)


@dataclass(frozen=True)
class ServedWays:
    """Units (n,) with the centre, commercial model and band by which each is served, all by position; :data:`NO_BAND` where the cluster lacks one.

    ``annual_cost`` (whole money a year) and ``process_saving_rate`` stand in for the instance's, where given.
    """

    unit: NDArray[np.int64]
    centre: NDArray[np.int64]
    model: NDArray[np.int64]
    band: NDArray[np.int64]
    annual_cost: NDArray[np.int64] | None = None
    process_saving_rate: NDArray[np.float64] | None = None


def served_ways(view: PlanView, units: NDArray[np.int64]) -> ServedWays:
    """Return how a plan serves some units, none of which stays alone."""
    centre = view.unit_centre[units]
    model, band = np.zeros(units.shape, dtype=np.int64), np.full(units.shape, NO_BAND, dtype=np.int64)
    for cluster in view.cluster_at.values():
        there = np.flatnonzero(centre == cluster.centre)
        model[there] = cluster.model
        for service, row in cluster.bands.items():
            band[there[view.arrays.unit_service[units[there]] == service]] = row
    return ServedWays(units, centre, model, band)


def served_unit_amounts(arrays: InstanceArrays, ways: ServedWays) -> dict[str, NDArray[np.float64]]:
    """Return the amount of each component of serving units so, shape (n,); a band that is lacking, a breach in its own right, costs 0 a unit."""
    unit, model = ways.unit, ways.model
    annual, one_off = arrays.link_costs(arrays.unit_body[unit], ways.centre, arrays.unit_service[unit])
    return economics.served_amounts(
        volume=arrays.unit_volume[unit],
        annual_cost=arrays.unit_annual_cost[unit] if ways.annual_cost is None else ways.annual_cost,
        unit_cost=np.append(arrays.band_unit_cost, 0.0)[ways.band],
        process_saving_rate=arrays.model_process_saving_rate[model] if ways.process_saving_rate is None else ways.process_saving_rate,
        margin_rate=arrays.model_margin_rate[model],
        standard_rated_share=arrays.model_standard_rated_share[model],
        vat_recovery_rate=arrays.vat_recovery_rate[arrays.body_legal_type[arrays.unit_body[unit]], model],
        client_side_rate=arrays.model_client_side_rate[model],
        travel_cost_per_km=arrays.service_travel_cost_per_km[arrays.unit_service[unit]],
        distance_km=arrays.travelled_km(unit, ways.centre),
        link_annual_cost=annual,
        link_one_off_cost=one_off,
        posts=arrays.unit_posts[unit],
        outsourced=arrays.model_outsourced[model],
        appraisal=arrays.appraisal,
    )


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
        amounts = joining_amounts(arrays, body, np.full(body.shape, centre, dtype=np.int64))
        for component, amount in amounts.items():
            present = arrays.annuities.present_cost(component, amount)
            lines += [
                CostLine(component, float(amount[at]), int(present[at]), view.body(int(body[at])), "", view.centre(centre), view.model(cluster.model))
                for at in np.flatnonzero(present)
            ]
    return lines


def joining_amounts(arrays: InstanceArrays, body: NDArray[np.int64], centre: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Return the amount of each component of bodies being members of centres, whatever they use there; aligned positions, shape (n,)."""
    annual, one_off = arrays.link_costs(body, centre, None)
    return economics.member_amounts(link_annual_cost=annual, link_one_off_cost=one_off, appraisal=arrays.appraisal)


def cluster_lines(view: PlanView, cluster: ClusterView) -> list[CostLine]:
    """Return what a cluster costs as such: governing it, buying in a provider, its bands and its owners."""
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

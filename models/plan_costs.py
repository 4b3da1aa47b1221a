"""What the decisions of a plan cost, line by line, from its tables alone: no solver and no program comes near this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models import economics
from models.cost_lines import NOBODY, CostLines, cost_lines, joined, lines_one_by_one
from models.joins import distinct
from models.plan_view import STAYS_ALONE, ClusterView, CostLine, PlanView
from models.schema import Form

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.rules import ActiveRule


NO_BAND = -1


def plan_lines(view: PlanView, active: Iterable[ActiveRule]) -> CostLines:
    """Return every line of what a plan costs, what the rules in force cost beside the decisions included and penalties left out."""
    ruled = (line for one in active for line in one.rule.cost_lines(view, one.parameters))
    return joined([decision_lines(view), lines_one_by_one(view.arrays, ruled)])


def decision_lines(view: PlanView) -> CostLines:
    """Return every component of every decision of a plan, nought left out; what rules cost beside the decisions is not among them.

    A line with a body falls on that body; one without is a cost of its cluster as such.
    """
    of_clusters = (line for cluster in view.clusters for line in cluster_lines(view, cluster))
    return joined([*_body_lines(view), _member_lines(view), lines_one_by_one(view.arrays, of_clusters)])


def _body_lines(view: PlanView) -> list[CostLines]:
    """Lines of every unit: its baseline when alone, its served components otherwise, by cluster."""
    arrays = view.arrays
    alone = np.flatnonzero(view.unit_centre == STAYS_ALONE)
    parts = _lines(view, {"baseline_alone": arrays.unit_annual_cost[alone].astype(np.float64)}, ServedWays(alone, *(np.full(alone.shape, NOBODY),) * 3))
    served = np.concatenate([np.zeros(0, dtype=np.int64), *(view.units_served_at(cluster.centre) for cluster in view.clusters)])
    if not served.size:
        return parts
    ways = served_ways(view, served)
    return [*parts, *_lines(view, served_unit_amounts(arrays, ways), ways)]


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
    model = np.zeros(len(view.arrays.centres), dtype=np.int64)
    band = np.full((len(view.arrays.centres), len(view.arrays.services)), NO_BAND, dtype=np.int64)
    for cluster in view.cluster_at.values():
        model[cluster.centre] = cluster.model
        for service, row in cluster.bands.items():
            band[cluster.centre, service] = row
    return ServedWays(units, centre, model[centre], band[centre, view.arrays.unit_service[units]])


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


def _lines(view: PlanView, amounts: dict[str, NDArray[np.float64]], ways: ServedWays) -> list[CostLines]:
    arrays = view.arrays
    places = {"body": arrays.unit_body[ways.unit], "service": arrays.unit_service[ways.unit], "centre": ways.centre, "model": ways.model}
    return [cost_lines(arrays, name, amount, arrays.annuities.present_cost(name, amount), **places) for name, amount in amounts.items()]


def _member_lines(view: PlanView) -> CostLines:
    """Lines of every member of every cluster, by centre, then component, then body."""
    arrays, bodies = view.arrays, max(1, len(view.arrays.bodies))
    served = np.flatnonzero(np.isin(view.unit_centre, list(view.cluster_at)))
    key = distinct(view.unit_centre[served] * bodies + arrays.unit_body[served])
    centre, body = key // bodies, key % bodies
    model = np.zeros(len(arrays.centres), dtype=np.int64)
    for cluster in view.cluster_at.values():
        model[cluster.centre] = cluster.model
    places = {"body": body, "centre": centre, "model": model[centre]}
    amounts = joining_amounts(arrays, body, centre)
    parts = [cost_lines(arrays, name, amount, arrays.annuities.present_cost(name, amount), **places) for name, amount in amounts.items()]
    whole = joined(parts)
    number = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return whole.rows(np.lexsort((whole.body, number, whole.centre)))


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

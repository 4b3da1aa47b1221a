"""A plan as tables for people and other programs: assignments, clusters, services of clusters, owners, bodies, who pays what, sectors, costs, years, rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models import economics
from models.appraisal.flows import plan_flows
from models.arrays import InstanceArrays, instance_arrays
from models.boards import board
from models.plan_view import plan_view
from models.rules import active_rules
from models.rules.shared_owner_workload import owner_workloads
from models.rules.tender import plan_contracts
from models.schema import TABLE_BY_NAME
from models.share_tables import sector_table, share_table, with_shares

if TYPE_CHECKING:
    from models.audit import Audit
    from models.instance import Instance
    from models.plan import Assignment, Plan


def plan_tables(instance: Instance, plan: Plan, audit: Audit) -> dict[str, pd.DataFrame]:
    """Return every table of a plan by name; money is net present cost in whole money unless its name says otherwise."""
    arrays = instance_arrays(instance)
    bodies = body_table(instance, plan, audit)
    return {
        "assignments": assignment_table(arrays, instance, plan, audit),
        "clusters": cluster_table(arrays, instance, plan, audit),
        "cluster_services": cluster_service_table(arrays, plan),
        "owners": owner_table(arrays, instance, plan),
        "bodies": bodies,
        "shares": share_table(instance, audit.shares),
        "sectors": sector_table(bodies),
        "costs": cost_table(audit),
        "years": year_table(instance, audit),
        "rules": rule_table(instance, audit),
    }


def _names(instance: Instance, table: str, key: str) -> dict[str, str]:
    frame = instance.table(table)
    return {identifier: name or identifier for identifier, name in zip(frame[key], frame["name"], strict=True)}


def _alone_cost(arrays: InstanceArrays, instance: Instance) -> dict[tuple[str, str], int]:
    present = economics.annuities(instance.appraisal).present_cost("baseline_alone", arrays.unit_annual_cost.astype(np.float64))
    units = zip(arrays.unit_body, arrays.unit_service, present, strict=True)
    return {(arrays.bodies[body], arrays.services[service]): int(cost) for body, service, cost in units}


def assignment_table(arrays: InstanceArrays, instance: Instance, plan: Plan, audit: Audit) -> pd.DataFrame:
    """One row a body's service: where it is done, what it would cost alone, and what falls on the body for it directly.

    The two are not to be set off against each other: what a cluster costs as such (set-up, running, governance) stands in the table of clusters.
    """
    body_names, centre_names = _names(instance, "bodies", "body"), _names(instance, "centres", "centre")
    model_of = {cluster.centre: cluster.commercial_model for cluster in plan.clusters}
    direct: Counter[tuple[str, str]] = Counter()
    for line in audit.lines:
        if line.body and line.service:
            direct[line.body, line.service] += line.net_present_cost
    alone = _alone_cost(arrays, instance)
    known = [one for one in plan.assignments if (one.body, one.service) in alone]
    units = [arrays.unit_position[arrays.body_position[one.body], arrays.service_position[one.service]] for one in known]
    centres = np.array([arrays.centre_position.get(one.centre, -1) for one in known], dtype=np.int64)
    distance = np.full(len(known), np.nan)
    served = np.flatnonzero(centres >= 0)
    if served.size:
        unit = np.array(units, dtype=np.int64)[served]
        distance[served] = arrays.distance_km(arrays.unit_body[unit], centres[served], arrays.unit_service[unit])
    return pd.DataFrame(
        {
            "body": [one.body for one in known],
            "name": [body_names[one.body] for one in known],
            "service": [one.service for one in known],
            "centre": [one.centre for one in known],
            "centre_name": [centre_names.get(one.centre, "") for one in known],
            "commercial_model": [model_of.get(one.centre, "") for one in known],
            "volume": arrays.unit_volume[units],
            "annual_cost": arrays.unit_annual_cost[units],
            "distance_km": np.round(distance, 1),
            "do_nothing_cost": [alone[one.body, one.service] for one in known],
            "direct_cost_without_cluster_costs": [direct[one.body, one.service] for one in known],
        }
    )


def cluster_table(arrays: InstanceArrays, instance: Instance, plan: Plan, audit: Audit) -> pd.DataFrame:
    """One row a cluster: who is in it, what it costs with its members' shared services, and what those would cost alone.

    ``contract_value`` and ``tender_months`` (0: no tender is due) stand at outsourced clusters when rule ``tender`` is in force.
    """
    centres = instance.table("centres").set_index("centre")
    forms = dict(zip(instance.table("commercial_models")["commercial_model"], instance.table("commercial_models")["form"], strict=True))
    cost: Counter[str] = Counter()
    for line in audit.lines:
        if line.centre and line.component != "penalty":
            cost[line.centre] += line.net_present_cost
    alone = _alone_cost(arrays, instance)
    served_at: dict[str, list[Assignment]] = defaultdict(list)
    for one in plan.assignments:
        served_at[one.centre].append(one)
    asked = next((one.parameters for one in active_rules(instance) if one.rule.name == "tender"), None)
    view = plan_view(arrays, plan)
    contracts = {} if asked is None else {view.centre(centre): contract for centre, contract in plan_contracts(view, asked).items()}
    rows = []
    for cluster in plan.clusters:
        contract = contracts.get(cluster.centre)
        served = served_at[cluster.centre]
        without = sum(alone.get((one.body, one.service), 0) for one in served)
        place = centres.loc[cluster.centre] if cluster.centre in centres.index else None
        rows.append(
            {
                "centre": cluster.centre,
                "name": "" if place is None else place["name"],
                "commercial_model": cluster.commercial_model,
                "form": forms.get(cluster.commercial_model, ""),
                "lead": cluster.lead,
                "owners": ";".join(cluster.owners),
                "members": len({one.body for one in served}),
                "services": ";".join(sorted({one.service for one in served})),
                "do_nothing_cost": without,
                "plan_cost": cost[cluster.centre],
                "saving": without - cost[cluster.centre],
                "contract_value": None if contract is None else contract.value,
                "tender_months": None if contract is None else contract.lead_months,
                "latitude": np.nan if place is None else place["latitude"],
                "longitude": np.nan if place is None else place["longitude"],
            }
        )
    columns = ["centre", "name", "commercial_model", "form", "lead", "owners", "members", "services", "do_nothing_cost", "plan_cost", "saving"]
    table = pd.DataFrame(rows, columns=[*columns, "contract_value", "tender_months", "latitude", "longitude"])
    return table.astype({"contract_value": "Int64", "tender_months": "Float64"})


def cluster_service_table(arrays: InstanceArrays, plan: Plan) -> pd.DataFrame:
    """One row a service of a cluster: its band, capacity, volume and utilisation (share)."""
    view = plan_view(arrays, plan)
    rows = []
    for cluster in view.clusters:
        for service, band in sorted(cluster.bands.items()):
            capacity, volume = int(arrays.band_capacity[band]), view.load.get((cluster.centre, service), 0)
            rows.append(
                (view.centre(cluster.centre), view.service(service), arrays.band_name[band], capacity, volume, round(volume / capacity, 4) if capacity else 0.0)
            )
    return pd.DataFrame(rows, columns=["centre", "service", "band", "capacity", "volume", "utilisation"])


def owner_table(arrays: InstanceArrays, instance: Instance, plan: Plan) -> pd.DataFrame:
    """One row an owner of a cluster: the work it brings (common workload units), its share of the owners' work, and its seats where rules ask for a board."""
    names = _names(instance, "bodies", "body")
    view = plan_view(arrays, plan)
    active = active_rules(instance)
    rows = []
    for cluster in view.clusters:
        workload, seats = owner_workloads(view, cluster), board(view, cluster, active)
        together = sum(workload.values())
        for owner, own in workload.items():
            body = view.body(owner)
            share = round(own / together, 4) if together else 0.0
            rows.append((view.centre(cluster.centre), view.model(cluster.model), body, names[body], own, share, seats.get(owner)))
    table = pd.DataFrame(rows, columns=["centre", "commercial_model", "body", "name", "workload", "share", "seats"])
    return table.astype({"seats": "Int64"})


def body_table(instance: Instance, plan: Plan, audit: Audit) -> pd.DataFrame:
    """One row a body, its own columns carried along (also those the schema does not know), then what the plan means for it.

    ``direct_cost`` is what falls on the body itself, ``shared_cost`` its part of the common cost of its clusters by the instance's cost-share key.
    """
    bodies = instance.table("bodies").sort_values("body", ignore_index=True)
    extra = [column for column in bodies.columns if column not in {known.name for known in TABLE_BY_NAME["bodies"].columns}]
    shared: Counter[str] = Counter()
    centres: dict[str, set[str]] = {}
    for one in plan.assignments:
        if one.centre:
            shared[one.body] += 1
            centres.setdefault(one.body, set()).add(one.centre)
    table = bodies[["body", "name", "sector", "legal_type", "nation", "region", "latitude", "longitude", *extra]].copy()
    table["services_shared"] = [shared[body] for body in table["body"]]
    table["centres"] = [";".join(sorted(centres.get(body, set()))) for body in table["body"]]
    return with_shares(table, audit.shares)


def cost_table(audit: Audit) -> pd.DataFrame:
    """One row a component of a decision: the amount, when it is paid, and its net present cost."""
    return pd.DataFrame(
        [
            {
                "component": line.component,
                "body": line.body,
                "service": line.service,
                "centre": line.centre,
                "commercial_model": line.commercial_model,
                "amount": round(line.amount, 2),
                "paid": economics.COMPONENTS[line.component].profile.value,
                "net_present_cost": line.net_present_cost,
            }
            for line in audit.lines
        ],
        columns=["component", "body", "service", "centre", "commercial_model", "amount", "paid", "net_present_cost"],
    )


def year_table(instance: Instance, audit: Audit) -> pd.DataFrame:
    """One row a component and year: money of that year in real prices, not discounted, each line rounded to whole money; penalties left out."""
    flows = plan_flows(audit, instance.appraisal)
    component = np.array(flows.component, dtype=object)
    rows = [
        {"component": name, "year": instance.appraisal.start_year + year, "undiscounted_cost": int(cost)}
        for name in economics.COMPONENTS
        if (component == name).any()
        for year, cost in enumerate(flows.paid[component == name].sum(axis=0))
    ]
    return pd.DataFrame(rows, columns=["component", "year", "undiscounted_cost"])


def rule_table(instance: Instance, audit: Audit) -> pd.DataFrame:
    """One row a rule in force: its parameters, whether hard, and how often the plan breaks it."""
    broken = Counter(breach.rule for breach in (*audit.breaches, *audit.soft_breaches))
    rows = [
        {
            "id": one.rule.id,
            "rule": one.rule.name,
            "kind": "hard" if one.penalty is None else f"penalty {one.penalty} per {one.rule.breach_unit}",
            "parameters": "; ".join(f"{name} = {value}" for name, value in one.parameters.items() if value is not None),
            "breaches": broken[one.rule.name],
            "statement": one.rule.statement,
            "basis": one.rule.basis,
            "mark": one.rule.mark,
        }
        for one in active_rules(instance)
    ]
    return pd.DataFrame(rows)

"""A plan as tables for people and other programs: assignments, clusters, services of clusters, owners, bodies, who pays what, sectors, costs, years, rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models import economics
from models.appraisal.flows import plan_flows
from models.arrays import instance_arrays
from models.boards import board
from models.cost_lines import COMPONENT_AT, COMPONENT_NAMES, NOBODY
from models.joins import find
from models.plan_view import NO_UNIT, assigned_units, plan_view
from models.positions import texts
from models.rules import active_rules
from models.rules.shared_owner_workload import owner_workloads
from models.rules.tender import plan_contracts
from models.schema import TABLE_BY_NAME
from models.share_tables import sector_table, share_table, with_shares

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.audit import Audit
    from models.cost_lines import CostLines
    from models.instance import Instance
    from models.plan import Assignment, Plan
    from models.plan_view import Breach, PlanView

    Whole = NDArray[np.int64]


def plan_tables(instance: Instance, plan: Plan, audit: Audit) -> dict[str, pd.DataFrame]:
    """Return every table of a plan by name; money is net present cost in whole money unless its name says otherwise."""
    arrays = instance_arrays(instance)
    view = plan_view(arrays, plan)
    bodies = body_table(instance, plan, audit)
    return {
        "assignments": assignment_table(arrays, instance, plan, audit),
        "clusters": cluster_table(view, instance, plan, audit),
        "cluster_services": cluster_service_table(view),
        "owners": owner_table(view, instance),
        "bodies": bodies,
        "shares": share_table(instance, audit.shares),
        "sectors": sector_table(bodies),
        "costs": cost_table(audit.lines),
        "years": year_table(instance, audit),
        "rules": rule_table(instance, (*audit.breaches, *audit.soft_breaches)),
    }


def _names(instance: Instance, table: str, key: str) -> dict[str, str]:
    frame = instance.table(table)
    return {identifier: name or identifier for identifier, name in zip(texts(frame[key]), texts(frame["name"]), strict=True)}


def _alone_cost(arrays: InstanceArrays) -> Whole:
    """(units,) what each unit costs alone."""
    return arrays.annuities.present_cost("baseline_alone", arrays.unit_annual_cost.astype(np.float64))


def assignment_table(arrays: InstanceArrays, instance: Instance, plan: Plan, audit: Audit) -> pd.DataFrame:
    """One row a body's service: where it is done, what it would cost alone, and what falls on the body for it directly.

    The two are not to be set off against each other: what a cluster costs as such (set-up, running, governance) stands in the table of clusters.
    """
    body_names, centre_names = _names(instance, "bodies", "body"), _names(instance, "centres", "centre")
    model_of = {cluster.centre: cluster.commercial_model for cluster in plan.clusters}
    units = assigned_units(arrays, plan)
    known = [one for one, unit in zip(plan.assignments, units.tolist(), strict=True) if unit != NO_UNIT]
    units = units[units != NO_UNIT]
    centres = np.array([arrays.centre_position.get(one.centre, NOBODY) for one in known], dtype=np.int64)
    distance = np.full(len(known), np.nan)
    served = np.flatnonzero(centres != NOBODY)
    if served.size:
        distance[served] = arrays.distance_km(arrays.unit_body[units[served]], centres[served], arrays.unit_service[units[served]])
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
            "do_nothing_cost": _alone_cost(arrays)[units],
            "direct_cost_without_cluster_costs": _direct_cost(arrays, audit.lines)[units],
        }
    )


def _direct_cost(arrays: InstanceArrays, lines: CostLines) -> Whole:
    """(units,) what falls on each body for the service."""
    services = max(1, len(arrays.services))
    own = lines.rows((lines.body != NOBODY) & (lines.service != NOBODY))
    total = np.zeros(arrays.unit_body.shape, dtype=np.int64)
    # Units are sorted by body, then service.
    line, unit = find(own.body * services + own.service, arrays.unit_body * services + arrays.unit_service)
    np.add.at(total, unit, own.present[line])
    return total


def cluster_table(view: PlanView, instance: Instance, plan: Plan, audit: Audit) -> pd.DataFrame:
    """One row a cluster: who is in it, what it costs with its members' shared services, and what those would cost alone.

    ``contract_value`` and ``tender_months`` (0: no tender is due) stand at outsourced clusters when rule ``tender`` is in force.
    """
    centres = instance.table("centres").set_index("centre")[["name", "latitude", "longitude"]].to_dict("index")
    forms = dict(zip(instance.table("commercial_models")["commercial_model"], instance.table("commercial_models")["form"], strict=True))
    cost = _centre_cost(view.arrays, audit.lines)
    # NO_UNIT is -1, so that it finds the nought at the end.
    alone = np.append(_alone_cost(view.arrays), 0)[assigned_units(view.arrays, plan)]
    served_at: dict[str, list[Assignment]] = defaultdict(list)
    alone_at: Counter[str] = Counter()
    for one, cost_alone in zip(plan.assignments, alone.tolist(), strict=True):
        served_at[one.centre].append(one)
        alone_at[one.centre] += cost_alone
    asked = next((one.parameters for one in active_rules(instance) if one.rule.name == "tender"), None)
    contracts = {} if asked is None else {view.centre(centre): contract for centre, contract in plan_contracts(view, asked).items()}
    rows = []
    for cluster in plan.clusters:
        contract = contracts.get(cluster.centre)
        served = served_at[cluster.centre]
        without = alone_at[cluster.centre]
        place = centres.get(cluster.centre)
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
                "plan_cost": cost.get(cluster.centre, 0),
                "saving": without - cost.get(cluster.centre, 0),
                "contract_value": None if contract is None else contract.value,
                "tender_months": None if contract is None else contract.lead_months,
                "latitude": np.nan if place is None else place["latitude"],
                "longitude": np.nan if place is None else place["longitude"],
            }
        )
    columns = ["centre", "name", "commercial_model", "form", "lead", "owners", "members", "services", "do_nothing_cost", "plan_cost", "saving"]
    table = pd.DataFrame(rows, columns=[*columns, "contract_value", "tender_months", "latitude", "longitude"])
    return table.astype({"contract_value": "Int64", "tender_months": "Float64"})


def _centre_cost(arrays: InstanceArrays, lines: CostLines) -> dict[str, int]:
    """Return what all that is done at each centre costs, penalties left out."""
    there = lines.rows((lines.centre != NOBODY) & ~lines.of_component("penalty"))
    total = np.zeros(len(arrays.centres), dtype=np.int64)
    np.add.at(total, there.centre, there.present)
    return dict(zip(arrays.centres, total.tolist(), strict=True))


def cluster_service_table(view: PlanView) -> pd.DataFrame:
    """One row a service of a cluster: its band, capacity, volume and utilisation (share)."""
    arrays, rows = view.arrays, []
    for cluster in view.clusters:
        for service, band in sorted(cluster.bands.items()):
            capacity, volume = int(arrays.band_capacity[band]), view.load.get((cluster.centre, service), 0)
            rows.append(
                (view.centre(cluster.centre), view.service(service), arrays.band_name[band], capacity, volume, round(volume / capacity, 4) if capacity else 0.0)
            )
    return pd.DataFrame(rows, columns=["centre", "service", "band", "capacity", "volume", "utilisation"])


def owner_table(view: PlanView, instance: Instance) -> pd.DataFrame:
    """One row an owner of a cluster: the work it brings (common workload units), its share of the owners' work, and its seats where rules ask for a board."""
    names = _names(instance, "bodies", "body")
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
    table["services_shared"] = [shared[body] for body in texts(table["body"])]
    table["centres"] = [";".join(sorted(centres.get(body, ()))) for body in texts(table["body"])]
    return with_shares(table, audit.shares)


def cost_table(lines: CostLines) -> pd.DataFrame:
    """One row a component of a decision: the amount, when it is paid, and its net present cost."""
    arrays = lines.arrays
    paid = [economics.COMPONENTS[name].profile.value for name in COMPONENT_NAMES]
    return pd.DataFrame(
        {
            "component": _named(COMPONENT_NAMES, lines.component),
            "body": _named(arrays.bodies, lines.body),
            "service": _named(arrays.services, lines.service),
            "centre": _named(arrays.centres, lines.centre),
            "commercial_model": _named(arrays.commercial_models, lines.model),
            # Python's own rounding is right to the last digit.
            "amount": [round(amount, 2) for amount in lines.amount.tolist()],
            "paid": _named(paid, lines.component),
            "net_present_cost": lines.present,
        }
    )


def _named(names: Sequence[str], at: Whole) -> pd.Series[str]:
    """Return the name at each position, empty for :data:`~models.cost_lines.NOBODY`: taken from a text column, many times quicker than made into one."""
    return pd.Series([*names, ""], dtype="str").take(np.where(at == NOBODY, len(names), at)).reset_index(drop=True)


def year_table(instance: Instance, audit: Audit) -> pd.DataFrame:
    """One row a component and year: money of that year in real prices, not discounted, each line rounded to whole money; penalties left out."""
    flows = plan_flows(audit.lines, instance.appraisal)
    of_component = ((name, flows.component == COMPONENT_AT[name]) for name in economics.COMPONENTS)
    rows = [
        {"component": name, "year": instance.appraisal.start_year + year, "undiscounted_cost": int(cost)}
        for name, some in of_component
        if some.any()
        for year, cost in enumerate(flows.paid[some].sum(axis=0))
    ]
    return pd.DataFrame(rows, columns=["component", "year", "undiscounted_cost"])


def rule_table(instance: Instance, breaches: Iterable[Breach]) -> pd.DataFrame:
    """One row a rule in force: its parameters, whether hard, and how often it stands among the breaches of a plan."""
    broken = Counter(breach.rule for breach in breaches)
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

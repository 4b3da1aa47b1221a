"""A paper-sized instance for one rule at a time: three bodies, one service, one centre, and costs that can be added up in the head.

Alone each body pays 100. At the hub a unit of work costs 1, the band 60 and governance 30, so that the three together (10, 20 and 30 units) pay 150 and
the pairs pay 120 (ash and birch), 130 (ash and cedar) or 140 (birch and cedar), each with 100 for the third. Nobody gains by using the hub by itself.
One year, no discount, nothing to pay for moving, no owner's cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from models.audit import Audit, audit
from models.instance import Appraisal, Instance, RuleSetting, Settings
from models.plan import Assignment, Cluster, Plan
from models.tables import from_frames
from tests.enumeration import held_against_every_plan

BODIES = ("ash", "birch", "cedar")
TOGETHER, ASH_BIRCH, ASH_CEDAR, BIRCH_CEDAR, ALONE = 150, 220, 230, 240, 300


def paper(
    *rules: RuleSetting,
    form: str = "outsourced",
    host: str = "",
    bodies: Mapping[str, list[Any]] | None = None,
    baseline: Mapping[str, list[Any]] | None = None,
    model: Mapping[str, Any] | None = None,
    bands: Mapping[str, list[Any]] | None = None,
    required: tuple[str, ...] = (),
    **tables: pd.DataFrame,
) -> Instance:
    """Return the instance; ``bodies``, ``baseline`` and ``bands`` set columns, ``model`` cells, ``required`` bodies must use the hub."""
    frames = {
        "services": pd.DataFrame({"service": ["payroll"]}),
        "bodies": pd.DataFrame({"body": BODIES, "legal_type": "council", "latitude": [52.0, 52.1, 52.2], "longitude": 0.0}).assign(**(bodies or {})),
        "baseline": pd.DataFrame({"body": BODIES, "service": "payroll", "volume": [10, 20, 30], "annual_cost": 100}).assign(**(baseline or {})),
        "commercial_models": pd.DataFrame({"commercial_model": ["shared"], "form": [form], "governance_cost": [30], "minimum_owners": [None]}).assign(
            **(model or {})
        ),
        "centres": pd.DataFrame({"centre": ["hub"], "host_body": [host], "latitude": [52.0], "longitude": [0.0]}),
        "bands": pd.DataFrame(
            bands or {"centre": ["*"], "service": ["payroll"], "band": ["all"], "capacity": [60], "set_up_cost": [0], "fixed_cost": [60], "unit_cost": [1.0]}
        ),
        "powers": pd.DataFrame({"legal_type": ["council"], "commercial_model": ["shared"], "may_lead": [True], "may_own": [True], "may_use": [True]}),
        **({"links": pd.DataFrame({"body": required, "centre": "hub", "status": "required"})} if required else {}),
        **tables,
    }
    appraisal = Appraisal(horizon_years=1, discount_rates=((0, 0.0),), saving_ramp=(1.0,), migration_cost=0, migration_rate=0.0, dual_running_months=0.0)
    return from_frames(frames, settings=Settings(title="three bodies, one hub"), appraisal=appraisal, rules=rules)


def best(instance: Instance) -> int | None:
    """Return the optimal cost, ``None`` when infeasible; found alike by the program, its audit, and every plan listed one by one."""
    return held_against_every_plan(instance)


def shared(instance: Instance, *members: str, lead: str = "", owners: tuple[str, ...] | None = None, band: str = "all") -> Audit:
    """Return the audit of a plan in which ``members`` share at the hub and the rest stay alone, whether or not the rules allow it."""
    cluster = Cluster("hub", "shared", lead, (members[:1] if owners is None else owners), {"payroll": band})
    served = set(instance.table("baseline").loc[instance.table("baseline")["body"].isin(members), "body"])
    assignments = [Assignment(body, "payroll", "hub" if body in served else "") for body in instance.table("bodies")["body"]]
    return audit(instance, Plan((cluster,), tuple(assignments)))


def amounts(found: Audit, rule: str) -> list[int]:
    """Return the amounts by which a plan breaks one rule, hard or soft."""
    return [breach.amount for breach in (*found.breaches, *found.soft_breaches) if breach.rule == rule]

"""One joint venture of three bodies, cheap to work out by hand: a year, no discounting, and money that follows volume.

A body spends 10 a unit alone and pays 4 a unit at the centre. A cluster costs 10, and 1 more for each owner. Ash brings 60 units of work, Birch 30 and
Cedar 10, so alone they spend 1,000, and together under two owners 412.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from models.audit import audit
from models.instance import Appraisal, Instance, RuleSetting
from models.plan import Assignment, Cluster, Plan
from models.plan_view import Breach
from models.tables import from_frames

VOLUMES = {"ash": 60, "birch": 30, "cedar": 10}
ALONE = 1000
TWO_OWNERS = 412
THREE_OWNERS = 413


def venture(
    *rules: RuleSetting,
    forms: tuple[str, ...] = ("joint-company",),
    volumes: Mapping[str, int] = VOLUMES,
    annual_costs: Mapping[str, int] | None = None,
    customers: tuple[str, ...] = (),
    required: tuple[str, ...] = (),
    centres: tuple[Mapping[str, Any], ...] = ({},),
    models: Mapping[str, Mapping[str, Any]] | None = None,
    types: Mapping[str, str] | None = None,
) -> Instance:
    """Return the venture under ``rules``; ``customers`` may not own, ``required`` bodies must use a centre.

    ``centres`` and ``models`` (by form) add columns, ``types`` gives legal types; each body is of its own otherwise.
    """
    bodies = list(volumes)
    legal_type = {body: f"type-{body}" for body in bodies} | dict(types or {})
    annual = {body: 10 * volume for body, volume in volumes.items()} | dict(annual_costs or {})
    tables = {
        "services": pd.DataFrame({"service": ["payroll"]}),
        "bodies": pd.DataFrame({"body": bodies, "legal_type": [legal_type[body] for body in bodies], "latitude": 52.0, "longitude": 0.0}),
        "baseline": pd.DataFrame(
            {"body": bodies, "service": "payroll", "volume": [volumes[body] for body in bodies], "annual_cost": [annual[body] for body in bodies]}
        ),
        "commercial_models": pd.DataFrame(
            [{"commercial_model": form, "form": form, "governance_cost": 10, "owner_cost": 1, **(models or {}).get(form, {})} for form in forms]
        ),
        "centres": pd.DataFrame([{"centre": f"c{at}", "latitude": 52.0, "longitude": 0.0, **centre} for at, centre in enumerate(centres)]),
        "bands": pd.DataFrame([{"centre": "*", "service": "payroll", "band": "all", "capacity": 1000, "unit_cost": 4.0}]),
        "powers": pd.DataFrame(
            [
                {"legal_type": legal_type[body], "commercial_model": form, "may_lead": True, "may_own": body not in customers, "may_use": True}
                for body in bodies
                for form in forms
            ]
        ).drop_duplicates(["legal_type", "commercial_model"]),
        "links": pd.DataFrame([(body, "*", "required") for body in required], columns=["body", "centre", "status"]),
    }
    return from_frames(tables, appraisal=Appraisal(horizon_years=1, discount_rates=((0, 0.0),), saving_ramp=(1.0,)), rules=rules)


def shared_plan(
    instance: Instance, *, form: str, owners: tuple[str, ...], lead: str = "", members: tuple[str, ...] = tuple(VOLUMES), centre: str = "c0"
) -> Plan:
    """Return the plan in which ``members`` share at one centre and everybody else stays alone."""
    bodies = instance.table("bodies")["body"]
    cluster = Cluster("c0", form, lead, owners, {"payroll": "all"})
    return Plan((cluster,), tuple(Assignment(body, "payroll", "c0" if body in members else "") for body in bodies))


def breaches(instance: Instance, plan: Plan, rule: str) -> list[Breach]:
    """Return the breaches of one rule, hard or soft, that the audit finds."""
    found = audit(instance, plan)
    return [breach for breach in (*found.breaches, *found.soft_breaches) if breach.rule == rule]

"""Runs to report on, made by hand so that no solver is needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from instances import path as shipped
from models.audit import audit
from models.instance import Instance
from models.plan import Assignment, Cluster, Plan
from models.tables import read_instance
from solver.judgement import relative_gap
from solver.run_folder import StoredRun

Store = Callable[..., StoredRun]
SHARED = ("alder", "birch", "dogwood")


@pytest.fixture(scope="session")
def tiny() -> Instance:
    return read_instance(shipped("tiny"))


@pytest.fixture(scope="session")
def best() -> Plan:
    """The plan that the instance's README proves best: 4,868,800."""
    assignments = [Assignment(body, service, "south" if body in SHARED else "") for body in (*SHARED, "cedar") for service in ("payroll", "invoices")]
    cluster = Cluster("south", "joint-board", "alder", ("alder", "birch"), {"payroll": "small", "invoices": "small"})
    return Plan((cluster,), tuple(assignments))


@pytest.fixture(scope="session")
def alone() -> Plan:
    return Plan((), tuple(Assignment(body, service) for body in (*SHARED, "cedar") for service in ("payroll", "invoices")))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    def stored(instance: Instance, plan: Plan | None, **changes: Any) -> StoredRun:
        found = None if plan is None else audit(instance, plan)
        cost = None if found is None else found.cost
        record = {
            "schema_version": 1,
            "instance": instance.settings.title,
            "digest": instance.digest(),
            "solver": "highs",
            "stop": "proved",
            "message": "",
            "reason": "",
            "raw_status": "Optimal",
            "disagreement": "",
            "cost": cost,
            "bound": cost,
            "gap": relative_gap(cost, changes.get("bound", cost)),
            "do_nothing_cost": None if found is None else found.do_nothing_cost,
            "saving": None if found is None else found.saving,
            "penalty": None if found is None else found.penalty,
            "components": None if found is None else found.by_component(),
            "time_s": 1.5,
            "audit": "ok",
            "clusters": None if plan is None else len(plan.clusters),
            "run": "out",
            "provenance": {"solver_version": "1.15.1", "options": {"seed": 7, "time_limit": None}, "columns": 10, "rows": 4, "nonzeros": 20},
        }
        return StoredRun(tmp_path / "out", instance, plan, {**record, **changes})

    return stored


@pytest.fixture
def tiny_run(store: Store, tiny: Instance, best: Plan) -> StoredRun:
    return store(tiny, best)

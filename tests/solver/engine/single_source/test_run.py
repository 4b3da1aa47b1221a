"""The search behind ``solve``: the same optimum as a back end, audited plans, a certificate below it, and a search that may be stopped."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("numba")

from instances.published.problem import Problem, instance_of
from models.formulation import eligible
from models.instance import Instance, RuleSetting
from models.rules import active_rules
from solver.engine.certificate_file import proven_by
from solver.engine.single_source.structure import structure_of
from solver.judgement import Stop
from solver.solve import solve


def published(seed: int, sites: int = 5, customers: int = 12) -> Instance:
    """Return a small published instance that has a plan."""
    draw = np.random.default_rng(seed)
    demand = draw.integers(3, 20, customers)
    capacity = np.full(sites, int(demand.sum() * draw.uniform(1.5, 3.0) / sites) + 20)
    problem = Problem(capacity, draw.integers(20, 400, sites), demand, draw.integers(0, 200, (sites, customers)))
    return instance_of(problem, f"drawn {seed}", "holmberg")


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_a_back_end(seed: int) -> None:
    instance = published(seed)
    own, other = solve(instance, "consortia"), solve(instance, "highs")
    assert own.stop is other.stop is Stop.PROVED
    assert own.cost == own.bound == other.cost
    assert own.audit is not None
    assert own.audit.ok
    assert own.provenance["solver"] == "consortia"
    assert own.certificate is not None
    assert proven_by(instance, own.certificate) <= own.cost


@pytest.mark.parametrize("seed", range(4))
def test_staying_alone_is_one_place_more(seed: int) -> None:
    """Without the rule that all are served, whoever is cheaper alone stays alone."""
    instance = published(seed)
    baseline = instance.table("baseline").copy()
    baseline["annual_cost"] = 60
    instance = replace(instance, rules=(), tables={**instance.tables, "baseline": baseline})
    structure = structure_of(eligible(instance, active_rules(instance)), active_rules(instance))
    assert structure is not None
    assert structure.may_stay
    own, other = solve(instance, "consortia"), solve(instance, "cp-sat")
    assert own.stop is other.stop is Stop.PROVED
    assert own.cost == own.bound == other.cost


def test_any_further_rule_is_left_to_the_general_engine() -> None:
    instance = published(1)
    ruled = replace(instance, rules=(*instance.rules, RuleSetting("resilience", {"share": 0.3})))
    active = active_rules(ruled)
    assert structure_of(eligible(ruled, active), active) is None
    own, other = solve(ruled, "consortia"), solve(ruled, "highs")
    assert own.cost == other.cost


def test_a_soft_rule_is_left_to_the_general_engine() -> None:
    instance = published(1)
    soft = replace(instance, rules=(RuleSetting("all-served", penalty=50),))
    active = active_rules(soft)
    assert structure_of(eligible(soft, active), active) is None


def test_auto_takes_the_search_whatever_the_size() -> None:
    run = solve(published(2), "auto")
    assert run.provenance["search_bound"] == run.cost == run.bound


def test_starts_from_a_plan_and_keeps_it_when_stopped_at_once() -> None:
    instance = published(3)
    best = solve(instance, "consortia")
    cancel = threading.Event()
    run = solve(instance, "consortia", start=best.plan, cancel=cancel, on_event=lambda _event: cancel.set())
    assert run.cost == best.cost
    assert run.bound is not None
    assert run.bound <= run.cost


def test_no_plan_at_all_is_for_a_back_end_to_prove() -> None:
    instance = published(4)
    bands = instance.table("bands").copy()
    bands["capacity"] = 20
    tight = replace(instance, tables={**instance.tables, "bands": bands})
    assert solve(tight, "consortia").stop is Stop.INFEASIBLE

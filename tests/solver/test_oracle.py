"""Enumeration, every open back end and the audit agree to the pound on random small instances."""

import math

import pytest

from models.audit import audit
from models.formulation import formulate
from solver.backends.contracts import Options
from solver.backends.process import run_many
from solver.backends.registry import installed
from tests.oracle import optimum
from tests.small_instances import first_valid

COUNT = 520

pytestmark = pytest.mark.timeout(1200)
OPEN = [one.name for one in installed() if one.open_source]


@pytest.fixture(scope="module")
def cases():
    return [(seed, instance, formulate(instance), optimum(instance)) for seed, instance in first_valid(COUNT).items()]


def test_the_cases_are_worth_having(cases):
    shares = [optimal < audit_of_nothing(instance) for _, instance, _, optimal in cases]
    infeasible = [optimal == math.inf for *_, optimal in cases]
    assert sum(shares) > COUNT / 5
    assert sum(infeasible) > COUNT / 50


def audit_of_nothing(instance):
    from solver.construct import do_nothing

    return audit(instance, do_nothing(instance)).cost


@pytest.mark.parametrize("backend", OPEN)
def test_back_end_finds_the_optimum_and_the_audit_agrees(cases, backend):
    outcomes = run_many([formulation.program for _, _, formulation, _ in cases], backend, Options(gap=0.0))
    wrong = []
    for (seed, instance, formulation, optimal), outcome in zip(cases, outcomes, strict=True):
        if outcome.values is None:
            if not (outcome.stop == "infeasible" and optimal == math.inf):
                wrong.append((seed, outcome.stop, outcome.message, optimal))
            continue
        found = audit(instance, formulation.plan(outcome.values))
        if outcome.stop != "proved" or found.breaches or found.cost != optimal:
            wrong.append((seed, outcome.stop, found.cost, optimal, [b.message for b in found.breaches]))
    assert not wrong


def test_values_of_a_plan_lead_back_to_it(cases):
    solved = run_many([formulation.program for _, _, formulation, _ in cases[:100]], "highs", Options(gap=0.0))
    for (seed, _, formulation, _), outcome in zip(cases, solved, strict=False):
        if outcome.values is None:
            continue
        plan = formulation.plan(outcome.values)
        values = formulation.values(plan)
        assert not formulation.program.violations(values), seed
        assert formulation.program.objective(values) == formulation.program.objective(outcome.values), seed
        assert formulation.plan(values) == plan, seed

"""G32: up-front money, of each body and of the programme."""

import pandas as pd
import pytest

import instances
from models.audit import audit
from models.findings import InvalidInstance
from models.instance import RuleSetting
from models.plan import Assignment, Cluster, Plan
from models.plan_tables import rule_table
from models.tables import read_instance
from tests.enumeration import held_against_every_plan, program_optimum
from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ALONE, TOGETHER, paper
from tests.rule_instances import rule_instance


@pytest.fixture(scope="module")
def tiny():
    return read_instance(instances.path("tiny"))


@pytest.fixture(scope="module")
def best():
    shared = [Assignment(body, service, "south") for body in ("alder", "birch", "dogwood") for service in ("invoices", "payroll")]
    alone = [Assignment("cedar", service) for service in ("invoices", "payroll")]
    bands = {"invoices": "small", "payroll": "small"}
    return Plan((Cluster("south", "joint-board", "alder", ("alder", "birch"), bands),), (*shared, *alone))


def ruled(instance, limits=None, budget=None, penalty=None):
    bodies = instance.table("bodies")
    if limits is not None:
        bodies["up_front_limit"] = pd.array([limits.get(body, pd.NA) for body in bodies["body"]], dtype="Int64")
    parameters = {} if budget is None else {"budget": budget}
    return instance.replace(bodies=bodies, rules=(RuleSetting("affordability", parameters, penalty),))


def breaches(instance, plan):
    found = audit(instance, plan)
    return [(one.body, one.amount) for one in (*found.breaches, *found.soft_breaches)]


# Moving costs Alder 20,000 + 10,000 + 100,000 + 50,000 and 10,000 to join; Birch 160,000 with joining; Dogwood 76,000; set-up 270,000.
def test_the_amounts_of_a_breach_are_those_on_paper(tiny, best):
    assert breaches(ruled(tiny, {"alder": 190_000, "birch": 160_000, "cedar": 0, "dogwood": 76_000}, 696_000), best) == []
    assert breaches(ruled(tiny, {"alder": 189_999, "dogwood": 0}, 600_000), best) == [("alder", 1), ("dogwood", 76_000), ("", 96_000)]
    assert audit(ruled(tiny, {"alder": 100_000}, penalty=3), best).penalty == 270_000


def test_it_changes_the_best_plan(tiny):
    # Dogwood moves its payroll alone, for 7,000 + 35,000 + 10,000: 446,000 + 71,200 - 120,000 - 30,000.
    assert program_optimum(ruled(tiny, {"dogwood": 75_999})) == 5_310_000 - 367_200
    # With less it moves its invoices alone, for 34,000: 294,000 + 145,200 - 120,000 - 30,000.
    assert program_optimum(ruled(tiny, {"dogwood": 51_999})) == 5_310_000 - 289_200


def test_a_budget_too_small_keeps_everybody_alone(tiny):
    assert program_optimum(ruled(tiny, budget=100_000)) == 5_310_000


def test_it_makes_an_instance_infeasible(tiny):
    required = pd.DataFrame([("dogwood", "south", "*", "required")], columns=["body", "centre", "service", "status"])
    assert program_optimum(ruled(tiny.replace(links=required), {"dogwood": 9_999})) is None
    assert program_optimum(ruled(tiny.replace(links=required), budget=269_999)) is None


def test_it_is_idle_where_money_is_plenty(tiny, best):
    idle = ruled(tiny, {"alder": 190_000, "birch": 160_000, "dogwood": 76_000}, 696_000)
    assert program_optimum(idle) == program_optimum(tiny) == audit(idle, best).cost


def test_a_grant_to_one_body_does_not_pay_for_another(tiny, best):
    links = pd.DataFrame([("birch", "south", "*", -500_000)], columns=["body", "centre", "service", "extra_one_off_cost"])
    granted = ruled(tiny.replace(links=links), {"birch": 0}, 535_999)
    # Birch gets 340,000 more than it pays: that counts as nothing, and the others and the centre still need 536,000.
    assert breaches(granted, best) == [("", 1)]


def test_without_limits_and_budget_it_costs_nothing(tiny):
    from models.formulation import formulate

    plain, asked = formulate(tiny).program, formulate(ruled(tiny)).program
    assert (plain.columns, plain.rows, plain.nonzeros) == (asked.columns, asked.rows, asked.nonzeros)


def test_a_budget_left_out_is_not_shown_and_one_out_of_range_is_a_finding(tiny, best):
    asked = ruled(tiny)
    assert rule_table(asked, audit(asked, best).breaches).set_index("rule").loc["affordability", "parameters"] == ""
    with pytest.raises(InvalidInstance) as caught:
        ruled(tiny, budget=-1)
    assert [one.code for one in caught.value.findings] == ["parameter-out-of-range"]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("penalty", [None, 2])
@pytest.mark.parametrize("budget", [None, 300])
def test_the_program_agrees_with_every_plan(seed, penalty, budget):
    parameters = {} if budget is None else {"budget": budget}
    held_against_every_plan(rule_instance(seed, RuleSetting("affordability", parameters, penalty)))


@pytest.mark.parametrize("seed", range(3))
def test_the_program_agrees_with_every_plan_of_two_services_and_grants(seed):
    instance = rule_instance(seed, RuleSetting("affordability", {"budget": 400}, 1), bodies=2, services=2, forms=("outsourced", "joint-company"))
    links = pd.DataFrame([("b0", "c0", "*", -40), ("b1", "c1", "s0", -25), ("b1", "*", "*", 15)], columns=["body", "centre", "service", "extra_one_off_cost"])
    held_against_every_plan(instance.replace(links=links))


SET_UP = {"centre": ["*"], "service": ["payroll"], "band": ["all"], "capacity": [60], "set_up_cost": [60], "fixed_cost": [0], "unit_cost": [1.0]}
"""The band of the paper, paid for once instead of every year; it is the only money due before anything is saved."""


def up_front(budget, **changes):
    return paper(RuleSetting("affordability", {"budget": budget}), bands=SET_UP, **changes)


CASES = Cases(
    changes=Case(lambda: up_front(59), ALONE, TOGETHER),
    infeasible=Case(lambda: up_front(59, required=("ash",)), None, TOGETHER),
    idle=Case(lambda: up_front(60), TOGETHER, TOGETHER),
)

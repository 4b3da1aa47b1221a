"""G35: a centre works by one process, with few variants."""

import dataclasses

import pytest

from models.formulation import formulate
from models.instance import RuleSetting
from models.plan_view import CostLine
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ALONE, ASH_BIRCH, ASH_CEDAR, BODIES, TOGETHER, amounts, best, paper, shared
from tests.rule_instances import rule_instance

OWN_WAYS = {"variant": ["old", "odd", ""]}
DEAR = {
    "centre": ["*", "*"],
    "service": ["payroll", "payroll"],
    "band": ["all", "vast"],
    "capacity": [60, 90],
    "set_up_cost": [40, 900],
    "fixed_cost": [20, 0],
    "unit_cost": [1.0, 1.0],
}
"""The band of the paper costs 60 in all, 40 of it set-up, and a vaster one more than anyone wants."""


def at_most(extra, share=0.0, penalty=None):
    return RuleSetting("standardisation", {"extra": extra, "share": share}, penalty)


def test_variants_are_few():
    """Old and odd are two; ash and cedar keep one between them."""
    assert best(paper(at_most(2), baseline=OWN_WAYS)) == TOGETHER
    assert best(paper(at_most(1), baseline=OWN_WAYS)) == ASH_CEDAR
    assert best(paper(at_most(0), baseline=OWN_WAYS)) == ALONE
    assert best(paper(at_most(1, penalty=7), baseline=OWN_WAYS)) == TOGETHER + 7


def test_one_variant_of_two_bodies_is_one():
    assert best(paper(at_most(1), baseline={"variant": ["old", "old", ""]})) == TOGETHER


def test_each_variant_costs_a_share_of_the_smallest_band():
    """A quarter of 40 is 10 a variant; with a bias of a half, 15, and the band itself 20 more."""
    assert best(paper(at_most(2, 0.25), baseline=OWN_WAYS, bands=DEAR)) == TOGETHER + 2 * 10
    assert best(paper(at_most(2, 0.9), baseline=OWN_WAYS, bands=DEAR)) == TOGETHER + 2 * 36
    assert best(paper(at_most(2, 1.0), baseline=OWN_WAYS, bands=DEAR)) == ASH_CEDAR
    instance = paper(at_most(2, 0.25), baseline=OWN_WAYS, bands=DEAR)
    biased = instance.replace(appraisal=dataclasses.replace(instance.appraisal, optimism_bias={"set_up": 0.5}))
    assert best(biased) == TOGETHER + 20 + 2 * 15
    lines = [line for line in shared(biased, *BODIES).lines if line.component == "variants"]
    assert lines == [CostLine("variants", 15.0, 15, "", "payroll", "hub", "shared")] * 2


def test_it_can_leave_no_plan():
    assert best(paper(at_most(1), baseline=OWN_WAYS, required=BODIES)) is None


def test_it_is_idle_and_adds_nothing_where_nobody_insists():
    assert best(paper(at_most(0, 1.0), bands=DEAR)) == TOGETHER
    program, plain = formulate(paper(at_most(0))).program, formulate(paper()).program
    assert (program.rows, program.columns) == (plain.rows, plain.columns)


def test_a_breach_is_a_variant_too_many():
    three = {"variant": ["old", "odd", "mine"]}
    assert amounts(shared(paper(at_most(1), baseline=three), *BODIES), "standardisation") == [2]
    assert amounts(shared(paper(at_most(0, penalty=5), baseline=three), "ash", "birch"), "standardisation") == [2]
    assert amounts(shared(paper(at_most(1), baseline=OWN_WAYS), "ash", "cedar"), "standardisation") == []
    assert best(paper(at_most(1, penalty=0), baseline=three)) == TOGETHER < ASH_BIRCH


@pytest.mark.parametrize("penalty", [None, 0, 60])
@pytest.mark.parametrize(("extra", "share"), [(0, 0.05), (1, 0.6), (1, 0.0)])
@pytest.mark.parametrize(("forms", "services", "centres"), [(("unitary",), 1, 2), (("joint-committee", "outsourced"), 1, 2), (("unitary",), 2, 1)])
@pytest.mark.parametrize("seed", range(2))
def test_against_every_plan(seed, forms, services, centres, extra, share, penalty):
    held_against_every_plan(rule_instance(seed, at_most(extra, share, penalty), forms=forms, services=services, centres=centres))


CASES = Cases(
    changes=Case(lambda: paper(at_most(1), baseline=OWN_WAYS), ASH_CEDAR, TOGETHER),
    infeasible=Case(lambda: paper(at_most(1), baseline=OWN_WAYS, required=BODIES), None, TOGETHER),
    idle=Case(lambda: paper(at_most(2), baseline=OWN_WAYS), TOGETHER, TOGETHER),
)

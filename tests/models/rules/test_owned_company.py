"""A jointly owned company works above all for its owners."""

import pytest

from models.instance import RuleSetting
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.models.rules.ventures import THREE_OWNERS, TWO_OWNERS, VOLUMES, breaches, shared_plan, venture
from tests.rule_instances import rule_instance

RULE = RuleSetting("owned-company")


def test_changes_the_optimum_where_the_largest_body_may_only_be_a_customer():
    assert held_against_every_plan(venture(customers=("ash",))) == TWO_OWNERS
    # Birch and Cedar bring 40 of 100: Ash stays alone at 600, and they pay 4 x 40 + 12.
    assert held_against_every_plan(venture(RULE, customers=("ash",))) == 600 + 160 + 12


def test_is_idle_where_two_owners_bring_most_of_the_work():
    assert held_against_every_plan(venture(RULE)) == TWO_OWNERS


def test_is_infeasible_where_all_must_share():
    assert held_against_every_plan(venture(RULE, customers=("ash",), required=tuple(VOLUMES))) is None


def test_exactly_80_per_cent_is_not_over_80_per_cent():
    exactly = {"ash": 60, "birch": 20, "cedar": 20}
    assert held_against_every_plan(venture(RULE, customers=("cedar",), volumes=exactly)) == 4 * 80 + 12 + 200
    over = {**exactly, "cedar": 19}
    assert held_against_every_plan(venture(RULE, customers=("cedar",), volumes=over)) == 4 * 99 + 12


def test_work_for_the_open_market_is_not_work_for_the_owners():
    # 90 of 120 is too little, 100 of 120 is enough: Cedar has to own as well.
    assert held_against_every_plan(venture(RULE, centres=({"open_market_workload": 20},))) == THREE_OWNERS


def test_a_committee_is_not_a_company():
    assert held_against_every_plan(venture(RULE, forms=("joint-committee",), customers=("ash",))) == TWO_OWNERS


def test_the_amount_of_a_forged_plan():
    instance = venture(RULE)
    # Customers do 60 of 100; 19 is the most that is under 20 %.
    (breach,) = breaches(instance, shared_plan(instance, form="joint-company", owners=("birch", "cedar")), "owned-company")
    assert breach.amount == 60 - 19


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("share", [0.8, 0.55])
def test_every_plan_agrees(seed, share):
    rule = RuleSetting("owned-company", {"share": share})
    held_against_every_plan(rule_instance(seed, rule, forms=("joint-company",), services=2, centres=1, bodies=2 + seed % 2))


CASES = Cases(
    changes=Case(lambda: venture(RULE, customers=("ash",)), 600 + 160 + 12, TWO_OWNERS),
    infeasible=Case(lambda: venture(RULE, customers=("ash",), required=tuple(VOLUMES)), None, TWO_OWNERS),
    idle=Case(lambda: venture(RULE), TWO_OWNERS, TWO_OWNERS),
)

"""A joint committee hardly works for the open market."""

import pytest

from models.instance import RuleSetting
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.models.rules.ventures import ALONE, TWO_OWNERS, VOLUMES, breaches, shared_plan, venture
from tests.rule_instances import rule_instance

RULE = RuleSetting("cooperation")
COMMITTEE = ("joint-committee",)


def with_outside(workload, *rules, **changes):
    return venture(*rules, forms=COMMITTEE, centres=({"open_market_workload": workload},), **changes)


def test_changes_the_optimum_a_body_joins_so_that_the_rest_is_small_enough():
    cheap = {"cedar": 30}
    assert held_against_every_plan(with_outside(24, annual_costs=cheap)) == 4 * 90 + 12 + 30
    assert held_against_every_plan(with_outside(24, RULE, annual_costs=cheap)) == TWO_OWNERS


def test_is_idle_without_or_with_little_open_market_work():
    assert held_against_every_plan(with_outside(0, RULE)) == TWO_OWNERS
    assert held_against_every_plan(with_outside(24, RULE)) == TWO_OWNERS


def test_exactly_20_per_cent_is_not_under_20_per_cent():
    assert held_against_every_plan(with_outside(25, RULE)) == ALONE
    assert held_against_every_plan(with_outside(25, RULE, required=tuple(VOLUMES))) is None


def test_the_amount_of_a_forged_plan():
    instance = with_outside(30, RULE)
    (breach,) = breaches(instance, shared_plan(instance, form="joint-committee", lead="ash", owners=("ash", "birch")), "cooperation")
    # 30 is under a fifth of 30 + W from W = 121 on.
    assert breach.amount == 121 - 100


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("share", [0.1, 0.3])
def test_every_plan_agrees(seed, share):
    held_against_every_plan(rule_instance(seed, RuleSetting("cooperation", {"share": share}), forms=COMMITTEE, centres=1))


CASES = Cases(
    changes=Case(lambda: with_outside(24, RULE, annual_costs={"cedar": 30}), TWO_OWNERS, 4 * 90 + 12 + 30),
    infeasible=Case(lambda: with_outside(25, RULE, required=tuple(VOLUMES)), None, TWO_OWNERS),
    idle=Case(lambda: with_outside(24, RULE), TWO_OWNERS, TWO_OWNERS),
)

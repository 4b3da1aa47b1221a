"""A centre with a private co-owner runs under no joint form."""

import pytest

from models.instance import RuleSetting
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.models.rules.ventures import ALONE, TWO_OWNERS, VOLUMES, breaches, shared_plan, venture
from tests.rule_instances import rule_instance

RULE = RuleSetting("no-private-capital")
PRIVATE = ({"private_co_owner": True},)


def test_changes_the_optimum_to_an_outsourced_centre():
    both = {"forms": ("joint-company", "outsourced"), "models": {"outsourced": {"procurement_cost": 50}}}
    assert held_against_every_plan(venture(centres=PRIVATE, **both)) == TWO_OWNERS
    assert held_against_every_plan(venture(RULE, centres=PRIVATE, **both)) == 4 * 100 + 10 + 1 + 50
    assert held_against_every_plan(venture(RULE, centres=PRIVATE)) == ALONE


def test_is_idle_at_a_public_centre():
    assert held_against_every_plan(venture(RULE)) == TWO_OWNERS


def test_is_infeasible_where_all_must_share_there():
    assert held_against_every_plan(venture(RULE, centres=PRIVATE, required=tuple(VOLUMES))) is None


def test_a_forged_plan_is_caught():
    instance = venture(RULE, centres=PRIVATE)
    (breach,) = breaches(instance, shared_plan(instance, form="joint-company", owners=("ash", "birch")), "no-private-capital")
    assert breach.centre == "c0"


@pytest.mark.parametrize("seed", range(6))
def test_every_plan_agrees(seed):
    held_against_every_plan(rule_instance(seed, RULE, centres=1))


BOTH = {"forms": ("joint-company", "outsourced"), "models": {"outsourced": {"procurement_cost": 50}}}
CASES = Cases(
    changes=Case(lambda: venture(RULE, centres=PRIVATE, **BOTH), 4 * 100 + 10 + 1 + 50, TWO_OWNERS),
    infeasible=Case(lambda: venture(RULE, centres=PRIVATE, required=tuple(VOLUMES)), None, TWO_OWNERS),
    idle=Case(lambda: venture(RULE), TWO_OWNERS, TWO_OWNERS),
)

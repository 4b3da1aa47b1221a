"""A joint cluster has few owners."""

import pytest

from models.instance import RuleSetting
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.models.rules.ventures import ALONE, THREE_OWNERS, TWO_OWNERS, VOLUMES, breaches, shared_plan, venture
from tests.rule_instances import rule_instance

DOMINANCE = RuleSetting("dominance", {"share": 0.6})


def limit(maximum, penalty=None):
    return RuleSetting("owner-limit", {"maximum": maximum}, penalty)


def test_changes_the_optimum_where_three_would_have_to_own():
    assert held_against_every_plan(venture(DOMINANCE)) == THREE_OWNERS
    assert held_against_every_plan(venture(DOMINANCE, limit(2))) == ALONE
    assert held_against_every_plan(venture(DOMINANCE, limit(2, 7))) == THREE_OWNERS + 7


def test_is_idle_by_default_and_infeasible_where_all_must_share():
    assert held_against_every_plan(venture(RuleSetting("owner-limit"))) == TWO_OWNERS
    assert held_against_every_plan(venture(limit(1), required=tuple(VOLUMES))) is None


def test_those_who_sign_a_contract_together_are_no_joint_venture():
    three_sign = {"forms": ("outsourced",), "models": {"outsourced": {"minimum_owners": 3}}}
    assert held_against_every_plan(venture(limit(2), **three_sign)) == THREE_OWNERS


def test_what_a_commercial_model_states_holds_for_any_form():
    one_signs = venture(limit(8), forms=("outsourced",), models={"outsourced": {"maximum_owners": 1}})
    (breach,) = breaches(one_signs, shared_plan(one_signs, form="outsourced", owners=("ash", "birch", "cedar")), "owner-limit")
    assert breach.amount == 2


@pytest.mark.parametrize("seed", range(5))
def test_every_plan_agrees(seed):
    held_against_every_plan(rule_instance(seed, limit(1, 20), RuleSetting("dominance", {"share": 0.5}, 1), centres=1))


CASES = Cases(
    changes=Case(lambda: venture(DOMINANCE, limit(2)), ALONE, THREE_OWNERS),
    infeasible=Case(lambda: venture(limit(1), required=tuple(VOLUMES)), None, TWO_OWNERS),
    idle=Case(lambda: venture(limit(2)), TWO_OWNERS, TWO_OWNERS),
)

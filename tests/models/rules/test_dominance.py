"""No owner dominates a joint cluster."""

import pytest

from models.instance import RuleSetting
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.models.rules.ventures import ALONE, THREE_OWNERS, TWO_OWNERS, VOLUMES, breaches, shared_plan, venture
from tests.rule_instances import rule_instance


def dominance(share, penalty=None):
    return RuleSetting("dominance", {"share": share}, penalty)


def test_changes_the_optimum_ash_is_under_the_share_only_among_three_owners():
    assert held_against_every_plan(venture()) == TWO_OWNERS
    assert held_against_every_plan(venture(dominance(0.6))) == THREE_OWNERS


def test_is_idle_when_the_share_is_wide():
    assert held_against_every_plan(venture(dominance(0.7))) == TWO_OWNERS


def test_bars_every_joint_cluster_where_somebody_always_dominates():
    assert held_against_every_plan(venture(dominance(0.5))) == ALONE
    assert held_against_every_plan(venture(dominance(0.5), required=tuple(VOLUMES))) is None


def test_a_breach_is_paid_by_the_hundredth():
    # Three owners: 100 x 60 - 59 x 100 = 100 hundredths of a unit too many, at 1 each.
    assert held_against_every_plan(venture(dominance(0.59, 1))) == THREE_OWNERS + 100


def test_the_amount_of_a_forged_plan():
    instance = venture(dominance(0.6))
    (breach,) = breaches(instance, shared_plan(instance, form="joint-company", owners=("ash", "birch")), "dominance")
    assert (breach.body, breach.centre, breach.amount) == ("ash", "c0", 100 * 60 - 60 * 90)
    both = breaches(venture(dominance(0.3)), shared_plan(instance, form="joint-company", owners=("ash", "birch")), "dominance")
    assert {breach.body: breach.amount for breach in both} == {"ash": 100 * 60 - 30 * 90, "birch": 100 * 30 - 30 * 90}


def test_an_outsourced_contract_has_no_owners_to_dominate_it():
    assert held_against_every_plan(venture(dominance(0.5), forms=("outsourced",))) == held_against_every_plan(venture(forms=("outsourced",)))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("setting", [dominance(0.4), dominance(0.55), dominance(0.45, 2)], ids=str)
def test_every_plan_agrees(seed, setting):
    held_against_every_plan(rule_instance(seed, setting, forms=("joint-committee", "joint-company"), services=2, centres=1, bodies=2 + seed % 2))


CASES = Cases(
    changes=Case(lambda: venture(dominance(0.6)), THREE_OWNERS, TWO_OWNERS),
    infeasible=Case(lambda: venture(dominance(0.5), required=tuple(VOLUMES)), None, TWO_OWNERS),
    idle=Case(lambda: venture(dominance(0.7)), TWO_OWNERS, TWO_OWNERS),
)

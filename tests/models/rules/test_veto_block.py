"""No owner holds so many seats that nothing passes without it."""

import itertools

import pytest

from models.instance import RuleSetting
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.models.rules.ventures import ALONE, THREE_OWNERS, TWO_OWNERS, VOLUMES, breaches, shared_plan, venture
from tests.rule_instances import rule_instance


def veto(share):
    return RuleSetting("veto-block", {"share": share})


def test_changes_the_optimum_three_owners_hold_a_third_each():
    assert held_against_every_plan(venture(veto(0.34))) == THREE_OWNERS
    assert held_against_every_plan(venture(veto(0.33))) == ALONE


def test_is_idle_by_default():
    assert held_against_every_plan(venture(RuleSetting("veto-block"))) == TWO_OWNERS


def test_is_infeasible_where_three_must_share_and_four_would_have_to_own():
    assert held_against_every_plan(venture(veto(0.25), required=tuple(VOLUMES))) is None


def test_the_amount_of_a_forged_plan():
    instance = venture(veto(0.2))
    (breach,) = breaches(instance, shared_plan(instance, form="joint-company", owners=("ash", "birch")), "veto-block")
    assert breach.amount == 3


@pytest.mark.parametrize("maximum", [3, 5])
@pytest.mark.parametrize("share", [20, 25, 33, 34, 40, 50, 60])
def test_a_board_exists_exactly_when_the_count_of_owners_says_so(share, maximum):
    for owners in range(1, 6):
        boards = itertools.product(range(1, maximum + 1), repeat=owners)
        exists = any(sum(board) <= maximum and all(100 * seats <= share * sum(board) for seats in board) for board in boards)
        assert exists == (-(-100 // share) <= owners <= maximum)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("share", [0.3, 0.4])
def test_every_plan_agrees(seed, share):
    held_against_every_plan(rule_instance(seed, veto(share), forms=("joint-committee", "joint-company"), centres=1))


CASES = Cases(
    changes=Case(lambda: venture(veto(0.34)), THREE_OWNERS, TWO_OWNERS),
    infeasible=Case(lambda: venture(veto(0.25), required=tuple(VOLUMES)), None, TWO_OWNERS),
    idle=Case(lambda: venture(RuleSetting("veto-block")), TWO_OWNERS, TWO_OWNERS),
)

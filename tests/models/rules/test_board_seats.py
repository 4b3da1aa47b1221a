"""Every owner has a seat on a board that is not too large."""

import pytest

from models.instance import RuleSetting
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.models.rules.ventures import ALONE, THREE_OWNERS, TWO_OWNERS, VOLUMES, breaches, shared_plan, venture
from tests.rule_instances import rule_instance

DOMINANCE = RuleSetting("dominance", {"share": 0.6})


def board(maximum):
    return RuleSetting("board-seats", {"maximum": maximum})


def test_changes_the_optimum_where_three_must_own_and_only_two_can_sit():
    assert held_against_every_plan(venture(DOMINANCE)) == THREE_OWNERS
    assert held_against_every_plan(venture(DOMINANCE, board(2))) == ALONE


def test_is_idle_on_the_default_board():
    assert held_against_every_plan(venture(RuleSetting("board-seats"))) == TWO_OWNERS


def test_is_infeasible_where_all_must_share_and_a_board_has_one_seat():
    assert held_against_every_plan(venture(board(1))) == ALONE
    assert held_against_every_plan(venture(board(1), required=tuple(VOLUMES))) is None


def test_the_amount_of_a_forged_plan():
    instance = venture(board(1))
    (breach,) = breaches(instance, shared_plan(instance, form="joint-company", owners=("ash", "birch", "cedar")), "board-seats")
    assert breach.amount == 2


@pytest.mark.parametrize("seed", range(6))
def test_every_plan_agrees(seed):
    rules = (board(2), RuleSetting("dominance", {"share": 0.5}, 1))
    held_against_every_plan(rule_instance(seed, *rules, forms=("joint-committee", "joint-company"), centres=1))


CASES = Cases(
    changes=Case(lambda: venture(DOMINANCE, board(2)), ALONE, THREE_OWNERS),
    infeasible=Case(lambda: venture(board(1), required=tuple(VOLUMES)), None, TWO_OWNERS),
    idle=Case(lambda: venture(RuleSetting("board-seats")), TWO_OWNERS, TWO_OWNERS),
)

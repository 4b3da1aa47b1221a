"""Seats on the boards of joint clusters."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from models.audit import audit
from models.boards import seats
from models.instance import RuleSetting
from models.plan_tables import plan_tables
from tests.models.rules.ventures import shared_plan, venture

BOARD, VETO = RuleSetting("board-seats"), RuleSetting("veto-block")


def test_by_hand():
    # 12 seats, one each first: then averages 30, 20, 15, 15, 12, 10, 10, 8.6, 7.5 go to Ash, Ash, Ash, Birch, Ash, Ash, Birch, Ash, Ash.
    assert seats((60, 30, 10), 12, 100) == (8, 3, 1)
    # No more than half of 12: after Ash's five more, Birch's averages 15, 10, 7.5 and 6 are all above Cedar's 5.
    assert seats((60, 30, 10), 12, 50) == (6, 5, 1)
    assert seats((60, 30), 12, 50) == (6, 6)
    # Eleven seats cannot be held by two who hold half at most.
    assert seats((60, 30), 11, 50) == (5, 5)
    assert seats((5, 5), 3, 100) == (2, 1)


def test_where_no_board_exists_there_are_no_seats():
    assert seats((60, 30, 10), 2, 100) == ()
    assert seats((60, 30), 12, 49) == ()
    assert seats((), 12, 50) == ()


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8).map(tuple), st.integers(1, 30), st.integers(1, 100))
def test_a_board_keeps_every_limit_and_is_found_whenever_there_is_one(workload, maximum, share):
    held = seats(workload, maximum, share)
    assert bool(held) == (len(workload) <= maximum and len(workload) * share >= 100)
    if held:
        assert len(held) == len(workload)
        assert min(held) >= 1
        assert sum(held) <= maximum
        assert all(100 * one <= share * sum(held) for one in held)


def owners(instance, form="joint-company", lead=""):
    plan = shared_plan(instance, form=form, owners=("ash", "birch") if form != "unitary" else ("ash",), lead=lead)
    return plan_tables(instance, plan, audit(instance, plan))["owners"]


def test_the_table_of_owners():
    table = owners(venture(BOARD, VETO))
    assert table["body"].tolist() == ["ash", "birch"]
    assert table["workload"].tolist() == [60, 30]
    assert table["share"].tolist() == [0.6667, 0.3333]
    assert table["seats"].tolist() == [6, 6]
    assert owners(venture(BOARD))["seats"].tolist() == [8, 4]
    assert owners(venture(VETO))["seats"].tolist() == [1, 1]


def test_seats_stay_blank_without_rules_on_seats_or_without_a_board():
    assert owners(venture())["seats"].tolist() == [pd.NA, pd.NA]
    assert owners(venture(BOARD, forms=("unitary",)), form="unitary", lead="ash")["seats"].tolist() == [pd.NA]
    assert owners(venture(RuleSetting("board-seats", {"maximum": 1})))["seats"].tolist() == [pd.NA, pd.NA]

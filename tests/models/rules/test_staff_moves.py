"""G36: few posts move far."""

import numpy as np
import pandas as pd
import pytest

from models.formulation import formulate
from models.instance import RuleSetting
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ALONE, ASH_BIRCH, ASH_CEDAR, BODIES, TOGETHER, amounts, best, paper, shared
from tests.rule_instances import rule_instance

POSTS = {"posts": [1.5, 2.0, 0.25]}
"""The hub stands where ash is; birch is 11 km away and cedar 22 km."""


def at_most(maximum, distance_km, penalty=None):
    return RuleSetting("staff-moves", {"maximum": maximum, "distance_km": distance_km}, penalty)


def test_it_limits_posts_moved_far():
    assert best(paper(at_most(2, 10.0), baseline=POSTS)) == ASH_BIRCH
    assert best(paper(at_most(1, 10.0), baseline=POSTS)) == ASH_CEDAR
    assert best(paper(at_most(3, 10.0), baseline=POSTS)) == TOGETHER
    assert best(paper(at_most(0, 15.0), baseline=POSTS)) == ASH_BIRCH
    assert best(paper(at_most(0, 10.0), baseline=POSTS)) == ALONE


def test_a_penalty_is_paid_a_thousandth_of_a_post():
    assert best(paper(at_most(2, 10.0, 0), baseline=POSTS)) == TOGETHER
    assert best(paper(at_most(0, 15.0, 1), baseline={"posts": [9, 9, 0.05]})) == TOGETHER + 50


def test_it_can_leave_no_plan():
    assert best(paper(at_most(2, 10.0), baseline=POSTS, required=BODIES)) is None


def test_it_is_idle_where_nobody_moves_far():
    assert best(paper(at_most(0, 30.0), baseline=POSTS)) == TOGETHER
    assert best(paper(at_most(0, 0.0))) == TOGETHER


def test_a_stated_distance_counts():
    near = pd.DataFrame({"body": ["cedar"], "centre": ["hub"], "distance_km": [9.0]})
    assert best(paper(at_most(0, 15.0), baseline=POSTS, links=near)) == TOGETHER


def test_a_breach_counts_over_the_whole_plan_in_thousandths():
    assert amounts(shared(paper(at_most(2, 10.0), baseline=POSTS), *BODIES), "staff-moves") == [250]
    assert amounts(shared(paper(at_most(0, 10.0, 1), baseline=POSTS), *BODIES), "staff-moves") == [2250]
    assert amounts(shared(paper(at_most(2, 10.0), baseline=POSTS), "ash", "birch"), "staff-moves") == []


def test_the_row_is_written_over_the_fewer_columns():
    """Where all but one of many centres are far, staying alone and the near one say the same in two columns a unit."""
    centres = pd.DataFrame({"centre": [f"c{at}" for at in range(9)], "latitude": np.linspace(52.0, 56.0, 9), "longitude": 0.0})
    ruled, plain = (formulate(paper(*rules, baseline=POSTS, centres=centres)).program for rules in ((at_most(1, 30.0),), ()))
    assert ruled.rows - plain.rows == 1
    assert ruled.nonzeros - plain.nonzeros == 3 * 2


@pytest.mark.parametrize("penalty", [None, 0, 1])
@pytest.mark.parametrize(("maximum", "distance"), [(0, 40.0), (5, 20.0), (9, 0.0)])
@pytest.mark.parametrize(("forms", "services", "centres"), [(("unitary",), 1, 2), (("joint-committee", "outsourced"), 1, 2), (("unitary",), 2, 1)])
@pytest.mark.parametrize("seed", range(2))
def test_against_every_plan(seed, forms, services, centres, maximum, distance, penalty):
    held_against_every_plan(rule_instance(seed, at_most(maximum, distance, penalty), forms=forms, services=services, centres=centres))


@pytest.mark.parametrize("penalty", [None, 1])
@pytest.mark.parametrize("seed", range(4))
def test_against_every_plan_where_most_centres_are_far(seed, penalty):
    held_against_every_plan(rule_instance(seed, at_most(4, 15.0, penalty), forms=("unitary",), bodies=2, centres=4))


CASES = Cases(
    changes=Case(lambda: paper(at_most(2, 10.0), baseline=POSTS), ASH_BIRCH, TOGETHER),
    infeasible=Case(lambda: paper(at_most(2, 10.0), baseline=POSTS, required=BODIES), None, TOGETHER),
    idle=Case(lambda: paper(at_most(3, 10.0), baseline=POSTS), TOGETHER, TOGETHER),
)

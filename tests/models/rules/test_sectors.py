"""G24: few sectors in one cluster."""

import pytest

from models.formulation import formulate
from models.instance import RuleSetting
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ASH_BIRCH, BODIES, TOGETHER, amounts, best, paper, shared
from tests.rule_instances import rule_instance

MIXED = {"sector": ["council", "health", "police"]}


def at_most(maximum, penalty=None):
    return RuleSetting("sectors", {"maximum": maximum}, penalty)


def test_it_limits_the_mix():
    assert best(paper(at_most(2), bodies=MIXED)) == ASH_BIRCH
    assert best(paper(at_most(2), bodies={"sector": ["council", "council", "police"]})) == TOGETHER
    assert best(paper(at_most(2, 40), bodies=MIXED)) == TOGETHER + 40
    assert best(paper(at_most(2, 80), bodies=MIXED)) == ASH_BIRCH


def test_it_can_leave_no_plan():
    assert best(paper(at_most(3), bodies=MIXED, required=BODIES)) == TOGETHER
    assert best(paper(at_most(2), bodies=MIXED, required=BODIES)) is None


def test_it_is_idle_and_adds_nothing_where_there_are_few_sectors():
    for instance in (paper(at_most(3), bodies=MIXED), paper(at_most(1), bodies={"sector": ["council", "", "council"]})):
        assert best(instance) == TOGETHER
        program, plain = formulate(instance).program, formulate(paper()).program
        assert (program.rows, program.columns) == (plain.rows, plain.columns)


def test_each_sector_too_many_counts():
    assert amounts(shared(paper(at_most(1), bodies=MIXED), *BODIES), "sectors") == [2]
    assert amounts(shared(paper(at_most(1, 9), bodies=MIXED), "ash", "cedar"), "sectors") == [1]
    assert shared(paper(at_most(1, 9), bodies=MIXED), *BODIES).penalty == 18
    assert amounts(shared(paper(at_most(1), bodies={"sector": ["council", "", ""]}), *BODIES), "sectors") == []


@pytest.mark.parametrize("penalty", [None, 0, 25])
@pytest.mark.parametrize(("maximum", "forms"), [(1, ("unitary",)), (2, ("unitary",)), (1, ("joint-committee",)), (1, ("outsourced", "joint-company"))])
@pytest.mark.parametrize("seed", range(4))
def test_against_every_plan(seed, maximum, forms, penalty):
    held_against_every_plan(rule_instance(seed, at_most(maximum, penalty), forms=forms))


CASES = Cases(
    changes=Case(lambda: paper(at_most(2), bodies=MIXED), ASH_BIRCH, TOGETHER),
    infeasible=Case(lambda: paper(at_most(2), bodies=MIXED, required=BODIES), None, TOGETHER),
    idle=Case(lambda: paper(at_most(3), bodies=MIXED), TOGETHER, TOGETHER),
)

"""G27: no centre does more than a share of a service."""

import pytest

from models.formulation import formulate
from models.instance import RuleSetting
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ALONE, ASH_BIRCH, ASH_CEDAR, BODIES, TOGETHER, amounts, best, paper, shared
from tests.rule_instances import rule_instance


def at_most(share, penalty=None):
    return RuleSetting("resilience", {"share": share}, penalty)


def test_it_keeps_work_back():
    """Of 60 units in all, two thirds are 40 and half are 30."""
    assert best(paper(at_most(0.667))) == ASH_CEDAR - 10
    assert best(paper(at_most(0.5))) == ASH_BIRCH
    assert best(paper(at_most(0.49))) == ALONE
    assert best(paper(at_most(0.5, 2))) == TOGETHER + 2 * 30
    assert best(paper(at_most(0.5, 3))) == ASH_BIRCH


def test_it_can_leave_no_plan():
    assert best(paper(at_most(0.9), required=BODIES)) is None


def test_it_is_idle_and_adds_nothing_where_no_centre_could_be_so_big():
    instance = paper(at_most(0.6), bands={"centre": ["*"], "service": ["payroll"], "band": ["all"], "capacity": [36], "fixed_cost": [60], "unit_cost": [1.0]})
    plain = instance.replace(rules=())
    assert best(instance) == best(plain) == ASH_BIRCH
    assert formulate(instance).program.rows == formulate(plain).program.rows
    assert best(paper(at_most(1.0))) == TOGETHER


def test_a_breach_is_the_volume_above():
    assert amounts(shared(paper(at_most(0.6)), *BODIES), "resilience") == [60 - 36]
    assert amounts(shared(paper(at_most(0.667)), "birch", "cedar"), "resilience") == [50 - 40]
    assert amounts(shared(paper(at_most(0.6, 1)), "ash", "birch"), "resilience") == []


@pytest.mark.parametrize("penalty", [None, 0, 3])
@pytest.mark.parametrize("share", [0.2, 0.45, 0.7])
@pytest.mark.parametrize(("forms", "services", "centres"), [(("unitary",), 1, 2), (("outsourced", "joint-company"), 1, 2), (("unitary",), 2, 1)])
@pytest.mark.parametrize("seed", range(2))
def test_against_every_plan(seed, forms, services, centres, share, penalty):
    held_against_every_plan(rule_instance(seed, at_most(share, penalty), forms=forms, services=services, centres=centres))


CASES = Cases(
    changes=Case(lambda: paper(at_most(0.5)), ASH_BIRCH, TOGETHER),
    infeasible=Case(lambda: paper(at_most(0.9), required=BODIES), None, TOGETHER),
    idle=Case(lambda: paper(at_most(1.0)), TOGETHER, TOGETHER),
)

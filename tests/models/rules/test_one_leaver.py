"""G28: a cluster survives when any one member leaves."""

import pytest

from models.formulation import formulate
from models.instance import RuleSetting
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ALONE, ASH_BIRCH, BIRCH_CEDAR, BODIES, TOGETHER, amounts, best, paper, shared
from tests.rule_instances import rule_instance


def survives(penalty=None):
    return RuleSetting("one-leaver", {}, penalty)


def needs(volume):
    return {"leaver_volume": [volume]}


def test_the_largest_member_decides():
    """Without cedar the three keep 30 of 60 units; without the larger of a pair at most 20 are left."""
    assert best(paper(survives(), model=needs(30))) == TOGETHER
    assert best(paper(survives(), model=needs(31))) == ALONE
    assert best(paper(survives(4), model=needs(40))) == TOGETHER + 4 * 10
    assert best(paper(survives(4), model=needs(60))) == TOGETHER + 4 * 30
    assert best(paper(survives(60), model=needs(60))) == ALONE


def test_a_small_cluster_can_be_the_better_one():
    """Birch and cedar leave 20 when one goes; ash and birch leave 10."""
    small = {"capacity": [50], "centre": ["*"], "service": ["payroll"], "band": ["all"], "fixed_cost": [60], "unit_cost": [1.0]}
    assert best(paper(survives(), model=needs(10), bands=small)) == ASH_BIRCH
    assert best(paper(survives(), model=needs(11), bands=small)) == BIRCH_CEDAR


def test_it_can_leave_no_plan():
    assert best(paper(survives(), model=needs(31), required=BODIES)) is None


def test_it_is_idle_where_the_model_needs_nothing():
    instance = paper(survives(), model=needs(0))
    assert best(instance) == TOGETHER
    program, plain = formulate(instance).program, formulate(paper()).program
    assert (program.rows, program.columns) == (plain.rows, plain.columns)


def test_without_a_figure_of_its_own_the_minimum_volume_counts():
    assert best(paper(survives(), model={"minimum_volume": [31]})) == ALONE


def test_a_breach_is_what_is_missing_then():
    assert amounts(shared(paper(survives(), model=needs(45)), *BODIES), "one-leaver") == [15]
    assert amounts(shared(paper(survives(2), model=needs(45)), "ash", "birch"), "one-leaver") == [35]
    assert amounts(shared(paper(survives(2), model=needs(45)), "ash"), "one-leaver") == [45]
    assert shared(paper(survives(2), model=needs(45)), "ash", "birch").penalty == 70


@pytest.mark.parametrize("penalty", [None, 0, 3])
@pytest.mark.parametrize(("forms", "services", "centres"), [(("unitary",), 1, 2), (("joint-committee", "outsourced"), 1, 2), (("unitary",), 2, 1)])
@pytest.mark.parametrize("seed", range(5))
def test_against_every_plan(seed, forms, services, centres, penalty):
    instance = rule_instance(seed, survives(penalty), forms=forms, services=services, centres=centres)
    models = instance.table("commercial_models")
    held_against_every_plan(instance.replace(commercial_models=models.assign(leaver_volume=[20 + 9 * seed] * len(models))))


SMALL = {"capacity": [50], "centre": ["*"], "service": ["payroll"], "band": ["all"], "fixed_cost": [60], "unit_cost": [1.0]}
CASES = Cases(
    changes=Case(lambda: paper(survives(), model=needs(11), bands=SMALL), BIRCH_CEDAR, ASH_BIRCH),
    infeasible=Case(lambda: paper(survives(), model=needs(31), required=BODIES), None, TOGETHER),
    idle=Case(lambda: paper(survives(), model=needs(30)), TOGETHER, TOGETHER),
)

"""C4: nobody keeps the service."""

from models.arrays import instance_arrays
from models.instance import RuleSetting
from models.rules.all_served import must_be_served
from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ALONE, ASH_BIRCH, TOGETHER, amounts, paper, shared

SMALL = {"centre": ["*"], "service": ["payroll"], "band": ["all"], "capacity": [30], "set_up_cost": [0], "fixed_cost": [60], "unit_cost": [1.0]}
DEAR = {"centre": ["*"], "service": ["payroll"], "band": ["all"], "capacity": [60], "set_up_cost": [0], "fixed_cost": [300], "unit_cost": [1.0]}
EVERYBODY = 390
"""Band 300, governance 30 and 60 units of work, against 300 alone."""


def served(service: str = "", **changes):
    return paper(RuleSetting("all-served", {"service": service}), **changes)


CASES = Cases(
    changes=Case(lambda: served(bands=DEAR), EVERYBODY, ALONE),
    infeasible=Case(lambda: served("payroll", bands=SMALL), None, ASH_BIRCH),
    idle=Case(served, TOGETHER, TOGETHER),
)


def test_each_body_left_alone_is_a_breach_of_one():
    assert amounts(shared(served(), "ash", "birch"), "all-served") == [1]
    assert amounts(shared(served(), "ash"), "all-served") == [1, 1]


def test_a_service_that_nobody_has_binds_nobody():
    arrays = instance_arrays(paper())
    assert must_be_served(arrays, {"service": "archives"}).size == 0
    assert must_be_served(arrays, {"service": "payroll"}).size == 3


def test_an_outsourced_model_may_ask_for_no_owner():
    assert paper(model={"minimum_owners": [0]}).table("commercial_models")["minimum_owners"].tolist() == [0]
    assert amounts(shared(paper(model={"minimum_owners": [0]}), "ash", owners=()), "joint-owners") == []

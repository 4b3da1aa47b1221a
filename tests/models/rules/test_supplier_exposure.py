"""No supplier holds too much of everybody's work."""

import pytest

from models.instance import RuleSetting
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.models.rules.ventures import VOLUMES, breaches, shared_plan, venture
from tests.rule_instances import rule_instance

OUTSOURCED = ("outsourced",)
SHARED = 4 * 100 + 10 + 1


def exposure(share, penalty=None):
    return RuleSetting("supplier-exposure", {"share": share}, penalty)


def outsourced(*rules, **changes):
    return venture(*rules, forms=OUTSOURCED, **changes)


def test_changes_the_optimum_the_largest_body_stays_alone():
    assert held_against_every_plan(outsourced()) == SHARED
    assert held_against_every_plan(outsourced(exposure(0.5))) == 600 + 4 * 40 + 11


def test_is_idle_when_one_supplier_may_hold_everything():
    assert held_against_every_plan(outsourced(exposure(1.0))) == SHARED


def test_is_infeasible_where_all_must_share():
    assert held_against_every_plan(outsourced(exposure(0.5), required=tuple(VOLUMES))) is None


def test_two_centres_of_one_supplier_count_together():
    able = ({"supplier": "Able plc"}, {"supplier": "Able plc"})
    two = ({"supplier": "Able plc"}, {"supplier": "Baker plc"})
    assert held_against_every_plan(outsourced(exposure(0.6), centres=two)) == 4 * 100 + 2 * 11
    assert held_against_every_plan(outsourced(exposure(0.6), centres=able)) == 4 * 60 + 11 + 400


def test_a_breach_is_paid_by_the_unit_of_work():
    assert held_against_every_plan(outsourced(exposure(0.5, 1))) == SHARED + 50


def test_the_amount_of_a_forged_plan():
    instance = outsourced(exposure(0.33))
    (breach,) = breaches(instance, shared_plan(instance, form="outsourced", owners=("ash",)), "supplier-exposure")
    assert breach.amount == 100 - 33


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("setting", [exposure(0.4), exposure(0.5, 3)], ids=str)
def test_every_plan_agrees(seed, setting):
    held_against_every_plan(rule_instance(seed, setting, forms=("outsourced", "unitary")))


CASES = Cases(
    changes=Case(lambda: outsourced(exposure(0.5)), 600 + 4 * 40 + 11, SHARED),
    infeasible=Case(lambda: outsourced(exposure(0.5), required=tuple(VOLUMES)), None, SHARED),
    idle=Case(lambda: outsourced(exposure(1.0)), SHARED, SHARED),
)

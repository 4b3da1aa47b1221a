"""What bodies that must share cannot pay is told while an instance is read, and never of a body that can."""

import dataclasses
from collections import Counter

import pandas as pd
import pytest

from models.economics import COMPONENTS, Profile
from models.instance import RuleSetting
from models.rules import registry
from models.tables import check_instance, write_instance
from solver.explain.infeasible import explain
from tests.enumeration import program_optimum, standing
from tests.rule_cases import paper
from tests.rule_instances import rule_instance


def warned(instance, folder, code):
    write_instance(instance, folder / "one.json", force=True)
    return [(one.sheet, one.row, one.column, one.value, one.message) for one in check_instance(folder / "one.json")[1] if one.code == code]


def moving(*rules, limits=(None, None, None), annual=(100, 100, 100), **changes):
    """Return the paper where joining costs 12 and each unit of annual cost moved a tenth."""
    bodies = {"up_front_limit": pd.array(limits, dtype="Int64")}
    plain = paper(bodies=bodies, baseline={"annual_cost": list(annual)}, **changes)
    return plain.replace(appraisal=dataclasses.replace(plain.appraisal, migration_cost=12, migration_rate=0.1), rules=rules)


def limited(cedar, **changes):
    return moving(RuleSetting("affordability"), limits=(None, None, cedar), **changes)


REQUIRED = {"required": ("ash", "cedar")}
PAIRED = {"pairs": pd.DataFrame({"body_a": ["ash"], "body_b": ["cedar"], "relation": ["must-share"]})}


def test_a_limit_below_what_moving_costs_at_least_names_the_row(tmp_path):
    ((sheet, row, column, value, message),) = warned(limited(21, **REQUIRED), tmp_path, "required-beyond-money")
    assert (sheet, row, column, value) == ("links", 3, "status", "cedar")
    assert "pays at least 22 up front to do so; its up_front_limit is 21" in message
    assert program_optimum(limited(21, **REQUIRED)) is None
    assert warned(limited(22, **REQUIRED), tmp_path, "required-beyond-money") == []
    assert program_optimum(limited(22, **REQUIRED)) is not None


def test_a_pair_that_must_share_counts_like_a_link(tmp_path):
    ((sheet, row, column, _, _),) = warned(limited(21, **PAIRED), tmp_path, "required-beyond-money")
    assert (sheet, row, column) == ("pairs", 2, "relation")
    assert warned(limited(22, **PAIRED), tmp_path, "required-beyond-money") == []


def test_nobody_must_share_so_nothing_is_told(tmp_path):
    assert warned(limited(0), tmp_path, "required-beyond-money") == []


def test_a_budget_below_what_all_that_must_share_pay(tmp_path):
    for budget, told in ((43, 1), (44, 0)):
        instance = moving(RuleSetting("affordability", {"budget": budget}), **REQUIRED)
        assert len(warned(instance, tmp_path, "required-beyond-money")) == told
        assert (program_optimum(instance) is None) == bool(told)


def test_a_grant_for_joining_counts(tmp_path):
    links = pd.DataFrame({"body": ["cedar"], "centre": ["hub"], "status": ["required"], "extra_one_off_cost": [-5]})
    assert len(warned(limited(16, links=links), tmp_path, "required-beyond-money")) == 1
    assert warned(limited(17, links=links), tmp_path, "required-beyond-money") == []


def test_a_soft_rule_forbids_nothing(tmp_path):
    soft = limited(0, **REQUIRED).replace(rules=(RuleSetting("affordability", {}, 5),))
    assert warned(soft, tmp_path, "required-beyond-money") == []


def worse_off(annual, tolerance=0.0):
    return moving(RuleSetting("no-body-worse-off", {"tolerance": tolerance}), annual=(100, 100, annual), **REQUIRED)


def test_a_body_that_pays_more_itself_than_alone_names_the_row(tmp_path):
    # Cedar's 30 units cost 30, joining 12 and moving a tenth of what it spends today: 42 + 4.7 is more than 46, 42 + 4.7 not more than 47.
    ((sheet, row, _, value, message),) = warned(worse_off(46), tmp_path, "required-worse-off")
    assert (sheet, row, value) == ("links", 3, "cedar")
    assert "worse off by at least 1, before any common cost" in message
    assert program_optimum(worse_off(46)) is None
    assert warned(worse_off(47), tmp_path, "required-worse-off") == []
    assert warned(worse_off(46, 0.1), tmp_path, "required-worse-off") == []


def tied(seed, *rules):
    """Return a small instance with a body required somewhere, grants and fees, and dear moving."""
    instance = rule_instance(seed, bodies=2, services=2, centres=2, forms=("outsourced",))
    columns = ["body", "centre", "service", "status", "extra_annual_cost", "extra_one_off_cost"]
    rows = [
        [("b0", "c0", "*", "required", 0, 60), ("b0", "c1", "*", "", 0, -40 * (seed % 2))],
        [("b0", "*", "s1", "required", 9, 0), ("b0", "c1", "s1", "", -9, 30), ("b0", "c0", "s0", "", 0, -25)],
        [("b0", "c0", "s0", "required", 0, 10), ("b0", "c1", "*", "required", 0, 5)],
    ][seed % 3]
    baseline = instance.table("baseline").assign(annual_cost=lambda one: one["annual_cost"] // 6)
    appraisal = dataclasses.replace(instance.appraisal, migration_cost=40, migration_rate=0.2)
    return instance.replace(links=pd.DataFrame(rows, columns=columns), baseline=baseline, appraisal=appraisal, rules=rules)


def least_paid(instance):
    """Return the least that the body required pays up front in any plan that stands."""
    paid = []
    for _, found in standing(instance):
        own = Counter({"b0": 0})
        for line in found.lines:
            if COMPONENTS[line.component].profile is Profile.ONCE:
                own[line.body] += line.net_present_cost
        paid.append(own["b0"])
    return min(paid, default=None)


@pytest.mark.parametrize("seed", range(6))
def test_money_that_some_plan_does_with_is_never_said_to_be_too_little(seed, tmp_path):
    least = least_paid(tied(seed))
    assert least is not None
    instance = tied(seed, RuleSetting("affordability"))
    bodies = instance.table("bodies")
    bodies["up_front_limit"] = pd.array([max(0, least), pd.NA], dtype="Int64")
    assert warned(instance.replace(bodies=bodies), tmp_path, "required-beyond-money") == []


@pytest.mark.parametrize("shrunk", [2, 5])
def test_a_body_said_to_be_worse_off_has_no_plan(shrunk, tmp_path):
    told = []
    for seed in range(6):
        instance = tied(seed, RuleSetting("no-body-worse-off", {"tolerance": 0.05 * (seed % 2)}))
        instance = instance.replace(baseline=instance.table("baseline").assign(annual_cost=lambda one: one["annual_cost"] // shrunk))
        if warned(instance, tmp_path, "required-worse-off"):
            told.append(seed)
            assert program_optimum(instance) is None
    assert told


def test_what_would_let_a_plan_stand_is_still_weighed():
    found = explain(limited(21, **REQUIRED), "highs", time_limit=30)
    assert {one.rule for one in found.conflict} == {"affordability", "willingness"}
    assert [one.text for one in found.conflict if one.rule == "affordability"] == [registry()["affordability"].statement]
    # Cedar may stay away, or pay one more than its limit; nothing else ends the conflict, and that there is no more is no trouble.
    assert [way_out.allowances[0].rule for way_out in found.relaxations] == ["willingness", "affordability"]
    assert found.trouble == ""

"""What rules cost: by hand on the tiny instance, and never less than nothing on any."""

import dataclasses

import pandas as pd
import pytest

import instances
from models.audit import audit
from models.formulation import formulate
from models.instance import RuleSetting
from models.rules import ActiveRule, active_rules, registry
from models.tables import read_instance
from solver.construct import do_nothing
from solver.explain.looser import is_looser, one_unit_looser, without
from solver.explain.opening import open_candidates
from solver.explain.prices import Known, Price, rule_prices
from solver.solve import solve
from tests.enumeration import optimum
from tests.models.rules.test_tender import PROCUREMENT, SHARED, WHOLE_VALUE, outsourced, tender
from tests.models.test_rules_against_every_plan import asked
from tests.rule_cases import paper as rule_paper
from tests.rule_instances import rule_instance
from tests.small_instances import random_instance

BEST = 4_868_800
LIMITS = ("provider-limit", "owner-limit")
PAYROLL_FOR_CEDAR = pd.DataFrame([("cedar", "south", "payroll", "required")], columns=["body", "centre", "service", "status"])


@pytest.fixture(scope="module")
def tiny():
    return read_instance(instances.path("tiny"))


def prices(instance):
    run = solve(instance, "highs")
    return {one.rule: one for one in rule_prices(instance, Known(run.plan, run.cost, run.bound), "highs")}


def test_a_required_body_costs_what_paper_says(tiny):
    # Payroll of all four at south saves 322,000 in the large band where three save 446,000 in the small one, and one more body joins for 10,000.
    found = prices(tiny.replace(links=PAYROLL_FOR_CEDAR))
    required = found["willingness"]
    assert required.verdict == "binds"
    assert (required.without.cost, required.without.bound) == (BEST, BEST)
    assert (required.without.low, required.without.high) == (134_000, 134_000)
    assert required.looser is None
    assert {name for name, one in found.items() if one.verdict == "definition"} == {"serve-once", "one-model", "joint-owners", "lead-form"}
    assert found["security"].verdict == found["must-share"].verdict == "idle"
    assert not any(price.trouble for one in found.values() for price in (one.without, one.looser) if price is not None)


def test_a_unit_of_capacity_costs_what_paper_says(tiny):
    # One payslip short of 90,000 the three no longer fit the small band. The best is then all four in the large one: 322,000 instead of 446,000,
    # and one more body joins for 10,000; Alder and Birch alone in the small one would save 294,000.
    short = tiny.table("bands").assign(capacity=lambda bands: bands["capacity"].where(bands["capacity"] != 90_000, 89_999))
    capacity = prices(tiny.replace(bands=short))["capacity"]
    assert capacity.without is None
    assert (capacity.looser.cost, capacity.looser.low, capacity.looser.high) == (BEST, 134_000, 134_000)
    assert capacity.verdict == "binds"


def never_more(instance, names):
    best = optimum(formulate(instance).program)
    floor_in_force = any(one.rule.name == "utilisation-floor" for one in active_rules(instance))
    for one in active_rules(instance):
        # A floor that is a share of capacity rises with it, so there a larger band is no relaxation.
        if one.rule.definition or (names and one.rule.name not in names) or (floor_in_force and one.rule.name == "capacity"):
            continue
        removed = None if one.rule.name == "capacity" else without(instance, one.rule.name)
        for variant in filter(None, (one_unit_looser(instance, one.rule.name), removed)):
            found = optimum(variant.formulation.program)
            if best is not None:
                assert found is not None
                assert found[1] <= best[1], (one.rule.name, variant.what)
            if found is not None:
                judged = audit(variant.judge_by, variant.formulation.plan(found[0]))
                assert {breach.rule for breach in judged.breaches} <= {variant.forgiven}
                if variant.forgiven == "":
                    assert judged.cost == found[1]


@pytest.mark.parametrize("seed", range(12))
def test_relaxing_any_rule_never_costs_more(seed):
    never_more(random_instance(seed), ())


@pytest.mark.parametrize("name", [name for name, rule in registry().items() if not rule.always])
def test_relaxing_a_rule_asked_for_never_costs_more(name):
    for seed in range(3):
        for setting in asked(registry()[name]):
            never_more(rule_instance(seed, setting), (name,))


def test_the_direction_that_loosens_a_parameter_is_found():
    expected = {
        "provider-limit": "maximum 1 -> 2",
        "owner-limit": "maximum 1 -> 2",
        "utilisation-floor": "share 0.6 -> 0.59",
        "nearest-centres": "count 1 -> 2",
    }
    for name, change in expected.items():
        parameters = {"count": 1} if name == "nearest-centres" else {"maximum": 1} if name in LIMITS else {}
        instance = rule_instance(1, RuleSetting(name, parameters), forms=("joint-company",), centres=3)
        assert one_unit_looser(instance, name).what == change


def test_a_tighter_setting_is_not_called_looser():
    instance = rule_instance(1, RuleSetting("utilisation-floor", {"share": 0.5}))
    active = next(one for one in active_rules(instance) if one.rule.name == "utilisation-floor")
    tighter = ActiveRule(active.rule, {"share": 0.6})
    candidates = open_candidates(instance, active_rules(instance), frozenset({"utilisation-floor"}))
    assert is_looser(candidates, tighter, active)
    assert not is_looser(candidates, active, tighter)


def test_what_is_not_proven_is_left_open():
    assert Price("", 90, 80, 0, 20).verdict == "open"
    assert Price("", 90, None, 0, None).verdict == "open"
    assert Price("", 90, 90, 0, 0).verdict == "idle"
    assert Price("", 80, None, 10, None).verdict == "binds"


def test_without_a_bound_the_price_has_no_end(tiny):
    plan = do_nothing(tiny)
    known = Known(plan, audit(tiny, plan).cost, None)
    for one in rule_prices(tiny, known, "highs", time_limit=30):
        if one.without is not None and one.rule == "legal-powers":
            assert one.verdict == "open"
            assert one.without.cost <= known.cost
            assert dataclasses.asdict(one.without)["low"] == 0


THRIFTY = {"annual_cost": [100, 100, 25]}
"""Cedar adds 30 at the hub, so by itself it would rather stay alone at 25; with it the hub's 60 units are all used."""


def test_a_larger_band_is_said_to_be_no_relaxation_where_a_floor_is_a_share_of_it():
    # All of the band must be used: one unit more and it is never built.
    full = rule_paper(RuleSetting("utilisation-floor", {"share": 1.0}), baseline=THRIFTY)
    capacity = prices(full)["capacity"]
    assert (capacity.verdict, capacity.looser.cost, capacity.looser.low, capacity.looser.high) == ("compared", 225, 150 - 225, 150 - 225)
    assert "rule utilisation-floor asks for a share of it" in capacity.looser.caveat
    assert (capacity.looser.trouble, capacity.looser.disagreement) == ("", "")
    assert prices(full.replace(rules=()))["capacity"].looser.caveat == ""


def test_a_larger_band_may_leave_no_plan_under_a_floor():
    links = pd.DataFrame({"body": ["ash"], "centre": ["hub"], "status": ["required"]})
    capacity = prices(rule_paper(RuleSetting("utilisation-floor", {"share": 1.0}), links=links))["capacity"]
    assert (capacity.looser.cost, capacity.looser.low, capacity.looser.trouble) == (None, None, "no plan keeps every rule then")
    assert (capacity.verdict, capacity.looser.disagreement) == ("compared", "")


def test_what_plans_cost_without_the_rule_on_tenders_is_compared():
    found = prices(outsourced(tender(WHOLE_VALUE + 1)))["tender"]
    # With it the contract of all three saves its tender; without it every contract pays for one.
    assert (found.without.cost, found.without.bound, found.without.low, found.without.high) == (SHARED + PROCUREMENT, SHARED + PROCUREMENT, -200, -200)
    assert (found.verdict, found.looser) == ("compared", None)
    assert "says how plans are counted" in found.without.caveat

"""Ways out: each lets a plan stand, and none is cheaper, as pricing every plan by its breaches shows."""

import dataclasses
import math

import pytest

from models.arrays import instance_arrays
from models.audit import audit
from models.instance import RuleSetting
from models.plan_view import plan_view
from models.rules import active_rules
from solver.explain.infeasible import explained
from solver.explain.relaxation import counted_breach, disagreement
from tests.enumeration import every_plan
from tests.small_instances import random_instance
from tests.solver.explain.paper import CASES, paper
from tests.solver.explain.quick import quick

LISTABLE = (8, 16, 21, 30, 43, 57, 58, 69, 70, 71, 107)
"""Seeds of random instances without a plan whose plans are few enough to price them all."""
YES_OR_NO = ("security", "nearest-centres", "legal-powers", "lead")


def price(instance, plan, arrays):
    """Price what ``plan`` breaks, from its audit and tables alone."""
    hard = {one.rule.name: one for one in active_rules(instance) if one.penalty is None}
    view, total = plan_view(arrays, plan), 0.0
    breaches = [one for one in audit(instance, plan, arrays).breaches if one.rule in hard]
    assert not view.problems
    total += _of_links(instance, plan) + _of_pairs(instance, view)
    for one in {(one.rule, one.body, one.centre, one.service if one.rule in ("distance", "lead") else "", one.message): one for one in breaches}.values():
        if hard[one.rule].rule.definition:
            return math.inf
        if one.rule in YES_OR_NO or one.rule == "distance":
            total += 1
        elif one.rule not in ("willingness", "must-share", "must-not-share"):
            total += 1 + one.amount / _limit(instance, arrays, plan, one, hard[one.rule].parameters)
    return total


def _of_links(instance, plan):
    broken = 0
    for link in instance.table("links").to_dict("records"):
        used = {one.centre for one in plan.assignments if one.body == link["body"] and one.centre and link["service"] in ("*", one.service)}
        used = {centre for centre in used if link["centre"] in ("*", centre)}
        broken += len(used) if link["status"] == "forbidden" else link["status"] == "required" and not used
    return broken


def _of_pairs(instance, view):
    broken = 0
    for pair in instance.table("pairs").to_dict("records"):
        first, second = (
            {view.centre(at) for at, members in view.members.items() if view.arrays.body_position[pair[key]] in members} for key in ("body_a", "body_b")
        )
        together, forced = pair["relation"] != "must-not-share", pair["relation"] == "must-share"
        broken += (first != second or (forced and not first)) if together else bool(first & second)
    return broken


def _limit(instance, arrays, plan, breach, parameters):
    models = instance.table("commercial_models").set_index("commercial_model")
    cluster = next((one for one in plan.clusters if one.centre == breach.centre), None)
    bands = [
        (name, int(capacity), float(unit_cost))
        for centre, service, name, capacity, unit_cost in zip(
            arrays.band_centre, arrays.band_service, arrays.band_name, arrays.band_capacity, arrays.band_unit_cost, strict=True
        )
        if (arrays.centres[centre], arrays.services[service]) == (breach.centre, breach.service)
    ]
    one_price = len({unit_cost for _, _, unit_cost in bands}) <= 1
    match breach.rule:
        case "provider-limit":
            return parameters["maximum"]
        case "capacity":
            return max(capacity for _, capacity, _ in bands) if one_price else next(c for name, c, _ in bands if name == cluster.bands[breach.service])
        case "utilisation-floor":
            return max(1, *(math.ceil(capacity * parameters["share"] - 1e-9) for _, capacity, _ in bands))
        case "minimum-volume":
            return models.loc[cluster.commercial_model]["minimum_volume"]
        case "member-limits":
            low, high = models.loc[cluster.commercial_model][["minimum_members", "maximum_members"]]
            return low if "needs" in breach.message else high
        case "owner-limit":
            return int(breach.message.rpartition(" ")[2])
    raise AssertionError(breach.rule)


@pytest.mark.parametrize("seed", LISTABLE)
def test_no_plan_breaks_less(seed):
    instance = random_instance(seed)
    arrays = instance_arrays(instance)
    least = min(price(instance, plan, arrays) for plan in every_plan(instance))
    cheapest, *others = explained(quick(instance)).relaxations
    assert cheapest.proven
    assert cheapest.price == pytest.approx(least, abs=1e-4)
    assert price(instance, cheapest.plan, arrays) == pytest.approx(least, abs=1e-4)
    assert all(one.price >= cheapest.price for one in others)


@pytest.mark.parametrize("what", list(CASES))
def test_what_is_allowed_is_all_that_the_plan_breaks(what):
    instance = paper(**CASES[what][0])
    found = explained(quick(instance))
    assert found.relaxations
    for one in found.relaxations:
        judged = audit(instance, one.plan)
        assert {breach.rule for breach in judged.breaches} == {allowed.rule for allowed in one.allowances}
        assert one.price == pytest.approx(sum(allowed.price for allowed in one.allowances), abs=1e-4)
        assert one.cost == judged.cost
        assert one.bound is None or one.bound <= one.cost
    prices = [one.price for one in found.relaxations]
    assert prices == sorted(prices)
    texts = [{allowed.text for allowed in one.allowances} for one in found.relaxations]
    assert all(not texts[first] <= texts[second] for first in range(len(texts)) for second in range(len(texts)) if first != second)


def test_of_equal_prices_the_cheaper_plan_comes_first():
    first, second, *_ = explained(quick(paper(**CASES["two bodies required where they must not share"][0]))).relaxations
    assert (first.price, second.price) == (1.0, 1.0)
    assert [one.text for one in first.allowances] == ["give up that a and b must not share"]
    assert first.cost < second.cost


def test_a_weight_moves_the_choice():
    arguments = CASES["a body that needs more security than the centre has"][0]
    cheap = explained(quick(paper(**arguments))).relaxations[0]
    assert cheap.allowances[0].text == "allow a to use n although a needs security level 2; n is cleared to 0"
    dear = explained(quick(paper(**arguments)), weights={"security": 5}).relaxations
    assert [one.allowances[0].text for one in dear] == ["give up that a must use n", cheap.allowances[0].text]
    assert [one.price for one in dear] == [1.0, 5.0]


def test_a_limit_is_raised_by_what_it_takes():
    found = explained(quick(paper(**CASES["a body larger than every band"][0])))
    by_text = {one.allowances[0].text: one for one in found.relaxations}
    raised = by_text["raise the capacity of n for pay by 2"]
    assert raised.allowances[0].amount == 2
    assert raised.price == pytest.approx(1 + 2 / 8)


def test_a_soft_rule_is_in_no_conflict():
    instance = paper(**CASES["a band that three bodies do not half fill"][0])
    soft = dataclasses.replace(instance, rules=(RuleSetting("utilisation-floor", {"share": 0.5}, 7),))
    assert explained(quick(soft)).feasible


def test_a_breach_is_counted_in_plain_words():
    assert counted_breach(1, "owner too many") == "1 owner too many"
    assert counted_breach(20, "unit of volume below the floor") == "20 units of volume below the floor"


def test_a_breach_that_is_not_allowed_is_a_disagreement():
    way_out = explained(quick(paper(**CASES["two bodies required where they must not share"][0]))).relaxations[0]
    assert disagreement(way_out) == ""
    assert "must-not-share" in disagreement(dataclasses.replace(way_out, allowances=()))

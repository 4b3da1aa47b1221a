"""The reasons for a commercial model: the sums of the market on paper, and the cheapest of every way to run the cluster, listed one by one."""

import pytest

from models.arrays import instance_arrays
from models.audit import audit
from models.formulation import formulate
from models.instance import RuleSetting
from models.plan import Assignment, Cluster, Plan
from models.rules import registry
from report.model_choices import bars, choice_lines, choice_table, reason
from solver.explain.model_choice import model_choices
from solver.sensitivity.alternatives import with_cluster
from tests.enumeration import clusters_of, optimum
from tests.models.test_rules_against_every_plan import asked
from tests.rule_instances import rule_instance
from tests.small_instances import random_instance
from tests.solver.explain.market import COUNCILS, MIXED, TRUSTS, in_cash, in_models, in_vat, market, with_rules


def hub(model, lead="", owners=("a", "b")):
    """Return the plan in which all four use the hub under this model."""
    return Plan((Cluster("hub", model, lead, owners, {"pay": "only"}),), tuple(Assignment(body, "pay", "hub") for body in COUNCILS))


def chosen(instance, plan):
    (found,) = model_choices(instance, plan)
    return found, {one.commercial_model: one for one in found.others}


def test_governance_and_client_side_speak_for_the_lead_council():
    found, other = chosen(market(COUNCILS), hub("unitary", "a", ("a",)))
    assert [one.commercial_model for one in found.others] == ["committee", "company", "supplier"]
    assert other["committee"].components == {"client_side": 4_800, "governance": 15_000, "owner_governance": 7_000}
    assert other["committee"].more == 26_800
    assert all(one.settled for one in found.others)
    assert reason(found, "GBP") == (
        "unitary: £26,800 cheaper than committee, the next best for the same members: governance −£15,000, governance per owner −£7,000, client side −£4,800."
    )


def test_tender_margin_and_client_side_speak_for_the_company_and_no_trust_may_lead():
    found, other = chosen(market(TRUSTS), hub("company"))
    assert found.next_best is other["supplier"]
    assert other["supplier"].components == {
        "service_charge": -16_000,
        "provider_margin": 24_480,
        "client_side": 14_400,
        "governance": -10_000,
        "procurement": 7_500,
        "owner_governance": -6_500,
    }
    assert other["supplier"].more == 13_880
    told = bars(found)
    assert [line.split()[0] for line in told] == ["committee", "unitary"]
    assert all("is not allowed for these members" in line for line in told)
    assert "rule lead: a has no power to supply pay to b" in told[1]


def test_a_council_without_power_to_lead_trusts_is_named():
    found, other = chosen(market(MIXED), hub("committee", "a"))
    assert other["unitary"].more is None
    assert "rule lead: a has no power to supply pay to c" in bars(found)[0]
    assert other["company"].components == {"provider_margin": 3_680}


def test_vat_in_the_cash_view_speaks_for_the_supplier():
    """The company keeps 20% of 37,168 a year; without it the company is 13,880 cheaper."""
    found, other = chosen(in_vat(in_cash(market(TRUSTS)), "trust", "company", 0.0), hub("supplier", owners=("a",)))
    assert other["company"].components["vat"] == 74_336
    assert other["company"].more == 74_336 - 13_880
    assert "VAT −£74,336, margin +£24,480" in reason(found, "GBP")


def test_too_little_work_for_a_supplier_is_told_with_the_volume():
    small = with_rules(in_models(market(TRUSTS), "supplier", "minimum_volume", 4_001), RuleSetting("minimum-volume"))
    found, other = chosen(small, hub("company"))
    assert other["supplier"].more is None
    assert "rule minimum-volume" in "; ".join(bars(found))


def test_a_plan_that_another_model_would_better_is_told_so():
    found, other = chosen(market(COUNCILS), hub("company"))
    assert other["unitary"].more == 394_400 - 424_880
    assert reason(found, "GBP").startswith("company: £30,480 dearer than unitary, the best for the same members: ")


def test_more_owners_than_there_are_members_are_named():
    found, other = chosen(in_models(market(TRUSTS), "committee", "minimum_owners", 5), hub("company"))
    assert other["committee"].more is None
    assert "hub has too few members for the 5 owners that committee needs" in "; ".join(bars(found))


def test_the_table_has_one_row_a_model_and_adds_up():
    table = choice_table(model_choices(market(TRUSTS), hub("company"))).set_index("other_model")
    assert table["stands"].to_dict() == {"supplier": "yes", "committee": "no", "unitary": "no"}
    assert table.filter(like="more_").loc["supplier"].sum() == table["more"]["supplier"] == 13_880
    lines = "\n".join(choice_lines(model_choices(market(TRUSTS), hub("company")), "GBP"))
    assert "tender" in lines
    assert "13,880" in lines


def best_plan(instance):
    formulation = formulate(instance)
    found = optimum(formulation.program)
    return None if found is None else formulation.plan(found[0])


def every_way(instance, plan, cluster, model):
    """Return the costs of all ways to run the cluster under ``model`` that keep the rules."""
    arrays = instance_arrays(instance)
    served = {(one.body, one.service) for one in plan.assignments if one.centre == cluster.centre}
    ways = (one for one in clusters_of(arrays, cluster.centre, served) if one.commercial_model == model)
    judged = (audit(instance, with_cluster(plan, one), arrays) for one in ways)
    return [one.cost for one in judged if one.ok]


def held_against_every_way(instance):
    plan = best_plan(instance)
    if plan is None:
        return 0
    cost, compared = audit(instance, plan).cost, 0
    for choice, cluster in zip(model_choices(instance, plan), plan.clusters, strict=True):
        for other in choice.others:
            costs = every_way(instance, plan, cluster, other.commercial_model)
            assert other.settled
            assert other.more == (min(costs) - cost if costs else None)
            assert other.more is None or sum(other.components.values()) == other.more
            assert other.more is not None or other.breaches
            compared += 1
    return compared


def test_the_cheapest_of_every_way_on_random_instances():
    assert sum(held_against_every_way(random_instance(seed)) for seed in range(60)) >= 25


@pytest.mark.parametrize(
    "rule",
    [
        RuleSetting("dominance", {"share": 0.6}),
        RuleSetting("dominance", {"share": 0.5}, 7),
        RuleSetting("utilisation-floor", {"share": 0.6}, 3),
        RuleSetting("standardisation", {"extra": 0}, 5),
        RuleSetting("owned-company", {}),
    ],
    ids=lambda rule: f"{rule.name} {rule.penalty or 'hard'}",
)
def test_the_cheapest_of_every_way_under_rules_on_owners_and_bands(rule):
    assert sum(held_against_every_way(rule_instance(seed, rule)) for seed in range(12)) >= 5


def test_the_cheapest_of_every_way_under_each_rule_hard_and_soft():
    settings = [setting for rule in registry().values() for setting in asked(rule)]
    assert sum(held_against_every_way(rule_instance(seed, setting)) for setting in settings for seed in range(2)) >= 100

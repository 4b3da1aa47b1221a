"""G30: no body pays more for what it shares than it would alone, by agreement or by a key."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import instances
from models.audit import audit
from models.columns import Block
from models.findings import InvalidInstance
from models.instance import RuleSetting
from models.plan import Assignment, Cluster, Plan
from models.plan_view import CostLine
from models.rules import registry
from models.rules.base import Rule, no_breaches, no_rows, rows
from models.rules.shared_divisions import MOST_WEIGHT, Scale, agreed_charges, allowed_cost, keyed_price
from models.tables import read_instance
from tests.enumeration import held_against_every_plan, program_optimum
from tests.models.rules.cases import Case, Cases
from tests.rule_cases import TOGETHER, paper
from tests.rule_instances import rule_instance

OPTIMUM = 4_868_800
KEYED = ("volume", "headcount", "equal")


@pytest.fixture(scope="module")
def tiny():
    bodies = read_instance(instances.path("tiny")).table("bodies")
    bodies["employees"] = [1000, 700, 800, 300]
    return read_instance(instances.path("tiny")).replace(bodies=bodies)


@pytest.fixture(scope="module")
def best():
    shared = [Assignment(body, service, "south") for body in ("alder", "birch", "dogwood") for service in ("invoices", "payroll")]
    alone = [Assignment("cedar", service) for service in ("invoices", "payroll")]
    bands = {"invoices": "small", "payroll": "small"}
    return Plan((Cluster("south", "joint-board", "alder", ("alder", "birch"), bands),), (*shared, *alone))


def ruled(instance, key="agreed", tolerance=0.0, penalty=None):
    return instance.replace(rules=(RuleSetting("no-body-worse-off", {"key": key, "tolerance": tolerance}, penalty),))


def governed(instance, cost):
    """Return the instance with another yearly cost of governing the joint board, twice of which is paid."""
    models = instance.table("commercial_models")
    models.loc[models["commercial_model"] == "joint-board", "governance_cost"] = cost
    return instance.replace(commercial_models=models)


def breaches(instance, plan):
    found = audit(instance, plan)
    return {(one.body, one.centre): one.amount for one in (*found.breaches, *found.soft_breaches)}


# Directly Alder pays 1,456,000, Birch 1,128,800, Dogwood 444,000; alone 1,800,000, 1,500,000, 660,000: they can bear 344,000, 371,200 and 216,000.
# The common cost is 430,000 and twice the governance.
def test_members_may_agree_as_long_as_they_can_bear_the_common_cost_together(tiny, best):
    assert breaches(ruled(governed(tiny, 250_600)), best) == {}
    assert breaches(ruled(governed(tiny, 250_601)), best) == {("", "south"): 2}
    # A tolerance of 1 % adds 39,600 to what they can bear.
    assert breaches(ruled(governed(tiny, 270_400), tolerance=0.01), best) == {}
    assert breaches(ruled(governed(tiny, 270_401), tolerance=0.01), best) == {("", "south"): 2}


def test_a_body_whose_direct_cost_alone_is_too_much_is_named(tiny, best):
    links = pd.DataFrame([("dogwood", "south", "*", 216_001)], columns=["body", "centre", "service", "extra_one_off_cost"])
    assert breaches(ruled(tiny.replace(links=links)), best) == {("dogwood", ""): 1}
    for key in KEYED:
        assert breaches(ruled(tiny.replace(links=links), key), best).keys() == {("dogwood", "south")}


def test_a_key_binds_each_member(tiny, best):
    # Shared equally Dogwood pays a third; it can bear 216,000, so 648,000 in all, which is a governance of 109,000.
    assert breaches(ruled(governed(tiny, 109_000), "equal"), best) == {}
    assert breaches(ruled(governed(tiny, 110_500), "equal"), best) == {("dogwood", "south"): 1_000}
    # By heads Alder pays half, so its 344,000 is the first to be passed: at 688,000.
    assert breaches(ruled(governed(tiny, 129_000), "headcount"), best) == {}
    assert breaches(ruled(governed(tiny, 139_000), "headcount"), best) == {("alder", "south"): 10_000}
    # By volume Alder pays 80,000 of 151,500; a price goes up by steps of 0.1 pence a unit of workload, here 80 pounds to Alder.
    assert breaches(ruled(governed(tiny, 110_000), "volume"), best) == {}
    found = breaches(ruled(governed(tiny, 120_000), "volume"), best)
    # Rounded down to a step, 67 pounds of the 670,000 stay unpaid; rounded up, Alder would pay 80 more.
    assert found == {("alder", "south"): 353_760 - 344_000, ("", "south"): 67}


def test_the_penalty_is_paid_by_the_pound(tiny, best):
    assert audit(ruled(governed(tiny, 110_500), "equal", penalty=3), best).penalty == 3_000


def test_a_key_changes_the_best_plan(tiny):
    """Dogwood spends half as much here: it still adds to what all save, but too little to pay an equal part."""
    baseline = tiny.table("baseline")
    baseline.loc[baseline["body"] == "dogwood", "annual_cost"] //= 2
    poor = tiny.replace(baseline=baseline)
    free, agreed, equal = (program_optimum(one) for one in (poor, ruled(poor), ruled(poor, "equal")))
    assert free == agreed < equal
    assert program_optimum(ruled(poor, "equal", tolerance=1.0)) == free
    assert program_optimum(ruled(poor, "equal", penalty=0)) == free


def test_even_agreement_can_change_the_best_plan(tiny):
    """A joint board needs Birch as its second owner, and Birch would lose 8,800 before it paid anything of the common cost."""
    links = pd.DataFrame([("birch", "*", "*", 380_000)], columns=["body", "centre", "service", "extra_one_off_cost"])
    reluctant = tiny.replace(links=links)
    assert program_optimum(reluctant) == OPTIMUM + 380_000
    # Left without it, Alder leads Dogwood's payroll at north: 114,000 - 60,000 - 20,000.
    assert program_optimum(ruled(reluctant)) == 5_310_000 - 34_000
    assert program_optimum(ruled(reluctant, penalty=1)) == OPTIMUM + 380_000 + 8_800


@pytest.mark.parametrize("key", ["agreed", *KEYED])
def test_it_makes_an_instance_infeasible(tiny, key):
    """Whoever must share at a loss is worse off, however costs are divided."""
    links = pd.DataFrame([("cedar", "north", "payroll", "required", 10**6)], columns=["body", "centre", "service", "status", "extra_one_off_cost"])
    lossy = tiny.replace(links=links)
    assert program_optimum(lossy) is not None
    assert program_optimum(ruled(lossy, key)) is None


@pytest.mark.parametrize("key", ["agreed", *KEYED])
def test_it_is_idle_where_everybody_gains(tiny, key):
    assert program_optimum(ruled(tiny, key)) == program_optimum(tiny) == OPTIMUM


def test_a_body_may_lose_at_one_centre_what_it_gains_at_another(tiny):
    """Agreed charges look at the body as a whole; a key looks at every cluster."""
    links = pd.DataFrame([("birch", "north", "invoices", 130_000)], columns=["body", "centre", "service", "extra_one_off_cost"])
    places = {"payroll": "south", "invoices": "north"}
    assignments = [Assignment(body, service, centre) for body in ("alder", "birch", "dogwood") for service, centre in places.items()]
    alone = [Assignment("cedar", service) for service in ("invoices", "payroll")]
    clusters = tuple(
        Cluster(centre, "joint-board", "alder", ("alder", "birch"), {service: "small"}) for centre, service in (("south", "payroll"), ("north", "invoices"))
    )
    plan = Plan(clusters, (*assignments, *alone))
    # At north Birch gains 147,200 from invoices and pays 130,000 for its link, 10,000 to join and 30,000 as an owner: it loses 22,800 there.
    assert breaches(ruled(tiny.replace(links=links)), plan) == {}
    assert ("birch", "north") in breaches(ruled(tiny.replace(links=links), "equal"), plan)


def test_unknown_employees_are_found_before_any_solver_runs(tiny):
    bodies = tiny.table("bodies")
    bodies["employees"] = pd.NA
    with pytest.raises(InvalidInstance) as caught:
        ruled(tiny.replace(bodies=bodies), "headcount")
    assert {(one.code, one.column) for one in caught.value.findings} == {("headcount-missing", "employees")}
    assert "rule.no-body-worse-off.key" in caught.value.findings[0].message


def test_an_unknown_key_is_a_finding(tiny):
    with pytest.raises(InvalidInstance) as caught:
        ruled(tiny, "head")
    assert [(one.code, one.allowed) for one in caught.value.findings] == [("parameter-out-of-range", ("agreed", *KEYED))]


@given(
    purses=st.lists(st.integers(0, 20), min_size=1, max_size=4),
    costs=st.lists(st.integers(0, 20), min_size=1, max_size=3),
    data=st.data(),
)
def test_agreed_charges_cover_what_can_be_covered(purses, costs, data):
    """Hall's condition, or max-flow min-cut: for the worst set of centres, what its members can bear beside what is due elsewhere."""
    places = {body: sorted(data.draw(st.sets(st.integers(0, len(costs) - 1), min_size=1))) for body in range(len(purses))}
    charges = agreed_charges(dict(enumerate(purses)), dict(enumerate(costs)), places)
    assert all(charge >= 0 for charge in charges.values())
    assert all(sum(charges.get((body, centre), 0) for centre in places[body]) <= purse for body, purse in enumerate(purses))
    paid = [sum(charge for (_, at), charge in charges.items() if at == centre) for centre in range(len(costs))]
    assert all(given <= cost for given, cost in zip(paid, costs, strict=True))
    subsets = itertools.chain.from_iterable(itertools.combinations(range(len(costs)), size) for size in range(len(costs) + 1))
    cut = min(
        sum(cost for centre, cost in enumerate(costs) if centre not in some) + sum(purses[body] for body in places if set(places[body]) & set(some))
        for some in subsets
    )
    assert sum(paid) == cut


@given(
    cost=st.integers(0, 500),
    members=st.lists(st.tuples(st.integers(1, 9), st.integers(-60, 200)), min_size=1, max_size=4),
    scale=st.builds(Scale, st.just(1), st.sampled_from([1, 10]), st.sampled_from([1, 10, 100])),
)
def test_the_price_does_the_least_harm_of_all_prices(cost, members, scale):
    weights, purses = zip(*members, strict=True)

    def harm(price):
        charges = [scale.charge(price, weight) for weight in weights]
        return max(0, cost - sum(charges)) + sum(max(0, charge - purse) for charge, purse in zip(charges, purses, strict=True))

    highest = -(-cost * scale.parts // scale.money) + 2
    assert harm(keyed_price(cost, weights, purses, scale)) == min(harm(price) for price in range(min(highest, 60_000)))


@pytest.mark.parametrize(("tolerance", "allowed"), [(0.0, 12_345), (0.03, 12_715), (0.0125, 12_499), (1.0, 24_690)])
def test_what_services_may_cost_is_rounded_down(tolerance, allowed):
    assert allowed_cost(np.array([12_345]), tolerance).tolist() == [allowed]


def uneven(seed, *rules, **changes):
    """Return a small instance in which some bodies gain little from sharing, or must share all the same."""
    rng = np.random.default_rng(seed + 10_000)
    instance = rule_instance(seed, **changes)
    baseline, bands, bodies = (instance.table(name) for name in ("baseline", "bands", "bodies"))
    baseline["annual_cost"] = rng.integers(20, 400, len(baseline))
    bands["set_up_cost"] = rng.integers(100, 700, len(bands))
    links = [(bodies["body"].iloc[-1], "c0", "*", "", int(rng.integers(-40, 40)), int(rng.integers(-90, 90)))]
    if rng.random() < 0.5:
        links.append((str(rng.choice(bodies["body"])), "*", "*", "required", 0, 0))
    columns = ["body", "centre", "service", "status", "extra_annual_cost", "extra_one_off_cost"]
    return instance.replace(baseline=baseline, bands=bands, links=pd.DataFrame(links, columns=columns), rules=rules)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("penalty", [None, 1])
@pytest.mark.parametrize("key", ["agreed", *KEYED])
def test_the_program_agrees_with_every_plan(seed, penalty, key):
    rule = RuleSetting("no-body-worse-off", {"key": key, "tolerance": 0.03 * (seed % 2)}, penalty)
    held_against_every_plan(uneven(seed, rule))


@pytest.mark.parametrize("key", ["agreed", *KEYED])
def test_the_program_agrees_with_every_plan_of_two_services(key):
    held_against_every_plan(uneven(6, RuleSetting("no-body-worse-off", {"key": key}), bodies=2, services=2))


@pytest.mark.parametrize("key", ["agreed", "volume"])
def test_coarse_weights_and_prices_are_the_same_in_rows_and_check(key):
    """Volumes and money as large as a nation's, so that weights are counted in many units each."""
    instance = uneven(3)
    services, baseline, bands = (instance.table(name) for name in ("services", "baseline", "bands"))
    services["workload_per_unit"] = 30_000.0
    baseline["annual_cost"] *= 40_000
    bands[["set_up_cost", "fixed_cost"]] *= 40_000
    bands["unit_cost"] *= 40_000
    assert (baseline["volume"] * 30_000).sum() > MOST_WEIGHT
    held_against_every_plan(instance.replace(services=services, baseline=baseline, bands=bands, rules=(RuleSetting("no-body-worse-off", {"key": key}),)))


def _surcharge(amount):
    """A rule whose block costs money: every cluster that serves the first body pays once more."""

    def blocks(columns, _parameters):
        offered = columns.candidates
        members = np.flatnonzero(offered.member_body == 0)
        each = np.arange(members.shape[0])

        def block_rows(whole):
            return rows(members.shape[0], [(each, whole.block("surcharge"), 1), (each, whole.member[members], -1)], lower=0)

        cost = np.full(members.shape, amount)
        fill = lambda whole, values: values[whole.member[members]]  # noqa: E731
        return (Block("surcharge", np.ones_like(members), cost, block_rows, fill, offered.member_option[members], "set_up"),)

    def cost_lines(view, _parameters):
        return [
            CostLine("set_up", float(amount), amount, "", "", view.centre(centre), view.model(view.cluster_at[centre].model))
            for centre, members in view.members.items()
            if 0 in members
        ]

    # Its name comes last, so that its block does too.
    return Rule("X1", "zz-surcharge", "", "", "", "A", no_breaches, blocks=blocks, cost_lines=cost_lines)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("asked", ["agreed", "volume", "budget"])
def test_what_other_rules_cost_is_common_cost_too(monkeypatch, seed, asked):
    both = {**registry(), "zz-surcharge": _surcharge(150)}
    monkeypatch.setattr("models.rules.registry", lambda: both)
    money = RuleSetting("affordability", {"budget": 700}) if asked == "budget" else RuleSetting("no-body-worse-off", {"key": asked})
    held_against_every_plan(uneven(seed, money, RuleSetting("zz-surcharge")))


def test_a_block_that_costs_money_says_whose_and_as_what():
    one = np.ones(1, dtype=np.int64)
    with pytest.raises(ValueError, match="does not say whose"):
        Block("dear", one, one, lambda columns: no_rows(columns, {}), lambda columns, values: values[columns.option])


THRIFTY = {"annual_cost": [100, 100, 45]}
"""Divided equally, each of three pays 30 of the common 90; cedar, with 30 of its own, then pays 60 for what costs it 45 alone."""


def equally(**changes):
    return paper(RuleSetting("no-body-worse-off", {"key": "equal"}), **changes)


CASES = Cases(
    changes=Case(lambda: equally(baseline=THRIFTY), 120 + 45, TOGETHER),
    infeasible=Case(lambda: equally(baseline=THRIFTY, required=("ash", "birch", "cedar")), None, TOGETHER),
    idle=Case(equally, TOGETHER, TOGETHER),
)

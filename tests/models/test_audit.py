"""The audit finds what a forged plan hides."""

import dataclasses

import pytest

import instances
from models.audit import audit
from models.plan import Assignment, Cluster, Plan
from models.tables import read_instance

OPTIMUM = 4_868_800


@pytest.fixture(scope="module")
def tiny():
    return read_instance(instances.path("tiny"))


@pytest.fixture
def best():
    shared = [Assignment(body, service, "south") for body in ("alder", "birch", "dogwood") for service in ("invoices", "payroll")]
    alone = [Assignment("cedar", service) for service in ("invoices", "payroll")]
    bands = {"invoices": "small", "payroll": "small"}
    return Plan((Cluster("south", "joint-board", "alder", ("alder", "birch"), bands),), (*shared, *alone))


def with_cluster(plan, **changes):
    return dataclasses.replace(plan, clusters=(dataclasses.replace(plan.clusters[0], **changes),))


def moved(plan, body, service, centre):
    others = [one for one in plan.assignments if (one.body, one.service) != (body, service)]
    return dataclasses.replace(plan, assignments=(*others, Assignment(body, service, centre)))


def rules_broken(instance, plan):
    return {breach.rule for breach in audit(instance, plan).breaches}


def test_the_best_plan_stands_and_costs_what_paper_says(tiny, best):
    found = audit(tiny, best)
    assert found.ok
    assert found.cost == OPTIMUM
    assert found.saving == 441_200
    assert sum(found.by_component().values()) == OPTIMUM


def test_a_centre_too_full_is_named_with_the_excess(tiny, best):
    plan = moved(best, "cedar", "payroll", "south")
    breach = next(breach for breach in audit(tiny, plan).breaches if breach.rule == "capacity")
    assert (breach.centre, breach.service, breach.amount) == ("south", "payroll", 40_000)


@pytest.mark.parametrize(
    ("forge", "rule"),
    [
        (lambda plan: moved(plan, "alder", "payroll", "north"), "one-model"),
        (lambda plan: moved(plan, "alder", "payroll", "atlantis"), "known-ids"),
        (lambda plan: moved(plan, "nobody", "payroll", "south"), "known-ids"),
        (lambda plan: dataclasses.replace(plan, assignments=plan.assignments[1:]), "serve-once"),
        (lambda plan: dataclasses.replace(plan, assignments=(*plan.assignments, Assignment("cedar", "payroll"))), "serve-once"),
        (lambda plan: with_cluster(plan, owners=("alder",)), "joint-owners"),
        (lambda plan: with_cluster(plan, owners=("alder", "cedar")), "joint-owners"),
        (lambda plan: with_cluster(plan, owners=("alder", "alder")), "known-ids"),
        (lambda plan: with_cluster(plan, lead=""), "lead-form"),
        (lambda plan: with_cluster(plan, lead="dogwood"), "lead-form"),
        (lambda plan: with_cluster(plan, lead="cedar", owners=("alder", "cedar")), "lead"),
        (lambda plan: with_cluster(plan, bands={"invoices": "small"}), "capacity"),
        (lambda plan: with_cluster(plan, bands={"invoices": "small", "payroll": "enormous"}), "known-ids"),
        (lambda plan: with_cluster(plan, commercial_model="magic"), "known-ids"),
        (lambda plan: dataclasses.replace(plan, clusters=plan.clusters * 2), "one-model"),
    ],
)
def test_a_forged_plan_is_caught(tiny, best, forge, rule):
    assert rule in rules_broken(tiny, forge(best))


def test_a_model_the_centre_may_not_run_under_is_caught(tiny, best):
    allowed = set(tiny.table("centres").set_index("centre").loc["south", "allowed_models"].split(";"))
    other = sorted({"lead-council", "joint-board", "supplier"} - {name.strip() for name in allowed})
    assert other
    assert "one-model" in rules_broken(tiny, with_cluster(best, commercial_model=other[0]))


def test_the_order_of_rows_changes_nothing(tiny, best):
    shuffled = tiny.replace(**{name: tiny.table(name).iloc[::-1].reset_index(drop=True) for name in ("bodies", "baseline", "bands", "powers")})
    assert audit(shuffled, best).cost == OPTIMUM
    assert shuffled.digest() == tiny.digest()

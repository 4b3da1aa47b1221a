"""Who pays what: by hand on the tiny instance, and adding up to the pound wherever it is tried."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

import instances
from models.arrays import instance_arrays
from models.audit import audit
from models.cost_shares import KEYS, divided
from models.findings import InvalidInstance
from models.instance import RuleSetting
from models.plan import Assignment, Cluster, Plan
from models.plan_tables import plan_tables
from models.tables import check_instance, from_frames, read_instance
from solver.checking import audit_stored
from solver.run_folder import write_run
from solver.solve import solve
from tests.enumeration import every_plan
from tests.models.frames import small
from tests.rule_instances import rule_instance


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


def keyed(instance, key):
    return instance.replace(appraisal=dataclasses.replace(instance.appraisal, cost_share_key=key))


# Common cost: set-up 270,000, running 160,000, governing 60,000; direct cost: served 920,000 + 496,000 and so on, 10,000 to join, 30,000 an owner.
@pytest.mark.parametrize(
    ("key", "shared"),
    [
        # Workload 80,000 : 54,000 : 17,500 of 151,500; 490,000 x these is 258,745.87, 174,653.47, 56,600.66, so the first and the last round up.
        ("volume", {"alder": 258_746, "birch": 174_653, "dogwood": 56_601}),
        ("headcount", {"alder": 245_000, "birch": 171_500, "dogwood": 73_500}),
        # 163,333.33 each; the odd pound falls on the first.
        ("equal", {"alder": 163_334, "birch": 163_333, "dogwood": 163_333}),
    ],
)
def test_the_best_plan_of_tiny_is_shared_as_on_paper(tiny, best, key, shared):
    found = audit(keyed(tiny, key), best).shares
    at_south = {share.body: share for share in found.shares if share.centre == "south"}
    assert {body: share.shared_cost for body, share in at_south.items()} == shared
    assert {body: share.direct_cost for body, share in at_south.items()} == {"alder": 1_456_000, "birch": 1_128_800, "dogwood": 444_000}
    kept = [share for share in found.shares if not share.centre]
    assert [(share.body, share.direct_cost, share.shared_cost, share.do_nothing_cost) for share in kept] == [("cedar", 1_350_000, 0, 1_350_000)]
    assert found.worse_off == ()


def test_worse_off_bodies_are_counted_worst_first(tiny, best):
    models = tiny.table("commercial_models")
    models.loc[models["commercial_model"] == "joint-board", "governance_cost"] = 500_000
    found = audit(keyed(tiny.replace(commercial_models=models), "equal"), best)
    # Governing now costs 1,000,000 and each member pays 476,667 or 476,666; alone they pay 1,800,000, 1,500,000 and 660,000.
    assert found.shares.worse_off == ("dogwood", "alder", "birch")
    assert dict(found.shares.extra_cost) == {"alder": 132_667, "birch": 105_467, "cedar": 0, "dogwood": 260_666}
    assert found.as_dict()["worse_off"] == {"key": "equal", "bodies": 3, "most": 260_666, "body": "dogwood"}


@given(total=st.integers(0, 10**12), weights=st.lists(st.integers(1, 10**9), min_size=1, max_size=12))
def test_parts_add_up_and_each_is_within_one_of_its_exact_share(total, weights):
    parts = divided(total, weights)
    assert sum(parts) == total
    assert all(abs(part * sum(weights) - total * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True))


@pytest.mark.parametrize("weights", [[], [0, 1], [3, -1]])
def test_money_is_not_divided_by_nothing(weights):
    with pytest.raises(ValueError, match="positive weights"):
        divided(10, weights)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("seed", range(6))
def test_shares_add_up_to_the_cost_of_every_plan(seed, key):
    instance = keyed(rule_instance(seed, RuleSetting("minimum-volume", {}, 7)), key)
    arrays = instance_arrays(instance)
    for plan in every_plan(instance):
        found = audit(instance, plan, arrays)
        assert sum(share.plan_cost for share in found.shares.shares) == found.cost - found.penalty
        assert sum(share.do_nothing_cost for share in found.shares.shares) == found.do_nothing_cost
        assert -sum(found.shares.extra_cost.values()) == found.saving


def test_tables_agree_with_one_another(tiny, best):
    tables = plan_tables(tiny, best, audit(tiny, best))
    for column in ("do_nothing_cost", "direct_cost", "shared_cost", "plan_cost", "saving"):
        assert tables["shares"][column].sum() == tables["bodies"][column].sum() == tables["sectors"][column].sum()
    south = tables["shares"][tables["shares"]["centre"] == "south"]
    assert south["plan_cost"].sum() == tables["clusters"]["plan_cost"].sum()
    assert south["weight"].tolist() == [80_000, 54_000, 17_500]
    assert south["weight_share"].tolist() == [0.5281, 0.3564, 0.1155]
    sectors = tables["sectors"].set_index("sector")
    assert sectors.loc["council", ["bodies", "sharing", "worse_off", "plan_cost"]].tolist() == [2, 2, 0, 3_018_199]
    assert sectors.loc["health", ["bodies", "sharing", "saving"]].tolist() == [1, 0, 0]


def test_a_cluster_that_serves_nobody_leaves_its_cost_with_nobody(tiny, best):
    everyone_alone = tuple(Assignment(one.body, one.service) for one in best.assignments)
    found = audit(tiny, Plan(best.clusters, everyone_alone))
    assert {(share.body, share.shared_cost) for share in found.shares.shares if share.shared_cost} == {("", 490_000)}
    assert sum(share.plan_cost for share in found.shares.shares) == found.cost


def test_headcount_needs_employees_and_says_whose_are_missing():
    instance = from_frames(small())
    with pytest.raises(InvalidInstance) as caught:
        keyed(instance, "headcount")
    assert [(one.code, one.sheet, one.row, one.column) for one in caught.value.findings] == [("headcount-missing", "bodies", 3, "employees")]
    assert "appraisal.cost_share_key" in caught.value.findings[0].message


def test_a_body_that_takes_no_part_needs_no_employees():
    tables = small()
    tables["baseline"] = tables["baseline"][tables["baseline"]["body"] != "002"]
    assert keyed(from_frames(tables), "headcount").appraisal.cost_share_key == "headcount"


@pytest.mark.parametrize(("value", "nearest"), [("head-count", "headcount"), ("", ""), (3, ""), (True, ""), (["volume"], "volume")])
def test_an_unknown_key_is_a_finding(value, nearest):
    with pytest.raises(InvalidInstance) as caught:
        keyed(from_frames(small()), value)
    (finding,) = caught.value.findings
    assert (finding.code, finding.column, finding.allowed) == ("bad-choice", "appraisal.cost_share_key", tuple(KEYS))
    assert finding.nearest == nearest


def test_the_key_is_kept_in_files_and_bears_on_the_digest(tmp_path, tiny):
    from models.tables import write_instance

    write_instance(keyed(tiny, "equal"), tmp_path / "one")
    again, _ = check_instance(tmp_path / "one")
    assert again.appraisal.cost_share_key == "equal"
    assert again.digest() == keyed(tiny, "equal").digest() != tiny.digest()


@pytest.mark.parametrize(("name", "old", "new"), [("shares.csv", "258746", "258745"), ("sectors.csv", "3018199", "3018198"), ("bodies.csv", "56601", "0")])
def test_a_stored_share_that_was_tampered_with_is_found(tmp_path, tiny, name, old, new):
    write_run(solve(tiny, "highs"), tiny, tmp_path / "run")
    assert audit_stored(tiny, *_stored(tmp_path / "run"))["audit"] == "ok"
    file = tmp_path / "run" / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    found = audit_stored(tiny, *_stored(tmp_path / "run"))
    assert {breach["rule"] for breach in found["breaches"]} == {"stored-table"}


def _stored(folder):
    from solver.run_folder import read_plan

    return read_plan(folder), folder

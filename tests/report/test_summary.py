"""The summary on the terminal answers who shares with whom, in what money, and claims no more proof than there is."""

import dataclasses

import pytest

from models.audit import audit
from models.instance import RuleSetting
from models.plan import Assignment, Plan
from report.explanation import price_lines
from report.proof import Proof
from report.sharing import listed, sharing_lines
from report.summary import flat_record, fresh_record, summary_lines
from report.view import run_view
from solver.explain.prices import Known


def told(stored):
    view = run_view(stored)
    found = view.audit.as_dict() if view.audit is not None else {}
    return "\n".join(summary_lines(fresh_record(view, found), view.proof, stored.instance, stored.plan))


def test_it_says_who_shares_with_whom_in_names(tiny, best):
    assert sharing_lines(tiny, best) == [
        "who shares with whom",
        "  Southgate Business Park: joint-board, led by Aldershire County Council, owned by Aldershire County Council, Birchdale District Council; 3 members",
        "    payroll, invoices: Aldershire County Council, Birchdale District Council, Dogwood Academy Trust",
        "  with nobody: Cedar Vale Hospitals Trust",
    ]


def test_members_who_share_different_services_stand_apart(tiny, best):
    kept = tuple(Assignment(one.body, one.service) if (one.body, one.service) == ("dogwood", "payroll") else one for one in best.assignments)
    assert sharing_lines(tiny, Plan(best.clusters, kept))[2:4] == [
        "    payroll, invoices: Aldershire County Council, Birchdale District Council",
        "    invoices: Dogwood Academy Trust",
    ]


def test_nothing_is_said_where_nobody_shares(tiny, alone, store):
    assert sharing_lines(tiny, alone) == []
    assert "staying as they are is the best plan found" in told(store(tiny, alone))


@pytest.mark.parametrize(("count", "end"), [(2, "1"), (9, "8"), (10, "7 and 2 more"), (1500, "7 and 1,492 more")])
def test_long_lists_are_cut_and_counted(count, end):
    assert listed([str(one) for one in range(count)]).endswith(end)


def test_money_has_a_currency_and_years(tiny_run):
    text = told(tiny_run)
    assert "4,868,800  GBP, net present cost over 3 years" in text
    assert "stop       proved: no plan is better\n" in text
    assert "no plan costs less" in text


def test_the_gap_asked_for_is_told_where_it_is_not_nought(tiny, best, store):
    text = told(store(tiny, best, bound=4_800_000, provenance={"options": {"gap": 0.05}}))
    assert "no plan is better by more than 5.00%, the gap asked for" in text


@pytest.mark.parametrize("stop", ["limit", "cancelled", "infeasible", "failed"])
def test_why_it_stopped_is_told_once(tiny, store, stop):
    text = told(store(tiny, None, stop=stop, message="Because of this.", cost=None, bound=None, gap=None))
    assert f"stop       {stop}: Because of this.\nplan       none" in text


def test_proof_within_a_limit_set_for_the_solver_is_told_as_such(tiny, alone, store):
    near = tiny.replace(rules=(RuleSetting("nearest-centres", {"count": 1}),))
    text = told(store(near, alone))
    assert "stop       proved: no plan in which each body uses only its nearest centre is better" in text
    assert "no plan in which each body uses only its nearest centre costs less" in text


@pytest.mark.parametrize("changes", [{"bound": 4_868_801}, {"digest": "0" * 16}, {"cost": 1}, {"bound": 4_800_000, "gap": 0.0}])
def test_no_word_of_proof_unless_the_record_agrees(tiny, best, store, changes):
    stored = store(tiny, best, **changes)
    text = told(stored)
    assert "costs less" not in text.replace("claims no plan costs less", "")
    assert "is better" not in text
    assert "proved" not in text
    assert "none that can be believed" in text
    record = fresh_record(run_view(stored), audit(tiny, best).as_dict())
    assert (record["bound"], record["gap"], record["stop"], record["cost"]) == (None, None, "unknown", 4_868_800)
    assert record["doubt"]


def test_the_audit_told_is_the_one_made_now_in_every_form(tiny, best, store):
    moved = Plan(best.clusters, tuple(dataclasses.replace(one, centre="") if one.body == "alder" else one for one in best.assignments))
    stored = store(tiny, moved, audit="ok", cost=4_868_800)
    found = audit(tiny, moved)
    record = fresh_record(run_view(stored), found.as_dict())
    assert record["cost"] == found.cost
    assert record["audit"] == [breach.__dict__ for breach in found.breaches]
    assert flat_record(record)["audit"] == f"{len(found.breaches)} breaches"
    assert f"audit      BREACHES: {len(found.breaches)}" in told(stored)
    assert found.breaches[0].message in told(stored)


@pytest.mark.parametrize(("bound", "useful"), [(100, True), (1, True), (0, False), (-5, False)])
def test_a_bound_that_leaves_room_for_the_whole_cost_is_not_useful(tiny, best, store, bound, useful):
    assert Proof(bound, 100).useful == useful
    text = told(store(tiny, best, bound=bound, stop="limit"))
    assert ("nothing useful is proven" in text) == (not useful)
    assert ("gap  " in text) == useful


def test_a_plan_that_costs_nothing_can_be_proven():
    assert Proof(0, 0).useful
    assert not Proof(None, 0).useful


def test_prices_of_rules_say_within_what_limits_the_plan_is_the_best(best):
    limits = Proof(100, 100, ("each body uses only its nearest centre",)).limits
    assert (
        price_lines(Known(best, 100, 100), [], limits)[0] == "The plan costs 100: proven the best of the plans in which each body uses only its nearest centre."
    )
    assert "no plan in which each body uses only its nearest centre costs less than 90" in price_lines(Known(best, 100, 90), [], limits)[0]
    assert price_lines(Known(best, 100, 100), [])[0] == "The plan costs 100: proven the best."

"""A contract at or above the threshold is tendered, at a cost; a smaller one is not."""

import numpy as np
import pytest

from models.arrays import instance_arrays
from models.audit import audit
from models.formulation import formulate
from models.instance import RuleSetting
from models.plan_tables import plan_tables
from models.plan_view import plan_view
from models.rules.tender import RULE, plan_contracts
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.models.rules.ventures import VOLUMES, shared_plan, venture
from tests.rule_instances import rule_instance

SHARED = 4 * 100 + 10 + 1
PROCUREMENT = 200
# A unit of work adds 4 x 1.2 x 5 = 24 to the value of a contract of five years.
WHOLE_VALUE = 24 * 100
WITHOUT_CEDAR = 24 * 90


def tender(sub_central, central=0, central_types="", **parameters):
    return RuleSetting("tender", {"central": central, "sub_central": sub_central, "central_types": central_types, **parameters})


def outsourced(*rules, **changes):
    return venture(*rules, forms=("outsourced",), models={"outsourced": {"procurement_cost": PROCUREMENT, **changes.pop("model", {})}}, **changes)


def test_without_the_rule_every_contract_pays():
    assert held_against_every_plan(outsourced()) == SHARED + PROCUREMENT


def test_a_contract_below_the_threshold_saves_the_procurement_cost():
    assert held_against_every_plan(outsourced(tender(WHOLE_VALUE + 1))) == SHARED


def test_changes_who_shares_a_body_stays_out_so_that_the_contract_is_small():
    # At the threshold a tender is due: without Cedar the contract is under it, and Cedar spends 100 alone.
    assert held_against_every_plan(outsourced(tender(WHOLE_VALUE))) == 4 * 90 + 11 + 100


def test_is_idle_where_a_tender_is_due_whoever_shares():
    assert held_against_every_plan(outsourced(tender(0))) == SHARED + PROCUREMENT


def test_never_makes_an_instance_infeasible_for_a_tender_can_always_be_paid():
    assert held_against_every_plan(outsourced(tender(0), required=tuple(VOLUMES))) == SHARED + PROCUREMENT


def test_one_member_of_a_central_type_brings_the_lower_threshold():
    both = {"central": 1000, "central_types": "agency; type-cedar"}
    # Cedar, of a central type, would bring the contract to a threshold of 1,000: it stays alone.
    assert held_against_every_plan(outsourced(tender(5000, **both))) == 4 * 90 + 11 + 100
    assert held_against_every_plan(outsourced(tender(5000, **both), required=("cedar",))) == SHARED + PROCUREMENT
    assert held_against_every_plan(outsourced(tender(5000, **{**both, "central": WHOLE_VALUE + 1}), required=("cedar",))) == SHARED


def test_of_two_thresholds_in_the_wrong_order_the_lower_one_holds_for_all():
    assert held_against_every_plan(outsourced(tender(WHOLE_VALUE, 9000, "type-cedar"))) == 4 * 90 + 11 + 100


def test_the_term_is_the_commercial_model_s_where_it_states_one():
    assert held_against_every_plan(outsourced(tender(961), model={"contract_years": 2.0})) == SHARED
    assert held_against_every_plan(outsourced(tender(961, years=2))) == SHARED
    assert held_against_every_plan(outsourced(tender(960, years=2))) == 4 * 90 + 11 + 100


def test_the_margin_counts_towards_the_value():
    # 400 and a margin of 40, with VAT, over five years.
    assert held_against_every_plan(outsourced(tender(2641), model={"margin_rate": 0.1})) == SHARED + 40


def test_a_joint_company_holds_no_contract():
    both = {"models": {"joint-company": {"procurement_cost": PROCUREMENT}}}
    assert held_against_every_plan(venture(tender(9000), **both)) == 412 + PROCUREMENT


def test_the_plan_states_value_threshold_and_months():
    instance = outsourced(tender(WITHOUT_CEDAR, 100, "type-cedar", lead_months=7.5))
    plan = shared_plan(instance, form="outsourced", owners=("ash",), members=("ash", "birch"))
    parameters = RULE.with_defaults(instance.rules[0].parameters)
    (contract,) = plan_contracts(plan_view(instance_arrays(instance), plan), parameters).values()
    assert (contract.value, contract.threshold, contract.tendered) == (WITHOUT_CEDAR, WITHOUT_CEDAR, True)
    clusters = plan_tables(instance, plan, audit(instance, plan))["clusters"]
    assert clusters[["contract_value", "tender_months"]].iloc[0].tolist() == [WITHOUT_CEDAR, 7.5]
    free = outsourced(tender(WITHOUT_CEDAR + 1, 100, "type-cedar"))
    assert plan_tables(free, plan, audit(free, plan))["clusters"]["tender_months"].tolist() == [0.0]


def test_where_every_service_alone_is_above_the_threshold_no_column_is_made():
    columns = formulate(outsourced(tender(24 * 10))).columns
    assert columns.block("contract-untendered").shape == (0,)
    assert formulate(outsourced(tender(24 * 10 + 1))).columns.block("contract-untendered").shape == (1,)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("setting", "services"),
    [(tender(600, 250, "trust"), 1), (tender(400), 1), (tender(700, 400, "trust"), 2), (tender(500, 900, "trust; council"), 2)],
    ids=str,
)
def test_every_plan_agrees(seed, setting, services):
    instance = rule_instance(seed, setting, forms=("outsourced",), services=services, centres=1, bodies=3 if services == 1 else 2)
    held_against_every_plan(instance)


@pytest.mark.parametrize("seed", range(12))
def test_the_columns_are_exact_in_every_assignment(seed):
    """Whichever bodies are in, the columns filled from a plan meet the rows and no other values of them do."""
    instance = rule_instance(seed, tender(600, 250, "trust"), forms=("outsourced",), centres=1)
    formulation = formulate(instance)
    block = formulation.columns.block("contract-untendered")
    for choice in range(1, 8):
        members = tuple(body for at, body in enumerate(("b0", "b1", "b2")) if choice >> at & 1)
        plan = _plan(instance, members)
        values = formulation.values(plan)
        broken = len(formulation.program.violations(values))
        for other in range(2 ** block.shape[0]):
            changed = values.copy()
            changed[block] = np.array([other >> at & 1 for at in range(block.shape[0])])
            if not np.array_equal(changed, values):
                assert len(formulation.program.violations(changed)) > broken


def _plan(instance, members):
    from models.plan import Assignment, Cluster, Plan

    band = instance.table("bands")["band"].iloc[-1]
    cluster = Cluster("c0", "m-outsourced", "", members[:1], {"s0": band})
    return Plan((cluster,), tuple(Assignment(body, "s0", "c0" if body in members else "") for body in ("b0", "b1", "b2")))


CASES = Cases(
    changes=Case(lambda: outsourced(tender(WHOLE_VALUE)), 4 * 90 + 11 + 100, SHARED + PROCUREMENT),
    infeasible="It asks for money and forbids nothing: a tender can always be paid.",
    idle=Case(lambda: outsourced(tender(0)), SHARED + PROCUREMENT, SHARED + PROCUREMENT),
)

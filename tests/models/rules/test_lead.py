"""A lead supplies the legal types its powers name, and itself."""

import numpy as np
import pandas as pd
import pytest

from models.findings import Severity
from models.formulation import formulate
from models.rules.shared_lead_types import LEAD_TYPE
from models.tables import check_instance, write_instance
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.models.rules.ventures import VOLUMES, breaches, shared_plan, venture
from tests.rule_instances import rule_instance

UNITARY = {"forms": ("unitary",)}
SHARED = 4 * 100 + 10 + 1


def limited(instance, **lead_for):
    """Return the instance with powers to lead limited by body; a body not named may lead nobody else."""
    powers = instance.table("powers").copy()
    body = powers["legal_type"].str.removeprefix("type-")
    powers["may_lead"] = body.isin(list(lead_for))
    powers["lead_for"] = [lead_for.get(one, "") for one in body]
    return instance.replace(powers=powers)


def test_a_power_that_names_no_types_reaches_all():
    assert held_against_every_plan(limited(venture(**UNITARY), ash="")) == SHARED


def test_changes_the_optimum_a_type_out_of_reach_stays_alone():
    assert held_against_every_plan(limited(venture(**UNITARY), ash="type-birch")) == 4 * 90 + 11 + 100


def test_another_lead_may_reach_further():
    # Cedar reaches everybody, Ash only Birch.
    assert held_against_every_plan(limited(venture(**UNITARY), ash="type-birch", cedar="type-ash; type-birch")) == SHARED


def test_is_infeasible_where_no_lead_reaches_all_who_must_share():
    assert held_against_every_plan(limited(venture(required=tuple(VOLUMES), **UNITARY), ash="type-birch", birch="type-cedar")) is None


def test_a_lead_supplies_itself_though_its_power_names_others_only():
    same = {"types": {"ash": "type-ash", "birch": "type-ash", "cedar": "type-cedar"}}
    # One of Ash and Birch leads the other's type no more than its own: Cedar is served, and the lead.
    assert held_against_every_plan(limited(venture(**same, **UNITARY), ash="type-cedar")) == 4 * 70 + 11 + 300


def test_a_forged_plan_is_caught():
    instance = limited(venture(**UNITARY), ash="type-birch")
    (breach,) = breaches(instance, shared_plan(instance, form="unitary", owners=("ash",), lead="ash"), "lead")
    assert (breach.body, breach.service) == ("cedar", "payroll")


def test_a_committee_s_lead_is_held_to_its_powers_too():
    instance = limited(venture(forms=("joint-committee",)), ash="type-birch")
    assert held_against_every_plan(instance) == 4 * 90 + 12 + 100


def test_no_columns_where_powers_name_no_types():
    columns = formulate(venture(**UNITARY)).columns
    assert columns.blocks == ()
    reach = limited(venture(**UNITARY), ash="type-birch", birch="")
    assert formulate(reach).columns.block(LEAD_TYPE).shape == (1,)


def test_a_type_that_stands_nowhere_is_pointed_out(tmp_path):
    write_instance(limited(venture(**UNITARY), ash="type-brich"), tmp_path / "one.json")
    (finding,) = (one for one in check_instance(tmp_path / "one.json")[1] if one.column == "lead_for")
    assert (finding.code, finding.severity, finding.nearest) == ("unused-legal-type", Severity.WARNING, "type-birch")


@pytest.mark.parametrize("seed", range(12))
def test_every_plan_agrees(seed):
    instance = rule_instance(seed, forms=("unitary", "joint-committee"), services=1 + seed % 2, centres=1, bodies=3 if seed % 2 == 0 else 2)
    rng = np.random.default_rng(seed)
    powers = instance.table("powers").copy()
    by_service = powers.assign(service="s0")
    for rows in (powers, by_service):
        rows["lead_for"] = rng.choice(["", "council", "trust"], len(rows))
    powers = powers if seed % 3 else pd.concat([powers, by_service], ignore_index=True)
    held_against_every_plan(instance.replace(powers=powers))


def led(**lead_for):
    return limited(venture(**UNITARY), **lead_for)


CASES = Cases(
    changes=Case(lambda: led(ash="type-birch"), 4 * 90 + 11 + 100, SHARED, free=lambda: led(ash="")),
    infeasible=Case(
        lambda: limited(venture(required=tuple(VOLUMES), **UNITARY), ash="type-birch"),
        None,
        SHARED,
        free=lambda: limited(venture(required=tuple(VOLUMES), **UNITARY), ash=""),
    ),
    idle=Case(lambda: led(ash="type-birch; type-cedar"), SHARED, SHARED, free=lambda: led(ash="")),
)

"""Whom each body could share with."""

import numpy as np
import pandas as pd
import pytest

from models import partners
from models.instance import RuleSetting
from models.partners import partner_table
from tests.rule_cases import BODIES, paper
from tests.rule_instances import rule_instance


def of(table, body):
    return table[table["body"] == body].set_index("partner")


def test_the_more_alike_come_first_and_then_the_nearer():
    """Sizes 10, 20 and 30: cedar is more like birch (667) than like ash (333)."""
    table = partner_table(paper())
    assert table["partner"].tolist() == ["birch", "cedar", "cedar", "ash", "birch", "ash"]
    assert table["rank"].tolist() == [1, 2] * 3
    assert table["likeness"].tolist() == [0.75, 0.667, 0.834, 0.75, 0.834, 0.667]
    assert table["distance_km"].tolist() == pytest.approx([11.1, 22.2, 11.1, 11.1, 11.1, 22.2], abs=0.05)
    assert table["aims"].isna().all()
    level = partner_table(paper(baseline={"volume": [10, 10, 10]}))
    assert of(level, "ash").index.tolist() == ["birch", "cedar"]


def test_one_body_and_fewer_partners():
    table = partner_table(paper(), "cedar", 1)
    assert table[["body", "partner"]].to_numpy().tolist() == [["cedar", "birch"]]
    with pytest.raises(KeyError):
        partner_table(paper(), "dogwood")


def test_a_body_alone_has_no_partners():
    instance = paper()
    alone = instance.replace(bodies=instance.table("bodies").iloc[:1], baseline=instance.table("baseline").iloc[:1])
    assert partner_table(alone).empty


def test_what_bars_a_partner_is_told_and_ranks_it_last():
    apart = pd.DataFrame({"body_a": ["cedar"], "body_b": ["birch"], "relation": ["must-not-share"]})
    table = of(partner_table(paper(pairs=apart)), "cedar")
    assert table.index.tolist() == ["ash", "birch"]
    assert table["barred_by"].tolist() == ["", "must-not-share"]
    assert table["may_share"].tolist() == ["payroll", ""]


def test_rules_in_force_bar_too():
    nations = {"nation": ["England", "Wales", "Wales"], "aims": ["care", "care", "growth"]}
    ruled = paper(RuleSetting("jurisdiction"), RuleSetting("similar-aims", {"minimum": 0.5}), bodies=nations)
    table = of(partner_table(ruled), "ash")
    assert table.loc["birch", "barred_by"] == "jurisdiction"
    assert table.loc["cedar", "barred_by"] == "jurisdiction; similar-aims"
    assert of(partner_table(paper(bodies=nations)), "ash")["barred_by"].tolist() == ["", ""]


def test_the_weights_are_those_of_the_rule_where_it_is_asked_for():
    aims_only = RuleSetting("similar-aims", {"size": 0, "services": 0, "systems": 0})
    table = partner_table(paper(aims_only, bodies={"aims": ["care", "growth", "care"]}))
    assert of(table, "ash")["likeness"].to_dict() == {"cedar": 1.0, "birch": 0.0}


def powers(*rows):
    return pd.DataFrame(rows, columns=["legal_type", "commercial_model", "may_lead", "may_own", "may_use"])


def test_the_law_must_let_both_use_a_model_that_somebody_can_run():
    types = {"legal_type": ["council", "council", "school"]}
    no_use = powers(("council", "shared", True, True, True), ("school", "shared", True, True, False))
    table = partner_table(paper(bodies=types, powers=no_use))
    assert of(table, "ash")["barred_by"].to_dict() == {"birch": "", "cedar": "legal-powers"}
    no_lead = powers(("council", "shared", False, True, True), ("school", "shared", False, True, True))
    assert set(partner_table(paper(form="unitary", bodies=types, powers=no_lead))["barred_by"]) == {"legal-powers"}
    assert set(partner_table(paper(form="outsourced", bodies=types, powers=no_lead))["barred_by"]) == {""}
    one_owner = powers(("council", "shared", True, False, True), ("school", "shared", True, True, True))
    assert set(partner_table(paper(form="joint-company", bodies=types, powers=one_owner))["barred_by"]) == {"legal-powers"}
    assert set(partner_table(paper(form="outsourced", bodies=types, powers=one_owner))["barred_by"]) == {""}


def test_nothing_in_common_is_told_as_such():
    services = pd.DataFrame({"service": ["payroll", "fleet"]})
    table = partner_table(paper(baseline={"service": ["payroll", "fleet", "payroll"]}, services=services))
    assert of(table, "birch")["barred_by"].tolist() == ["no service in common"] * 2
    assert of(table, "ash")["may_share"].tolist() == ["payroll", ""]


@pytest.mark.parametrize("seed", range(3))
def test_blocks_do_not_show(seed, monkeypatch):
    instance = rule_instance(seed, bodies=9, services=2)
    whole = partner_table(instance, top=3)
    monkeypatch.setattr(partners, "_CELLS", 20)
    pd.testing.assert_frame_equal(partner_table(instance, top=3), whole)
    assert (whole["body"] != whole["partner"]).all()
    assert np.array_equal(whole.groupby("body").size().to_numpy(), np.full(9, 3))
    assert set(BODIES).isdisjoint(whole["partner"])

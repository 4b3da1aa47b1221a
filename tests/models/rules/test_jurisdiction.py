"""G26: bodies under different law do not share."""

import numpy as np
import pandas as pd
import pytest

from models.formulation import formulate
from models.instance import RuleSetting
from models.rules.jurisdiction import together
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ALONE, ASH_BIRCH, BIRCH_CEDAR, BODIES, TOGETHER, amounts, best, paper, shared
from tests.rule_instances import rule_instance

NATIONS = {"nation": ["England", "Wales", "Scotland"]}


def apart(text=""):
    return RuleSetting("jurisdiction", {"together": text})


def test_it_keeps_nations_apart_unless_listed():
    assert best(paper(bodies=NATIONS)) == TOGETHER
    assert best(paper(apart(), bodies=NATIONS)) == ALONE
    assert best(paper(apart("England+Wales"), bodies=NATIONS)) == ASH_BIRCH
    assert best(paper(apart("Scotland + Wales; England"), bodies=NATIONS)) == BIRCH_CEDAR
    assert best(paper(apart("England+Scotland+Wales"), bodies=NATIONS)) == TOGETHER


def test_pairs_of_nations_do_not_chain():
    """England goes with Wales and Wales with Scotland, yet England and Scotland stay apart."""
    assert best(paper(apart("England+Wales; Wales+Scotland"), bodies=NATIONS)) == ASH_BIRCH


def test_it_can_leave_no_plan():
    required = {"links": pd.DataFrame({"body": BODIES, "centre": "*", "status": "required"})}
    assert best(paper(apart(), bodies={"nation": ["England", "England", "Wales"]}, **required)) is None


def test_it_is_idle_and_adds_nothing_within_one_law():
    for nations in (["England"] * 3, ["England", "", "England"], [""] * 3):
        instance = paper(apart(), bodies={"nation": nations})
        assert best(instance) == TOGETHER
        program, plain = formulate(instance).program, formulate(paper()).program
        assert (program.rows, program.columns) == (plain.rows, plain.columns)


def test_a_body_without_a_nation_goes_with_all():
    assert best(paper(apart(), bodies={"nation": ["England", "", "Wales"]})) == ASH_BIRCH


def test_bodies_under_other_law_than_the_host_are_not_offered_its_lead():
    offered = formulate(paper(apart(), form="unitary", host="birch", bodies={"nation": ["England", "Wales", "Wales"]})).columns.candidates
    assert sorted(offered.arrays.bodies[body] for body in offered.member_body) == ["birch", "cedar"]
    assert best(paper(apart(), form="unitary", host="birch", bodies={"nation": ["England", "Wales", "Wales"]})) == BIRCH_CEDAR


def test_each_pair_of_nations_is_a_breach():
    assert amounts(shared(paper(apart(), bodies=NATIONS), *BODIES), "jurisdiction") == [1, 1, 1]
    assert amounts(shared(paper(apart("England+Wales"), bodies=NATIONS), *BODIES), "jurisdiction") == [1, 1]
    assert amounts(shared(paper(apart("England+Wales"), bodies=NATIONS), "ash", "birch"), "jurisdiction") == []


def test_the_list_is_read_as_written():
    assert together(" England + Wales ;; Scotland+") == (frozenset({"England", "Wales"}), frozenset({"Scotland"}))
    assert together("") == ()


@pytest.mark.parametrize("text", ["", "England+Wales", "England+Wales; Wales+Scotland"])
@pytest.mark.parametrize("forms", [("unitary",), ("joint-committee",), ("outsourced", "joint-company")])
@pytest.mark.parametrize("seed", range(5))
def test_against_every_plan(seed, forms, text):
    rng = np.random.default_rng(seed)
    instance = rule_instance(seed, apart(text), forms=forms)
    nations = rng.choice(["England", "Wales", "Scotland", ""], 3, p=[0.3, 0.3, 0.3, 0.1])
    hosts = rng.choice(["", "b0", "b1"], 2)
    held_against_every_plan(instance.replace(bodies=instance.table("bodies").assign(nation=nations), centres=instance.table("centres").assign(host_body=hosts)))


CASES = Cases(
    changes=Case(lambda: paper(apart("England+Wales"), bodies=NATIONS), ASH_BIRCH, TOGETHER),
    infeasible=Case(lambda: paper(apart(), bodies=NATIONS, links=pd.DataFrame({"body": BODIES, "centre": "*", "status": "required"})), None, TOGETHER),
    idle=Case(lambda: paper(apart("England+Scotland+Wales"), bodies=NATIONS), TOGETHER, TOGETHER),
)

"""G23: members of a cluster are alike, or like their lead."""

import numpy as np
import pandas as pd
import pytest

from models.formulation import formulate
from models.instance import RuleSetting
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ALONE, ASH_BIRCH, BODIES, TOGETHER, amounts, best, paper, shared
from tests.rule_instances import rule_instance


def similar(**parameters):
    return RuleSetting("similar-aims", parameters)


AIMS = {"aims": ["care", "care; growth", "growth"]}
"""Ash and cedar have no aim in common: (40 x 0 + 20 x 333 + 20 x 1000) / 80 = 333 thousandths, while birch is like both."""


def test_it_parts_the_unlike():
    assert best(paper(bodies=AIMS)) == TOGETHER
    assert best(paper(similar(minimum=0.334), bodies=AIMS)) == ASH_BIRCH
    assert best(paper(similar(minimum=0.333), bodies=AIMS)) == TOGETHER


def test_it_can_leave_no_plan():
    """Three bodies that must be served must use the one centre; that ash and cedar are both required there would be found before any solver."""
    required = {"links": pd.DataFrame({"body": BODIES, "centre": "*", "status": "required"})}
    assert best(paper(bodies=AIMS, **required)) == TOGETHER
    assert best(paper(similar(minimum=0.334), bodies=AIMS, **required)) is None


def test_it_is_idle_where_nothing_is_known_to_differ():
    assert best(paper(similar(minimum=1.0, size=0))) == TOGETHER
    assert formulate(paper(similar(minimum=1.0, size=0))).columns.count == formulate(paper()).columns.count


def test_like_the_lead_is_enough_when_asked():
    """Birch is like both of the others, so all three may share when birch leads; not when ash hosts the centre and so leads it."""
    to_lead = similar(minimum=0.334, to="lead")
    assert best(paper(to_lead, form="unitary", bodies=AIMS)) == TOGETHER
    assert best(paper(to_lead, form="unitary", host="ash", bodies=AIMS)) == ASH_BIRCH
    assert best(paper(to_lead, form="outsourced", bodies=AIMS)) == TOGETHER
    hosted = formulate(paper(to_lead, form="unitary", host="ash", bodies=AIMS)).columns.candidates
    assert sorted(hosted.arrays.bodies[body] for body in hosted.member_body) == ["ash", "birch"]


def test_each_unlike_pair_is_a_breach():
    assert amounts(shared(paper(similar(minimum=0.334), bodies=AIMS), *BODIES), "similar-aims") == [1]
    assert amounts(shared(paper(similar(minimum=1.0), bodies=AIMS), *BODIES), "similar-aims") == [1, 1, 1]
    assert shared(paper(similar(minimum=1.0), bodies=AIMS), "ash").ok
    led = paper(similar(minimum=0.334, to="lead"), form="unitary", bodies=AIMS)
    assert shared(led, *BODIES, lead="birch", owners=("birch",)).ok
    assert amounts(shared(led, *BODIES, lead="ash", owners=("ash",)), "similar-aims") == [1]


def test_a_clique_of_bodies_takes_one_row_a_centre():
    """Three bodies all unlike one another: one row says what three pairs would."""
    bodies = {"aims": ["care", "growth", "green"]}
    plain, ruled = (formulate(paper(*rules, bodies=bodies)).program for rules in ((), (similar(minimum=0.7, size=0),)))
    users_and_centre, cliques = 3 + 1, 1
    assert ruled.rows - plain.rows == users_and_centre + cliques
    assert best(paper(similar(minimum=0.7, size=0), bodies=bodies)) == ALONE


@pytest.mark.parametrize("to", ["members", "lead"])
@pytest.mark.parametrize("minimum", [0.3, 0.55, 0.8])
@pytest.mark.parametrize("forms", [("unitary",), ("joint-committee",), ("joint-company", "unitary")])
@pytest.mark.parametrize("seed", range(3))
def test_against_every_plan(seed, forms, minimum, to):
    instance = rule_instance(seed, similar(minimum=minimum, to=to, size=7), forms=forms)
    if seed == 2:
        instance = instance.replace(centres=instance.table("centres").assign(host_body=["b0", "b2"]))
    held_against_every_plan(instance)


def test_more_leads_unlike_than_like_give_the_other_form_of_the_row():
    """With four bodies in two camps of aims, the row lists whichever leads are fewer; both forms admit the same plans."""
    instance = rule_instance(1, similar(minimum=0.6, to="lead", size=0), forms=("joint-committee",), bodies=4, centres=1)
    for camps in (["care", "care", "care", "growth"], ["care", "growth", "growth", "growth"], ["care", "care", "growth", "growth"]):
        some = instance.replace(bodies=instance.table("bodies").assign(aims=camps))
        assert not np.array_equal(formulate(some).program.row_tag, formulate(some.replace(rules=())).program.row_tag)
        held_against_every_plan(some)


REQUIRED = pd.DataFrame({"body": BODIES, "centre": "*", "status": "required"})
CASES = Cases(
    changes=Case(lambda: paper(similar(minimum=0.334), bodies=AIMS), ASH_BIRCH, TOGETHER),
    infeasible=Case(lambda: paper(similar(minimum=0.334), bodies=AIMS, links=REQUIRED), None, TOGETHER),
    idle=Case(lambda: paper(similar(minimum=0.333), bodies=AIMS), TOGETHER, TOGETHER),
)

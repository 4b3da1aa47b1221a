"""G22: named pairs of bodies are kept apart, by one row for a whole clique of pairs."""

import itertools

import pandas as pd
import pytest

from models.formulation import formulate
from tests.enumeration import held_against_every_plan
from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ALONE, ASH_BIRCH, BODIES, TOGETHER, amounts, best, paper, shared
from tests.rule_instances import rule_instance


def pairs(*named):
    return {"pairs": pd.DataFrame(named, columns=["body_a", "body_b"]).assign(relation="must-not-share")}


def test_it_parts_the_pair():
    assert best(paper(**pairs(("cedar", "ash")))) == ASH_BIRCH
    assert best(paper(**pairs(*itertools.combinations(BODIES, 2)))) == ALONE


def test_it_can_leave_no_plan():
    required = pd.DataFrame({"body": BODIES, "centre": "*", "status": "required"})
    assert best(paper(links=required, **pairs(("ash", "birch")))) is None


def test_it_is_idle_without_pairs():
    assert best(paper()) == TOGETHER


def test_a_clique_of_pairs_takes_one_row_a_centre():
    plain = formulate(paper()).program.rows
    assert formulate(paper(**pairs(("ash", "birch")))).program.rows == plain + 1
    assert formulate(paper(**pairs(*itertools.combinations(BODIES, 2)))).program.rows == plain + 1
    assert formulate(paper(**pairs(("ash", "birch"), ("birch", "cedar")))).program.rows == plain + 2


def test_each_pair_is_a_breach():
    assert amounts(shared(paper(**pairs(*itertools.combinations(BODIES, 2))), *BODIES), "must-not-share") == [1, 1, 1]


@pytest.mark.parametrize("named", [[("b0", "b1")], [("b2", "b1"), ("b0", "b2")], [("b0", "b1"), ("b1", "b2"), ("b2", "b0")]])
@pytest.mark.parametrize("forms", [("unitary",), ("joint-committee", "outsourced")])
@pytest.mark.parametrize("seed", range(4))
def test_against_every_plan(seed, forms, named):
    held_against_every_plan(rule_instance(seed, forms=forms).replace(**pairs(*named)))


REQUIRED = pd.DataFrame({"body": BODIES, "centre": "*", "status": "required"})
CASES = Cases(
    changes=Case(lambda: paper(**pairs(("cedar", "ash"))), ASH_BIRCH, TOGETHER, free=paper),
    infeasible=Case(lambda: paper(links=REQUIRED, **pairs(("ash", "birch"))), None, TOGETHER, free=lambda: paper(links=REQUIRED)),
    idle=Case(
        lambda: paper(links=pd.DataFrame({"body": ["cedar"], "centre": "*", "status": "forbidden"}), **pairs(("cedar", "ash"))),
        ASH_BIRCH,
        ASH_BIRCH,
        free=lambda: paper(links=pd.DataFrame({"body": ["cedar"], "centre": "*", "status": "forbidden"})),
    ),
)

"""G5: what is built is used."""

import pandas as pd

from models.instance import RuleSetting
from tests.models.rules.cases import Case, Cases
from tests.rule_cases import TOGETHER, amounts, best, paper, shared

THRIFTY = {"annual_cost": [100, 100, 25]}
"""Cedar adds 30 at the hub, so by itself it would rather stay alone at 25: ash and birch share 30 of the 60 units of the band for 120."""
WITHOUT_CEDAR = 120 + 25


def used(share, penalty=None, **changes):
    return paper(RuleSetting("utilisation-floor", {"share": share}, penalty), baseline=THRIFTY, **changes)


ASH_MUST_CEDAR_MUST_NOT = pd.DataFrame({"body": ["ash", "cedar"], "centre": "*", "status": ["required", "forbidden"]})
CASES = Cases(
    changes=Case(lambda: used(0.6), TOGETHER, WITHOUT_CEDAR),
    infeasible=Case(lambda: used(0.6, links=ASH_MUST_CEDAR_MUST_NOT), None, WITHOUT_CEDAR),
    idle=Case(lambda: used(0.5), WITHOUT_CEDAR, WITHOUT_CEDAR),
)


def test_a_breach_is_a_unit_below_the_floor():
    assert amounts(shared(used(0.6), "ash", "birch"), "utilisation-floor") == [6]
    assert best(used(0.51, penalty=4)) == WITHOUT_CEDAR + 4
    assert best(used(0.51, penalty=6)) == TOGETHER

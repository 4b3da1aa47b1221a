"""G6: a cluster has the work its commercial model needs."""

import pandas as pd

from models.instance import RuleSetting
from tests.models.rules.cases import Case, Cases
from tests.rule_cases import TOGETHER, amounts, best, paper, shared

THRIFTY = {"annual_cost": [100, 100, 25]}
"""Cedar adds 30 at the hub, so by itself it would rather stay alone at 25: ash and birch share 30 units for 120."""
WITHOUT_CEDAR = 120 + 25


def needs(volume, penalty=None, **changes):
    return paper(RuleSetting("minimum-volume", {}, penalty), model={"minimum_volume": [volume]}, baseline=THRIFTY, **changes)


ASH_MUST_CEDAR_MUST_NOT = pd.DataFrame({"body": ["ash", "cedar"], "centre": "*", "status": ["required", "forbidden"]})
CASES = Cases(
    changes=Case(lambda: needs(31), TOGETHER, WITHOUT_CEDAR),
    infeasible=Case(lambda: needs(31, links=ASH_MUST_CEDAR_MUST_NOT), None, WITHOUT_CEDAR),
    idle=Case(lambda: needs(30), WITHOUT_CEDAR, WITHOUT_CEDAR),
)


def test_a_breach_is_a_unit_of_work_below():
    assert amounts(shared(needs(60), "ash", "birch"), "minimum-volume") == [30]
    assert best(needs(31, penalty=4)) == WITHOUT_CEDAR + 4
    assert best(needs(31, penalty=6)) == TOGETHER

"""C1: bodies tied together use the same centres."""

import pandas as pd

from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ALONE, TOGETHER, best, paper

THRIFTY = {"annual_cost": [100, 100, 25]}
"""Cedar adds 30 at the hub, so by itself it would rather stay alone at 25."""
SMALL = {"centre": ["*"], "service": ["payroll"], "band": ["all"], "capacity": [30], "set_up_cost": [0], "fixed_cost": [60], "unit_cost": [1.0]}


def tied(*bodies, relation="must-share"):
    return {"pairs": pd.DataFrame({"body_a": [bodies[0]], "body_b": [bodies[1]], "relation": relation})}


CASES = Cases(
    changes=Case(lambda: paper(baseline=THRIFTY, **tied("birch", "cedar")), TOGETHER, 120 + 25, free=lambda: paper(baseline=THRIFTY)),
    infeasible=Case(lambda: paper(bands=SMALL, **tied("birch", "cedar")), None, 220, free=lambda: paper(bands=SMALL)),
    idle=Case(lambda: paper(**tied("birch", "cedar")), TOGETHER, TOGETHER, free=paper),
)


def test_together_or_alone_may_mean_alone():
    assert best(paper(bands={**SMALL, "capacity": [29]}, **tied("ash", "birch", relation="together-or-alone"))) == ALONE

"""G29: who refuses stays out, who must join is in."""

import pandas as pd

from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ALONE, ASH_BIRCH, TOGETHER, paper

SMALL = {"centre": ["*"], "service": ["payroll"], "band": ["all"], "capacity": [20], "set_up_cost": [0], "fixed_cost": [60], "unit_cost": [1.0]}


def cedar(status):
    return {"links": pd.DataFrame({"body": ["cedar"], "centre": "*", "status": status})}


CASES = Cases(
    changes=Case(lambda: paper(**cedar("forbidden")), ASH_BIRCH, TOGETHER, free=paper),
    infeasible=Case(lambda: paper(bands=SMALL, **cedar("required")), None, ALONE, free=lambda: paper(bands=SMALL)),
    idle=Case(lambda: paper(**cedar("required")), TOGETHER, TOGETHER, free=paper),
)

"""G25: a service with a distance limit is done near its body."""

import pandas as pd

from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ASH_BIRCH, BODIES, TOGETHER, paper

REQUIRED = pd.DataFrame({"body": BODIES, "centre": "*", "status": "required"})


def within(kilometres, **changes):
    """Return the paper, where birch is 11 km from the hub and cedar 22 km."""
    return paper(services=pd.DataFrame({"service": ["payroll"], "distance_limit_km": [kilometres]}), **changes)


CASES = Cases(
    changes=Case(lambda: within(15.0), ASH_BIRCH, TOGETHER, free=paper),
    infeasible=Case(lambda: within(15.0, links=REQUIRED), None, TOGETHER, free=lambda: paper(links=REQUIRED)),
    idle=Case(lambda: within(30.0), TOGETHER, TOGETHER, free=paper),
)

"""G21: a centre is cleared to the level its members need."""

import pandas as pd

from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ASH_BIRCH, BODIES, TOGETHER, paper

SECRET = {"security_level": [0, 1, 2]}
REQUIRED = pd.DataFrame({"body": BODIES, "centre": "*", "status": "required"})


def cleared(level, **changes):
    centres = pd.DataFrame({"centre": ["hub"], "latitude": 52.0, "longitude": 0.0, "security_level": level})
    return paper(bodies=SECRET, centres=centres, **changes)


CASES = Cases(
    changes=Case(lambda: cleared(1), ASH_BIRCH, TOGETHER, free=lambda: cleared(9)),
    infeasible=Case(lambda: cleared(1, links=REQUIRED), None, TOGETHER, free=lambda: cleared(9, links=REQUIRED)),
    idle=Case(lambda: cleared(2), TOGETHER, TOGETHER, free=lambda: cleared(9)),
)

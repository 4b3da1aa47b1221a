"""G10: a committee has a lead among its owners; a company has none."""

import pandas as pd

from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ALONE, BODIES, TOGETHER, paper


def run_as(form, *, may_lead=False, **changes):
    powers = pd.DataFrame({"legal_type": ["council"], "commercial_model": ["shared"], "may_lead": [may_lead], "may_own": [True], "may_use": [True]})
    return paper(form=form, powers=powers, **changes)


CASES = Cases(
    changes=Case(lambda: run_as("joint-committee"), ALONE, TOGETHER, free=lambda: run_as("joint-company")),
    infeasible=Case(
        lambda: run_as("joint-committee", links=pd.DataFrame({"body": BODIES, "centre": "*", "status": "required"})),
        None,
        TOGETHER,
        free=lambda: run_as("joint-company", links=pd.DataFrame({"body": BODIES, "centre": "*", "status": "required"})),
    ),
    idle=Case(lambda: run_as("joint-committee", may_lead=True), TOGETHER, TOGETHER, free=lambda: run_as("joint-company")),
)

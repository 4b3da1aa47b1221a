"""G3: a body uses few centres."""

import pandas as pd

from models.instance import RuleSetting
from tests.models.rules.cases import Case, Cases
from tests.rule_cases import best, paper

BOTH, ONE, NEITHER = 100, 150, 200
"""Payroll is done at the hub only and tax at the annex only, each for 50 instead of 100."""


def two_services(maximum, penalty=None, *, required=()):
    frames = {
        "services": pd.DataFrame({"service": ["payroll", "tax"]}),
        "baseline": pd.DataFrame({"body": "ash", "service": ["payroll", "tax"], "volume": 10, "annual_cost": 100}),
        "centres": pd.DataFrame({"centre": ["hub", "annex"], "latitude": 52.0, "longitude": 0.0}),
        "bands": pd.DataFrame(
            {"centre": ["hub", "annex"], "service": ["payroll", "tax"], "band": "all", "capacity": 10, "set_up_cost": 0, "fixed_cost": 10, "unit_cost": 1.0}
        ),
        "links": pd.DataFrame({"body": "ash", "centre": "*", "service": list(required), "status": "required"}),
    }
    return paper().replace(**frames, rules=(RuleSetting("provider-limit", {"maximum": maximum}, penalty),))


CASES = Cases(
    changes=Case(lambda: two_services(1), ONE, BOTH),
    infeasible=Case(lambda: two_services(1, required=("payroll", "tax")), None, BOTH),
    idle=Case(lambda: two_services(2), BOTH, BOTH),
)


def test_a_breach_is_a_centre_too_many():
    assert best(two_services(1, 49)) == BOTH + 49
    assert best(two_services(1, 51)) == ONE
    assert best(two_services(1, 51, required=("payroll", "tax"))) == BOTH + 51

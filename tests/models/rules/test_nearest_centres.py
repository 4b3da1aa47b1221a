"""A rule that shrinks the question for the solver's sake says so; the others have nothing to say."""

import pandas as pd
import pytest

from instances import path
from models.instance import RuleSetting
from models.rules import registry, restrictions
from models.tables import read_instance
from tests.models.rules.cases import Case, Cases
from tests.rule_cases import ASH_BIRCH, BODIES, TOGETHER, paper


def test_rules_that_are_part_of_the_question_restrict_nothing():
    said = {name for name, rule in registry().items() if rule.restricts({**rule.with_defaults({}), "count": 1})}
    assert said == {"nearest-centres"}


@pytest.mark.parametrize(("count", "words"), [(1, "each body uses only its nearest centre"), (3, "each body uses only its 3 nearest centres")])
def test_the_limit_in_force_is_named(count, words):
    tiny = read_instance(path("tiny"))
    assert restrictions(tiny) == ()
    assert restrictions(tiny.replace(rules=(RuleSetting("nearest-centres", {"count": count}),))) == (words,)


BANDS = {"centre": ["far", "near"], "service": "payroll", "band": "all", "capacity": [60, 30], "set_up_cost": 0, "fixed_cost": 60, "unit_cost": 1.0}


def nearest(count, **changes):
    """Return the paper with two centres: the one that holds all three bodies is further off than the one that holds ash and birch."""
    centres = pd.DataFrame({"centre": ["far", "near"], "latitude": [54.0, 52.1], "longitude": 0.0})
    return paper(RuleSetting("nearest-centres", {"count": count}), centres=centres, bands=BANDS, **changes)


CASES = Cases(
    changes=Case(lambda: nearest(1), ASH_BIRCH, TOGETHER),
    infeasible=Case(lambda: nearest(1, links=pd.DataFrame({"body": BODIES, "centre": "*", "status": "required"})), None, TOGETHER),
    idle=Case(lambda: nearest(2), TOGETHER, TOGETHER),
)

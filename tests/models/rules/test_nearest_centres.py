"""A rule that shrinks the question for the solver's sake says so; the others have nothing to say."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from instances import path
from instances.generate import Recipe, generate
from models.arrays import arranged
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


@pytest.mark.parametrize("count", [1, 3, 9])
def test_the_few_combinations_listed_are_those_that_stand_among_all(count):
    drawn = generate(Recipe(bodies=40, centres=9, services=1, links=0.5, seed=3))
    links = drawn.table("links").assign(status=lambda links: ["required" if at % 2 else "" for at in range(len(links))])
    rule = registry()["nearest-centres"]
    arrays = arranged(dataclasses.replace(drawn, tables={**drawn.tables, "links": links}))
    body, centre = np.divmod(np.arange(40 * 9), 9)
    stands = rule.body_centre_test(arrays, body, centre, {"count": count})
    listed = rule.body_centres(arrays, {"count": count})
    assert np.array_equal(listed, [body[stands], centre[stands]])
    assert bool((arrays.centre_host >= 0).any())
    assert bool(arrays.links.with_status("required").any())


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

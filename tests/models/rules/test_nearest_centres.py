"""A rule that shrinks the question for the solver's sake says so; the others have nothing to say."""

import pytest

from instances import path
from models.instance import RuleSetting
from models.rules import registry, restrictions
from models.tables import read_instance


def test_rules_that_are_part_of_the_question_restrict_nothing():
    said = {name for name, rule in registry().items() if rule.restricts({**rule.with_defaults({}), "count": 1})}
    assert said == {"nearest-centres"}


@pytest.mark.parametrize(("count", "words"), [(1, "each body uses only its nearest centre"), (3, "each body uses only its 3 nearest centres")])
def test_the_limit_in_force_is_named(count, words):
    tiny = read_instance(path("tiny"))
    assert restrictions(tiny) == ()
    assert restrictions(tiny.replace(rules=(RuleSetting("nearest-centres", {"count": count}),))) == (words,)

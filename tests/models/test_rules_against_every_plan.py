"""For every rule, alone and mixed: the program's optimum is that of the plans that stand, listed one by one."""

import pytest

from models.instance import RuleSetting
from models.rules import registry
from tests.enumeration import held_against_every_plan
from tests.rule_instances import rule_instance


def asked(rule):
    """Return the settings under which a rule is tried: its defaults, or the least it allows, hard and, where it can be, soft."""
    parameters = {one.name: one.minimum for one in rule.parameters if one.default is None}
    hard = [RuleSetting(rule.name, parameters)]
    return [*hard, RuleSetting(rule.name, parameters, 5)] if rule.soft else hard


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", list(registry()))
def test_each_rule_alone(name, seed):
    for setting in asked(registry()[name]):
        # At the first seed every plan is listed afresh, so that what the others take for granted is seen to hold.
        held_against_every_plan(rule_instance(seed, setting), complete=seed == 0)

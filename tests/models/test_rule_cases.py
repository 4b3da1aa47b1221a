"""For every rule there is: a case where it changes the best plan, one where it leaves none, one where it costs nothing."""

import importlib

import pytest

from models.rules import registry
from tests.models.rules.cases import Case, Cases, hold

KINDS = ("changes", "infeasible", "idle")
EXEMPT = {
    ("serve-once", "changes"),
    ("serve-once", "infeasible"),
    ("serve-once", "idle"),
    ("tender", "infeasible"),
}
"""Where no case can be; the rule's own test says why. A rule that is added needs its cases, so nothing is added here lightly."""


def cases_of(rule):
    """Return the cases that the test of a rule states; fail when it states none."""
    name = f"tests.models.rules.test_{rule.replace('-', '_')}"
    try:
        found = getattr(importlib.import_module(name), "CASES", None)
    except ModuleNotFoundError as missing:
        if missing.name != name:
            raise
        found = None
    if not isinstance(found, Cases):
        pytest.fail(f"rule {rule!r} has no cases: state CASES in {name.replace('.', '/')}.py")
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rule", list(registry()))
def test_every_rule_has_its_case_and_all_agree(rule, kind):
    case = getattr(cases_of(rule), kind)
    if (rule, kind) in EXEMPT:
        assert isinstance(case, str)
        assert len(case) > 20
        return
    assert isinstance(case, Case), f"rule {rule!r} says of {kind!r} only: {case}"
    hold(rule, kind, case)


def test_a_rule_without_cases_is_told():
    with pytest.raises(pytest.fail.Exception, match=r"rule 'odd-ones' has no cases: state CASES in tests/models/rules/test_odd_ones\.py"):
        cases_of("odd-ones")


def test_a_case_that_is_not_what_it_says_fails():
    """The walk cannot be satisfied by a case of another kind or by one that another rule brings about."""
    stated = cases_of("sectors")
    with pytest.raises(AssertionError):
        hold("sectors", "idle", stated.changes)
    with pytest.raises(AssertionError):
        hold("sectors", "changes", Case(stated.idle.under, stated.idle.cost, stated.idle.free_cost))
    willing = cases_of("willingness").changes
    with pytest.raises(AssertionError):
        hold("security", "changes", willing)

"""The governance rules, one module each; the registry finds them, so adding one touches its own module and nothing else."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from models.findings import nearest
from models.rules.base import Parameter, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from models.candidates import BodyCentreList, BodyCentreTest, OptionTest, ServedTest
    from models.instance import Instance, RuleSetting

__all__ = [
    "ActiveRule",
    "Parameter",
    "Rule",
    "active_rules",
    "body_centre_lists",
    "body_centre_tests",
    "option_tests",
    "registry",
    "restrictions",
    "rules_in_force",
    "served_tests",
]


@dataclass(frozen=True)
class ActiveRule:
    """A rule in force in an instance, with its parameters and the price of a breach (``None`` when hard)."""

    rule: Rule
    parameters: Mapping[str, Any]
    penalty: int | None = None


@cache
def registry() -> Mapping[str, Rule]:
    """Return every rule by name, sorted by name."""
    found: dict[str, Rule] = {}
    for module in pkgutil.iter_modules(__path__):
        rule = getattr(importlib.import_module(f"{__name__}.{module.name}"), "RULE", None)
        if isinstance(rule, Rule):
            found[rule.name] = rule
    return dict(sorted(found.items()))


def active_rules(instance: Instance) -> tuple[ActiveRule, ...]:
    """Return the rules in force: those that always hold and those the instance asks for, by name."""
    return rules_in_force(instance.rules)


def rules_in_force(settings: Iterable[RuleSetting]) -> tuple[ActiveRule, ...]:
    """Return the rules that always hold and those ``settings`` ask for, by name.

    Raises
    ------
    KeyError
        When a setting names no rule, or a parameter that its rule has not; an instance that was read holds none such.
    """
    asked = {setting.name: setting for setting in settings}
    active = []
    for name in asked:
        if name not in registry():
            near = nearest(name, registry())
            raise KeyError(f"there is no rule {name!r}" + (f"; did you mean {near!r}?" if near else ""))
    for name, rule in registry().items():
        setting = asked.get(name)
        if setting is not None:
            active.append(ActiveRule(rule, rule.with_defaults(setting.parameters), setting.penalty))
        elif rule.always:
            active.append(ActiveRule(rule, rule.with_defaults({})))
    return tuple(active)


def restrictions(instance: Instance) -> tuple[str, ...]:
    """Return how the hard rules in force shrink the question for the solver's sake, each as the end of "plans in which ..."; proof holds within them only."""
    said = (one.rule.restricts(one.parameters) for one in active_rules(instance) if one.penalty is None)
    return tuple(text for text in said if text)


def body_centre_tests(active: Sequence[ActiveRule]) -> tuple[BodyCentreTest, ...]:
    """Return the tests of which bodies may use which centres."""
    return tuple(partial(_with_parameters, one.rule.body_centre_test, one.parameters) for one in active if one.rule.body_centre_test is not None)


def body_centre_lists(active: Sequence[ActiveRule]) -> tuple[BodyCentreList, ...]:
    """Return what lists the few (body, centre) that a rule leaves, of the rules that leave few."""
    return tuple(partial(_with_parameters, one.rule.body_centres, one.parameters) for one in active if one.rule.body_centres is not None)


def option_tests(active: Sequence[ActiveRule]) -> tuple[OptionTest, ...]:
    """Return the tests of which centres may run under which models."""
    return tuple(partial(_with_parameters, one.rule.option_test, one.parameters) for one in active if one.rule.option_test is not None)


def served_tests(active: Sequence[ActiveRule]) -> tuple[ServedTest, ...]:
    """Return the tests of which units may be served at which centres under which models."""
    return tuple(partial(_with_parameters, one.rule.served_test, one.parameters) for one in active if one.rule.served_test is not None)


def _with_parameters(test: Any, parameters: Mapping[str, Any], *positions: Any) -> Any:
    return test(*positions, parameters)

"""Prints the governance rules there are, each from its own module, so that a rule that is added is listed without more ado."""

from __future__ import annotations

from typing import TYPE_CHECKING

from report.commands import Format, fail, print_table
from report.console import Exit, say

if TYPE_CHECKING:
    import pandas as pd

    from models.rules import Parameter, Rule


def print_rules(name: str | None, form: Format) -> None:
    """Print every rule, or one; leave when there is no such rule."""
    from models.findings import nearest
    from models.rules import registry

    if name is not None and name not in registry():
        close = nearest(name, registry())
        fail(Exit.USAGE, f"there is no rule {name!r}." + (f" Did you mean {close}?" if close else ""))
    rules = [rule for rule in registry().values() if name in (None, rule.name)]
    if name is not None and form is Format.TABLE:
        print("\n".join(rule_lines(rules[0])))
        return
    table = rules_table(rules)
    if form is Format.TABLE:
        table = table.assign(may_be_soft=["yes" if rule.soft else "" for rule in rules], parameters=[", ".join(_names(rule)) for rule in rules])
        table = table[["id", "rule", "in_force", "may_be_soft", "parameters", "statement"]]
    print_table(table, form)
    if form is Format.TABLE:
        say("`consortia rules RULE` says what may be set, and why")


def _names(rule: Rule) -> list[str]:
    return [parameter.name for parameter in rule.parameters]


def rules_table(rules: list[Rule]) -> pd.DataFrame:
    """Return one row a rule: when it holds, whether it may be priced, what may be set, and its statement."""
    import pandas as pd

    return pd.DataFrame(
        {
            "id": rule.id,
            "rule": rule.name,
            "in_force": "always" if rule.always else "on request",
            "kind": _kind(rule),
            "parameters": "; ".join(parameter_words(one) for one in rule.parameters),
            "statement": rule.statement,
            "mark": rule.mark,
        }
        for rule in rules
    )


def _kind(rule: Rule) -> str:
    return f"hard, or soft with a penalty per {rule.breach_unit}" if rule.soft else "hard"


def rule_lines(rule: Rule) -> list[str]:
    """Return all that a rule's module says of it, and how to ask for it."""
    lines = [
        f"{rule.id} {rule.name}: {rule.statement}",
        f"formula: {rule.formula}",
        f"basis: {rule.basis} (mark {rule.mark})",
        "in force: always" if rule.always else "in force: when instance.toml asks for it",
        f"kind: {_kind(rule)}",
    ]
    if rule.rests_on:
        lines.append(f"rests on: {', '.join(rule.rests_on)}")
    lines += [f"parameter {parameter_words(one)}" for one in rule.parameters]
    return lines if rule.always else [*lines, "", "[[rule]]", f'name = "{rule.name}"', *map(_as_setting, rule.parameters)]


def parameter_words(parameter: Parameter) -> str:
    """Return a parameter's name, default, range and unit."""
    default = "optional" if parameter.optional else "to be given" if parameter.default is None else f"default {_spelt(parameter.default)}"
    limits = f"one of {', '.join(parameter.choices)}" if parameter.choices else "text" if parameter.text else f"{parameter.minimum:g} to {parameter.maximum:g}"
    return f"{parameter.name} ({default}; {limits}; {parameter.unit})"


def _as_setting(parameter: Parameter) -> str:
    if parameter.default is None:
        return f"# {parameter.name} = {'...' if parameter.optional else '... (needed)'}"
    return f"{parameter.name} = {_spelt(parameter.default)}"


def _spelt(value: float | str) -> str:
    return f'"{value}"' if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)

"""Why each cluster runs under its commercial model, in sentences, in lines and as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from models.economics import COMPONENTS
from report.money import MINUS, counted, exact_money

if TYPE_CHECKING:
    import pandas as pd

    from solver.explain.model_choice import ModelChoice, OtherModel

_WORDS: Mapping[str, str] = {
    "procurement": "tender",
    "vat": "VAT",
    "provider_margin": "margin",
    "owner_governance": "governance per owner",
}
"""What components are called where two commercial models are compared; the others keep their names."""


def reason(choice: ModelChoice, currency: str) -> str:
    """Return what decides for the model against the next best one, by component: a minus is where the plan's own model is cheaper."""
    other = choice.next_best
    if other is None or other.more is None:
        return f"{choice.commercial_model}: no other commercial model was found to stand for the same members."
    amount = exact_money(abs(other.more), currency)
    told = f"{amount} {'cheaper' if other.more > 0 else 'dearer'} than" if other.more else "costs exactly as much as"
    parts = sorted(other.components.items(), key=lambda part: -abs(part[1]))
    by_component = ", ".join(f"{_word(name)} {MINUS if more > 0 else '+'}{exact_money(abs(more), currency)}" for name, more in parts)
    rank = "the next best for the same members" if other.more >= 0 else "the best for the same members"
    return f"{choice.commercial_model}: {told} {other.commercial_model}, {rank}" + (f": {by_component}." if parts else ".")


def bars(choice: ModelChoice) -> list[str]:
    """Return a sentence for each commercial model that does not stand: which rule forbids it, and whom."""
    return [_bar(one) for one in choice.others if one.more is None]


def _bar(other: OtherModel) -> str:
    first = "; ".join(f"rule {breach}" for breach in other.breaches[:2])
    left = f"; and {counted(len(other.breaches) - 2, 'more breach', 'more breaches')}" if len(other.breaches) > 2 else ""
    if other.settled:
        return f"{other.commercial_model} is not allowed for these members: {first}{left}."
    return f"{other.commercial_model}: no way that keeps the rules was found, though not every one was tried; the nearest breaks {first}{left}."


def _word(component: str) -> str:
    return _WORDS.get(component, component.replace("_", " "))


def choice_lines(choices: Sequence[ModelChoice], currency: str) -> list[str]:
    """Return every cluster's reason, what each other model costs more by component, and what bars the rest, as lines."""
    lines = ["Each cluster under every other commercial model, with the same members and services; lead, owners and bands are the cheapest allowed."]
    for choice in choices:
        lines += ["", f"{choice.centre} ({counted(choice.members, 'member')})", f"  {reason(choice, currency)}"]
        standing = [one for one in choice.others if one.more is not None]
        if standing:
            lines += _matrix(choice, standing)
        lines += [f"  {told}" for told in bars(choice)]
        lines += [f"  {one.commercial_model} may be had for less: not every way to own, lead and equip it was tried." for one in standing if not one.settled]
    return lines


def _matrix(choice: ModelChoice, standing: Sequence[OtherModel]) -> list[str]:
    first = f"more than {choice.commercial_model}"
    lines = [f"  {first:<28}" + "".join(f"{one.commercial_model:>18}" for one in standing)]
    for name in COMPONENTS:
        if any(one.components.get(name) for one in standing):
            lines.append(f"  {_word(name):<28}" + "".join(f"{one.components.get(name, 0):>18,}" for one in standing))
    return [*lines, f"  {'total':<28}" + "".join(f"{one.more:>18,}" for one in standing)]


def choice_table(choices: Sequence[ModelChoice]) -> pd.DataFrame:
    """Return one row a cluster and other model; a component has a column where it differs anywhere."""
    import pandas as pd

    differing = [name for name in COMPONENTS if any(one.components.get(name) for choice in choices for one in choice.others)]
    rows = [
        {
            "centre": choice.centre,
            "commercial_model": choice.commercial_model,
            "members": choice.members,
            "other_model": one.commercial_model,
            "stands": "yes" if one.more is not None else "no" if one.settled else "not found",
            "more": one.more,
            **{f"more_{name}": None if one.more is None else one.components.get(name, 0) for name in differing},
            "lead": one.lead,
            "owners": ";".join(one.owners),
            "breaches": "; ".join(one.breaches),
        }
        for choice in choices
        for one in choice.others
    ]
    columns = ["centre", "commercial_model", "members", "other_model", "stands", "more", *(f"more_{name}" for name in differing), "lead", "owners", "breaches"]
    return pd.DataFrame(rows, columns=columns).astype({name: "Int64" for name in columns if name.startswith("more")})

"""Drafts the rules an instance asks for: the few that any plan needs, or all that a table of bodies can fill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.findings import Finding, Severity
from models.instance import RuleSetting
from models.rules import registry

if TYPE_CHECKING:
    from models.reference import Reference

RULE_SETS = ("core", "full")

_FOR_SOLVERS = "nearest-centres"
"""It narrows the question to keep it solvable and governs nothing; its own option of drafting asks for it."""
_PRICED = ("sectors", "resilience", "supplier-exposure", "one-leaver")
"""Rules of the full set whose breach has a price; reference figure ``rules.<name>_penalty``, or the least cost of a unit of volume."""
_FIRM = (
    "board-seats",
    "cooperation",
    "dominance",
    "jurisdiction",
    "no-body-worse-off",
    "no-private-capital",
    "owned-company",
    "similar-aims",
    "tender",
    "veto-block",
)
"""Rules of the full set that hold firm, at the defaults their modules state."""


def draft_rules(reference: Reference, reference_costs: list[float], nearest: int, exchange_rate: float, *, full: bool = False) -> tuple[RuleSetting, ...]:
    """Return the optional rules; ``reference_costs`` holds money per unit of volume by service.

    The price of a unit of volume below the utilisation floor is the smallest of them, at least 1: unused capacity is already paid for
    in the band's fixed cost, so the price only has to break ties towards fuller centres.
    """
    unit_price = max(1, round(min(reference_costs)))
    provider_penalty = round(reference.central("rules.provider_limit_penalty") * exchange_rate)
    rules = [
        RuleSetting("provider-limit", {"maximum": int(reference.central("rules.provider_limit"))}, provider_penalty),
        RuleSetting("utilisation-floor", {"share": reference.central("rules.utilisation_floor")}, unit_price),
        RuleSetting("minimum-volume"),
        RuleSetting("owner-limit", {"maximum": int(reference.central("rules.owner_limit"))}),
    ]
    if nearest:
        rules.append(RuleSetting("nearest-centres", {"count": nearest}))
    if full:
        rules += [RuleSetting(name, _defaults(name)) for name in _FIRM]
        rules += [RuleSetting(name, _defaults(name), _price(reference, name, unit_price, exchange_rate)) for name in _PRICED]
    return tuple(rules)


def _defaults(name: str) -> dict[str, Any]:
    """Return the rule's own defaults, written out so that a planner sees what to edit."""
    return {parameter: value for parameter, value in registry()[name].with_defaults({}).items() if value not in (None, "")}


def _price(reference: Reference, name: str, unit_price: int, exchange_rate: float) -> int:
    figure = _penalty_figure(name)
    return max(1, round(reference.central(figure) * exchange_rate)) if figure in reference.figures else unit_price


def _penalty_figure(name: str) -> str:
    """Return the name of the reference figure that prices a breach of the rule."""
    return f"rules.{name.replace('-', '_')}_penalty"


def rules_without_figures(asked: tuple[RuleSetting, ...], source: str) -> Finding:
    """Return a note on the rules left out of the full set, as a table of bodies has not the figures they need."""
    named = {rule.name for rule in asked}
    left = tuple(name for name, rule in registry().items() if not rule.always and name not in named and name != _FOR_SOLVERS)
    text = f"Left out, as they need figures of your own: {', '.join(left)}. Add them as [[rule]] when you have those."
    return Finding("rules-left-out", text, Severity.NOTE, file=source)

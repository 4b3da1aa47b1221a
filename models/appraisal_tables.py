"""Published conventions of public appraisal as data: discount rates, bounds of optimism bias, haircuts on benefits, names for ratios.

The figures stand in ``appraisal_tables.toml``, each with its source, edition and evidence mark; none stands in code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models.schema import EVIDENCE_MARKS, Form

TABLES = Path(__file__).with_name("appraisal_tables.toml")


@dataclass(frozen=True)
class Provenance:
    """Where an entry comes from; ``mark`` is one of :data:`models.schema.EVIDENCE_MARKS`."""

    source: str
    edition: str
    mark: str

    def stated(self) -> str:
        """Return source and edition in words."""
        return self.source if self.edition == "none" else f"{self.source} ({self.edition})"


@dataclass(frozen=True)
class RateTable:
    """Real discount rates: ``steps`` of (first year, rate)."""

    steps: tuple[tuple[int, float], ...]
    what: str
    provenance: Provenance


@dataclass(frozen=True)
class BiasBounds:
    """Bounds of the uplift of a cost type (shares), the components that carry it, and the forms it is limited to (none: every form)."""

    upper: float
    lower: float
    components: tuple[str, ...]
    forms: tuple[Form, ...]
    project_class: str
    provenance: Provenance

    def applied(self, managed_share: float) -> float:
        """Return upper x (1 - managed share), never under lower: the uplift where so much of the risk behind it is managed."""
        return max(self.upper * (1.0 - managed_share), self.lower)


@dataclass(frozen=True)
class Haircut:
    """A share taken off a promised benefit."""

    rate: float
    what: str
    provenance: Provenance


@dataclass(frozen=True)
class RatioName:
    """What a benefit-cost ratio of at least ``least`` is called, up to the next name."""

    least: float
    name: str
    mark: str


@dataclass(frozen=True)
class AppraisalTables:
    """All conventions by name."""

    rates: Mapping[str, RateTable]
    optimism_bias: Mapping[str, BiasBounds]
    haircuts: Mapping[str, Haircut]
    ratio_names: Mapping[str, tuple[RatioName, ...]]


def read_appraisal_tables(path: Path = TABLES) -> AppraisalTables:
    """Return the conventions of a TOML file.

    Raises
    ------
    ValueError
        When steps do not begin with year 0 and increase, bounds are out of order or a mark is unknown.
    """
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return AppraisalTables(
        rates={name: _rates(name, entry) for name, entry in content["rates"].items()},
        optimism_bias={name: _bounds(name, entry) for name, entry in content["optimism_bias"].items()},
        haircuts={name: Haircut(entry["rate"], entry["what"], _provenance(name, entry)) for name, entry in content["haircut"].items()},
        ratio_names={name: _names(name, entry) for name, entry in content["wording"].items()},
    )


@cache
def appraisal_tables() -> AppraisalTables:
    """Return the shipped conventions, read once."""
    return read_appraisal_tables()


def ratio_name(ratio: float, wording: str) -> str:
    """Return what a benefit-cost ratio is called in a wording, such as ``dft``; raise ``KeyError`` when there is none of that name."""
    return next(one.name for one in reversed(appraisal_tables().ratio_names[wording]) if ratio >= one.least)


def _provenance(name: str, entry: Mapping[str, Any]) -> Provenance:
    if entry["mark"] not in EVIDENCE_MARKS:
        raise ValueError(f"{name}: mark {entry['mark']!r} is none of {', '.join(EVIDENCE_MARKS)}")
    return Provenance(entry["source"], entry["edition"], entry["mark"])


def _rates(name: str, entry: Mapping[str, Any]) -> RateTable:
    steps = tuple((int(first), float(rate)) for first, rate in entry["steps"])
    years = [first for first, _ in steps]
    if not years or years[0] != 0 or years != sorted(set(years)):
        raise ValueError(f"rates {name}: the first years of the steps must increase, beginning with 0")
    return RateTable(steps, entry["what"], _provenance(name, entry))


def _bounds(name: str, entry: Mapping[str, Any]) -> BiasBounds:
    if not 0 <= entry["lower"] <= entry["upper"]:
        raise ValueError(f"optimism bias {name}: lower and upper are out of order")
    return BiasBounds(
        upper=float(entry["upper"]),
        lower=float(entry["lower"]),
        components=tuple(entry["components"]),
        forms=tuple(Form(form) for form in entry.get("forms", ())),
        project_class=entry["class"],
        provenance=_provenance(name, entry),
    )


def _names(name: str, entry: Mapping[str, Any]) -> tuple[RatioName, ...]:
    names = tuple(RatioName(float(one["from"]), one["name"], one["mark"]) for one in entry["bands"])
    if [one.least for one in names] != sorted(one.least for one in names):
        raise ValueError(f"wording {name}: the ratios must increase")
    return names

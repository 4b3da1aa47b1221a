"""Reads the reference figures of ``reference.toml``: each a range with its evidence."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models.schema import EVIDENCE_MARKS

FIGURES = Path(__file__).with_name("reference.toml")


@dataclass(frozen=True)
class Figure:
    """One reference figure: a range, its unit, and how far it can be trusted (``mark`` is that of the central value)."""

    low: float
    central: float
    high: float
    unit: str
    mark: str
    source: str

    def stated(self, value: float | None = None) -> str:
        """Return the figure in words for an evidence row; ``value`` says which value was taken when not the central one."""
        taken = self.central if value is None else value
        return f"{taken:,.10g} {self.unit} ({self.low:,.10g} to {self.high:,.10g}): {self.source}"


@dataclass(frozen=True)
class BodyClass:
    """What a body's size says of its staff, spending and IT users.

    ``words`` are looked for in the sector, lower case; ``kind`` is the kind of size they go with; no ``countries`` means any.
    """

    name: str
    legal_type: str
    words: tuple[str, ...]
    countries: tuple[str, ...]
    kind: str
    employees: Figure
    spend: Figure
    users: Figure


@dataclass(frozen=True)
class Powers:
    """What a legal type may do: letters of ``LOU`` (lead, own, use) by commercial model; ``lead_for`` lists the types it may lead, none meaning all."""

    by_model: Mapping[str, str]
    lead_for: str
    mark: str
    source: str


@dataclass(frozen=True)
class VatRecovery:
    """Share of the VAT on a charge that a legal type gets back: under every model, and under those that differ."""

    every: float
    by_model: Mapping[str, float]
    mark: str
    source: str


@dataclass(frozen=True)
class Reference:
    """All reference figures. ``figures`` holds the plain ones under dotted names, such as ``one_off.platform_local``."""

    figures: Mapping[str, Figure]
    classes: tuple[BodyClass, ...]
    powers: Mapping[str, Powers]
    vat: Mapping[str, VatRecovery]
    forms: Mapping[str, str]
    volume_units: Mapping[str, str]
    currency_of_country: Mapping[str, str]
    saving_ramp: tuple[float, ...]
    saving_ramp_mark: str
    saving_ramp_source: str

    def figure(self, name: str) -> Figure:
        """Return the figure of a dotted name; raise ``KeyError`` when there is none."""
        return self.figures[name]

    def central(self, name: str) -> float:
        """Return the central value of the figure of a dotted name."""
        return self.figures[name].central


def _figure(name: str, entry: Mapping[str, Any]) -> Figure:
    figure = Figure(**entry)
    if not figure.low <= figure.central <= figure.high:
        raise ValueError(f"reference figure {name}: low, central and high are out of order")
    if figure.mark not in EVIDENCE_MARKS:
        raise ValueError(f"reference figure {name}: mark {figure.mark!r} is none of {', '.join(EVIDENCE_MARKS)}")
    return figure


def _collect(prefix: str, entry: Mapping[str, Any], found: dict[str, Figure]) -> None:
    if "central" in entry:
        found[prefix] = _figure(prefix, entry)
        return
    for name, inner in entry.items():
        if isinstance(inner, dict):
            _collect(f"{prefix}.{name}" if prefix else name, inner, found)


def _vat_recovery(entry: Mapping[str, Any]) -> VatRecovery:
    by_model = {key: float(value) for key, value in entry.items() if key not in ("every", "mark", "source")}
    return VatRecovery(float(entry["every"]), by_model, entry["mark"], entry["source"])


def _body_class(entry: Mapping[str, Any]) -> BodyClass:
    return BodyClass(
        name=entry["name"],
        legal_type=entry["legal_type"],
        words=tuple(entry["words"]),
        countries=tuple(entry.get("countries", ())),
        kind=entry["kind"],
        employees=_figure(f"{entry['name']} employees", entry["employees"]),
        spend=_figure(f"{entry['name']} spend", entry["spend"]),
        users=_figure(f"{entry['name']} users", entry["users"]),
    )


def read_reference(path: Path = FIGURES) -> Reference:
    """Return the reference figures of a TOML file.

    Raises
    ------
    ValueError
        When a figure's range is out of order, its mark is unknown, a body class names a legal type without powers, or VAT recovery
        is not given for the legal types that have powers.
    """
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    figures: dict[str, Figure] = {}
    _collect("", content, figures)
    powers = {
        legal_type: Powers(
            {key: value for key, value in entry.items() if key not in ("lead_for", "mark", "source")}, entry.get("lead_for", ""), entry["mark"], entry["source"]
        )
        for legal_type, entry in content["powers"].items()
    }
    classes = tuple(_body_class(entry) for entry in content["class"])
    for body_class in classes:
        if body_class.legal_type not in powers:
            raise ValueError(f"body class {body_class.name!r}: legal type {body_class.legal_type!r} has no powers")
    vat = {legal_type: _vat_recovery(entry) for legal_type, entry in content["vat"].items()}
    if vat.keys() != powers.keys():
        raise ValueError(f"VAT recovery and powers speak of different legal types: {sorted(vat.keys() ^ powers.keys())}")
    ramp = content["appraisal"]["saving_ramp"]
    return Reference(
        figures=figures,
        classes=classes,
        powers=powers,
        vat=vat,
        forms={name: entry["form"] for name, entry in content["model"].items()},
        volume_units={name: entry["volume_unit"] for name, entry in content["service"].items()},
        currency_of_country=content["currency"],
        saving_ramp=tuple(float(share) for share in ramp["values"]),
        saving_ramp_mark=ramp["mark"],
        saving_ramp_source=ramp["source"],
    )


@cache
def reference() -> Reference:
    """Return the shipped reference figures, read once."""
    return read_reference()

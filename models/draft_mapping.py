"""Which column of a table of bodies holds what: found by the usual headers, or told by the user."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.findings import Finding, InvalidInstance, nearest

if TYPE_CHECKING:
    import pandas as pd

SIZE_KINDS = ("population", "pupils", "employees")
SPEND_KINDS = ("total", "central-gross", "central-net", "in-scope")

_USUAL: Mapping[str, tuple[str, ...]] = {
    "body": ("id", "body", "body_id", "code", "gss_code", "org_code"),
    "name": ("name", "body_name", "organisation", "organization", "authority"),
    "sector": ("sector", "type", "class", "body_type"),
    "region": ("region", "area"),
    "nation": ("nation", "country"),
    "country": ("country", "nation"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lon", "lng", "long"),
    "legal_type": ("legal_type",),
    "spend_flag": ("spend_flag", "expenses_flag"),
}
_USUAL_SIZES = (
    ("employees", r"employees|staff|headcount|staff_wte|staff_fte|staff_wte_\d{4}_\d{2}"),
    ("population", r"population|residents|inhabitants|population_\d{4}"),
    ("pupils", r"pupils|students"),
)
_USUAL_SPENDS = (
    ("in-scope", r"in_scope_cost|in_scope_spend|in_scope_cost_[a-z]{3}"),
    ("central-gross", r"central_services_total_expenditure(_[a-z]{3})?"),
    ("central-net", r"central_services_net(_[a-z]{3})?|central_services(_\d{4}_\d{2})?(_[a-z]{3})?"),
    ("total", r"spend(_[a-z]{3})?|expenses(_[a-z]{3})?|total_spend(_[a-z]{3})?"),
)


@dataclass(frozen=True)
class SizeColumn:
    """A column that says how big a body is, and in what."""

    column: str
    kind: str


@dataclass(frozen=True)
class DraftMapping:
    """Which column holds what. An empty name is found by the usual headers; ``-`` means "there is none, do not look".

    Attributes
    ----------
    body, name, sector, region, nation, country, latitude, longitude, legal_type
        Column names. ``country`` chooses currency and body class; ``nation`` is carried to the bodies.
    sizes
        Size columns in order; the first one filled counts for a body.
    spend
        Column of yearly money; ``spend_kind`` says which money: all spending (``total``), central services gross or net of income
        (``central-gross``, ``central-net``), or just the services drafted (``in-scope``).
    spend_flag
        Column that holds a remark where the spend figure is not to be used.
    """

    body: str = ""
    name: str = ""
    sector: str = ""
    region: str = ""
    nation: str = ""
    country: str = ""
    latitude: str = ""
    longitude: str = ""
    legal_type: str = ""
    sizes: tuple[SizeColumn, ...] = ()
    spend: str = ""
    spend_kind: str = ""
    spend_flag: str = ""


def read_mapping(path: str | Path) -> DraftMapping:
    """Return the mapping written in a TOML file: the field names of :class:`DraftMapping`, with ``sizes`` as ``[["column", "kind"], ...]``.

    Raises
    ------
    InvalidInstance
        When the file cannot be read or holds an unknown key.
    """
    path = Path(path)
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInstance([Finding("unreadable-file", f"The mapping cannot be read: {error}.", file=path.name)]) from error
    fields = [field.name for field in dataclasses.fields(DraftMapping)]
    unknown = [key for key in content if key not in fields]
    if unknown:
        raise InvalidInstance(
            Finding("unknown-key", f"A mapping has no key {key!r}.", file=path.name, column=key, allowed=tuple(fields), nearest=nearest(key, fields))
            for key in unknown
        )
    try:
        sizes = tuple(SizeColumn(str(column), str(kind)) for column, kind in content.pop("sizes", []))
    except (TypeError, ValueError) as error:
        message = 'sizes is a list of pairs such as [["population", "population"]].'
        raise InvalidInstance([Finding("wrong-type", message, file=path.name, column="sizes")]) from error
    return DraftMapping(sizes=sizes, **{key: str(value) for key, value in content.items()})


def complete_mapping(frame: pd.DataFrame, mapping: DraftMapping, source: str) -> DraftMapping:
    """Return ``mapping`` with its gaps filled from the headers of ``frame``; a field stays empty when the table has no such column.

    Raises
    ------
    InvalidInstance
        With one finding for each column that is named but absent, or needed and not found.
    """
    headers = [str(name) for name in frame.columns]
    lower = {name.lower(): name for name in reversed(headers)}
    findings: list[Finding] = []
    found: dict[str, Any] = {}
    for field, usual in _USUAL.items():
        told = getattr(mapping, field)
        found[field] = _told(told, headers, source, findings) if told else next((lower[name] for name in usual if name in lower), "")
    found["sizes"] = tuple(_size(size, headers, source, findings) for size in mapping.sizes) or tuple(
        SizeColumn(name, kind) for kind, pattern in _USUAL_SIZES for name in headers if re.fullmatch(pattern, name.lower())
    )
    found["spend"], found["spend_kind"] = _spend(mapping, headers, source, findings)
    for field in ("body", "latitude", "longitude"):
        if not found[field] and getattr(mapping, field) in ("", "-"):
            message = f"No column holds the {field} of a body."
            findings.append(Finding("missing-column", message, file=source, column=field, allowed=_USUAL[field], nearest=nearest(field, headers)))
    if not found["sizes"] and not mapping.sizes:
        message = "No column says how big a body is."
        findings.append(Finding("missing-column", message, file=source, column="size", allowed=("population", "pupils", "employees", "staff_wte")))
    if findings:
        raise InvalidInstance(findings)
    return DraftMapping(**found)


def _told(name: str, headers: list[str], source: str, findings: list[Finding]) -> str:
    if name == "-":
        return ""
    if name not in headers:
        findings.append(
            Finding("missing-column", f"The table has no column {name!r}.", file=source, column=name, allowed=tuple(headers), nearest=nearest(name, headers))
        )
        return ""
    return name


def _size(size: SizeColumn, headers: list[str], source: str, findings: list[Finding]) -> SizeColumn:
    _told(size.column, headers, source, findings)
    _check_kind(size.kind, SIZE_KINDS, size.column, source, findings)
    return size


def _spend(mapping: DraftMapping, headers: list[str], source: str, findings: list[Finding]) -> tuple[str, str]:
    if mapping.spend == "-":
        return "", ""
    usual = next(
        ((name, kind) for kind, pattern in _USUAL_SPENDS for name in headers if re.fullmatch(pattern, name.lower())),
        ("", ""),
    )
    if not mapping.spend:
        return usual[0], mapping.spend_kind or usual[1]
    _told(mapping.spend, headers, source, findings)
    guessed = next((kind for kind, pattern in _USUAL_SPENDS if re.fullmatch(pattern, mapping.spend.lower())), "")
    kind = mapping.spend_kind or guessed
    _check_kind(kind, SPEND_KINDS, mapping.spend, source, findings)
    return mapping.spend, kind


def _check_kind(kind: str, allowed: tuple[str, ...], column: str, source: str, findings: list[Finding]) -> None:
    if kind not in allowed:
        message = f"Say what column {column!r} holds; {kind or 'nothing'!r} is not one of the kinds known."
        findings.append(Finding("unknown-kind", message, file=source, column=column, value=kind, allowed=allowed, nearest=nearest(kind, allowed)))


def told_mapping(mapping: DraftMapping, columns: Sequence[str], sizes: Sequence[str], spend: str) -> DraftMapping:
    """Return ``mapping`` with what the command line says on top: ``FIELD=HEADER`` columns, ``HEADER=KIND`` sizes and spend.

    Raises
    ------
    InvalidInstance
        When a text is not of that form or names a field or kind that does not exist.
    """
    fields = [field.name for field in dataclasses.fields(DraftMapping) if field.name not in ("sizes", "spend", "spend_kind")]
    findings: list[Finding] = []

    def split(text: str, form: str, allowed: Sequence[str], position: int) -> tuple[str, str]:
        parts = text.rpartition("=") if position else text.partition("=")
        named = parts[2] if position else parts[0]
        if not parts[0] or not parts[2]:
            findings.append(Finding("bad-option", f"{text!r} is not of the form {form}.", value=text))
        elif named not in allowed:
            findings.append(Finding("bad-option", f"{named!r} is not known here.", value=text, allowed=tuple(allowed), nearest=nearest(named, allowed)))
        return parts[0], parts[2]

    changes: dict[str, Any] = dict(split(text, "FIELD=HEADER", fields, 0) for text in columns)
    if sizes:
        changes["sizes"] = tuple(SizeColumn(*split(text, "HEADER=KIND", SIZE_KINDS, 1)) for text in sizes)
    if spend:
        changes["spend"], changes["spend_kind"] = split(spend, "HEADER=KIND", SPEND_KINDS, 1)
    if findings:
        raise InvalidInstance(findings)
    return dataclasses.replace(mapping, **changes)

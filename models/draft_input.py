"""Sorts the rows of a table of bodies: those that can be drafted, and those left out, each with its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.draft_file import FIRST_ROW, SHOWN_ROWS
from models.draft_mapping import DraftMapping
from models.findings import Finding, InvalidInstance, Severity, nearest
from models.reference import BodyClass, Reference

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOME_COUNTRY = "GB"
_MONEY_HEADER = re.compile(r"spend|expend|expenses|budget|_cost|cost_|gbp|eur\b|usd")


@dataclass(frozen=True)
class DraftRows:
    """The rows that can be drafted, in the file's order.

    ``frame`` has columns body, name, sector, legal_type, nation, country, region, latitude, longitude, size, kind, spend (NaN: not
    known or not to be used), row (as a spreadsheet counts) and body_class (position in the reference's classes).
    ``left_out`` has row, body and reason.
    """

    frame: pd.DataFrame
    left_out: pd.DataFrame
    findings: tuple[Finding, ...]


def sort_rows(table: pd.DataFrame, mapping: DraftMapping, reference: Reference, source: str) -> DraftRows:
    """Return the rows of ``table`` that have a place and a size, and say of every other why not.

    Raises
    ------
    InvalidInstance
        When ids are empty or repeated, or no row is left.
    """
    text = table.astype("str").apply(lambda column: column.str.strip())
    rows = pd.DataFrame({"row": np.arange(len(text)) + FIRST_ROW, "body": text[mapping.body].to_numpy()})
    _check_ids(rows, mapping, source)
    for field in ("name", "sector", "nation", "country", "region"):
        header = getattr(mapping, field)
        rows[field] = text[header].to_numpy() if header else ""
    rows["name"] = rows["name"].where(rows["name"] != "", rows["body"])
    # A degree has no thousands, so a comma in it stands before the decimals.
    rows["latitude"] = _numbers(text[mapping.latitude].str.replace(",", "."))
    rows["longitude"] = _numbers(text[mapping.longitude].str.replace(",", "."))
    rows["size"], rows["kind"] = _sizes(text, mapping)
    findings: list[Finding] = []
    rows["spend"] = _spend(text, mapping, rows, source, findings)
    findings.extend(_unused_spend(text, mapping, source))
    findings.extend(_unknown_sectors(rows, mapping, reference, source))
    rows["body_class"], rows["legal_type"] = _classes(rows, text, mapping, reference, source)

    placed = rows["latitude"].between(-90, 90) & rows["longitude"].between(-180, 180)
    sized = rows["size"] > 0
    reasons = pd.Series("", index=rows.index)
    reasons[~sized] = "no size above zero"
    reasons[~placed] = "no usable coordinates"
    for reason, code in (("no usable coordinates", "no-coordinates"), ("no size above zero", "no-size")):
        rows_hit = rows.loc[reasons == reason, "row"]
        if len(rows_hit):
            findings.append(row_finding(code, "left out: " + reason, rows_hit.to_numpy(), source))
    kept = reasons == ""
    left_out = rows.loc[~kept, ["row", "body"]].assign(reason=reasons[~kept]).reset_index(drop=True)
    if not kept.any():
        raise InvalidInstance([*findings, Finding("no-bodies", "No row has both coordinates and a size, so there is nothing to draft.", file=source)])
    frame = rows[kept].reset_index(drop=True)
    findings.extend(_misplaced(frame, source))
    return DraftRows(frame, left_out, tuple(findings))


def row_finding(code: str, what: str, rows: NDArray[np.int64], source: str, column: str = "") -> Finding:
    """Return one warning for all rows with the same fault: how many, and the first of them by number."""
    shown = ", ".join(str(row) for row in rows[:SHOWN_ROWS])
    more = f" and {len(rows) - SHOWN_ROWS:,} more" if len(rows) > SHOWN_ROWS else ""
    message = f"{len(rows):,} row(s) {what} (row {shown}{more})."
    return Finding(code, message, Severity.WARNING, file=source, row=int(rows[0]), column=column, value=str(len(rows)))


def _check_ids(rows: pd.DataFrame, mapping: DraftMapping, source: str) -> None:
    findings = [
        Finding("missing-id", "A body needs an id.", file=source, row=int(row), column=mapping.body) for row in rows.loc[rows["body"] == "", "row"][:SHOWN_ROWS]
    ]
    repeated = rows[rows["body"].duplicated() & (rows["body"] != "")]
    findings += [
        Finding("duplicate-key", f"Body {body!r} stands more than once; one row a body is wanted.", file=source, row=int(row), column=mapping.body, value=body)
        for row, body in zip(repeated["row"][:SHOWN_ROWS], repeated["body"], strict=False)
    ]
    if len(repeated) > SHOWN_ROWS:
        findings.append(Finding("duplicate-key", f"{len(repeated):,} rows repeat an id.", file=source, column=mapping.body))
    if findings:
        raise InvalidInstance(findings)


def _numbers(column: pd.Series[str]) -> NDArray[np.float64]:
    found = pd.to_numeric(column.str.replace(",", "").str.lstrip("£$€"), errors="coerce").to_numpy(dtype=np.float64)
    return np.where(np.isfinite(found), found, np.nan)


def _sizes(text: pd.DataFrame, mapping: DraftMapping) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    size = np.full(len(text), np.nan)
    kind = np.full(len(text), "", dtype=object)
    for column in mapping.sizes:
        given = _numbers(text[column.column])
        fills = ~(size > 0) & (given > 0)
        size[fills] = given[fills]
        kind[fills] = column.kind
    return size, kind


def _spend(text: pd.DataFrame, mapping: DraftMapping, rows: pd.DataFrame, source: str, findings: list[Finding]) -> NDArray[np.float64]:
    if not mapping.spend:
        return np.full(len(text), np.nan)
    given = _numbers(text[mapping.spend])
    flagged = (text[mapping.spend_flag] != "").to_numpy() if mapping.spend_flag else np.zeros(len(text), dtype=bool)
    numbers = rows["row"].to_numpy()
    for code, what, hit in (
        ("spend-missing", "have no spend figure; the cost is drafted from size", np.isnan(given) & ~flagged),
        ("spend-not-positive", "have a spend figure that is zero or negative; the cost is drafted from size", (given <= 0) & ~flagged),
        ("spend-flagged", "have a spend figure the file itself doubts; the cost is drafted from size", flagged),
    ):
        if hit.any():
            findings.append(row_finding(code, what, numbers[hit], source, mapping.spend))
    return np.where((given > 0) & ~flagged, given, np.nan)


def _unused_spend(text: pd.DataFrame, mapping: DraftMapping, source: str) -> list[Finding]:
    """Note every column that by its header and figures looks like spending, where no column of spending is used."""
    if mapping.spend:
        return []
    used = {mapping.spend_flag, *(size.column for size in mapping.sizes)}
    return [
        Finding("spend-not-used", f"Column {name!r} looks like money and is not used; --spend {name}=KIND uses it.", Severity.NOTE, file=source, column=name)
        for name in map(str, text.columns)
        if name not in used and _MONEY_HEADER.search(name.lower()) and bool((_numbers(text[name]) > 0).any())
    ]


def _unknown_sectors(rows: pd.DataFrame, mapping: DraftMapping, reference: Reference, source: str) -> list[Finding]:
    """Note every sector of which no word is known, so that its bodies take the figures of the general class."""
    words = {word for body_class in reference.classes for word in body_class.words if word}
    first = rows.loc[(rows["sector"] != "") & ~rows["sector"].duplicated(), ["sector", "row"]]
    message = "No word of the sector is known, so its bodies are drafted on the figures of the general class."
    return [
        Finding("unknown-sector", message, Severity.NOTE, file=source, row=int(row), column=mapping.sector, value=sector)
        for sector, row in first.to_numpy().tolist()
        if not any(re.search(rf"\b{re.escape(word)}", sector.lower()) for word in words)
    ][:SHOWN_ROWS]


def _classes(rows: pd.DataFrame, text: pd.DataFrame, mapping: DraftMapping, reference: Reference, source: str) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    combinations = rows[["sector", "country", "kind"]].drop_duplicates()
    answer = {(sector, country, kind): _class_of(sector, country, kind, reference.classes) for sector, country, kind in combinations.to_numpy().tolist()}
    keys = [(sector, country, kind) for sector, country, kind in rows[["sector", "country", "kind"]].to_numpy().tolist()]
    classes = np.array([answer[key][0] for key in keys], dtype=np.int64)
    legal = np.array([answer[key][1] for key in keys], dtype=object)
    if mapping.legal_type:
        told = text[mapping.legal_type].to_numpy()
        unknown = sorted({value for value in told if value and value not in reference.powers})
        if unknown:
            raise InvalidInstance(
                Finding(
                    "unknown-legal-type",
                    f"No powers are known for legal type {value!r}.",
                    file=source,
                    column=mapping.legal_type,
                    value=value,
                    allowed=tuple(reference.powers),
                    nearest=nearest(value, reference.powers),
                )
                for value in unknown
            )
        legal = np.where(told != "", told, legal)
    return classes, legal


def _class_of(sector: str, country: str, kind: str, classes: tuple[BodyClass, ...]) -> tuple[int, str]:
    """Return the class whose figures fit the sector, country and kind of size, and the legal type the sector alone suggests."""
    home = country.upper() or HOME_COUNTRY

    def fits(body_class: BodyClass) -> bool:
        known = not body_class.countries or home in body_class.countries
        return known and any(not word or re.search(rf"\b{re.escape(word)}", sector.lower()) for word in body_class.words)

    by_words = [at for at, body_class in enumerate(classes) if fits(body_class)]
    by_kind = [at for at in by_words if classes[at].kind == kind]
    return (by_kind[0] if by_kind else by_words[0]), classes[by_words[0]].legal_type


def _misplaced(frame: pd.DataFrame, source: str) -> list[Finding]:
    """Warn of bodies far outside the rest of their region: a wrong coordinate moves every distance."""
    from models.geography import great_circle_km

    middle = frame.groupby("region")[["latitude", "longitude"]].transform("median")
    away = great_circle_km(frame["latitude"].to_numpy(), frame["longitude"].to_numpy(), middle["latitude"].to_numpy(), middle["longitude"].to_numpy())
    spread = pd.Series(away).groupby(frame["region"].to_numpy()).transform(lambda one: one.quantile(0.9)).to_numpy()
    many = frame.groupby("region")["body"].transform("size").to_numpy() >= 10
    far = many & (frame["region"] != "").to_numpy() & (away > 3 * spread) & (away > 50)
    if not far.any():
        return []
    return [row_finding("far-from-region", "lie far outside the rest of their region; look at the coordinates", frame.loc[far, "row"].to_numpy(), source)]

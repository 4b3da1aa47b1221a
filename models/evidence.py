"""Says how well the figures of an instance are founded: which are checked, worked out, assumed, or from memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.appraisal_tables import appraisal_tables
from models.cells import ParsedTable
from models.findings import Severity
from models.gathering import Allowed, Gathering
from models.instance import Appraisal, Instance
from models.schema import EVIDENCE_MARKS, TABLE_BY_NAME, TABLES, Kind

FIGURE_KINDS = frozenset({Kind.MONEY, Kind.WHOLE, Kind.NUMBER, Kind.RATE, Kind.YES_NO})
UNMARKED = "unmarked"
NOT_FIGURES = frozenset({"view", "rates", "cost_share_key"})
"""Settings of the appraisal that choose rather than measure; a named table of rates has its source with it."""
SETTINGS = "instance.toml"
"""What column ``table`` of ``evidence`` holds for an appraisal setting; ``column`` is then its name, with or without ``appraisal.``."""


@dataclass(frozen=True)
class _Row:
    table: str
    column: str
    where: str
    mark: str


def appraisal_figures(appraisal: Appraisal, *, claimed: bool = False) -> list[str]:
    """Return the names of the appraisal's figures; with ``claimed`` without those whose default only says that there is none of it."""
    figures = [one for one in fields(appraisal) if one.name not in NOT_FIGURES]
    return [one.name for one in figures if not claimed or not one.metadata.get("neutral") or getattr(appraisal, one.name) != one.default]


def conditions(where: str) -> list[tuple[str, str]] | None:
    """Return the pairs of ``column=value; column=value``; none for every row, ``None`` when the text is not of that form."""
    pairs = []
    for part in where.split(";"):
        if not part.strip():
            continue
        column, sign, value = part.partition("=")
        if not sign or not column.strip():
            return None
        pairs.append((column.strip(), value.strip()))
    return pairs


def selected(frame: pd.DataFrame, where: str) -> npt.NDArray[np.bool_]:
    """Return which rows of ``frame`` the text ``where`` means, shape (rows,); raise ``ValueError`` when it cannot be read."""
    pairs = conditions(where)
    if pairs is None or any(column not in frame.columns for column, _ in pairs):
        raise ValueError(f"{where!r} does not select rows of this table")
    mask = np.ones(len(frame), dtype=bool)
    for column, value in pairs:
        cells = frame[column]
        mask &= ((cells if isinstance(cells.dtype, pd.StringDtype) else cells.astype("str")) == value).to_numpy(dtype=bool)
    return mask


def marks(instance: Instance, table: str, column: str) -> npt.NDArray[np.object_]:
    """Return the evidence mark of each cell of a column, shape (rows,); :data:`UNMARKED` where no row of ``evidence`` speaks of it."""
    of_table = [row for row in _by_weight(instance.tables["evidence"]) if row.table == table]
    return _marked(of_table, _meant(of_table, instance.tables[table]), len(instance.tables[table]), column)


def _by_weight(frame: pd.DataFrame) -> list[_Row]:
    """Return evidence rows so that the one that counts for a cell comes last: more conditions win, then the later row."""
    rows = [_Row(*record) for record in frame[["table", "column", "where", "mark"]].itertuples(index=False, name=None)]
    return sorted(rows, key=lambda row: len(conditions(row.where) or ()))


def _meant(rows: Iterable[_Row], frame: pd.DataFrame) -> Mapping[str, npt.NDArray[np.bool_]]:
    """Return which rows of ``frame`` each ``where`` means, looked for once, however many columns it stands at."""
    return {where: selected(frame, where) for where in {row.where for row in rows}}


def _marked(rows: Iterable[_Row], meant: Mapping[str, npt.NDArray[np.bool_]], length: int, column: str) -> npt.NDArray[np.object_]:
    marks = np.full(length, UNMARKED, dtype=object)
    for row in rows:
        if row.column == column:
            marks[meant[row.where]] = row.mark
    return marks


def evidence_counts(instance: Instance) -> Mapping[str, int]:
    """Return how many figures of the instance carry each evidence mark.

    A figure is a known number (or yes-or-no) in a table, or one setting of the appraisal. Latitudes and longitudes are not counted. A figure
    that took its default counts, for it bears on the answer, unless the default only says that there is none of it.

    Returns
    -------
    Mapping[str, int]
        Keys V, D, A, M (see :data:`models.schema.EVIDENCE_MARKS`) and ``unmarked``.

    Raises
    ------
    ValueError
        When ``where`` of an evidence row cannot be read, which a validated instance rules out.
    """
    counts: Counter[str] = Counter()
    rows = _by_weight(instance.tables["evidence"])
    for table in TABLES:
        frame = instance.tables[table.name]
        of_table = [row for row in rows if row.table == table.name]
        meant = _meant(of_table, frame)
        for column in table.columns:
            if column.kind in FIGURE_KINDS:
                filled = frame[column.name].notna().to_numpy(dtype=bool)
                if column.neutral:
                    filled = filled & (frame[column.name] != column.default).to_numpy(dtype=bool)
                if any(row.column == column.name for row in of_table):
                    counts.update(_marked(of_table, meant, len(frame), column.name)[filled].tolist())
                else:
                    counts[UNMARKED] += int(filled.sum())
    marks = {row.column.removeprefix("appraisal."): row.mark for row in rows if row.table == SETTINGS}
    if not instance.appraisal.discount_rates:
        marks["discount_rates"] = appraisal_tables().rates[instance.appraisal.rates].provenance.mark
    counts.update(marks.get(name, UNMARKED) for name in appraisal_figures(instance.appraisal, claimed=True))
    return {mark: counts[mark] for mark in (*EVIDENCE_MARKS, UNMARKED)}


def check_evidence(tables: Mapping[str, ParsedTable], gathering: Gathering) -> None:
    """Find evidence rows that speak of tables, columns or rows which are not there."""
    evidence = tables["evidence"]
    for position in np.flatnonzero(evidence.good("table", "column")).tolist():
        table, column, where = (str(evidence.frame[name].iloc[position]) for name in ("table", "column", "where"))
        if table == SETTINGS:
            names = appraisal_figures(Appraisal())
            known, bare = Allowed(names), column.removeprefix("appraisal.")
            if bare not in names:
                message = f"The appraisal has no setting {column!r}."
                near = known.nearest(bare)
                gathering.add(
                    evidence.finding("evidence-unknown-column", message, position=position, column="column", value=column, allowed=known.values, nearest=near)
                )
            elif where.strip():
                gathering.add(evidence.finding("bad-where", "A setting has no rows to choose from.", position=position, column="where", value=where[:100]))
        elif table not in TABLE_BY_NAME:
            known = Allowed([*TABLE_BY_NAME, SETTINGS])
            message = f"There is no table {table!r}."
            gathering.add(
                evidence.finding(
                    "evidence-unknown-table", message, position=position, column="table", value=table, allowed=known.values, nearest=known.nearest(table)
                )
            )
        else:
            _check_place(evidence, position, tables[table], gathering)


def _check_place(evidence: ParsedTable, position: int, target: ParsedTable, gathering: Gathering) -> None:
    column, where = (str(evidence.frame[name].iloc[position]) for name in ("column", "where"))
    known = Allowed(str(name) for name in target.frame.columns)
    if column not in known.values:
        message = f"Table {target.table.name} has no column {column!r}."
        gathering.add(
            evidence.finding(
                "evidence-unknown-column", message, position=position, column="column", value=column, allowed=known.shown, nearest=known.nearest(column)
            )
        )
    pairs = conditions(where)
    if pairs is None:
        message = "Write 'column=value' pairs separated by ';', or leave the cell empty to mean every row."
        gathering.add(evidence.finding("bad-where", message, position=position, column="where", value=where[:100]))
        return
    strange = next((name for name, _ in pairs if name not in known.values), None)
    if strange is not None:
        message = f"Table {target.table.name} has no column {strange!r}."
        near = known.nearest(strange)
        gathering.add(evidence.finding("bad-where", message, position=position, column="where", value=where[:100], allowed=known.shown, nearest=near))
    elif pairs and not selected(target.frame, where).any():
        message = f"No row of table {target.table.name} is meant by {where[:100]!r}."
        gathering.add(evidence.finding("evidence-matches-nothing", message, Severity.WARNING, position, column="where", value=where[:100]))

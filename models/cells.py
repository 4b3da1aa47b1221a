"""Turns the raw cells of a table into typed columns, with a finding for every cell that cannot be read."""

from __future__ import annotations

import decimal
import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.cell_text import LARGEST, Mask, cell_text, float_text, normalised, text_series
from models.findings import Finding, Severity
from models.gathering import Allowed, Gathering, Place
from models.schema import TABLES, Column, Kind, Table
from models.workbook_cells import NO_VALUE

NUMBER_KINDS = frozenset({Kind.MONEY, Kind.WHOLE, Kind.NUMBER, Kind.RATE, Kind.LATITUDE, Kind.LONGITUDE})
WHOLE_KINDS = frozenset({Kind.MONEY, Kind.WHOLE})
YES = frozenset({"yes", "y", "true", "1"})
NO = frozenset({"no", "n", "false", "0"})

_NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"
_NOT_FINITE = r"(?i)[+-]?(nan|inf|infinity)"
_UNWRITABLE = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
_NAMES = frozenset(column.name for table in TABLES for column in table.columns if column.kind is Kind.TEXT and column.required and column.name in table.key)


@dataclass(frozen=True)
class RawTable:
    """A table as read: columns of text (or of any type, when it comes from a frame), and the spreadsheet row of each line."""

    table: Table
    place: Place
    frame: pd.DataFrame
    rows: npt.NDArray[np.int64]


@dataclass(frozen=True)
class ParsedTable:
    """A table with typed columns; ``bad`` marks, by column, the cells that already have a finding and hold a stand-in value."""

    table: Table
    place: Place
    frame: pd.DataFrame
    rows: npt.NDArray[np.int64]
    bad: dict[str, Mask] = field(default_factory=dict)
    present: bool = True

    def good(self, *columns: str) -> Mask:
        """Return which rows hold no faulty cell in any of the columns."""
        mask = np.ones(len(self.frame), dtype=bool)
        for column in columns:
            if column in self.bad:
                mask &= ~self.bad[column]
        return mask

    def finding(self, code: str, message: str, severity: Severity = Severity.ERROR, position: int | None = None, **details: Any) -> Finding:
        """Return a finding placed in this table; ``position`` counts the frame's rows from 0."""
        row = None if position is None else int(self.rows[position])
        return Finding(code, message, severity, self.place.file, self.place.sheet, row, **details)


def is_identifier(column: Column) -> bool:
    """Return whether the cells of a column name something that other cells refer to, so that stray blanks would break a join."""
    if column.kind is not Kind.TEXT or column.choices:
        return False
    return bool(column.refers) or column.name in _NAMES


def parse(raw: RawTable, gathering: Gathering) -> ParsedTable:
    """Return the typed table: every schema column in order, then unknown columns as text.

    Parameters
    ----------
    raw
        The cells as read.
    gathering
        Takes one finding for each faulty cell or column.
    """
    parsed = ParsedTable(raw.table, raw.place, pd.DataFrame(index=pd.RangeIndex(len(raw.frame))), raw.rows)
    headers = [str(name) for name in raw.frame.columns]
    names = [column.name for column in raw.table.columns]
    unknown = [header for header in headers if header not in names]
    _report_unknown(parsed, unknown, [name for name in names if name not in headers], gathering)
    columns: dict[str, Any] = {}
    for column in raw.table.columns:
        if column.name in headers:
            columns[column.name] = _column(parsed, column, raw.frame[column.name], gathering)
        else:
            _report_absent(parsed, column, unknown, gathering)
            columns[column.name] = _defaults(column, len(raw.frame))
    for header in unknown:
        cells, _ = _without_errors(parsed, header, raw.frame[header], gathering)
        columns[header] = _text(parsed, header, cells, gathering)
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(raw.frame)))
    return ParsedTable(raw.table, raw.place, frame, raw.rows, parsed.bad)


def empty_table(table: Table, place: Place) -> ParsedTable:
    """Return a table without rows, standing for one that is not there."""
    frame = pd.DataFrame({column.name: _defaults(column, 0) for column in table.columns}, index=pd.RangeIndex(0))
    return ParsedTable(table, place, frame, np.zeros(0, dtype=np.int64), present=False)


def _defaults(column: Column, rows: int) -> Any:
    """Return a column of so many cells that are not there."""
    if column.kind in NUMBER_KINDS:
        return _typed_numbers(column, np.full(rows, np.nan), np.ones(rows, dtype=bool), np.zeros(rows, dtype=bool))
    if column.kind is Kind.YES_NO:
        return np.full(rows, bool(column.default))
    return pd.Series([str(column.default or "")] * rows, dtype="str")


def _report_unknown(parsed: ParsedTable, unknown: list[str], absent: list[str], gathering: Gathering) -> None:
    for header in unknown:
        close = Allowed(absent).nearest(header)
        message = f"The schema has no column {header!r} in table {parsed.table.name}; it is kept as text and used nowhere."
        severity = Severity.WARNING if close else Severity.NOTE
        likely = close or Allowed(column.name for column in parsed.table.columns).nearest(header)
        gathering.add(parsed.finding("unknown-column", message, severity, column=header, nearest=likely))


def _report_absent(parsed: ParsedTable, column: Column, unknown: list[str], gathering: Gathering) -> None:
    if column.required:
        message = f"Table {parsed.table.name} needs a column {column.name!r}."
        gathering.add(parsed.finding("missing-column", message, column=column.name, nearest=Allowed(unknown).nearest(column.name)))
        parsed.bad[column.name] = np.ones(len(parsed.rows), dtype=bool)
        return
    default = "not known" if column.default is None else "empty" if column.default == "" else cell_text(column.default)
    unit = f" {column.unit}" if column.unit and column.default is not None else ""
    message = f"Column {column.name!r} of table {parsed.table.name} is absent; its default is used: {default}{unit}."
    gathering.add(parsed.finding("default-used", message, Severity.NOTE, column=column.name, value=str(default)))


def _column(parsed: ParsedTable, column: Column, cells: pd.Series[Any], gathering: Gathering) -> Any:
    bad = parsed.bad.get(column.name, np.zeros(len(cells), dtype=bool))
    absent = bool(bad.any())
    cells, errors = _without_errors(parsed, column.name, cells, gathering)
    if column.kind in NUMBER_KINDS:
        typed, faulty = _numbers(parsed, column, cells, errors, gathering)
    elif column.kind is Kind.YES_NO:
        typed, faulty = _yes_no(parsed, column, cells, errors, gathering)
    else:
        typed, faulty = _words(parsed, column, cells, errors, gathering)
    bad = bad if absent else faulty
    if bad.any():
        parsed.bad[column.name] = bad
    return typed


def _without_errors(parsed: ParsedTable, name: str, cells: pd.Series[Any], gathering: Gathering) -> tuple[pd.Series[Any], Mask]:
    """Return the cells with spreadsheet errors and uncalculated formulas emptied, and where those stood; each has its finding."""
    errors = np.zeros(len(cells), dtype=bool)
    if len(cells) and isinstance(cells.dtype, pd.StringDtype):
        errors = cells.str.startswith(NO_VALUE).fillna(False).to_numpy(dtype=bool)
    if not errors.any():
        return cells, errors

    def error_cell(position: int) -> Finding:
        value = str(cells.iloc[position]).removeprefix(NO_VALUE)
        message = f"The cell holds the spreadsheet error {value} and no value."
        if value.startswith("="):
            message = "The cell holds a formula without a stored value; open the workbook, let it calculate, and save it."
        return parsed.finding("error-cell", message, position=position, column=name, value=_short(value))

    gathering.add_each(np.flatnonzero(errors).tolist(), error_cell)
    return cells.mask(errors, ""), errors


def _text(parsed: ParsedTable, name: str, cells: pd.Series[Any], gathering: Gathering) -> pd.Series[str]:
    series, nested = text_series(cells)
    series = normalised(series)

    def nested_cell(position: int) -> Finding:
        return parsed.finding("not-a-cell", "A cell holds one value, or a plain list.", position=position, column=name)

    gathering.add_each(np.flatnonzero(nested).tolist(), nested_cell)
    unwritable = series.str.contains(_UNWRITABLE, regex=True).to_numpy(dtype=bool) if len(series) else np.zeros(0, dtype=bool)
    if unwritable.any():

        def control(position: int) -> Finding:
            value = series.iloc[position]
            message, clean = "The cell holds a control character, which not every format can keep.", re.sub(_UNWRITABLE, "", value)
            return parsed.finding("control-character", message, position=position, column=name, value=_short(repr(value)), nearest=clean)

        gathering.add_each(np.flatnonzero(unwritable).tolist(), control)
    return series


def _short(value: str) -> str:
    return value if len(value) <= 100 else value[:97] + "..."


def _empty_cells(parsed: ParsedTable, column: Column, empty: Mask, gathering: Gathering) -> Mask:
    if not column.required:
        if column.doubt_blank:
            _doubt_blank(parsed, column, empty, gathering)
        return np.zeros(len(empty), dtype=bool)

    def empty_cell(position: int) -> Finding:
        message = f"Column {column.name!r} must be filled in every row."
        return parsed.finding("empty-cell", message, position=position, column=column.name, allowed=column.choices)

    gathering.add_each(np.flatnonzero(empty).tolist(), empty_cell)
    return empty


def _doubt_blank(parsed: ParsedTable, column: Column, empty: Mask, gathering: Gathering) -> None:
    def blank_cost(position: int) -> Finding:
        message = f"The cell is blank and counts as {cell_text(column.default)} {column.unit}; write 0 if that is meant."
        return parsed.finding("blank-cost", message, Severity.WARNING, position, column=column.name)

    gathering.add_each(np.flatnonzero(empty).tolist(), blank_cost)


def _words(parsed: ParsedTable, column: Column, cells: pd.Series[Any], errors: Mask, gathering: Gathering) -> tuple[pd.Series[str], Mask]:
    series = _text(parsed, column.name, cells, gathering)
    stripped = series.str.strip()
    empty = (stripped == "").to_numpy(dtype=bool)
    bad = errors | _empty_cells(parsed, column, empty & ~errors, gathering)
    if column.default not in {None, ""}:
        series = series.mask(empty, str(column.default))
    if column.choices:
        series = stripped.mask(empty, str(column.default or ""))
        allowed = Allowed(column.choices)
        wrong = ~series.isin(column.choices).to_numpy(dtype=bool) & ~bad

        def bad_choice(position: int) -> Finding:
            value = series.iloc[position]
            message = f"{_short(value)!r} is not among the values of column {column.name!r}."
            return parsed.finding(
                "bad-choice", message, position=position, column=column.name, value=_short(value), allowed=column.choices, nearest=allowed.nearest(value)
            )

        gathering.add_each(np.flatnonzero(wrong).tolist(), bad_choice)
        bad = bad | wrong
    elif is_identifier(column):
        series = series.mask(empty, str(column.default or ""))
        padded = (series != series.str.strip()).to_numpy(dtype=bool)

        def blanks(position: int) -> Finding:
            value = series.iloc[position]
            message = f"The name {_short(value)!r} has blanks at its ends, so it would match nothing."
            return parsed.finding("blanks-around-id", message, position=position, column=column.name, value=_short(value), nearest=value.strip())

        gathering.add_each(np.flatnonzero(padded).tolist(), blanks)
        # The stripped name goes on to the cross-checks, so that one stray blank is reported once and not by every row that refers to it.
        series = series.str.strip() if padded.any() else series
    return series, bad


def _yes_no(parsed: ParsedTable, column: Column, cells: pd.Series[Any], errors: Mask, gathering: Gathering) -> tuple[npt.NDArray[np.bool_], Mask]:
    if cells.dtype == np.bool_:
        return cells.to_numpy(dtype=bool), np.zeros(len(cells), dtype=bool)
    series = _text(parsed, column.name, cells, gathering).str.strip().str.lower()
    empty = (series == "").to_numpy(dtype=bool)
    bad = errors | _empty_cells(parsed, column, empty & ~errors, gathering)
    yes = series.isin(YES).to_numpy(dtype=bool)
    wrong = ~empty & ~yes & ~series.isin(NO).to_numpy(dtype=bool)

    def bad_choice(position: int) -> Finding:
        value = series.iloc[position]
        near = "yes" if value[:1] in {"y", "t", "x", "✓"} else "no" if value[:1] in {"n", "f"} else ""
        message = f"Column {column.name!r} takes yes or no."
        return parsed.finding("bad-choice", message, position=position, column=column.name, value=_short(value), allowed=("yes", "no"), nearest=near)

    gathering.add_each(np.flatnonzero(wrong).tolist(), bad_choice)
    return np.where(empty, bool(column.default), yes), bad | wrong


def _numbers(parsed: ParsedTable, column: Column, cells: pd.Series[Any], errors: Mask, gathering: Gathering) -> tuple[Any, Mask]:
    texts: pd.Series[str] | None = None
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype) and not pd.api.types.is_complex_dtype(cells.dtype):
        values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
        empty = np.isnan(values)
        wrong = np.zeros(len(values), dtype=bool)
    else:
        texts = _text(parsed, column.name, cells, gathering).str.strip()
        empty = (texts == "").to_numpy(dtype=bool)
        readable = texts.str.fullmatch(_NUMBER).to_numpy(dtype=bool)
        wrong = ~empty & ~readable
        # Python's own float reads each text exactly; the faster readers of pandas may be off by the last bit.
        values = texts.where(readable, "nan").to_numpy(dtype=object).astype(np.float64)

    def value_at(position: int) -> str:
        return texts.iloc[position] if texts is not None else float_text(float(values[position]))

    def not_a_number(position: int) -> Finding:
        value = value_at(position)
        if re.fullmatch(_NOT_FINITE, value):
            message = "A number must be finite; leave the cell empty when it is not known."
            return parsed.finding("not-finite", message, position=position, column=column.name, value=value)
        message = f"{_short(value)!r} is not a number; write digits only, with a point for decimals."
        return parsed.finding("not-a-number", message, position=position, column=column.name, value=_short(value), nearest=_repaired(value, column.kind))

    gathering.add_each(np.flatnonzero(wrong).tolist(), not_a_number)
    bad = wrong | errors | _empty_cells(parsed, column, empty & ~errors, gathering)
    bad |= _out_of_range(parsed, column, values, value_at, gathering)
    fraction = np.zeros(len(values), dtype=bool)
    if column.kind in WHOLE_KINDS:
        with np.errstate(invalid="ignore"):
            fraction = ~bad & ~empty & (values != np.rint(values))

        def whole(position: int) -> Finding:
            rounded = str(round(float(values[position])))
            message = f"Column {column.name!r} counts {column.unit or 'whole units'}: write whole numbers."
            return parsed.finding("fraction", message, position=position, column=column.name, value=value_at(position), nearest=rounded)

        gathering.add_each(np.flatnonzero(fraction).tolist(), whole)
    bad |= fraction
    return _typed_numbers(column, values, empty, bad), bad


def _typed_numbers(column: Column, values: npt.NDArray[np.float64], empty: Mask, bad: Mask) -> Any:
    default = column.default
    if column.kind not in WHOLE_KINDS:
        fallback = math.nan if default is None else float(default)
        return np.where(empty | bad, fallback, values) + 0.0
    whole = np.where(empty | bad, 0 if default is None else float(default), values).astype(np.int64)
    if column.required or default is not None:
        return whole
    return pd.arrays.IntegerArray(whole, empty | bad)


def _out_of_range(parsed: ParsedTable, column: Column, values: npt.NDArray[np.float64], value_at: Any, gathering: Gathering) -> Mask:
    low = -LARGEST if column.minimum is None else column.minimum
    high = LARGEST if column.maximum is None else column.maximum
    with np.errstate(invalid="ignore"):
        below, above = values < low, values > high
    if not (below | above).any():
        return np.zeros(len(values), dtype=bool)
    negative = below & (low == 0)
    limits = f"from {low:g} to {high:g}" if column.maximum is not None or column.minimum is None else f"at least {low:g} and at most {high:g}"

    def below_zero(position: int) -> Finding:
        message = f"Column {column.name!r} cannot be negative."
        return parsed.finding("negative", message, position=position, column=column.name, value=value_at(position), allowed=(limits,))

    def outside(position: int) -> Finding:
        value = float(values[position])
        near = float_text(value / 100) if column.kind is Kind.RATE and low <= value / 100 <= high else ""
        message = f"{value_at(position)} is out of range in column {column.name!r}, which runs {limits}."
        return parsed.finding("out-of-range", message, position=position, column=column.name, value=value_at(position), allowed=(limits,), nearest=near)

    gathering.add_each(np.flatnonzero(negative).tolist(), below_zero)
    gathering.add_each(np.flatnonzero((below & ~negative) | above).tolist(), outside)
    return below | above


def _repaired(value: str, kind: Kind) -> str:
    """Return the number a reader probably meant by ``£12,000``, ``5%`` or ``1.2m``, or an empty string."""
    bare = re.sub(r"[\s£$€_'\u00a0]|GBP|EUR|USD", "", value[:60])
    negative = bare.startswith("(") and bare.endswith(")")
    bare = bare.strip("()")
    if re.fullmatch(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", bare):
        bare = bare.replace(",", "")
    elif re.fullmatch(r"[+-]?[0-9]+,[0-9]+", bare):
        bare = bare.replace(",", ".")
    match = re.fullmatch(r"([+-]?[0-9]+(?:\.[0-9]+)?)(%|k|m|bn)?", bare, flags=re.IGNORECASE)
    if not match:
        return ""
    scale = {"%": decimal.Decimal("0.01"), "k": decimal.Decimal(1000), "m": decimal.Decimal(10**6), "bn": decimal.Decimal(10**9)}
    number = decimal.Decimal(match[1]) * scale.get((match[2] or "").lower(), decimal.Decimal(1)) * (-1 if negative else 1)
    if kind in WHOLE_KINDS:
        return str(round(number))
    return f"{number.normalize():f}"

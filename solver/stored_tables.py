"""Hold the tables of a run folder against the ones its plan makes today: every column, every row."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, TextIO

import pandas as pd

from models.plan_view import Breach

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

WORDS = {"costs": frozenset({"paid"}), "rules": frozenset({"statement", "basis", "mark"})}
"""Columns that hold the program's own sentences, which another version may word otherwise; nothing in them is recomputed from instance and plan."""
_NEEDS_QUOTES = ',"' + os.linesep
_TOLD = 20
"""Rows named for each table: enough to see what happened."""

Line = tuple[str, ...]


def table_breaches(folder: Path, tables: Mapping[str, pd.DataFrame]) -> list[Breach]:
    """Return a breach for every table of ``tables`` that ``folder`` lacks, and for every line of its files that is not so or is not there."""
    breaches = []
    for name, table in tables.items():
        file = folder / f"{name}.csv"
        # What is as it was written, to the letter, need not be taken apart.
        if not _holds(file, _written(table)):
            breaches += _of_table(file, table.drop(columns=list(WORDS.get(name, ()))))
    return breaches


def _written(table: pd.DataFrame) -> str:
    """Return a table as a run writes it, made many times quicker; where the two should differ the table is only taken apart in vain."""
    header = _quoted([str(name) for name in table.columns])
    lines = zip(*(_cells(column) for _, column in table.items()), strict=True)
    return os.linesep.join([",".join(header), *map(",".join, lines), ""])


def _cells(column: pd.Series[Any]) -> list[str]:
    """Return the cells of a column as they stand in a file, empty where one is not known."""
    cells = column.to_numpy(dtype=object, na_value="").tolist()
    # No number is spelt with a mark that needs quotes.
    return list(map(str, cells)) if pd.api.types.is_numeric_dtype(column) else _quoted(cells)


def _quoted(cells: list[str]) -> list[str]:
    """Return texts with quotes around those that need them, as few do."""
    together = "".join(cells)
    if not any(mark in together for mark in _NEEDS_QUOTES):
        return cells
    spelt = {cell: '"' + cell.replace('"', '""') + '"' for cell in set(cells) if any(mark in cell for mark in _NEEDS_QUOTES)}
    return [spelt.get(cell, cell) for cell in cells]


def _holds(file: Path, text: str) -> bool:
    try:
        return file.read_bytes() == text.encode()
    except OSError:
        return False


def _of_table(file: Path, table: pd.DataFrame) -> list[Breach]:
    columns = [str(column) for column in table.columns]
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            header, stored = _read(stream)
    except FileNotFoundError:
        return [Breach("stored-missing", f"{file.name} is missing")]
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        return [Breach("stored-table", f"{file.name} cannot be read: {error}")]
    twice = sorted(column for column, count in Counter(header).items() if count > 1)
    if twice:
        return [Breach("stored-table", f"{file.name} has the column {twice[0]} more than once")]
    breaches = [Breach("stored-missing", f"{file.name} lacks the column {column}") for column in columns if column not in header]
    held = [column for column in columns if column in header]
    # Through a file's text, so that both sides went through the same quoting and line ends.
    made_header, made = _read(io.StringIO(table.to_csv(index=False), newline=""))
    stored, made = (_picked(lines, names, held) for lines, names in ((stored, header), (made, made_header)))
    if stored == made:
        return breaches
    numeric = [pd.api.types.is_numeric_dtype(table[column]) for column in held]
    left = Counter(_line(row, numeric) for row in stored)
    right = Counter(_line(row, numeric) for row in made)
    return breaches + _differences(file.name, held, left - right, right - left)


def _read(stream: TextIO) -> tuple[list[str], list[list[str]]]:
    """Return header and rows; a row of more or fewer cells than the header is an error."""
    reader = csv.reader(stream, strict=True)
    header = next(reader, [])
    rows = []
    for cells in reader:
        if len(cells) != len(header):
            raise ValueError(f"line {reader.line_num} has {len(cells)} cells for {len(header)} columns")
        rows.append(cells)
    return header, rows


def _picked(rows: list[list[str]], header: Sequence[str], columns: Sequence[str]) -> list[list[str]]:
    """Return the cells of ``columns``, in that order, of every row."""
    if list(header) == list(columns):
        return rows
    places = [header.index(column) for column in columns]
    return [[cells[place] for place in places] for cells in rows]


def _line(row: Sequence[str], numeric: Sequence[bool]) -> Line:
    return tuple(_number(cell) if number else cell for cell, number in zip(row, numeric, strict=True))


def _number(text: str) -> str:
    """Return one way of writing a number, so that 45 and 45.0 are the same; what is no number stays as it is."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return f"{number.normalize():f}" if number.is_finite() else text


def _differences(file: str, columns: Sequence[str], wrong: Counter[Line], lacking: Counter[Line]) -> list[Breach]:
    """Say of each wrong line which cells differ from the nearest of the lines that should be there, or that there is none."""
    breaches = []
    awaited = Counter(lacking)
    for line, count in sorted(wrong.items())[:_TOLD]:
        near = _nearest(line, [other for other in sorted(awaited) if awaited[other] > 0][:_TOLD])
        if near is None:
            breaches.append(_breach(f"{file} has {_told(line)}, which is not so", columns, line, count))
            continue
        awaited[near] -= min(count, awaited[near])
        cells = zip(columns, line, near, strict=True)
        altered = [f"{column} {cell or 'empty'}, recomputed {right or 'empty'}" for column, cell, right in cells if cell != right]
        breaches.append(_breach(f"{file} says {'; '.join(altered)} ({_told(near[:4])})", columns, near, count))
    for line, count in sorted((+awaited).items())[:_TOLD]:
        breaches.append(_breach(f"{file} lacks {_told(line)}", columns, line, count))
    return breaches


def _nearest(line: Line, others: Sequence[Line]) -> Line | None:
    """Return the line that differs from ``line`` in the fewest cells, when they have more than half in common."""
    apart = [(sum(cell != other for cell, other in zip(line, candidate, strict=True)), candidate) for candidate in others]
    fewest, found = min(apart, default=(0, None))
    return found if found is not None and 2 * fewest < len(line) else None


def _told(line: Line) -> str:
    return " / ".join(cell for cell in line if cell)


def _breach(message: str, columns: Sequence[str], line: Line, count: int) -> Breach:
    place = dict(zip(columns, line, strict=True))
    return Breach("stored-table", message, count, place.get("body", ""), place.get("centre", ""), place.get("service", ""))

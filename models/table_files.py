"""Reads the raw tables of an instance folder, workbook or JSON file, with a finding for everything that is not as a table should be."""

from __future__ import annotations

import csv
import io
import json
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.cell_text import cell_text, plain_values, text_series
from models.cells import RawTable
from models.findings import Finding, Severity
from models.gathering import Allowed, Gathering, Place
from models.schema import TABLE_BY_NAME, TABLES, Table
from models.workbook_cells import cells_without_value

SETTINGS_FILE = "instance.toml"
SETTINGS_SHEET = "instance"
STANDARD_STREAM = "-"


@dataclass(frozen=True)
class RawInstance:
    """What stands in the files: raw tables by name, and the structure of the settings (``None`` when there are none)."""

    settings_place: Place
    settings: dict[str, Any] | None = None
    tables: dict[str, RawTable] = field(default_factory=dict)
    readable: bool = True


def read_raw(path: str | Path, gathering: Gathering) -> RawInstance:
    """Return the raw tables and settings at ``path``: a folder, a ``.xlsx`` workbook, a ``.json`` file or ``-`` for JSON on standard input.

    Nothing is raised for what the files hold; ``readable`` is false when they could not be opened at all, and a finding says why.
    """
    if str(path) == STANDARD_STREAM:
        return _read_json(sys.stdin.buffer.read(), "-", gathering)
    path = Path(path)
    try:
        if path.is_dir():
            return _read_folder(path, gathering)
        content = path.read_bytes()
    except FileNotFoundError:
        siblings = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
        near = Allowed(siblings).nearest(path.name)
        gathering.add(Finding("missing-file", f"There is no file or folder {str(path)!r}.", file=path.name, nearest=near))
    except (OSError, ValueError) as error:
        gathering.add(Finding("unreadable-file", f"{str(path)!r} cannot be read: {error}.", file=path.name))
    else:
        suffix = path.suffix.lower()
        if suffix == ".xlsx":
            return _read_workbook(content, path.name, gathering)
        if suffix == ".json":
            return _read_json(content, path.name, gathering)
        message = f"An instance is a folder, a workbook or a JSON file; {path.name!r} is none of them."
        gathering.add(Finding("unknown-format", message, file=path.name, allowed=("a folder", ".xlsx", ".json")))
    return RawInstance(Place(path.name), readable=False)


def _read_folder(folder: Path, gathering: Gathering) -> RawInstance:
    tables: dict[str, RawTable] = {}
    for table in TABLES:
        file = folder / f"{table.name}.csv"
        content = _content(file, gathering)
        text = None if content is None else _decoded(content, file.name, gathering)
        if text is not None:
            raw = _read_csv(text, table, Place(file.name), gathering)
            if raw is not None:
                tables[table.name] = raw
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() == ".csv" and file.stem not in TABLE_BY_NAME:
            _report_unknown_table(file.stem, Place(file.name), set(tables), gathering)
    place = Place(SETTINGS_FILE)
    content = _content(folder / SETTINGS_FILE, gathering)
    text = None if content is None else _decoded(content, SETTINGS_FILE, gathering)
    settings = None if content is None else {} if text is None else _read_toml(text, place, gathering)
    return RawInstance(place, settings, tables)


def _content(file: Path, gathering: Gathering) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        gathering.add(Finding("unreadable-file", f"{file.name!r} cannot be read: {error.strerror}.", file=file.name))
        return None


def _decoded(content: bytes, file: str, gathering: Gathering) -> str | None:
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        message = f"The file is not UTF-8: byte {error.start} is 0x{content[error.start]:02x}. Save it as 'CSV UTF-8'."
        gathering.add(Finding("not-utf-8", message, file=file, row=row, value=f"byte {error.start}", allowed=("UTF-8",)))
        return None


def _report_unknown_table(name: str, place: Place, present: set[str], gathering: Gathering) -> None:
    absent = [table.name for table in TABLES if table.name not in present]
    close = Allowed(absent).nearest(name)
    message = f"The schema has no table {name!r}; it is not read."
    severity = Severity.WARNING if close else Severity.NOTE
    gathering.add(Finding("unknown-table", message, severity, place.file, place.sheet, value=name, nearest=close, allowed=tuple(TABLE_BY_NAME)))


def _read_toml(text: str, place: Place, gathering: Gathering) -> dict[str, Any]:
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        digits = str(error).partition("(at line ")[2].partition(",")[0]
        row = int(digits) if digits.isdigit() else None
        gathering.add(Finding("malformed-toml", f"The settings are not TOML: {str(error)[:200]}.", file=place.file, sheet=place.sheet, row=row))
        return {}


def _read_csv(text: str, table: Table, place: Place, gathering: Gathering) -> RawTable | None:
    first = text.partition("\n")[0]
    separator = next((one for one in (";", "\t") if one in first and "," not in first), "")
    if separator:
        message = f"The columns of {place.file} are separated by {separator!r}; separate them by commas."
        gathering.add(Finding("wrong-separator", message, file=place.file, row=1, value=separator, allowed=(",",)))
        return None
    try:
        lines = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        gathering.add(Finding("malformed-csv", f"{place.file} is not CSV: {error}.", file=place.file))
        return None
    return _table_of_lines(table, place, lines, gathering, all_text=True)


def _table_of_lines(table: Table, place: Place, lines: Sequence[Sequence[Any]], gathering: Gathering, *, all_text: bool = False) -> RawTable | None:
    """Return the table whose header is the first line, leaving out lines without any filled cell; ``all_text`` tells that cells are text of a file."""
    if not lines or not any(_filled(cell) for cell in lines[0]):
        code = "empty-table" if not any(map(_any_filled, lines)) else "missing-header"
        message = f"Table {table.name} has no header row."
        gathering.add(Finding(code, message, file=place.file, sheet=place.sheet, row=1, allowed=tuple(column.name for column in table.columns)))
        return None
    header = [(cell_text(cell) or "").strip() for cell in lines[0]]
    while header and not header[-1]:
        header.pop()
    width = len(header)
    kept, rows, ragged = [], [], []
    for number, line in enumerate(lines[1:], start=2):
        if not _any_filled(line):
            continue
        if len(line) != width:
            if len(line) < width or any(_filled(cell) for cell in line[width:]):
                ragged.append((number, len(line)))
            line = [*line[:width], *[""] * (width - len(line))]  # noqa: PLW2901
        kept.append(line)
        rows.append(number)

    def ragged_row(position: int) -> Finding:
        number, cells = ragged[position]
        message = f"The row has {cells} cells and the header {width}; a cell with a comma in it needs quotes."
        return Finding("ragged-row", message, file=place.file, sheet=place.sheet, row=number, value=f"{cells} cells", allowed=(f"{width} cells",))

    gathering.add_each(range(len(ragged)), ragged_row)
    columns: list[Any] = list(zip(*kept, strict=True)) if kept else [()] * width
    named = _named_columns(header, columns, place, gathering)
    frame = pd.DataFrame(named, index=pd.RangeIndex(len(kept)), dtype="str") if all_text else frame_of_cells(named, len(kept))
    return RawTable(table, place, frame, np.array(rows, dtype=np.int64))


def _named_columns(header: list[str], cells_by_column: list[Any], place: Place, gathering: Gathering) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for position, (name, cells) in enumerate(zip(header, cells_by_column, strict=True), start=1):
        if not name:
            if any(_filled(cell) for cell in cells):
                message = f"Column number {position} has cells but no name in the header."
                gathering.add(Finding("unnamed-column", message, file=place.file, sheet=place.sheet, row=1, value=f"column {position}"))
        elif name in columns:
            message = f"The header names column {name!r} twice."
            gathering.add(Finding("duplicated-header", message, file=place.file, sheet=place.sheet, row=1, column=name, value=name))
        else:
            columns[name] = cells
    return columns


def frame_of_cells(columns: dict[str, Any], length: int) -> pd.DataFrame:
    """Return a frame from cells of any type: numbers and yes or no as such where a column holds nothing else, all other columns as text.

    A column with a cell that is no single value stays as objects for the parser to report.
    """
    series: dict[str, Any] = {}
    for name, cells in columns.items():
        plain = plain_values(cells)
        if plain is None:
            text, nested = text_series(cells)
            series[name] = pd.Series(list(cells), dtype=object) if nested.any() else text
        else:
            series[name] = plain
    return pd.DataFrame(series, index=pd.RangeIndex(length))


def _filled(cell: Any) -> bool:
    return cell.strip() != "" if isinstance(cell, str) else cell is not None


def _any_filled(line: Sequence[Any]) -> bool:
    # Nearly every row begins with a filled cell.
    return bool(line) and (_filled(line[0]) or any(map(_filled, line)))


def _read_workbook(content: bytes, file: str, gathering: Gathering) -> RawInstance:
    place = Place(file, SETTINGS_SHEET)
    try:
        sheets = _sheets(content)
    except Exception as error:
        gathering.add(Finding("unreadable-workbook", f"{file} cannot be read as a workbook: {str(error)[:200] or type(error).__name__}.", file=file))
        return RawInstance(place, readable=False)
    tables: dict[str, RawTable] = {}
    settings: dict[str, Any] | None = None
    for name, lines in sheets.items():
        if name == SETTINGS_SHEET:
            settings = _settings_sheet(lines, place, gathering)
        elif name in TABLE_BY_NAME:
            raw = _table_of_lines(TABLE_BY_NAME[name], Place(file, name), lines, gathering)
            if raw is not None:
                tables[name] = raw
        else:
            _report_unknown_table(name, Place(file, name), set(sheets), gathering)
    return RawInstance(place, settings, tables)


def _sheets(content: bytes) -> dict[str, list[list[Any]]]:
    """Return the cells of every sheet; raise ``ValueError`` for anything the workbook reader trips over."""
    from python_calamine import CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = {name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in workbook.sheet_names}
        for name, cells in cells_without_value(content).items():
            for place, text in cells.items():
                _put(sheets[name], place, text)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        # A mangled workbook can make the reader panic, which arrives as a BaseException of its own.
        raise ValueError(str(error) or type(error).__name__) from error
    return sheets


def _put(lines: list[list[Any]], place: tuple[int, int], text: str) -> None:
    """Write a text into a sheet, which the reader of values cuts off after its last value."""
    row, column = place
    lines.extend([] for _ in range(row + 1 - len(lines)))
    lines[row].extend([""] * (column + 1 - len(lines[row])))
    lines[row][column] = text


def _settings_sheet(lines: list[list[Any]], place: Place, gathering: Gathering) -> dict[str, Any]:
    texts = []
    for row, line in enumerate(lines, start=1):
        texts.append(cell_text(line[0]) or "" if line else "")
        if any(_filled(cell) for cell in line[1:]):
            message = f"Sheet {SETTINGS_SHEET!r} holds one line of TOML per row, in its first column only."
            gathering.add(Finding("malformed-toml", message, file=place.file, sheet=place.sheet, row=row))
    return _read_toml("\n".join(texts), place, gathering)


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"an object names {next(name for name in names if names.count(name) > 1)!r} twice")
    return record


def _read_json(content: bytes, file: str, gathering: Gathering) -> RawInstance:
    place = Place(file, SETTINGS_SHEET)
    text = _decoded(content, file, gathering)
    if text is None:
        return RawInstance(place, readable=False)
    try:
        whole = json.loads(text, object_pairs_hook=_unique_pairs, parse_constant=str)
        if not isinstance(whole, dict):
            raise ValueError("the outermost value must be an object with a key per table")
    except (ValueError, RecursionError) as error:
        row = error.lineno if isinstance(error, json.JSONDecodeError) else None
        gathering.add(Finding("malformed-json", f"{file} is not an instance in JSON: {str(error)[:200]}.", file=file, row=row))
        return RawInstance(place, readable=False)
    tables: dict[str, RawTable] = {}
    settings: dict[str, Any] | None = None
    for name, value in whole.items():
        if name == SETTINGS_SHEET:
            settings = value if isinstance(value, dict) else {}
            if settings is not value:
                gathering.add(Finding("malformed-json", f"Key {name!r} must hold an object.", file=file, sheet=name))
        elif name in TABLE_BY_NAME:
            raw = _table_of_objects(TABLE_BY_NAME[name], Place(file, name), value, gathering)
            if raw is not None:
                tables[name] = raw
        else:
            _report_unknown_table(name, Place(file, name), set(whole), gathering)
    return RawInstance(place, settings, tables)


def _table_of_objects(table: Table, place: Place, value: Any, gathering: Gathering) -> RawTable | None:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        message = f"Key {table.name!r} must hold a list of objects, one per row."
        gathering.add(Finding("malformed-json", message, file=place.file, sheet=place.sheet))
        return None
    rows, lines = _filled_rows(value)
    columns: dict[str, Any] = {}
    for name, cells in _columns_of(rows).items():
        header = name.strip()
        if not header or header in columns:
            code = "duplicated-header" if header else "unnamed-column"
            message = f"The rows of {table.name} name column {header!r} twice." if header else "A row has a cell whose key is empty."
            gathering.add(Finding(code, message, file=place.file, sheet=place.sheet, column=header, value=name))
            continue
        columns[header] = cells
    if not columns:
        columns = {column.name: [] for column in table.columns}
    return RawTable(table, place, frame_of_cells(columns, len(rows)), lines)


def _filled_rows(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], npt.NDArray[np.int64]]:
    """Return the rows with any filled cell, and their numbers as in a spreadsheet."""
    filled = np.fromiter((any(map(_filled, row.values())) for row in rows), dtype=np.bool_, count=len(rows))
    kept = np.flatnonzero(filled)
    return rows if len(kept) == len(rows) else [rows[at] for at in kept.tolist()], kept + 2


def _columns_of(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return the cells of each key, ``None`` where a row lacks it; keys come in the order in which they are first met."""
    names = list(rows[0]) if rows else []
    # Nearly always all rows have the same keys, and then the cells of all of them stand at equal steps.
    if list(chain.from_iterable(rows)) == names * len(rows):
        cells = list(chain.from_iterable(map(dict.values, rows)))
        return {name: cells[at :: len(names)] for at, name in enumerate(names)}
    return {name: [row.get(name) for row in rows] for name in dict.fromkeys(chain.from_iterable(rows))}

"""Writes an instance as a folder, a workbook or JSON: whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models.findings import Finding, InvalidInstance
from models.instance import Instance
from models.instance_settings import settings_structure
from models.positions import texts
from models.schema import TABLE_BY_NAME, TABLES, Table
from models.table_files import SETTINGS_FILE, SETTINGS_SHEET, STANDARD_STREAM
from models.whole_writing import whole_files, whole_folder
from models.workbook_content import workbook_content

if TYPE_CHECKING:
    from openpyxl import Workbook

OWN_FILES = frozenset({SETTINGS_FILE, *(f"{name}.csv" for name in TABLE_BY_NAME)})
LONGEST_CELL = 32_767
"""Characters a workbook keeps in one cell."""
MOST_ROWS = 1_048_576
"""Rows of a workbook's sheet, the header among them."""


def write(instance: Instance, path: str | Path, *, force: bool) -> None:
    """Write ``instance`` to ``path``; see :func:`models.tables.write_instance`."""
    if str(path) == STANDARD_STREAM:
        sys.stdout.write(json_text(instance))
        sys.stdout.flush()
        return
    path = Path(path)
    writers: dict[str, Callable[[Instance], bytes]] = {".xlsx": _workbook, ".json": lambda one: json_text(one).encode()}
    suffix = path.suffix.lower()
    if suffix and suffix not in writers and not path.is_dir():
        raise ValueError(f"cannot write an instance as {path.suffix!r}; use a folder, .xlsx or .json")
    if suffix in writers:
        with whole_files([path], force=force) as (scratch,):
            scratch.write_bytes(writers[suffix](instance))
    else:
        _write_folder(instance, path, force=force)


def _write_folder(instance: Instance, path: Path, *, force: bool) -> None:
    with whole_folder(path, OWN_FILES, marker=SETTINGS_FILE, force=force) as scratch:
        for table in TABLES:
            if _worth_writing(instance, table):
                (scratch / f"{table.name}.csv").write_bytes(_csv_text(instance.tables[table.name]).encode())
        (scratch / SETTINGS_FILE).write_bytes(_toml_text(instance).encode())


def _worth_writing(instance: Instance, table: Table) -> bool:
    frame = instance.tables[table.name]
    return not table.optional or len(frame) > 0 or len(frame.columns) > len(table.columns)


def plain_cells(series: pd.Series[Any]) -> list[Any]:
    """Return a column's cells as plain values, ``None`` for what is not known."""
    if pd.api.types.is_float_dtype(series.dtype):
        return [None if math.isnan(value) else value for value in series.tolist()]
    if isinstance(series.dtype, pd.Int64Dtype):
        return [None if value is pd.NA else value for value in series.tolist()]
    return texts(series) if isinstance(series.dtype, pd.StringDtype) else list(series.tolist())


def _texts(series: pd.Series[Any]) -> list[str]:
    if series.dtype == np.bool_:
        return ["yes" if value else "no" for value in series.tolist()]
    return ["" if value is None else value if isinstance(value, str) else repr(value) for value in plain_cells(series)]


def _csv_text(frame: pd.DataFrame) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows(zip(*[_texts(frame[name]) for name in frame.columns], strict=True))
    return stream.getvalue()


def _toml_text(instance: Instance) -> str:
    import tomli_w

    text = tomli_w.dumps(settings_structure(instance.settings, instance.appraisal, instance.rules))
    # Lists of numbers read better on one line; a line break never stands inside a text, so only lists can match.
    for items in (r"[-+0-9.e]+", r"\[[-+0-9.e, ]+\]"):
        text = re.sub(rf"\[\n\s*((?:{items},\s*\n\s*)*{items}),\s*\n\s*\]", lambda found: "[" + re.sub(r",\s*\n\s*", ", ", found[1]) + "]", text)
    return text


def json_text(instance: Instance) -> str:
    """Return the instance as one JSON object: a key per table holding a list of rows, and ``instance`` holding the settings."""
    structure = settings_structure(instance.settings, instance.appraisal, instance.rules)
    encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
    lines = [f'"{SETTINGS_SHEET}": {encoder.encode(structure)}']
    for table in TABLES:
        if _worth_writing(instance, table):
            frame = instance.tables[table.name]
            names = [str(name) for name in frame.columns]
            rows = zip(*[plain_cells(frame[name]) for name in names], strict=True)
            # One row a line, so that two versions of an instance can be compared line by line.
            body = ",\n".join(encoder.encode(dict(zip(names, row, strict=True))) for row in rows)
            lines.append(f'"{table.name}": [\n{body}\n]')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _workbook(instance: Instance) -> bytes:
    toml_lines = _toml_text(instance).rstrip("\n").split("\n")
    tables = {table.name: instance.tables[table.name] for table in TABLES if _worth_writing(instance, table)}
    findings = [*_too_long(SETTINGS_SHEET, "", toml_lines, 1), *(finding for name, frame in tables.items() for finding in _unfit(name, frame))]
    if findings:
        raise InvalidInstance(findings)

    def fill(workbook: Workbook) -> None:
        sheet = workbook.create_sheet(SETTINGS_SHEET)
        for line in toml_lines:
            sheet.append([_text_cell(sheet, line)])
        for name, frame in tables.items():
            _write_sheet(workbook.create_sheet(name), frame)

    return workbook_content(fill)


def _unfit(name: str, frame: pd.DataFrame) -> list[Finding]:
    """Return what of a table a sheet cannot hold."""
    findings = []
    if len(frame) >= MOST_ROWS:
        findings.append(Finding("too-many-rows", f"A sheet holds at most {MOST_ROWS - 1:,} rows.", sheet=name, value=str(len(frame))))
    for header in map(str, frame.columns):
        findings += _too_long(name, header, [header], 1)
        if isinstance(frame[header].dtype, pd.StringDtype):
            findings += _too_long(name, header, texts(frame[header]), 2)
    return findings


def _too_long(sheet: str, column: str, texts: list[str], first_row: int) -> list[Finding]:
    message = f"A workbook keeps at most {LONGEST_CELL:,} characters in a cell; write a folder or JSON instead."
    return [
        Finding("cell-too-long", message, sheet=sheet, row=row, column=column, value=f"{len(text):,} characters")
        for row, text in enumerate(texts, start=first_row)
        if len(text) > LONGEST_CELL
    ]


def _write_sheet(sheet: Any, frame: pd.DataFrame) -> None:
    headers = [str(header) for header in frame.columns]
    sheet.append([_text_cell(sheet, header) for header in headers])
    columns = [_texts(frame[header]) if frame[header].dtype == np.bool_ else plain_cells(frame[header]) for header in headers]
    for line in zip(*columns, strict=True):
        sheet.append([_cell(sheet, cell) for cell in line])


def _cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, str):
        return _text_cell(sheet, value) if value[:1] in "=#" or "_x" in value else value
    if isinstance(value, float) and float(f"{value:.16g}") != value:
        from openpyxl.cell import WriteOnlyCell

        # The workbook writer keeps 16 digits of a number, one too few for some; a number cell given as text is written as it is.
        cell = WriteOnlyCell(sheet, value=repr(value))
        cell.data_type = "n"
        return cell
    return value


def _text_cell(sheet: Any, text: str) -> Any:
    """Return a cell that stays text: never a formula, an error value or an escape sequence."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text))
    if text:
        cell.data_type = "s"
    return cell

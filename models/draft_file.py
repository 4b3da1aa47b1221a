"""Reads the file of a table of bodies as text, whatever separates its columns, and says by row and column what cannot be read."""

from __future__ import annotations

import csv
import gzip
import io
import sys
from pathlib import Path

import pandas as pd

from models.findings import Finding, InvalidInstance, Severity

FIRST_ROW = 2
"""Number of the first row of data, as a spreadsheet counts: the header is row 1."""
SHOWN_ROWS = 20
"""Rows with the same fault that are named one by one."""
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}


def read_bodies(path: str | Path) -> pd.DataFrame:
    """Return a table of bodies as text: ``.csv``, ``.csv.gz``, ``.xlsx`` (first sheet), or ``-`` for CSV on standard input.

    Columns are separated by commas, semicolons or tabs, whichever makes most columns of the header. ``attrs["source"]`` holds the file's name and
    ``attrs["separator"]`` what separates the columns, empty for a workbook.

    Raises
    ------
    InvalidInstance
        When the file is not there, cannot be read or holds no row.
    """
    path = Path(path)
    separator = ""
    try:
        if path.suffix.lower() == ".xlsx":
            lines = pd.read_excel(path, header=None, dtype="str", keep_default_na=False, engine="calamine").to_numpy().tolist()
        else:
            text = _decoded(_content(path), path.name)
            separator = _separator(text)
            lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except InvalidInstance:
        raise
    except OSError as error:
        raise InvalidInstance([Finding("unreadable-file", f"The table of bodies cannot be read: {error.strerror or error}.", file=path.name)]) from error
    except Exception as error:  # Readers of foreign files raise many kinds; each means the same to the user.
        raise InvalidInstance([Finding("unreadable-file", f"The table of bodies cannot be read: {error}.", file=path.name)]) from error
    frame = _of_lines(lines, path.name)
    if frame.empty:
        raise InvalidInstance([Finding("empty-table", "The table of bodies holds no row.", file=path.name)])
    frame.attrs.update(source=path.name, separator=separator)
    return frame


def separator_note(frame: pd.DataFrame) -> list[Finding]:
    """Note that the columns of the file were not separated by commas, and how its numbers are read then."""
    separator = frame.attrs.get("separator", "")
    if separator in ("", ","):
        return []
    message = f"The columns are separated by {SEPARATORS[separator]}; numbers are read with a point before decimals and commas between thousands."
    return [Finding("separator-found", message, Severity.NOTE, file=frame.attrs["source"], row=1, value=separator)]


def _content(path: Path) -> bytes:
    content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    return gzip.decompress(content) if path.suffix.lower() == ".gz" else content


def _decoded(content: bytes, source: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig")
        row = before.count("\n") + 1
        separator = _separator(before)
        header = next(csv.reader([before.partition("\n")[0]], delimiter=separator), [])
        at = len(next(csv.reader([before.rpartition("\n")[2]], delimiter=separator), [""])) - 1
        column = header[at].strip() if row > 1 and at < len(header) else ""
        message = f"The file is not UTF-8: byte {error.start} is 0x{content[error.start]:02x}. Save it as 'CSV UTF-8'."
        raise InvalidInstance([Finding("not-utf-8", message, file=source, row=row, column=column, allowed=("UTF-8",))]) from error


def _separator(text: str) -> str:
    """Return what separates the columns: what makes most of them in the header, a comma unless another makes more."""
    header = text.partition("\n")[0]
    columns = {separator: len(next(csv.reader([header], delimiter=separator), [])) for separator in SEPARATORS}
    return max(columns, key=columns.__getitem__)


def _of_lines(lines: list[list[str]], source: str) -> pd.DataFrame:
    """Return the table whose header is the first line; raise when a header stands twice or a row does not fit it."""
    header = [name.strip() for name in lines[0]] if lines else []
    findings = [
        Finding("duplicated-header", f"The header names column {name!r} twice.", file=source, row=1, column=name, value=name)
        for name in sorted({name for name in header if name and header.count(name) > 1})
    ]
    body = [(number, line) for number, line in enumerate(lines[1:], start=FIRST_ROW) if any(line)]
    ragged = [(number, len(line)) for number, line in body if len(line) != len(header)]
    findings += [
        Finding(
            "ragged-row",
            f"The row has {cells} cells and the header {len(header)}; a cell with the separator in it needs quotes.",
            file=source,
            row=number,
            column=header[cells] if cells < len(header) else "",
            value=f"{cells} cells",
        )
        for number, cells in ragged[:SHOWN_ROWS]
    ]
    if len(ragged) > SHOWN_ROWS:
        findings.append(Finding("ragged-row", f"{len(ragged):,} rows do not fit the header.", file=source, value=str(len(ragged))))
    if findings:
        raise InvalidInstance(findings)
    return pd.DataFrame([line for _, line in body], columns=header, dtype="str")

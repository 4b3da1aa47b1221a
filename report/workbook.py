"""A plan as a workbook: a sheet a table, numbers as numbers, and no text that a spreadsheet would run as a formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from models.workbook_content import workbook_content
from report.formats import plain

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl import Workbook

    from report.view import RunView

MOST_ROWS = 1_048_576
"""Rows of a sheet, the header among them."""
LONGEST_CELL = 32_767
_WIDEST = 60
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_FORMATS = {"year": "0", "latitude": "0.00000", "longitude": "0.00000", "utilisation": "0.0%", "distance_km": "#,##0.0", "amount": "#,##0.00"}


class TooLargeForWorkbook(ValueError):
    """Raised when a table has more rows, or a cell more letters, than a workbook holds."""


def plan_workbook(view: RunView) -> bytes:
    """Return a workbook of the plan's tables.

    Raises
    ------
    TooLargeForWorkbook
        Naming the table.
    """

    def fill(book: Workbook) -> None:
        _write_sheet(book.create_sheet("summary"), "summary", ["figure", "value"], _summary(view))
        for name, table in view.tables.items():
            _write_sheet(book.create_sheet(name), name, [str(column) for column in table.columns], _rows(table))

    return workbook_content(fill)


def _summary(view: RunView) -> list[tuple[str, Any]]:
    record, found, proof = view.record, view.audit, view.proof
    if found is None:
        return []
    return [
        ("instance", str(record.get("instance", ""))),
        ("digest", str(record.get("digest", ""))),
        ("solver", str(record.get("solver", ""))),
        ("stop", f"not known: {proof.doubt}" if proof.doubt else str(record.get("stop", ""))),
        ("currency", view.currency),
        ("net present cost of the plan, penalties left out", found.cost - found.penalty),
        ("net present cost of carrying on as today", found.do_nothing_cost),
        ("saving", found.saving),
        ("penalties, which nobody pays", found.penalty),
        (f"bound: no {proof.plans} costs less, penalties included", proof.bound),
        ("audit", "ok" if found.ok else f"{len(found.breaches)} breaches"),
    ]


def _rows(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    columns = [[plain(value) for value in table[name].tolist()] for name in table.columns]
    return list(zip(*columns, strict=True))


def _write_sheet(sheet: Any, name: str, headers: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    if len(rows) >= MOST_ROWS:
        raise TooLargeForWorkbook(f"table {name} has {len(rows):,} rows; a sheet holds {MOST_ROWS - 1:,}")
    # A write-only sheet takes widths and the frozen header only before its rows.
    sheet.freeze_panes = "A2"
    for position, header in enumerate(headers):
        sheet.column_dimensions[get_column_letter(position + 1)].width = _width(header, (row[position] for row in rows[:500]))
    bold = []
    for header in headers:
        cell = _cell(sheet, name, header, header)
        cell.font = Font(bold=True)
        bold.append(cell)
    sheet.append(bold)
    for row in rows:
        sheet.append([_cell(sheet, name, header, value) for header, value in zip(headers, row, strict=True)])


def _width(header: str, values: Iterable[Any]) -> float:
    longest = max([len(header), *(len(f"{value:,}") if isinstance(value, int) else len(str(value)) for value in values)])
    return float(min(longest + 2, _WIDEST))


def _cell(sheet: Any, table: str, header: str, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if not isinstance(value, str):
        cell = WriteOnlyCell(sheet, value=value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            cell.number_format = _FORMATS.get(header, "#,##0" if isinstance(value, int) else "#,##0.00")
        return cell
    text = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value)
    if len(text) > LONGEST_CELL:
        raise TooLargeForWorkbook(f"table {table}, column {header}: a text of {len(text):,} letters; a cell holds {LONGEST_CELL:,}")
    cell = WriteOnlyCell(sheet, value=text)
    # The guessed type is put right: what looks like a formula or an error stays text, and the prefix keeps it so when it is edited.
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(_RISKY)
    return cell

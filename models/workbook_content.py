"""Gives a workbook as bytes, made in memory, so that a full disk meets one plain write and no half-written sheet."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl import Workbook


def workbook_content(fill: Callable[[Workbook], None]) -> bytes:
    """Return the workbook that ``fill`` has appended sheets and rows to; whatever ``fill`` raises passes through."""
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    stream = io.BytesIO()
    try:
        fill(workbook)
        workbook.save(stream)
    except BaseException:
        _close_sheets(workbook)
        raise
    return stream.getvalue()


def _close_sheets(workbook: Workbook) -> None:
    """Close sheets that were left open: they write to the temporary disk, and when that is full would complain as Python cleans them up."""
    for sheet in workbook.worksheets:
        # Two streams stand open in a sheet, and each time one that cannot be written fails the next stays open.
        for _ in range(3):
            with suppress(Exception):
                sheet.close()

"""The one way out of a run: its plan or its integer program in a format of other programs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from models.whole_writing import whole_files
from report.view import RunView, run_view

if TYPE_CHECKING:
    from pathlib import Path

    from solver.run_folder import StoredRun

FORMATS = {
    "csv": "a folder with a CSV file a table; on standard output the assignments",
    "json": "one JSON object: run, plan, audit and every table",
    "xlsx": "a workbook with a sheet a table",
    "geojson": "bodies, centres and who uses what, for a map",
    "parquet": "a folder with a Parquet file a table (extra: parquet)",
    "mps": "the integer program, with a CSV of what each column means beside it",
    "lp": "the integer program to read, with a CSV of what each column means beside it",
}
"""Every format and what it gives."""
PROGRAMS = frozenset({"mps", "lp"})
FILES_ONLY = frozenset({"xlsx", "parquet"})


class ExportError(ValueError):
    """Raised when a run cannot be exported as asked; the message says why and what would help."""


class MissingExtra(ExportError):
    """Raised when a format needs a package that is not installed; the message names the extra that brings it."""


def export(stored: StoredRun, form: str, path: Path | None, *, force: bool = False) -> None:
    """Export ``stored`` as ``form`` to ``path``, whole or not at all; ``None`` writes text to standard output.

    Raises
    ------
    ExportError
        When there is no such format, the run has no plan, or the format cannot do what is asked.
    FileExistsError
        When the target exists and ``force`` is not given, or is not ours to replace.
    """
    if form not in FORMATS:
        raise ExportError(f"no format {form!r}; there are {', '.join(FORMATS)}")
    if path is None and form in FILES_ONLY:
        raise ExportError(f"{form} is not text: name a {'file' if form == 'xlsx' else 'folder'} with --output")
    if form not in PROGRAMS and form != "json" and stored.plan is None:
        reason = stored.record.get("message") or stored.record.get("stop") or "no reason stored"
        raise ExportError(f"this run has no plan to export ({reason}); json, mps and lp are still possible")
    if path is None:
        sys.stdout.write(text(stored, form))
        sys.stdout.flush()
    else:
        _write(stored, form, path, force=force)


def text(stored: StoredRun, form: str) -> str:
    """Return what ``form`` writes to standard output; raise ``ExportError`` for a format that is not text."""
    from report import answer, geojson, program_export

    if form in PROGRAMS:
        return program_export.program_text(stored.instance, form)
    view = run_view(stored)
    if form == "json":
        return answer.answer_json(view)
    if form == "geojson":
        return geojson.geojson(view)
    if form == "csv":
        return answer.assignments_csv(view)
    raise ExportError(f"{form} is not text")


def _write(stored: StoredRun, form: str, path: Path, *, force: bool) -> None:
    from report import answer

    if form in PROGRAMS:
        from report.program_export import write_program

        write_program(stored.instance, form, path, force=force)
        return
    view = run_view(stored)
    if form == "csv":
        answer.write_csv(view, path, force=force)
    elif form == "parquet":
        _write_parquet(view, path, force=force)
    elif form == "xlsx":
        _write_workbook(view, path, force=force)
    else:
        with whole_files([path], force=force) as (scratch,):
            scratch.write_text(text(stored, form), encoding="utf-8")


def _write_parquet(view: RunView, path: Path, *, force: bool) -> None:
    from report.answer import write_parquet

    try:
        write_parquet(view, path, force=force)
    except ImportError:
        raise MissingExtra("parquet needs pyarrow, which is not installed: install consortia[parquet]") from None


def _write_workbook(view: RunView, path: Path, *, force: bool) -> None:
    from report.workbook import TooLargeForWorkbook, plan_workbook

    try:
        with whole_files([path], force=force) as (scratch,):
            scratch.write_bytes(plan_workbook(view))
    except TooLargeForWorkbook as error:
        raise ExportError(f"{error}; export csv or parquet instead") from None

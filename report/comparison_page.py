"""The page about a comparison: one self-contained HTML file that asks nothing of the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from models.whole_writing import whole_files
from report.comparison import TITLES, Comparison, frame, headline
from report.comparison_facts import facts
from report.comparison_words import reasons, verdict
from report.formats import cell_rows
from report.study_pictures import STYLE, pictures
from report.study_series import series
from report.templating import rendered
from solver.study.duels import MOST_ALL_PAIRS
from solver.study.summary import rank

if TYPE_CHECKING:
    from pathlib import Path

_LONG = 20
"""Tables of more rows scroll in a window of their own."""
_FIRST = "solvers"


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its text, where it leads, if anywhere, and whether it is the best of its row."""

    text: str
    href: str = ""
    best: bool = False


def write_comparison_page(found: Comparison, path: Path, *, study: str = "", force: bool = False) -> None:
    """Write the page about ``found`` to ``path``, whole or not at all; ``study`` as in :func:`comparison_page`.

    Raises
    ------
    FileExistsError
        When the file exists and ``force`` is not given, or is a folder.
    """
    with whole_files([path], force=force) as (scratch,):
        scratch.write_text(comparison_page(found, study=study), encoding="utf-8")


def comparison_page(found: Comparison, *, study: str = "") -> str:
    """Return the page about ``found`` as HTML; ``study`` is the way from the page to the study's folder, for links to logs, or empty for none."""
    shown = series(found.table, found.records)
    drawn = pictures(shown)
    tables = {name: table for name, title in TITLES.items() if (table := _table(found, name, title, study))["rows"]}
    values = {
        "verdict": verdict(found),
        "reasons": reasons(found),
        "headline": headline(found),
        "facts": facts(found),
        "shouted": [f"{one.instance}: {one.message}" for one in found.shouted],
        "style": STYLE,
        "first": tables.pop(_FIRST, None),
        "pictures": drawn[: len(drawn) - len(shown.duels)],
        "duels": drawn[len(drawn) - len(shown.duels) :],
        "solved": any(shown.solved.values()),
        "against_best": shown.duels[0].first if len(shown.contenders) > MOST_ALL_PAIRS and shown.duels else "",
        "tables": list(tables.values()),
    }
    return rendered("comparison.html.j2", values)


def _table(found: Comparison, name: str, title: str, study: str) -> dict[str, Any]:
    table = frame(found, name)
    texts, numeric = cell_rows(table)
    columns = [str(column) for column in table.columns]
    rows = [[Cell(text) for text in row] for row in texts]
    ids = [""] * len(rows)
    if name == "instances":
        rows = _linked(found, columns, texts)
    if name == "runs":
        ids = [f"run-{record.key}" for record in found.records]
        rows = _with_logs(found, rows, study)
        columns, numeric = ([*columns, "log"], [*numeric, False]) if study else (columns, numeric)
    return {
        "name": name, "title": title, "columns": [column.replace("_", " ") for column in columns], "numeric": numeric,
        "rows": list(zip(ids, rows, strict=True)), "long": len(rows) > _LONG,
    }  # fmt: skip


def _linked(found: Comparison, columns: list[str], texts: list[list[str]]) -> list[list[Cell]]:
    """Return the rows of instances, in which each outcome leads to its run and the best of a row stands out."""
    rows = []
    for runs, row in zip(found.table.rows.values(), texts, strict=True):
        best = min(map(rank, runs.values()))
        cells = []
        for column, text in zip(columns, row, strict=True):
            run = runs.get(column)
            cells.append(Cell(text) if run is None else Cell(text, f"#run-{run.key}", rank(run) == best and best[0] < 2))
        rows.append(cells)
    return rows


def _with_logs(found: Comparison, rows: list[list[Cell]], study: str) -> list[list[Cell]]:
    """Return the rows of runs, each with a link to its log."""
    if not study:
        return rows
    logs = [Cell("log", quote(f"{study}/{record.log}")) if record.log else Cell("") for record in found.records]
    return [[*row, log] for row, log in zip(rows, logs, strict=True)]

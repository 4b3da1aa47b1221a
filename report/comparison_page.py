"""The page about a comparison: one self-contained HTML file that asks nothing of the network."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from models.whole_writing import whole_files
from report.comparison import TITLES, Comparison, frame, headline
from report.formats import cell_rows
from report.step_chart import StepLine, step_chart
from report.templating import rendered
from solver.study.gap_curves import gap_curves
from solver.study.summary import profile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from markupsafe import Markup

    from solver.study.records import Record

_LEAST_FACTOR = 2.0
_LARGEST_FACTOR = 1e7
_MOST_BANDS = 3
"""With more solvers than this the bands would only cover each other."""
_STEPS = 240
_FIRST_MOMENT_S = 0.05


def write_comparison_page(found: Comparison, path: Path, *, force: bool = False) -> None:
    """Write the page about ``found`` to ``path``, whole or not at all.

    Raises
    ------
    FileExistsError
        When the file exists and ``force`` is not given, or is a folder.
    """
    with whole_files([path], force=force) as (scratch,):
        scratch.write_text(comparison_page(found), encoding="utf-8")


def comparison_page(found: Comparison) -> str:
    """Return the page about ``found`` as HTML."""
    values = {
        "headline": headline(found),
        "limits": _limits(found.records),
        "shouted": [f"{verdict.instance}: {verdict.message}" for verdict in found.shouted],
        "profile": profile_chart(found),
        "gaps": gap_chart(found),
        "tables": [table for name, title in TITLES.items() if (table := _table(found, name, title))["rows"]],
    }
    return rendered("comparison.html.j2", values)


def profile_chart(found: Comparison) -> Markup | None:
    """Return the performance profile; ``None`` when nothing was solved."""
    coarse = _logarithmic(1.0, _LARGEST_FACTOR)
    shares = profile(found.table, coarse)
    if not any(any(row) for row in shares.values()):
        return None
    # Where no line rises any more there is nothing to see.
    last = max(next(at for at, share in enumerate(row) if share == row[-1]) for row in shares.values())
    factors = _logarithmic(1.0, max(_LEAST_FACTOR, coarse[min(last + 1, len(coarse) - 1)]))
    lines = [StepLine(name, tuple(factors), tuple(row)) for name, row in profile(found.table, factors).items()]
    return step_chart(lines, across="times the fastest (logarithmic)", up="share of runs solved", label="Performance profile")


def gap_chart(found: Comparison) -> Markup | None:
    """Return the gap over time of the runs that the averages are over; ``None`` when there are none."""
    records = [record for row in found.table.rows.values() for record in row.values()]
    if not records:
        return None
    longest = max(record.seconds for record in records)
    moments = _logarithmic(_FIRST_MOMENT_S, max(longest, 2 * _FIRST_MOMENT_S))
    curves = gap_curves(records, moments)
    bands = len(curves) <= _MOST_BANDS
    lines = [StepLine(curve.contender, tuple(moments), curve.median, tuple(zip(curve.low, curve.high, strict=True)) if bands else ()) for curve in curves]
    return step_chart(lines, across="seconds (logarithmic)", up="gap", label="Gap between plan and bound over time")


def _logarithmic(low: float, high: float) -> list[float]:
    """Return :data:`_STEPS` places from ``low`` to ``high``, each the same times the one before."""
    return [low * math.exp(math.log(high / low) * at / (_STEPS - 1)) for at in range(_STEPS)]


def _table(found: Comparison, name: str, title: str) -> dict[str, Any]:
    table = frame(found, name)
    rows, numeric = cell_rows(table)
    return {"title": title, "columns": [str(column).replace("_", " ") for column in table.columns], "numeric": numeric, "rows": rows}


def _limits(records: Sequence[Record]) -> str:
    """Return in words what every run was held to."""
    if not records:
        return ""
    limits = records[0].limits
    words = [
        "no time limit" if limits["time_limit"] is None else f"{limits['time_limit']:g} seconds",
        f"gap {limits['gap']:g}" if limits["gap"] else "asked for proof",
        f"{limits['threads']} thread" + ("s" if limits["threads"] > 1 else ""),
        *([f"{limits['memory_mb']} MB"] if limits["memory_mb"] else []),
        "from a constructed plan" if limits["construct"] else "without a constructed plan",
    ]
    machines = {f"{record.machine.get('system', '')}, {record.machine.get('cores', '')} cores" for record in records if record.machine}
    return f"Each run: {', '.join(words)}." + (f" Machine: {'; '.join(sorted(machines))}." if machines else "")

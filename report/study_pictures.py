"""The pictures of a study, each one SVG with its own title: drawn once, for the page and for files alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from report import svg
from report.duel_picture import duel_picture
from report.gap_panels import panels
from report.integral_bars import integral_bars
from report.money import counted
from report.picture_parts import WIDTH, headed
from report.plot import Axis, Frame, count_axis, gap_axis, logarithmic_axis, seconds_axis, share_axis
from report.step_lines import StepLine, lines_drawn
from report.study_marks import legend
from report.study_series import Series

STYLE = """svg text { font-size: 12px; fill: #1c2733; }
svg text.title { font-size: 15px; font-weight: 600; fill: #123a5c; }
svg text.note { fill: #5a6672; }
svg text.strong { font-weight: 600; }
svg .axis { stroke: #444; stroke-width: 1; }
svg .grid { stroke: #e3e7eb; stroke-width: 1; }
svg .whisker { stroke: #1c2733; stroke-width: 1.5; }
svg .border { stroke: #888; stroke-width: 1; stroke-dasharray: 4 3; }
svg .faint { stroke: #c3cad1; stroke-width: 1; }"""
"""Style sheet of every picture, on the page and in a file of its own."""
_LEFT, _RIGHT, _PLOT, _BOTTOM = 72.0, 18.0, 260.0, 46.0


@dataclass(frozen=True)
class Picture:
    """A picture: the stem of its file's name, its title, and the drawing."""

    name: str
    title: str
    drawing: Markup


def pictures(series: Series) -> list[Picture]:
    """Return every picture there is something to draw for, duels last."""
    found = [
        *([_profile(series)] if series.profile else []),
        *([_solved(series)] if any(series.solved.values()) else []),
        *([_gaps(series)] if series.gaps else []),
        *([_integrals(series)] if series.integrals else []),
    ]
    digits = len(str(len(series.duels)))
    for number, duel in enumerate(series.duels, start=1):
        found.append(Picture(f"face-to-face-{number:0{digits}}", f"{duel.first} against {duel.second}", duel_picture(duel, series.horizon_s)))
    return found


def _profile(series: Series) -> Picture:
    title = "Performance profile"
    note = (
        f"Share of {counted(series.runs, 'run')} solved within so many times the fastest. Higher is better: at the left how often a contender was the fastest, "
        "at the right how much it solved at all."
    )
    lines = [StepLine(name, series.factors, row) for name, row in series.profile.items()]
    across = logarithmic_axis("times the fastest (logarithmic)", 1.0, series.factors[-1])
    return Picture("performance-profile", title, _lines(title, note, lines, across, share_axis("share of runs solved")))


def _solved(series: Series) -> Picture:
    title = "Runs solved over time (cactus)"
    note = f"How many of {counted(series.runs, 'run')} were solved after so many seconds, up to {series.horizon_s:g} s. Higher and further left is better."
    times = [one for row in series.solved.values() for one in row]
    across = seconds_axis(0.8 * min(times), series.horizon_s)
    lines = []
    for name, row in series.solved.items():
        lines.append(StepLine(name, [across.low, *row], [float(number) for number in range(len(row) + 1)]))
    return Picture("solved-over-time", title, _lines(title, note, lines, across, count_axis("runs solved", series.runs)))


def _gaps(series: Series) -> Picture:
    title = "Gap between plan and bound over time"
    alone = len(series.gaps) == 1
    note = (
        f"Median over {counted(series.runs, 'run')}; the middle half of them as a band{'' if alone else ', below, by contender'}. Lower is better. "
        "Both axes are logarithmic. Without plan or bound the gap is 100%; a run that ended keeps its last."
    )
    lines = [StepLine(one.contender, series.moments, one.median, list(zip(one.low, one.high, strict=True))) for one in series.gaps]
    across, up = seconds_axis(series.moments[0], series.moments[-1]), gap_axis("gap")
    if alone:
        return Picture("gap-over-time", title, _lines(title, note, lines, across, up))
    # Bands upon each other could not be told apart in grey.
    medians = [StepLine(line.label, line.places, line.heights) for line in lines]
    return Picture("gap-over-time", title, _lines(title, note, medians, across, up, below=lines))


def _integrals(series: Series) -> Picture:
    return Picture("primal-integral", "Mean primal integral", integral_bars(series.integrals, series.contenders, series.limit_s))


def _lines(title: str, note: str, lines: Sequence[StepLine], across: Axis, up: Axis, below: Sequence[StepLine] = ()) -> Markup:
    """Return lines under their title and legend, and under them the panels of ``below``."""
    head, top = headed(title, note, WIDTH)
    names, top = legend([line.label for line in lines], _LEFT, top, WIDTH - _LEFT - _RIGHT)
    frame = Frame(across, up, _LEFT, top + 8, WIDTH - _LEFT - _RIGHT, _PLOT)
    extra, bottom = panels(below, up, _LEFT, frame.bottom + _BOTTOM + 10, WIDTH - _LEFT - _RIGHT) if below else ([], frame.bottom + _BOTTOM)
    return svg.drawing(WIDTH, bottom, f"{title}. {note}", [*head, *names, *frame.drawn(), *lines_drawn(frame, lines), *extra])

"""Mean primal integrals as bars with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from report import svg
from report.charts import ticks
from report.money import counted
from report.picture_parts import WIDTH, headed
from report.plot import Axis, Frame, shortened
from report.study_marks import marker, shade
from solver.study.integrals import MeanIntegral

_LEFT, _RIGHT, _ROW, _BAR = 18.0, 24.0, 46.0, 16.0
_FIGURES = 150.0


def integral_bars(found: Sequence[MeanIntegral], contenders: Sequence[str], limit: float | None) -> Markup:
    """Return a bar a contender, least first, its name above it; whiskers are its interval or, of few instances, shapes each instance's mean."""
    few = all(one.interval.low is None for one in found)
    title = "Mean primal integral"
    instances = found[0].interval.instances
    over = "as long as the instance's longest run" if limit is None else f"{limit:g} s"
    note = (
        f"Gap to the best known cost, summed over {over} and averaged over {counted(instances, 'instance')}: every second without a plan counts 1. "
        "Shorter is better. " + ("Shapes: instances, each the mean over its seeds." if few else "Whiskers: 95 % of a bootstrap over instances.")
    )
    head, top = headed(title, note, WIDTH)
    farthest = max(max(one.values) if few else (one.interval.high or 0.0) for one in found)
    marks = ticks(0.0, max(farthest, 1e-6))
    across = Axis("gap-seconds", 0.0, marks[-1], tuple((value, f"{value:g}") for value in marks))
    frame = Frame(across, Axis("", 0.0, 1.0, ()), _LEFT, top, WIDTH - _LEFT - _RIGHT, _ROW * len(found))
    parts = [svg.line(frame.x(value), frame.top, frame.x(value), frame.bottom, "grid") for value in marks]
    for row, one in enumerate(found):
        parts += _bar(frame, frame.top + _ROW * row, one, contenders.index(one.contender), few=few)
    return svg.drawing(WIDTH, frame.bottom + 46, f"{title}. {note}", [*head, *frame.drawn(), *parts])


def _bar(frame: Frame, top: float, one: MeanIntegral, number: int, *, few: bool) -> list[Markup]:
    end, middle = frame.x(one.interval.mean), top + 22 + _BAR / 2
    shape = '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}" fill-opacity="0.4" stroke="{}"><title>{}</title></rect>'
    parts = [
        svg.text(frame.left, top + 16, f"{shortened(one.contender, frame.width - _FIGURES)}: {_said(one)}"),
        Markup(shape).format(frame.left, top + 22, max(end - frame.left, 0.5), _BAR, shade(number), shade(number), one.contender),
    ]
    if few:
        return [*parts, *(marker(frame.x(value), middle, number) for value in one.values)]
    low, high = (frame.x(value or 0.0) for value in (one.interval.low, one.interval.high))
    return [*parts, svg.line(low, middle, high, middle, "whisker"), *(svg.line(x, middle - 5, x, middle + 5, "whisker") for x in (low, high))]


def _said(one: MeanIntegral) -> str:
    found = one.interval
    return f"{found.mean:.3g}" + (f" ({found.low:.3g} to {found.high:.3g})" if found.low is not None and found.high is not None else "")

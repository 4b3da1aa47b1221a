"""Small plots, one a contender: its own line and band before the lines of the others in grey."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from report import svg
from report.plot import Axis, Frame, seconds_axis, shortened
from report.step_lines import StepLine, band_drawn, line_drawn, markers_drawn
from report.study_marks import stroke

_ACROSS = 3
_APART, _NAME, _HIGH, _FOOT = 14.0, 20.0, 110.0, 34.0
_MARKS = 6
_OTHERS = Markup('fill="none" stroke="#b4bcc4" stroke-width="1"')


def panels(lines: Sequence[StepLine], up: Axis, left: float, top: float, width: float) -> tuple[list[Markup], float]:
    """Return a panel for each of ``lines``, three in a row, and where they end."""
    parts: list[Markup] = []
    wide = (width - _APART * (_ACROSS - 1)) / _ACROSS
    for number, line in enumerate(lines):
        row, column = divmod(number, _ACROSS)
        frame = Frame(
            seconds_axis(line.places[0], line.places[-1], name="", most=_MARKS),
            Axis("", up.low, up.high, up.marks if column == 0 else tuple((value, "") for value, _ in up.marks), up.logarithmic),
            left + column * (wide + _APART),
            top + row * (_NAME + _HIGH + _FOOT) + _NAME,
            wide,
            _HIGH,
        )
        parts += [svg.text(frame.left, frame.top - 7, shortened(line.label, wide), kind="strong"), *frame.drawn()]
        parts += [line_drawn(frame, other, _OTHERS) for other in lines if other is not line]
        parts += [band_drawn(frame, line, number, 0.25), line_drawn(frame, line, stroke(number)), *markers_drawn(frame, line, number, len(lines))]
    rows = -(-len(lines) // _ACROSS)
    bottom = top + rows * (_NAME + _HIGH + _FOOT)
    return [*parts, svg.text(left + width / 2, bottom, "seconds (logarithmic)", "middle")], bottom + 10

"""Two contenders face to face: the seconds of one across, of the other up, a shape a run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from report import svg
from report.money import counted
from report.picture_parts import headed
from report.plot import LEAST_SECONDS, Axis, Frame, decades, shortened
from report.study_marks import legend, marker
from solver.study.duels import Duel, Meeting

DUEL_WIDTH = 420.0
_LEFT, _RIGHT = 72.0, 16.0
_SIDE = DUEL_WIDTH - _LEFT - _RIGHT
_BORDER = 1.25
"""How many times the longest time the line of runs not solved stands at, and as much again is left beyond it."""
_MARKS = 8


@dataclass(frozen=True)
class _Scale:
    """Seconds from the fastest run to the longest, and where runs not solved stand."""

    low: float
    longest: float

    @property
    def border(self) -> float:
        return self.longest * max(_BORDER, math.exp(0.08 * math.log(self.longest / self.low)))

    def axis(self, name: str) -> Axis:
        high = self.border * (self.border / self.longest)
        marks = [(value, f"{value:g}") for value in decades(self.low, self.longest, _MARKS) if value <= self.longest * 1.001]
        return Axis(name, self.low, high, (*marks, (self.border, "unsolved")), logarithmic=True)


def duel_picture(duel: Duel, horizon: float) -> Markup:
    """Return a duel as a scatter; runs not solved by ``horizon`` seconds stand on the border lines, classes differ by shape."""
    times = [max(one, LEAST_SECONDS) for meeting in duel.meetings for one in (meeting.first_s, meeting.second_s) if one is not None]
    scale = _Scale(min(times, default=1.0) * 0.9, max([horizon, *times]))
    first, second = (shortened(name, 150) for name in (duel.first, duel.second))
    note = (
        f"Seconds of each of {counted(len(duel.meetings), 'run')}. Below the diagonal {second} is ahead ({duel.second_ahead:,}), above it {first} "
        f"({duel.first_ahead:,}). Dashed: not solved by one, or by both ({duel.neither:,})."
    )
    title = f"{first} against {second}"
    head, top = headed(title, note, DUEL_WIDTH)
    groups = list(dict.fromkeys(meeting.group for meeting in duel.meetings))
    names: list[Markup] = []
    if len(groups) > 1:
        names, top = legend([group or "no class" for group in groups], _LEFT, top, _SIDE, lines=False)
    frame = Frame(_axis(scale, duel.first), _axis(scale, duel.second), _LEFT, top + 6, _SIDE, _SIDE)
    parts = [*head, *names, *frame.drawn(), *_guides(frame, scale)]
    parts += [_point(frame, scale, meeting, groups.index(meeting.group), duel) for meeting in duel.meetings]
    return svg.drawing(DUEL_WIDTH, frame.bottom + 46, f"{title}. {note}", parts)


def _axis(scale: _Scale, name: str) -> Axis:
    return scale.axis(f"{shortened(name, _SIDE - 130)}, seconds (logarithmic)")


def _guides(frame: Frame, scale: _Scale) -> list[Markup]:
    """Return the diagonal, ten times either way, and the lines of runs not solved."""
    low, longest, border = scale.low, scale.longest, scale.border
    parts = [svg.line(*frame.place(low, low), *frame.place(longest, longest), "axis")]
    if longest / low > 10:
        parts += [svg.line(*frame.place(low, low * 10), *frame.place(longest / 10, longest), "faint")]
        parts += [svg.line(*frame.place(low * 10, low), *frame.place(longest, longest / 10), "faint")]
    parts += [svg.line(frame.x(border), frame.top, frame.x(border), frame.bottom, "border")]
    return [*parts, svg.line(frame.left, frame.y(border), frame.left + frame.width, frame.y(border), "border")]


def _point(frame: Frame, scale: _Scale, meeting: Meeting, number: int, duel: Duel) -> Markup:
    places = [scale.border if one is None else max(one, LEAST_SECONDS) for one in (meeting.first_s, meeting.second_s)]
    said = [f"{name} {'not solved' if one is None else f'{one:.2f} s'}" for name, one in ((duel.first, meeting.first_s), (duel.second, meeting.second_s))]
    return marker(*frame.place(places[0], places[1]), number, fill="none", title=f"{meeting.instance}, seed {meeting.seed}: {', '.join(said)}")

"""Lines that keep each height until the next place, with bands, told apart without colour too."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from report.plot import Frame, points
from report.study_marks import marker, shade, stroke

_MARKERS = 6


@dataclass(frozen=True)
class StepLine:
    """Heights at rising places; ``band`` holds a lower and an upper height at each place, or nothing."""

    label: str
    places: Sequence[float]
    heights: Sequence[float]
    band: Sequence[tuple[float, float]] = ()


def band_drawn(frame: Frame, line: StepLine, number: int, opacity: float) -> Markup:
    """Return the band of the contender with this position."""
    upper = _steps([frame.place(place, high) for place, (_, high) in zip(line.places, line.band, strict=True)])
    lower = _steps([frame.place(place, low) for place, (low, _) in zip(line.places, line.band, strict=True)])
    return Markup('<polygon points="{}" fill="{}" fill-opacity="{}"/>').format(points([*upper, *reversed(lower)]), shade(number), opacity)


def line_drawn(frame: Frame, line: StepLine, style: Markup) -> Markup:
    """Return the line alone, to the right end of the frame."""
    corners = _steps([frame.place(place, height) for place, height in zip(line.places, line.heights, strict=True)])
    end = frame.left + frame.width
    return Markup('<polyline points="{}" {}><title>{}</title></polyline>').format(points([*corners, (end, corners[-1][1])]), style, line.label)


def markers_drawn(frame: Frame, line: StepLine, number: int, count: int) -> list[Markup]:
    """Return shapes along the line, each contender's a little further right than the last one's, so that lines upon each other show all theirs."""
    begin, end = frame.x(line.places[0]), frame.left + frame.width
    places = [frame.x(place) for place in line.places]
    parts = []
    for at in range(_MARKERS):
        x = begin + (end - begin) * (at + (number + 0.5) / count) / _MARKERS
        height = line.heights[bisect_right(places, x) - 1]
        parts.append(marker(x, frame.y(height), number))
    return parts


def lines_drawn(frame: Frame, lines: Sequence[StepLine]) -> list[Markup]:
    """Return every line with its band below all lines and its shapes above them."""
    bands = [band_drawn(frame, line, number, 0.14) for number, line in enumerate(lines) if line.band]
    drawn = [line_drawn(frame, line, stroke(number)) for number, line in enumerate(lines)]
    shapes = [one for number, line in enumerate(lines) for one in markers_drawn(frame, line, number, len(lines))]
    return [*bands, *drawn, *shapes]


def _steps(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the corners of steps through ``places``, without those on a level stretch."""
    corners = [places[0]]
    for x, y in places[1:]:
        if y != corners[-1][1]:
            corners += [(x, corners[-1][1]), (x, y)]
    if corners[-1][0] != places[-1][0]:
        corners.append((places[-1][0], corners[-1][1]))
    return corners

"""Steps over a logarithmic axis as inline SVG: told apart by dash and by a colour-blind safe shade, so that they read in grey too."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH = 720
_LEFT, _RIGHT, _BOTTOM, _ROW = 64.0, 16.0, 46.0, 20.0
_PLOT = 250.0
_STYLES = (
    ("#000000", ""),
    ("#0072b2", "9 4"),
    ("#d55e00", "2 3"),
    ("#009e73", "12 3 2 3"),
    ("#cc79a7", "5 2"),
    ("#56b4e9", "14 5"),
    ("#e69f00", "2 6"),
    ("#777777", "8 3 2 3 2 3"),
)
"""Shade and dash of each line. Shades are M. Okabe and K. Ito's (Color Universal Design, 2008), without yellow, which vanishes on white."""


@dataclass(frozen=True)
class StepLine:
    """A line that keeps each height until the next place; ``band`` holds a lower and an upper height at each place, or nothing."""

    label: str
    places: tuple[float, ...]
    heights: tuple[float, ...]
    band: tuple[tuple[float, float], ...] = ()


def step_chart(lines: Sequence[StepLine], *, across: str, up: str, label: str) -> Markup:
    """Return ``lines`` over positive places on a logarithmic axis; heights are shares from 0 to 1.

    Parameters
    ----------
    lines
        At least one, each with at least one place.
    across, up
        What the axes are.
    label
        What the chart shows, for those who cannot see it.
    """
    low = min(line.places[0] for line in lines)
    high = max([low * 1.01, *(line.places[-1] for line in lines)])
    legend, rows = _legend(lines)
    top = 8 + _ROW * rows
    bottom = top + _PLOT

    def x(place: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (math.log(place) - math.log(low)) / (math.log(high) - math.log(low))

    def y(height: float) -> float:
        return bottom - _PLOT * height

    parts = [*legend, *_axes(low, high, x, y, bottom, (across, up))]
    for line, (shade, _) in zip(lines, _styles(len(lines)), strict=True):
        if line.band:
            upper = _corners([(x(place), y(high)) for place, (_, high) in zip(line.places, line.band, strict=True)])
            lower = _corners([(x(place), y(low)) for place, (low, _) in zip(line.places, line.band, strict=True)])
            parts.append(Markup('<polygon points="{}" fill="{}" fill-opacity="0.1"/>').format(_points([*upper, *reversed(lower)]), shade))
    for line, style in zip(lines, _styles(len(lines)), strict=True):
        corners = _corners([(x(place), y(height)) for place, height in zip(line.places, line.heights, strict=True)])
        parts.append(Markup('<polyline points="{}" {}><title>{}</title></polyline>').format(_points(corners), _stroke(*style), line.label))
    opening = Markup('<svg class="chart" viewBox="0 0 {} {:.0f}" role="img" aria-label="{}">').format(WIDTH, bottom + _BOTTOM, label)
    return opening + Markup("\n").join(parts) + Markup("</svg>")


def decades(low: float, high: float) -> list[float]:
    """Return round numbers within ``low`` and ``high``: 1, 2 and 5 of each power of ten, or powers alone where those would crowd."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if len(powers) <= 4 else (1,)
    return [number for power in powers for factor in factors if low * 0.999 <= (number := factor * 10.0**power) <= high * 1.001]


def _styles(count: int) -> list[tuple[str, str]]:
    return [_STYLES[number % len(_STYLES)] for number in range(count)]


def _stroke(shade: str, dash: str) -> Markup:
    return Markup('fill="none" stroke="{}" stroke-width="2" stroke-dasharray="{}"').format(shade, dash or "none")


def _corners(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the corners of steps through ``places``."""
    corners = [places[0]]
    for x, y in places[1:]:
        corners += [(x, corners[-1][1]), (x, y)]
    return corners


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _legend(lines: Sequence[StepLine]) -> tuple[list[Markup], int]:
    """Return a sample and a name for each line, in rows as wide as the chart, and how many rows."""
    parts, at, row = [], _LEFT, 0
    for line, style in zip(lines, _styles(len(lines)), strict=True):
        wide = 50 + 7.0 * len(line.label)
        if at > _LEFT and at + wide > WIDTH:
            at, row = _LEFT, row + 1
        y = 11 + _ROW * row
        parts.append(Markup('<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" {}/>').format(at, y, at + 30, y, _stroke(*style)))
        parts.append(_text(at + 36, y + 4, line.label))
        at += wide
    return parts, row + 1


def _axes(low: float, high: float, x: Callable[[float], float], y: Callable[[float], float], bottom: float, names: tuple[str, str]) -> list[Markup]:
    parts = []
    for height in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts += [_line(_LEFT, y(height), WIDTH - _RIGHT, y(height), "grid"), _text(_LEFT - 8, y(height) + 4, f"{height:.0%}", "end")]
    for place in decades(low, high):
        parts += [_line(x(place), bottom, x(place), bottom + 4, "axis"), _text(x(place), bottom + 17, f"{place:g}", "middle")]
    parts.append(_line(_LEFT, bottom, WIDTH - _RIGHT, bottom, "axis"))
    parts.append(_text((_LEFT + WIDTH - _RIGHT) / 2, bottom + 36, names[0], "middle"))
    middle = y(0.5)
    parts.append(Markup('<text x="14" y="{:.1f}" text-anchor="middle" transform="rotate(-90 14 {:.1f})">{}</text>').format(middle, middle, names[1]))
    return parts


def _text(x: float, y: float, text: str, anchor: str = "start") -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, text)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return Markup('<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" class="{}"/>').format(x1, y1, x2, y2, kind)

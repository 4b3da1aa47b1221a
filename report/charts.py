"""Charts as inline SVG: text is escaped, nothing is fetched, shades differ enough to read in grey."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from report import svg

WIDTH = 720
_LEFT = 96
_RIGHT = 90
SHADES = ("#123a5c", "#3f7cac", "#8fbcdb", "#e0a458", "#777777")
"""One shade a group, dark to light, so that neighbours stay apart in grey."""

Money = Callable[[float], str]


@dataclass(frozen=True)
class Bar:
    """A stacked bar: its label and one amount for each group, in the order of the groups."""

    label: str
    amounts: tuple[int, ...]


def _rect(x: float, y: float, width: float, height: float, fill: str, title: str) -> Markup:
    shape = '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}" stroke="#fff" stroke-width="0.6"><title>{}</title></rect>'
    return Markup(shape).format(x, y, max(width, 0.0), max(height, 0.0), fill, title)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return round numbers from at most ``low`` to at least ``high``, some ``about`` of them."""
    span = (high - low) or 1.0
    rough = span / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def stacked_bars(bars: Sequence[Bar], groups: Sequence[str], money: Money, label: str) -> Markup:
    """Return horizontal stacked bars with a total at the end of each and a legend; what is negative stands left of nought."""
    low = min([0, *(sum(min(amount, 0) for amount in bar.amounts) for bar in bars)])
    high = max([1, *(sum(max(amount, 0) for amount in bar.amounts) for bar in bars)])
    scale = (WIDTH - _LEFT - _RIGHT) / (high - low)
    zero = _LEFT - low * scale
    parts: list[Markup] = []
    top = 8.0
    for bar in bars:
        right, left = zero, zero
        for group, amount, shade in zip(groups, bar.amounts, SHADES, strict=False):
            length = abs(amount) * scale
            start = right if amount >= 0 else left - length
            if amount:
                parts.append(_rect(start, top, length, 34, shade, f"{bar.label}, {group}: {money(amount)}"))
            right, left = (right + length, left) if amount >= 0 else (right, left - length)
        parts += [svg.text(_LEFT - 8, top + 22, bar.label, "end"), svg.text(right + 6, top + 22, money(sum(bar.amounts)), kind="strong")]
        top += 46
    parts.append(svg.line(zero, 4, zero, top - 6, "axis"))
    x, top = float(_LEFT), top + 10
    for group, shade in zip(groups, SHADES, strict=False):
        wide = 30 + 7.0 * len(group)
        if x + wide > WIDTH:
            x, top = float(_LEFT), top + 20
        parts += [_rect(x, top - 10, 12, 12, shade, group), svg.text(x + 17, top, group)]
        x += wide
    return svg.drawing(WIDTH, top + 10, label, parts)


def paired_columns(names: Sequence[str], first: Sequence[int], second: Sequence[int], legend: tuple[str, str], money: Money, label: str) -> Markup:
    """Return two columns for each name side by side, the first hollow, the second solid."""
    grid = ticks(min([0, *first, *second]), max([1, *first, *second]))
    height, top, bottom = 230.0, 30.0, 200.0
    scale = (bottom - top) / (grid[-1] - grid[0])
    parts = _grid(grid, bottom, scale, money)
    zero = bottom + grid[0] * scale
    step = (WIDTH - _LEFT - 10) / max(1, len(names))
    wide = min(26.0, step * 0.38)
    hollow = '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="#fff" stroke="#555" stroke-width="1.2"><title>{}</title></rect>'
    for at, (name, today, plan) in enumerate(zip(names, first, second, strict=True)):
        middle = _LEFT + step * (at + 0.5)
        parts.append(
            Markup(hollow).format(middle - wide, zero - max(today, 0) * scale, wide, max(abs(today) * scale, 0.0), f"{name}, {legend[0]}: {money(today)}")
        )
        parts.append(_rect(middle, zero - max(plan, 0) * scale, wide, abs(plan) * scale, SHADES[1], f"{name}, {legend[1]}: {money(plan)}"))
    parts += _names_below(names, step, bottom)
    parts.append(svg.line(_LEFT, zero, WIDTH - 10, zero, "axis"))
    parts.append(Markup(hollow).format(_LEFT, 5, 12, 12, legend[0]) + svg.text(_LEFT + 17, 15, legend[0]))
    second_at = _LEFT + 40 + 7.0 * len(legend[0])
    parts.append(_rect(second_at, 5, 12, 12, SHADES[1], legend[1]) + svg.text(second_at + 17, 15, legend[1]))
    return svg.drawing(WIDTH, height, label, parts)


@dataclass(frozen=True)
class Curve:
    """A line through one amount for each name; ``dashed`` tells it from another without colour."""

    label: str
    amounts: tuple[int, ...]
    dashed: bool = False


def curves(names: Sequence[str], lines: Sequence[Curve], money: Money, label: str) -> Markup:
    """Return lines over the names with a dot at each, nought marked, and a legend; the lowest point of each line below nought is written out."""
    amounts = [amount for line in lines for amount in line.amounts]
    grid = ticks(min([0, *amounts]), max([0, *amounts]))
    top, bottom = 30.0, 210.0
    scale = (bottom - top) / (grid[-1] - grid[0])
    parts = _grid(grid, bottom, scale, money)
    zero = bottom + grid[0] * scale
    step = (WIDTH - _LEFT - 10) / max(1, len(names))
    parts += [*_names_below(names, step, bottom), svg.line(_LEFT, zero, WIDTH - 10, zero, "axis")]
    at = float(_LEFT)
    for line, shade in zip(lines, SHADES, strict=False):
        places = [(_LEFT + step * (number + 0.5), zero - amount * scale) for number, amount in enumerate(line.amounts)]
        stroke = Markup('fill="none" stroke="{}" stroke-width="2"{}').format(shade, Markup(' stroke-dasharray="6 4"') if line.dashed else "")
        parts.append(Markup('<polyline points="{}" {}/>').format(" ".join(f"{x:.1f},{y:.1f}" for x, y in places), stroke))
        dot = '<circle cx="{:.1f}" cy="{:.1f}" r="3.2" fill="{}"><title>{}</title></circle>'
        parts += [
            Markup(dot).format(x, y, shade, f"{name}, {line.label}: {money(amount)}") for (x, y), name, amount in zip(places, names, line.amounts, strict=True)
        ]
        parts += [Markup('<line x1="{:.1f}" y1="11" x2="{:.1f}" y2="11" {}/>').format(at, at + 26, stroke), svg.text(at + 32, 15, line.label)]
        at += 62 + 7.0 * len(line.label)
    return svg.drawing(WIDTH, 242, label, [*parts, *_deepest(lines, step, zero, scale, money)])


def _deepest(lines: Sequence[Curve], step: float, zero: float, scale: float, money: Money) -> list[Markup]:
    """Write out the lowest point of the first line, when it lies below nought."""
    if not lines or min(lines[0].amounts, default=0) >= 0:
        return []
    lowest = min(lines[0].amounts)
    x = _LEFT + step * (lines[0].amounts.index(lowest) + 0.5)
    return [svg.text(x + 6, zero - lowest * scale + 15, money(lowest), kind="strong")]


def _grid(grid: Sequence[float], bottom: float, scale: float, money: Money) -> list[Markup]:
    parts = []
    for number in grid:
        y = bottom - (number - grid[0]) * scale
        parts += [svg.line(_LEFT, y, WIDTH - 10, y, "grid"), svg.text(_LEFT - 8, y + 4, money(number), "end")]
    return parts


def _names_below(names: Sequence[str], step: float, bottom: float) -> list[Markup]:
    """Write every name, or every so many where they would run into each other."""
    every = max(1, math.ceil(42 / step))
    return [svg.text(_LEFT + step * (at + 0.5), bottom + 20, name, "middle") for at, name in enumerate(names) if at % every == 0]


def share_bar(share: float) -> Markup:
    """Return a small bar filled to ``share`` of its width; more than all of it is drawn full and marked."""
    filled = min(max(share, 0.0), 1.0) * 60
    colour = SHADES[1] if share <= 1 else "#b3261e"
    return Markup(
        '<svg class="share" viewBox="0 0 62 10" width="62" height="10" aria-hidden="true">'
        '<rect x="0.5" y="0.5" width="61" height="9" fill="none" stroke="#999"/>'
        '<rect x="1" y="1" width="{:.1f}" height="8" fill="{}"/></svg>'
    ).format(filled, colour)

"""The parts of every chart as inline SVG: text is escaped, nothing is fetched."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup


def drawing(width: float, height: float, label: str, parts: Sequence[Markup]) -> Markup:
    """Return a drawing of ``parts``; ``label`` says what it shows to those who cannot see it."""
    opening = Markup('<svg class="chart" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">').format(width, height, label)
    return opening + Markup("\n").join(parts) + Markup("</svg>")


def text(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> Markup:
    """Return a line of text; ``anchor`` is start, middle or end, ``kind`` a class of the style sheet."""
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}" class="{}">{}</text>').format(x, y, anchor, kind, words)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """Return a straight line; ``kind`` is a class of the style sheet."""
    return Markup('<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" class="{}"/>').format(x1, y1, x2, y2, kind)

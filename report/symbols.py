"""Marks of the map: colours that the colour-blind tell apart, and shapes and dashes that need no colour."""

from __future__ import annotations

import math

from markupsafe import Markup

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette, without the yellow that vanishes on white paper."""

DASHES = ("", "7 3", "2 3", "9 3 2 3", "12 3", "4 2 1 2")
_CORNERS = ((4, 45.0), (3, -90.0), (4, 0.0), (5, -90.0), (3, 90.0), (6, 0.0))
"""Corners of a centre's shape and where the first one stands: square, triangle, diamond, pentagon, triangle on its tip, hexagon."""

GREY = "#666666"


def dash(model: int) -> str:
    """Return the dash of the commercial model with this position."""
    return DASHES[model % len(DASHES)]


def centre_symbol(x: float, y: float, model: int, fill: str, title: str = "", size: float = 8.0) -> Markup:
    """Return an open centre: its shape says the commercial model, its fill the cluster."""
    corners, first = _CORNERS[model % len(_CORNERS)]
    angles = [math.radians(first + 360 * corner / corners) for corner in range(corners)]
    points = " ".join(f"{x + size * math.cos(angle):.1f},{y + size * math.sin(angle):.1f}" for angle in angles)
    return Markup('<polygon points="{}" fill="{}" stroke="#fff" stroke-width="1.4">{}</polygon>').format(points, fill, title_of(title))


def unused_symbol(x: float, y: float, title: str = "") -> Markup:
    """Return a candidate centre that stays closed: a small cross."""
    cross = '<path d="M{:.1f} {:.1f}l6 6m0 -6l-6 6" stroke="{}" stroke-width="1.3" fill="none">{}</path>'
    return Markup(cross).format(x - 3, y - 3, GREY, title_of(title))


def body_symbol(x: float, y: float, radius: float, fill: str, share: float, title: str = "") -> Markup:
    """Return a body: solid when it shares everything, half solid when it shares something, hollow when it stays alone."""
    if share >= 1:
        return Markup('<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}" fill="{}" stroke="#fff" stroke-width="0.8">{}</circle>').format(
            x, y, radius, fill, title_of(title)
        )
    ring = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}" fill="#fff" stroke="{}" stroke-width="{:.1f}">{}</circle>').format(
        x, y, radius, fill if share > 0 else GREY, min(1.4, 0.35 * radius), title_of(title)
    )
    if share <= 0:
        return ring
    half = Markup('<path d="M{x:.1f} {top:.1f}a{r:.1f} {r:.1f} 0 0 0 0 {across:.1f}z" fill="{fill}"/>')
    return ring + half.format(x=x, top=y - radius, r=radius, across=2 * radius, fill=fill)


def spoke(x1: float, y1: float, x2: float, y2: float, stroke: str, dashes: str, title: str = "", width: float = 1.6) -> Markup:
    """Return the line from a body to its centre."""
    line = '<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}" stroke-width="{}" stroke-dasharray="{}">{}</line>'
    return Markup(line).format(x1, y1, x2, y2, stroke, width, dashes or "none", title_of(title))


def title_of(title: str) -> Markup:
    """Return a tooltip that needs no script; nothing for no text."""
    return Markup("<title>{}</title>").format(title) if title else Markup("")

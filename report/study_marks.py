"""How contenders and classes are told apart in pictures: by shade, by dash and by shape, so that any one of the three will do."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from report import svg
from report.plot import LETTER, shortened

_SHADES = ("#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
"""M. Okabe and K. Ito's (Color Universal Design, 2008), without yellow, which vanishes on white."""
_DASHES = ("", "9 4", "2 3", "12 3 2 3", "5 2", "14 5", "2 6", "8 3 2 3 2 3", "18 3 4 3")
_SHAPES = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
    "M-3.6 -3.6h7.2v7.2h-7.2z",
    "M0 -4.8l4.6 8h-9.2z",
    "M0 -5l5 5l-5 5l-5 -5z",
    "M0 4.8l4.6 -8h-9.2z",
    "M-3.6 -3.6l7.2 7.2m0 -7.2l-7.2 7.2",
    "M-4.6 0h9.2m-4.6 -4.6v9.2",
    "M-4.8 -2.4h9.6v4.8h-9.6z",
)
"""Circle, square, triangle, diamond, triangle on its tip, two crosses, bar."""
_ROW = 20.0
_SAMPLE = 36.0


def shade(number: int) -> str:
    """Return the colour of the contender or class with this position."""
    return _SHADES[number % len(_SHADES)]


def stroke(number: int) -> Markup:
    """Return how the line of the contender with this position is drawn."""
    dash = _DASHES[number % len(_DASHES)]
    return Markup('fill="none" stroke="{}" stroke-width="2" stroke-dasharray="{}"').format(shade(number), dash or "none")


def marker(x: float, y: float, number: int, *, fill: str = "#fff", title: str = "") -> Markup:
    """Return the shape of the contender or class with this position."""
    shape = '<path transform="translate({:.1f} {:.1f})" d="{}" fill="{}" stroke="{}" stroke-width="1.4">{}</path>'
    inside = Markup("<title>{}</title>").format(title) if title else Markup("")
    return Markup(shape).format(x, y, _SHAPES[number % len(_SHAPES)], fill, shade(number), inside)


def legend(names: Sequence[str], left: float, top: float, width: float, *, lines: bool = True) -> tuple[list[Markup], float]:
    """Return a sample and the name of each, in rows within ``width``, and where they end; ``lines`` samples the line besides the shape."""
    parts, x, y = [], left, top + 11
    for number, name in enumerate(names):
        said = shortened(name, width - _SAMPLE)
        sample = _SAMPLE if lines else _SAMPLE / 2
        wide = sample + 14 + LETTER * len(said)
        if x > left and x + wide > left + width:
            x, y = left, y + _ROW
        if lines:
            parts.append(Markup('<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" {}/>').format(x, y, x + 30, y, stroke(number)))
        parts += [marker(x + (15 if lines else 6), y, number), svg.text(x + sample, y + 4, said)]
        x += wide
    return parts, y + 9

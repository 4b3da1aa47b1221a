"""The frame of a plot as inline SVG: two axes with their marks, and where values fall between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from report import svg

LEAST_GAP = 1e-4
"""Gaps below this stand at the foot of a gap axis, whose scale is logarithmic."""
LEAST_SECONDS = 0.01
"""Clocks say little below: whatever took less is drawn there."""
_FINE = (1, 1.5, 2, 3, 4, 5, 6, 8)
_MOST_FINE = 6
LETTER = 7.0
"""Units a letter of small print is taken to be wide: the widest of the fonts a page may fall back to."""


@dataclass(frozen=True)
class Axis:
    """One direction of a plot: what it is, from where to where, and which values are marked how; values beyond its ends stand at them."""

    name: str
    low: float
    high: float
    marks: tuple[tuple[float, str], ...]
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """Return how far along the axis ``value`` stands, from 0 to 1."""
        held = min(max(value, self.low), self.high)
        if self.logarithmic:
            return math.log(held / self.low) / math.log(self.high / self.low)
        return (held - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Frame:
    """A rectangle with an axis below and one to the left."""

    across: Axis
    up: Axis
    left: float
    top: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        """Return the height of the axis below."""
        return self.top + self.height

    def x(self, value: float) -> float:
        """Return where ``value`` stands across."""
        return self.left + self.width * self.across.share(value)

    def y(self, value: float) -> float:
        """Return where ``value`` stands up."""
        return self.bottom - self.height * self.up.share(value)

    def place(self, across: float, up: float) -> tuple[float, float]:
        """Return where a pair of values stands."""
        return self.x(across), self.y(up)

    def drawn(self) -> list[Markup]:
        """Return the lines, marks and names of both axes."""
        right, parts = self.left + self.width, []
        for value, words in self.up.marks:
            parts += [svg.line(self.left, self.y(value), right, self.y(value), "grid"), svg.text(self.left - 8, self.y(value) + 4, words, "end")]
        for value, words in self.across.marks:
            parts += [svg.line(self.x(value), self.bottom, self.x(value), self.bottom + 4, "axis"), svg.text(self.x(value), self.bottom + 17, words, "middle")]
        parts.append(svg.line(self.left, self.bottom, right, self.bottom, "axis"))
        if self.across.name:
            parts.append(svg.text(self.left + self.width / 2, self.bottom + 36, self.across.name, "middle"))
        if self.up.name:
            x, middle = self.left - 52, self.top + self.height / 2
            turned = '<text x="{:.1f}" y="{:.1f}" text-anchor="middle" transform="rotate(-90 {:.1f} {:.1f})">{}</text>'
            parts.append(Markup(turned).format(x, middle, x, middle, self.up.name))
        return parts


def seconds_axis(low: float, high: float, *, name: str = "seconds (logarithmic)", most: int = 14) -> Axis:
    """Return an axis of seconds, clocks below a hundredth taken as that, with at most about ``most`` marks."""
    return logarithmic_axis(name, max(low, LEAST_SECONDS), high, most=most)


def logarithmic_axis(name: str, low: float, high: float, *, most: int = 14) -> Axis:
    """Return a logarithmic axis of positive values; ``high`` is moved up where it is not above ``low``."""
    high = max(high, low * 1.5)
    return Axis(name, low, high, tuple((value, f"{value:g}") for value in decades(low, high, most)), logarithmic=True)


def share_axis(name: str) -> Axis:
    """Return an axis from 0 to 100 %."""
    return Axis(name, 0.0, 1.0, tuple((share, f"{share:.0%}") for share in (0.0, 0.25, 0.5, 0.75, 1.0)))


def count_axis(name: str, high: int) -> Axis:
    """Return an axis of whole numbers from 0 to ``high``, which is marked."""
    step = next(factor * 10**power for power in range(12) for factor in (1, 2, 5) if high <= 6 * factor * 10**power)
    marks = [value for value in range(0, high, step) if value == 0 or high - value >= step / 2]
    return Axis(name, 0.0, float(high), tuple((float(value), f"{value:,}") for value in [*marks, high]))


def gap_axis(name: str) -> Axis:
    """Return a logarithmic axis of gaps up to 100 %."""
    marks = ((LEAST_GAP, f"≤ {LEAST_GAP:.2%}"), (1e-3, "0.1%"), (1e-2, "1%"), (0.1, "10%"), (1.0, "100%"))
    return Axis(name, LEAST_GAP, 1.0, marks, logarithmic=True)


def decades(low: float, high: float, most: int = 14) -> list[float]:
    """Return round numbers within ``low`` and ``high``, at most about ``most``: as fine as fits, from eight in each power of ten to every so manieth power."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [low, high]
    for factors, every in ((_FINE, 1), ((1, 2, 5), 1), *(((1,), every) for every in range(1, len(powers) + 1))):
        found = [number for power in powers[::every] for factor in factors if low * 0.999 <= (number := factor * 10.0**power) <= high * 1.001]
        if len(found) <= (_MOST_FINE if factors is _FINE else most):
            break
    return found if len(found) > 1 else [float(f"{low:.2g}"), float(f"{high:.2g}")]


def wrapped(words: str, width: float) -> list[str]:
    """Return ``words`` as lines of small print that fit in ``width``."""
    import textwrap

    return textwrap.wrap(words, max(8, int(width / LETTER)))


def shortened(words: str, width: float) -> str:
    """Return ``words``, cut in the middle where they would be wider than ``width``: ends often differ where beginnings do not."""
    most = max(5, int(width / LETTER))
    if len(words) <= most:
        return words
    return f"{words[: most // 2]}…{words[len(words) - (most - most // 2 - 1) :]}"


def points(places: Sequence[tuple[float, float]]) -> str:
    """Return places as SVG writes them."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)

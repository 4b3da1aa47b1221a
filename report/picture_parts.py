"""What every picture of a study begins with."""

from __future__ import annotations

from markupsafe import Markup

from report import svg
from report.plot import shortened, wrapped

WIDTH = 720.0
_LINE = 16.0
_BOLD = 1.3
"""How much wider a letter of the title is than one of the small print."""


def headed(title: str, note: str, width: float) -> tuple[list[Markup], float]:
    """Return the title and, in small print below it, what the picture shows and what is better; and where they end."""
    parts = [svg.text(8, 18, shortened(title, (width - 8) / _BOLD), kind="title")]
    lines = wrapped(note, width - 16)
    parts += [svg.text(8, 38 + _LINE * number, line, kind="note") for number, line in enumerate(lines)]
    return parts, 38 + _LINE * len(lines)

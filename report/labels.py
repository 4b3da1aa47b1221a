"""Places labels on a drawing so that none covers another or a mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LINE_HEIGHT = 13.0
_LETTER = 6.1
"""Mean width of a letter at the labels' size, a little on the wide side so that other fonts fit too."""
LONGEST = 30


@dataclass(frozen=True)
class Box:
    """A rectangle, edges included."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: Box) -> float:
        """Return the area both cover."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return wide * high if wide > 0 and high > 0 else 0.0


@dataclass(frozen=True)
class Anchor:
    """What is to be labelled: where, how large its mark is, the text, and whether it must be labelled even when crowded."""

    x: float
    y: float
    radius: float
    text: str
    needed: bool = False


@dataclass(frozen=True)
class Label:
    """A label in its place; ``x`` is the end that ``align`` (an SVG text-anchor) names, ``y`` the base line."""

    x: float
    y: float
    align: str
    text: str
    needed: bool


def shortened(text: str, longest: int = LONGEST) -> str:
    """Return the text cut to ``longest`` letters."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def place(anchors: Sequence[Anchor], width: float, height: float) -> list[Label]:
    """Return labels for ``anchors``, those needed first; one that fits nowhere is left out unless it is needed."""
    taken = [Box(one.x - one.radius, one.y - one.radius, one.x + one.radius, one.y + one.radius) for one in anchors]
    labels = []
    for anchor in sorted(anchors, key=lambda one: not one.needed):
        text = shortened(anchor.text)
        options = [(_crowding(box, taken, width, height), label, box) for label, box in _options(anchor, text)]
        crowding, label, box = min(options, key=lambda option: option[0])
        if crowding > 0 and not anchor.needed:
            continue
        taken.append(box)
        labels.append(label)
    return labels


def _options(anchor: Anchor, text: str) -> list[tuple[Label, Box]]:
    wide, away = len(text) * _LETTER, anchor.radius + 3
    spots = [
        (anchor.x + away, anchor.y + 4, "start"),
        (anchor.x - away, anchor.y + 4, "end"),
        (anchor.x, anchor.y - away - 2, "middle"),
        (anchor.x, anchor.y + away + 10, "middle"),
        (anchor.x + away * 0.7, anchor.y - away * 0.7 - 2, "start"),
        (anchor.x + away * 0.7, anchor.y + away * 0.7 + 9, "start"),
        (anchor.x - away * 0.7, anchor.y - away * 0.7 - 2, "end"),
        (anchor.x - away * 0.7, anchor.y + away * 0.7 + 9, "end"),
    ]
    shift = {"start": 0.0, "middle": wide / 2, "end": wide}
    return [(Label(x, y, align, text, anchor.needed), Box(x - shift[align], y - 10, x - shift[align] + wide, y - 10 + LINE_HEIGHT)) for x, y, align in spots]


def _crowding(box: Box, taken: Sequence[Box], width: float, height: float) -> float:
    inside = box.overlap(Box(0, 0, width, height))
    outside = (box.right - box.left) * (box.bottom - box.top) - inside
    # Text cut off at the edge is worse than text that touches something.
    return 10 * max(outside, 0.0) + sum(box.overlap(other) for other in taken)

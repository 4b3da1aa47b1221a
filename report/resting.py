"""The choices of a plan that rest on figures of grade C or D, as the page lists them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from report.money import counted, short_money
from solver.sensitivity.resting import quickly_told, resting_choices

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from report.view import RunView

_MOST_ROWS = 60


@dataclass(frozen=True)
class RestingSection:
    """Rows to show, and what a reader must know of them; no rows and a note alone where the list was not worked out."""

    rows: list[dict[str, Any]]
    note: str


def resting(view: RunView) -> RestingSection | None:
    """Return the plan's choices that a figure of grade C or D can turn; ``None`` without a plan that keeps the rules."""
    if view.plan is None or view.audit is None or not view.audit.ok or not view.spokes:
        return None
    if not quickly_told(view.instance, view.plan):
        return RestingSection([], "Which choices rest on such figures was not worked out for this page, as it would take minutes here. To list them:")
    found, tested = resting_choices(view.instance, view.plan)
    named = _naming({**view.body_names, **view.centre_names})
    rows = [
        {
            "choice": named(one.choice),
            "otherwise": named(one.otherwise),
            "dearer_by": "" if one.dearer_by is None else short_money(one.dearer_by, view.currency),
            "figure": named(one.figure),
            "grade": one.grade,
            "flips_at": one.flips_at,
        }
        for one in found[:_MOST_ROWS]
    ]
    turned = len({(one.kind, one.choice) for one in found})
    note = (
        f"{counted(tested, 'choice')} {'was' if tested == 1 else 'were'} held against the plans next to this one, one figure of grade C or D moved at a time "
        f"within the interval of its grade; {turned:,} of them would turn."
    )
    if len(found) > len(rows):
        note += f" The first {len(rows)} of {len(found):,} ways are shown."
    return RestingSection(rows, note)


def _naming(names: Mapping[str, str]) -> Callable[[str], str]:
    """Return what puts names in place of ids that stand in a text as words of their own."""
    known = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True))
    words = re.compile(rf"(?<![\w-])(?:{known})(?![\w-])")

    def named(text: str) -> str:
        return words.sub(lambda found: names[found.group()], text)

    return named

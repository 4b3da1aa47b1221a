"""Who leads a study, and by how much more than the next."""

from __future__ import annotations

from dataclasses import dataclass

from solver.study.averages import Ratio
from solver.study.summary import VIRTUAL_BEST, Standing, Table, pairs, standings


@dataclass(frozen=True)
class Lead:
    """The contender with the best standing, the next, and how their times compare: a ratio above 1 says how many times as long the next takes."""

    first: Standing
    second: Standing | None
    ratio: Ratio | None


def by_standing(table: Table) -> list[Standing]:
    """Return the contenders, best first: by shifted mean time where every run has one to count, then by runs solved, wins and distance to the best plan."""
    found = [one for one in standings(table) if one.contender != VIRTUAL_BEST]
    timed = all(one.mean_s is not None for one in found)

    def key(one: Standing) -> tuple[float, ...]:
        far = 1.0 if one.gap_to_best is None else one.gap_to_best
        return (one.mean_s or 0.0 if timed else 0.0, -one.solved, -one.wins, far)

    return sorted(found, key=key)


def lead(table: Table) -> Lead | None:
    """Return who leads; ``None`` when there is nothing to compare."""
    if not table.rows:
        return None
    first, second, *_ = [*by_standing(table), None]
    if first is None or second is None:
        return None if first is None else Lead(first, None, None)
    return Lead(first, second, _ratio(table, first.contender, second.contender))


def _ratio(table: Table, first: str, second: str) -> Ratio | None:
    """Return the ratio of the times of ``second`` to those of ``first``."""
    return next((pair.ratio for pair in pairs(Table((second, first), table.rows, 0))), None)

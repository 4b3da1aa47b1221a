"""Two contenders face to face: the seconds of both on every instance and seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

from solver.study.leading import by_standing
from solver.study.records import Record
from solver.study.summary import Table

MOST_ALL_PAIRS = 6
"""Up to so many contenders each meets each: 15 duels; among more the best meets each other."""


@dataclass(frozen=True)
class Meeting:
    """One instance and seed; seconds are ``None`` where not solved."""

    instance: str
    group: str
    seed: int
    first_s: float | None
    second_s: float | None


@dataclass(frozen=True)
class Duel:
    """Every meeting of two contenders."""

    first: str
    second: str
    meetings: tuple[Meeting, ...]

    @property
    def first_ahead(self) -> int:
        """Return in how many meetings the first was faster or alone in solving."""
        return self._count(_ahead)

    @property
    def second_ahead(self) -> int:
        """Return in how many meetings the second was faster or alone in solving."""
        return self._count(lambda first, second: _ahead(second, first))

    @property
    def neither(self) -> int:
        """Return how many meetings neither solved."""
        return self._count(lambda first, second: first is None and second is None)

    def _count(self, holds: Callable[[float | None, float | None], bool]) -> int:
        return sum(holds(one.first_s, one.second_s) for one in self.meetings)


def duels(table: Table) -> list[Duel]:
    """Return the duels of each two contenders or, of more than six, of the best standing with each other; empty when nobody solved anything."""
    if not any(record.solved for row in table.rows.values() for record in row.values()):
        return []
    if len(table.contenders) <= MOST_ALL_PAIRS:
        sides = list(combinations(table.contenders, 2))
    else:
        best = by_standing(table)[0].contender
        sides = [(best, name) for name in table.contenders if name != best]
    return [Duel(first, second, tuple(_meeting(row[first], row[second]) for row in table.rows.values())) for first, second in sides]


def _meeting(first: Record, second: Record) -> Meeting:
    return Meeting(first.instance, first.group, first.seed, *(one.seconds if one.solved else None for one in (first, second)))


def _ahead(one: float | None, other: float | None) -> bool:
    return one is not None and (other is None or one < other)

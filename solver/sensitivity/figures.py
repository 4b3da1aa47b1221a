"""Reads ``figures.toml``: how far figures can be off, by grade, age and kind."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FIGURES = Path(__file__).with_name("figures.toml")
DOUBTFUL = ("C", "D")
"""Grades on which a choice should not rest unseen."""


@dataclass(frozen=True)
class Interval:
    """A figure x lies from ``x (1 + low)`` to ``x (1 + high)``."""

    low: float
    high: float

    def widened(self, points: float) -> Interval:
        """Return the interval with each side moved out by ``points``; a figure never loses more than all of itself."""
        return Interval(max(-1.0, self.low - points), self.high + points)


@dataclass(frozen=True)
class Grade:
    """What a confidence grade means, and how far a cost and a saving rate of that grade can be off."""

    meaning: str
    cost: Interval
    saving_rate: Interval
    mark: str


@dataclass(frozen=True)
class Range:
    """The ends at which a parameter is tried, with the evidence for them."""

    low: float
    high: float
    mark: str
    source: str


@dataclass(frozen=True)
class Stress:
    """Factors of the reference class on one-off costs and on benefits."""

    one_off: float
    benefits: float
    mark: str
    source: str


@dataclass(frozen=True)
class Figures:
    """Everything in ``figures.toml``."""

    grades: Mapping[str, Grade]
    grade_of_mark: Mapping[str, str]
    tornado: Mapping[str, Range]
    stress: Stress
    free_years: int
    points_a_year: float
    most_points: float

    def widening(self, price_year: int | None, start_year: int) -> float:
        """Return by how much each side of an interval widens with age: 2 points for each year beyond the second, 20 at most."""
        if price_year is None:
            return 0.0
        return min(self.most_points, max(0, start_year - price_year - self.free_years) * self.points_a_year)


@cache
def figures() -> Figures:
    """Return the figures; read once."""
    stored: dict[str, Any] = tomllib.loads(FIGURES.read_text(encoding="utf-8"))
    grades = {name: Grade(one["meaning"], Interval(*one["cost"]), Interval(*one["saving_rate"]), one["mark"]) for name, one in sorted(stored["grade"].items())}
    ageing, stress = stored["ageing"], stored["stress"]
    return Figures(
        grades=grades,
        grade_of_mark={mark: grade for mark, grade in stored["grade_of_mark"].items() if mark != "mark"},
        tornado={name: Range(**one) for name, one in stored["tornado"].items()},
        stress=Stress(stress["one_off"], stress["benefits"], stress["mark"], stress["source"]),
        free_years=ageing["free_years"],
        points_a_year=ageing["points_a_year"],
        most_points=ageing["most"],
    )

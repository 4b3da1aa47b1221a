"""The figures of grade C or D that a choice rests on, and the instance with one of them moved within its interval."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from models.schema import EVERY
from solver.sensitivity.figures import DOUBTFUL, Interval
from solver.sensitivity.variants import cost_interval, graded, saving_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.instance import Instance

_BAND_COSTS = ("set_up_cost", "fixed_cost", "unit_cost")


ENDS = ("low", "high")
"""The ends of an interval, in the order in which they are tried."""


def moved_cost(cost: NDArray[np.int64], by: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return whole money moved by a share of itself, shape (n,)."""
    return np.rint(cost * (1.0 + by)).astype(np.int64)


def moved_rate(rate: NDArray[np.float64], by: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rates of saving moved by a share of themselves, within -1 and 1, shape (n,)."""
    return np.clip(rate * (1.0 + by), -1.0, 1.0)


@dataclass(frozen=True)
class Figure:
    """One figure, or several that move together, of grade C or D.

    Attributes
    ----------
    name, grade
        What it is, and the least trusted grade among them.
    today
        Its value when it is one figure; ``None`` for several.
    interval
        The widest among them.
    moved
        The instance's arrays with the figure moved some share (0 to 1) of the way to its ``low`` or ``high`` end.
    """

    name: str
    grade: str
    today: float | None
    interval: Interval
    moved: Callable[[str, float], InstanceArrays]


@dataclass(frozen=True)
class Doubts:
    """The doubtful figures of an instance."""

    instance: Instance
    arrays: InstanceArrays

    def of_unit(self, unit: int) -> Iterator[Figure]:
        """Yield today's cost of one unit; nothing when it is better founded."""
        body, service = self.arrays.bodies[self.arrays.unit_body[unit]], self.arrays.services[self.arrays.unit_service[unit]]
        yield from self.of_units([unit], f"annual_cost of {service} at {body}")

    def of_units(self, units: Iterable[int], name: str) -> Iterator[Figure]:
        """Yield today's cost of some units, those of grade C or D moved together; nothing when none of them is."""
        grades = self._unit_grades
        some = [unit for unit in units if grades[unit] in DOUBTFUL]
        if not some:
            return
        intervals = {grade: self._cost_intervals[grade] for grade in {grades[unit] for unit in some}}

        def moved(end: str, share: float) -> InstanceArrays:
            cost = self.arrays.unit_annual_cost.copy()
            cost[some] = moved_cost(cost[some], np.array([share * getattr(intervals[grades[unit]], end) for unit in some]))
            return dataclasses.replace(self.arrays, unit_annual_cost=cost)

        today = float(self.arrays.unit_annual_cost[some[0]]) if len(some) == 1 else None
        worst = max(grades[unit] for unit in some)
        yield Figure(name, worst, today, intervals[worst], moved)

    def of_model(self, model: int) -> Iterator[Figure]:
        """Yield the process-saving rate of a commercial model; nothing when it is 0 or better founded."""
        name = self.arrays.commercial_models[model]
        grade = self._model_grades[name]
        rate = float(self.arrays.model_process_saving_rate[model])
        if rate == 0 or grade not in DOUBTFUL:
            return
        interval = saving_interval(self.instance, grade)

        def moved(end: str, share: float) -> InstanceArrays:
            rates = self.arrays.model_process_saving_rate.copy()
            rates[[model]] = moved_rate(rates[[model]], np.array([share * getattr(interval, end)]))
            return dataclasses.replace(self.arrays, model_process_saving_rate=rates)

        yield Figure(f"process_saving_rate of {name}", grade, rate, interval, moved)

    def of_bands(self, centre: int, services: Iterable[int]) -> Iterator[Figure]:
        """Yield each cost of the bands of some services at a centre, all sizes moved together; nothing for costs of 0 or better founded ones."""
        wanted = sorted(services)
        rows = np.flatnonzero((self.arrays.band_centre == centre) & np.isin(self.arrays.band_service, wanted))
        names = [self.arrays.services[service] for service in wanted]
        table = self.instance.tables["bands"]
        stated = table["service"].isin(names) & table["centre"].isin([self.arrays.centres[centre], EVERY])
        for column in _BAND_COSTS:
            grades = self._band_grades[column][stated.to_numpy(dtype=bool)]
            worst = max((str(grade) for grade in grades), default="A")
            values = getattr(self.arrays, f"band_{column}")
            if worst not in DOUBTFUL or not values[rows].any():
                continue
            yield self._band_cost(column, rows, f"{column} of {', '.join(names)} at {self.arrays.centres[centre]}", worst)

    def _band_cost(self, column: str, rows: np.ndarray[tuple[int], np.dtype[np.int64]], name: str, grade: str) -> Figure:
        interval = cost_interval(self.instance, grade)
        field = f"band_{column}"

        def moved(end: str, share: float) -> InstanceArrays:
            values = getattr(self.arrays, field)
            cost = values.astype(np.float64)
            cost[rows] *= 1.0 + share * getattr(interval, end)
            return dataclasses.replace(self.arrays, **{field: cost if column == "unit_cost" else np.rint(cost).astype(np.int64)})

        return Figure(name, grade, None, interval, moved)

    @cached_property
    def _cost_intervals(self) -> dict[str, Interval]:
        return {grade: cost_interval(self.instance, grade) for grade in DOUBTFUL}

    @cached_property
    def _model_grades(self) -> dict[str, str]:
        names = self.instance.tables["commercial_models"]["commercial_model"].tolist()
        return dict(zip(names, graded(self.instance, "commercial_models", "process_saving_rate"), strict=True))

    @cached_property
    def _band_grades(self) -> dict[str, NDArray[np.str_]]:
        return {column: np.array(graded(self.instance, "bands", column)) for column in _BAND_COSTS}

    @cached_property
    def _unit_grades(self) -> list[str]:
        baseline = self.instance.tables["baseline"]
        grade = dict(zip(zip(baseline["body"], baseline["service"], strict=True), baseline["confidence_grade"], strict=True))
        arrays = self.arrays
        return [str(grade[arrays.bodies[body], arrays.services[service]]) for body, service in zip(arrays.unit_body, arrays.unit_service, strict=True)]

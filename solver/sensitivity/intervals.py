"""How far the plan's figures can be off by their grades, and what that does to its cost and saving."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solver.sensitivity.figures import Interval, figures
from solver.sensitivity.repricing import repriced
from solver.sensitivity.variants import cost_interval, graded, saving_interval, with_costs_at, with_savings_at

if TYPE_CHECKING:
    from models.instance import Instance
    from models.plan import Plan


@dataclass(frozen=True)
class GradeInterval:
    """Figures of one grade, at both ends of their interval all at once, and this plan re-priced there.

    Attributes
    ----------
    figure, grade, meaning
        What the figures are and how well founded.
    count
        How many.
    interval
        Multiplicative, widened for age.
    today
        Their sum (costs, money a year) or the rate itself (a single saving rate).
    cost_low, cost_high, saving_low, saving_high
        Of this plan with these figures at their low and high end.
    """

    figure: str
    grade: str
    meaning: str
    count: int
    interval: Interval
    today: float
    cost_low: int
    cost_high: int
    saving_low: int
    saving_high: int


def grade_intervals(instance: Instance, plan: Plan) -> Iterator[GradeInterval]:
    """Yield today's costs by grade, all of them together, and the process-saving rates of all models by theirs."""
    known = figures().grades
    baseline = instance.tables["baseline"]
    present = [grade for grade in known if (baseline["confidence_grade"] == grade).any()]
    for grade in present:
        rows = baseline[baseline["confidence_grade"] == grade]
        low, high = (repriced(with_costs_at(instance, end, (grade,)), plan) for end in ("low", "high"))
        interval, today = cost_interval(instance, grade), float(rows["annual_cost"].sum())
        yield GradeInterval("annual_cost", grade, known[grade].meaning, len(rows), interval, today, low.cost, high.cost, low.saving, high.saving)
    models = instance.tables["commercial_models"]
    used = {cluster.commercial_model for cluster in plan.clusters}
    low, high = (repriced(with_savings_at(instance, end), plan) for end in ("low", "high"))
    grades = graded(instance, "commercial_models", "process_saving_rate")
    for name, rate, grade in zip(models["commercial_model"], models["process_saving_rate"], grades, strict=True):
        if name in used and rate:
            interval = saving_interval(instance, grade)
            figure = f"process_saving_rate of {name}"
            yield GradeInterval(figure, grade, known[grade].meaning, 1, interval, float(rate), low.cost, high.cost, low.saving, high.saving)

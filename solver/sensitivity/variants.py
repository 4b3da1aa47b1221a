"""Variants of an instance, one figure or setting moved: instance in, instance out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from models.evidence import marks
from solver.sensitivity.figures import Interval, figures

if TYPE_CHECKING:
    from models.instance import Instance

_LARGEST_RATE = 1.0


def widening(instance: Instance) -> float:
    """Return by how much intervals widen for the age of the instance's prices."""
    return figures().widening(instance.settings.price_year, instance.appraisal.start_year)


def cost_interval(instance: Instance, grade: str) -> Interval:
    """Return how far a cost of ``grade`` can be off in this instance."""
    return figures().grades[grade].cost.widened(widening(instance))


def saving_interval(instance: Instance, grade: str) -> Interval:
    """Return how far a saving rate of ``grade`` can be off in this instance."""
    return figures().grades[grade].saving_rate.widened(widening(instance))


def graded(instance: Instance, table: str, column: str) -> list[str]:
    """Return the grade of each cell of a column, taken from its evidence mark (rows of ``baseline`` carry their own)."""
    if table == "baseline":
        return [str(grade) for grade in instance.tables["baseline"]["confidence_grade"]]
    return [figures().grade_of_mark[str(mark)] for mark in marks(instance, table, column)]


def with_costs_at(instance: Instance, end: str, grades: tuple[str, ...] = ("A", "B", "C", "D")) -> Instance:
    """Return the variant in which today's costs of the named grades lie at the ``low`` or ``high`` end of their interval."""
    factor = {grade: 1.0 + getattr(cost_interval(instance, grade), end) if grade in grades else 1.0 for grade in figures().grades}
    baseline = instance.tables["baseline"]
    moved = np.rint(baseline["annual_cost"].to_numpy(dtype=float) * baseline["confidence_grade"].map(factor).to_numpy(dtype=float)).astype(np.int64)
    return instance.replace(baseline=baseline.assign(annual_cost=moved))


def with_savings_at(instance: Instance, end: str) -> Instance:
    """Return the variant in which the process-saving rate of every commercial model lies at the ``low`` or ``high`` end of its interval."""
    models = instance.tables["commercial_models"]
    rates = []
    for rate, grade in zip(models["process_saving_rate"].tolist(), graded(instance, "commercial_models", "process_saving_rate"), strict=True):
        interval = saving_interval(instance, grade)
        ends = sorted((rate * (1 + interval.low), rate * (1 + interval.high)))
        rates.append(min(_LARGEST_RATE, max(-_LARGEST_RATE, ends[0 if end == "low" else 1])))
    return instance.replace(commercial_models=models.assign(process_saving_rate=rates))


def with_bands_at(instance: Instance, column: str, end: str) -> Instance:
    """Return the variant in which a cost of every band lies at the ``low`` or ``high`` end of its interval."""
    bands = instance.tables["bands"]
    factor = np.array([1.0 + getattr(cost_interval(instance, grade), end) for grade in graded(instance, "bands", column)])
    moved = bands[column].to_numpy(dtype=float) * factor
    return instance.replace(bands=bands.assign(**{column: np.rint(moved).astype(np.int64) if column != "unit_cost" else moved}))


def with_saving_shift(instance: Instance, points: float) -> Instance:
    """Return the variant in which every model's process-saving rate is higher by ``points`` (a share), within -1 and 1."""
    models = instance.tables["commercial_models"]
    return instance.replace(commercial_models=models.assign(process_saving_rate=(models["process_saving_rate"] + points).clip(-1.0, 1.0)))


def with_margin_shift(instance: Instance, points: float) -> Instance:
    """Return the variant in which every model's margin is higher by ``points`` (a share), within 0 and 1."""
    models = instance.tables["commercial_models"]
    return instance.replace(commercial_models=models.assign(margin_rate=(models["margin_rate"] + points).clip(0.0, 1.0)))


def with_margin_factor(instance: Instance, factor: float) -> Instance:
    """Return the variant in which every model's margin is multiplied, within 0 and 1."""
    models = instance.tables["commercial_models"]
    return instance.replace(commercial_models=models.assign(margin_rate=(models["margin_rate"] * factor).clip(0.0, 1.0)))


def with_set_up_uplift(instance: Instance, uplift: float) -> Instance:
    """Return the variant in which set-up costs are uplifted by ``uplift`` (a share)."""
    bias: Mapping[str, float] = {**instance.appraisal.optimism_bias, "set_up": uplift}
    return instance.replace(appraisal=dataclasses.replace(instance.appraisal, optimism_bias=bias))


def with_discount_rate(instance: Instance, rate: float) -> Instance:
    """Return the variant discounted at one rate in every year."""
    return instance.replace(appraisal=dataclasses.replace(instance.appraisal, discount_rates=((0, rate),)))


def with_ramp_delay(instance: Instance, years: int) -> Instance:
    """Return the variant in which the new way of working comes into force ``years`` later; until then nothing of it is."""
    ramp = (*([0.0] * years), *instance.appraisal.saving_ramp)
    return instance.replace(appraisal=dataclasses.replace(instance.appraisal, saving_ramp=ramp))


def with_horizon(instance: Instance, years: int) -> Instance:
    """Return the variant appraised over ``years``."""
    return instance.replace(appraisal=dataclasses.replace(instance.appraisal, horizon_years=years))

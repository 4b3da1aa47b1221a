"""Switching values: where the plan stops saving, and where another plan becomes the best one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.arrays import instance_arrays
from models.findings import InvalidInstance
from solver.judgement import Stop
from solver.sensitivity.beside import beside
from solver.sensitivity.joining import joining, without_bodies, worst_order
from solver.sensitivity.leavers import leaving, left_by
from solver.sensitivity.repricing import repriced
from solver.sensitivity.roots import TOLERANCE, sign_change
from solver.sensitivity.variants import with_margin_shift, with_saving_shift, with_set_up_uplift
from solver.solve import solve

if TYPE_CHECKING:
    from models.instance import Instance
    from models.plan import Plan

_LARGEST_UPLIFT = 20.0
"""Twenty times the cost again; nothing seen went further."""


@dataclass(frozen=True)
class Resolving:
    """How to re-solve: by which back end, how long each time, and how often for one switching value."""

    solver: str
    time_limit: float | None
    most_solves: int = 12


@dataclass(frozen=True)
class Switching:
    """One parameter's switching values.

    Attributes
    ----------
    parameter, unit
        What is moved.
    today
        Its value in the instance.
    no_saving_at
        The value at which the plan's saving against carrying on as today is gone (or comes, when it has none); ``None``: at no value tried.
    other_plan_below, other_plan_above
        Below and above which another plan is the best one; ``None``: at no value tried, or not asked for.
    low, high
        The values tried.
    note
        What a reader must know, such as that a solve ran out of time.
    solves
        How often the instance was re-solved.
    """

    parameter: str
    unit: str
    today: float
    no_saving_at: float | None
    other_plan_below: float | None
    other_plan_above: float | None
    low: float
    high: float
    note: str = ""
    solves: int = 0


@dataclass(frozen=True)
class _Parameter:
    name: str
    unit: str
    today: float
    low: float
    high: float
    vary: Callable[[Instance, float], Instance]


def switching_values(instance: Instance, plan: Plan, resolving: Resolving | None = None) -> Iterator[Switching]:
    """Yield the switching values of ``plan``: re-priced for its saving and, with ``resolving``, re-solved for another best plan.

    Exact to :data:`~solver.sensitivity.roots.TOLERANCE`.
    """
    used = {cluster.commercial_model for cluster in plan.clusters}
    if not used:
        return
    for parameter in _parameters(instance, used):
        yield _switching(instance, plan, parameter, resolving)
    yield _bodies(instance, plan, resolving)


def _parameters(instance: Instance, used: set[str]) -> Iterator[_Parameter]:
    models = instance.tables["commercial_models"]
    of_plan = models[models["commercial_model"].isin(used)]
    rates, margins = of_plan["process_saving_rate"], of_plan["margin_rate"]
    yield _Parameter("process saving", "points added to every model's rate", 0.0, -1.0 - float(rates.min()), 1.0 - float(rates.max()), with_saving_shift)
    uplift = float(instance.appraisal.optimism_bias.get("set_up", 0.0))
    yield _Parameter("set-up uplift", "share of set-up cost", uplift, 0.0, max(_LARGEST_UPLIFT, 2 * uplift), with_set_up_uplift)
    yield _Parameter("margin", "points added to every model's rate", 0.0, 0.0 - float(margins.min()), 1.0 - float(margins.max()), with_margin_shift)


def _switching(instance: Instance, plan: Plan, parameter: _Parameter, resolving: Resolving | None) -> Switching:
    def saving(value: float) -> float:
        return repriced(parameter.vary(instance, value), plan).saving

    zero = next((found for end in (parameter.low, parameter.high) if (found := sign_change(saving, parameter.today, end)) is not None), None)
    below = above = None
    notes: list[str] = []
    solves = 0
    if resolving is not None:
        (below, told_below, first), (above, told_above, second) = (
            _other_plan(instance, plan, parameter, end, resolving) for end in (parameter.low, parameter.high)
        )
        notes, solves = [told for told in (told_below, told_above) if told], first + second
    return Switching(
        parameter=parameter.name,
        unit=parameter.unit,
        today=parameter.today,
        no_saving_at=zero,
        other_plan_below=below,
        other_plan_above=above,
        low=parameter.low,
        high=parameter.high,
        note="; ".join(notes),
        solves=solves,
    )


def _other_plan(instance: Instance, plan: Plan, parameter: _Parameter, end: float, resolving: Resolving) -> tuple[float | None, str, int]:
    """Return (value at which another plan becomes the best one on the way to ``end``, note, solves).

    Every plan's cost is a straight line in the parameter, rounding apart. From the end inwards: where the best plan there and the given one cost
    the same is tried next, until the given one is the best at such a point (M. J. Eisner and D. G. Severance, 1976, on the lower envelope of lines).
    """
    value, solves = end, 0
    if value == parameter.today:
        return None, "", 0
    while solves < resolving.most_solves:
        variant = parameter.vary(instance, value)
        run = solve(variant, resolving.solver, time_limit=resolving.time_limit, start=plan)
        solves += 1
        if run.plan is None or run.cost is None or run.disagreement:
            return None, f"{parameter.name} {value:g}: {run.disagreement or run.message or 'no plan'}", solves
        mine = repriced(variant, plan).cost
        if run.cost >= mine:
            proven = run.stop is Stop.PROVED
            note = "" if proven else f"{parameter.name} {value:g}: no better plan was found, which is not proven"
            return (None if value == end else value), note, solves
        other = run.plan

        def dearer(at: float, other: Plan = other) -> float:
            moved = parameter.vary(instance, at)
            return repriced(moved, plan).cost - repriced(moved, other).cost

        if dearer(parameter.today) > 0:
            return parameter.today, f"{parameter.name}: another plan is cheaper already today", solves
        found = sign_change(dearer, parameter.today, value)
        if found is None or abs(found - value) <= TOLERANCE:
            return value, f"{parameter.name}: not settled nearer to today than {value:g}", solves
        value = found
    return value, f"{parameter.name}: another plan is the best from {value:g} on at the latest; {solves} solves did not settle where it begins", solves


def _savings_without(instance: Instance, plan: Plan, order: list[str]) -> Iterator[int]:
    """Yield what the plan saves with none of ``order`` gone, then the first, then the first two, and so on."""
    arrays = instance_arrays(instance)
    here, saving = beside(instance, arrays, plan), repriced(instance, plan, arrays).saving
    for out in range(len(order) + 1):
        yield saving - here.money_dearer(left_by(here.view, [arrays.body_position[body] for body in order[:out]]))


def _bodies(instance: Instance, plan: Plan, resolving: Resolving | None) -> Switching:
    """Return how many joining bodies the plan needs, those that matter most staying out first, and how many staying out change it for the rest."""
    order = worst_order(instance, plan)
    joined = len(joining(plan))
    fewest = next((joined - out for out, saving in enumerate(_savings_without(instance, plan, order)) if saving <= 0), None)
    changed, notes, solves = None, ["those whose leaving costs the plan most stay out first"], 0
    if resolving is not None:
        changed, told, solves = _fewer_change(instance, plan, order, resolving)
        notes += [told] if told else []
    return Switching(
        "joining bodies", "bodies", float(joined), None if fewest is None else float(fewest), changed, None, 0.0, float(joined), "; ".join(notes), solves
    )


def _fewer_change(instance: Instance, plan: Plan, order: list[str], resolving: Resolving) -> tuple[float | None, str, int]:
    """Return the number of joining bodies at which the rest would choose another plan than what is left of this one."""
    for out in range(1, min(len(order), resolving.most_solves) + 1):
        try:
            variant = without_bodies(instance, order[:out])
        except InvalidInstance as error:
            return None, f"{order[out - 1]} cannot stay out: {error.findings[0].message}", out - 1
        run = solve(variant, resolving.solver, time_limit=resolving.time_limit)
        rest = repriced(variant, leaving(plan, order[:out]))
        if run.cost is None or run.disagreement:
            return None, f"with {out} out: {run.disagreement or run.message or 'no plan keeps every rule'}", out
        if not rest.stands or run.cost < rest.cost:
            why = f"what is left of it breaks {rest.breaches[0].partition(':')[0]}" if not rest.stands else "another plan is then cheaper"
            return float(len(order) - out), f"with {', '.join(order[:out])} out {why}", out
        if run.stop is not Stop.PROVED:
            return None, f"with {out} out no better plan was found, which is not proven", out
    return None, "", min(len(order), resolving.most_solves)

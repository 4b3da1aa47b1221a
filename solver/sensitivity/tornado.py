"""The tornado: each parameter at both its ends, this plan re-priced and, where asked, the best plan re-solved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.findings import InvalidInstance
from solver.judgement import Stop
from solver.sensitivity.figures import figures
from solver.sensitivity.joining import without_bodies, worst_order
from solver.sensitivity.leavers import leaving
from solver.sensitivity.repricing import Priced, repriced
from solver.sensitivity.variants import (
    with_costs_at,
    with_discount_rate,
    with_horizon,
    with_margin_factor,
    with_ramp_delay,
    with_savings_at,
    with_set_up_uplift,
)
from solver.solve import solve

if TYPE_CHECKING:
    from models.instance import Instance
    from models.plan import Plan
    from solver.sensitivity.switching import Resolving


@dataclass(frozen=True)
class End:
    """One parameter at one end.

    Attributes
    ----------
    parameter, end, value
        What is moved, which way, and to where, in words.
    cost, saving
        Of this plan, re-priced; ``None`` when there is no such variant.
    best_cost, best_saving
        Of the best plan found by re-solving; ``None`` when not asked for or not found.
    best_differs
        Whether another plan is then cheaper; ``None`` when not asked for or not settled.
    note
        Why something is missing.
    """

    parameter: str
    end: str
    value: str
    cost: int | None
    saving: int | None
    best_cost: int | None = None
    best_saving: int | None = None
    best_differs: bool | None = None
    note: str = ""


@dataclass(frozen=True)
class _Case:
    parameter: str
    end: str
    value: str
    instance: Callable[[], Instance]
    plan: Plan


def tornado(instance: Instance, plan: Plan, resolving: Resolving | None = None) -> list[End]:
    """Return both ends of each parameter, the one that moves the saving most first."""
    base = repriced(instance, plan)
    ends = [_end(case, resolving) for case in _cases(instance, plan)]
    swing: dict[str, int] = {}
    for one in ends:
        swing[one.parameter] = max(swing.get(one.parameter, 0), abs((base.saving if one.saving is None else one.saving) - base.saving))
    return sorted(ends, key=lambda one: (-swing[one.parameter], one.parameter, one.end != "low"))


def _cases(instance: Instance, plan: Plan) -> Iterator[_Case]:
    ranges = figures().tornado

    def ends(parameter: str, name: str, words: Callable[[float], str], vary: Callable[[Instance, float], Instance]) -> Iterator[_Case]:
        for end in ("low", "high"):
            value = getattr(ranges[name], end)
            yield _Case(parameter, end, words(value), lambda value=value: vary(instance, value), plan)  # type: ignore[misc]

    for end in ("low", "high"):
        yield _Case("today's cost", end, f"{end} end of its grade's interval", lambda end=end: with_costs_at(instance, end), plan)  # type: ignore[misc]
        yield _Case("process saving", end, f"{end} end of its grade's interval", lambda end=end: with_savings_at(instance, end), plan)  # type: ignore[misc]
    yield from ends("discount rate", "discount_rate", lambda value: f"{value:.1%}", with_discount_rate)
    yield from ends("set-up uplift", "set_up_uplift", lambda value: f"{value:.0%}", with_set_up_uplift)
    yield from ends("margin", "margin", lambda value: f"times {value:g}", with_margin_factor)
    yield from ends("horizon", "horizon_years", lambda value: f"{value:g} years", lambda variant, value: with_horizon(variant, int(value)))
    yield from ends("ramp", "ramp_delay_years", lambda value: f"{value:g} years later", lambda variant, value: with_ramp_delay(variant, int(value)))
    order = worst_order(instance, plan)
    for end in ("low", "high"):
        share = getattr(ranges["take_up"], end)
        out = order[: len(order) - round(share * len(order))]
        words = f"{len(order) - len(out)} of {len(order)} bodies join"
        yield _Case("take-up", end, words, lambda out=out: without_bodies(instance, out) if out else instance, leaving(plan, out))  # type: ignore[misc]


def _end(case: _Case, resolving: Resolving | None) -> End:
    try:
        variant = case.instance()
    except InvalidInstance as error:
        return End(case.parameter, case.end, case.value, None, None, note=error.findings[0].message)
    mine = repriced(variant, case.plan)
    note = f"this plan then breaks {mine.breaches[0].partition(':')[0]}" if not mine.stands else ""
    if resolving is None:
        return End(case.parameter, case.end, case.value, mine.cost, mine.saving, note=note)
    return _resolved(case, variant, mine, note, resolving)


def _resolved(case: _Case, variant: Instance, mine: Priced, note: str, resolving: Resolving) -> End:
    run = solve(variant, resolving.solver, time_limit=resolving.time_limit, start=case.plan)
    if run.cost is None or run.audit is None or run.disagreement:
        note = run.disagreement or run.message or "no plan keeps every rule"
        return End(case.parameter, case.end, case.value, mine.cost, mine.saving, note=note)
    cheaper = run.cost < mine.cost or not mine.stands
    differs = True if cheaper else False if run.stop is Stop.PROVED else None
    if differs is None:
        note = "not proven within the time limit"
    return End(case.parameter, case.end, case.value, mine.cost, mine.saving, run.cost, run.audit.saving, differs, note)

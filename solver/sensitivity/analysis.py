"""Everything `consortia sensitivity` tells of a plan, as plain rows by table, each saying how it was found."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.audit import audit
from solver.sensitivity.figures import figures
from solver.sensitivity.intervals import grade_intervals
from solver.sensitivity.leavers import leavers
from solver.sensitivity.repricing import REPRICED, RESOLVED, Priced, priced
from solver.sensitivity.resting import resolved_choices, resting_choices
from solver.sensitivity.stress import stressed
from solver.sensitivity.switching import Resolving, switching_values
from solver.sensitivity.tornado import tornado
from solver.sensitivity.variants import widening

if TYPE_CHECKING:
    from models.instance import Instance
    from models.plan import Plan

Rows = list[dict[str, Any]]
TABLES = ("grades", "choices", "switching", "tornado", "leavers", "stress")
SENSITIVITY_SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Sensitivity:
    """The tables asked for, with the plan's own money and what a reader must know of each table."""

    base: Priced
    tables: Mapping[str, Rows]
    notes: Mapping[str, tuple[str, ...]]

    def as_dict(self) -> dict[str, Any]:
        """Return the analysis as plain values, ready for JSON; keys are stable, more may be added."""
        base = {"cost": self.base.cost, "do_nothing_cost": self.base.do_nothing_cost, "saving": self.base.saving, "breaches": list(self.base.breaches)}
        notes = {name: list(some) for name, some in self.notes.items()}
        return {"schema_version": SENSITIVITY_SCHEMA_VERSION, **base, "tables": dict(self.tables), "notes": notes}


def sensitivity(
    instance: Instance,
    plan: Plan,
    resolving: Resolving | None = None,
    *,
    tables: Sequence[str] = TABLES,
    on_table: Callable[[str], None] | None = None,
) -> Sensitivity:
    """Return how far ``plan`` rests on the figures of ``instance``.

    Parameters
    ----------
    instance, plan
        What was decided, and on which figures.
    resolving
        How to re-solve where the best plan may change; ``None`` re-prices only.
    tables
        Some of :data:`TABLES`.
    on_table
        Called with the name of each table before it is worked out.

    Raises
    ------
    KeyError
        When there is no such table, or no such solver.
    """
    makers: dict[str, Callable[[Instance, Plan, Resolving | None], tuple[Rows, list[str]]]] = {
        "grades": _grades,
        "choices": _choices,
        "switching": _switching,
        "tornado": _tornado,
        "leavers": _leavers,
        "stress": _stress,
    }
    found: dict[str, Rows] = {}
    notes: dict[str, tuple[str, ...]] = {}
    for name in tables:
        maker = makers[name]
        if on_table is not None:
            on_table(name)
        rows, told = maker(instance, plan, resolving)
        found[name], notes[name] = rows, tuple(told)
    return Sensitivity(priced(audit(instance, plan)), found, notes)


def _grades(instance: Instance, plan: Plan, _resolving: Resolving | None) -> tuple[Rows, list[str]]:
    rows = []
    for one in grade_intervals(instance, plan):
        record = dataclasses.asdict(one)
        del record["interval"]
        rows.append({**record, **_ends(one.interval.low, one.interval.high), "how": REPRICED})
    told = ["All figures of a line are moved to the same end at once, which is further than they are likely to go together."]
    widened = widening(instance)
    if instance.settings.price_year is None:
        told.append("The price year is not known, so intervals are not widened for age.")
    elif widened:
        told.append(f"Prices of {instance.settings.price_year}: each side of an interval is wider by {widened:.0%} for their age.")
    return rows, told


def _ends(low: float, high: float) -> dict[str, str]:
    return {"low_end": f"{low:+.0%}", "high_end": f"{high:+.0%}"}


def _choices(instance: Instance, plan: Plan, resolving: Resolving | None) -> tuple[Rows, list[str]]:
    found, tested = resting_choices(instance, plan)
    told = [f"{tested} choices were re-priced against the plans next to them, one figure of grade C or D moved at a time."]
    if resolving is None:
        told.append("Not re-solved: plans further away were not tried.")
    else:
        more, notes = resolved_choices(instance, plan, resolving)
        found = [*found, *more]
        told += ["Re-solved with each family of such figures at either end, all of it together.", *notes]
    return [dataclasses.asdict(one) for one in found], told


def _switching(instance: Instance, plan: Plan, resolving: Resolving | None) -> tuple[Rows, list[str]]:
    rows = [
        {**dataclasses.asdict(one), "how": REPRICED if resolving is None else f"{REPRICED}; other plan {RESOLVED}"}
        for one in switching_values(instance, plan, resolving)
    ]
    told = ["no_saving_at is re-priced: the value at which this plan's saving against carrying on as today is gone, exact to 0.000001."]
    if resolving is None:
        told.append("Not re-solved: at which value another plan becomes the best one was not asked.")
    else:
        told.append(f"other_plan_below and other_plan_above are re-solved, {resolving.most_solves} solves at most for each.")
    return rows, told if rows else ["Nobody shares in this plan, so there is nothing to switch."]


def _tornado(instance: Instance, plan: Plan, resolving: Resolving | None) -> tuple[Rows, list[str]]:
    base = audit(instance, plan).saving
    rows = []
    for one in tornado(instance, plan, resolving):
        change = None if one.saving is None else one.saving - base
        rows.append({**dataclasses.asdict(one), "saving_change": change, "how": REPRICED if one.best_cost is None else RESOLVED})
    ranges = figures().tornado
    told = [f"Ends: {name.replace('_', ' ')} {one.low:g} and {one.high:g} [{one.mark}]: {one.source}." for name, one in ranges.items()]
    return rows, told


def _leavers(instance: Instance, plan: Plan, _resolving: Resolving | None) -> tuple[Rows, list[str]]:
    rows = [
        {
            "centre": one.centre,
            "body": one.body,
            "rest_cost": one.rest_cost,
            "rest_alone": one.rest_alone,
            "rest_saving": one.rest_saving,
            "still_saves": one.rest_saving > 0,
            "plan_cost": one.plan_cost,
            "rules_broken": "; ".join(dict.fromkeys(breach.partition(":")[0] for breach in one.breaches)),
            "how": REPRICED,
        }
        for one in leavers(instance, plan)
    ]
    return rows, ["One member leaves, all else is kept: bands stay as built, and what the rest pay does not fall with the leaver's part of it."]


def _stress(instance: Instance, plan: Plan, _resolving: Resolving | None) -> tuple[Rows, list[str]]:
    one, factors = stressed(audit(instance, plan)), figures().stress
    rows = [
        {"line": "one-off cost", "plan": one.one_off, "factor": factors.one_off, "stressed": one.stressed_one_off, "how": REPRICED},
        {"line": "benefits", "plan": one.benefits, "factor": factors.benefits, "stressed": one.stressed_benefits, "how": REPRICED},
        {"line": "saving", "plan": one.saving, "factor": None, "stressed": one.stressed_saving, "how": REPRICED},
    ]
    worse = "the plan would then cost more than carrying on as today" if one.stressed_saving < 0 else "the plan would then still save"
    return rows, [f"A stress and not what to expect: the reference class over-samples failures [{factors.mark}]; {worse}.", f"Source: {factors.source}."]

"""The choices of a plan that rest on figures of grade C or D: moved within its interval, such a figure makes another choice the better one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.arrays import instance_arrays
from models.plan import Plan
from models.rules import active_rules
from solver.judgement import Stop
from solver.sensitivity.alternatives import NOBODY, Choice, choices
from solver.sensitivity.beside import Beside, beside, rule_moves
from solver.sensitivity.doubtful import ENDS, Doubts, Figure
from solver.sensitivity.figures import DOUBTFUL
from solver.sensitivity.repricing import REPRICED, RESOLVED, repriced
from solver.sensitivity.roots import sign_change
from solver.sensitivity.turning import turning_places
from solver.sensitivity.variants import graded, with_bands_at, with_costs_at, with_savings_at
from solver.solve import solve

if TYPE_CHECKING:
    from models.instance import Instance
    from solver.sensitivity.switching import Resolving

_SHARE_TOLERANCE = 1e-4
MOST_UNITS, MOST_UNITS_BY_MONEY = 1_500, 100
"""Body-services up to which the choices are worked out in seconds: 2.4 s of processor time for 1,412; where rules go by money each choice is judged whole,
and 1,412 took 105 s."""


@dataclass(frozen=True)
class Resting:
    """A choice that a figure of grade C or D can turn.

    Attributes
    ----------
    kind, choice, otherwise
        ``place``, ``cluster``, ``model`` or ``band``; what the plan does, and what would then be better.
    dearer_by
        How much more the other choice costs today; below 0 it is cheaper already. ``None`` when found by re-solving.
    figure, grade, end
        What is moved, how it is graded, and to which end of its interval.
    flips_at
        Where the choice flips: the figure's value, or the share of the way to that end for several figures; in words.
    how
        ``re-priced`` against plans next to this one, or ``re-solved``.
    """

    kind: str
    choice: str
    otherwise: str
    dearer_by: int | None
    figure: str
    grade: str
    end: str
    flips_at: str
    how: str


def quickly_told(instance: Instance, plan: Plan) -> bool:
    """Tell whether :func:`resting_choices` takes seconds, so that it may be told unasked."""
    by_money = any(rule_moves(one) or one.rule.by_money for one in active_rules(instance))
    return len(plan.assignments) <= (MOST_UNITS_BY_MONEY if by_money else MOST_UNITS)


def resting_choices(instance: Instance, plan: Plan) -> tuple[list[Resting], int]:
    """Return (choices that flip, choices tested), each tried against the plans next to it with one figure moved at a time."""
    arrays = instance_arrays(instance)
    here, doubts = beside(instance, arrays, plan), Doubts(instance, arrays)
    tried = list(choices(here))
    # A unit's place goes by few figures, so all of them are priced at once; where rules go by money, one at a time.
    places = [] if here.rules_move else [one for one in tried if one.kind == "place"]
    found = [_resting(places[turn.choice], turn.dearer_by, turn.figure, turn.end, turn.share) for turn in turning_places(here, doubts, places)]
    for one in tried:
        if here.rules_move or one.kind != "place":
            found += _turned(here, doubts, one)
    return _first_of_each(found), len({(one.kind, one.text) for one in tried})


def _turned(here: Beside, doubts: Doubts, one: Choice) -> Iterator[Resting]:
    today = here.dearer(one.view, one.rules_cost)
    for figure in _figures(doubts, one):
        for end in ENDS:
            share = 0.0 if today < 0 else _flip(here, one, figure, end)
            if share is not None:
                yield _resting(one, today, figure, end, share)


def _resting(one: Choice, today: int, figure: Figure, end: str, share: float) -> Resting:
    return Resting(one.kind, one.text, one.otherwise, today, figure.name, figure.grade, end, _told(figure, end, share), REPRICED)


def _figures(doubts: Doubts, one: Choice) -> Iterator[Figure]:
    if one.unit != NOBODY:
        yield from doubts.of_unit(one.unit)
    if one.units:
        yield from doubts.of_units(one.units, f"annual_cost of all {len(one.units)} done at {doubts.arrays.centres[one.centre]}, together")
    for model in sorted({one.model, one.other_model} - {NOBODY}):
        yield from doubts.of_model(model)
    if one.services and one.kind in ("cluster", "band"):
        yield from doubts.of_bands(one.centre, one.services)


def _flip(here: Beside, one: Choice, figure: Figure, end: str) -> float | None:
    """Return the share of the way to ``end`` up to which the choice holds; ``None`` when it holds all the way."""

    def holds(share: float) -> float:
        return here.dearer(one.view, one.rules_cost, figure.moved(end, share)) + 0.5

    if holds(1.0) > 0:
        return None
    return sign_change(holds, 0.0, 1.0, _SHARE_TOLERANCE)


def _told(figure: Figure, end: str, share: float) -> str:
    if figure.today is None:
        return f"{share:.0%} of the way to the {end} end"
    value = figure.today * (1 + share * getattr(figure.interval, end))
    return f"{value:,.0f} (today {figure.today:,.0f})" if abs(figure.today) > 2 else f"{value:.4f} (today {figure.today:g})"


def _first_of_each(found: list[Resting]) -> list[Resting]:
    """Keep one line a choice, alternative and figure: that of the end reached first in the list."""
    kept: dict[tuple[str, str, str], Resting] = {}
    for one in found:
        kept.setdefault((one.choice, one.otherwise, one.figure), one)
    return sorted(kept.values(), key=lambda one: (one.kind, one.choice, one.otherwise, one.figure))


def resolved_choices(instance: Instance, plan: Plan, resolving: Resolving) -> tuple[list[Resting], list[str]]:
    """Return (choices that differ in the best plan, notes): re-solved with each family of doubtful figures at either end, all of it together."""
    found, notes = [], []
    for name, grade, vary in _families(instance):
        for end in ENDS:
            variant = vary(end)
            run = solve(variant, resolving.solver, time_limit=resolving.time_limit, start=plan)
            if run.plan is None or run.cost is None or run.disagreement:
                notes.append(f"{name} at its {end} end: {run.disagreement or run.message or 'no plan'}")
            elif run.cost < repriced(variant, plan).cost:
                found += [
                    Resting(kind, was, becomes, None, name, grade, end, f"at the {end} end or before", RESOLVED)
                    for kind, was, becomes in changes(plan, run.plan)
                ]
            elif run.stop is not Stop.PROVED:
                notes.append(f"{name} at its {end} end: no better plan was found, which is not proven")
    return found, notes


def _families(instance: Instance) -> Iterator[tuple[str, str, Callable[[str], Instance]]]:
    for grade in DOUBTFUL:
        if (instance.tables["baseline"]["confidence_grade"] == grade).any():
            yield f"all annual_cost of grade {grade}", grade, lambda end, grade=grade: with_costs_at(instance, end, (grade,))  # type: ignore[misc]
    worst = max(graded(instance, "commercial_models", "process_saving_rate"))
    if worst in DOUBTFUL and instance.tables["commercial_models"]["process_saving_rate"].any():
        yield "all process_saving_rate", worst, lambda end: with_savings_at(instance, end)
    for column in ("set_up_cost", "fixed_cost", "unit_cost"):
        worst = max(graded(instance, "bands", column))
        if worst in DOUBTFUL and instance.tables["bands"][column].any():
            yield f"all {column} of bands", worst, lambda end, column=column: with_bands_at(instance, column, end)  # type: ignore[misc]


def changes(plan: Plan, other: Plan) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, what the plan does, what the other does) for each choice in which they differ."""
    were, are = ({one.centre: one for one in some.clusters} for some in (plan, other))
    for centre in sorted({*were, *are}):
        was, now = were.get(centre), are.get(centre)
        if was is None or now is None:
            states = [f"open under {one.commercial_model}" if one else "closed" for one in (was, now)]
            yield "cluster", f"{centre} {states[0]}", states[1]
            continue
        if was.commercial_model != now.commercial_model:
            yield "model", f"{centre} under {was.commercial_model}", f"under {now.commercial_model}"
        for service in sorted({*was.bands, *now.bands}):
            if was.bands.get(service) != now.bands.get(service):
                yield "band", f"band {was.bands.get(service, 'none')} for {service} at {centre}", f"band {now.bands.get(service, 'none')}"
    place = {(one.body, one.service): one.centre for one in other.assignments}
    for one in plan.assignments:
        if place[one.body, one.service] != one.centre:
            new = place[one.body, one.service]
            yield "place", f"{one.service} of {one.body} {f'at {one.centre}' if one.centre else 'alone'}", f"at {new}" if new else "alone"

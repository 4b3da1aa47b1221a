"""Where a choice of place turns: every unit of a plan elsewhere, all at once, by what the unit's own parts cost.

As :mod:`solver.sensitivity.beside` prices them, to the pound; only a figure of the unit itself or of the two commercial models can turn such a choice,
and it moves nothing but what serving the unit costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.economics import total_present_cost
from models.plan_costs import NO_BAND, ServedWays, cluster_lines, joining_amounts, served_unit_amounts
from models.plan_view import STAYS_ALONE, PlanView
from solver.sensitivity.doubtful import ENDS, Doubts, Figure, moved_cost, moved_rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.sensitivity.alternatives import Choice
    from solver.sensitivity.beside import Beside

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]

_HALVINGS = 14
"""Halvings of the way to an end: closer than a ten-thousandth of it."""


@dataclass(frozen=True)
class Turn:
    """A choice (by position among those asked), how much dearer the other one is today, and where a figure turns it, as a share of the way to an end."""

    choice: int
    dearer_by: int
    figure: Figure
    end: str
    share: float


@dataclass(frozen=True)
class _Moves:
    """Choices of place as arrays (n,): the unit, where it is and would be, and what the difference comes to apart from serving it."""

    unit: Whole
    here: ServedWays
    there: ServedWays
    rest: Whole


def turning_places(beside: Beside, doubts: Doubts, choices: Sequence[Choice]) -> Iterator[Turn]:
    """Yield where each doubtful figure turns each choice of kind ``place``, by choice and figure; at the first end it does so, at both where it does."""
    if not choices:
        return
    moves = _moves(beside, choices)
    arrays = beside.arrays
    cost, rates = arrays.unit_annual_cost[moves.unit], arrays.model_process_saving_rate
    today = _dearer(beside, moves, cost, rates[moves.here.model], rates[moves.there.model])
    asked = [(at, figure, model, end) for at, one in enumerate(choices) for figure, model in _figures(doubts, one) for end in ENDS]
    if not asked:
        return
    at = np.array([row[0] for row in asked], dtype=np.int64)
    model = np.array([row[2] for row in asked], dtype=np.int64)
    way = np.array([getattr(figure.interval, end) for _, figure, _, end in asked])
    moves = _chosen(moves, at)

    def holds(share: Real) -> NDArray[np.bool_]:
        moved = [np.where(ways.model == model, moved_rate(rates[ways.model], share * way), rates[ways.model]) for ways in (moves.here, moves.there)]
        costs = np.where(model == _OF_UNIT, moved_cost(cost[at], share * way), cost[at])
        dearer: NDArray[np.bool_] = _dearer(beside, moves, costs, *moved) >= 0
        return dearer

    near, far = np.zeros(at.shape), np.ones(at.shape)
    turns = ~holds(far) | (today[at] < 0)
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        kept = holds(middle)
        near, far = np.where(kept, middle, near), np.where(kept, far, middle)
    near[today[at] < 0] = 0.0
    for row in np.flatnonzero(turns):
        position, figure, _, end = asked[row]
        yield Turn(position, int(today[position]), figure, end, float(near[row]))


_OF_UNIT = -2
"""Stands in place of a commercial model for what the unit costs today."""


def _figures(doubts: Doubts, one: Choice) -> Iterator[tuple[Figure, int]]:
    yield from ((figure, _OF_UNIT) for figure in doubts.of_unit(one.unit))
    for model in sorted({one.model, one.other_model} - {-1}):
        yield from ((figure, model) for figure in doubts.of_model(model))


def _moves(beside: Beside, choices: Sequence[Choice]) -> _Moves:
    unit = np.array([one.unit for one in choices], dtype=np.int64)
    views = [beside.view] * len(choices), [one.view for one in choices]
    here, there = (_ways(unit, some) for some in views)
    rest = np.array([one.rules_cost for one in choices], dtype=np.int64) - beside.rules_cost
    rest += _joining(beside, unit, here, there, choices)
    for at, one in enumerate(choices):
        if one.view.clusters is not beside.view.clusters:
            rest[at] += _clusters_cost(one.view, beside.view) - _clusters_cost(beside.view, one.view)
    return _Moves(unit, here, there, rest)


def _ways(unit: Whole, views: Sequence[PlanView]) -> ServedWays:
    """Return how each unit is served in the plan beside it; with :data:`STAYS_ALONE` as its centre where it is not."""
    centre = np.array([view.unit_centre[one] for one, view in zip(unit, views, strict=True)], dtype=np.int64)
    model, band = np.zeros(unit.shape, dtype=np.int64), np.full(unit.shape, NO_BAND, dtype=np.int64)
    for at, (one, view) in enumerate(zip(unit, views, strict=True)):
        cluster = view.cluster_at.get(int(centre[at]))
        if cluster is not None:
            model[at], band[at] = cluster.model, cluster.bands.get(int(view.arrays.unit_service[one]), NO_BAND)
    return ServedWays(unit, centre, model, band)


def _joining(beside: Beside, unit: Whole, here: ServedWays, there: ServedWays, choices: Sequence[Choice]) -> Whole:
    """Return what joining the other centre costs more than the one that is left (n,), nought where the body is a member there in any case."""
    arrays, body = beside.arrays, beside.arrays.unit_body[unit]
    total = np.zeros(unit.shape, dtype=np.int64)
    others = [one.view for one in choices]
    for sign, ways, without in ((1, there, [beside.view] * len(others)), (-1, here, others)):
        joined = np.array([_joins(int(at), int(one), view) for at, one, view in zip(ways.centre, body, without, strict=True)], dtype=np.bool_)
        total[joined] += sign * total_present_cost(joining_amounts(arrays, body[joined], ways.centre[joined]), arrays.annuities)
    return total


def _joins(centre: int, body: int, without: PlanView) -> bool:
    return centre != STAYS_ALONE and body not in without.members.get(centre, frozenset())


def _clusters_cost(view: PlanView, other: PlanView) -> int:
    alike = {id(cluster) for cluster in other.clusters}
    return sum(line.net_present_cost for cluster in view.clusters if id(cluster) not in alike for line in cluster_lines(view, cluster))


def _chosen(moves: _Moves, at: Whole) -> _Moves:
    here, there = (ServedWays(ways.unit[at], ways.centre[at], ways.model[at], ways.band[at]) for ways in (moves.here, moves.there))
    return _Moves(moves.unit[at], here, there, moves.rest[at])


def _dearer(beside: Beside, moves: _Moves, annual_cost: Whole, rate_here: Real, rate_there: Real) -> Whole:
    """Return how much dearer (n,) each move makes the plan, net present cost."""
    return _serving(beside, moves.there, annual_cost, rate_there) - _serving(beside, moves.here, annual_cost, rate_here) + moves.rest


def _serving(beside: Beside, ways: ServedWays, annual_cost: Whole, process_saving_rate: Real) -> Whole:
    arrays = beside.arrays
    cost = arrays.annuities.present_cost("baseline_alone", annual_cost.astype(np.float64))
    served = np.flatnonzero(ways.centre != STAYS_ALONE)
    some = ServedWays(ways.unit[served], ways.centre[served], ways.model[served], ways.band[served], annual_cost[served], process_saving_rate[served])
    cost[served] = total_present_cost(served_unit_amounts(arrays, some), arrays.annuities)
    return cost

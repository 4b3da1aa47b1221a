"""Betters a plan a neighbourhood at a time, by a back end and under all rules: a few centres and whom they serve are free, all else stays as it is.

Fixing most of a plan and solving the rest is an old idea (Taillard and Voss, "POPMUSIC", 2002). Moves are quicker, but know some rules only by what the
audit objects to; the program knows them all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from models.formulation import formulate_candidates
from models.narrowing import narrowed
from models.plan_values import bands_of, clusters_run
from solver.backends import registry
from solver.backends.contracts import Options
from solver.backends.process import run_backend
from solver.engine.moves.planning import place_of
from solver.engine.moves.state import ALONE

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.candidates import Candidates
    from models.columns import Columns
    from models.formulation import Formulation
    from models.plan import Plan
    from models.rules import ActiveRule
    from solver.backends.contracts import Outcome

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_BACK_END = "highs"
"""Of six neighbourhoods of drafted England (two open centres, two shut ones; 15 s each) it proved three, as scip did, and cp-sat two."""
_GAP = 1e-6
_SHUT_EACH, _DRAWN_FROM = 2, 4
"""Shut centres that are free for each open one, and of how many times as many that are close they are drawn."""
_FIRST_SIZE, _MOST_SIZE = 1.0, 8.0
_GROWTH, _SHRINKAGE = 1.1, 0.8
"""How many open centres are free, about: more after one that was proven, fewer after one that was not."""


@dataclass(frozen=True)
class Free:
    """What a neighbourhood leaves free.

    Attributes
    ----------
    centre
        (centres,) what runs there, and which bands it builds.
    serving
        (centres,) whom they serve, and who owns or leads.
    body
        (bodies,) by whom they are served, as far as those centres are free in it.
    """

    centre: Flags
    serving: Flags
    body: Flags


def free_around(candidates: Candidates, at: Whole, price: Real, first: int, size: int, chance: np.random.Generator) -> Free:
    """Return the open centre ``first`` and those near it, ``size`` in all, some shut ones, and all bodies these serve or might gain.

    Parameters
    ----------
    candidates
        Everything eligible.
    at
        (units,) the option that serves each unit.
    price
        (units,) what serving each is worth.
    first
        An open centre.
    size
        How many open centres.
    chance
        Draws the shut ones.
    """
    centres, unit_body = len(candidates.arrays.centres), candidates.arrays.unit_body
    centre_of_unit = np.where(at == ALONE, -1, candidates.option_centre[at])
    of_pair, gain = candidates.option_centre[candidates.pair_option], price[candidates.pair_unit] - candidates.pair_cost
    near = _nearest(of_pair, gain, np.isin(unit_body, unit_body[centre_of_unit == first])[candidates.pair_unit], centres)
    is_open = np.isin(near, centre_of_unit)
    others = near[is_open & (near != first)][: size - 1]
    shut = near[~is_open][: _DRAWN_FROM * _SHUT_EACH * size]
    free = np.zeros(centres, dtype=np.bool_)
    free[[first, *others, *chance.permutation(shut)[: _SHUT_EACH * size]]] = True
    body = np.zeros(len(candidates.arrays.bodies), dtype=np.bool_)
    body[unit_body[(centre_of_unit >= 0) & free[centre_of_unit]]] = True
    joins = free[of_pair] & (gain > 0) & (at == ALONE)[candidates.pair_unit]
    body[unit_body[candidates.pair_unit[joins]]] = True
    return Free(free, free, body)


def _nearest(centre: Whole, gain: Real, counts: Flags, centres: int) -> Whole:
    """Return the centres at which the pairs that count gain most on average, those with any, first the one with most."""
    count = np.bincount(centre[counts], minlength=centres)
    mean = np.bincount(centre[counts], gain[counts], centres) / np.maximum(count, 1)
    order = np.argsort(-mean, kind="stable")
    return np.asarray(order[count[order] > 0], dtype=np.int64)


def restricted(candidates: Candidates, active: Sequence[ActiveRule], plan: Plan, at: Whole, free: Free) -> tuple[Formulation, Whole]:
    """Return the program in which all but what is ``free`` stays as it is in ``plan``, and the values (columns,) of ``plan`` in it.

    ``at`` (units,) is the option that serves each unit in it.
    """
    free_option, free_serving = free.centre[candidates.option_centre], free.serving[candidates.option_centre]
    runs = np.zeros(free_option.shape, dtype=np.bool_)
    runs[at[at != ALONE]] = True
    is_member = np.zeros(candidates.member_body.shape, dtype=np.bool_)
    is_member[candidates.pair_member[at[candidates.pair_unit] == candidates.pair_option]] = True
    some = narrowed(
        candidates,
        option=runs | free_option,
        band=free_option[candidates.group_option[candidates.band_group]] | _built(candidates, plan),
        member=is_member | (free.body[candidates.member_body] & free_serving[candidates.member_option]),
    )
    formulation = formulate_candidates(some, active)
    values = formulation.values(plan)
    stays = _staying(formulation.columns, formulation.program.columns, free)
    program = formulation.program
    lower, upper = (np.where(stays, values, limit) for limit in (program.lower, program.upper))
    return replace(formulation, program=replace(program, lower=lower, upper=upper)), values


def _built(candidates: Candidates, plan: Plan) -> Flags:
    """Return (bands on offer,) which the plan builds."""
    built = np.zeros(candidates.band_row.shape, dtype=np.bool_)
    for cluster, option in clusters_run(candidates, plan):
        built[list(bands_of(candidates, option, cluster.bands))] = True
    return built


def _staying(columns: Columns, count: int, free: Free) -> Flags:
    """Return (count,) which columns keep their values: all decisions on centres that are not free, and on whether bodies that are not stay alone."""
    some, stays = columns.candidates, np.zeros(count, dtype=np.bool_)
    option, serving = ~free.centre[some.option_centre], ~free.serving[some.option_centre]
    member = serving[some.member_option]
    stays[columns.option[option]] = True
    stays[columns.band[option[some.group_option[some.band_group]]]] = True
    stays[columns.pair[serving[some.pair_option]]] = True
    stays[columns.member[member]] = True
    stays[columns.owner[member[some.owner_member]]] = True
    stays[columns.lead[member[some.lead_member]]] = True
    stays[columns.supply[serving[some.group_option[some.supply_group]]]] = True
    stays[columns.alone[~free.body[some.arrays.unit_body]]] = True
    return stays


def bettered(formulation: Formulation, values: Whole, outcome: Outcome) -> Plan | None:
    """Return the plan that a back end came to, ``None`` where it costs no less than ``values`` (columns,), which it began from."""
    if outcome.values is None or formulation.program.objective(outcome.values) >= formulation.program.objective(values):
        return None
    return formulation.plan(outcome.values)


class Neighbourhoods:
    """Goes round the open centres of a plan, in an order drawn by ``seed``."""

    def __init__(self, candidates: Candidates, active: Sequence[ActiveRule], price: Real, seed: int) -> None:
        self._candidates, self._active, self._price = candidates, active, price
        self._chance = np.random.default_rng(seed)
        self._turn: list[int] = []
        self._size = _FIRST_SIZE
        self._hopeless: Plan | None = None

    def worth_a_try(self, plan: Plan) -> bool:
        """Tell whether ``plan`` has neighbourhoods, and the back end for them is installed."""
        return bool(plan.clusters) and plan != self._hopeless and not registry.trouble(_BACK_END)

    def better(self, plan: Plan, seconds: float, cancel: threading.Event | None) -> Plan | None:
        """Return what the next neighbourhood makes of ``plan`` in so many ``seconds``; ``None`` where nothing, not yet audited."""
        at = place_of(self._candidates, plan)
        centres = np.unique(self._candidates.option_centre[at[at != ALONE]])
        self._turn = [one for one in self._turn if one in centres] or self._chance.permutation(centres).tolist()
        if not self._turn:
            return None
        free = free_around(self._candidates, at, self._price, self._turn.pop(), round(self._size), self._chance)
        formulation, values = restricted(self._candidates, self._active, plan, at, free)
        if formulation.program.violations(values):
            self._hopeless = plan
            return None
        outcome = run_backend(formulation.program, _BACK_END, Options(seconds, _GAP), start=values, cancel=cancel)
        proven = outcome.stop == "proved"
        self._size = min(_MOST_SIZE, self._size * _GROWTH) if proven else max(1.0, self._size * _SHRINKAGE)
        return bettered(formulation, values, outcome)

"""Tells whether an instance asks nothing but which centre serves each unit, and turns that problem's answers into plans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.columns import Columns
from models.plan import Assignment, Cluster, Plan
from models.rules.all_served import RULE as ALL_SERVED
from models.rules.all_served import must_be_served
from models.rules.capacity import RULE as CAPACITY
from models.rules.one_model import RULE as ONE_MODEL
from models.rules.serve_once import RULE as SERVE_ONCE
from solver.engine.single_source.problem import NEVER, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.candidates import Candidates
    from models.rules import ActiveRule

    Whole = NDArray[np.int64]

MOST_PAIRS = 16_000_000
_MOST_MONEY = 1 << 45
_HELD = (ALL_SERVED.name, CAPACITY.name, ONE_MODEL.name, SERVE_ONCE.name)
"""Rules that the problem itself keeps."""


@dataclass(frozen=True)
class Structure:
    """The problem of an instance; where units may stay alone, that is one centre more, the last, which is open and holds them all."""

    candidates: Candidates
    problem: Problem
    may_stay: bool

    def plan(self, centre_of: Whole) -> Plan:
        """Return the plan that serves unit u at ``centre_of[u]`` (units,)."""
        offered, arrays = self.candidates, self.candidates.arrays
        name = [arrays.centres[centre] for centre in offered.option_centre.tolist()] + [""]
        service = arrays.services[0]
        clusters = [
            Cluster(
                name[option],
                arrays.commercial_models[offered.option_model[option]],
                bands={service: arrays.band_name[offered.band_row[np.searchsorted(offered.band_group, np.searchsorted(offered.group_option, option))]]},
            )
            for option in np.unique(centre_of).tolist()
            if name[option]
        ]
        places = zip(arrays.unit_body.tolist(), centre_of.tolist(), strict=True)
        return Plan(tuple(clusters), tuple(Assignment(arrays.bodies[body], service, name[option]) for body, option in places))

    def centre_of(self, plan: Plan) -> Whole:
        """Return (units,) where ``plan``, which keeps every rule, serves each unit."""
        arrays = self.candidates.arrays
        option_at = {arrays.centres[centre]: option for option, centre in enumerate(self.candidates.option_centre.tolist())}
        served = {one.body: option_at.get(one.centre, len(option_at)) for one in plan.assignments}
        return np.array([served[arrays.bodies[body]] for body in arrays.unit_body.tolist()], dtype=np.int64)


def structure_of(candidates: Candidates, active: Sequence[ActiveRule]) -> Structure | None:
    """Return the single-source problem that ``candidates`` are under the rules in force, ``None`` when they ask for more.

    One service, one way to run each centre with one band, nobody to lead or own; and no rule has rows but those the problem keeps by itself.
    """
    offered, options = candidates, candidates.option_cost.shape[0]
    single = (
        len(offered.arrays.services) == 1
        and options * candidates.alone_cost.shape[0] > 0
        and np.unique(offered.option_centre).shape[0] == options
        and np.array_equal(offered.group_option, np.arange(options))
        and np.array_equal(offered.band_group, np.arange(options))
        and not offered.owner_member.size + offered.lead_member.size + offered.supply_group.size
        and all(offered.arrays.minimum_owners(int(model)) == 0 for model in np.unique(offered.option_model))
        and (options + 1) * offered.alone_cost.shape[0] <= MOST_PAIRS
    )
    if not single or not _held(candidates, active):
        return None
    problem, may_stay = _problem(candidates, active)
    money = int(np.abs(np.where(problem.eligible, problem.cost, 0)).max(axis=0).sum()) + int(problem.opening.sum())
    usable = money < _MOST_MONEY and (problem.opening >= 0).all() and (problem.capacity >= 0).all()
    return Structure(candidates, problem, may_stay) if usable else None


def _held(candidates: Candidates, active: Sequence[ActiveRule]) -> bool:
    columns = Columns(candidates)
    for one in active:
        kept = one.rule.name in _HELD and one.penalty is None
        if not kept and (one.rule.blocks(columns, one.parameters) or one.rule.rows(columns, one.parameters).count):
            return False
    return True


def _problem(candidates: Candidates, active: Sequence[ActiveRule]) -> tuple[Problem, bool]:
    offered, units, options = candidates, candidates.alone_cost.shape[0], candidates.option_cost.shape[0]
    cost = np.full((options + 1, units), NEVER, dtype=np.int64)
    cost[offered.pair_option, offered.pair_unit] = offered.pair_cost + offered.member_cost[offered.pair_member]
    stays = np.ones(units, dtype=np.bool_)
    for one in active:
        if one.rule.name == ALL_SERVED.name:
            stays[must_be_served(offered.arrays, one.parameters)] = False
    cost[options, stays] = offered.alone_cost[stays]
    volume = offered.arrays.unit_volume
    problem = Problem(
        capacity=np.append(offered.band_capacity, volume.sum()),
        opening=np.append(offered.option_cost + offered.band_cost, 0),
        volume=volume,
        cost=cost,
    )
    if stays.any():
        return problem, True
    return problem.part(np.arange(options), np.arange(units)), False

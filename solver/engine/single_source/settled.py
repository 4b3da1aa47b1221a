"""The search at settled centres: who goes where is all that is left, and loads are known but for the slack."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from solver.engine.single_source.climbing import climb, fresh, places_of
from solver.engine.single_source.covering import OPEN
from solver.engine.single_source.exact_loads import CELLS, MOST_SLACK, cells, climb_loads, fix_loads
from solver.engine.single_source.fixing import fix
from solver.engine.single_source.knapsack import bench_for
from solver.engine.single_source.problem import NEVER, Fine

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from solver.engine.single_source.plans import Plans
    from solver.engine.single_source.problem import Problem, Scale

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    States = NDArray[np.int8]
    Shares = NDArray[np.float32]

_FIRST_LOOKS, _LOOKS, _LEAST_LOOKS, _STEP = 180, 30, 3, 0.15
WORK_OF_A_STEP = 500_000_000
"""Cells of tables looked at between two looks at the clock."""
DECIDED = -1
_CHUNK = 50
"""Nodes of a leaf before the search looks whether another part of it has become more promising."""


@dataclass(frozen=True)
class Part:
    """Some of the assignments to settled centres: their bound, prices, what may still go where (packed bits), and the unit and centre to branch on."""

    bound: int
    price: Whole
    eligible: NDArray[np.uint8]
    unit: int
    centre: int


@dataclass
class Leaf:
    """A set of open centres with the parts of its assignments that are left; the problem is that of these centres alone.

    ``served`` (centres, units) is the averaged solution of the part looked at last.
    """

    centres: Whole
    problem: Problem
    fine: Fine
    slack: int
    served: Shares | None = None
    parts: list[Part] = field(default_factory=list)

    def bound(self, enough: int) -> int | None:
        """Drop the parts with bounds above ``enough`` and return the least bound of the rest, ``None`` when nothing is left."""
        self.parts = [part for part in self.parts if part.bound <= enough]
        return min((part.bound for part in self.parts), default=None)


class Settled:
    """Works on leaves; ``closed`` is the least whole money that the plans cost which it has found to be the best of their part."""

    def __init__(self, problem: Problem, fine: Fine, scale: Scale, plans: Plans, work: int = WORK_OF_A_STEP) -> None:
        self._problem, self._fine, self._scale, self._plans, self._work = problem, fine, scale, plans, work
        self.closed = NEVER

    def leaf(self, bound: int, price: Whole, eligible: Flags, state: States) -> Leaf | None:
        """Return the leaf of the centres that are open in ``state``, ``None`` when nothing of it is worth having; look for plans there on the way."""
        centres = np.flatnonzero(state == OPEN)
        slack = int(self._problem.capacity[centres].sum() - self._problem.volume.sum())
        # Where nobody has any volume, no centre at all holds everything and yet serves nobody.
        if slack < 0 or not centres.size:
            return None
        problem = self._problem.part(centres, np.arange(self._problem.units))
        fine = Fine(self._fine.capacity[centres], self._fine.opening[centres], self._fine.volume, np.ascontiguousarray(self._fine.cost[centres]))
        leaf = Leaf(centres, problem, fine, slack)
        self._enter(leaf, bound, price, np.ascontiguousarray(eligible[centres]), _FIRST_LOOKS)
        self._improve(leaf)
        return leaf

    def work(self, leaf: Leaf, enough: Callable[[], bool]) -> None:
        """Branch some way down, from the part with the least bound."""
        leaf.parts.append(leaf.parts.pop(min(range(len(leaf.parts)), key=lambda at: leaf.parts[at].bound)))
        for _ in range(_CHUNK):
            if not leaf.parts or enough():
                return
            part = leaf.parts.pop()
            if part.bound <= self._plans.enough:
                for eligible in self._split(leaf, part):
                    self._enter(leaf, part.bound, part.price, eligible, _LOOKS)
        self._improve(leaf)

    def _improve(self, leaf: Leaf) -> None:
        """Look for better plans near what the prices serve, unless nothing of the leaf is worth having."""
        if leaf.served is not None and leaf.bound(self._plans.enough) is not None:
            self._plans.improve(leaf.centres, leaf.problem.cost, _as_served(leaf.served, leaf.problem.cost))

    def _split(self, leaf: Leaf, part: Part) -> tuple[Flags, ...]:
        """Return the part without, and with, its unit to branch on at the centre for it; the latter is looked at first."""
        shape = leaf.problem.cost.shape
        eligible = np.unpackbits(part.eligible, count=shape[0] * shape[1]).reshape(shape).astype(np.bool_)
        if part.unit == DECIDED:
            self._plans.take(leaf.centres[eligible.argmax(axis=0)])
            return ()
        out, only = eligible.copy(), eligible.copy()
        out[part.centre, part.unit] = False
        only[:, part.unit] = False
        only[part.centre, part.unit] = True
        return out, only

    def _enter(self, leaf: Leaf, bound: int, price: Whole, eligible: Flags, looks: int) -> None:
        """Bound a part, fix what can be fixed in it, and keep it unless nothing of it is worth having."""
        price = price.copy()
        served = np.zeros(eligible.shape, dtype=np.float32)
        state = np.full(leaf.centres.shape[0], OPEN, dtype=np.int8)
        first, unit = places_of(eligible, state)
        mean = fresh(leaf.problem.units, leaf.centres.shape[0], _STEP)
        size = cells(leaf.fine, first)
        bench = bench_for(max(leaf.problem.units, leaf.centres.size))
        need = int(leaf.problem.volume.sum())
        affordable = self._work // max(1, size + leaf.centres.size * leaf.slack**2 // 2)
        exact = leaf.slack <= MOST_SLACK and size <= CELLS and (affordable >= _LEAST_LOOKS or self._work == WORK_OF_A_STEP)
        if exact:
            looks = max(_LEAST_LOOKS, min(looks, affordable))
            centre_of = np.zeros(leaf.problem.units, dtype=np.int64)
            found, whole = climb_loads(
                leaf.fine, first, unit, price, mean, served, np.empty(size, dtype=np.int32), leaf.slack, looks, self._plans.upper, self._plans.enough, centre_of
            )
            if whole:
                self._plans.take(leaf.centres[centre_of])
                self.closed = min(self.closed, self._scale.at_least(int(found)))
                return
        else:
            most = np.full(leaf.problem.units, NEVER)
            found = climb(leaf.fine, first, unit, state, price, most, mean, bench, need, looks, self._plans.upper, self._plans.enough)
        bound = max(bound, int(found))
        if bound > self._plans.enough:
            return
        if exact and found > -NEVER:
            possible = fix_loads(leaf.fine, eligible, price, leaf.slack, self._plans.enough)
        else:
            possible = fix(leaf.fine, eligible, state, price, need, self._plans.enough, bench)
        if possible:
            leaf.served = served
            leaf.parts.append(Part(bound, price, np.packbits(eligible), *_branching(leaf.problem.volume, eligible, served)))


def _branching(volume: Whole, eligible: Flags, served: Shares) -> tuple[int, int]:
    """Return the largest undecided unit, by how undecided it is, with the centre that serves it most; :data:`DECIDED` when none is undecided."""
    undecided = eligible.sum(axis=0) > 1
    if not undecided.any():
        return DECIDED, DECIDED
    most = np.where(eligible, served, 0).max(axis=0)
    unit = int(np.where(undecided, volume * (0.501 - np.abs(most - 0.5)) + 1e-9, -1.0).argmax())
    return unit, int(np.where(eligible[:, unit], served[:, unit], -1.0).argmax())


def _as_served(served: Shares, cost: Whole) -> Whole:
    """Return for each unit the centre that serves it most, the cheapest where none does more than another."""
    most = served >= served.max(axis=0) - 1e-6
    return np.asarray(np.where(most, cost, NEVER).argmin(axis=0), dtype=np.int64)

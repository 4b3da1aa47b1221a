"""The best plan so far, and how plans are made from a set of open centres."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.engine.single_source.problem import NEVER
from solver.engine.single_source.sharing import make_fit, share_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from solver.engine.single_source.problem import Problem, Scale

    Whole = NDArray[np.int64]
    States = NDArray[np.int8]

_SWEEPS = 25
_DISTURBANCES = 20
_NEAR = 0.004
"""A plan this much dearer than the best, as a share, is worth disturbing; less and less so the longer it lasts."""
PATIENCE, PATIENCE_SETTLED = 2, 8
"""Rounds of disturbances without a better plan after which it is left."""


class Plans:
    """Keeps the best plan; :meth:`try_centres` and :meth:`improve` look for better ones."""

    def __init__(self, problem: Problem, scale: Scale, gap: float, seed: int, enough: Callable[[], bool], patience: int = PATIENCE_SETTLED) -> None:
        self._patience = patience
        self._problem, self._scale, self._gap, self._seed = problem, scale, gap, seed
        self._tried: dict[bytes, int] = {}
        self._number, self._over = 0, enough
        self.centre_of: Whole | None = None
        self.cost = NEVER

    @property
    def target(self) -> int | None:
        """The dearest that another plan may cost to be worth having, ``None`` as long as any is."""
        return None if self.centre_of is None else min(self.cost - 1, int(self.cost - self._gap * abs(self.cost)))

    @property
    def enough(self) -> int:
        """A bound above this, in fine units, leaves nothing worth having."""
        return NEVER if self.target is None else self._scale.down(self.target)

    @property
    def upper(self) -> int:
        """Cost of the best plan in fine units."""
        return NEVER if self.target is None else self._scale.down(self.cost)

    def take(self, centre_of: Whole) -> bool:
        """Keep a plan if it is the best; return whether it is. That it fits is checked here, as what is proven rests on it."""
        cost = self._problem.total(centre_of)
        if cost >= self.cost or not self._problem.fits(centre_of):
            return False
        self.cost, self.centre_of = cost, centre_of.copy()
        return True

    def try_centres(self, opened: States) -> None:
        """Look for a plan with just these centres open; each set is tried twice at most."""
        centres = np.flatnonzero(opened == 1)
        tries = self._tried.get(opened.tobytes(), 0)
        if (
            not centres.size
            or tries >= 2
            or (self.centre_of is not None and self._over())
            or self._problem.capacity[centres].sum() < self._problem.volume.sum()
        ):
            return
        self._tried[opened.tobytes()] = tries + 1
        cost = np.ascontiguousarray(self._problem.cost[centres])
        self.improve(centres, cost, cost.argmin(axis=0), PATIENCE)

    def improve(self, centres: Whole, cost: Whole, nearest: Whole, patience: int | None = None) -> None:
        """Make ``nearest`` (units,) a position among ``centres``, fit; then improve it for as long as it is worth it."""
        problem, at = self._problem, nearest.astype(np.int64)
        capacity, eligible = problem.capacity[centres], problem.eligible[centres]
        if not eligible.any(axis=0).all():
            return
        at = np.where(eligible[at, np.arange(problem.units)], at, np.where(eligible, cost, NEVER).argmin(axis=0)).astype(np.int64)
        self._number += 1
        if not make_fit(at, cost, problem.volume, capacity, self._seed + self._number, _SWEEPS):
            return
        opening = int(problem.opening[centres].sum())
        patience = self._patience if patience is None else patience
        nth, last = 0, patience
        while nth < last and not (nth and self._over()):
            assigned = share_out(at, cost, problem.volume, capacity, self._seed + self._number + nth, _DISTURBANCES if nth else 0)
            nth += 1
            if self.take(centres[at]):
                last = nth + patience
            if assigned + opening > self.cost * (1 + _NEAR / nth):
                return

"""Betters a plan a piece at a time: a few neighbouring open centres, all that they serve, and a few shut ones nearby, searched as a problem of its own.

Fixing most of a plan and solving the rest is an old idea (Taillard and Voss, "POPMUSIC", 2002, for location problems among others). Here the rest is
small enough for the search itself, which has the plan's own cost there to beat; so a piece ends proven, or at its share of steps, and is never worse.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from solver.engine.single_source.problem import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from solver.engine.single_source.problem import Problem

    Whole = NDArray[np.int64]
    Searched = Callable[[Problem, Whole, Callable[[], bool]], tuple[Whole, bool]]

_FIRST_SIZE, _LEAST_SIZE, _MOST_SIZE = 8.0, 4.0, 30.0
_SHUT_EACH = 1.5
"""Shut centres in a piece for each open one."""
_FIRST_STEPS, _MOST_STEPS = 60, 1000
"""Looks at whether to stop that a piece may take: not seconds, so that a run can be repeated."""
_GROWTH, _SHRINKAGE, _WIDENING = 1.06, 0.85, 1.3


@dataclass
class Pieces:
    """Goes round the open centres of a plan.

    Attributes
    ----------
    problem
        The whole problem.
    price
        (units,) whole money that a unit is worth at the root's prices.
    dear
        (centres,) what opening each costs beyond what it is worth at those prices: the less, the likelier it is open in a better plan.
    searched
        Searches a piece from where its units are until it is to stop; returns where they are best, and whether that is proven.
    seed
        For the order in which centres have their turn, and which shut ones come with them.
    size
        How many open centres a piece has, about; pieces that end proven make the next larger, others smaller.
    """

    problem: Problem
    price: Whole
    dear: Whole
    searched: Searched
    seed: int
    size: float = _FIRST_SIZE
    steps: int = _FIRST_STEPS
    _seen: set[bytes] = field(default_factory=set)
    _turns: list[int] = field(default_factory=list)
    _idle: bool = False
    _draws: np.random.Generator = field(init=False)
    _gain: Whole = field(init=False)

    def __post_init__(self) -> None:
        """Begin drawing, and add up what each centre would serve."""
        self._draws = np.random.default_rng(self.seed)
        self._gain = np.array([np.maximum(self.price - one, 0).sum() for one in self.problem.cost])

    def better(self, centre_of: Whole, over: Callable[[], bool]) -> Whole | None:
        """Search one piece of the plan ``centre_of`` (units,); return the better plan, ``None`` when there is none here."""
        open_now = np.unique(centre_of)
        if not self._turns:
            if self._idle:
                self.size, self.steps = min(_MOST_SIZE, self.size * _WIDENING), min(_MOST_STEPS, 2 * self.steps)
            self._idle = True
            self._turns = self._draws.permutation(open_now).tolist()
        turn = self._turns.pop()
        if turn not in open_now:
            return None
        centres, units = self._piece(centre_of, open_now, turn)
        key = np.concatenate([centres, [-1], units, centre_of[units]]).tobytes()
        if key in self._seen:
            return None
        part, at = self.problem.part(centres, units), np.searchsorted(centres, centre_of[units])
        left = [self.steps]

        def enough() -> bool:
            left[0] -= 1
            return left[0] <= 0 or over()

        found, proven = self.searched(part, at, enough)
        self.size = min(_MOST_SIZE, self.size * _GROWTH) if proven else max(_LEAST_SIZE, self.size * _SHRINKAGE)
        if part.total(found) >= part.total(at):
            if proven:
                self._seen.add(key)
            return None
        self._idle = False
        better = centre_of.copy()
        better[units] = centres[found]
        return better

    def _piece(self, centre_of: Whole, open_now: Whole, turn: int) -> tuple[Whole, Whole]:
        """Return the centres, sorted, and the units of the piece about the open centre ``turn``."""
        problem, size = self.problem, round(self.size)
        own = np.flatnonzero(centre_of == turn)
        away = np.minimum(problem.cost[np.ix_(open_now, own)], NEVER >> 20).sum(axis=1)
        away[open_now == turn] = -1
        near = open_now[np.argsort(away, kind="stable")[:size]]
        units = np.flatnonzero(np.isin(centre_of, near))
        shut = np.setdiff1d(np.arange(problem.centres), open_now)
        apart = self._apart(shut, units) * problem.opening[shut]
        likely = (np.maximum(self.dear[shut], 0) + apart) * self._draws.uniform(0.5, 1.5, shut.size)
        pays = shut[np.argsort(likely, kind="stable")[: round(_SHUT_EACH * size)]]
        return np.sort(np.concatenate([near, pays])), units

    def _apart(self, centres: Whole, units: Whole) -> NDArray[np.float64]:
        """Return (centres,) how much of what each would serve at the root's prices is not among ``units``, as a share."""
        gain = np.maximum(self.price[units] - self.problem.cost[np.ix_(centres, units)], 0).sum(axis=1)
        return np.asarray(1 - gain / np.maximum(self._gain[centres], 1))

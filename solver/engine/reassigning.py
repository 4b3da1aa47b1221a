"""Betters whom a plan serves where, by a back end and under all rules, with what runs and which bands are built left as they are.

Where centres are full, a better assignment of bodies is many moves away from a good one, none of which saves anything by itself. The linear relaxation of what
is left to decide knows where most bodies belong: those that plan and relaxation serve alike stay, and a back end solves the rest (Danna, Rothberg and Le Pape,
"Exploring relaxation induced neighborhoods to improve MIP solutions", Mathematical Programming 102, 2005).
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models.program import UNBOUNDED
from solver.backends import registry
from solver.backends.contracts import Options
from solver.backends.process import run_backend
from solver.engine.moves.planning import place_of
from solver.engine.moves.state import ALONE
from solver.engine.neighbourhoods import Free, bettered, free_around, restricted

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.candidates import Candidates
    from models.plan import Plan
    from models.program import Program
    from models.rules import ActiveRule

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_BACK_ENDS = ("highs", "cp-sat")
"""The first comes to an end sooner where bodies are small: on drafted England it took half a second for what the other needed five for. Where they are large
(drafted trusts) it found nothing in eight, and the other 0.1 %; so whichever finds nothing in its time gives way to the other."""
_GAP = 1e-6
_LONGEST_RELAXATION_S, _LEAST_S = 2.0, 0.2
"""Seconds for the relaxation at most, and those below which no back end is called after it: that it finds nothing then says nothing."""
_MONEY_SCALE = 2.0**13
"""Costs are divided by this before the relaxation is solved, so that they are of the size of its tolerances."""
_ALIKE = 1e-6
_MOST_CENTRES, _LEAST_CENTRES = 60, 4
"""How many open centres are looked at together at first, and at least: half as many from a look on that came to no end, twice as many of the next plan."""
_FIRST_WIDER = 500
"""How many columns are left open besides those that are in dispute once a look at those has come to its end; twice as many each time after that."""


class Reassigning:
    """Goes over a plan until nothing is found; which centres are looked at together is drawn by ``seed`` where all would be too many."""

    def __init__(self, candidates: Candidates, active: Sequence[ActiveRule], price: Real, seed: int) -> None:
        self._candidates, self._active, self._price = candidates, active, price
        self._chance = np.random.default_rng(seed)
        self._plan: Plan | None = None
        self._turn: list[int] = []
        self._most = _MOST_CENTRES
        self._back_ends = [one for one in _BACK_ENDS if not registry.trouble(one)]
        self._wider = self._failed = 0

    @property
    def possible(self) -> bool:
        """Whether a back end for it is installed."""
        return bool(self._back_ends)

    def left_to_do(self, plan: Plan) -> bool:
        """Tell whether ``plan`` has open centres that have not been gone over yet."""
        return self.possible and bool(self._turn if plan == self._plan else plan.clusters)

    def better(self, plan: Plan, seconds: float, cancel: threading.Event | None) -> Plan | None:
        """Return a better assignment to some open centres of ``plan``, in about so many ``seconds``; ``None`` where none is found, not yet audited."""
        end = time.monotonic() + seconds
        at = place_of(self._candidates, plan)
        centres = np.unique(self._candidates.option_centre[at[at != ALONE]])
        if plan != self._plan:
            self._plan, self._turn = plan, self._chance.permutation(centres).tolist()
            self._most, self._wider, self._failed = min(_MOST_CENTRES, 2 * self._most), 0, 0
        if not self._turn:
            return None
        free = self._free(at, centres)
        formulation, values = restricted(self._candidates, self._active, plan, at, free)
        program = formulation.program
        if program.violations(values):
            self._turn = []
            return None
        some = self._narrowed(program, values, min(_LONGEST_RELAXATION_S, end - time.monotonic()))
        left = end - time.monotonic()
        if some is None:
            self._came_to_no_end(free)
        if some is None or left < _LEAST_S:
            return None
        outcome = run_backend(some, self._back_ends[0], Options(left, _GAP), start=values, cancel=cancel)
        better = bettered(formulation, values, outcome)
        if outcome.stop == "proved":
            self._came_to_an_end(free, everything=bool((some.lower < some.upper).sum() == (program.lower < program.upper).sum()))
        elif better is None:
            self._failed += 1
            self._back_ends.append(self._back_ends.pop(0))
            if self._failed == len(self._back_ends):
                self._came_to_no_end(free)
        if better is not None:
            self._plan, self._failed = better, 0
        return better

    def _free(self, at: Whole, centres: Whole) -> Free:
        """Return what is free now: whom all ``centres`` serve, or the one whose turn it is and those around it."""
        some = self._candidates
        nothing = np.zeros(len(some.arrays.centres), dtype=np.bool_)
        serving = nothing.copy()
        serving[centres] = True
        if centres.size <= self._most:
            return Free(nothing, serving, np.ones(len(some.arrays.bodies), dtype=np.bool_))
        around = free_around(some, at, self._price, self._turn[0], self._most, self._chance)
        return Free(nothing, serving & around.serving, around.body)

    def _narrowed(self, program: Program, values: Whole, seconds: float) -> Program | None:
        """Return ``program`` with those columns fixed that its relaxation is surest of; ``None`` if that takes longer."""
        certainty = certainty_of(program, values, max(0.0, seconds))
        if certainty is None:
            return None
        surest = np.argsort(certainty, kind="stable")[int((certainty < 0).sum()) + self._wider :]
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[surest] = upper[surest] = values[surest]
        return replace(program, lower=lower, upper=upper)

    def _came_to_an_end(self, free: Free, *, everything: bool) -> None:
        """Leave more open from now on; where that was ``everything``, the same centres need not be looked at again."""
        self._failed = 0
        if everything:
            self._go_on(free)
        else:
            self._wider = max(_FIRST_WIDER, 2 * self._wider)

    def _came_to_no_end(self, free: Free) -> None:
        """Look at fewer centres together from now on if what is in dispute was too much by itself."""
        together = int(free.serving.sum())
        if self._wider == 0 and together > _LEAST_CENTRES:
            self._most, self._failed = max(_LEAST_CENTRES, together // 2), 0
        else:
            self._go_on(free)

    def _go_on(self, free: Free) -> None:
        """Go on to centres that have not been looked at."""
        done = {self._turn[0], *np.flatnonzero(free.serving).tolist()}
        self._turn, self._wider, self._failed = [one for one in self._turn if one not in done], 0, 0


def certainty_of(program: Program, values: Whole, seconds: float) -> Real | None:
    """Return (columns,) how much the linear relaxation would lose, at least, if each column were not as in ``values``; ``None`` if that takes longer.

    In units of :data:`_MONEY_SCALE`; below 0 where the relaxation has it otherwise.
    """
    from scipy.optimize import linprog
    from scipy.sparse import vstack

    equal = program.row_lower == program.row_upper
    below, above = ~equal & (program.row_upper < UNBOUNDED), ~equal & (program.row_lower > -UNBOUNDED)
    # What SciPy says of its own types leaves out that matrices may be sparse.
    others: dict[str, Any] = {
        "A_ub": vstack([program.matrix[below], -program.matrix[above]]),
        "b_ub": np.concatenate([program.row_upper[below], -program.row_lower[above]]),
        "A_eq": program.matrix[equal],
        "b_eq": program.row_lower[equal],
        "bounds": np.stack([program.lower, program.upper], axis=1),
        "options": {"time_limit": seconds},
    }
    found: Any = linprog(program.cost / _MONEY_SCALE, method="highs", **others)
    if found.status != 0:
        return None
    loss = np.abs(found.lower.marginals + found.upper.marginals)
    return np.where(np.abs(found.x - values) <= _ALIKE, loss, -1.0)

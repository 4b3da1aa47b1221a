"""Looks for better plans in a run of the engine: anneals, goes over what comes of it, and where that is no better has neighbourhoods tried."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from solver.engine.neighbourhoods import Neighbourhoods
from solver.engine.reassigning import Reassigning

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from models.plan import Plan
    from solver.engine.moves.planning import Planner
    from solver.engine.run import Engine

    Real = NDArray[np.float64]

_FITS = 0.9
"""How much of the time left a round of annealing may take: it cools the faster the less there is, as one that is cut off while it is warm finds nothing."""
_PART_OF_A_ROUND = 0.25
"""How many times as long as a round of annealing that found nothing a back end then has."""
_NEARLY_BEST = 1e-3
"""By what share a plan may be dearer than the best one if a back end is to try and make it cheaper than that."""
_LEAST_S, _NEIGHBOURHOOD_S = 0.5, 5.0
"""Seconds that it is worth calling a back end for, and how many it has for a neighbourhood at most."""
_QUICK_S, _QUICK_SHARE, _THOROUGH_S = 2.0, 0.5, 8.0
"""Seconds for going over what a round of annealing came to, at least, and as a share of that round; and at most, as at the end."""
_LATE_S, _LATE_SHARE = 1.5, 0.05
"""How late a back end may be, with writing its program and starting it: seconds, and as a share of what is left of the time."""
_TOO_MUCH = (MemoryError, OverflowError)
"""What a program may fail by where annealing needs less; a run then goes on without it."""
_WORTH_GOING_OVER = 2_000
"""Possible members, times services, from which on plans are gone over: what is smaller, the back end that comes after this solves as soon."""
_KEPT_SHARE, _MOST_KEPT_S = 0.15, 10.0
"""How much of the time is kept for going over the last plan."""


class _Ending(threading.Event):
    """Is set once a run has to stop, be it that another thread has proven the plan meanwhile."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def is_set(self) -> bool:
        """Tell whether it has to stop."""
        return self._engine.ending()


class Bettering:
    """Looks for plans by the same prices until the second ``last`` of the run, in several ``regions`` at a time.

    Back ends are stopped by the clock, so a run that has no limit, and is to be the same twice, does without.
    """

    def __init__(self, engine: Engine, planner: Planner, worth: Real, price: Real, last: float, regions: int) -> None:
        self._engine, self._planner, self._worth, self._regions = engine, planner, worth, regions
        self._ending = _Ending(engine)
        self._around: Neighbourhoods | None = None
        self._reassigning: Reassigning | None = None
        self._end = self._last = last
        candidates = engine.prepared.layout.candidates
        if engine.seconds is not None and engine.patient:
            self._around = Neighbourhoods(candidates, engine.active, price, engine.seed)
        if engine.seconds is not None and planner.quick and engine.relaxation.unit.size >= _WORTH_GOING_OVER:
            reassigning = Reassigning(candidates, engine.active, price, engine.seed)
            self._reassigning = reassigning if reassigning.possible else None
        if self._reassigning is not None:
            self._last -= min(_MOST_KEPT_S, _KEPT_SHARE * (last - engine.elapsed))

    @property
    def work(self) -> int:
        """Members that annealing has looked at so far."""
        return self._planner.work

    def time_for_a_round(self) -> bool:
        """Tell whether there is time for a round of annealing and an audit."""
        return not self._engine.ending() and self._engine.elapsed + self._engine.audit_s < self._last

    def found_better(self) -> bool:
        """Anneal for a round and go over what comes of it; where that is no better, try neighbourhoods for part of the time. Return whether a plan is."""
        began = self._engine.elapsed
        annealed = self._planner.anneal(self._worth, self._late(began), self._regions, apart=self._reassigning is not None)
        took = self._engine.elapsed - began
        if self._went_over_latest(max(_QUICK_S, _QUICK_SHARE * took)) or annealed:
            return True
        found, end = False, self._engine.elapsed + _PART_OF_A_ROUND * took
        while self._engine.elapsed < end:
            better = self._neighbourhood(max(_LEAST_S, end - self._engine.elapsed), self._last)
            if better is None:
                break
            found |= better
        return found

    def finish(self) -> None:
        """See to it that the best plan is audited, and better it with the time that is left."""
        self._planner.finish(self._worth)
        while self._engine.plan is not None:
            if self._went_over(self._engine.plan, _THOROUGH_S) is None and self._neighbourhood(_NEIGHBOURHOOD_S, self._end) is None:
                break

    def _late(self, began: float) -> Callable[[], float]:
        """Return what tells, as a share, how much of the time is over that annealing has from ``began`` on: moves that only save come after it."""
        engine, last = self._engine, self._last
        if engine.seconds is None:
            return lambda: float(engine.elapsed >= last)
        span = _FITS * (last - engine.audit_s - began)
        return lambda: 1.0 if span <= 0 else (engine.elapsed - began) / span

    def _left(self, last: float) -> float:
        """Return how many seconds a back end has until the second ``last``, with an audit after it; 0 where it is time to stop."""
        engine = self._engine
        left = last - engine.elapsed - engine.audit_s
        return 0.0 if engine.ending() else left - max(_LATE_S, _LATE_SHARE * left)

    def _went_over_latest(self, most: float) -> bool:
        """Go over the plan that annealing came to for ``most`` seconds, where it is nearly as cheap as the best; return whether it is the best then."""
        cost = self._engine.cost
        plan = self._planner.latest(cost + _NEARLY_BEST * abs(cost)) if self._reassigning is not None else None
        return plan is not None and bool(self._went_over(plan, most))

    def _went_over(self, plan: Plan, most: float) -> bool | None:
        """Go over a plan for ``most`` seconds; return whether it is the best then, ``None`` where nothing was left to do or there is no time."""
        seconds = min(most, _THOROUGH_S, self._left(self._end))
        if self._reassigning is None or seconds < _LEAST_S or not self._reassigning.left_to_do(plan):
            return None
        return self._asked(self._reassigning, plan, seconds)

    def _neighbourhood(self, most: float, last: float) -> bool | None:
        """Try a neighbourhood of the best plan for ``most`` seconds; return whether that made it better, ``None`` if there is no time until ``last``."""
        plan, seconds = self._engine.plan, min(most, _NEIGHBOURHOOD_S, self._left(last))
        if self._around is None or plan is None or seconds < _LEAST_S or not self._around.worth_a_try(plan):
            return None
        return self._asked(self._around, plan, seconds)

    def _asked(self, one: Reassigning | Neighbourhoods, plan: Plan, seconds: float) -> bool | None:
        """Have one of the two better a plan; return whether what comes of it is the best then, ``None`` where it was too much: it is not asked again."""
        try:
            better = one.better(plan, seconds, self._ending)
        except _TOO_MUCH:
            if one is self._around:
                self._around = None
            else:
                self._reassigning = None
            return None
        return self._is_better(better)

    def _is_better(self, plan: Plan | None) -> bool:
        """Have a plan audited, where there is one, and annealing go on from it, and return whether it is the best."""
        before = self._engine.cost
        if plan is None or not self._engine.take_audited(plan).ok or self._engine.cost >= before:
            return False
        self._planner.adopt(plan)
        # Smaller bands may do now, which a back end had to leave as they were.
        cheaper = self._planner.latest(self._engine.cost - 1)
        if cheaper is not None:
            self._engine.take_audited(cheaper)
        return True

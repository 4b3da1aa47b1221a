"""Looks at all centres, the work shared out among threads: centres do not touch each other at given prices."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from solver.engine.relaxation import stretches
from solver.engine.sweep import sweep

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.relaxation import Relaxation
    from solver.engine.rooms import Guide
    from solver.engine.sweep import Seen

    Real = NDArray[np.float64]

_WORTH_SHARING = 20_000
"""Members times services for each thread: below, handing out takes longer than looking."""


class Crew:
    """Threads that look at a stretch of centres each; one, the caller's own, where there is little to look at."""

    def __init__(self, relaxation: Relaxation, threads: int) -> None:
        self._stretches = stretches(relaxation.first_member[relaxation.first_option], max(1, min(threads, relaxation.unit.size // _WORTH_SHARING)))
        self._served = [np.zeros(relaxation.units + 1) for _ in self._stretches]
        self._others = ThreadPoolExecutor(len(self._stretches) - 1) if len(self._stretches) > 1 else None

    def look(self, some: Relaxation, price: Real, guide: Guide, used: Guide, seen: Seen) -> float:
        """Return the sum over all centres of what the best option is worth, as :func:`~solver.engine.sweep.sweep`; ``seen`` is made what this look found.

        ``some`` is the relaxation, or what pushes make of its costs.
        """

        def part(nth: int) -> float:
            served = self._served[nth]
            served[:] = 0.0
            total: float = sweep(some, price, guide, used, seen._replace(served=served), *self._stretches[nth])
            return total

        rest = range(1, len(self._stretches))
        waiting = [self._others.submit(part, nth) for nth in rest] if self._others is not None else []
        # Added up in the order of the stretches, so that a run with as many threads can be repeated.
        total = part(0) + sum(one.result() for one in waiting)
        np.sum(self._served, axis=0, out=seen.served)
        return total

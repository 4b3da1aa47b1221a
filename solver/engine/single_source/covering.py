"""Which centres to open when each has a worth of its own and together they must hold everything: a covering knapsack. Compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.engine.compiling import njit
from solver.engine.single_source.problem import NEVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.single_source.problem import Number

    Whole = NDArray[np.int64]
    States = NDArray[np.int8]

FREE, SHUT, OPEN = -1, 0, 1
"""What is settled about a centre."""
_CELLS = 1 << 21


@njit(cache=True, nogil=True)
def cheapest_cover(worth: Whole, capacity: Whole, state: States, need: Number, opened: States) -> Number:  # pragma: no cover - compiled
    """Return the least that open centres cost together when they hold ``need``; ``opened`` (centres,) is filled with 1 where open.

    A centre costs its ``worth``, which may be negative. Where the table would be too large, the value is that of the linear relaxation, rounded down,
    and ``opened`` a cover found greedily. :data:`~solver.engine.single_source.problem.NEVER` when all that may open hold too little.
    """
    total, held, others = np.int64(0), np.int64(0), 0
    other = np.empty(worth.shape[0], dtype=np.int64)
    for centre in range(worth.shape[0]):
        opened[centre] = 0
        if state[centre] == OPEN or (state[centre] == FREE and worth[centre] < 0):
            opened[centre] = 1
            total += worth[centre]
            held += capacity[centre]
        elif state[centre] == FREE:
            other[others] = centre
            others += 1
    lacking = need - held
    if lacking <= 0:
        return total
    if (others + 1) * (lacking + 1) > _CELLS:
        more = _relaxed_cover(worth, capacity, other[:others], lacking, opened)
    else:
        more = _cover(worth, capacity, other[:others], lacking, opened)
    return NEVER if more >= NEVER else total + more


@njit(cache=True, nogil=True)
def _cover(worth: Whole, capacity: Whole, other: Whole, lacking: Number, opened: States) -> Number:  # pragma: no cover - compiled
    """Return the least that ``other`` centres cost which hold ``lacking``, and open them."""
    others = other.shape[0]
    least = np.empty((others + 1, lacking + 1), dtype=np.int64)
    least[0, :] = NEVER
    least[0, 0] = 0
    for at in range(others):
        holds, costs = capacity[other[at]], worth[other[at]]
        for room in range(lacking + 1):
            least[at + 1, room] = min(least[at, room], least[at, max(0, room - holds)] + costs)
    if least[others, lacking] >= NEVER:
        return NEVER
    left = lacking
    for at in range(others - 1, -1, -1):
        if least[at + 1, left] != least[at, left]:
            opened[other[at]] = 1
            left = max(0, left - capacity[other[at]])
    return np.int64(least[others, lacking])


@njit(cache=True, nogil=True)
def _relaxed_cover(worth: Whole, capacity: Whole, other: Whole, lacking: Number, opened: States) -> Number:  # pragma: no cover - compiled
    ratio = np.empty(other.shape[0])
    for at in range(other.shape[0]):
        ratio[at] = worth[other[at]] / max(capacity[other[at]], 1)
    part, left = 0.0, np.int64(lacking)
    for at in np.argsort(ratio):
        holds = capacity[other[at]]
        if left <= 0 or holds == 0:
            continue
        opened[other[at]] = 1
        part += worth[other[at]] * min(1.0, left / holds)
        left -= holds
    if left > 0:
        return NEVER
    # A hair is taken off, as the division is in floating point.
    return np.int64(np.floor(part * (1 - 1e-9)))

"""Which centres to open when each has a worth of its own and together they must hold everything: a covering knapsack. Compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.engine.compiling import njit
from solver.engine.single_source.knapsack import Bench, best_load
from solver.engine.single_source.problem import NEVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.single_source.problem import Number

    Whole = NDArray[np.int64]
    States = NDArray[np.int8]

FREE, SHUT, OPEN = -1, 0, 1
"""What is settled about a centre."""
_FORCED_WORK = 1_000_000
"""Centres, squared, that are each forced open and shut at most."""


@njit(cache=True, nogil=True)
def cheapest_cover(worth: Whole, capacity: Whole, state: States, need: Number, opened: States, bench: Bench) -> Number:  # pragma: no cover - compiled
    """Return the least that open centres cost together when they hold ``need``; ``opened`` (centres,) is filled with 1 where open.

    A centre costs its ``worth``, which may be negative. Which of the others stay shut is a knapsack: they may hold no more than is not needed. Where its
    table would be too large, the value is that of the linear relaxation, rounded down, and ``opened`` a good cover.
    :data:`~solver.engine.single_source.problem.NEVER` when all that may open hold too little.
    """
    centres = worth.shape[0]
    total, spare, others = np.int64(0), -np.int64(need), 0
    other = np.empty(centres, dtype=np.int64)
    for centre in range(centres):
        opened[centre] = 0
        if state[centre] == OPEN or (state[centre] == FREE and worth[centre] < 0):
            opened[centre] = 1
            total += worth[centre]
            spare += capacity[centre]
        elif state[centre] == FREE:
            other[others] = centre
            others += 1
    if spare >= 0:
        return total
    for at in range(others):
        opened[other[at]] = 1
        total += worth[other[at]]
        spare += capacity[other[at]]
    if spare < 0:
        return NEVER
    shut = np.empty(others, dtype=np.int64)
    saved, count = best_load(worth, np.zeros(centres, dtype=np.int64), other, 0, others, capacity, spare, bench, shut)
    for at in range(count):
        opened[shut[at]] = 0
    return np.int64(total - saved)


@njit(cache=True, nogil=True)
def forced_covers(
    worth: Whole, capacity: Whole, state: States, need: Number, enough: Number, bench: Bench
) -> tuple[Number, Whole, Whole]:  # pragma: no cover - compiled
    """Return (least, if_open, if_shut): what a cover costs at least, and what at least with each centre open, and shut (centres,).

    A toll on what is held bounds every choice at once; those that it leaves within ``enough`` are then bounded exactly, if that is not too much work.
    """
    centres = worth.shape[0]
    least = cheapest_cover(worth, capacity, state, need, np.zeros(centres, dtype=np.int8), bench)
    if_open, if_shut = np.full(centres, least), np.full(centres, np.int64(NEVER))
    for centre in range(centres):
        if state[centre] == FREE:
            if_shut[centre] = least
    if least < NEVER:
        _tell_by_toll(worth, capacity, state, need, if_open, if_shut)
        _tell_exactly(worth, capacity, state, need, enough, if_open, if_shut, bench)
    return least, if_open, if_shut


@njit(cache=True, nogil=True)
def _toll(worth: Whole, capacity: Whole, state: States, need: Number) -> float:  # pragma: no cover - compiled
    """Return what the last centre to open in the relaxed cover costs for each unit of volume, 0 when nothing is lacking: the best toll."""
    ratio, left = np.empty(worth.shape[0]), np.int64(need)
    for centre in range(worth.shape[0]):
        ratio[centre] = worth[centre] / max(capacity[centre], 1)
        if state[centre] == OPEN or (state[centre] == FREE and worth[centre] < 0):
            left -= capacity[centre]
    for centre in np.argsort(ratio):
        if left <= 0:
            break
        if state[centre] == FREE and worth[centre] >= 0:
            left -= capacity[centre]
            if left <= 0:
                return float(ratio[centre])
    return 0.0


@njit(cache=True, nogil=True)
def _tell_by_toll(worth: Whole, capacity: Whole, state: States, need: Number, if_open: Whole, if_shut: Whole) -> None:  # pragma: no cover - compiled
    """Raise both bounds of each free centre to what the toll says: every cover costs what it holds too little, whatever the toll."""
    toll = _toll(worth, capacity, state, need)
    part, size = toll * need, toll * need
    for centre in range(worth.shape[0]):
        reduced = worth[centre] - toll * capacity[centre]
        if state[centre] == OPEN or (state[centre] == FREE and reduced < 0):
            part += reduced
            size += abs(worth[centre]) + toll * capacity[centre]
    for centre in range(worth.shape[0]):
        if state[centre] == FREE:
            reduced = worth[centre] - toll * capacity[centre]
            # A hair is taken off, as the sum is in floating point.
            hair = 1.0 + 1e-9 * (size + abs(reduced))
            if_open[centre] = max(if_open[centre], np.int64(np.floor(part + max(0.0, reduced) - hair)))
            if_shut[centre] = max(if_shut[centre], np.int64(np.floor(part + max(0.0, -reduced) - hair)))


@njit(cache=True, nogil=True)
def _tell_exactly(
    worth: Whole, capacity: Whole, state: States, need: Number, enough: Number, if_open: Whole, if_shut: Whole, bench: Bench
) -> None:  # pragma: no cover - compiled
    """Raise the bounds of each free centre that may still go both ways to what is exact.

    What may only go one way goes that way in every cover worth having, so it is taken as settled.
    """
    centres = worth.shape[0]
    known, asked, count = state.copy(), np.empty(centres, dtype=np.int64), 0
    for centre in range(centres):
        if state[centre] == FREE and if_open[centre] > enough:
            known[centre] = SHUT
        elif state[centre] == FREE and if_shut[centre] > enough:
            known[centre] = OPEN
        if known[centre] == FREE:
            asked[count] = centre
            count += 1
    if count * count > _FORCED_WORK:
        return
    opened = np.zeros(centres, dtype=np.int8)
    for centre in asked[:count]:
        known[centre] = OPEN
        if_open[centre] = max(if_open[centre], cheapest_cover(worth, capacity, known, need, opened, bench))
        known[centre] = SHUT
        if_shut[centre] = max(if_shut[centre], cheapest_cover(worth, capacity, known, need, opened, bench))
        known[centre] = FREE

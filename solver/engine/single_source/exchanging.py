"""Betters a plan by exchanging an open centre for a shut one, closing one, or opening one more, by bounds on what each of these would come to.

With the open centres given, serving all units within capacities is bounded from below by prices on room (Geoffrion, Mathematical Programming Study 2
(1974)): each unit goes where its cost and the price of the room it takes are least. A few steps from the prices at the plan's own centres tell nearly what
a change comes to, so that only few are tried in earnest; one whose bound is above what a plan may cost is not looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from solver.engine.compiling import njit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from solver.engine.single_source.plans import Plans
    from solver.engine.single_source.problem import Number, Problem

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]

_FIRST_STEPS, _STEPS = 150, 10
_TRIES = 10
"""Changes tried in earnest, the most promising first, before a set of centres is left as it is."""
_NONE = -1
"""Stands among the shut centres for none taken in."""
_WORK_OF_A_STEP = 50_000_000
"""Costs looked at between two looks at the clock."""


@dataclass
class Exchanges:
    """Goes from the best plan's open centres to better ones, a change at a time; each set of centres is gone over once."""

    problem: Problem
    plans: Plans
    _seen: set[bytes] = field(default_factory=set)

    def better(self, over: Callable[[], bool]) -> bool:
        """Change the best plan's centres, unless all changes of them were gone over; return whether that betters it."""
        if self.plans.centre_of is None:
            return False
        opened, cost = np.unique(self.plans.centre_of), self.plans.cost
        if opened.tobytes() in self._seen:
            return False
        self._seen.add(opened.tobytes())
        for centres in self._promising(opened, over):
            state = np.zeros(self.problem.centres, dtype=np.int8)
            state[centres] = 1
            self.plans.try_centres(state)
            if self.plans.cost < cost or over():
                break
        return self.plans.cost < cost

    def _promising(self, opened: Whole, over: Callable[[], bool]) -> list[Whole]:
        """Return the sets of centres one change from ``opened`` that may hold a plan worth having, those with the least bounds first."""
        problem, target = self.problem, self.plans.target
        assert target is not None
        shut = np.append(np.setdiff1d(np.arange(problem.centres), opened), _NONE)
        toll = room_prices(problem.cost, problem.opening, problem.volume, problem.capacity, opened, float(target))
        width = max(1, _WORK_OF_A_STEP // max(1, _STEPS * problem.units * (opened.size + 1) ** 2))
        parts = []
        for begin in range(0, shut.size, width):
            if over():
                return []
            some = shut[begin : begin + width]
            parts.append(changed_bounds(problem.cost, problem.opening, problem.volume, problem.capacity, opened, some, toll, float(target)))
        bounds = np.concatenate(parts, axis=1)
        order = np.argsort(bounds, axis=None, kind="stable")[:_TRIES]
        places = [divmod(int(one), shut.size) for one in order if bounds.flat[one] <= target]
        changed = [np.append(np.delete(opened, out) if out < opened.size else opened, shut[into]) for out, into in places]
        return [centres[centres != _NONE] for centres in changed]


@njit(cache=True, nogil=True)
def room_prices(cost: Whole, opening: Whole, volume: Whole, capacity: Whole, opened: Whole, upper: float) -> Real:  # pragma: no cover - compiled
    """Return (opened,) prices of a unit of room at the open centres; ``upper``, about what a plan costs, aims the steps there."""
    table, toll = _costs_at(cost, opened), np.zeros(opened.shape[0])
    _raise(table, volume, capacity[opened], toll, opening[opened].sum(), upper, _FIRST_STEPS)
    return toll


@njit(cache=True, nogil=True)
def changed_bounds(
    cost: Whole, opening: Whole, volume: Whole, capacity: Whole, opened: Whole, shut: Whole, toll: Real, upper: float
) -> Real:  # pragma: no cover - compiled
    """Return (opened + 1, shut) bounds on plans with ``opened[i]`` left out and ``shut[j]`` taken in, the last row for none left out.

    Parameters
    ----------
    cost
        (centres, units) in whole money.
    opening, capacity
        (centres,).
    volume
        (units,).
    opened, shut
        Centres by number; -1 among the shut ones stands for none taken in.
    toll
        (opened,) prices of room to start from.
    upper
        A bound above this is not raised any further.

    Returns
    -------
    Infinite where the centres do not hold all units, or for no change at all.
    """
    many, needed = opened.shape[0], volume.sum()
    found = np.full((many + 1, shut.shape[0]), np.inf)
    for into in range(shut.shape[0]):
        centres = opened if shut[into] < 0 else np.append(opened, shut[into])
        table, room, paid = _costs_at(cost, centres), capacity[centres], opening[centres].sum()
        start = np.zeros(centres.shape[0])
        start[:many] = toll
        if shut[into] >= 0 and room.sum() >= needed:
            found[many, into] = _raise(table, volume, room, start.copy(), paid, upper, _STEPS)
        for out in range(many):
            if room.sum() - room[out] >= needed:
                found[out, into] = _bound_without(out, table, volume, room, start, paid - opening[opened[out]], upper)
    return found


@njit(cache=True, nogil=True)
def _bound_without(out: int, table: Real, volume: Whole, room: Whole, start: Real, paid: Number, upper: float) -> float:  # pragma: no cover - compiled
    """Return a bound with nobody at centre ``out``; all is put back as it was."""
    cost, held = table[:, out].copy(), room[out]
    table[:, out], room[out] = np.inf, 0
    toll = start.copy()
    toll[out] = 0.0
    bound = _raise(table, volume, room, toll, paid, upper, _STEPS)
    table[:, out], room[out] = cost, held
    return bound


@njit(cache=True, nogil=True)
def _costs_at(cost: Whole, centres: Whole) -> Real:  # pragma: no cover - compiled
    """Return (units, centres) costs."""
    table = np.empty((cost.shape[1], centres.shape[0]))
    for at in range(centres.shape[0]):
        table[:, at] = cost[centres[at]]
    return table


@njit(cache=True, nogil=True)
def _serve(table: Real, volume: Whole, toll: Real, load: Real) -> float:  # pragma: no cover - compiled
    """Put each unit where it costs least with its room paid for, add up ``load`` (centres,), and return what that costs."""
    total = 0.0
    load[:] = 0.0
    for unit in range(volume.shape[0]):
        least, where = np.inf, 0
        for centre in range(toll.shape[0]):
            price = table[unit, centre] + toll[centre] * volume[unit]
            if price < least:
                least, where = price, centre
        total += least
        load[where] += volume[unit]
    return total


@njit(cache=True, nogil=True)
def _raise(table: Real, volume: Whole, room: Whole, toll: Real, paid: Number, upper: float, steps: int) -> float:  # pragma: no cover - compiled
    """Return the best bound of ``steps`` from the prices ``toll`` (centres,) of room, which are moved there; ``paid`` is for what is open."""
    best, kept, load, length = -np.inf, toll.copy(), np.empty(toll.shape[0]), 1.0
    for _ in range(steps):
        value = paid + _serve(table, volume, toll, load) - (toll * room).sum()
        if value > best:
            best = value
            kept[:] = toll
        else:
            length *= 0.7
        over = np.where((load > room) | (toll > 0), load - room, 0.0)
        square = (over * over).sum()
        if best > upper or square == 0.0:
            break
        toll[:] = np.maximum(0.0, toll + length * (upper - value) / square * over)
    toll[:] = kept
    return best

"""The problem by position, in whole money, and its costs in the units that bounds are computed in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Number = int | np.int64

NEVER = 1 << 60
"""Cost of what cannot be, in whole money and in fine units alike."""
_MOST_FINE = 1 << 28
"""What a whole plan costs in fine units, at most about: knapsacks are tables of 32-bit integers, twice as fast as of 64, with room to spare."""
_FINEST = 16


@dataclass(frozen=True)
class Problem:
    """Which centre serves each unit, at least cost.

    Attributes
    ----------
    capacity, opening
        (centres,) what each holds and costs to run, in whole money.
    volume
        (units,) never negative.
    cost
        (centres, units) whole money, :data:`NEVER` where the unit cannot go.
    """

    capacity: Whole
    opening: Whole
    volume: Whole
    cost: Whole

    @property
    def centres(self) -> int:
        """Number of centres."""
        return int(self.capacity.shape[0])

    @property
    def units(self) -> int:
        """Number of units."""
        return int(self.volume.shape[0])

    @cached_property
    def eligible(self) -> Flags:
        """(centres, units) where each unit may go and fits."""
        return np.asarray((self.cost < NEVER) & (self.volume[None, :] <= self.capacity[:, None]))

    def total(self, centre_of: Whole) -> int:
        """Return what it costs to serve unit u at ``centre_of[u]`` (units,)."""
        return int(self.cost[centre_of, np.arange(self.units)].sum()) + int(self.opening[np.unique(centre_of)].sum())

    def fits(self, centre_of: Whole) -> bool:
        """Tell whether every unit may go where ``centre_of`` (units,) puts it, and no centre holds too much."""
        loads = np.bincount(centre_of, weights=self.volume, minlength=self.centres)
        return bool((loads <= self.capacity).all() and self.eligible[centre_of, np.arange(self.units)].all())

    def part(self, centres: Whole, units: Whole) -> Problem:
        """Return the problem of some centres and units alone."""
        return Problem(self.capacity[centres], self.opening[centres], self.volume[units], np.ascontiguousarray(self.cost[np.ix_(centres, units)]))


class Fine(NamedTuple):
    """The problem with costs in fine units, a power of two to the pound, rounded down; a tuple, as compiled code takes no other record.

    Rounding down only lowers costs, so what is a bound here is one in money.
    """

    capacity: Whole
    opening: Whole
    volume: Whole
    cost: Whole


@dataclass(frozen=True)
class Scale:
    """``2 ** shift`` fine units make a pound; ``shift`` is negative where a fine unit is many pounds."""

    shift: int

    def down(self, money: int) -> int:
        """Return whole fine units in ``money``."""
        return money << self.shift if self.shift >= 0 else money >> -self.shift

    def money(self, fine: Whole) -> Whole:
        """Return whole money in ``fine`` units, rounded down."""
        return fine >> self.shift if self.shift >= 0 else fine << -self.shift

    def at_least(self, fine: int) -> int:
        """Return the least whole money that is not below ``fine`` units."""
        return -((-fine) >> self.shift) if self.shift >= 0 else fine << -self.shift


def scale_for(most: int) -> Scale:
    """Return the finest scale in which ``most`` money, about what a whole plan costs, leaves room to compute with."""
    shift = _FINEST
    while shift > -40 and (most << shift if shift >= 0 else most >> -shift) > _MOST_FINE:
        shift -= 1
    return Scale(shift)


def refined(problem: Problem, scale: Scale) -> Fine:
    """Return ``problem`` in fine units."""

    def fine(money: Whole) -> Whole:
        return money << scale.shift if scale.shift >= 0 else money >> -scale.shift

    cost = np.where(problem.eligible, fine(np.where(problem.eligible, problem.cost, 0)), NEVER)
    return Fine(problem.capacity, fine(problem.opening), problem.volume, np.ascontiguousarray(cost))

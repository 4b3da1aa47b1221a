"""Raises the bound: the volume algorithm on the prices of units.

Barahona and Anbil, "The volume algorithm: producing primal solutions with a subgradient method", Mathematical Programming 87 (2000): prices move along
``1 - mean served``, where the mean is an exponential average of what the looks served; the averages also say which options are worth opening.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from solver.construction.layout import NEVER
from solver.engine.certificate import SCALE, Certificate
from solver.engine.crew import Crew
from solver.engine.relaxation import smallest
from solver.engine.rooms import NO_BAND, Guide
from solver.engine.sweep import first_guide, nothing_seen
from solver.engine.totals import Pushes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from solver.engine.relaxation import Relaxation
    from solver.engine.totals import Total

    Real = NDArray[np.float64]


class Round(NamedTuple):
    """How one round of steps goes: looks without a better bound after which steps shorten, how long the first is, and how much a look counts at most."""

    patience: int
    step: float
    share: float


ROUNDS = (Round(4, 0.3, 0.3), Round(10, 0.05, 0.1), Round(20, 0.02, 0.02))
"""The first is quick and stops short; later ones find what it missed. On drafted France (34,869 bodies) a single patient round came in 300 looks to where
the first comes in 120; on drafted England the later ones raise the bound by 0.03 %."""
_LEAST_STEP, _LONGEST_STEP = 1e-4, 2.0
"""A round is over when its steps are shorter than the least."""
_MISSED = 0.01
"""A total that is missed by less on average is kept."""
_OVERSHOOT = 0.005
"""The target is at most this much above the bound, as a share: a far target makes wild steps."""


@dataclass(frozen=True)
class Found:
    """The best prices so far.

    Attributes
    ----------
    price
        (units,) of the best bound.
    push
        (totals,) of it; whole pounds of it count.
    guide
        How joining was spread for it.
    bound
        In floating point; :meth:`Ascent.certificate` gives what it proves exactly.
    served
        (units,) how often each unit was served on average.
    opened, built
        (options,) how far each option was open on average, and (options, services, bands) each band built.
    settled
        Whether the bound has stopped gaining.
    """

    price: Real
    push: Real
    guide: Guide
    bound: float
    served: Real
    opened: Real
    built: Real
    settled: bool


def compile_once() -> None:
    """Have the sweep compiled, or read from the cache, before any clock runs: the first time on a machine takes half a minute."""
    Ascent(smallest())


class Ascent:
    """Prices that rise towards the best bound, from a ``beginning`` or from the first prices; :meth:`climb` goes on where it left off."""

    def __init__(
        self,
        relaxation: Relaxation,
        threads: int = 1,
        beginning: Found | None = None,
        rounds: Sequence[Round] = ROUNDS,
        totals: Sequence[Total] = (),
    ) -> None:
        self._crew, self._rounds, self._pushes = Crew(relaxation, threads), rounds, Pushes(relaxation, totals)
        self._alone, push = relaxation.alone.astype(np.float64), np.zeros(len(totals))
        if beginning is None:
            self._guide, price = first_guide(relaxation), first_prices(relaxation)
        else:
            self._guide, price = _copy(beginning.guide), beginning.price
            push[: beginning.push.size] = beginning.push
        self._used, self._seen = first_guide(relaxation), nothing_seen(relaxation)
        bound = self._look(price, push)
        self._worth = self._seen.worth.copy()
        self.looks = self._fails = self._round = 0
        self._step = rounds[0].step
        self._mean, self._over = self._seen.served[:-1].copy(), self._pushes.over(self._seen.opened, self._seen.built)
        if beginning is None:
            served, opened, built = self._mean, self._seen.opened.copy(), self._seen.built.copy()
        else:
            served, opened, built = beginning.served, beginning.opened, beginning.built
        self._along, self._weight = self._pushes.along(served)
        self.found = Found(price, push, _copy(self._used), bound, served, opened, built, settled=False)

    def _look(self, price: Real, push: Real) -> float:
        """Return the bound at ``price`` and ``push``; what is served and opened there is left in ``_seen``, the guide it was found by in ``_used``."""
        some = self._pushes.priced(push)
        total = self._crew.look(some, np.append(price, 0.0), self._guide, self._used, self._seen)
        return float(price.sum() + total + some.constant)

    @property
    def priced(self) -> Relaxation:
        """What the best pushes make of the costs: what :meth:`certificate` proves of it holds for all that keeps the totals."""
        return self._pushes.priced(self.found.push)

    @property
    def worth(self) -> Real:
        """(options,) the least each option cost at the best prices: at those looked at last, which may have gone too far, other options look likely."""
        return self._worth

    def climb(self, upper: float, enough: Callable[[], bool], looks: float = math.inf) -> Found:
        """Raise the bound until ``enough`` says so, so many ``looks`` are made in all, it settles, or it meets the cost ``upper`` of a known plan."""
        while not (self.looks >= looks or enough() or self.found.settled or self.found.bound >= upper):
            if not self._move(upper):
                self.found = replace(self.found, settled=True)
        return self.found

    def _move(self, upper: float) -> bool:
        """Take one step; return False when there is no direction left or nothing is gained any more."""
        best = self.found
        direction = self._free(1.0 - self._mean, best.price)
        over = np.where((best.push <= 0) & (self._over < 0), 0.0, self._over)
        length = _product(direction, direction) + _product(self._weight * over, over)
        if length < 1e-9:
            return False
        target = min(upper, best.bound + _OVERSHOOT * abs(best.bound))
        step = self._step * (target - best.bound) / length
        # Whole pounds count: a shorter step than one would change nothing.
        pushed = np.where(np.abs(over) > _MISSED, np.copysign(np.maximum(1.0, step * self._weight * np.abs(over)), over), 0.0)
        push = np.maximum(0.0, best.push + pushed)
        price = np.minimum(best.price + step * direction + (push - best.push) @ self._along, self._alone)
        bound = self._look(price, push)
        self.looks += 1
        new = self._free(1.0 - self._seen.served[:-1], price)
        share = _share(direction, new, self._rounds[self._round].share)
        self._mean = (1 - share) * self._mean + share * self._seen.served[:-1]
        self._over = (1 - share) * self._over + share * self._pushes.over(self._seen.opened, self._seen.built)
        served = (1 - share) * best.served + share * self._seen.served[:-1]
        opened = (1 - share) * best.opened + share * self._seen.opened
        built = (1 - share) * best.built + share * self._seen.built
        if bound > best.bound:
            if _product(new, direction) >= 0:
                self._step = min(_LONGEST_STEP, self._step * 1.1)
            self._fails = 0
            self._worth = self._seen.worth.copy()
            self.found = Found(price, push, _copy(self._used), bound, served, opened, built, settled=False)
        else:
            self.found = replace(best, served=served, opened=opened, built=built)
            self._fails += 1
            if self._fails >= self._rounds[self._round].patience:
                self._step, self._fails = self._step * 0.66, 0
        return self._step >= _LEAST_STEP or self._next_round()

    def _free(self, direction: Real, price: Real) -> Real:
        """Return the direction without what would raise prices that are as high as they may be."""
        return np.where((price >= self._alone) & (direction > 0), 0.0, direction)

    def _next_round(self) -> bool:
        """Begin the next round of steps; return False when there is none."""
        if self._round + 1 == len(self._rounds):
            return False
        self._round += 1
        self._step = self._rounds[self._round].step
        return True

    def certificate(self) -> Certificate:
        """Return the best prices in whole numbers."""
        guide = self.found.guide
        worth_building = guide.band != NO_BAND
        return Certificate(
            unit_price=np.floor(self.found.price).astype(np.int64),
            spread_price=np.rint(guide.spread_price * SCALE).astype(np.int64),
            counted=np.where(worth_building.any(axis=1)[:, None], worth_building, True),
            room_price=np.rint(guide.room_price * SCALE).astype(np.int64),
        )


def _copy(guide: Guide) -> Guide:
    return Guide(guide.spread_price.copy(), guide.room_price.copy(), guide.band.copy())


def _product(a: Real, b: Real) -> float:
    """Return the inner product, without the library whose threads go on spinning on the cores that looks are shared among."""
    return float(np.einsum("i,i", a, b))


def _share(direction: Real, new: Real, most: float) -> float:
    """Return the weight of the new solution that makes the averaged direction shortest, within limits."""
    difference = new - direction
    length = _product(difference, difference)
    if length <= 0:
        return most
    return float(np.clip(-_product(direction, difference) / length, most / 10, most))


def first_prices(some: Relaxation) -> Real:
    """Return (units,) what each unit costs where it is cheapest, with its share of joining and of the largest room."""
    nth = some.capacity.argmax(axis=2)[:, :, None]
    largest = np.take_along_axis(some.capacity, nth, axis=2)[:, :, 0]
    room = np.take_along_axis(some.band_cost, nth, axis=2)[:, :, 0] / np.maximum(largest, 1)
    option = some.member_option
    services = some.unit.shape[1]
    price = np.append(some.alone.astype(np.float64), 0.0)
    for service in range(services):
        unit = some.unit[:, service]
        whole = some.least_cost[:, service] + room[option, service] * some.volume[unit] + some.joining / services
        usable = (some.least_cost[:, service] < NEVER) & (some.opening[option] < NEVER)
        np.minimum.at(price, unit, np.where(usable, whole, np.inf))
    return price[:-1]

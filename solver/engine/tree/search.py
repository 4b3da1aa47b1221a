"""Branch and bound, the branch with the least bound first: each raises its prices from where the one it came from left them.

Whatever is cut off is cut off by prices in whole numbers (:mod:`solver.engine.certificate`), so the bound that a search ends with is exact.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from solver.engine.ascent import ROUNDS, Ascent, Found, Round
from solver.engine.tree.choosing import branches
from solver.engine.tree.decisions import Decisions, narrowed, nothing_decided
from solver.engine.tree.fixing import fixed

if TYPE_CHECKING:
    from collections.abc import Callable

    from solver.engine.relaxation import Relaxation

_ROUNDS = (Round(3, 0.1, 0.3), Round(6, 0.03, 0.1))
"""How prices are raised on a branch: they stand near where they belong."""
_LOOKS, _MOST_LOOKS = 20, 300
"""After so many looks it is seen whether more are worth it, and so many are the most."""
_PATIENCE = 16
"""A branch is gone on with as long as so many times what the last looks gained would cut it off."""

_TRIED_AGAIN, _LATEST = 8, 0.2
"""Of so many branches one is split by what has paid less; and how much the latest split counts in what pays."""


@dataclass(frozen=True, order=True)
class _Branch:
    """What is left to search: the least that plans on it cost, when it came up, what is decided, and where its prices stand."""

    bound: int
    number: int
    decided: Decisions = field(compare=False)
    found: Found = field(compare=False)


class Tree:
    """A search that goes on where it left off.

    Attributes
    ----------
    looks
        At all options, so far.
    branches
        Looked into so far.
    """

    def __init__(self, whole: Relaxation, found: Found, bound: int, gap: float) -> None:
        self._whole, self._gap = whole, gap
        self._open = [_Branch(bound, 0, nothing_decided(whole), found)]
        self._out = self._left = math.inf
        self._rate = {True: math.inf, False: math.inf}
        self.looks = self.branches = 0

    @property
    def bound(self) -> float:
        """No plan costs less; infinite before the first search where nothing is open."""
        return min(self._out, self._left, self._open[0].bound if self._open else math.inf)

    @property
    def done(self) -> bool:
        """Whether the bound can rise no more: nothing is left to search, or what is left is not below a branch on which all is decided."""
        return not self._open or self._open[0].bound >= self._left

    def go_on(self, upper: int, looks: int, enough: Callable[[], bool]) -> None:
        """Search until so many ``looks`` are made, ``enough`` says so, or nothing cheaper by more than the gap than ``upper``, the best plan, is left.

        Looks are counted between two splits, so that both sides of one are looked into.
        """
        most = _least_of_interest(upper, self._gap)
        # Whatever costs as much is cut off, or fixed away on branches that stay: no bound is above it.
        self._out = min(self._out, most)
        while not self.done and self.looks < looks and not enough():
            one = heapq.heappop(self._open)
            if one.bound >= most:
                continue
            both = branches(self._whole, one.decided, one.found.opened, one.found.built, totals=self._totals_pay())
            if both is None:
                self._settle(one, most, enough)
            else:
                self._split(one, both, most, enough)

    def _totals_pay(self) -> bool:
        """Tell whether limits on totals have raised bounds by more a look than single decisions; now and then what has not is tried again."""
        pay = self._rate[True] >= self._rate[False]
        return pay != (self.branches // 2 % _TRIED_AGAIN == _TRIED_AGAIN - 1)

    def _split(self, one: _Branch, both: tuple[Decisions, Decisions], most: int, enough: Callable[[], bool]) -> None:
        """Look into both ways to decide something, and note how much that raised their bounds."""
        looks, gained = self.looks, 0.0
        for nth, decided in enumerate(both):
            bound = self._look_into(one, decided, most, enough)
            if bound is None:
                # Stopped halfway: the branch stands for what of it has not been looked into.
                rest = one.decided if nth == 0 else decided
                heapq.heappush(self._open, _Branch(one.bound, self.branches, rest, one.found))
                return
            gained += min(bound, most) - one.bound
        kind, rate = both[0].totals != one.decided.totals, gained / max(1, self.looks - looks)
        self._rate[kind] = rate if math.isinf(self._rate[kind]) else (1 - _LATEST) * self._rate[kind] + _LATEST * rate

    def _look_into(self, one: _Branch, decided: Decisions, most: int, enough: Callable[[], bool]) -> float | None:
        """Raise the bound of what comes of a decision, and keep what is left of it to search; return the bound, ``None`` if there was no time for it."""
        some = narrowed(self._whole, decided)
        self.branches += 1
        if some is None:
            return math.inf
        ascent = Ascent(some, beginning=one.found, rounds=_ROUNDS, totals=decided.totals)
        self._climb(ascent, most, enough, thorough=len(decided.totals) > len(one.decided.totals))
        if enough() and ascent.found.bound < most:
            return None
        bound, decided = self._proven(one, ascent, decided, most)
        if bound < most:
            heapq.heappush(self._open, _Branch(bound, self.branches, decided, ascent.found))
        return bound

    def _climb(self, ascent: Ascent, most: int, enough: Callable[[], bool], *, thorough: bool) -> None:
        """Raise the bound while that may cut the branch off; ``thorough`` as long as it may take, where prices have a way to go."""
        gained = math.inf
        # Prices are rounded to whole pounds: a little more than enough is asked for.
        target = float(most + self._whole.units + 1)
        while (thorough or gained * _PATIENCE >= target - ascent.found.bound) and ascent.looks < _MOST_LOOKS and not enough():
            before = ascent.found.bound
            ascent.climb(target, enough, ascent.looks + _LOOKS)
            if ascent.found.settled or ascent.found.bound >= target:
                break
            gained = ascent.found.bound - before
        self.looks += ascent.looks + 1

    def _settle(self, one: _Branch, most: int, enough: Callable[[], bool]) -> None:
        """Raise the bound of a branch on which all is decided as far as it goes; what cannot be cut off then stays as it is."""
        some = narrowed(self._whole, one.decided)
        if some is None:
            return
        ascent = Ascent(some, beginning=one.found, rounds=ROUNDS, totals=one.decided.totals)
        ascent.climb(float(most + self._whole.units + 1), enough)
        self.looks += ascent.looks + 1
        if enough() and not ascent.found.settled:
            heapq.heappush(self._open, one)
            return
        bound, _ = self._proven(one, ascent, one.decided, most)
        if bound < most:
            self._left = min(self._left, bound)

    def _proven(self, one: _Branch, ascent: Ascent, decided: Decisions, most: int) -> tuple[int, Decisions]:
        """Return what prices prove of what comes of a branch; where whole numbers do not hold it, what was known of the branch."""
        try:
            bound, decided = fixed(ascent.priced, ascent.certificate(), decided, most)
        except OverflowError:
            return one.bound, decided
        return max(bound, one.bound), decided


def _least_of_interest(cost: int, gap: float) -> int:
    """Return from which cost on a plan is as good as the best one, given how far above the bound that may be."""
    return math.ceil(cost * (1 - gap)) if cost > 0 else cost

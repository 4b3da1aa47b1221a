"""Smallest sets that meet every one of several sets."""

from __future__ import annotations

import itertools
from collections.abc import Sequence


def minimum_hitting_set(sets: Sequence[frozenset[int]]) -> frozenset[int]:
    """Return a smallest set that has a member in common with each of ``sets``, the first in order of numbers; exact, for few and small sets.

    Raises
    ------
    ValueError
        When one of the sets is empty, so that nothing meets it.
    """
    if not all(sets):
        raise ValueError("nothing meets an empty set")
    for size in itertools.count():
        found = _within(sorted(set(sets), key=lambda one: (len(one), sorted(one))), frozenset(), size)
        if found is not None:
            return found
    raise AssertionError


def _within(sets: Sequence[frozenset[int]], chosen: frozenset[int], left: int) -> frozenset[int] | None:
    missed = [one for one in sets if not one & chosen]
    if not missed:
        return chosen
    if left < _disjoint(missed):
        return None
    for member in sorted(missed[0]):
        found = _within(missed, chosen | {member}, left - 1)
        if found is not None:
            return found
    return None


def _disjoint(sets: Sequence[frozenset[int]]) -> int:
    """Return how many of the sets, taken in order, have no member in common: so many members are needed at least."""
    covered: frozenset[int] = frozenset()
    count = 0
    for one in sets:
        if not one & covered:
            covered |= one
            count += 1
    return count

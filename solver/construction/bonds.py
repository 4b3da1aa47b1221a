"""What ties bodies to centres and to each other: who must join, who goes with whom, who stays apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from models.positions import ANY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.construction.layout import Block, Layout
    from solver.construction.terms import Terms, Together

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class LocalBonds:
    """Bonds among the rows of one block.

    Attributes
    ----------
    barred
        (n, services) units that may not be served there: they are required elsewhere, or who must come along cannot.
    apart
        Pairs of rows of which only one may be a member.
    together
        Groups of rows that are members all or none.
    drawn
        (n,) bodies that must use this centre.
    """

    barred: Flags
    apart: tuple[tuple[int, int], ...]
    together: tuple[Whole, ...]
    drawn: Flags


class Bonds:
    """The ties of an instance, and how many of them a placement breaks."""

    def __init__(self, layout: Layout, terms: Terms, barred: frozenset[tuple[int, int]] = frozenset()) -> None:
        self._layout, self._terms, self._barred = layout, terms, barred
        self._local: dict[int, LocalBonds] = {}
        self.group = _groups(layout.bodies, terms.together)
        """(bodies,) the number of the group each body goes with; a body by itself is its own group."""
        sizes = np.bincount(self.group, minlength=layout.bodies)
        self.tied = sizes[self.group] > 1
        """(bodies,) whether others go along: such a body is kept at one centre, so that they can."""
        self.must_join = np.zeros(layout.bodies, dtype=np.bool_)
        """(bodies,) bodies that must use some centre."""
        self.must_move = np.zeros(layout.units + 1, dtype=np.bool_)
        """(units + 1,) units that may not stay alone."""
        self.bound_to = np.full(layout.units + 1, ANY, dtype=np.int64)
        """(units + 1,) the only centre a unit may be at."""
        for one in terms.required:
            self.must_join[one.body] = True
            if one.service != ANY and (unit := int(layout.unit_of[one.body, one.service])) < layout.units:
                self.must_move[unit] = True
                self.bound_to[unit] = one.centre
        for pair in terms.together:
            self.must_join[[pair.a, pair.b]] |= pair.must
        self._checks: dict[int, list[int]] = defaultdict(list)
        self._conditions = terms.bonds
        for number, condition in enumerate(self._conditions):
            for body in condition.bodies:
                self._checks[body].append(number)

    @property
    def any(self) -> bool:
        """Whether there are any bonds at all."""
        return bool(self._conditions)

    def conditions_on(self, bodies: Whole) -> set[int]:
        """Return the numbers of the conditions that concern ``bodies``."""
        return {number for body in bodies.tolist() for number in self._checks.get(body, ())}

    def broken(self, number: int, centre_of_unit: Whole) -> bool:
        """Tell whether a condition is broken when units (units + 1,) are at these centres, -1 for alone."""

        def centres_of(body: int, service: int) -> set[int]:
            units = self._layout.unit_of[body]
            return {centre for centre in centre_of_unit[units if service == ANY else units[[service]]].tolist() if centre >= 0}

        return self._conditions[number].broken(centres_of)

    def local(self, block: Block) -> LocalBonds:
        """Return the bonds among the rows of ``block``."""
        if block.option not in self._local:
            self._local[block.option] = self._make(block)
        return self._local[block.option]

    @cached_property
    def _group_size(self) -> Whole:
        return np.bincount(self.group, minlength=self._layout.bodies)

    def _make(self, block: Block) -> LocalBonds:
        row_of = {body: row for row, body in enumerate(block.body.tolist())} if self._conditions or self._barred else {}
        bound = self.bound_to[block.unit]
        barred = (bound != ANY) & (bound != block.centre)
        barred[[row_of[body] for body, centre in self._barred if centre == block.centre and body in row_of]] = True
        together = []
        for group in np.unique(self.group[block.body[self.tied[block.body]]]):
            rows = np.flatnonzero(self.group[block.body] == group)
            together.append(rows)
            if rows.shape[0] < self._group_size[group]:
                barred[rows] = True
        drawn = np.zeros(block.body.shape, dtype=np.bool_)
        drawn[[row_of[one.body] for one in self._terms.required if one.centre == block.centre and one.body in row_of]] = True
        apart = tuple((row_of[pair.a], row_of[pair.b]) for pair in self._terms.apart if pair.a in row_of and pair.b in row_of)
        return LocalBonds(barred, apart, tuple(together), drawn)


def _groups(bodies: int, pairs: Sequence[Together]) -> Whole:
    """Return (bodies,) group numbers: bodies joined by a chain of pairs share one."""
    group = np.arange(bodies, dtype=np.int64)
    for pair in pairs:
        group[group == group[pair.a]] = group[pair.b]
    return group

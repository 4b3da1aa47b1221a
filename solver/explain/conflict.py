"""The smallest set of rules and rows that no plan can keep together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from solver.backends.contracts import Options, Outcome
from solver.backends.process import run_backend, run_many
from solver.explain.elastic import HARD, Groups, elastic
from solver.explain.hitting import minimum_hitting_set

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.program import Program
    from solver.explain.restrictions import Restrictions

_SMALL_COLUMNS = 20_000
"""Columns up to which starting a solver's process costs more than solving, so that several programs are handed over at once."""
_WIDTH = 12
_ROUNDS = 60
"""Sets of restrictions looked at in search of a smaller conflict, before it is left unproven."""


@dataclass(frozen=True)
class Conflict:
    """Elements that no plan can keep together.

    Attributes
    ----------
    elements
        Positions in ``Restrictions.elements``.
    minimal
        Whether it is proven that without any one of them the others can be kept.
    smallest
        Whether it is proven that no smaller set of elements is in conflict.
    found_by
        ``arithmetic`` or ``solver``.
    reason
        Why they conflict, where arithmetic can say so.
    """

    elements: tuple[int, ...]
    minimal: bool
    smallest: bool
    found_by: str
    reason: str = ""


@dataclass
class Judge:
    """Asks a back end whether some elements can be kept together; remembers the plans it has seen.

    Attributes
    ----------
    found, solver
        The program taken apart, and the name of a back end.
    time_limit
        Seconds for each question; ``None`` is no limit.
    settled
        Whether every question so far was answered.
    trouble
        Why the back end did not answer, in its own words.
    disagreement
        Empty, or how the audit and the back end contradict each other.
    """

    found: Restrictions
    solver: str
    time_limit: float | None = None
    settled: bool = True
    trouble: str = ""
    disagreement: str = ""
    asked: int = 0
    _plans: list[NDArray[np.int64]] = field(default_factory=list)

    def __post_init__(self) -> None:
        columns = self.found.formulation.columns
        alone = np.zeros(self.found.formulation.program.columns, dtype=np.int64)
        alone[columns.alone] = 1
        self._plans.append(alone)

    @property
    def width(self) -> int:
        """How many questions are worth asking at once."""
        return _WIDTH if self.found.formulation.program.columns <= _SMALL_COLUMNS else 1

    def run(self, programs: Sequence[Program], start: NDArray[np.int64] | None = None) -> list[Outcome]:
        """Solve programs one after the other in one process of the back end; a single one may be given a plan to start from."""
        self.asked += len(programs)
        options = Options(time_limit=self.time_limit)
        if len(programs) == 1:
            return [run_backend(programs[0], self.solver, options, start=start)]
        return run_many(list(programs), self.solver, options)

    def in_conflict(self, sets: Sequence[Sequence[int]]) -> list[bool]:
        """Tell of each set of elements whether no plan can keep all of them; a set that stays open counts as one that can be kept."""
        programs = [self.found.kept(one) for one in sets]
        known = [any(not program.violations(plan) for plan in self._plans) for program in programs]
        open_ones = [program for program, settled in zip(programs, known, strict=True) if not settled]
        answers = iter(self.run(open_ones) if open_ones else [])
        return [not settled and self._conflicting(next(answers)) for settled in known]

    def _conflicting(self, outcome: Outcome) -> bool:
        if outcome.values is not None:
            self._plans.append(outcome.values)
            return False
        if outcome.stop != "infeasible":
            self.settled, self.trouble = False, outcome.message
        return outcome.stop == "infeasible"


def minimal(candidates: Sequence[int], in_conflict: Callable[[Sequence[Sequence[int]]], list[bool]], width: int = 1) -> list[int]:
    """Return some of ``candidates``, which are in conflict, none of which can be left out.

    A deletion filter that tries to leave out the tail of what is left, at ``width`` places at once: where leaving out one more ends the conflict,
    that one is needed (J. W. Chinneck, Feasibility and Infeasibility in Optimization, 2008; U. Junker, QuickXplain, 2004).
    """
    needed: list[int] = []
    left = list(candidates)
    while True:
        low, high = 0, len(left)
        while low < high:
            cuts = sorted({low + (high - low) * step // (width + 1) for step in range(1, width + 1)} if high - low > width else set(range(low, high)))
            answers = in_conflict([[*needed, *left[:cut]] for cut in cuts])
            conflicting = [cut for cut, answer in zip(cuts, answers, strict=True) if answer]
            high = min(conflicting, default=high)
            low = max((cut + 1 for cut, answer in zip(cuts, answers, strict=True) if not answer and cut < high), default=low)
        if high == 0:
            return needed
        needed.append(left[high - 1])
        left = left[: high - 1]


def minimal_conflict(judge: Judge) -> list[int]:
    """Return a minimal conflict among all elements: rules first, then the rows of those that matter."""
    elements = judge.found.elements
    rules = sorted({element.rule for element in elements})
    rows_of = {rule: [number for number, element in enumerate(elements) if element.rule == rule] for rule in rules}

    def of_rules(sets: Sequence[Sequence[int]]) -> list[bool]:
        return judge.in_conflict([[number for rule in one for number in rows_of[rules[rule]]] for one in sets])

    kept = minimal(range(len(rules)), of_rules, judge.width)
    return sorted(minimal([number for rule in sorted(kept) for number in rows_of[rules[rule]]], judge.in_conflict, judge.width))


def smallest_conflict(judge: Judge, known: Sequence[int]) -> tuple[list[int], bool]:
    """Return (a conflict no larger than ``known``, whether none is smaller).

    Every conflict meets every set of elements whose removal leaves a plan. Such sets are gathered, each the least that has to go while a smallest
    set that meets all earlier ones stays; when that one cannot stay whole it is a smallest conflict (A. Ignatiev and others, Smallest MUS
    extraction with minimal hitting set dualization, 2015).
    """
    corrections: list[frozenset[int]] = []
    for _ in range(_ROUNDS):
        kept = minimum_hitting_set(corrections)
        if len(kept) >= len(known):
            return list(known), True
        correction = _least_correction(judge, kept)
        if correction is None:
            break
        if not correction:
            return sorted(kept), True
        corrections.append(correction)
    return list(known), False


def _least_correction(judge: Judge, kept: frozenset[int]) -> frozenset[int] | None:
    """Return the fewest elements to give up for a plan that keeps all of ``kept``; empty when there is no such plan, ``None`` when not settled."""
    found = judge.found
    count = len(found.elements)
    hard = np.zeros(count + 1, dtype=np.bool_)
    hard[[*kept, count]] = True
    group = np.where(hard[:count], HARD, np.arange(count))
    of_row = np.where(found.row_element == -1, HARD, group[found.row_element])
    price = np.where(hard[:count], 0, 1).astype(np.int64)
    groups = Groups(price, of_row.astype(np.int64), group[found.barred_element].astype(np.int64), np.zeros(of_row.shape, dtype=np.int64))
    built = elastic(found, groups)
    outcome = judge.run([built.program])[0]
    if outcome.stop == "infeasible":
        return frozenset()
    if outcome.values is None:
        return None
    # It need not be proven the least: any set whose removal leaves a plan is met by every conflict.
    return frozenset(int(number) for number in built.given_up(outcome.values)) or None

"""Tiny programs whose answers were worked out by hand: a back end that misses one is not to be trusted with anything larger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.sparse import csr_array

from models.program import UNBOUNDED, Program
from solver.backends.process import Options, run_backend, run_many

_OPEN = int(UNBOUNDED)


@dataclass(frozen=True)
class Canary:
    """A program and its least cost; ``None``: there is no plan."""

    name: str
    program: Program
    expected: int | None


class Verdict(StrEnum):
    """What to think of a back end's answer: a proof not finished in time is no wrong one."""

    OK = "ok"
    SLOW = "slow"
    WRONG = "WRONG"


@dataclass(frozen=True)
class CanaryResult:
    """What a back end made of a canary; ``found`` is ``None`` when it proved that there is no plan, and a sentence when it came to no proof."""

    name: str
    expected: int | None
    found: int | str | None
    verdict: Verdict
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the answer is the one worked out by hand."""
        return self.verdict is Verdict.OK


def program_of(
    cost: Sequence[int],
    rows: Sequence[tuple[Sequence[int], int, int]],
    upper: Sequence[int] | None = None,
    lower: Sequence[int] | None = None,
    constant: int = 0,
) -> Program:
    """Return a small program from dense rows (weights, lower limit, upper limit); columns are binary unless limits say otherwise."""
    columns = len(cost)
    matrix = csr_array(np.array([weights for weights, _, _ in rows], dtype=np.int64).reshape(len(rows), columns))
    matrix.eliminate_zeros()
    return Program(
        cost=np.array(cost, dtype=np.int64),
        lower=np.array(lower if lower is not None else [0] * columns, dtype=np.int64),
        upper=np.array(upper if upper is not None else [1] * columns, dtype=np.int64),
        matrix=matrix,
        row_lower=np.array([low for _, low, _ in rows], dtype=np.int64),
        row_upper=np.array([high for _, _, high in rows], dtype=np.int64),
        row_tag=np.zeros(len(rows), dtype=np.int32),
        tags=("canary",),
        constant=constant,
        name="canary",
    )


def canaries() -> tuple[Canary, ...]:
    """Return every canary; the comment beside each is the reasoning behind its answer."""
    return (
        # A flow of 10 is due. The site (20, once open any flow is free) or buying short at 9999.9 a unit, in units: open, 20. HiGHS 1.14.0 does not.
        Canary("open a site or pay 99999", program_of([20, 0, 9999], [([0, 1, 1], 10, _OPEN), ([-100, 1, 0], -_OPEN, 0)], upper=[1, 100, 100]), 20),
        # Dual of the same fault: 4 and a half are due in halves; nine cheap halves at 1 against whole units at 3: 9.
        Canary("halves against wholes", program_of([1, 3], [([1, 2], 9, _OPEN)], upper=[20, 10]), 9),
        # Three loads of 2^30 + 1 in one centre of 3 x 2^30 + 3: all three fit exactly, so opening once (5) suffices; a 32-bit sum would not see it.
        Canary("loads beyond 32 bits fit", _large_loads(3 * 2**30 + 3), 5),
        # A part in three thousand less, and one load must go to the second centre: 5 + 7.
        Canary("loads beyond 32 bits do not fit", _large_loads(3 * 2**30 - 2**20), 12),
        # Two binaries cannot come to 3.
        Canary("no plan", program_of([1, 1], [([1, 1], 3, _OPEN)]), None),
        # 2x + 2y = 3 has no whole answer, though x = 1, y = 1/2 nearly is one.
        Canary("no whole plan", program_of([1, 1], [([2, 2], 3, 3)]), None),
        _facility(),
        # x - 2y = 1 within -3..3: (1, 0), (3, 1), (-1, -1), (-3, -2). Least 5x - 11y + 100: 105, 104, 106, 107. Least 104.
        Canary("equality and negative numbers", program_of([5, -11], [([1, -2], 1, 1)], lower=[-3, -3], upper=[3, 3], constant=100), 104),
        # Weights 6, 5, 5 into 10: by value per weight the first goes in (7), fractions promise 7 + 4/5 x 5 = 11; the two fives give 10.
        Canary("knapsack whose fractions mislead", program_of([-7, -5, -5], [([6, 5, 5], -_OPEN, 10)]), -10),
        # Plans of thousands of millions that differ by one pound: 2 of 3 must be chosen; the two least are 10^9 and 10^9 + 1.
        Canary("a pound among thousands of millions", program_of([10**9 + 2, 10**9 + 1, 10**9], [([1, 1, 1], 2, 2)], constant=10**10), 12 * 10**9 + 1),
    )


def _large_loads(capacity: int) -> Program:
    """Three loads of 2^30 + 1 over two centres; columns: load 0..2 at centre 0, load 0..2 at centre 1, open 0, open 1 at 5 and 7."""
    load = 2**30 + 1
    rows = [([1 if at % 3 == item and at < 6 else 0 for at in range(8)], 1, 1) for item in range(3)]
    rows += [
        ([load, load, load, 0, 0, 0, -capacity, 0], -_OPEN, 0),
        ([0, 0, 0, load, load, load, 0, -(2 * load)], -_OPEN, 0),
    ]
    return program_of([0] * 6 + [5, 7], rows)


def _facility() -> Canary:
    """Two centres of capacity 10 and 7, opening 9 and 6; bodies of volume 4, 5, 3 with charges (1, 3), (2, 2), (4, 1).

    Only centre 0: 12 > 10. Only centre 1: 12 > 7. So both open, 15. Each body at its best: 1 + 2 + 1 = 4, loads 4 + 5 = 9 and 3, or 4 and 8 > 7:
    the first way fits. 19.
    """
    rows = [([1, 0, 0, 1, 0, 0, 0, 0], 1, 1), ([0, 1, 0, 0, 1, 0, 0, 0], 1, 1), ([0, 0, 1, 0, 0, 1, 0, 0], 1, 1)]
    rows += [([4, 5, 3, 0, 0, 0, -10, 0], -_OPEN, 0), ([0, 0, 0, 4, 5, 3, 0, -7], -_OPEN, 0)]
    return Canary("two centres, three bodies", program_of([1, 2, 4, 3, 2, 1, 9, 6], rows), 19)


def option_trouble(backend: str, solver_options: Mapping[str, str]) -> str:
    """Return in a sentence why a back end refuses raw options, found out on a canary; empty where it takes them."""
    if not solver_options:
        return ""
    outcome = run_backend(canaries()[0].program, backend, Options(time_limit=20.0, solver_options=solver_options))
    return outcome.message if outcome.reason == "option" else ""


def run_canaries(backend: str) -> list[CanaryResult]:
    """Run every canary on a back end, all in one child process."""
    known = canaries()
    outcomes = run_many([canary.program for canary in known], backend, Options(time_limit=20.0))
    results = []
    for canary, outcome in zip(known, outcomes, strict=True):
        found: int | str | None
        if outcome.stop == "infeasible":
            found = None
        elif outcome.stop == "proved":
            found = outcome.cost
        else:
            found = f"{outcome.stop}: {outcome.message or outcome.raw_status}"
        verdict = Verdict.OK if found == canary.expected else Verdict.SLOW if outcome.stop == "limit" else Verdict.WRONG
        results.append(CanaryResult(canary.name, canary.expected, found, verdict, outcome.seconds))
    return results

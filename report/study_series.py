"""What the pictures of a study show, as plain numbers: drawn for people and written out for programs from the same values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from solver.study.duels import Duel, duels
from solver.study.gap_curves import GapCurve, gap_curves
from solver.study.integrals import MeanIntegral, mean_integrals, primal_integrals
from solver.study.records import Record
from solver.study.summary import Table, profile

_LEAST_FACTOR = 2.0
_LARGEST_FACTOR = 1e7
_STEPS = 240
_FIRST_MOMENT_S = 0.05
_SIGNIFICANT = 6


@dataclass(frozen=True)
class Series:
    """What each picture shows, over the instances and seeds that every contender has run.

    Attributes
    ----------
    contenders, runs
        Who, over how many instances and seeds.
    limit_s
        The time limit, or ``None``.
    horizon_s
        Seconds at which time axes end: the time limit or, without one, the longest run.
    factors, profile
        Factors of the fastest, and the share of runs each contender solved within them; empty when one stands alone or nobody solved anything.
    solved
        Seconds at which the runs of each contender were solved, rising.
    moments, gaps
        Seconds, and the gap between plan and bound at them.
    integrals
        Mean primal integrals, least first.
    duels
        Contenders face to face.
    """

    contenders: tuple[str, ...]
    runs: int
    limit_s: float | None
    horizon_s: float
    factors: tuple[float, ...]
    profile: Mapping[str, Sequence[float]]
    solved: Mapping[str, Sequence[float]]
    moments: tuple[float, ...]
    gaps: tuple[GapCurve, ...]
    integrals: tuple[MeanIntegral, ...]
    duels: tuple[Duel, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the series by picture as plain values, times in seconds, gaps and shares as fractions."""
        return {
            "performance-profile": {"times_the_fastest": _rounded(self.factors), "share_solved": {name: _rounded(row) for name, row in self.profile.items()}},
            "solved-over-time": {"runs": self.runs, "solved_at_s": {name: _rounded(row) for name, row in self.solved.items()}},
            "gap-over-time": {
                "seconds": _rounded(self.moments),
                "gap": {one.contender: {"low": _rounded(one.low), "median": _rounded(one.median), "high": _rounded(one.high)} for one in self.gaps},
            },
            "primal-integral": [{"contender": one.contender, **asdict(one.interval), "by_instance": _rounded(one.values)} for one in self.integrals],
            "face-to-face": [asdict(one) for one in self.duels],
        }


def series(table: Table, records: Sequence[Record]) -> Series:
    """Return what the pictures of ``table`` show; ``records`` are all there are, for the best known costs."""
    runs = [record for row in table.rows.values() for record in row.values()]
    limit = runs[0].limits["time_limit"] if runs else None
    horizon = max((record.seconds for record in runs), default=0.0) if limit is None else limit
    factors = _factors(table)
    moments = tuple(_logarithmic(_FIRST_MOMENT_S, max(horizon, 2 * _FIRST_MOMENT_S))) if runs else ()
    return Series(
        contenders=table.contenders,
        runs=len(table.rows),
        limit_s=limit,
        horizon_s=horizon,
        factors=factors,
        profile=profile(table, factors) if factors else {},
        solved={name: sorted(row[name].seconds for row in table.rows.values() if row[name].solved) for name in table.contenders},
        moments=moments,
        gaps=tuple(gap_curves(runs, moments)),
        integrals=tuple(mean_integrals(primal_integrals(table, records))),
        duels=tuple(duels(table)),
    )


def _factors(table: Table) -> tuple[float, ...]:
    """Return factors as far as any line of the profile rises; none where one contender stands alone or nobody solved anything."""
    if len(table.contenders) < 2:
        return ()
    coarse = _logarithmic(1.0, _LARGEST_FACTOR)
    shares = profile(table, coarse)
    if not any(any(row) for row in shares.values()):
        return ()
    last = max(next(at for at, share in enumerate(row) if share == row[-1]) for row in shares.values())
    return tuple(_logarithmic(1.0, max(_LEAST_FACTOR, coarse[min(last + 1, len(coarse) - 1)])))


def _logarithmic(low: float, high: float) -> list[float]:
    """Return :data:`_STEPS` places from ``low`` to ``high``, each the same times the one before."""
    return [low * math.exp(math.log(high / low) * at / (_STEPS - 1)) for at in range(_STEPS)]


def _rounded(values: Sequence[float]) -> list[float]:
    return [float(f"{value:.{_SIGNIFICANT}g}") for value in values]

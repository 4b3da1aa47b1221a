"""Times of many runs as one figure, time-outs included, and what a difference between two of them is worth."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SHIFT_S = 1.0
"""Seconds: what is much shorter hardly counts, so that a tenth of a second more or less on a tiny instance does not decide."""
PENALTY = 10.0
RESAMPLES = 10_000
FEWEST_INSTANCES = 5
"""Below this many instances no interval is given: so few can be drawn in too few ways."""


@dataclass(frozen=True)
class Ratio:
    """How the shifted times of one contender compare with those of another.

    ``value`` below 1 says that the first is faster; ``low`` and ``high`` enclose 95 % of the bootstrap, ``None`` with fewer than five instances.
    """

    value: float
    low: float | None
    high: float | None
    instances: int

    @property
    def significant(self) -> bool:
        """Tell whether the interval leaves out 1, equal speed."""
        return self.low is not None and self.high is not None and not self.low <= 1.0 <= self.high


def shifted_geometric_mean(seconds: Sequence[float], shift: float = SHIFT_S) -> float:
    """Return exp(mean(ln(t + shift))) - shift (T. Achterberg, Constraint Integer Programming, thesis, TU Berlin 2007, A.3)."""
    return math.exp(math.fsum(math.log(one + shift) for one in seconds) / len(seconds)) - shift


def penalised_mean(seconds: Sequence[float | None], limit: float, penalty: float = PENALTY) -> float:
    """Return the mean time with ``penalty`` x ``limit`` for each run not solved, ``None`` here: PAR10 (F. Hutter et al., ParamILS, JAIR 36, 2009)."""
    return math.fsum(penalty * limit if one is None else one for one in seconds) / len(seconds)


def performance_profile(times: Mapping[str, Sequence[float | None]], within: Sequence[float]) -> dict[str, list[float]]:
    """Return for each contender the share of problems solved within each factor of ``within`` of the fastest (Dolan and More, Math. Program. 91, 2002).

    ``times`` holds, problem by problem, seconds or ``None`` where not solved; a problem that nobody solved counts for nobody. Seconds are taken as at least a
    hundredth, below which clocks say little.
    """
    fastest = [min((one for one in row if one is not None), default=None) for row in zip(*times.values(), strict=True)]
    return {name: _shares(row, fastest, within) for name, row in times.items()}


def paired_ratio(first: Mapping[str, Sequence[float]], second: Mapping[str, Sequence[float]], *, seed: int = 0) -> Ratio:
    """Return how the shifted geometric mean of ``first`` compares with that of ``second``, with a bootstrap interval.

    Parameters
    ----------
    first, second
        Seconds of the same runs, seed by seed, by instance.
    seed
        Of the resampling.

    Notes
    -----
    Instances are what is drawn, with all their seeds: runs of one instance are no independent witnesses. Percentile interval of 10,000 draws of the mean
    difference of logarithms (B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13).
    """
    import numpy as np

    differences = np.array([_log_mean(first[name]) - _log_mean(second[name]) for name in first])
    value = float(np.exp(differences.mean()))
    if len(differences) < FEWEST_INSTANCES:
        return Ratio(value, None, None, len(differences))
    draws = np.random.default_rng(seed).integers(0, len(differences), (RESAMPLES, len(differences)))
    low, high = np.exp(np.quantile(differences[draws].mean(axis=1), [0.025, 0.975]))
    return Ratio(value, float(low), float(high), len(differences))


def _shares(row: Sequence[float | None], fastest: Sequence[float | None], within: Sequence[float]) -> list[float]:
    times = sorted(max(one, 0.01) / max(best, 0.01) for one, best in zip(row, fastest, strict=True) if one is not None and best is not None)
    return [bisect_right(times, factor) / len(row) for factor in within]


def _log_mean(seconds: Sequence[float]) -> float:
    return math.fsum(math.log(one + SHIFT_S) for one in seconds) / len(seconds)

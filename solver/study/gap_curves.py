"""How the gap of each contender closed over time, over all its runs: median and middle half."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from solver.study.measures import Trace, gap, trace_of
from solver.study.records import Record


@dataclass(frozen=True)
class GapCurve:
    """Gap between plan and bound at each moment: lower quartile, median and upper quartile over the runs of one contender."""

    contender: str
    low: tuple[float, ...]
    median: tuple[float, ...]
    high: tuple[float, ...]


def gap_curves(records: Sequence[Record], moments: Sequence[float]) -> list[GapCurve]:
    """Return the curve of each contender at ``moments`` (seconds); without plan or bound the gap is 1, and a run that ended keeps its last."""
    import numpy as np

    found = []
    for name in dict.fromkeys(record.contender for record in records):
        gaps = np.array([gaps_at(trace_of(record), moments) for record in records if record.contender == name])
        low, median, high = (tuple(map(float, row)) for row in np.quantile(gaps, [0.25, 0.5, 0.75], axis=0))
        found.append(GapCurve(name, low, median, high))
    return found


def gaps_at(trace: Trace, moments: Sequence[float]) -> list[float]:
    """Return the gap between incumbent and bound at each of ``moments``, which rise."""
    found, at, now = [], 0, 1.0
    for moment in moments:
        while at < len(trace) and trace[at][0] <= moment:
            now = gap(trace[at][1], trace[at][2])
            at += 1
        found.append(now)
    return found

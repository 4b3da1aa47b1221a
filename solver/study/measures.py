"""How good a run was over its time: gaps, integrals of gaps, and when it first came how near.

The gap functions and the primal integral are T. Berthold's (Measuring the impact of primal heuristics, Operations Research Letters 41(6), 2013, 611-614); the
primal-dual integral is the same with the bound in place of the best known cost, as SCIP reports it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from solver.study.records import Record

Trace = Sequence[tuple[float, int | None, float | None]]
"""(seconds, cost, bound) in time order; each holds until the next."""
NEAR = (0.05, 0.01, 0.001)
"""Distances from the best known cost at which a run's time is taken."""


@dataclass(frozen=True)
class Measures:
    """What a run's trace says of it; seconds on the run's clock, ``None`` where it never happened.

    Attributes
    ----------
    best_known
        Least audited cost of the instance in the study.
    gap_to_best
        (cost - best known) / larger of the two, 1 without a plan; ``None`` when nothing is known.
    first_plan_s, within_5_s, within_1_s, within_01_s, proof_s
        Until the first plan, one within 5, 1 and 0.1 % of the best known, and proof within the gap asked for.
    primal_integral, primal_dual_integral
        Gap-seconds up to the time limit or, without one, to ``horizon_s``.
    """

    best_known: int | None
    gap_to_best: float | None
    first_plan_s: float | None
    within_5_s: float | None
    within_1_s: float | None
    within_01_s: float | None
    proof_s: float | None
    primal_integral: float | None
    primal_dual_integral: float | None
    horizon_s: float


def gap(one: float | None, other: float | None) -> float:
    """Return Berthold's gap: |one - other| / max(|one|, |other|); 0 when equal, 1 when either is missing or their signs differ."""
    if one is None or other is None:
        return 1.0
    if one == other:
        return 0.0
    if one * other < 0:
        return 1.0
    return abs(one - other) / max(abs(one), abs(other))


def primal_integral(trace: Trace, best: float, horizon: float) -> float:
    """Return the integral over [0, ``horizon``] of the gap between incumbent and ``best``; 1 for every second without a plan."""
    return _integral(trace, lambda cost, _: gap(cost, best), horizon)


def primal_dual_integral(trace: Trace, horizon: float) -> float:
    """Return the integral over [0, ``horizon``] of the gap between incumbent and bound; 1 for every second in which one is missing."""
    return _integral(trace, gap, horizon)


def seconds_within(trace: Trace, best: float, distance: float) -> float | None:
    """Return when the incumbent first cost no more than ``best`` + ``distance`` x |``best``|."""
    most = best + distance * abs(best)
    return next((seconds for seconds, cost, _ in trace if cost is not None and cost <= most), None)


def first_plan(trace: Trace) -> float | None:
    """Return when there first was a plan."""
    return next((seconds for seconds, cost, _ in trace if cost is not None), None)


def trace_of(record: Record) -> list[tuple[float, int | None, float | None]]:
    """Return the trace of a run as far as it is to be believed, with its end.

    A solver may tell of a plan that it never hands over: nothing counts as cheaper than the audited plan, and without one there was none. Costs only fall and
    bounds only rise.
    """
    final, cost, bound = record.audited_cost, None, None
    trace: list[tuple[float, int | None, float | None]] = []
    end = max([record.seconds, *(seconds for seconds, _, _ in record.events)])
    for seconds, told, proven in [*record.events, (end, final, record.bound)]:
        if told is not None and final is not None:
            cost = max(final, told if cost is None else min(told, cost))
        if proven is not None:
            bound = proven if bound is None else max(bound, proven)
        trace.append((seconds, cost, bound))
    return trace


def measured(record: Record, best: int | None, horizon: float) -> Measures:
    """Return the measures of ``record``, given the best known cost of its instance and the seconds to integrate over.

    A run that ended early keeps what it had: its last gap counts for the rest of the time.
    """
    trace = trace_of(record)

    def within(distance: float) -> float | None:
        return None if best is None else seconds_within(trace, best, distance)

    return Measures(
        best_known=best,
        gap_to_best=None if best is None else gap(record.audited_cost, best),
        first_plan_s=first_plan(trace),
        within_5_s=within(NEAR[0]),
        within_1_s=within(NEAR[1]),
        within_01_s=within(NEAR[2]),
        proof_s=record.seconds if record.solved else None,
        primal_integral=None if best is None else primal_integral(trace, best, horizon),
        primal_dual_integral=primal_dual_integral(trace, horizon),
        horizon_s=horizon,
    )


def all_measured(records: Sequence[Record]) -> list[Measures]:
    """Return the measures of each record, with the best cost and, without a time limit, the longest run of its instance taken from all of them."""
    best: dict[str, int] = {}
    longest: dict[str, float] = {}
    for record in records:
        longest[record.digest] = max(longest.get(record.digest, 0.0), record.seconds)
        if record.audited_cost is not None:
            best[record.digest] = min(best.get(record.digest, record.audited_cost), record.audited_cost)
    return [measured(one, best.get(one.digest), longest[one.digest] if one.limits["time_limit"] is None else one.limits["time_limit"]) for one in records]


def _integral(trace: Trace, height: Callable[[float | None, float | None], float], horizon: float) -> float:
    total, since, high = 0.0, 0.0, height(None, None)
    for seconds, cost, bound in trace:
        until = min(seconds, horizon)
        total += high * (until - since)
        since, high = until, height(cost, bound)
    return total + high * (horizon - since)

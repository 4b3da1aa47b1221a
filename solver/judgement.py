"""What to make of a solver's answer: how far its bound is believed, what contradicts it, and why a run stopped."""

from __future__ import annotations

import math
import os
import platform
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solver.backends.contracts import Outcome

PROOF_TOLERANCE = 2e-12
"""How far a gap may be above the one asked for and still count as within it: what floating point does to a quotient."""


class Stop(StrEnum):
    """Why a run stopped."""

    PROVED = "proved"
    LIMIT = "limit"
    CANCELLED = "cancelled"
    INFEASIBLE = "infeasible"
    FAILED = "failed"


def stopped(outcome: Outcome, gap: float | None, asked_gap: float, disagreement: str) -> Stop:
    """Return why the run stopped: proof is for the gap between cost and bound to give."""
    if disagreement:
        return Stop.FAILED
    if outcome.stop not in ("proved", "limit"):
        return Stop(outcome.stop)
    return Stop.PROVED if gap is not None and gap <= asked_gap + PROOF_TOLERANCE else Stop.LIMIT


def believed_bound(outcome: Outcome, cost: int | None, floor: int | None = None) -> int | None:
    """Return the solver's bound or, where it is higher, ``floor``, which needs no solver; never above the ``cost`` of an answer that stands."""
    bound = safe_bound(outcome.bound)
    if floor is not None and outcome.stop != "infeasible":
        bound = floor if bound is None else max(bound, floor)
    return bound if bound is None or cost is None else min(bound, cost)


def false_proof(cost: int, outcome: Outcome, what: str) -> str:
    """Return how a solver's bound is above the ``cost`` of ``what`` stands, empty when it is not; one part in a million is left to floating point."""
    bound = safe_bound(outcome.bound)
    if bound is None or bound - cost <= 1 + 1e-6 * abs(cost):
        return ""
    return f"the solver claims no plan costs less than {bound}, yet {what} costs {cost} (it says: {outcome.raw_status})"


def safe_bound(bound: float | None) -> int | None:
    """Return a solver's bound as whole money, rounded so that it stays a bound.

    Costs are whole, so a bound of 10.2 means 11; a hair is taken off first, because a solver's bound carries floating-point error.
    """
    if bound is None or not math.isfinite(bound):
        return None
    return math.ceil(bound - 1e-12 * abs(bound) - 1e-4)


def relative_gap(cost: int | None, bound: int | None) -> float | None:
    """Return (cost - bound) / |cost|; 0 when both are equal, ``None`` when either is missing or the cost is 0."""
    if cost is None or bound is None:
        return None
    if cost == bound:
        return 0.0
    return (cost - bound) / abs(cost) if cost else None


def machine() -> dict[str, object]:
    """Return what a record says of the machine it was made on."""
    return {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}

"""Why no plan keeps every rule, and what would let one stand."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.audit import audit
from solver.construct import do_nothing
from solver.explain.arithmetic import arithmetic_conflict
from solver.explain.conflict import Conflict, Judge, minimal_conflict, smallest_conflict
from solver.explain.relaxation import PRICE, Relaxation, relaxations
from solver.explain.restrictions import restrictions

if TYPE_CHECKING:
    from models.instance import Instance
    from solver.explain.elements import Element

EXPLANATION_SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Explanation:
    """What :func:`explain` found.

    Attributes
    ----------
    feasible
        Whether some plan keeps every rule; ``None`` when that was not settled.
    message
        The finding in one sentence.
    conflict
        The rules and rows in conflict; ``None`` when there is no conflict or it was not found.
    minimal, smallest
        Whether it is proven that none of them can be left out, and that no smaller set is in conflict.
    found_by, reason
        ``arithmetic`` or ``solver``, and why they conflict where arithmetic can say so.
    relaxations
        Ways out, the cheapest first.
    weights
        By which prices were multiplied.
    solver, solves, time_s
        Which back end was asked how many questions, and how long all of it took.
    trouble, disagreement
        Why a question stayed open, and how the audit and the back end contradict each other; empty when neither happened.
    """

    feasible: bool | None
    message: str
    conflict: tuple[Element, ...] = ()
    minimal: bool = False
    smallest: bool = False
    found_by: str = ""
    reason: str = ""
    relaxations: tuple[Relaxation, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    solver: str = ""
    solves: int = 0
    time_s: float = 0.0
    trouble: str = ""
    disagreement: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the explanation as plain values, ready for JSON; keys are stable, more may be added."""
        return {
            "schema_version": EXPLANATION_SCHEMA_VERSION,
            "feasible": self.feasible,
            "message": self.message,
            "conflict": [one.as_dict() for one in self.conflict],
            "minimal": self.minimal,
            "smallest": self.smallest,
            "found_by": self.found_by,
            "reason": self.reason,
            "price": PRICE,
            "weights": dict(self.weights),
            "relaxations": [one.as_dict() for one in self.relaxations],
            "solver": self.solver,
            "solves": self.solves,
            "time_s": self.time_s,
            "trouble": self.trouble,
            "disagreement": self.disagreement,
        }


def explain(
    instance: Instance,
    solver: str = "highs",
    *,
    time_limit: float | None = 60.0,
    alternatives: int = 3,
    weights: Mapping[str, float] | None = None,
) -> Explanation:
    """Return the smallest conflict that can be proven in ``instance`` and the cheapest ways out of it, or that there is none.

    Parameters
    ----------
    instance
        A valid instance.
    solver
        Name of a back end.
    time_limit
        Seconds for each program handed to it; there are a few dozen.
    alternatives
        How many ways out to list.
    weights
        By rule, what the price of its breaches is multiplied by; 1 where not named.

    Raises
    ------
    KeyError
        When there is no such solver.
    """
    began = time.monotonic()
    if audit(instance, do_nothing(instance)).ok:
        return Explanation(True, "Carrying on as today keeps every rule, so there is a plan.", time_s=_since(began))
    return explained(Judge(restrictions(instance), solver, time_limit), alternatives, weights)


def explained(judge: Judge, alternatives: int = 3, weights: Mapping[str, float] | None = None) -> Explanation:
    """Return the explanation of the instance that ``judge`` asks about."""
    began, found, weights = time.monotonic(), judge.found, weights or {}
    conflict = arithmetic_conflict(found)
    if conflict is None:
        if not judge.in_conflict([range(len(found.elements))])[0]:
            return _no_conflict(judge, began)
        members = minimal_conflict(judge)
        conflict = Conflict(tuple(members), judge.settled, False, "solver")
    members, smallest = smallest_conflict(judge, conflict.elements)
    if len(members) < len(conflict.elements):
        conflict = Conflict(tuple(members), True, True, "solver")
    ways_out = relaxations(judge, weights, alternatives)
    return Explanation(
        feasible=False,
        message=f"No plan keeps every rule: {'this cannot be kept' if len(members) == 1 else f'these {len(members)} cannot be kept together'}.",
        conflict=tuple(found.elements[number] for number in conflict.elements),
        minimal=conflict.minimal,
        smallest=smallest,
        found_by=conflict.found_by,
        reason=conflict.reason,
        relaxations=tuple(ways_out),
        weights=weights,
        solver=judge.solver,
        solves=judge.asked,
        time_s=_since(began),
        trouble=judge.trouble,
        disagreement=judge.disagreement,
    )


def _no_conflict(judge: Judge, began: float) -> Explanation:
    feasible = True if judge.settled else None
    message = "Some plan keeps every rule." if feasible else "Whether any plan keeps every rule was not settled."
    return Explanation(feasible, message, solver=judge.solver, solves=judge.asked, time_s=_since(began), trouble=judge.trouble)


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)

"""What a run has proven, as far as that still stands for the instance and plan at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.rules import restrictions
from report.money import percent
from solver.checking import asked_gap
from solver.judgement import relative_gap
from solver.stored_record import expected_figures, record_breaches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.audit import Audit
    from models.instance import Instance
    from models.plan import Plan


@dataclass(frozen=True)
class Proof:
    """What may be said of how good a plan is.

    Attributes
    ----------
    bound
        No plan within ``within`` costs less, penalties counted in; ``None`` when nothing is proven, or nothing that can be believed.
    cost
        Cost of the plan at hand, as audited; ``None`` without one.
    within
        How rules shrank the question for the solver's sake, each as the end of "plans in which ..."; beyond them nothing is proven.
    doubt
        Why what the record claims is not repeated; empty when it stands.
    """

    bound: int | None
    cost: int | None
    within: tuple[str, ...] = ()
    doubt: str = ""

    @property
    def gap(self) -> float | None:
        """(cost - bound) / cost, as a fraction; never one that was stored."""
        return relative_gap(self.cost, self.bound)

    @property
    def useful(self) -> bool:
        """Whether the bound says more than that a plan may cost nothing at all: a gap of all the cost tells a reader nothing."""
        return self.bound is not None and (self.cost is None or self.bound == self.cost or not self.bound <= 0 < self.cost)

    @property
    def plans(self) -> str:
        """The plans it speaks of, after "no" or "of the": ``plan``, or ``plan in which each body ...``."""
        return "plan" + self.limits

    @property
    def limits(self) -> str:
        """What narrows the plans it speaks of: empty, or ``in which each body ...`` after a space."""
        return f" in which {' and '.join(self.within)}" if self.within else ""


def proof(record: Mapping[str, Any], instance: Instance, plan: Plan | None, found: Audit | None) -> Proof:
    """Return what ``record`` proves of ``plan``, whose audit made now is ``found``: nothing when its figures are not those of instance and plan."""
    bound, cost = record.get("bound"), None if found is None else found.cost
    within, doubt = restrictions(instance), _doubt(record, instance, plan, found)
    return Proof(None if doubt or not isinstance(bound, int) else bound, cost, within, doubt)


def proved_words(record: Mapping[str, Any], proven: Proof) -> str:
    """Return what a run that stopped with a proof has proven, in words, with the gap it was asked for where that is not nought."""
    asked = asked_gap(record) or 0.0
    return f"no {proven.plans} is better" + (f" by more than {percent(asked, 2)}, the gap asked for" if asked else "")


def _doubt(record: Mapping[str, Any], instance: Instance, plan: Plan | None, found: Audit | None) -> str:
    if record.get("digest") != instance.digest():
        return "the instance at hand is not the one that was solved"
    if record.get("disagreement"):
        return "the solver and the audit contradict each other"
    if plan is None or found is None:
        return "the plan that the record tells of is missing" if record.get("cost") is not None else ""
    if not found.ok:
        return "the plan breaks hard rules"
    breaches = record_breaches("the record", record, expected_figures(instance, plan, found), asked_gap(record))
    # An older record may lack a figure; what it does say has to be so.
    wrong = [breach.message for breach in breaches if breach.rule != "stored-missing"]
    return wrong[0] if wrong else ""

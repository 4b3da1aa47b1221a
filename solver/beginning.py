"""What a solver starts from: the plan constructed or the plan given, whichever stands and costs less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.audit import audit
from solver.backends.contracts import Event

if TYPE_CHECKING:
    from models.audit import Audit
    from models.instance import Instance
    from models.plan import Plan
    from solver.construct import Constructed


@dataclass(frozen=True)
class Beginning:
    """What there was before the solver began.

    Attributes
    ----------
    name, plan
        What it starts from: ``constructed``, ``given`` or ``none``.
    constructed
        The plan constructed, if any.
    seconds
        Spent on constructing.
    audited
        Where each plan comes from, the plan and its audit.
    events
        What there is to tell.
    """

    name: str
    plan: Plan | None
    constructed: Constructed | None
    seconds: float
    audited: tuple[tuple[str, Plan, Audit], ...]
    events: tuple[Event, ...]


def beginning(instance: Instance, given: Plan | None, constructed: Constructed | None, seconds: float) -> Beginning:
    """Return what to start from; a plan given that breaks a rule is only for solvers that can mend it, and so only where none was constructed."""
    audited: tuple[tuple[str, Plan, Audit], ...] = ()
    cheaper = False
    if given is not None:
        judged = audit(instance, given)
        audited = (("start", given, judged),)
        cheaper = judged.ok and (constructed is None or judged.cost < constructed.cost)
    if constructed is None:
        return Beginning("none" if given is None else "given", given, None, seconds, audited, ())
    audited = (*audited, ("construct" if constructed.plan.clusters else "do nothing", constructed.plan, constructed.audit))
    event = Event(seconds, constructed.cost, None, "construct")
    return Beginning("given" if cheaper else "constructed", given if cheaper else constructed.plan, constructed, seconds, audited, (event,))

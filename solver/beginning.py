"""What a solver starts from: the plan constructed or the plan given, whichever stands and costs less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.audit import audit
from solver.backends.contracts import Event

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.audit import Audit
    from models.formulation import Formulation
    from models.instance import Instance
    from models.plan import Plan
    from solver.backends.contracts import StartUse
    from solver.construct import Constructed


@dataclass(frozen=True)
class Beginning:
    """What there was before the solver began.

    Attributes
    ----------
    name, plan
        What it starts from: ``constructed``, ``given``, ``consortia`` (the engine's) or ``none``.
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


@dataclass(frozen=True)
class Handed:
    """What is handed to the solver: values (columns,) or nothing, and, of a plan given, how many of its assignments and clusters were lost on the way."""

    values: NDArray[np.int64] | None
    lost: str = ""


def handed(first: Beginning, formulation: Formulation) -> Handed:
    """Return the values to start from; a plan given of which nothing is eligible is not handed on."""
    if first.plan is None:
        return Handed(None)
    values = formulation.values(first.plan)
    if first.name != "given":
        return Handed(values)
    kept = formulation.plan(values)
    gone = len(set(first.plan.assignments) - set(kept.assignments))
    if gone == len(first.plan.assignments):
        return Handed(None, f"none of its {gone:,} assignments is eligible here")
    if gone:
        return Handed(values, f"{gone:,} of {len(first.plan.assignments):,} assignments {'is' if gone == 1 else 'are'} not eligible here")
    changed = sum(cluster not in kept.clusters for cluster in first.plan.clusters)
    return Handed(values, f"{changed:,} of {len(first.plan.clusters):,} clusters cannot be as they were" if changed else "")


def fate(first: Beginning, start: Handed, use: StartUse, *, foreign: bool) -> str:
    """Return in words what became of a plan given; empty when none was. ``foreign`` tells that it was made for another instance."""
    judged = next((judged for name, _, judged in first.audited if name == "start"), None)
    if judged is None:
        return ""
    broken = f"it breaks {len(judged.breaches):,} rule(s), the first: {judged.breaches[0].message}" if judged.breaches else ""
    whose = "made for another instance; " if foreign else ""
    if first.name != "given":
        if broken:
            return f"rejected: {whose}{broken}"
        return f"passed over: {whose}a plan found without it costs no more"
    if start.values is None or use == "rejected":
        return f"rejected: {whose}{start.lost or broken or 'the solver did not take it'}"
    if start.lost or use == "repaired":
        return f"repaired: {whose}{start.lost or broken or 'the solver mended it'}"
    if use == "accepted":
        return "accepted" + (", though made for another instance" if foreign else "")
    return f"unknown: {whose}the solver did not say what it made of it"

"""A plan to start from: built by the rules construction knows, judged by the audit, mended where other rules object."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from models.audit import Audit, audit
from models.plan import Assignment, Plan
from solver.construction.building import Bars, Budget, build, prepare

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from models.candidates import Candidates
    from models.instance import Instance
    from models.plan_view import Breach
    from models.rules import ActiveRule

REBUILDS = 3
"""How often a plan is built anew without what the audit objected to."""
_REMOVALS = 5
"""How often what it objects to is then taken out of the plan as it is."""
_LONGEST_S = 300.0
"""A safety net: the work budget ends construction long before."""


@dataclass(frozen=True)
class Constructed:
    """A plan that stands, its audit, and the seconds it took."""

    plan: Plan
    audit: Audit
    seconds: float

    @property
    def cost(self) -> int:
        """Net present cost of the plan with the penalties of soft rules."""
        return self.audit.cost


def construct(
    instance: Instance,
    candidates: Candidates,
    active: Sequence[ActiveRule],
    *,
    time_limit: float | None = None,
    cancel: threading.Event | None = None,
) -> Constructed | None:
    """Return a good plan in which the audit finds no breach, or carrying on as today where that is cheaper; ``None`` when neither stands.

    Parameters
    ----------
    instance, candidates, active
        The problem, what is eligible in it, and the rules in force.
    time_limit
        Seconds after which to stop improving. The audit of the plan comes on top.
    cancel
        Set it to stop improving at once.
    """
    began = time.monotonic()
    budget = Budget(deadline=began + min(_LONGEST_S, time_limit if time_limit is not None else _LONGEST_S), cancel=cancel)
    best = _standing(instance, candidates, active, budget)
    today = do_nothing(instance)
    judged = audit(instance, today)
    if judged.ok and (best is None or judged.cost < best[1].cost):
        best = today, judged
    return None if best is None else Constructed(*best, time.monotonic() - began)


def do_nothing(instance: Instance) -> Plan:
    """Return the plan in which every body stays alone."""
    baseline = instance.table("baseline")
    return Plan((), tuple(Assignment(body, service) for body, service in zip(baseline["body"], baseline["service"], strict=True)))


def _standing(instance: Instance, candidates: Candidates, active: Sequence[ActiveRule], budget: Budget) -> tuple[Plan, Audit] | None:
    """Build until the audit has nothing to object to; then take out of the last plan what it still objects to."""
    prepared, bars = prepare(candidates, active), Bars()
    for _ in range(REBUILDS):
        built = build(prepared, budget, bars=bars)
        plan, judged = built.plan, audit(instance, built.plan)
        more = bars_for(candidates, plan, judged.breaches)
        # What construction itself could not keep it will not keep with less to choose from.
        if judged.ok or built.breaches or not more or budget.spent(0):
            break
        bars |= more
    plan, judged = cut_out(plan, judged, partial(audit, instance))
    return (plan, judged) if judged.ok else None


def cut_out(plan: Plan, judged: Audit, audited: Callable[[Plan], Audit]) -> tuple[Plan, Audit]:
    """Return a plan less what its audit objects to, a few times over, with what ``audited`` then says of it."""
    for _ in range(_REMOVALS):
        if judged.ok or not plan.clusters:
            break
        plan = _without(plan, judged.breaches)
        judged = audited(plan)
    return plan, judged


def bars_for(candidates: Candidates, plan: Plan, breaches: Sequence[Breach]) -> Bars:
    """Return what to build without: a body at a centre where the breach names both, the cluster or the body's centres where it names one."""
    arrays = candidates.arrays
    model_at = {cluster.centre: arrays.model_position[cluster.commercial_model] for cluster in plan.clusters}
    options, bodies = set(), set()
    for breach in breaches:
        if breach.body in arrays.body_position:
            named = {breach.centre} if breach.centre else {one.centre for one in plan.assignments if one.body == breach.body}
            bodies |= {(arrays.body_position[breach.body], arrays.centre_position[centre]) for centre in named & model_at.keys()}
        elif breach.centre in model_at:
            options.add((arrays.centre_position[breach.centre], model_at[breach.centre]))
    every = zip(candidates.option_centre.tolist(), candidates.option_model.tolist(), strict=True)
    return Bars(frozenset(option for option, key in enumerate(every) if key in options), frozenset(bodies))


def _without(plan: Plan, breaches: Sequence[Breach]) -> Plan:
    """Return the plan less every cluster that a breach names, or that a body it names uses."""
    bodies = {breach.body for breach in breaches}
    closed = {breach.centre for breach in breaches} | {one.centre for one in plan.assignments if one.body in bodies}
    return Plan(
        tuple(cluster for cluster in plan.clusters if cluster.centre not in closed),
        tuple(Assignment(one.body, one.service, "" if one.centre in closed else one.centre) for one in plan.assignments),
    )

"""Why a body goes where it goes: what that costs, component by component, against staying alone and against another centre."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from models import economics
from models.audit import Audit, audit
from models.findings import InvalidInstance, nearest
from models.schema import EVERY
from solver.judgement import Stop
from solver.sensitivity.leavers import leaving
from solver.solve import solve

if TYPE_CHECKING:
    from models.instance import Instance
    from models.plan import Plan
    from solver.solve import Run


@dataclass(frozen=True)
class Difference:
    """One component of cost: in the plan, in the other plan, and how much of the difference is the body's own lines."""

    component: str
    here: int
    there: int
    own_here: int
    own_there: int

    @property
    def more(self) -> int:
        """How much more the other plan costs."""
        return self.there - self.here


@dataclass(frozen=True)
class Comparison:
    """The plan against another one.

    Attributes
    ----------
    what
        How the other plan came about, such as ``re-solved with alder at north``.
    centres
        Where the body goes in the other plan; empty when it stays alone.
    cost, bound
        Of the other plan, and below which no such plan falls (``None``: not known, or not searched for).
    proven
        Whether the other plan is proven the best of its kind.
    differences
        By component; they add up to the difference of the two costs.
    breaches
        Hard rules that the other plan breaks: it is then no alternative, only a price.
    trouble
        Why there is no other plan.
    """

    what: str
    centres: tuple[str, ...] = ()
    cost: int | None = None
    bound: int | None = None
    proven: bool = False
    differences: tuple[Difference, ...] = ()
    breaches: tuple[str, ...] = ()
    trouble: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as plain values, ready for JSON."""
        return {**dataclasses.asdict(self), "differences": [{**dataclasses.asdict(one), "more": one.more} for one in self.differences]}


@dataclass(frozen=True)
class Placement:
    """Where a body goes in a plan, and the plan against others."""

    body: str
    centres: tuple[str, ...]
    cost: int
    own_cost: int
    required_by: tuple[str, ...]
    comparisons: tuple[Comparison, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the placement as plain values, ready for JSON."""
        return {**dataclasses.asdict(self), "comparisons": [one.as_dict() for one in self.comparisons]}


def placement(instance: Instance, plan: Plan, body: str, *, solver: str = "auto", centre: str = "", time_limit: float | None = 60.0) -> Placement:
    """Return why ``body`` goes where it goes in ``plan``.

    The body's leaving with all else kept is re-priced; its staying alone, and its next best centre (or ``centre``), are forced by rows of ``links``
    and re-solved.

    Raises
    ------
    KeyError
        When the instance has no such body or centre, or there is no such solver.
    """
    refuse_unknown(instance, body, centre)
    found = audit(instance, plan)
    here = tuple(sorted({one.centre for one in plan.assignments if one.body == body and one.centre}))
    comparisons = []
    if here:
        comparisons.append(_compared(instance, "re-priced with the body out and all else kept", body, found, leaving(plan, [body])))
        alone = [(body, EVERY, "forbidden")]
        comparisons.append(_resolved(instance, f"re-solved with {body} alone", body, found, plan, alone, solver, time_limit))
    if centre:
        forced = [(body, centre, "required")]
        comparisons.append(_resolved(instance, f"re-solved with {body} at {centre}", body, found, plan, forced, solver, time_limit))
    else:
        elsewhere = [*((body, one, "forbidden") for one in here), (body, EVERY, "required")]
        where = "at another centre" if here else "at some centre"
        comparisons.append(_resolved(instance, f"re-solved with {body} {where}", body, found, plan, elsewhere, solver, time_limit))
    own = sum(line.net_present_cost for line in found.lines if line.body == body and line.component != "penalty")
    return Placement(body, here, found.cost, own, _required_by(instance, body), tuple(comparisons))


def refuse_unknown(instance: Instance, body: str, centre: str) -> None:
    """Raise ``KeyError`` when the instance has no such body or centre; an empty name is none."""
    for what, name, table in (("body", body, "bodies"), ("centre", centre, "centres")):
        known = instance.tables[table][what].tolist()
        if name and name not in known:
            close = nearest(name, known)
            raise KeyError(f"the instance has no {what} {name!r}" + (f"; did you mean {close!r}?" if close else ""))


def _required_by(instance: Instance, body: str) -> tuple[str, ...]:
    """Return the rows of ``links`` and ``pairs`` that bind the body, in words."""
    links, pairs = instance.tables["links"], instance.tables["pairs"]
    told = []
    for position, record in enumerate(links.to_dict("records")):
        if record["body"] == body and record["status"]:
            told.append(f"links row {position + 2}: {record['status']} at {record['centre']} for {record['service']}")
    for position, record in enumerate(pairs.to_dict("records")):
        if body in (record["body_a"], record["body_b"]):
            told.append(f"pairs row {position + 2}: {record['body_a']} and {record['body_b']} {record['relation']}")
    return tuple(told)


def _resolved(
    instance: Instance, what: str, body: str, found: Audit, plan: Plan, links: list[tuple[str, str, str]], solver: str, time_limit: float | None
) -> Comparison:
    try:
        forced = _with_links(instance, links)
    except InvalidInstance as error:
        return Comparison(what, trouble=error.findings[0].message)
    run = solve(forced, solver, time_limit=time_limit, start=plan)
    if run.plan is None or run.audit is None or run.disagreement:
        return Comparison(what, trouble=_no_plan(run))
    compared = _compared(instance, what, body, found, run.plan)
    return dataclasses.replace(compared, bound=run.bound, proven=run.stop is Stop.PROVED)


def _no_plan(run: Run) -> str:
    if run.disagreement:
        return run.disagreement
    return "no plan keeps every rule then" if run.stop is Stop.INFEASIBLE else f"no plan was found: {run.message or run.stop}"


def _with_links(instance: Instance, rows: list[tuple[str, str, str]]) -> Instance:
    """Return the instance with more rows of ``links`` for all services; a row that stands there already takes the new status."""
    links = instance.tables["links"]
    for body, centre, status in rows:
        same = (links["body"] == body) & (links["centre"] == centre) & (links["service"] == EVERY)
        if same.any():
            links = links.assign(status=links["status"].where(~same, status))
        else:
            added = pd.DataFrame([{"body": body, "centre": centre, "service": EVERY, "status": status}])
            links = pd.concat([links, added], ignore_index=True)
    return instance.replace(links=links)


def _compared(instance: Instance, what: str, body: str, found: Audit, other: Plan) -> Comparison:
    there = audit(instance, other)
    totals = [_by_component(one) for one in (found, there)]
    own = [_by_component(one, body) for one in (found, there)]
    differences = [
        Difference(name, totals[0][name], totals[1][name], own[0][name], own[1][name]) for name in economics.COMPONENTS if any(t[name] for t in totals)
    ]
    centres = tuple(sorted({one.centre for one in other.assignments if one.body == body and one.centre}))
    breaches = tuple(f"{breach.rule}: {breach.message}" for breach in there.breaches)
    return Comparison(what, centres, there.cost, None, False, tuple(differences), breaches)


def _by_component(found: Audit, body: str = "") -> Counter[str]:
    totals: Counter[str] = Counter()
    for line in found.lines:
        if not body or line.body == body:
            totals[line.component] += line.net_present_cost
    return totals

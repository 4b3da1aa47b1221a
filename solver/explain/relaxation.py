"""The cheapest ways to let an instance have a plan: what to allow, or to raise and by how much."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.audit import audit
from models.program import UNBOUNDED, Program
from solver.explain.elastic import HARD, Elastic, Groups, elastic
from solver.explain.opening import NOBODY
from solver.judgement import safe_bound

if TYPE_CHECKING:
    from models.audit import Audit
    from models.plan import Plan
    from solver.backends.contracts import Outcome
    from solver.explain.conflict import Judge
    from solver.explain.elements import Element
    from solver.explain.restrictions import Restrictions

POINTS = 1_000_000
"""Points in a price of 1: prices are whole numbers of points in the program."""
PRICE = "1 for each thing allowed or given up, and for a limit passed also the share of the limit by which it is passed; weights multiply both"


@dataclass(frozen=True)
class Allowance:
    """One thing to allow: in words, by how much where it is a matter of degree, at which price."""

    element: Element
    text: str
    amount: int | None
    price: float

    @property
    def rule(self) -> str:
        """The rule that is relaxed."""
        return self.element.rule

    def as_dict(self) -> dict[str, Any]:
        """Return the allowance as plain values, ready for JSON."""
        return {"rule": self.rule, "text": self.text, "where": self.element.where(), "amount": self.amount, "price": self.price}


@dataclass(frozen=True)
class Relaxation:
    """Allowances that together let a plan stand.

    Attributes
    ----------
    price
        By :data:`PRICE`.
    proven
        Whether no other relaxation (apart from those listed before it) has a lower price.
    plan, audit
        A plan within the allowances, and its audit: every breach it finds is of a rule that an allowance names.
    cost, bound
        Net present cost of that plan, and below which no plan within a relaxation of this price can fall (``None``: not known).
    """

    allowances: tuple[Allowance, ...]
    price: float
    proven: bool
    plan: Plan
    audit: Audit
    cost: int
    bound: int | None

    def as_dict(self) -> dict[str, Any]:
        """Return the relaxation as plain values, ready for JSON."""
        return {
            "price": self.price,
            "proven": self.proven,
            "allow": [one.as_dict() for one in self.allowances],
            "cost": self.cost,
            "bound": self.bound,
            "do_nothing_cost": self.audit.do_nothing_cost,
            "breaches": [breach.__dict__ for breach in self.audit.breaches],
        }


@dataclass(frozen=True)
class _Group:
    """What is allowed as one: an element as a whole, one bar for one body at one centre, or the rows about one body, centre and service."""

    element: int
    body: int = NOBODY
    centre: int = NOBODY
    model: int = NOBODY
    service: int = NOBODY
    row: int = -1
    barred: bool = False


def relaxations(judge: Judge, weights: Mapping[str, float], alternatives: int = 3) -> list[Relaxation]:
    """Return up to ``alternatives`` relaxations, the cheapest first; of those of one price, one with a plan of low net present cost.

    ``weights`` multiply the price of a rule's breaches, 1 for rules it does not name.
    """
    found = judge.found
    groups, members = _groups(found, weights)
    built = elastic(found, groups)
    cuts: list[Sequence[int]] = []
    listed: list[Relaxation] = []
    while len(listed) < alternatives:
        one = _cheapest(judge, built, members, cuts, weights)
        if one is None:
            break
        relaxation, given_up = one
        judge.disagreement = judge.disagreement or disagreement(relaxation)
        listed.append(relaxation)
        if not given_up:
            break
        cuts.append(given_up)
    return listed


def disagreement(relaxation: Relaxation) -> str:
    """Say where the plan breaks a rule that no allowance names; empty when it does not."""
    allowed = {one.rule for one in relaxation.allowances}
    stray = [breach for breach in relaxation.audit.breaches if breach.rule not in allowed]
    return f"a way out breaks {stray[0].rule} without allowing it: {stray[0].message}" if stray else ""


def _groups(found: Restrictions, weights: Mapping[str, float]) -> tuple[Groups, list[_Group]]:
    """Group what may be given up, and price it."""
    program, elements = found.formulation.program, found.elements
    numbers: dict[_Group, int] = {}

    def number(group: _Group) -> int:
        return HARD if elements[group.element].definition else numbers.setdefault(group, len(numbers))

    of_row = np.full(program.rows, HARD, dtype=np.int64)
    unit_price = np.zeros(program.rows, dtype=np.int64)
    for row in np.flatnonzero(found.row_element >= 0):
        element = elements[found.row_element[row]]
        of_row[row] = number(_row_group(found, int(row)))
        if element.breach_unit and of_row[row] != HARD:
            unit_price[row] = _points(weights.get(element.rule, 1.0) / _limit(program, int(row)))
    of_bar = np.empty(found.barred_column.shape, dtype=np.int64)
    for bar, (column, element_number) in enumerate(zip(found.barred_column.tolist(), found.barred_element.tolist(), strict=True)):
        body, centre, model = (int(values[column]) for values in (found.subjects.body, found.subjects.centre, found.subjects.model))
        by_model = body == NOBODY or elements[element_number].rule in ("legal-powers", "lead")
        of_bar[bar] = number(_Group(element_number, body, centre, model if by_model else NOBODY, barred=True))
    members = list(numbers)
    price = np.array([_points(weights.get(elements[group.element].rule, 1.0)) for group in members], dtype=np.int64)
    return Groups(price, of_row, of_bar, unit_price), members


def _row_group(found: Restrictions, row: int) -> _Group:
    """Return the group of a row: rows about one body, centre and service are one, whichever commercial model they speak of."""
    element, whom = int(found.row_element[row]), found.row_subjects
    if found.elements[element].whole:
        return _Group(element)
    body, centre, service = int(whom.body[row]), int(whom.centre[row]), int(whom.service[row])
    return _Group(element, body, centre, service=service, row=row if body == centre == service == NOBODY else -1)


def _points(price: float) -> int:
    return max(1, round(price * POINTS))


def _limit(program: Program, row: int) -> int:
    """Return how large the limit of a row is: its right-hand side, or what a decision brings to it."""
    entries = slice(program.matrix.indptr[row], program.matrix.indptr[row + 1])
    value = program.matrix.data[entries]
    below, above = int(program.row_lower[row]), int(program.row_upper[row])
    side = above if above < UNBOUNDED else below
    brought = -value[value < 0]
    return max(1, abs(side), int(brought.max(initial=0)))


def _cheapest(
    judge: Judge, built: Elastic, members: Sequence[_Group], cuts: Sequence[Sequence[int]], weights: Mapping[str, float]
) -> tuple[Relaxation, list[int]] | None:
    """Return the cheapest relaxation that holds none of ``cuts`` whole, and the groups it gives up."""
    program = _with_rows(built.program, [(built.group[list(cut)], len(cut) - 1) for cut in cuts])
    first = judge.run([program])[0]
    if first.values is None:
        if first.stop != "infeasible":
            judge.settled, judge.trouble = False, judge.trouble or first.message
        return None
    priced = np.flatnonzero(program.cost)
    plain = judge.found.formulation.program
    money = dataclasses.replace(program, cost=np.concatenate([plain.cost, np.zeros(program.columns - plain.columns, dtype=np.int64)]))
    within = _with_rows(money, [(priced, program.objective(first.values))], program.cost[priced])
    second = judge.run([within], first.values)[0]
    values = first.values if second.values is None else second.values
    given_up = [int(group) for group in built.given_up(values)]
    relaxation = _relaxation(judge.found, built, members, values, program.objective(values), weights, second)
    return dataclasses.replace(relaxation, proven=first.stop == "proved"), given_up


def _with_rows(program: Program, at_most: Sequence[tuple[np.ndarray[Any, np.dtype[np.int64]], int]], value: Any = 1) -> Program:
    """Return the program with more rows ``sum of value x column <= limit``."""
    from scipy.sparse import coo_array, csr_array, vstack

    if not at_most:
        return program
    row = np.concatenate([np.full(columns.shape, number, dtype=np.int64) for number, (columns, _) in enumerate(at_most)])
    column = np.concatenate([columns for columns, _ in at_most])
    values = np.broadcast_to(np.asarray(value, dtype=np.int64), column.shape)
    added = coo_array((values, (row, column)), shape=(len(at_most), program.columns)).tocsr()
    return dataclasses.replace(
        program,
        matrix=csr_array(vstack([program.matrix, added], format="csr")),
        row_lower=np.concatenate([program.row_lower, np.full(len(at_most), -UNBOUNDED, dtype=np.int64)]),
        row_upper=np.concatenate([program.row_upper, np.array([limit for _, limit in at_most], dtype=np.int64)]),
        row_tag=np.concatenate([program.row_tag, np.zeros(len(at_most), dtype=np.int32)]),
    )


def _relaxation(
    found: Restrictions, built: Elastic, members: Sequence[_Group], values: Any, points: int, weights: Mapping[str, float], second: Outcome
) -> Relaxation:
    plan = found.formulation.plan(values)
    judged = audit(found.instance, plan)
    amounts: dict[_Group, int] = defaultdict(int)
    extra: dict[_Group, float] = defaultdict(float)
    for row, amount in built.passed(values).items():
        group = _row_group(found, row)
        amounts[group] = max(amounts[group], amount)
        weight = weights.get(found.elements[group.element].rule, 1.0)
        extra[group] += amount * _points(weight / _limit(found.formulation.program, row)) / POINTS
    allowances = []
    for number in built.given_up(values):
        group, element = members[number], found.elements[members[number].element]
        price = weights.get(element.rule, 1.0) + extra[group]
        text = _words(found, group, amounts[group], judged)
        allowances.append(Allowance(element, text, amounts[group] if element.breach_unit else None, round(price, 6)))
    bound = safe_bound(second.bound)
    return Relaxation(tuple(allowances), points / POINTS, False, plan, judged, judged.cost, None if bound is None else min(bound, judged.cost))


def _words(found: Restrictions, group: _Group, amount: int, judged: Audit) -> str:
    """Return what is allowed, in the planner's words; ``judged`` says what the plan then does."""
    element, arrays = found.elements[group.element], found.formulation.columns.candidates.arrays
    body = "" if group.body == NOBODY else arrays.bodies[group.body]
    centre = "" if group.centre == NOBODY else arrays.centres[group.centre]
    model = "" if group.model == NOBODY else arrays.commercial_models[group.model]
    service = "" if group.service == NOBODY else arrays.services[group.service]
    under = f" under {model}" if model else ""
    told = [one.message for one in judged.breaches if one.rule == element.rule and one.body in ("", body) and one.centre in ("", centre)]
    although = f" although {told[0] if told else element.text}"
    if group.barred and element.rule == "lead":
        return f"allow {body} to lead {centre}{under}{although}"
    if group.barred:
        return f"allow {body} to use {centre}{under}{although}" if body else f"allow {centre} to run{under}{although}"
    if element.whole:
        return f"give up that {element.text}"
    if element.rule == "capacity":
        return f"raise the capacity of {centre} for {service} by {amount:,}"
    if element.rule == "legal-powers":
        return f"allow {body} to own {centre}{although}"
    if element.breach_unit:
        where = "".join(f" {word} {name}" for word, name in (("at", centre), ("for", service if centre else body)) if name)
        return f"allow {counted_breach(amount, element.breach_unit)}{where} ({element.text}; {told[0] if told else element.rule})"
    return f"allow a breach of {element.rule}{although}"


def counted_breach(amount: int, breach_unit: str) -> str:
    """Return an amount with its unit, such as ``2 owners too many``."""
    first, _, rest = breach_unit.partition(" ")
    return f"{amount:,} {first if amount == 1 else f'{first}s'}{f' {rest}' if rest else ''}"

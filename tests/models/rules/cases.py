"""What a rule does, as three cases on paper: where it changes the best plan, where it leaves none, where it costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.arrays import instance_arrays
from models.audit import audit
from models.instance import Instance
from models.plan import Plan
from models.rules import active_rules, registry
from tests.enumeration import held_against_every_plan, standing


@dataclass(frozen=True)
class Case:
    """One instance of a rule, with the cost of its best plan and of the best one but for the rule, both worked out on paper.

    Attributes
    ----------
    under
        Makes the instance with the rule in force.
    cost
        Of its best plan; ``None`` when no plan keeps every rule.
    free_cost
        Of the best plan when the rule is not asked for, or, for a rule that always holds, of ``free``.
    free
        Makes the instance without the rows that the rule holds plans to; for a rule that always holds.
    """

    under: Callable[[], Instance]
    cost: int | None
    free_cost: int
    free: Callable[[], Instance] | None = None


@dataclass(frozen=True)
class Cases:
    """The cases of a rule; a sentence in the place of one says why there can be none."""

    changes: Case | str
    infeasible: Case | str
    idle: Case | str


def hold(rule: str, kind: str, case: Case) -> None:
    """Fail unless solver, listing of every plan and check agree on the case, and it is the rule that makes the difference."""
    under = case.under()
    free = case.free() if case.free else under.replace(rules=tuple(one for one in under.rules if one.name != rule))
    assert registry()[rule].always == (case.free is not None), "a rule that always holds needs an instance free of its rows, another one none"
    assert rule in {one.rule.name for one in active_rules(under)}
    standing_free = list(standing(free))
    assert held_against_every_plan(under) == case.cost
    assert held_against_every_plan(free) == case.free_cost
    assert kind == kind_of(case)
    if case.cost is None or case.cost > case.free_cost:
        _hold_the_rule_to_blame(rule, under, [plan for plan, found in standing_free if case.cost is None or found.cost < case.cost])


def kind_of(case: Case) -> str:
    """Return which of the three a case is."""
    if case.cost is None:
        return "infeasible"
    return "idle" if case.cost == case.free_cost else "changes"


def _hold_the_rule_to_blame(rule: str, under: Instance, cheaper: Sequence[Plan]) -> None:
    """Every plan that would be cheaper breaks the rule, by the check, and some plan breaks nothing else."""
    arrays = instance_arrays(under)
    broken = [{breach.rule for breach in audit(under, plan, arrays).breaches} for plan in cheaper]
    assert all(rule in rules for rules in broken)
    assert {rule} in broken

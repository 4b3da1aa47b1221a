"""What each rule in force costs: whether it binds in the best plan, and what that plan would cost without it or one unit looser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.audit import audit
from models.formulation import formulate
from models.rules import ActiveRule, active_rules
from solver.backends.contracts import Options
from solver.backends.process import run_backend
from solver.explain.looser import Variant, one_unit_looser, without
from solver.judgement import safe_bound

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from models.instance import Instance
    from models.plan import Plan
    from models.program import Program

BINDS, IDLE, OPEN, DEFINITION, COMPARED = "binds", "idle", "open", "definition", "compared"


@dataclass(frozen=True)
class Known:
    """The plan that rules are priced against: its cost, and the bound below which no plan falls (``None``: not known)."""

    plan: Plan
    cost: int
    bound: int | None


@dataclass(frozen=True)
class Price:
    """What one loosening is worth.

    Attributes
    ----------
    what
        What was loosened.
    cost, bound
        Of the best plan found under the looser rule, never more than the known plan's unless there is a caveat; no plan under it costs less than
        ``bound``. ``None``: none was found.
    low, high
        The price lies between them: the best plan's cost under all rules less that under the looser ones, below nothing only where there is a caveat.
        ``high`` is ``None`` without a bound, ``low`` without a plan.
    trouble
        Empty, or why the solver had no answer.
    disagreement
        Empty, or how solver and audit contradict each other: then these figures are not to be believed.
    caveat
        Empty, or why what was changed is no loosening, so that costs are compared and nothing is priced.
    """

    what: str
    cost: int | None
    bound: int | None
    low: int | None
    high: int | None
    trouble: str = ""
    disagreement: str = ""
    caveat: str = ""

    @property
    def verdict(self) -> str:
        """``binds`` when it is proven to cost something, ``idle`` when it is proven to cost nothing, else ``open``; ``compared`` under a caveat."""
        if self.caveat:
            return COMPARED
        if self.low is not None and self.low > 0:
            return BINDS
        return IDLE if self.high == 0 else OPEN


@dataclass(frozen=True)
class RulePrice:
    """A rule in force with its prices; ``without`` is ``None`` for rules that say what a plan is, ``looser`` for those that have no degrees."""

    rule: str
    id: str
    statement: str
    parameters: str
    penalty: int | None
    without: Price | None
    looser: Price | None

    @property
    def verdict(self) -> str:
        """Whether the rule binds: judged without it, else one unit looser."""
        price = self.without or self.looser
        return DEFINITION if price is None else price.verdict

    def as_dict(self) -> dict[str, Any]:
        """Return the prices as plain values, ready for JSON."""
        prices = {"without": self.without, "looser": self.looser}
        return {
            "rule": self.rule,
            "id": self.id,
            "statement": self.statement,
            "parameters": self.parameters,
            "penalty": self.penalty,
            "verdict": self.verdict,
            **{name: None if price is None else {**price.__dict__, "verdict": price.verdict} for name, price in prices.items()},
        }


def rule_prices(
    instance: Instance,
    known: Known,
    solver: str,
    *,
    time_limit: float | None = None,
    on_rule: Callable[[str], None] | None = None,
    cancel: threading.Event | None = None,
) -> Iterator[RulePrice]:
    """Yield the price of each rule in force, by re-solving from ``known`` with each loosened in turn.

    Parameters
    ----------
    instance, known
        The problem, and a plan that keeps all its rules.
    solver
        Name of a back end.
    time_limit
        Seconds for each re-solve; there are two a rule at most.
    on_rule
        Called with what is about to be re-solved.
    cancel
        Set it to stop: no further rule is priced.
    """
    pricing = _Pricing(formulate(instance).program, known, solver, Options(time_limit=time_limit), on_rule or (lambda _what: None), cancel)
    for one in active_rules(instance):
        if cancel is not None and cancel.is_set():
            return
        rule = one.rule
        # Without capacity no band would be needed, and without a definition that always holds it would be no plan: such a price would say nothing.
        essential = (rule.definition and rule.always) or rule.name == "capacity"
        removed = None if essential else pricing.price(one, without(instance, rule.name))
        looser = None if rule.definition else one_unit_looser(instance, rule.name)
        yield RulePrice(
            rule=rule.name,
            id=rule.id,
            statement=rule.statement,
            parameters="; ".join(f"{name} = {value}" for name, value in one.parameters.items() if value is not None),
            penalty=one.penalty,
            without=removed,
            looser=_follows(looser, removed, known) if looser is None or _settled(removed) else pricing.price(one, looser),
        )


def _settled(removed: Price | None) -> bool:
    return removed is not None and removed.verdict == IDLE


def _follows(looser: Variant | None, removed: Price | None, known: Known) -> Price | None:
    """Return the price of a loosening that follows from that of doing without the rule: what costs nothing whole costs nothing by the unit."""
    if looser is None or removed is None:
        return None
    return Price(looser.what, known.cost, known.cost, 0, 0)


@dataclass(frozen=True)
class _Pricing:
    original: Program
    known: Known
    solver: str
    options: Options
    on_rule: Callable[[str], None]
    cancel: threading.Event | None

    def price(self, one: ActiveRule, variant: Variant) -> Price:
        """Return what ``variant`` is worth."""
        program = variant.formulation.program
        if _same(self.original, program):
            return Price(variant.what, self.known.cost, self.known.bound, 0, 0, caveat=variant.caveat)
        start = variant.formulation.values(self.known.plan)
        fits = not program.violations(start)
        self.on_rule(f"{one.rule.name}: {variant.what}")
        outcome = run_backend(program, self.solver, self.options, start=start if fits else None, cancel=self.cancel)
        cost = program.objective(start) if fits else None
        disagreement = "" if fits or variant.caveat else "the known plan does not fit the looser program"
        if outcome.values is not None and outcome.cost is not None and (cost is None or outcome.cost < cost):
            cost = outcome.cost
            disagreement = disagreement or self._contradiction(variant, variant.formulation.plan(outcome.values), cost)
        if outcome.reason == "lied" or (outcome.stop == "infeasible" and cost is not None):
            disagreement = disagreement or outcome.message or "the solver says that there is no plan, yet one is known"
        bound = None if outcome.stop in ("failed", "infeasible") else safe_bound(outcome.bound)
        trouble = outcome.message if outcome.stop == "failed" else "no plan keeps every rule then" if outcome.stop == "infeasible" else ""
        return self._priced(variant, cost, bound, trouble, disagreement)

    def _priced(self, variant: Variant, cost: int | None, bound: int | None, trouble: str, disagreement: str) -> Price:
        """Return the price; under rules that are looser no best plan costs more than the known one, which keeps them too."""
        known = self.known
        if not variant.caveat:
            cost = known.cost if cost is None else min(cost, known.cost)
        if bound is not None and cost is not None:
            bound = min(bound, cost)
        low = None if known.bound is None or cost is None else known.bound - cost
        if not variant.caveat:
            low = max(0, low or 0)
        high = None if bound is None else known.cost - bound
        return Price(variant.what, cost, bound, low, high, trouble, disagreement, variant.caveat)

    def _contradiction(self, variant: Variant, plan: Plan, cost: int) -> str:
        """Hold the audit against the solver: breaches of the forgiven rule apart, the plan must stand, at the same cost where that is comparable."""
        judged = audit(variant.judge_by, plan)
        broken = [breach for breach in judged.breaches if breach.rule != variant.forgiven]
        if broken:
            return f"the audit disagrees: {broken[0].message}"
        comparable = not any(breach.rule == variant.forgiven for breach in judged.soft_breaches)
        return f"the audit finds a cost of {judged.cost}, the solver {cost}" if comparable and judged.cost != cost else ""


def _same(one: Program, other: Program) -> bool:
    """Tell whether two programs are one, as when a rule forbids nothing in an instance."""
    if one.columns != other.columns or one.rows != other.rows:
        return False
    limits = ("cost", "lower", "upper", "row_lower", "row_upper")
    return all(bool((getattr(one, name) == getattr(other, name)).all()) for name in limits) and (one.matrix - other.matrix).count_nonzero() == 0

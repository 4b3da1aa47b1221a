"""Explanations in plain text: a conflict and its ways out, the prices of rules, and why a body goes where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from report.money import counted

if TYPE_CHECKING:
    import pandas as pd

    from solver.explain.infeasible import Explanation
    from solver.explain.placement import Comparison, Placement
    from solver.explain.prices import Known, Price, RulePrice
    from solver.explain.relaxation import Relaxation

_VERDICTS = {
    "binds": "binds: the best plan costs more because of it",
    "idle": "idle: proven to cost nothing",
    "open": "open: not settled in the time given",
    "definition": "says what a plan is; not priced",
    "compared": "compared, not priced: what was changed loosens nothing",
}


def conflict_lines(found: Explanation, suffix: str = "") -> list[str]:
    """Return an explanation as lines; ``suffix`` is that of the tables' files, such as ``.csv``."""
    lines = [found.message]
    if found.feasible:
        return [*lines, "To see what each rule costs: consortia explain INSTANCE --rules"]
    if found.feasible is None:
        return [*lines, f"In the solver's words: {found.trouble or 'nothing'}. A longer --time-limit may settle it."]
    for number, one in enumerate(found.conflict, start=1):
        lines.append(f"  {number}. {one.text}")
        lines.append(f"     rule {one.rule}" + ("" if one.text == one.statement else f": {one.statement}"))
        if one.rows:
            lines.append(f"     {one.where(suffix)}")
    if found.reason:
        lines.append(f"By the sums: {found.reason}.")
    lines.append(_how_small(found))
    lines += ["", *_ways_out(found, suffix)]
    if found.trouble:
        lines.append(f"Not every question was settled: {found.trouble}")
    return lines


def _how_small(found: Explanation) -> str:
    size = len(found.conflict)
    if found.smallest:
        return "It is proven that no smaller set is in conflict." if size > 1 else "It is in conflict with the definition of a plan alone."
    if found.minimal:
        return "It is proven that without any one of them the others can be kept; whether a smaller set is in conflict was not settled."
    return "Whether all of them are needed for the conflict was not settled in the time given."


def _ways_out(found: Explanation, suffix: str) -> list[str]:
    if not found.relaxations:
        return ["No way out was found in the time given."]
    from solver.explain.relaxation import PRICE

    named = set(found.conflict)
    lines = []
    for number, one in enumerate(found.relaxations):
        lines.append(_price_line(one, first=number == 0))
        for allowed in one.allowances:
            lines.append(f"  - {allowed.text}")
            lines.append(f"    {allowed.element.where(suffix)}")
        lines.append(f"  {_plan_then(one)}")
    if any(allowed.element not in named for allowed in found.relaxations[0].allowances):
        lines.append("There is more than this one conflict; the ways out end all of them.")
    weights = "; ".join(f"{rule} {weight:g}" for rule, weight in sorted(found.weights.items()))
    return [*lines, f"Price: {PRICE}." + (f" Weights: {weights}." if weights else "")]


def _price_line(one: Relaxation, *, first: bool) -> str:
    if not first:
        return f"Or, at a price of {one.price:g}:"
    return f"Cheapest way out, at a price of {one.price:g}{' (proven)' if one.proven else ' (not proven the cheapest)'}:"


def _plan_then(one: Relaxation) -> str:
    saving = one.audit.do_nothing_cost - one.cost
    against = f"{abs(saving):,} {'less' if saving > 0 else 'more'} than carrying on as today" if saving else "as much as carrying on as today"
    proof = "" if one.bound == one.cost else "; a cheaper plan within these may exist"
    return f"A plan then costs {one.cost:,}, {against}{proof}."


def price_lines(known: Known, prices: Sequence[RulePrice], limits: str = "") -> list[str]:
    """Return the sentences around the table of prices; ``limits`` narrows the plans that proof speaks of, as :attr:`report.proof.Proof.limits`."""
    if known.bound is None:
        proof = "no bound is known, so that no price has an upper end"
    elif known.bound == known.cost:
        proof = f"proven the best{' of the plans' + limits if limits else ''}"
    else:
        proof = f"no plan{limits} costs less than {known.bound:,}, so prices are intervals"
    lines = [f"The plan costs {known.cost:,}: {proof}.", "A price is what the best plan costs more because of the rule as it stands.", ""]
    for verdict, words in _VERDICTS.items():
        some = [one.rule for one in prices if one.verdict == verdict]
        if some:
            lines.append(f"{words}: {', '.join(some)}")
    return lines + [line for one in prices for line in _caveats(known, one)]


def _caveats(known: Known, one: RulePrice) -> list[str]:
    """Return, for each change of a rule that is no loosening, why and what plans then cost."""
    changed = [price for price in (one.without, one.looser) if price is not None and price.caveat]
    return [f"{one.rule}, {price.what}, is no relaxation: {price.caveat}. {_compared(known, price)}" for price in changed]


def _compared(known: Known, price: Price) -> str:
    if price.cost is None:
        return f"No plan was found then: {price.trouble or 'not in the time given'}."
    more = price.cost - known.cost
    told = f"{abs(more):,} {'more' if more > 0 else 'less'}" if more else "exactly as much"
    proof = "" if price.bound == price.cost else "; a cheaper one may exist"
    return f"The best plan found then costs {price.cost:,}, {told}{proof}."


def price_table(prices: Sequence[RulePrice]) -> pd.DataFrame:
    """Return one row a rule."""
    import pandas as pd

    rows = []
    for one in prices:
        rows.append(
            {
                "rule": one.rule,
                "parameters": one.parameters,
                "kind": "hard" if one.penalty is None else f"penalty {one.penalty}",
                "verdict": one.verdict,
                "cost_without": _interval(one.without, of_cost=True),
                "price": _interval(one.without, of_cost=False),
                "one_unit_looser": "" if one.looser is None else one.looser.what,
                "cost_looser": _interval(one.looser, of_cost=True),
                "price_of_unit": _interval(one.looser, of_cost=False),
            }
        )
    return pd.DataFrame(rows)


def _interval(price: Price | None, *, of_cost: bool) -> str:
    """Return an interval that shrinks to one figure when it is proven."""
    if price is None:
        return ""
    low, high = (price.bound, price.cost) if of_cost else (price.low, price.high)
    if low == high:
        return f"{low:,}"
    return f"{'?' if low is None else f'{low:,}'} to {'?' if high is None else f'{high:,}'}"


def placement_lines(found: Placement) -> list[str]:
    """Return why a body goes where it goes, as lines."""
    where = f"uses {', '.join(found.centres)}" if found.centres else "stays alone for everything"
    lines = [f"In this plan {found.body} {where}; the plan costs {found.cost:,}, of which {found.own_cost:,} falls on {found.body} itself."]
    if found.required_by:
        lines.append("What binds it: " + "; ".join(found.required_by) + ".")
    for one in found.comparisons:
        lines += ["", *_comparison_lines(found, one)]
    return lines


def _comparison_lines(found: Placement, one: Comparison) -> list[str]:
    if one.cost is None:
        return [f"{one.what}: {one.trouble}."]
    more = one.cost - found.cost
    where = f"{found.body} then uses {', '.join(one.centres)}" if one.centres else f"{found.body} then stays alone"
    told = f"{abs(more):,} {'more' if more > 0 else 'less'}" if more else "exactly as much"
    searched = one.what.startswith("re-solved")
    proof = "" if not searched else "; proven the best of its kind" if one.proven else f"; not proven, at least {one.bound:,}" if one.bound is not None else ""
    lines = [f"{one.what}: {where}; the plan costs {one.cost:,}, {told}{proof}."]
    lines.append(f"  {'component':<26}{'here':>16}{'there':>16}{'more':>16}{'of it its own':>16}")
    for part in one.differences:
        if part.more or part.own_here != part.own_there:
            lines.append(f"  {part.component:<26}{part.here:>16,}{part.there:>16,}{part.more:>16,}{part.own_there - part.own_here:>16,}")
    lines.append(f"  {'total':<26}{found.cost:>16,}{one.cost:>16,}{more:>16,}{sum(part.own_there - part.own_here for part in one.differences):>16,}")
    if one.breaches:
        lines.append(f"  It breaks {counted(len(one.breaches), 'rule')}, so it is no alternative: {'; '.join(one.breaches[:3])}.")
    return lines

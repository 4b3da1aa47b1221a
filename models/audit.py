"""Recompute what a plan costs, and every rule, from the instance and the plan alone. No solver and no program comes near this."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models import economics
from models.arrays import InstanceArrays, instance_arrays
from models.cost_lines import CostLines, joined, lines_one_by_one
from models.cost_shares import CostShares, cost_shares
from models.plan_costs import plan_lines
from models.plan_view import Breach, CostLine, plan_view
from models.rules import active_rules

if TYPE_CHECKING:
    from models.instance import Instance
    from models.plan import Plan


@dataclass(frozen=True)
class Audit:
    """What the audit found.

    Attributes
    ----------
    breaches
        Every hard rule broken; empty when the plan stands.
    soft_breaches
        Breaches of soft rules, paid for by penalties.
    lines
        The plan's cost, component by component.
    do_nothing_cost
        Net present cost of carrying on as today.
    shares
        Who pays what, by the instance's cost-share key.
    """

    breaches: tuple[Breach, ...]
    soft_breaches: tuple[Breach, ...]
    lines: CostLines
    do_nothing_cost: int
    shares: CostShares = field(default_factory=CostShares)

    @property
    def cost(self) -> int:
        """Net present cost of the plan with the penalties of soft rules: what solvers minimise."""
        return int(self.lines.present.sum())

    @property
    def penalty(self) -> int:
        """The part of the cost that is penalties and no money anyone pays."""
        return int(self.lines.present[self.lines.of_component("penalty")].sum())

    @property
    def saving(self) -> int:
        """Net present saving against carrying on as today, penalties apart."""
        return self.do_nothing_cost - (self.cost - self.penalty)

    @property
    def ok(self) -> bool:
        """Whether no hard rule is broken."""
        return not self.breaches

    def by_component(self) -> dict[str, int]:
        """Return net present cost by component, in the order of :data:`models.economics.COMPONENTS`, zeros left out."""
        totals = {name: int(self.lines.present[self.lines.of_component(name)].sum()) for name in economics.COMPONENTS}
        return {name: total for name, total in totals.items() if total}

    def as_dict(self) -> dict[str, Any]:
        """Return a summary as plain values, ready for JSON."""
        return {
            "audit": "ok" if self.ok else [breach.__dict__ for breach in self.breaches],
            "cost": self.cost,
            "do_nothing_cost": self.do_nothing_cost,
            "saving": self.saving,
            "penalty": self.penalty,
            "components": self.by_component(),
            "worse_off": self.shares.as_dict(),
            "breaches": [breach.__dict__ for breach in self.breaches],
            "soft_breaches": [breach.__dict__ for breach in self.soft_breaches],
        }


def audit(instance: Instance, plan: Plan, arrays: InstanceArrays | None = None) -> Audit:
    """Return what ``plan`` costs in ``instance`` and every rule it breaks; ``arrays`` are the instance's own, when many plans are audited."""
    arrays = instance_arrays(instance) if arrays is None else arrays
    view = plan_view(arrays, plan)
    active = active_rules(instance)
    lines = plan_lines(view, active)
    shares = cost_shares(view, lines, instance.appraisal.cost_share_key)
    view = replace(view, lines=lines)
    breaches, soft_breaches, penalties = list(view.problems), [], []
    for one in active:
        found = one.rule.check(view, one.parameters)
        if one.penalty is None:
            breaches += found
            continue
        soft_breaches += found
        penalties += [_penalty_line(breach, one.penalty) for breach in found]
    alone = arrays.annuities.present_cost("baseline_alone", arrays.unit_annual_cost.astype(np.float64))
    return Audit(tuple(breaches), tuple(soft_breaches), joined([lines, lines_one_by_one(arrays, penalties)]), int(alone.sum()), shares)


def _penalty_line(breach: Breach, penalty: int) -> CostLine:
    return CostLine("penalty", float(breach.amount * penalty), breach.amount * penalty, breach.body, breach.service, breach.centre)

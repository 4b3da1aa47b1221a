"""Plans next to a plan, judged and priced from the parts in which they differ: nothing is audited twice that stays as it is.

The difference in cost is exact, to the pound that the audit gives for either plan: the same formulas price the same parts, and what both plans
hold alike falls out. Rules are always checked on the whole plan, by their own checks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from models.economics import total_present_cost
from models.plan_costs import cluster_lines, joining_amounts, plan_lines, served_unit_amounts, served_ways
from models.plan_view import STAYS_ALONE, Breach, ClusterView, PlanView, plan_view
from models.rules import active_rules
from models.rules.base import no_cost_lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.instance import Instance
    from models.plan import Plan
    from models.rules import ActiveRule


def rule_moves(one: ActiveRule) -> bool:
    """Tell whether what a rule costs, or what breaking it costs, may change when a figure of money moves."""
    return one.rule.cost_lines is not no_cost_lines or (one.rule.by_money and one.penalty is not None)


@dataclass(frozen=True)
class Beside:
    """A plan by position and the rules in force, to hold other plans of the same instance against it."""

    view: PlanView
    active: tuple[ActiveRule, ...]

    @property
    def arrays(self) -> InstanceArrays:
        """The instance."""
        return self.view.arrays

    @cached_property
    def rules_move(self) -> bool:
        """Whether what rules cost, or what breaking them costs, may change when a figure of money moves."""
        return any(rule_moves(one) for one in self.active)

    @cached_property
    def rules_cost(self) -> int:
        """What rules and their breaches cost in the plan itself, hard rules apart."""
        return self.rules_cost_of(self.view)

    def judged(self, other: PlanView) -> int | None:
        """Return what rules and their breaches cost in another plan (whole money, net present cost); ``None`` when it breaks a hard rule."""
        if other.problems:
            return None
        # What goes by money needs every line of cost, so it comes last.
        for one in sorted(self.active, key=lambda one: one.rule.by_money):
            if one.penalty is None and one.rule.check(self._priced(other) if one.rule.by_money else other, one.parameters):
                return None
        return self.rules_cost_of(other)

    def broken(self, other: PlanView) -> list[Breach]:
        """Return every hard rule that another plan breaks, as the audit does."""
        hard = [one for one in self.active if one.penalty is None]
        priced = self._priced(other) if any(one.rule.by_money for one in hard) else other
        return [*other.problems, *(breach for one in hard for breach in one.rule.check(priced, one.parameters))]

    def money_dearer(self, other: PlanView) -> int:
        """Return how much more ``other`` costs than the plan, penalties apart: what anyone pays (whole money, net present cost)."""
        return self.dearer(other, self.rules_cost) + self._rules_money(other) - self._rules_money(self.view)

    def cost_at(self, other: PlanView, cluster: ClusterView) -> int:
        """Return what all that is done at a cluster of ``other`` costs, penalties apart (whole money, net present cost)."""
        nobody = PlanView(self.arrays, (), np.full_like(other.unit_centre, STAYS_ALONE), ())
        centre = other.centre(cluster.centre)
        rules = (line for one in self.active for line in one.rule.cost_lines(other, one.parameters))
        done = _parts_cost(other, other.units_served_at(cluster.centre), nobody, [cluster], self.arrays)
        return done + sum(line.net_present_cost for line in rules if line.centre == centre)

    def dearer(self, other: PlanView, rules_cost: int, arrays: InstanceArrays | None = None) -> int:
        """Return how much more ``other`` costs than the plan, penalties included (whole money, net present cost).

        Parameters
        ----------
        other
            A plan that has the clusters it shares with this one as the same objects.
        rules_cost
            As :meth:`judged` gave it.
        arrays
            The instance with figures of money moved; ``None`` for the instance itself.
        """
        here, there, figures = self.view, other, self.arrays if arrays is None else arrays
        old, new = _changed(here, there), _changed(there, here)
        centres = sorted({cluster.centre for cluster in (*old, *new)})
        moved = np.flatnonzero((here.unit_centre != there.unit_centre) | np.isin(here.unit_centre, centres) | np.isin(there.unit_centre, centres))
        decided = _parts_cost(there, moved, here, new, figures) - _parts_cost(here, moved, there, old, figures)
        if arrays is None or not self.rules_move:
            return decided + rules_cost - self.rules_cost
        return decided + self.rules_cost_of(replace(there, arrays=arrays)) - self.rules_cost_of(replace(here, arrays=arrays))

    def _rules_money(self, view: PlanView) -> int:
        return sum(line.net_present_cost for one in self.active for line in one.rule.cost_lines(view, one.parameters))

    def rules_cost_of(self, view: PlanView) -> int:
        """Return what rules and breaches of soft ones cost in a plan (whole money, net present cost)."""
        total = self._rules_money(view)
        for one in self.active:
            if one.penalty is not None:
                found = one.rule.check(self._priced(view) if one.rule.by_money else view, one.parameters)
                total += one.penalty * sum(breach.amount for breach in found)
        return total

    def _priced(self, view: PlanView) -> PlanView:
        return replace(view, lines=plan_lines(view, self.active))


def beside(instance: Instance, arrays: InstanceArrays, plan: Plan) -> Beside:
    """Return ``plan`` ready to have others held against it; ``arrays`` are the instance's own."""
    return Beside(plan_view(arrays, plan), active_rules(instance))


def _changed(view: PlanView, other: PlanView) -> list[ClusterView]:
    """Return the clusters of ``view`` that are not clusters of ``other`` as well."""
    alike = {id(cluster) for cluster in other.clusters}
    return [cluster for cluster in view.clusters if id(cluster) not in alike]


def _parts_cost(view: PlanView, units: NDArray[np.int64], other: PlanView, clusters: Iterable[ClusterView], arrays: InstanceArrays) -> int:
    """Return what ``units``, memberships that ``other`` lacks and ``clusters`` cost in a plan, by the figures of ``arrays``; net present cost."""
    centre = view.unit_centre[units]
    alone = arrays.unit_annual_cost[units[centre == STAYS_ALONE]].astype(np.float64)
    served = units[np.isin(centre, list(view.cluster_at))]
    cost = int(arrays.annuities.present_cost("baseline_alone", alone).sum())
    if served.size:
        cost += int(total_present_cost(served_unit_amounts(arrays, served_ways(view, served)), arrays.annuities).sum())
    joined = [
        (body, at)
        for at in np.unique(view.unit_centre[served]).tolist()
        for body in sorted(view.members[at] - (other.members.get(at, frozenset()) if at in other.cluster_at else frozenset()))
    ]
    if joined:
        body, at = (np.array(positions, dtype=np.int64) for positions in zip(*joined, strict=True))
        cost += int(total_present_cost(joining_amounts(arrays, body, at), arrays.annuities).sum())
    priced = replace(view, arrays=arrays)
    return cost + sum(line.net_present_cost for cluster in clusters for line in cluster_lines(priced, cluster))

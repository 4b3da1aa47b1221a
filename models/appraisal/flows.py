"""Money by year: each component of each decision, in the prices of one year, as paid and discounted.

Both are whole money. As paid, each year of each line is rounded once, half to even. Discounted, the running total of a line is rounded at each
year, so that the years of a line add up to its net present cost, to the pound, as the audit states it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models import economics
from models.cost_lines import COMPONENT_NAMES, NOBODY
from models.economics import COMPONENTS, Profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.cost_lines import CostLines
    from models.instance import Appraisal

    Whole = NDArray[np.int64]

PROFILES = tuple(Profile)
_BLOCK = 100_000


@dataclass(frozen=True)
class Flows:
    """Money by line and year.

    Attributes
    ----------
    component, body, centre
        (lines,) what is paid (position among the components, :data:`~models.cost_lines.NOBODY` for what is none), whom it concerns (nobody: a cluster as
        such) and at which centre (nobody's: staying alone).
    paid
        (lines, years) whole money of that year, not discounted.
    present
        (lines, years) the same discounted to year 0.
    """

    component: Whole
    body: Whole
    centre: Whole
    paid: Whole
    present: Whole

    def rows(self, chosen: NDArray[np.bool_] | Whole) -> Flows:
        """Return some of the lines, by mask or position."""
        return Flows(self.component[chosen], self.body[chosen], self.centre[chosen], self.paid[chosen], self.present[chosen])


def stacked(parts: Sequence[Flows]) -> Flows:
    """Return several flows of the same years as one."""
    return Flows(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("component", "body", "centre", "paid", "present")))


def yearly(amount: NDArray[np.float64], profile: Whole, present_cost: Whole, appraisal: Appraisal) -> tuple[Whole, Whole]:
    """Return (as paid, discounted), each (lines, years), of amounts (lines,) paid by their profiles, as positions among :data:`PROFILES`.

    Discounted rows add up to ``present_cost``. In blocks, for a million lines by year take up memory each time they are copied.
    """
    by_profile, factors = economics.yearly_shares(appraisal), economics.discount_factors(appraisal)
    shares = np.array([by_profile[one] for one in PROFILES], dtype=np.float64)
    paid = np.empty((amount.shape[0], appraisal.horizon_years), dtype=np.int64)
    present = np.empty_like(paid)
    for first in range(0, amount.shape[0], _BLOCK):
        some = slice(first, first + _BLOCK)
        each_year = amount[some, np.newaxis] * shares[profile[some]]
        so_far = np.rint(np.cumsum(each_year * factors, axis=1)).astype(np.int64)
        so_far[:, -1] = present_cost[some]
        paid[some] = np.rint(each_year)
        present[some] = np.diff(so_far, axis=1, prepend=0)
    return paid, present


def plan_flows(lines: CostLines, appraisal: Appraisal) -> Flows:
    """Return what a plan pays by line and year; penalties, which nobody pays, are left out."""
    lines = lines.rows(~lines.of_component("penalty"))
    profile = np.array([PROFILES.index(COMPONENTS[name].profile) for name in COMPONENT_NAMES], dtype=np.int64)[lines.component]
    return Flows(lines.component, lines.body, lines.centre, *yearly(lines.amount, profile, lines.present, appraisal))


def today_flows(arrays: InstanceArrays, unit_centre: Whole) -> Flows:
    """Return what doing nothing pays, one line a unit; ``unit_centre`` (units,) says in which cluster's account each unit stands."""
    return _unit_flows(arrays, unit_centre, Profile.EVERY_YEAR, arrays.unit_annual_cost.astype(np.float64))


def _unit_flows(arrays: InstanceArrays, unit_centre: Whole, profile: Profile, amount: NDArray[np.float64]) -> Flows:
    """Return flows of amounts (units,) paid by ``profile``."""
    present_cost = np.rint(amount * arrays.annuities.by_profile[profile]).astype(np.int64)
    paid, present = yearly(amount, np.full(amount.shape, PROFILES.index(profile)), present_cost, arrays.appraisal)
    return Flows(np.full(amount.shape, NOBODY), arrays.unit_body, unit_centre, paid, present)


def do_minimum_flows(arrays: InstanceArrays, unit_centre: Whole) -> Flows:
    """Return what doing the minimum pays beyond doing nothing: ``do_minimum_once`` shared out by annual cost, and a share of every annual cost."""
    appraisal = arrays.appraisal
    once = split(np.array([appraisal.do_minimum_once], dtype=np.int64), arrays.unit_annual_cost.astype(np.float64))[:, 0]
    change = arrays.unit_annual_cost.astype(np.float64) * appraisal.do_minimum_annual_rate
    return stacked(
        [
            _unit_flows(arrays, unit_centre, Profile.ONCE, once.astype(np.float64)),
            _unit_flows(arrays, unit_centre, Profile.EVERY_YEAR, change),
        ]
    )


def split(totals: Whole, weights: NDArray[np.float64]) -> Whole:
    """Return whole parts (parts, totals) of each of ``totals`` in proportion to ``weights`` (parts,), adding up exactly; equal parts without weight.

    The running total over the parts is rounded, so that no part is off by more than one and none is lost.
    """
    weights = weights if weights.sum() > 0 else np.ones_like(weights)
    reached = np.cumsum(weights) / weights.sum()
    reached[-1:] = 1.0
    so_far = np.rint(np.outer(reached, totals)).astype(np.int64)
    return np.diff(so_far, axis=0, prepend=0)

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
from models.economics import COMPONENTS, Profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.audit import Audit
    from models.instance import Appraisal
    from models.plan import Plan

    Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Flows:
    """Money by line and year.

    Attributes
    ----------
    component, body, centre
        (lines,) what is paid, whom it concerns (empty: a cluster as such) and at which centre (empty: staying alone).
    paid
        (lines, years) whole money of that year, not discounted.
    present
        (lines, years) the same discounted to year 0.
    """

    component: tuple[str, ...]
    body: tuple[str, ...]
    centre: tuple[str, ...]
    paid: Whole
    present: Whole

    def rows(self, chosen: NDArray[np.bool_] | Sequence[int]) -> Flows:
        """Return some of the lines, by mask or position."""
        positions = np.flatnonzero(chosen) if isinstance(chosen, np.ndarray) else np.asarray(chosen, dtype=np.int64)
        pick = positions.tolist()
        return Flows(
            tuple(self.component[at] for at in pick),
            tuple(self.body[at] for at in pick),
            tuple(self.centre[at] for at in pick),
            self.paid[positions],
            self.present[positions],
        )


def stacked(parts: Sequence[Flows]) -> Flows:
    """Return several flows of the same years as one."""
    return Flows(
        sum((part.component for part in parts), ()),
        sum((part.body for part in parts), ()),
        sum((part.centre for part in parts), ()),
        np.concatenate([part.paid for part in parts]),
        np.concatenate([part.present for part in parts]),
    )


def yearly(amount: NDArray[np.float64], profiles: Sequence[Profile], present_cost: Whole, appraisal: Appraisal) -> tuple[Whole, Whole]:
    """Return (as paid, discounted), each (lines, years), of amounts (lines,) paid by their profiles; discounted rows add up to ``present_cost``."""
    by_profile = economics.yearly_shares(appraisal)
    years = appraisal.horizon_years
    shares = np.array([by_profile[profile] for profile in profiles], dtype=np.float64).reshape(len(profiles), years)
    each_year = amount[:, np.newaxis] * shares
    so_far = np.rint(np.cumsum(each_year * economics.discount_factors(appraisal), axis=1)).astype(np.int64)
    so_far[:, -1] = present_cost
    return np.rint(each_year).astype(np.int64), np.diff(so_far, axis=1, prepend=0)


def plan_flows(audit: Audit, appraisal: Appraisal) -> Flows:
    """Return what a plan pays by line and year; penalties, which nobody pays, are left out."""
    lines = [line for line in audit.lines if line.component != "penalty"]
    amount = np.array([line.amount for line in lines], dtype=np.float64)
    present = np.array([line.net_present_cost for line in lines], dtype=np.int64)
    paid, discounted = yearly(amount, [COMPONENTS[line.component].profile for line in lines], present, appraisal)
    return Flows(tuple(line.component for line in lines), tuple(line.body for line in lines), tuple(line.centre for line in lines), paid, discounted)


def unit_centres(arrays: InstanceArrays, plan: Plan) -> tuple[str, ...]:
    """Return the centre at which the plan has each unit's work done (units,); empty when it stays alone."""
    at = {(one.body, one.service): one.centre for one in plan.assignments}
    return tuple(at.get((arrays.bodies[body], arrays.services[service]), "") for body, service in zip(arrays.unit_body, arrays.unit_service, strict=True))


def today_flows(arrays: InstanceArrays, centres: tuple[str, ...]) -> Flows:
    """Return what doing nothing pays, one line a unit; ``centres`` says in which cluster's account each unit stands."""
    return _unit_flows(arrays, centres, "do_nothing", Profile.EVERY_YEAR, arrays.unit_annual_cost.astype(np.float64))


def _unit_flows(arrays: InstanceArrays, centres: tuple[str, ...], name: str, profile: Profile, amount: NDArray[np.float64]) -> Flows:
    """Return flows of amounts (units,) paid by ``profile``."""
    present_cost = np.rint(amount * arrays.annuities.by_profile[profile]).astype(np.int64)
    paid, present = yearly(amount, [profile] * len(amount), present_cost, arrays.appraisal)
    return Flows((name,) * len(amount), tuple(arrays.bodies[body] for body in arrays.unit_body), centres, paid, present)


def do_minimum_flows(arrays: InstanceArrays, centres: tuple[str, ...]) -> Flows:
    """Return what doing the minimum pays beyond doing nothing: ``do_minimum_once`` shared out by annual cost, and a share of every annual cost."""
    appraisal = arrays.appraisal
    once = split(np.array([appraisal.do_minimum_once], dtype=np.int64), arrays.unit_annual_cost.astype(np.float64))[:, 0]
    change = arrays.unit_annual_cost.astype(np.float64) * appraisal.do_minimum_annual_rate
    return stacked(
        [
            _unit_flows(arrays, centres, "do_minimum_once", Profile.ONCE, once.astype(np.float64)),
            _unit_flows(arrays, centres, "do_minimum_annual", Profile.EVERY_YEAR, change),
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

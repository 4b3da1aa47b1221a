"""Appraise a plan: the measures for the whole, by year, by cluster, body and sector, and in the other view as well."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from models.appraisal.accounts import Account, Accounts, Ledger
from models.appraisal.bias import BiasEffect, bias_effects, bias_notes
from models.appraisal.flows import do_minimum_flows, plan_flows, today_flows
from models.appraisal.measures import Measures, Series, cut, measures, measures_of_each
from models.appraisal.sharing import Shares, keyed_shares, shared_out
from models.appraisal_tables import appraisal_tables
from models.arrays import InstanceArrays, instance_arrays
from models.cost_shares import EQUAL, KEYS
from models.plan_costs import plan_lines
from models.plan_view import STAYS_ALONE, PlanView, plan_view
from models.rules import active_rules
from models.schema import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.audit import Audit
    from models.cost_lines import CostLines
    from models.instance import Instance
    from models.plan import Plan


@dataclass(frozen=True)
class Haircuts:
    """Present worth of a plan when part of its running savings never comes: less the usual haircuts, and under the stress haircut."""

    npsv_after_haircuts: int
    npsv_under_stress: int


@dataclass(frozen=True)
class PlanAppraisal:
    """What a plan is worth.

    Attributes
    ----------
    instance
        As appraised: in its view and over its horizon.
    whole, other
        The measures in the view asked for, and of the same plan in the other one.
    paid, present
        Money by year as paid and discounted.
    haircuts
        What is left when savings disappoint.
    books
        The series of all accounts of each kind, worked out when asked for: of a whole country they are many.
    bias
        Optimism bias by cost type.
    notes
        What a reader must know about the figures.
    """

    instance: Instance
    whole: Measures
    other: Measures
    paid: Series
    present: Series
    haircuts: Haircuts
    books: Books
    bias: tuple[BiasEffect, ...]
    notes: tuple[str, ...]

    @cached_property
    def accounts(self) -> Mapping[Account, Mapping[str, Measures]]:
        """Measures by cluster, body and sector."""
        books = {account: self.books.of(account) for account in Account}
        return {account: dict(zip(one.names, measures_of_each(one.paid, one.present, self.start_year), strict=True)) for account, one in books.items()}

    @cached_property
    def ledgers(self) -> Mapping[Account, Mapping[str, tuple[Series, Series]]]:
        """(as paid, discounted) by year for each account."""
        return {account: self.books.of(account).each() for account in Account}

    @property
    def view(self) -> View:
        """The view asked for."""
        return View(self.instance.appraisal.view)

    @property
    def start_year(self) -> int:
        """Calendar year of year 0."""
        return self.instance.appraisal.start_year

    @property
    def years(self) -> range:
        """The calendar years appraised."""
        return range(self.start_year, self.start_year + self.instance.appraisal.horizon_years)

    @property
    def cashable_saving(self) -> NDArray[np.int64]:
        """(years,) running saving that can be taken out of budgets, after its haircut."""
        return _part(self.paid.running_saving, self.instance.appraisal.cashable_share, "cashable")

    @property
    def non_cashable_saving(self) -> NDArray[np.int64]:
        """(years,) running saving that only frees time, after its haircut."""
        return _part(self.paid.running_saving, 1.0 - self.instance.appraisal.cashable_share, "non_cashable")


@dataclass(frozen=True)
class Books:
    """A ledger with the common cost of each cluster on the cluster, and the shares by which its members divide it."""

    arrays: InstanceArrays
    ledger: Ledger
    shares: Shares

    @cached_property
    def _by_member(self) -> Ledger:
        return dataclasses.replace(self.ledger, plan=shared_out(self.ledger.plan, self.shares, self.arrays))

    def of(self, account: Account) -> Accounts:
        """Return the series of every account of a kind."""
        if account is Account.CLUSTER:
            return self.ledger.by(lambda flows: flows.centre + 1, ("", *self.arrays.centres))
        if account is Account.BODY:
            return self._by_member.by(lambda flows: flows.body + 1, ("", *self.arrays.bodies))
        names = sorted({"", *self.arrays.body_sector})
        sector = np.array([names.index(name) for name in (*self.arrays.body_sector, "")], dtype=np.int64)
        return self._by_member.by(lambda flows: sector[flows.body], names)


def appraise(
    instance: Instance, plan: Plan, found: Audit | None = None, *, view: View | None = None, key: str | None = None, shares: Shares | None = None
) -> PlanAppraisal:
    """Return what ``plan`` is worth in ``instance``.

    Parameters
    ----------
    instance, plan
        The problem and its answer.
    found
        The audit of ``plan`` in ``instance``, when it is at hand.
    view
        Which costs count; that of the instance unless given. The plan stays the same: only its price changes.
    key
        The cost-share key by which the common cost of a cluster is divided among its members; that of the instance unless given.
    shares
        For each open centre the weight of each member, in place of a key.

    Raises
    ------
    KeyError
        When ``shares`` leave out an open centre that has members.
    ValueError
        When the key is headcount and a member's is not known.
    """
    asked = View(instance.appraisal.view if view is None else view)
    seen = in_view(instance, asked)
    placed = plan_view(instance_arrays(instance), plan)
    there = dataclasses.replace(placed, arrays=dataclasses.replace(placed.arrays, appraisal=seen.appraisal))
    lines = plan_lines(there, active_rules(seen)) if found is None or asked != instance.appraisal.view else found.lines
    key = instance.appraisal.cost_share_key if key is None else key
    used = keyed_shares(placed, key) if shares is None else {centre: shares[centre] for centre in keyed_shares(placed, EQUAL)}
    ledger = _ledger(there, lines)
    paid, present = ledger.whole()
    return PlanAppraisal(
        instance=seen,
        whole=measures(paid, present, seen.appraisal.start_year),
        other=_other(instance, placed, asked, ledger),
        paid=paid,
        present=present,
        haircuts=_haircuts(present, seen.appraisal.cashable_share),
        books=Books(there.arrays, ledger, used),
        bias=bias_effects(seen.appraisal, lines),
        notes=tuple(_notes(there, key=key if shares is None else "")),
    )


def in_view(instance: Instance, view: View) -> Instance:
    """Return ``instance`` with its costs counted in ``view``."""
    return dataclasses.replace(instance, appraisal=dataclasses.replace(instance.appraisal, view=view))


def main_figures(appraised: PlanAppraisal) -> dict[str, Any]:
    """Return the main figures as plain values: what stands in the record of every run."""
    last = appraised.years[-1]
    other = View.CASH if appraised.view is View.ECONOMIC else View.ECONOMIC
    return {
        "view": str(appraised.view),
        **appraised.whole.as_dict(),
        **dataclasses.asdict(appraised.haircuts),
        "cashable_saving_last_year": int(appraised.cashable_saving[-1]),
        "last_year": last,
        "other_view": {"view": str(other), **appraised.other.as_dict()},
        "optimism_bias": [effect.as_dict() for effect in appraised.bias],
        "notes": list(appraised.notes),
    }


def _ledger(view: PlanView, lines: CostLines) -> Ledger:
    arrays, centre = view.arrays, view.unit_centre
    return Ledger(today_flows(arrays, centre), plan_flows(lines, arrays.appraisal), do_minimum_flows(arrays, centre))


def _other(instance: Instance, placed: PlanView, asked: View, ledger: Ledger) -> Measures:
    """Return the measures in the view not asked for; ``placed`` is the plan in the instance, ``ledger`` in the view asked for."""
    other = in_view(instance, View.CASH if asked is View.ECONOMIC else View.ECONOMIC)
    view = dataclasses.replace(placed, arrays=dataclasses.replace(placed.arrays, appraisal=other.appraisal))
    # Doing nothing and doing the minimum cost the same in both views.
    lines = plan_lines(view, active_rules(other))
    paid, present = dataclasses.replace(ledger, plan=plan_flows(lines, other.appraisal)).whole()
    return measures(paid, present, other.appraisal.start_year)


def _part(saving: NDArray[np.int64], share: float, haircut: str) -> NDArray[np.int64]:
    return cut(np.rint(saving * share).astype(np.int64), appraisal_tables().haircuts[haircut].rate)


def _haircuts(present: Series, cashable_share: float) -> Haircuts:
    """Return the net present value with running savings cut; one-off costs stay as they are."""
    rates = appraisal_tables().haircuts
    usual = cashable_share * rates["cashable"].rate + (1.0 - cashable_share) * rates["non_cashable"].rate
    saving, once = present.running_saving, int(present.once.sum())
    return Haircuts(int(cut(saving, usual).sum()) - once, int(cut(saving, rates["stress"].rate).sum()) - once)


def _notes(view: PlanView, *, key: str) -> list[str]:
    arrays, appraisal = view.arrays, view.arrays.appraisal
    notes = []
    if not appraisal.do_minimum_once and not appraisal.do_minimum_annual_rate:
        notes.append("No do-minimum is stated (do_minimum_once, do_minimum_annual_rate), so doing the minimum is doing nothing.")
    moved = view.unit_centre != STAYS_ALONE
    unknown = int((moved & (arrays.unit_posts == 0)).sum())
    if unknown and appraisal.posts_removed_rate and appraisal.exit_payment_per_post:
        notes.append(f"Payments to leavers are nought in the cash view for {unknown} of {int(moved.sum())} services moved, as their posts are not known.")
    if moved.any() and not (appraisal.posts_removed_rate and appraisal.exit_payment_per_post):
        notes.append("No payments to leavers are priced (posts_removed_rate, exit_payment_per_post).")
    if moved.any() and not (appraisal.vat_rate and arrays.model_standard_rated_share.any()):
        notes.append("No VAT is priced (vat_rate, standard_rated_share).")
    if key and moved.any():
        notes.append(f"By body and sector, the cost of a cluster as such is shared out among its members by {key}: {KEYS[key]}.")
    notes += bias_notes(appraisal)
    notes.append("The lowest cost alone is not value for money: levels of service and effects without a price are not in these figures.")
    return notes

"""The page's section on what a plan is worth: measures in both views, the curve of savings so far, and who gains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.appraisal.accounts import Account
from models.appraisal.appraise import appraise
from models.appraisal.as_tables import account_table
from models.appraisal.equivalents import saving_equivalents
from models.appraisal.measures import DEFINITIONS, payback_words
from models.appraisal_tables import appraisal_tables
from models.schema import View
from report import charts
from report.formats import records
from report.money import exact_money, percent, short_money

if TYPE_CHECKING:
    from typing import Any

    from markupsafe import Markup

    from models.appraisal.appraise import PlanAppraisal
    from report.view import RunView

MOST_SECTORS = 30

_MONEY = {
    "do_nothing_npsc": "Net present cost of carrying on as today",
    "do_minimum_npsc": "Net present cost of doing the minimum",
    "plan_npsc": "Net present cost of this plan",
    "npsv": "Net present value against carrying on as today",
    "npsv_against_do_minimum": "Net present value against doing the minimum",
}


@dataclass(frozen=True)
class Worth:
    """What the page says a plan is worth.

    Attributes
    ----------
    views
        The view the plan was chosen in, then the other.
    rows
        (what, in the first view, in the other) as text.
    sentences, notes
        On payback and disappointment; on what a reader must know.
    curve
        Saving so far by year, as paid and discounted.
    biases
        (cost type, uplift and bounds, its part of the cost) as text.
    sectors
        Measures by sector.
    things
        Savings as hospitals, motorway and schools, for communication only; empty when they cannot be told so.
    """

    views: tuple[str, str]
    rows: list[tuple[str, str, str]]
    sentences: list[str]
    curve: Markup
    biases: list[tuple[str, str, str]]
    sectors: list[dict[str, Any]]
    notes: list[str]
    things: list[str]


def worth(view: RunView) -> Worth | None:
    """Return what the plan of a run is worth, appraised now; ``None`` when there is no plan or it shares nothing."""
    if view.plan is None or not view.spokes:
        return None
    found = appraise(view.instance, view.plan, view.audit)
    other = View.CASH if found.view is View.ECONOMIC else View.ECONOMIC
    return Worth(
        views=(str(found.view), str(other)),
        rows=_rows(found, view.currency),
        sentences=_sentences(found, view.currency),
        curve=_curve(found, view.currency),
        biases=_biases(found, view.currency),
        sectors=records(account_table(found, Account.SECTOR).head(MOST_SECTORS)),
        notes=[*found.notes, *(f"{what}: {DEFINITIONS[name]}." for what, name in (("Benefit-cost ratio", "bcr"), ("Peak funding", "peak_funding")))],
        things=_things(found),
    )


def _rows(found: PlanAppraisal, currency: str) -> list[tuple[str, str, str]]:
    both = (found.whole, found.other)

    def texts(what: str, values: list[str]) -> tuple[str, str, str]:
        return what, values[0], values[1]

    rows = [texts(text, [exact_money(getattr(one, name), currency) for one in both]) for name, text in _MONEY.items()]
    rows.append(texts("Benefit-cost ratio", ["none" if one.bcr is None else f"{one.bcr:.2f}" for one in both]))
    peaks = [exact_money(one.peak_funding, currency) + ("" if one.peak_funding_year is None else f" in {one.peak_funding_year}") for one in both]
    rows.append(texts("Peak funding", peaks))
    return rows


def _sentences(found: PlanAppraisal, currency: str) -> list[str]:
    paid, discounted = (payback_words(series.net, found.start_year) for series in (found.paid, found.present))
    rates = appraisal_tables().haircuts
    last = int(found.cashable_saving[-1])
    usual = f"{percent(rates['cashable'].rate, 0)} off savings that can be taken out of budgets and {percent(rates['non_cashable'].rate, 0)} off the others"
    return [
        f"What is laid out ahead of savings is paid back: {paid}; with later money discounted: {discounted}.",
        f"With {usual} (our assumptions), the net present value is {exact_money(found.haircuts.npsv_after_haircuts, currency)}; with "
        f"{percent(rates['stress'].rate, 0)} off every saving, as in programmes that went badly, {exact_money(found.haircuts.npsv_under_stress, currency)}.",
        f"The saving that could be taken out of budgets in {found.years[-1]}, after that haircut: {exact_money(last, currency)}.",
    ]


def _curve(found: PlanAppraisal, currency: str) -> Markup:
    lines = [
        charts.Curve("as paid", tuple(np.cumsum(found.paid.net).tolist())),
        charts.Curve("discounted", tuple(np.cumsum(found.present.net).tolist()), dashed=True),
    ]
    return charts.curves([str(year) for year in found.years], lines, lambda amount: short_money(amount, currency), "Saving so far by year")


def _things(found: PlanAppraisal) -> list[str]:
    things = saving_equivalents(found)
    return [] if isinstance(things, str) else [*(one.sentence() for one in things), *things[0].notes]


def _biases(found: PlanAppraisal, currency: str) -> list[tuple[str, str, str]]:
    return [
        (
            effect.cost_type.replace("_", " "),
            f"{percent(effect.uplift)} (published {percent(effect.lower, 0)} to {percent(effect.upper, 0)}; mark {effect.mark})",
            f"{exact_money(effect.of_which_uplift, currency)} of {exact_money(effect.present_cost, currency)}",
        )
        for effect in found.bias
    ]

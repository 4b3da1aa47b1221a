"""An appraisal as plain text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.appraisal.as_tables import year_table
from models.appraisal.equivalents import saving_equivalents
from models.appraisal.measures import DEFINITIONS, payback_words
from models.appraisal_tables import appraisal_tables, ratio_name
from models.schema import View
from report.formats import render

if TYPE_CHECKING:
    from models.appraisal.appraise import PlanAppraisal
    from models.appraisal.measures import Measures

_MONEY = {
    "do_nothing_npsc": "net present cost, doing nothing",
    "do_minimum_npsc": "net present cost, doing the minimum",
    "plan_npsc": "net present cost of the plan",
    "npsv": "net present value against doing nothing",
    "npsv_against_do_minimum": "net present value against doing the minimum",
}
_RATIOS = {"bcr": "benefit-cost ratio against doing nothing", "bcr_against_do_minimum": "benefit-cost ratio against doing the minimum"}
_WIDE = 46


def appraisal_lines(appraised: PlanAppraisal, wording: str = "") -> list[str]:
    """Return the appraisal as lines: measures in both views, years, optimism bias, notes. ``wording`` names the ratio, such as ``dft``."""
    other = View.CASH if appraised.view is View.ECONOMIC else View.ECONOMIC
    settings = appraised.instance.settings
    prices = f"prices of {settings.price_year}" if settings.price_year else "price year not stated"
    return [
        f"{settings.title or '(untitled)'}: {len(appraised.years)} years from {appraised.start_year}, {settings.currency}, real, {prices}",
        "",
        f"{'':<{_WIDE}}{f'{appraised.view} view':>20}{f'{other} view':>20}",
        *_measure_lines(appraised.whole, appraised.other),
        *_worth_lines(appraised, wording),
        "",
        render(year_table(appraised).drop(columns=["non_cashable_saving", "one_off_cost"]), "table").rstrip("\n"),
        "",
        *_bias_lines(appraised),
        "",
        *_thing_lines(appraised),
        "",
        *(f"- {note}" for note in appraised.notes),
        *(f"- {name.replace('_', ' ')}: {text}." for name, text in DEFINITIONS.items()),
    ]


def _measure_lines(one: Measures, other: Measures) -> list[str]:
    lines = [f"{text:<{_WIDE}}{getattr(one, name):>20,}{getattr(other, name):>20,}" for name, text in _MONEY.items()]
    lines += [f"{text:<{_WIDE}}{_ratio(getattr(one, name)):>20}{_ratio(getattr(other, name)):>20}" for name, text in _RATIOS.items()]
    return [*lines, f"{'peak funding':<{_WIDE}}{_peak(one):>20}{_peak(other):>20}"]


def _worth_lines(appraised: PlanAppraisal, wording: str) -> list[str]:
    rates = {name: f"{one.rate:.0%}" for name, one in appraisal_tables().haircuts.items()}
    usual = f"net present value, {rates['cashable']} off cashable and {rates['non_cashable']} off other savings"
    stress = f"net present value, {rates['stress']} off every saving"
    paid, discounted = (payback_words(series.net, appraised.start_year) for series in (appraised.paid, appraised.present))
    lines = [
        f"{usual:<{_WIDE + 20}}{appraised.haircuts.npsv_after_haircuts:>20,}",
        f"{stress:<{_WIDE + 20}}{appraised.haircuts.npsv_under_stress:>20,}",
        f"paid back: {paid}; discounted: {discounted}",
    ]
    if wording and appraised.whole.bcr is not None:
        lines.append(f"a benefit-cost ratio of {appraised.whole.bcr:.2f} is called {ratio_name(appraised.whole.bcr, wording)} ({wording})")
    return lines


def _bias_lines(appraised: PlanAppraisal) -> list[str]:
    return [
        f"optimism bias, {effect.cost_type}: {effect.uplift:.1%} (published {effect.lower:.0%} to {effect.upper:.0%} [{effect.mark}]), "
        f"{effect.of_which_uplift:,} of {effect.present_cost:,}"
        for effect in appraised.bias
    ]


def _thing_lines(appraised: PlanAppraisal) -> list[str]:
    things = saving_equivalents(appraised)
    if isinstance(things, str):
        return [f"no equivalents: {things}"]
    return ["communication only:", *(f"  {one.sentence()}" for one in things), *(f"  {note}" for note in things[0].notes)]


def _ratio(ratio: float | None) -> str:
    return "none" if ratio is None else f"{ratio:.2f}"


def _peak(one: Measures) -> str:
    return f"{one.peak_funding:,}" if one.peak_funding_year is None else f"{one.peak_funding:,} ({one.peak_funding_year})"

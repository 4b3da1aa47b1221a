"""Each measure against a sheet worked by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.appraisal.flows import PROFILES, split, yearly
from models.appraisal.measures import Series, benefit_cost_ratio, cut, measures, payback_words, payback_year, peak_funding
from models.economics import Profile, annuities
from models.instance import Appraisal

# Four years at 25 %: DF = 1, 0.8, 0.64, 0.512. A body spends 1,000 a year; its work moves by halves in years 1 and 2, at 700 a year when all is moved;
# moving costs 400 once.
#
#   year          0      1      2      3     present value
#   today      1000   1000   1000   1000     2952
#   kept       1000    500      0      0     1000 + 400 = 1400
#   running       0    350    700    700     280 + 448 + 358.4 = 1086.4
#   once        400      0      0      0     400
#   plan       1400    850    700    700     2886.4
#   net        -400    150    300    300     65.6
#   so far     -400   -250     50    350
#   discounted -400    120    192    153.6   so far -400, -280, -88, 65.6
#
# Benefits are the spending avoided, 2952 - 1400 = 1552; cost is 1086.4 + 400 = 1486.4; the ratio is 1.0441.
APPRAISAL = Appraisal(start_year=2026, horizon_years=4, discount_rates=((0, 0.25),), saving_ramp=(0.0, 0.5, 1.0))


def at(profiles: Sequence[Profile]) -> np.ndarray:
    return np.array([PROFILES.index(profile) for profile in profiles])


def whole(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def sheet() -> tuple[Series, Series]:
    profiles = (Profile.EVERY_YEAR, Profile.BEFORE_TRANSFER, Profile.AFTER_TRANSFER, Profile.ONCE)
    paid, present = yearly(np.array([1000.0, 1000.0, 700.0, 400.0]), at(profiles), whole(2952, 1400, 1086, 400), APPRAISAL)
    none = np.zeros(4, dtype=np.int64)
    return Series(*paid, none, none), Series(*present, none, none)


def test_money_by_year_as_paid_and_discounted() -> None:
    paid, present = sheet()
    assert paid.plan.tolist() == [1400, 850, 700, 700]
    assert paid.net.tolist() == [-400, 150, 300, 300]
    assert paid.running_saving.tolist() == [0, 150, 300, 300]
    assert present.today.tolist() == [1000, 800, 640, 512]
    assert present.kept.tolist() == [1000, 400, 0, 0]
    # 280, then 728 and 1086.4 so far.
    assert present.running.tolist() == [0, 280, 448, 358]


def test_measures_of_the_sheet() -> None:
    found = measures(*sheet(), 2026)
    assert (found.do_nothing_npsc, found.do_minimum_npsc, found.plan_npsc) == (2952, 2952, 2886)
    assert (found.npsv, found.npsv_against_do_minimum) == (66, 66)
    assert found.bcr == found.bcr_against_do_minimum == round(1552 / 1486, 4) == 1.0444
    assert (found.payback_year, found.discounted_payback_year) == (2028, 2029)
    assert (found.peak_funding, found.peak_funding_year) == (400, 2026)


@pytest.mark.parametrize(("year", "factor"), [(0, 1.0), (10, 0.7089), (30, 0.3563)])
def test_a_million_paid_in_one_year_is_discounted_by_the_green_book(year: int, factor: float) -> None:
    # A ramp that reaches its end only in that year, so that all is paid in it.
    appraisal = Appraisal(horizon_years=year + 1, saving_ramp=(*[0.0] * year, 1.0))
    total = annuities(appraisal).present_cost("governance", np.array([1e6]))
    paid, present = yearly(np.array([1e6]), at([Profile.AFTER_TRANSFER]), total, appraisal)
    assert paid[0].tolist() == [*[0] * year, 1_000_000]
    assert present[0, :year].tolist() == [0] * year
    assert present[0, year] == pytest.approx(1e6 * factor, abs=50)


def test_payback_is_the_first_year_never_again_below_nought() -> None:
    assert payback_year(whole(-100, 150, -80, 40, 5), 2026) == 2029
    assert payback_year(whole(-100, 50, 50), 2026) == 2028
    assert payback_year(whole(-100, 50, 49), 2026) is None
    assert payback_year(whole(0, 0, 5), 2026) is None
    assert payback_words(whole(-100, 50, 49), 2026) == "not by the end of 2028"
    assert payback_words(whole(-100, 50, 50), 2026) == "by the end of 2028"
    assert payback_words(whole(0, 0), 2026) == "nothing is ever laid out ahead of savings"


def test_peak_funding_is_the_deepest_and_the_first_such_year() -> None:
    assert peak_funding(whole(-100, -50, 30, -30, 200), 2026) == (150, 2027)
    assert peak_funding(whole(0, 5), 2026) == (0, None)


def test_no_ratio_without_cost() -> None:
    assert benefit_cost_ratio(0, 0) is None
    assert benefit_cost_ratio(3, 2) == 1.5


def test_haircuts_cut_savings_and_leave_losses() -> None:
    assert cut(whole(-100, 0, 100, 10), 0.15).tolist() == [-100, 0, 85, 8]


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=4), st.lists(st.floats(0, 1e9), min_size=1, max_size=9))
def test_parts_add_up_and_none_is_off_by_more_than_a_pound(totals: list[int], weights: list[float]) -> None:
    parts = split(whole(*totals), np.array(weights))
    assert parts.sum(axis=0).tolist() == totals
    share = np.array(weights) / sum(weights) if sum(weights) > 0 else np.full(len(weights), 1 / len(weights))
    assert np.abs(parts - np.outer(share, totals)).max() <= 1 + 1e-3


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=6), st.integers(1, 40))
def test_discounted_years_add_up_to_the_net_present_cost(amounts: list[float], years: int) -> None:
    appraisal = Appraisal(horizon_years=years)
    for profile, annuity in annuities(appraisal).by_profile.items():
        total = np.rint(np.array(amounts) * annuity).astype(np.int64)
        _, present = yearly(np.array(amounts), at([profile] * len(amounts)), total, appraisal)
        assert present.sum(axis=1).tolist() == total.tolist()

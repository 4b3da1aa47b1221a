"""The parts of drafting: reference figures, choice of centres, bands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.draft_bands import capacities, set_up_costs
from models.draft_baseline import SERVICES, ServiceCurve, scale_exponent
from models.draft_centres import choose_centres, default_centre_count
from models.draft_settings import draft_powers
from models.reference import FIGURES, read_reference, reference
from models.schema import Form


def test_reference_figures_are_whole() -> None:
    figures = reference()
    assert set(figures.forms.values()) == set(Form)
    assert {one.legal_type for one in figures.classes} == set(figures.powers)
    assert sum(figures.central(f"service.{service}.in_scope_share") for service in SERVICES) == pytest.approx(1)
    assert sum(figures.central(f"service.{service}.platform_share") for service in SERVICES) == pytest.approx(1)
    assert all(figure.source and figure.unit for figure in figures.figures.values())
    assert figures.vat.keys() == figures.powers.keys()
    assert {model for one in figures.vat.values() for model in one.by_model} <= figures.forms.keys()
    for powers in figures.powers.values():
        assert set(powers.by_model) == set(figures.forms)


def test_a_drafted_power_to_lead_names_the_types_it_reaches() -> None:
    powers = draft_powers(["council", "nhs-trust"], ("unitary", "joint-company"), reference())
    reach = dict(zip(zip(powers["legal_type"], powers["commercial_model"], strict=True), powers["lead_for"], strict=True))
    assert reach["nhs-trust", "unitary"] == "nhs-trust; council"
    assert {reach["nhs-trust", "joint-company"], reach["council", "unitary"]} == {""}


def test_a_reference_out_of_order_is_refused(tmp_path: object) -> None:
    path = tmp_path / "reference.toml"  # type: ignore[operator]
    text = FIGURES.read_text(encoding="utf-8")
    path.write_text(text.replace("low = 0.005, central = 0.01", "low = 0.05, central = 0.01", 1), encoding="utf-8")
    with pytest.raises(ValueError, match="out of order"):
        read_reference(path)
    path.write_text(text.replace('mark = "V"', 'mark = "X"', 1), encoding="utf-8")
    with pytest.raises(ValueError, match="mark"):
        read_reference(path)


def test_nhs_trust_drafts_agree_with_published_corporate_cost() -> None:
    """Finance, HR, IT and procurement per 100 of a trust's income come near the 3.90 to 5.40 published for all corporate services."""
    figures = reference()
    trust = next(one for one in figures.classes if one.name == "NHS body")
    hr = figures.central("running.hr_post_cost") / figures.central("running.employees_per_hr_post") + figures.central("running.payroll_per_employee")
    per_post = hr + trust.users.central * figures.central("running.it_per_user")
    shares = figures.central("running.finance_share_of_spend") + figures.central("running.procurement_share_of_spend")
    assert 0.028 < shares + per_post / trust.spend.central < 0.054


def test_exponents_lie_between_those_they_mix() -> None:
    for service in SERVICES:
        ends = [reference().central(f"service.{service}.{name}") for name in ("transactional_exponent", "other_exponent")]
        assert min(ends) <= scale_exponent(reference(), service) <= max(ends)


def test_the_curve_is_straight_past_the_largest_volume_on_record() -> None:
    curve = ServiceCurve("hr", 0.8, 100.0, 1.0, 1000.0, from_spend=False)
    unit = curve.cost(np.array([1000.0, 2000.0, 9000.0])) / np.array([1000.0, 2000.0, 9000.0])
    assert unit == pytest.approx(np.full(3, unit[0]))
    assert curve.marginal_cost(9000.0) == curve.marginal_cost(1000.0) == pytest.approx(0.8 * unit[0])


@pytest.mark.parametrize(("bodies", "count"), [(2, 2), (15, 3), (33, 5), (353, 58), (2000, 60), (42_676, 1524)])
def test_default_centre_counts(bodies: int, count: int) -> None:
    assert default_centre_count(bodies, reference()) == count


def test_centres_are_heavy_then_spread() -> None:
    latitude, longitude = np.array([50.0, 50.01, 55.0, 52.0]), np.zeros(4)
    weight = np.array([10.0, 9.0, 1.0, 1.0])
    names = np.array(["a", "b", "c", "d"])
    assert choose_centres(names, latitude, longitude, weight, 3).tolist() == [0, 2, 3]
    assert sorted(choose_centres(names, latitude, longitude, weight, 9).tolist()) == [0, 1, 2, 3]


def test_centres_at_one_place_do_not_repeat() -> None:
    chosen = choose_centres(np.array(["a", "b", "c"]), np.full(3, 51.0), np.zeros(3), np.ones(3), 3)
    assert sorted(chosen.tolist()) == [0, 1, 2]


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=60), st.integers(1, 60), st.integers(1, 6))
def test_capacities_rise_and_hold_someone(volumes: list[int], centres: int, count: int) -> None:
    volume = np.array(volumes, dtype=np.int64)
    sizes = capacities(volume, reference(), centres, count)
    assert 1 <= len(sizes) <= count
    assert (np.diff(sizes) > 0).all()
    assert sizes[-1] >= np.median(volume)


def test_set_up_has_a_floor_and_grows() -> None:
    platform = reference().figure("one_off.platform_local")
    share = reference().central("service.it.platform_share")
    local = reference().central("one_off.platform_local_employees")
    costs = set_up_costs(np.array([1.0, local, 100 * local]), "it", reference())
    assert costs[0] == pytest.approx(platform.low * share)
    assert costs[1] == pytest.approx(platform.central * share)
    assert 20_000_000 < costs[2] / share < 145_000_000

"""Each component against a sum done by hand."""

import dataclasses

import numpy as np
import pytest

from models import economics
from models.appraisal_tables import appraisal_tables
from models.economics import Profile
from models.instance import Appraisal
from models.schema import View

ROUND = Appraisal(
    horizon_years=3,
    discount_rates=((0, 0.25),),
    saving_ramp=(0.0, 0.5, 1.0),
    optimism_bias={"set_up": 0.5},
    migration_cost=700,
    migration_rate=0.05,
    dual_running_months=6,
)
# DF = 1, 0.8, 0.64. Every year 2.44; after transfer 0.8 x 0.5 + 0.64 = 1.04; before transfer 1 + 0.8 x 0.5 = 1.4.


def whole(*values):
    return np.array(values, dtype=np.int64)


def test_discount_factors_by_hand():
    assert economics.discount_factors(ROUND) == pytest.approx([1, 0.8, 0.64])


def test_discount_factors_of_the_green_book():
    factors = economics.discount_factors(Appraisal(horizon_years=32))
    assert round(factors[10], 4) == 0.7089
    assert round(factors[30], 4) == 0.3563
    assert factors[31] == pytest.approx(factors[30] / 1.03)


def test_rates_by_name_and_stated_rates_win():
    assert economics.discount_factors(Appraisal(rates="green-book-health", horizon_years=2))[1] == pytest.approx(1 / 1.015)
    assert economics.discount_factors(Appraisal(rates="green-book-health", discount_rates=((0, 0.25),), horizon_years=2))[1] == pytest.approx(0.8)


def test_the_last_stated_share_of_the_ramp_stays():
    assert economics.ramp(Appraisal(horizon_years=6)) == pytest.approx([0, 0.3, 0.75, 1, 1, 1])


def test_annuities_by_hand():
    by_profile = economics.annuities(ROUND).by_profile
    assert by_profile[Profile.EVERY_YEAR] == pytest.approx(2.44)
    assert by_profile[Profile.AFTER_TRANSFER] == pytest.approx(1.04)
    assert by_profile[Profile.BEFORE_TRANSFER] == pytest.approx(1.4)
    assert by_profile[Profile.ONCE] == pytest.approx(1)


def test_before_and_after_transfer_make_up_every_year():
    by_profile = economics.annuities(Appraisal()).by_profile
    assert by_profile[Profile.BEFORE_TRANSFER] + by_profile[Profile.AFTER_TRANSFER] == pytest.approx(by_profile[Profile.EVERY_YEAR])


def served(appraisal, *, outsourced=False):
    return economics.served_amounts(
        volume=whole(200),
        annual_cost=whole(10_000),
        unit_cost=np.array([25.0]),
        process_saving_rate=np.array([0.1]),
        margin_rate=np.array([0.2]),
        standard_rated_share=np.array([0.5]),
        vat_recovery_rate=np.array([0.25]),
        client_side_rate=np.array([0.03]),
        travel_cost_per_km=np.array([0.02]),
        distance_km=np.array([50.0]),
        link_annual_cost=whole(100),
        link_one_off_cost=whole(40),
        posts=np.array([3.0]),
        outsourced=np.array([outsourced]),
        appraisal=appraisal,
    )


def test_served_components_by_hand():
    amounts = served(ROUND)
    factors = economics.annuities(ROUND)
    present = {name: int(factors.present_cost(name, amount)[0]) for name, amount in amounts.items()}
    assert present == {
        "baseline_until_transfer": 14_000,  # 1.4 x 10,000
        "service_charge": 4_680,  # 1.04 x 200 x 25 x 0.9
        "provider_margin": 936,  # 0.2 x 4,680
        "client_side": 312,  # 1.04 x 0.03 x 10,000
        "travel": 208,  # 1.04 x 200 x 0.02 x 50
        "link_running": 104,
        "link_one_off": 40,
        "migration": 500,
        "dual_running": 5_000,  # half a year of 10,000
    }
    assert economics.total_present_cost(amounts, factors)[0] == 25_780


def test_the_cash_view_adds_vat_and_exit_payments():
    cash = dataclasses.replace(ROUND, view=View.CASH, vat_rate=0.2, posts_removed_rate=0.1, exit_payment_per_post=20_000)
    economic, amounts = served(dataclasses.replace(cash, view=View.ECONOMIC)), served(cash)
    assert economic.keys() == served(ROUND).keys()
    assert amounts.keys() - economic.keys() == {"vat", "exit_payments"}
    assert all(amounts[name] == economic[name] for name in economic)
    # 20 % of half of 4,500 + 900, a quarter of it recovered; 3 posts x 10 % x 20,000.
    assert amounts["vat"] == pytest.approx([0.2 * 0.5 * 5_400 * 0.75])
    assert amounts["exit_payments"] == pytest.approx([6_000])


def test_optimism_bias_goes_by_cost_type():
    biased = dataclasses.replace(ROUND, optimism_bias={"set_up": 0.5, "migration": 0.4, "operating": 0.1}, view=View.CASH, vat_rate=0.2)
    plain = dataclasses.replace(biased, optimism_bias={})
    for outsourced, operating in ((False, 1.0), (True, 1.1)):
        with_bias, without = served(biased, outsourced=outsourced), served(plain, outsourced=outsourced)
        uplift = {**dict.fromkeys(("service_charge", "provider_margin", "vat"), operating), "migration": 1.4}
        assert {name: with_bias[name][0] for name in with_bias} == pytest.approx({name: without[name][0] * uplift.get(name, 1.0) for name in without})
        band = economics.band_amounts(set_up_cost=whole(1_000), fixed_cost=whole(300), outsourced=np.array([outsourced]), appraisal=biased)
        assert (band["set_up"][0], band["centre_running"][0]) == pytest.approx((1_500, 300 * operating))
    assert economics.member_amounts(link_annual_cost=whole(0), link_one_off_cost=whole(0), appraisal=biased)["joining"] == pytest.approx([980])


def test_the_published_bounds_name_the_components_that_carry_each_bias():
    assert [name for one in appraisal_tables().optimism_bias.values() for name in one.components] == [
        "set_up", "migration", "joining", "service_charge", "provider_margin", "vat", "centre_running",
    ]  # fmt: skip


def test_cluster_components_by_hand():
    factors = economics.annuities(ROUND)
    band = economics.band_amounts(set_up_cost=whole(1_000), fixed_cost=whole(300), outsourced=np.array([True]), appraisal=ROUND)
    assert {name: int(factors.present_cost(name, amount)[0]) for name, amount in band.items()} == {"set_up": 1_500, "centre_running": 312}
    cluster = economics.cluster_amounts(governance_cost=whole(50), procurement_cost=whole(90))
    assert {name: int(factors.present_cost(name, amount)[0]) for name, amount in cluster.items()} == {"governance": 52, "procurement": 90}
    member = economics.member_amounts(link_annual_cost=whole(10), link_one_off_cost=whole(5), appraisal=ROUND)
    assert {name: int(factors.present_cost(name, amount)[0]) for name, amount in member.items()} == {"joining": 700, "link_running": 10, "link_one_off": 5}
    assert factors.present_cost("owner_governance", np.array([25.0]))[0] == 26
    assert factors.present_cost("baseline_alone", np.array([10_000.0]))[0] == 24_400


@pytest.mark.parametrize(("amount", "rounded"), [(0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0)])
def test_rounding_is_half_to_even(amount, rounded):
    assert economics.annuities(ROUND).present_cost("migration", np.array([amount]))[0] == rounded


def test_every_component_has_a_statement():
    assert all(component.statement and name == component.name for name, component in economics.COMPONENTS.items())

"""Plans appraised: tiny by hand in both views, and what must hold of any plan."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from instances import path
from models.appraisal.accounts import Account
from models.appraisal.appraise import appraise, in_view, main_figures
from models.appraisal.as_tables import account_table, as_dict, body_year_table, measure_table, year_table
from models.audit import audit
from models.findings import InvalidInstance
from models.instance import Instance
from models.plan import Assignment, Cluster, Plan
from models.plan_tables import year_table as component_years
from models.schema import View
from models.tables import read_instance
from tests.small_instances import random_instance

SHARED = ("alder", "birch", "dogwood")
SERVICES = ("invoices", "payroll")
ADDITIVE = ("do_nothing_npsc", "do_minimum_npsc", "plan_npsc", "npsv", "npsv_against_do_minimum")


@pytest.fixture(scope="module")
def tiny() -> Instance:
    return read_instance(path("tiny"))


@pytest.fixture(scope="module")
def best() -> Plan:
    assignments = [Assignment(body, service, "south" if body in SHARED else "") for body in (*SHARED, "cedar") for service in SERVICES]
    return Plan((Cluster("south", "joint-board", "alder", ("alder", "birch"), dict.fromkeys(SERVICES, "small")),), tuple(assignments))


@pytest.fixture(scope="module")
def taxed(tiny: Instance) -> Instance:
    """Tiny with VAT and leavers: half of a charge is taxed at 20 %, councils get all of it back and the academy trust a quarter; ten posts a service."""
    models = tiny.table("commercial_models").assign(standard_rated_share=0.5)
    rates = {"county-council": 1.0, "district-council": 1.0, "academy-trust": 0.25}
    vat = pd.DataFrame([(legal_type, "*", rate) for legal_type, rate in rates.items()], columns=["legal_type", "commercial_model", "recovery_rate"])
    appraisal = dataclasses.replace(tiny.appraisal, vat_rate=0.2, posts_removed_rate=0.1, exit_payment_per_post=20_000)
    return tiny.replace(commercial_models=models, vat=vat, baseline=tiny.table("baseline").assign(posts=10.0), appraisal=appraisal)


def test_tiny_in_the_economic_view(tiny: Instance, best: Plan) -> None:
    # By year, in thousands: today 1770 thrice. The plan keeps Cedar's 450 thrice and the others' 1320 in year 0, pays 696 once
    # (set-up 270, joining 30, migration 66, dual running 330), and from year 1 on 751.4 a year:
    # charge 545.4, client side 66, centre 80, governance 30, owners 30.
    found = appraise(tiny, best)
    assert found.paid.plan.tolist() == [2_466_000, 1_201_400, 1_201_400]
    assert found.paid.net.tolist() == [-696_000, 568_600, 568_600]
    whole = found.whole
    assert (whole.plan_npsc, whole.do_nothing_npsc, whole.npsv) == (4_868_800, 5_310_000, 441_200)
    # Avoided 1320 x 2 = 2640 over 2 x 751.4 + 696 = 2198.8.
    assert whole.bcr == pytest.approx(2640 / 2198.8, abs=5e-5)
    assert (whole.payback_year, whole.discounted_payback_year) == (2028, 2028)
    assert (whole.peak_funding, whole.peak_funding_year) == (696_000, 2026)
    assert found.cashable_saving.tolist() == [0, 483_310, 483_310]
    assert found.non_cashable_saving.tolist() == [0, 0, 0]
    assert found.haircuts.npsv_after_haircuts == 2 * 483_310 - 696_000
    assert found.haircuts.npsv_under_stress == 2 * 170_580 - 696_000
    assert found.other == whole
    assert any("doing the minimum is doing nothing" in note for note in found.notes)


def test_tiny_in_the_cash_view(taxed: Instance, best: Plan) -> None:
    # Only Dogwood pays VAT that stays: 20 % x half x three quarters of its charge, which is 0.9 x (10,000 x 4 + 5,000 x 6) = 63,000 a year, so 4,725.
    # Six services move, of ten posts each; a tenth of them go at 20,000: 120,000.
    found = appraise(taxed, best, view=View.CASH)
    assert found.whole.plan_npsc == 4_868_800 + 2 * 4_725 + 120_000
    assert found.other.plan_npsc == 4_868_800
    assert found.paid.once.tolist() == [816_000, 0, 0]
    assert (found.whole.peak_funding, found.whole.npsv) == (816_000, 441_200 - 129_450)
    components = audit(in_view(taxed, View.CASH), best).by_component()
    assert (components["vat"], components["exit_payments"]) == (9_450, 120_000)
    assert not {"vat", "exit_payments"} & audit(taxed, best).by_component().keys()
    assert appraise(taxed, best).other == found.whole
    assert not any("VAT" in note or "leavers" in note for note in found.notes)


def test_posts_of_nought_are_not_known(taxed: Instance, best: Plan) -> None:
    baseline = taxed.table("baseline")
    baseline.loc[baseline["body"] == "alder", "posts"] = 0.0
    notes = appraise(taxed.replace(baseline=baseline), best).notes
    assert any("nought in the cash view for 2 of 6 services moved, as their posts are not known" in note for note in notes)


def test_doing_the_minimum(tiny: Instance, best: Plan) -> None:
    # 354,000 once, shared out over 1,770,000 a year: a fifth of each; and 10 % more a year. Cedar (450,000 a year) stays alone and does it anyway.
    settings = dataclasses.replace(tiny.appraisal, do_minimum_once=354_000, do_minimum_annual_rate=0.1)
    whole = appraise(tiny.replace(appraisal=settings), best).whole
    assert whole.do_minimum_npsc == 5_310_000 + 354_000 + 531_000
    moved = 264_000 + 396_000
    assert (whole.npsv, whole.npsv_against_do_minimum) == (441_200, 441_200 + moved)
    assert whole.bcr_against_do_minimum == pytest.approx((2_640_000 + moved) / 2_198_800, abs=5e-5)
    assert whole.plan_npsc == 4_868_800


def test_part_of_the_saving_may_only_free_time(tiny: Instance, best: Plan) -> None:
    found = appraise(tiny.replace(appraisal=dataclasses.replace(tiny.appraisal, cashable_share=0.25)), best)
    assert found.cashable_saving.tolist() == [0, round(142_150 * 0.85), round(142_150 * 0.85)]
    assert found.non_cashable_saving.tolist() == [0, round(426_450 * 0.7), round(426_450 * 0.7)]


def test_carrying_on_as_today_is_worth_nothing(tiny: Instance) -> None:
    alone = Plan((), tuple(Assignment(body, service) for body in (*SHARED, "cedar") for service in SERVICES))
    whole = appraise(tiny, alone).whole
    assert (whole.npsv, whole.bcr, whole.payback_year, whole.peak_funding, whole.peak_funding_year) == (0, None, None, 0, None)


def test_optimism_bias_by_cost_type(tiny: Instance, best: Plan) -> None:
    effects = {effect.cost_type: effect for effect in appraise(tiny, best).bias}
    # 270,000 with 50 % on top of 180,000.
    assert (effects["set_up"].present_cost, effects["set_up"].of_which_uplift) == (270_000, 90_000)
    assert (effects["migration"].present_cost, effects["migration"].of_which_uplift) == (96_000, 0)
    assert effects["operating"].present_cost == 0
    supplied = dataclasses.replace(best, clusters=(dataclasses.replace(best.clusters[0], commercial_model="supplier", lead=""),))
    settings = dataclasses.replace(tiny.appraisal, optimism_bias={"operating": 0.25})
    operating = next(effect for effect in appraise(tiny.replace(appraisal=settings), supplied).bias if effect.cost_type == "operating")
    # Charge 2 x 0.75 x 606,000 = 909,000, margin a tenth of it, centre 160,000: 1,159,900, a quarter on top.
    assert (operating.present_cost, operating.of_which_uplift) == (1_449_875, 289_975)


def test_common_cost_goes_by_workload_or_by_the_shares_given(tiny: Instance, best: Plan) -> None:
    # Workload: payroll 1 a payslip, invoices 1.5 an invoice: Alder 80,000, Birch 54,000, Dogwood 17,500. Common to the cluster: 270 + 160 + 60 thousand.
    by_workload = appraise(tiny, best).accounts[Account.BODY]
    alike = appraise(tiny, best, shares={"south": {"alder": 1.0, "birch": 1.0, "dogwood": 1.0}}).accounts[Account.BODY]
    assert by_workload["alder"].plan_npsc - alike["alder"].plan_npsc == pytest.approx(490_000 * (80_000 / 151_500 - 1 / 3), abs=5)
    assert by_workload["cedar"].plan_npsc == alike["cedar"].plan_npsc == 1_350_000
    with pytest.raises(KeyError):
        appraise(tiny, best, shares={"north": {"alder": 1.0}})


def everyone_at_the_first_centre(instance: Instance) -> Plan:
    """A plan of every line there is, whatever the rules say; every other unit stays alone."""
    centre, model = str(instance.table("centres")["centre"].iloc[0]), str(instance.table("commercial_models")["commercial_model"].iloc[0])
    baseline, bands = instance.table("baseline"), instance.table("bands")
    own = bands[bands["centre"].isin(["*", centre])]
    names = {service: own[own["service"] == service]["band"].iloc[-1] for service in own["service"].unique()}
    units = zip(baseline["body"], baseline["service"], strict=True)
    assignments = [Assignment(body, service, "" if at % 3 == 2 else centre) for at, (body, service) in enumerate(units)]
    return Plan((Cluster(centre, model, "", (str(baseline["body"].iloc[0]),), names),), tuple(assignments))


def with_sectors(instance: Instance) -> Instance:
    bodies = instance.table("bodies")
    return instance.replace(bodies=bodies.assign(sector=["even" if at % 2 == 0 else "" for at in range(len(bodies))]))


@pytest.mark.parametrize("seed", range(40))
def test_what_holds_of_any_plan(seed: int) -> None:
    try:
        instance = with_sectors(random_instance(seed))
    except InvalidInstance:
        pytest.skip("this seed has no instance")
    settings = dataclasses.replace(instance.appraisal, do_minimum_once=101, do_minimum_annual_rate=0.07)
    instance = instance.replace(appraisal=settings)
    plan = everyone_at_the_first_centre(instance)
    for view in View:
        checked, found = audit(in_view(instance, view), plan), appraise(instance, plan, view=view)
        assert found.whole.plan_npsc == checked.cost - checked.penalty
        assert found.whole.do_nothing_npsc == checked.do_nothing_cost
        assert found.whole.npsv == checked.saving
        assert int(np.cumsum(found.present.net)[-1]) == checked.saving
        for account in Account:
            for name in ADDITIVE:
                assert sum(getattr(one, name) for one in found.accounts[account].values()) == getattr(found.whole, name)
            paid = [paid for paid, _ in found.ledgers[account].values()]
            assert sum(one.plan for one in paid).tolist() == found.paid.plan.tolist()
        assert component_years(found.instance, checked).groupby("year")["undiscounted_cost"].sum().tolist() == found.paid.plan.tolist()


def test_the_other_view_is_the_same_plan_priced_again(taxed: Instance, best: Plan) -> None:
    assert appraise(taxed, best).other == appraise(taxed, best, view=View.CASH).whole
    assert main_figures(appraise(taxed, best))["other_view"]["view"] == "cash"


def test_tables(taxed: Instance, best: Plan) -> None:
    found = appraise(taxed, best, view=View.CASH)
    years = year_table(found)
    assert years["year"].tolist() == [2026, 2027, 2028]
    assert years["saving_so_far"].iloc[-1] == years["saving"].sum()
    assert measure_table(found).columns.tolist() == ["measure", "cash", "economic"]
    bodies = account_table(found, Account.BODY)
    assert bodies["body"].tolist() == ["alder", "birch", "cedar", "dogwood"]
    assert bodies["name"].iloc[0] == "Aldershire County Council"
    assert account_table(found, Account.CLUSTER)["name"].tolist() == ["stays alone", "Southgate Business Park"]
    assert account_table(found, Account.SECTOR)["plan_npsc"].sum() == found.whole.plan_npsc
    by_year = body_year_table(found)
    assert by_year.groupby("year")["plan"].sum().tolist() == found.paid.plan.tolist()
    whole = as_dict(found)
    assert whole["discount_rates"] == [[0, 0.0]]
    assert whole["definitions"]["bcr"]

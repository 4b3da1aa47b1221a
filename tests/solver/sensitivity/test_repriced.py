"""What needs no solver: intervals, re-pricing, leavers, tornado, stress, each against the sums on paper."""

import dataclasses
import statistics
import tomllib

import pytest

from models.audit import audit
from solver.construct import do_nothing
from solver.sensitivity.figures import FIGURES, figures
from solver.sensitivity.intervals import grade_intervals
from solver.sensitivity.joining import joining, without_bodies, worst_order
from solver.sensitivity.leavers import leavers, leaving
from solver.sensitivity.repricing import repriced
from solver.sensitivity.roots import TOLERANCE, sign_change
from solver.sensitivity.stress import stressed
from solver.sensitivity.tornado import tornado
from solver.sensitivity.variants import cost_interval, with_costs_at, with_margin_shift, with_ramp_delay, with_savings_at

SAVING = 441_200
BASELINE_EFFECT = 2_112_000
"""What the shared work costs today, 1,320,000 a year, saves over three years before charges: 3 - 1 - 0.1 - 0.05 - 0.25 times."""


def test_the_intervals_are_those_of_the_domain_reference():
    expected = {
        "A": ((-0.05, 0.05), (-0.05, 0.05)),
        "B": ((-0.10, 0.15), (-0.15, 0.10)),
        "C": ((-0.20, 0.35), (-0.35, 0.20)),
        "D": ((-0.30, 0.60), (-0.60, 0.30)),
    }
    found = {name: tuple((one.low, one.high) for one in (grade.cost, grade.saving_rate)) for name, grade in figures().grades.items()}
    assert found == expected


@pytest.mark.parametrize(("price_year", "points"), [(None, 0), (2026, 0), (2024, 0), (2023, 0.02), (2017, 0.14), (2014, 0.20), (1990, 0.20)])
def test_intervals_widen_with_the_age_of_prices(tiny, price_year, points):
    aged = dataclasses.replace(tiny, settings=dataclasses.replace(tiny.settings, price_year=price_year))
    interval = cost_interval(aged, "C")
    assert (interval.low, interval.high) == pytest.approx((-0.20 - points, 0.35 + points))


def test_the_stress_is_what_the_reference_class_says():
    stored = tomllib.loads(FIGURES.read_text(encoding="utf-8"))["stress"]
    assert round(statistics.median(stored["outturn_over_plan"]), 1) == figures().stress.one_off
    assert round(statistics.median(stored["benefits_over_plan"]), 1) == figures().stress.benefits


def test_re_pricing_leaves_instance_and_plan_alone(tiny, best):
    digest = tiny.digest()
    assert repriced(tiny, best).cost == audit(tiny, best).cost
    assert repriced(with_costs_at(tiny, "high"), best).cost != audit(tiny, best).cost
    assert tiny.digest() == digest


def test_costs_and_savings_move_the_plan_as_paper_says(tiny, best):
    assert repriced(with_costs_at(tiny, "low"), best).saving == SAVING - 0.3 * BASELINE_EFFECT
    assert repriced(with_costs_at(tiny, "high"), best).saving == SAVING + 0.6 * BASELINE_EFFECT
    # The rate of 10 % at 4 % and 13 % of a charge of 1,212,000.
    assert repriced(with_savings_at(tiny, "low"), best).saving == SAVING - 0.06 * 1_212_000
    assert repriced(with_savings_at(tiny, "high"), best).saving == SAVING + 0.03 * 1_212_000
    costs, savings = grade_intervals(tiny, best)
    assert (costs.grade, costs.count, costs.saving_low, costs.saving_high) == ("D", 8, -192_400, 1_708_400)
    assert (savings.grade, savings.saving_low, savings.saving_high) == ("D", 368_480, 477_560)


def test_a_saving_rate_below_nought_is_worse_at_its_low_end(tiny):
    worse = tiny.replace(commercial_models=tiny.table("commercial_models").assign(process_saving_rate=-0.1))
    low, high = (with_savings_at(worse, end).table("commercial_models")["process_saving_rate"].iloc[0] for end in ("low", "high"))
    assert low == pytest.approx(-0.13)
    assert high == pytest.approx(-0.04)


def test_a_leaver_takes_its_savings_along(tiny, best):
    found = {one.body: one for one in leavers(tiny, best)}
    assert found["dogwood"].plan_cost == 4_868_800 + 152_000 + 74_000 - 10_000
    assert found["dogwood"].breaches == ()
    assert found["dogwood"].rest_saving == SAVING - (152_000 + 74_000 - 10_000)
    assert {breach.partition(":")[0] for breach in found["alder"].breaches} == {"joint-owners", "lead-form"}
    for one in found.values():
        assert one.rest_saving == 5_310_000 - one.plan_cost


def test_leaving_closes_an_empty_cluster_and_keeps_the_rest(tiny, best):
    assert leaving(best, joining(best)).clusters == ()
    assert audit(tiny, leaving(best, joining(best))).cost == 5_310_000
    assert leaving(best, ["dogwood"], "north") == best
    assert leaving(best, ["dogwood"]).clusters == best.clusters


def test_those_who_matter_most_stay_out_first(tiny, best):
    # Birch takes 264,000 + 147,200 of savings along, Alder 280,000 + 104,000, Dogwood 152,000 + 74,000; owners also 30,000 each.
    assert worst_order(tiny, best) == ["birch", "alder", "dogwood"]
    refused = without_bodies(tiny, ["birch"])
    assert not audit(refused, best).ok
    assert audit(refused, do_nothing(refused)).ok


def test_the_tornado_is_what_paper_says(tiny, best):
    ends = {(one.parameter, one.end): one for one in tornado(tiny, best)}
    assert ends["set-up uplift", "low"].saving == SAVING + 0.4 * 180_000
    assert ends["set-up uplift", "high"].saving == SAVING - 1.5 * 180_000
    assert ends["margin", "high"].saving == SAVING
    # Five years: two more years of 1,320,000 a year today against charge, client side, running, governance and owners.
    yearly = 1_320_000 - 545_400 - 66_000 - 80_000 - 30_000 - 30_000
    assert ends["horizon", "low"].saving == SAVING + 2 * yearly
    assert ends["ramp", "high"].saving == SAVING - yearly
    assert ends["take-up", "low"].saving == SAVING - (264_000 + 147_200 - 10_000 - 30_000)
    assert "joint-owners" in ends["take-up", "low"].note
    assert ends["take-up", "high"].saving == SAVING
    assert all(one.best_cost is None for one in ends.values())
    swings = [max(abs(ends[name, end].saving - SAVING) for end in ("low", "high")) for name in dict.fromkeys(name for name, _ in ends)]
    assert swings == sorted(swings, reverse=True)


def test_a_delayed_ramp_begins_with_nothing(tiny):
    assert with_ramp_delay(tiny, 1).appraisal.saving_ramp == (0.0, 0.0, 1.0)
    assert with_ramp_delay(tiny, 0).appraisal == tiny.appraisal


def test_the_stress_is_what_paper_says(tiny, best):
    found = stressed(audit(tiny, best))
    assert (found.one_off, found.benefits, found.saving) == (696_000, 1_137_200, SAVING)
    assert (found.stressed_one_off, found.stressed_benefits) == (1_322_400, 341_160)
    assert found.stressed_saving == 341_160 - 1_322_400


def test_benefits_below_nought_are_not_softened(tiny, best):
    dear = with_margin_shift(with_costs_at(tiny, "low"), 1.0)
    found = stressed(audit(dear, best))
    # Of what moving saves a year's cost counts 1.9 times (3 - 1 - 0.1), so 0.3 x 1,320,000 of it 752,400; its migration and dual running are paid once.
    assert found.stressed_benefits == found.benefits == 1_137_200 - 752_400 - 1_090_800


@pytest.mark.parametrize(("inside", "outside"), [(0.0, 1.0), (1.0, 0.0), (0.0, -3.0)])
def test_a_sign_change_is_bracketed(inside, outside):
    zero = inside + 0.37 * (outside - inside)
    step = TOLERANCE if outside > inside else -TOLERANCE

    def straight(x):
        return round((x - zero) * 1e9)

    def bent(x):
        return (x - zero) * (1 + 5 * abs(x))

    def stepped(x):
        return 1.0 if (x < zero) == (inside < zero) else -1.0

    for value in (straight, bent, stepped):
        found = sign_change(value, inside, outside)
        assert (value(found) > 0) == (value(inside) > 0)
        assert (value(found + step) > 0) != (value(inside) > 0)
        assert found == pytest.approx(zero, abs=2 * TOLERANCE)


def test_without_a_sign_change_there_is_none():
    assert sign_change(lambda x: x + 5, 0.0, 1.0) is None
    assert sign_change(lambda _x: 0.0, 0.0, 1.0) is None

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instances import path, shipped
from instances.generate import Recipe, generate, recipe_text
from instances.laws import MODELS, SECTORS, SERVICES
from instances.places import EAST, NORTH, SOUTH, WEST
from models.instance import RuleSetting
from models.schema import EVIDENCE_MARKS, Form


def same(one, other):
    return all(one.table(name).equals(other.table(name)) for name in one.tables) and one.settings == other.settings and one.rules == other.rules


def test_shipped_instances_have_a_readme():
    assert "tiny" in shipped()
    for name in shipped():
        assert (path(name) / "README.md").is_file()
    with pytest.raises(KeyError, match="tiny"):
        path("no such instance")


def test_same_seed_same_instance_another_seed_another():
    recipe = Recipe(bodies=30, centres=4, coverage=0.8, links=0.3, pairs=5, nations=2)
    assert same(generate(recipe), generate(recipe))
    assert generate(recipe).digest() == generate(recipe).digest()
    assert not same(generate(recipe), generate(Recipe(bodies=30, centres=4, coverage=0.8, links=0.3, pairs=5, nations=2, seed=2)))


def test_order_of_the_recipe_does_not_matter():
    one = Recipe(bodies=20, centres=3, services=("payroll", "finance"), models=("outsourced", "unitary"), sectors=(("council", 1), ("agency", 2)))
    other = Recipe(bodies=20, centres=3, services=("finance", "payroll"), models=("unitary", "outsourced"), sectors=(("agency", 2), ("council", 1)))
    assert same(generate(one), generate(other))


def test_a_service_less_leaves_the_others_as_they_were():
    full, part = generate(Recipe(bodies=20, centres=3)), generate(Recipe(bodies=20, centres=3, services=("payroll",)))
    assert full.table("bodies").equals(part.table("bodies"))
    assert full.table("centres").equals(part.table("centres"))
    wanted = full.table("baseline").query("service == 'payroll'").reset_index(drop=True)
    assert wanted.equals(part.table("baseline"))


@st.composite
def recipes(draw):
    bodies = draw(st.integers(2, 60))
    return Recipe(
        bodies=bodies,
        centres=draw(st.integers(1, min(bodies, 8))),
        seed=draw(st.integers(0, 2**32)),
        services=draw(st.integers(1, len(SERVICES))),
        tightness=draw(st.floats(0.01, 50)),
        coverage=draw(st.floats(0, 1)),
        links=draw(st.floats(0, 1)),
        regions=draw(st.integers(2, 6)),
        nations=draw(st.integers(1, 2)),
        models=tuple(draw(st.sets(st.sampled_from(sorted(MODELS)), min_size=1))),
        nearest=1,
        pairs=1,
    )


@settings(max_examples=15, deadline=None)
@given(recipes())
def test_any_recipe_gives_a_valid_instance(recipe):
    instance = generate(recipe)
    body, baseline, bands = instance.table("bodies"), instance.table("baseline"), instance.table("bands")
    assert len(body) == recipe.bodies
    assert set(baseline["body"]) == set(body["body"])
    assert body["latitude"].between(SOUTH, NORTH).all()
    assert body["longitude"].between(WEST, EAST).all()
    assert set(instance.table("centres")["host_body"]) <= set(body["body"])
    assert len(instance.table("centres")) == recipe.centres
    assert (bands.groupby("service")["unit_cost"].nunique() == 1).all()
    assert set(instance.table("pairs")["relation"]) <= {"must-not-share", "together-or-alone"}
    assert "required" not in set(instance.table("links")["status"])


def test_capacity_follows_tightness():
    instance = generate(Recipe(bodies=60, centres=6, tightness=1.5))
    demand = instance.table("baseline").groupby("service")["volume"].sum()
    largest = instance.table("bands").groupby("service")["capacity"].max() * 6
    np.testing.assert_allclose((largest / demand).to_numpy(dtype=float), 1.5, rtol=0.01)


def test_bands_have_economies_of_scale():
    bands = generate(Recipe(bodies=60, centres=6)).table("bands")
    for _, service in bands.sort_values("capacity").groupby("service"):
        average = service["fixed_cost"] / service["capacity"]
        assert average.is_monotonic_decreasing
        assert service["fixed_cost"].is_monotonic_increasing
        assert service["set_up_cost"].is_monotonic_increasing


def test_sizes_are_heavy_tailed_and_sectors_follow_the_mix():
    bodies = generate(Recipe(bodies=2_000, centres=5)).table("bodies")
    employees = bodies["employees"].astype(float)
    assert employees.mean() > 1.5 * employees.median()
    share = bodies["sector"].value_counts(normalize=True)
    assert share["academy-trust"] == pytest.approx(0.4, abs=0.001)
    assert set(share.index) == set(SECTORS)


def test_small_bodies_pay_more_for_a_unit():
    baseline = generate(Recipe(bodies=500, centres=5)).table("baseline")
    for _, service in baseline.sort_values("volume").groupby("service"):
        unit = (service["annual_cost"] / service["volume"]).to_numpy(dtype=float)
        assert np.median(unit[:100]) > np.median(unit[-100:])


def test_recipe_is_told_in_words_and_figures_and_every_figure_is_an_assumption():
    recipe = Recipe(bodies=12, centres=2, links=0.5, pairs=2, coverage=0.9)
    instance = generate(recipe)
    assert instance.settings.sources == (recipe_text(recipe),)
    assert "12 bodies" in recipe_text(recipe)
    assert "seed 1" in recipe_text(recipe)
    assert instance.settings.extra["recipe"] == recipe.as_dict()
    evidence = instance.table("evidence")
    assert set(evidence["mark"]) == {"A"} <= set(EVIDENCE_MARKS)
    assert set(evidence["source"]) == {"generated"}
    told = set(zip(evidence["table"], evidence["column"], strict=True))
    assert {("baseline", "annual_cost"), ("bands", "fixed_cost"), ("bodies", "employees"), ("powers", "may_lead"), ("links", "extra_annual_cost")} <= told


def test_rules_of_the_recipe():
    instance = generate(Recipe(bodies=12, centres=3, nearest=2, rules=(RuleSetting("provider-limit", {"maximum": 1}, penalty=1000),)))
    found = {rule.name: rule for rule in instance.rules}
    assert found["nearest-centres"].parameters == {"count": 2}
    assert found["provider-limit"].penalty == 1000


def test_pairs_are_distinct():
    pairs = generate(Recipe(bodies=8, centres=2, pairs=28)).table("pairs")
    assert len({frozenset(pair) for pair in zip(pairs["body_a"], pairs["body_b"], strict=True)}) == 28
    assert (pairs["body_a"] != pairs["body_b"]).all()


def test_written_and_read_back(tmp_path):
    from models.tables import read_instance, write_instance

    instance = generate(Recipe(bodies=10, centres=2, links=0.5, pairs=2))
    write_instance(instance, tmp_path / "generated")
    back = read_instance(tmp_path / "generated")
    assert back.digest() == instance.digest()
    assert back.settings.extra["recipe"] == instance.settings.extra["recipe"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"bodies": 1}, "bodies"),
        ({"bodies": 5, "centres": 6}, "centres"),
        ({"services": ("payrol",)}, "did you mean 'payroll'"),
        ({"services": ("payroll", "payroll")}, "twice"),
        ({"services": ()}, "none given"),
        ({"models": ("unitry",)}, "unitary"),
        ({"sectors": (("council", -1.0),)}, "weights"),
        ({"tightness": 0}, "tightness"),
        ({"tightness": float("nan")}, "tightness"),
        ({"nations": 5, "regions": 4}, "regions"),
        ({"nearest": 11}, "nearest"),
    ],
)
def test_impossible_recipes_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Recipe(**wrong)


def test_reference_laws_use_every_form():
    assert {law.form for law in MODELS.values()} == set(Form)


@pytest.mark.slow
def test_fifty_thousand_bodies_in_seconds():
    started = time.monotonic()
    instance = generate(Recipe(bodies=50_000, centres=500, links=0.05, pairs=1000, nearest=20))
    assert len(instance.table("baseline")) == 250_000
    assert time.monotonic() - started < 60

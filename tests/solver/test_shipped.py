"""Every installed back end, commercial ones within their free size included, finds the answer worked out on paper and agrees on a larger instance."""

import pytest

import instances
from instances.generate import Recipe, generate
from models.tables import read_instance
from solver.backends.registry import backends, installed, trouble
from solver.judgement import Stop
from solver.solve import solve

TINY_OPTIMUM = 4_868_800
SHIPPED_OPTIMUM = {"lancashire": 587_590_779, "london": 1_951_511_130}
"""Regression figures: what every open back end proved."""


@pytest.mark.parametrize("backend", [one.name for one in backends()])
def test_tiny_is_proven_to_the_pound(backend):
    if trouble(backend):
        pytest.skip(trouble(backend))
    run = solve(read_instance(instances.path("tiny")), backend)
    assert (run.stop, run.cost, run.bound) == (Stop.PROVED, TINY_OPTIMUM, TINY_OPTIMUM), run.message
    assert run.audit is not None
    assert run.audit.ok


def test_open_back_ends_agree_on_a_generated_instance():
    instance = generate(Recipe(bodies=12, centres=3, services=2, seed=4))
    runs = {one.name: solve(instance, one.name) for one in installed() if one.open_source}
    assert len(runs) >= 3
    assert {run.stop for run in runs.values()} == {Stop.PROVED}
    assert len({run.cost for run in runs.values()}) == 1
    assert next(iter(runs.values())).audit.saving > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED_OPTIMUM)
@pytest.mark.parametrize("backend", [one.name for one in backends() if one.open_source])
def test_every_open_back_end_proves_the_shipped_instances_with_the_same_cost(backend, name):
    if trouble(backend):
        pytest.skip(trouble(backend))
    run = solve(read_instance(instances.path(name)), backend, construct=True, time_limit=240)
    assert (run.stop, run.cost, run.bound) == (Stop.PROVED, SHIPPED_OPTIMUM[name], SHIPPED_OPTIMUM[name]), run.message
    assert run.audit is not None
    assert run.audit.ok


def test_every_shipped_instance_has_its_optimum_here():
    assert {"tiny", *SHIPPED_OPTIMUM} == set(instances.shipped())


@pytest.mark.parametrize("backend", ["cbc", "cp-sat", "highs", "scip", "textbook"])
def test_a_gap_asked_for_is_proven_and_told(backend: str) -> None:
    """CBC tells the bound of its root and no other when its search is completed."""
    run = solve(read_instance(instances.path("lancashire")), backend, gap=1e-4, time_limit=120)
    assert run.stop is Stop.PROVED, run.message
    assert run.gap is not None
    assert run.gap <= 1e-4

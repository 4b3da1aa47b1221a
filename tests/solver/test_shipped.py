"""Every installed back end, commercial ones within their free size included, finds the answer worked out on paper and agrees on a larger instance."""

import pytest

import instances
from instances.generate import Recipe, generate
from models.tables import read_instance
from solver.backends.registry import backends, installed, trouble
from solver.solve import Stop, solve

TINY_OPTIMUM = 4_868_800


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


@pytest.mark.parametrize("name", instances.shipped())
def test_shipped_instances_have_no_errors_and_can_be_formulated(name):
    run = solve(read_instance(instances.path(name)), "highs", time_limit=1.0)
    assert run.audit is not None
    assert run.audit.ok
    assert run.cost <= run.audit.do_nothing_cost
    assert not run.disagreement

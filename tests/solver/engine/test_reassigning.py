"""Going over a plan: what runs stays, it comes to the cheapest assignment that allows, and never to a dearer one, whatever the rules."""

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("numba")

from scipy.sparse import csr_array

import solver.engine.reassigning as module
from models.audit import audit
from models.plan import Plan
from models.program import Program
from solver.backends.contracts import Outcome
from solver.engine.moves.planning import place_of
from solver.engine.neighbourhoods import Free, restricted
from solver.engine.reassigning import Reassigning, certainty_of
from tests import enumeration
from tests.solver.engine.test_neighbourhoods import first

COUNT = 12


@pytest.fixture(scope="module")
def cases():
    return first(COUNT)


def reassigning(candidates, active):
    return Reassigning(candidates, active, candidates.alone_cost.astype(np.float64), seed=0)


def gone_over(instance, candidates, active, plan):
    """Return what is left when nothing is left to do, each step audited and no dearer than the one before."""
    going, cost = reassigning(candidates, active), audit(instance, plan).cost
    for _ in range(60):
        if not going.left_to_do(plan):
            return plan
        better = going.better(plan, 60.0, None)
        if better is not None:
            judged = audit(instance, better)
            assert judged.ok
            assert judged.cost < cost
            plan, cost = better, judged.cost
    raise AssertionError("there is always something left to do")


def what_runs(plan):
    return {(one.centre, one.commercial_model, *sorted(one.bands.items())) for one in plan.clusters}


def least_as_it_runs(candidates, active, plan):
    """Return what the cheapest plan costs in which the same centres run under the same models with the same bands, by SciPy's solver."""
    centres, bodies = len(candidates.arrays.centres), len(candidates.arrays.bodies)
    everybody = Free(np.zeros(centres, dtype=np.bool_), np.ones(centres, dtype=np.bool_), np.ones(bodies, dtype=np.bool_))
    formulation, values = restricted(candidates, active, plan, place_of(candidates, plan), everybody)
    assert not formulation.program.violations(values)
    return enumeration.optimum(formulation.program)[1]


def test_it_comes_to_the_cheapest_assignment_to_what_runs(cases):
    gained = 0
    for instance, candidates, active, plan in cases:
        now = gone_over(instance, candidates, active, plan)
        assert what_runs(now) == what_runs(plan)
        cost = audit(instance, now).cost
        assert cost == least_as_it_runs(candidates, active, plan)
        gained += cost < audit(instance, plan).cost
    assert gained


def test_it_comes_there_by_leaving_more_open_step_by_step_too(cases, monkeypatch):
    monkeypatch.setattr(module, "_FIRST_WIDER", 2)
    for instance, candidates, active, plan in cases:
        now = gone_over(instance, candidates, active, plan)
        assert audit(instance, now).cost == least_as_it_runs(candidates, active, plan)


def test_a_part_at_a_time_it_is_never_dearer_and_ends(cases, monkeypatch):
    monkeypatch.setattr(module, "_MOST_CENTRES", 1)
    for instance, candidates, active, plan in cases:
        now = gone_over(instance, candidates, active, plan)
        assert what_runs(now) == what_runs(plan)


def test_a_plan_that_shares_nothing_has_nothing_to_go_over(cases):
    _, candidates, active, plan = cases[0]
    alone = Plan((), tuple(type(one)(one.body, one.service, "") for one in plan.assignments))
    going = reassigning(candidates, active)
    assert going.better(alone, 60.0, None) is None
    assert not going.left_to_do(alone)


def _centres_free(monkeypatch):
    """Return a list that is told how many centres each look leaves free."""
    free, seen = module.restricted, []

    def watched(candidates, active, plan, at, some):
        seen.append(int(some.serving.sum()))
        return free(candidates, active, plan, at, some)

    monkeypatch.setattr(module, "restricted", watched)
    return seen


def test_what_finds_nothing_in_its_time_gives_way_to_the_other_and_then_to_fewer_centres(cases, monkeypatch):
    _, candidates, active, plan = max(cases, key=lambda one: len(one[3].clusters))
    monkeypatch.setattr(module, "_LEAST_CENTRES", 1)
    asked, seen = [], _centres_free(monkeypatch)
    monkeypatch.setattr(module, "run_backend", lambda _program, name, *_, **__: asked.append(name) or Outcome("limit"))
    going = reassigning(candidates, active)
    for _ in range(4):
        assert going.left_to_do(plan)
        assert going.better(plan, 60.0, None) is None
    first, second = module._BACK_ENDS
    assert asked == [first, second, first, second]
    clusters = len(plan.clusters)
    assert clusters > 1
    assert seen == [clusters, clusters, clusters // 2, clusters // 2]


def test_a_relaxation_that_takes_too_long_leads_to_fewer_centres(cases, monkeypatch):
    _, candidates, active, plan = max(cases, key=lambda one: len(one[3].clusters))
    monkeypatch.setattr(module, "_LEAST_CENTRES", 1)
    monkeypatch.setattr(module, "certainty_of", lambda *_: None)
    seen = _centres_free(monkeypatch)
    going = reassigning(candidates, active)
    for _ in range(50):
        if not going.left_to_do(plan):
            break
        assert going.better(plan, 60.0, None) is None
    assert not going.left_to_do(plan)
    assert seen[0] == len(plan.clusters)
    assert seen[-1] == 1


def test_without_a_back_end_there_is_nothing_to_do(cases, monkeypatch):
    _, candidates, active, plan = cases[0]
    monkeypatch.setattr(module, "registry", SimpleNamespace(trouble=lambda _: "not installed"))
    assert not reassigning(candidates, active).left_to_do(plan)


def knapsack():
    """Return: serve as much as fits of three, volumes 3, 3 and 4 in 6, worth 9, 6 and 4; the relaxation serves the first two."""
    cost = np.array([-9 * 8192, -6 * 8192, -4 * 8192], dtype=np.int64)
    nothing, one = np.zeros(3, dtype=np.int64), np.ones(3, dtype=np.int64)
    row = csr_array(np.array([[3, 3, 4]], dtype=np.int64))
    return Program(cost, nothing, one, row, np.array([0]), np.array([6]), np.zeros(1, dtype=np.int32), ("capacity",))


def test_certainty_is_what_the_relaxation_would_lose():
    certainty = certainty_of(knapsack(), np.array([1, 0, 0]), 10.0)
    # Room is worth between 1 (the third would want it) and 2 (the second would give it up).
    assert certainty[1] == -1
    assert 9 - 3 * 2 <= certainty[0] <= 9 - 3 * 1
    assert 0 <= certainty[2] <= 2 * 4 - 4


def test_certainty_is_not_known_when_it_takes_too_long():
    assert certainty_of(knapsack(), np.array([1, 0, 0]), 0.0) is None

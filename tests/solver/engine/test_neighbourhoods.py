"""Neighbourhoods: never dearer, all else stays as it is, and one that is everything comes to the optimum, whatever the rules."""

from itertools import islice

import numpy as np
import pytest

pytest.importorskip("numba")

from instances.generate import Recipe, generate
from models.audit import audit
from models.formulation import eligible, formulate_candidates
from models.narrowing import narrowed
from models.plan import Plan
from models.rules import active_rules
from solver.construct import construct
from solver.engine.moves.planning import place_of
from solver.engine.neighbourhoods import Free, Neighbourhoods, free_around, restricted
from tests import enumeration
from tests.models.test_narrowing import solved
from tests.solver.engine.drawn import ruled

COUNT = 25


def begun(seed):
    """Return an instance under rules, what is eligible, the rules in force, and a plan that stands; ``None`` where construction finds none that shares."""
    instance = ruled(seed)
    active = active_rules(instance)
    candidates = eligible(instance, active)
    built = construct(instance, candidates, active)
    if built is None or not built.audit.ok or not built.plan.clusters:
        return None
    return instance, candidates, active, built.plan


def first(count):
    """Return so many of what :func:`begun` returns, by seed."""
    found = list(islice((one for one in map(begun, range(400)) if one is not None), count))
    assert len(found) == count
    return found


@pytest.fixture(scope="module")
def cases():
    return first(COUNT)


def least(candidates, active):
    """Return what the cheapest of all plans costs, by SciPy's solver on the whole program."""
    return enumeration.optimum(formulate_candidates(candidates, active).program)[1]


def everything(candidates):
    centres, bodies = candidates.arrays.centres, candidates.arrays.bodies
    return Free(*(np.ones(len(some), dtype=np.bool_) for some in (centres, centres, bodies)))


def test_a_neighbourhood_of_everything_comes_to_the_optimum(cases):
    for instance, candidates, active, plan in cases:
        formulation, values = restricted(candidates, active, plan, place_of(candidates, plan), everything(candidates))
        assert not formulation.program.violations(values)
        judged = audit(instance, solved(formulation))
        assert judged.ok
        assert judged.cost == least(candidates, active)


def test_what_is_not_free_stays_as_it_is(cases):
    draw = np.random.default_rng(3)
    for instance, candidates, active, plan in cases:
        centres, bodies = len(candidates.arrays.centres), len(candidates.arrays.bodies)
        centre = draw.random(centres) < 0.5
        free = Free(centre, centre, draw.random(bodies) < 0.5)
        formulation, values = restricted(candidates, active, plan, place_of(candidates, plan), free)
        assert not formulation.program.violations(values)
        now = solved(formulation)
        judged = audit(instance, now)
        assert judged.ok
        assert judged.cost <= audit(instance, plan).cost
        before = {(one.body, one.service): one.centre for one in plan.assignments}
        kept = {name for name, is_free in zip(candidates.arrays.bodies, free.body, strict=True) if not is_free}
        shut = {name for name, is_free in zip(candidates.arrays.centres, free.centre, strict=True) if not is_free}
        for one in now.assignments:
            was = before[one.body, one.service]
            if was in shut or one.centre in shut or (not was and one.body in kept):
                assert one.centre == was


def test_the_centre_asked_for_and_all_it_serves_are_free(cases):
    for _, candidates, _, plan in cases:
        at = place_of(candidates, plan)
        first = int(candidates.option_centre[at[at >= 0]][0])
        free = free_around(candidates, at, candidates.alone_cost.astype(np.float64), first, 1, np.random.default_rng(0))
        assert free.centre[first]
        served = (at >= 0) & (candidates.option_centre[at] == first)
        assert free.body[candidates.arrays.unit_body[served]].all()


def test_going_round_betters_a_poor_plan_step_by_step():
    instance = generate(Recipe(bodies=10, centres=4, services=2, seed=3))
    active = active_rules(instance)
    candidates = eligible(instance, active)
    everybody = [np.ones(some.shape, dtype=np.bool_) for some in (candidates.band_cost, candidates.member_cost)]
    poor = {}
    for option in range(candidates.option_cost.size):
        plan = solved(formulate_candidates(narrowed(candidates, np.arange(candidates.option_cost.size) == option, *everybody), active))
        if plan.clusters:
            poor[audit(instance, plan).cost] = plan
    cost, plan = max(poor.items(), key=lambda one: one[0])
    around = Neighbourhoods(candidates, active, candidates.alone_cost.astype(np.float64), seed=1)
    costs = [cost]
    for _ in range(8):
        plan = around.better(plan, 60.0, None) or plan
        judged = audit(instance, plan)
        assert judged.ok
        costs.append(judged.cost)
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0]
    assert costs[-1] >= least(candidates, active)


def test_a_plan_that_shares_nothing_has_no_neighbourhood(cases):
    _, candidates, active, plan = cases[0]
    alone = Plan((), tuple(type(one)(one.body, one.service, "") for one in plan.assignments))
    assert Neighbourhoods(candidates, active, candidates.alone_cost.astype(np.float64), seed=0).better(alone, 60.0, None) is None

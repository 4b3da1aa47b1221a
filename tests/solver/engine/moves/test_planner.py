"""Plans by moves on instances small enough to enumerate: never better than the optimum, and sound under every rule."""

import math
import threading

import numpy as np
import pytest

pytest.importorskip("numba")

from instances.generate import Recipe, generate
from models.audit import audit
from models.formulation import eligible
from models.rules import active_rules
from solver.construction.building import Budget, prepare
from solver.engine.ascent import Ascent
from solver.engine.moves.ground import ground_of
from solver.engine.moves.improving import Cooling, Mover
from solver.engine.moves.planning import Planner, place_of
from solver.engine.relaxation import relax
from tests.oracle import optimum
from tests.small_instances import first_valid

COUNT = 40

# Compiling moves for the first time takes a minute, and more on a busy machine.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def small():
    return first_valid(COUNT)


def begun(instance, seed=0):
    """Return a planner that has done nothing yet, prices, what is prepared, and what the planner has audited."""
    active = active_rules(instance)
    prepared = prepare(eligible(instance, active), active)
    ascent = Ascent(relax(prepared.layout, active))
    ascent.climb(math.inf, lambda: ascent.looks >= 50)
    found = []

    def audited(plan):
        judged = audit(instance, plan)
        found.append((judged.ok, judged.cost, plan))
        return judged

    planner = Planner(prepared, ground_of(prepared, active), audited, lambda: False, seed)
    planner.begin(None, Budget())
    return planner, ascent, prepared, found


def planned(instance, seed=0, *, started=True):
    planner, ascent, prepared, found = begun(instance, seed)
    if started:
        planner.start(ascent.found.opened, ascent.worth)
    planner.descend(ascent.worth, 1_000_000)
    planner.finish(ascent.worth)
    return prepared, found


def test_plans_are_sound_and_mostly_the_best(small):
    best = 0
    for seed, instance in small.items():
        _, found = planned(instance)
        lowest = optimum(instance)
        costs = [cost for ok, cost, _ in found if ok]
        assert min(costs, default=math.inf) >= lowest, seed
        best += min(costs, default=math.inf) == lowest
    assert best > 0.7 * COUNT


def test_the_same_seed_finds_the_same(small):
    for instance in list(small.values())[:10]:
        assert [cost for _, cost, _ in planned(instance)[1]] == [cost for _, cost, _ in planned(instance)[1]]


def test_a_plan_can_be_gone_on_from(small):
    for seed, instance in small.items():
        prepared, found = planned(instance)
        ground = ground_of(prepared, active_rules(instance))
        for ok, cost, plan in found:
            if ok:
                mover = Mover(ground, 0)
                place = place_of(prepared.layout.candidates, plan)
                mover.set(place)
                assert (mover.place.cost, mover.place.breaches) == (cost, 0), seed
                assert np.array_equal(mover.place.at, place), seed


def test_annealing_is_done_when_the_time_is_and_never_dearer():
    instance = generate(Recipe(bodies=25, centres=6, services=2, seed=5))
    active = active_rules(instance)
    ground = ground_of(prepare(eligible(instance, active), active), active)
    options = np.arange(ground.option.shape[0] - 1)
    costs = []
    for share in (1.0, 0.5, 0.0):
        mover = Mover(ground, 0)
        mover.open(options)
        before, shares = mover.work, iter([0.0, share])
        first = mover.place.cost
        mover.anneal(options, Cooling(mover.typical_cost, 1.0, 2_000_000, lambda: next(shares, 1.0 if share else 0.0)))  # noqa: B023 - called at once
        costs.append(mover.place.cost)
        assert mover.place.cost <= first
        assert (mover.work - before >= 2_000_000) == (share == 0.0)
    assert costs[2] <= costs[0]


def test_where_passes_take_long_the_last_little_is_left(monkeypatch):
    instance = generate(Recipe(bodies=25, centres=6, services=2, seed=5))
    passes = []
    descend = Mover.descend

    def counted(self, options):
        passes.append(self.place.cost)
        return descend(self, options)

    monkeypatch.setattr(Mover, "descend", counted)
    _, whole = planned(instance, started=False)
    all_passes, passes[:] = len(passes), []
    monkeypatch.setattr("solver.engine.moves.planning._QUICK_UNITS", 0)
    monkeypatch.setattr("solver.engine.moves.planning._WORTH_A_PASS", 1.0)
    _, less = planned(instance, started=False)
    assert len(passes) < all_passes
    assert min(cost for ok, cost, _ in whole if ok) <= min(cost for ok, cost, _ in less if ok)


@pytest.mark.parametrize(("quick_units", "shares"), [(0, [1 / 8, 1.0, 1.5]), (10**6, [1.0, 1.5, 2.25])])
def test_where_units_are_many_a_short_round_comes_first(monkeypatch, quick_units, shares):
    works = []
    anneal = Mover.anneal

    def noted(self, options, cooling, **how):
        works.append(cooling.work)
        anneal(self, options, cooling, **how)

    monkeypatch.setattr(Mover, "anneal", noted)
    monkeypatch.setattr("solver.engine.moves.planning._QUICK_UNITS", quick_units)
    planner, ascent, _, _ = begun(generate(Recipe(bodies=25, centres=6, services=2, seed=5)))
    planner.start(ascent.found.opened, ascent.worth)
    for _ in shares:
        planner.anneal(ascent.worth, lambda: 0.0)
    assert [work / works[quick_units == 0] for work in works] == pytest.approx(shares, rel=1e-3)


def test_with_one_thread_no_other_is_begun(monkeypatch):
    planner, ascent, _, _ = begun(generate(Recipe(bodies=25, centres=6, services=2, seed=5)))

    def refused(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    planner.start(ascent.found.opened, ascent.worth)
    planner.anneal(ascent.worth, lambda: 0.0)
    assert planner.cost < math.inf

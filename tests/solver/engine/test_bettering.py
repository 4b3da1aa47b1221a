"""Looking for better plans: whose turn it is, what is adopted, and that there is time for it."""

import numpy as np
import pytest

pytest.importorskip("numba")

import solver.engine.bettering as module
from instances.generate import Recipe, generate
from models.audit import audit
from solver import solve
from solver.construct import do_nothing
from solver.engine.bettering import Bettering
from solver.engine.reassigning import Reassigning
from solver.engine.run import start_engine
from tests.solver.engine.test_neighbourhoods import begun


class Idle:
    """A planner that takes a second for a round and finds nothing; ``at_hand`` is what it came to."""

    quick, work = True, 0

    def __init__(self, engine, at_hand=None):
        self.engine, self.at_hand, self.adopted, self.asked = engine, at_hand, [], []

    def anneal(self, *_, apart):
        self.apart = apart
        self.engine.began -= 1.0
        return False

    def latest(self, most):
        self.asked.append(most)
        return None if self.adopted else self.at_hand

    def adopt(self, plan):
        self.adopted.append(plan)
        self.engine.seconds = 0.0

    def finish(self, _worth):
        pass


class Finds:
    """Who finds one plan, whatever is asked for."""

    def __init__(self, plan):
        self.plan, self.asked, self.seconds = plan, [], []

    def left_to_do(self, plan):
        return plan not in self.asked

    worth_a_try = left_to_do

    def better(self, plan, seconds, cancel):
        self.cancel = cancel
        self.asked.append(plan)
        self.seconds.append(seconds)
        return self.plan


@pytest.fixture(scope="module")
def case():
    """Return an instance under rules in which a plan that shares is cheaper than doing nothing."""
    for one in filter(None, map(begun, range(400))):
        instance, _, _, plan = one
        alone = audit(instance, do_nothing(instance))
        if alone.ok and audit(instance, plan).cost < alone.cost:
            return one
    raise AssertionError("no such instance")


def begin(case, monkeypatch, *, seconds=60.0, patient=True):
    """Return an engine that knows the plan of doing nothing, and that plan; everything is worth going over."""
    instance, candidates, active, _ = case
    monkeypatch.setattr(module, "_WORTH_GOING_OVER", 0)
    engine = start_engine(instance, candidates, active, seconds=seconds, gap=0.0, seed=0, told=lambda _: None, patient=patient)
    nothing = do_nothing(instance)
    engine.take_audited(nothing)
    return engine, nothing


def bettering(engine, planner, *, last=60.0):
    return Bettering(engine, planner, np.zeros(1), engine.relaxation.alone.astype(np.float64), last, 1)


def test_where_annealing_finds_nothing_a_better_neighbour_is_audited_and_adopted(case, monkeypatch):
    engine, nothing = begin(case, monkeypatch)
    planner = Idle(engine)
    plans = bettering(engine, planner)
    plans._around = around = Finds(case[3])
    assert plans.found_better()
    assert planner.adopted == [case[3]] == [engine.plan]
    assert around.asked == [nothing]
    # What another thread proves meanwhile, or time, would have stopped it.
    assert around.cancel.is_set()
    engine.seconds = 60.0
    assert not around.cancel.is_set()
    assert around.seconds[0] <= 0.5


def test_what_annealing_comes_to_is_gone_over_where_it_is_nearly_the_best(case, monkeypatch):
    engine, nothing = begin(case, monkeypatch)
    planner = Idle(engine, at_hand=nothing)
    plans = bettering(engine, planner)
    plans._reassigning, plans._around = Finds(case[3]), None
    cost = engine.cost
    assert plans.found_better()
    assert planner.asked[0] == cost + 0.001 * cost
    assert planner.apart
    assert planner.adopted == [case[3]] == [engine.plan]


def test_what_is_no_better_is_not_adopted(case, monkeypatch):
    engine, nothing = begin(case, monkeypatch)
    planner = Idle(engine, at_hand=nothing)
    plans = bettering(engine, planner)
    plans._reassigning, plans._around = Finds(nothing), Finds(nothing)
    assert not plans.found_better()
    assert planner.adopted == []
    assert engine.plan is nothing


def test_time_is_kept_for_going_over_the_last_plan(case, monkeypatch):
    engine, nothing = begin(case, monkeypatch, seconds=40.0)
    planner = Idle(engine)
    plans = bettering(engine, planner, last=40.0)
    plans._reassigning, plans._around = Finds(case[3]), None
    assert plans.time_for_a_round()
    engine.began -= 35.0
    assert not plans.time_for_a_round()
    plans.finish()
    assert plans._reassigning.asked == [nothing]
    assert plans._reassigning.seconds[0] < 5.0
    assert planner.adopted == [case[3]] == [engine.plan]


def test_a_run_without_a_limit_does_without_back_ends(case, monkeypatch):
    engine, _ = begin(case, monkeypatch, seconds=None)
    plans = bettering(engine, Idle(engine))
    assert plans._around is None
    assert plans._reassigning is None


def test_what_is_small_or_not_quick_is_not_gone_over(case, monkeypatch):
    engine, _ = begin(case, monkeypatch)
    slow = Idle(engine)
    slow.quick = False
    assert bettering(engine, slow)._reassigning is None
    monkeypatch.setattr(module, "_WORTH_GOING_OVER", engine.relaxation.unit.size + 1)
    assert bettering(engine, Idle(engine))._reassigning is None


def test_what_is_cheaper_still_once_adopted_is_audited(case, monkeypatch):
    engine, nothing = begin(case, monkeypatch)
    planner = Idle(engine)
    plans = bettering(engine, planner)
    planner.latest = lambda most: case[3] if nothing in planner.adopted and most < engine.cost else None
    engine.plan = engine.judged = None
    assert plans._is_better(nothing)
    assert engine.plan is case[3]


def test_what_fails_for_want_of_memory_is_done_without(case, monkeypatch):
    engine, nothing = begin(case, monkeypatch)
    plans = bettering(engine, Idle(engine, at_hand=nothing))

    class Fails(Finds):
        def better(self, *_):
            raise MemoryError

    plans._reassigning, plans._around = Fails(nothing), Fails(nothing)
    assert not plans.found_better()
    assert plans._reassigning is None
    assert plans._around is None


def test_a_whole_run_goes_over_plans_and_ends_with_one_that_stands(monkeypatch):
    monkeypatch.setattr(module, "_WORTH_GOING_OVER", 0)
    seen, better = [], Reassigning.better
    monkeypatch.setattr(Reassigning, "better", lambda self, *rest: seen.append(rest) or better(self, *rest))
    instance = generate(Recipe(bodies=40, centres=8, services=2, seed=5))
    found = solve(instance, "consortia", time_limit=8.0, seed=1, appraises=False)
    judged = audit(instance, found.plan)
    assert judged.ok
    assert judged.cost == found.cost
    assert found.bound <= found.cost
    assert seen

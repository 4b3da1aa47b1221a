"""A plan cut into regions: nobody is in two, what was not moved comes back as it was, and annealing them at a time gives plans that stand."""

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
from solver.engine.moves.planning import Planner
from solver.engine.moves.regions import anneal_by_regions, cut, regions, together
from solver.engine.moves.state import ALONE
from solver.engine.relaxation import relax
from tests.small_instances import first_valid

# Compiling moves for the first time takes a minute, and more on a busy machine.
pytestmark = pytest.mark.timeout(900)


def prepared_of(instance):
    active = active_rules(instance)
    prepared = prepare(eligible(instance, active), active)
    return prepared, ground_of(prepared, active), active


def opened(ground):
    mover = Mover(ground, 0)
    mover.open(np.arange(ground.option.shape[0] - 1))
    return mover


@pytest.fixture(scope="module")
def wide():
    instance = generate(Recipe(bodies=120, centres=30, services=2, seed=3))
    return instance, *prepared_of(instance)


def test_each_body_is_in_one_region_with_all_that_serves_it_or_in_none(wide):
    _, _, ground, _ = wide
    at = opened(ground).place.at
    side = cut(ground, 3, np.random.default_rng(1))
    assert set(side) == {0, 1, 2}
    parts = regions(ground, at, side, 3)
    assert sum(part.body.astype(int) for part in parts).max() == 1
    served = [[unit for unit in units if unit < at.size and at[unit] != ALONE] for units in ground.unit_of]
    sides = [{int(side[ground.option["centre"][at[unit]]]) for unit in units} for units in served]
    for nth, part in enumerate(parts):
        for body in np.flatnonzero(part.body):
            assert sides[body] <= {nth}
        placed = part.at != ALONE
        assert np.array_equal(part.at[placed], at[placed])
        assert (side[ground.option["centre"][part.at[placed]]] == nth).all()
        assert not part.ground.body["frozen"][:-1][part.body].any()
        assert part.ground.body["frozen"][:-1][~part.body].all()
    assert {body for body in range(120) if not any(part.body[body] for part in parts)} == {body for body, some in enumerate(sides) if len(some) > 1}
    assert np.array_equal(together(ground, at, [(part, part.at) for part in parts]), at)


def test_a_body_served_from_two_sides_stays_where_it_is(wide):
    _, _, ground, _ = wide
    start = opened(ground).place.at
    by_body = start[ground.unit_of]
    at_two = np.flatnonzero((by_body != ALONE).all(axis=1) & (by_body[:, 0] != by_body[:, 1]))
    assert at_two.size
    centre = ground.option["centre"]
    side = (np.arange(ground.first_option.shape[0] - 1) == centre[by_body[at_two[0], 0]]).astype(np.int64)
    parts = regions(ground, start, side, 2)
    assert not any(part.body[at_two[0]] for part in parts)
    after = [Mover(part.ground, 1) for part in parts]
    for mover, part in zip(after, parts, strict=True):
        mover.set(part.at)
        mover.anneal(np.arange(ground.option.shape[0] - 1)[part.centre[centre[:-1]]], Cooling(mover.typical_cost + 1, 1.0, 50_000), to_the_end=True)
    whole = together(ground, start, [(part, mover.place.at) for part, mover in zip(parts, after, strict=True)])
    assert np.array_equal(whole[ground.unit_of[at_two[0]]], by_body[at_two[0]])
    assert not np.array_equal(whole, start)


def test_sides_are_about_as_large_and_hang_together(wide):
    _, _, ground, _ = wide
    size = np.bincount(ground.slot_centre, minlength=30)
    body = np.repeat(np.arange(120), np.diff(ground.body["first_slot"]))
    chance, by_chance = np.random.default_rng(0), np.random.default_rng(1)
    apart, scattered = 0, 0
    for _ in range(20):
        side = cut(ground, 2, chance)
        share = size[side == 0].sum() / size.sum()
        assert abs(share - 0.5) <= size.max() / size.sum()
        apart += _bodies_on_both(body, side[ground.slot_centre])
        scattered += _bodies_on_both(body, by_chance.permutation(side)[ground.slot_centre])
    assert apart < scattered


def _bodies_on_both(body, side):
    on_second, of_all = np.bincount(body, side, 120), np.bincount(body, minlength=120)
    return int(((on_second > 0) & (on_second < of_all)).sum())


@pytest.mark.parametrize("threads", [2, 3])
def test_under_every_rule_figures_are_those_of_the_place_and_runs_repeat(threads):
    for seed, instance in first_valid(25).items():
        _, ground, _ = prepared_of(instance)
        start = opened(ground)
        options = np.arange(ground.option.shape[0] - 1)
        cooling = Cooling(start.typical_cost + 1.0, 0.5, 4_000)
        (at, work), (again, _) = (anneal_by_regions(ground, start.place.at, options, cooling, threads, seed, lambda: False) for _ in range(2))
        assert np.array_equal(at, again), seed
        assert work > 0
        anew = Mover(ground, 0)
        anew.set(at)
        assert np.array_equal(anew.place.at, at), seed
        assert anew.place.breaches <= start.place.breaches, seed


def test_it_ends_when_told_and_keeps_what_there_is(wide):
    _, _, ground, _ = wide
    start = opened(ground).place.at
    at, work = anneal_by_regions(ground, start, np.arange(ground.option.shape[0] - 1), Cooling(1e6, 1.0, 10**9), 2, 0, lambda: True)
    assert np.array_equal(at, start)
    assert work == 0


def test_what_goes_wrong_in_a_region_is_raised(wide, monkeypatch):
    _, _, ground, _ = wide

    def full(*_, **__):
        raise MemoryError

    monkeypatch.setattr(Mover, "anneal", full)
    with pytest.raises(MemoryError):
        anneal_by_regions(ground, opened(ground).place.at, np.arange(3), Cooling(1e6, 1.0, 1000), 2, 0, lambda: False)


def test_a_planner_with_two_threads_finds_sound_plans_as_cheap_as_with_one(wide, monkeypatch):
    _, prepared, _, active = wide
    ascent = Ascent(relax(prepared.layout, active))
    ascent.climb(math.inf, lambda: ascent.looks >= 50)
    annealing = set()
    anneal = Mover.anneal

    def noted(self, *arguments, **named):
        annealing.add(threading.current_thread().name)
        anneal(self, *arguments, **named)

    monkeypatch.setattr(Mover, "anneal", noted)
    first, alone = _planned(wide, ascent, 1)
    assert len(annealing) == 1
    annealing.clear()
    _, two = _planned(wide, ascent, 2)
    assert len(annealing) == 2
    assert alone <= first
    assert two <= min(first, 1.01 * alone)


def _planned(wide, ascent, threads):
    """Return what the plan at the start costs, and the best one after a round of annealing, audited."""
    instance, prepared, ground, _ = wide
    judged = []

    def audited(plan):
        judged.append(audit(instance, plan))
        return judged[-1]

    planner = Planner(prepared, ground, audited, lambda: False, 0, threads)
    planner.begin(None, Budget())
    planner.start(ascent.found.opened, ascent.worth)
    first = planner.cost
    planner.anneal(ascent.worth, lambda: 0.0, threads)
    planner.finish(ascent.worth)
    return first, min(one.cost for one in judged if one.ok)

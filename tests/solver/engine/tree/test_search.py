"""Branch and bound: never a bound above the optimum, never a decision against it, and proofs where the relaxation alone falls short."""

import functools
import itertools
import math
from dataclasses import fields

import numpy as np
import pytest

pytest.importorskip("numba")

from instances.generate import Recipe, generate
from models.formulation import eligible
from models.rules import active_rules
from solver.construction.layout import NEVER, Layout
from solver.engine.ascent import Ascent
from solver.engine.certificate import certified_bound
from solver.engine.certificate_file import certificate_record, proven_by
from solver.engine.relaxation import Relaxation, relax
from solver.engine.run import run_engine, start_engine
from solver.engine.totals import CLUSTERS, Pushes, Total
from solver.engine.tree.choosing import branches
from solver.engine.tree.decisions import narrowed, nothing_decided
from solver.engine.tree.fixing import fixed
from solver.engine.tree.search import Tree
from solver.solve import solve
from tests.oracle import optimum
from tests.small_instances import first_valid

COUNT = 40


def climbed(some, looks=100):
    ascent = Ascent(some)
    ascent.climb(math.inf, lambda: ascent.looks >= looks)
    return ascent


def searched(some, upper, looks=300):
    ascent = climbed(some)
    tree = Tree(some, ascent.found, certified_bound(some, ascent.certificate()), 0.0)
    tree.go_on(upper, looks, lambda: False)
    return tree


@functools.cache
def small():
    """Return (seed, optimum, relaxation) of small instances that have a plan."""
    found = []
    for seed, instance in first_valid(COUNT).items():
        best, active = optimum(instance), active_rules(instance)
        if not math.isinf(best):
            found.append((seed, best, relax(Layout(eligible(instance, active)), active)))
    return found


def test_no_search_proves_more_than_the_optimum():
    better = 0
    for seed, best, some in small():
        # Where the best plan known costs more, what it costs cuts off nothing that is better.
        assert searched(some, int(1.2 * best) + 1).bound <= best, seed
        better += searched(some, int(best)).bound > certified_bound(some, climbed(some).certificate())
    assert better > 0


def two_centres(capacity=10):
    return alike(bodies=4, centres=2, capacity=capacity)


def alike(bodies, centres, capacity, money=1):
    """Return bodies of 5, alone 100 times ``money`` each, and centres that serve each for 20: opening costs 30, a band of ``capacity`` 60."""
    members = bodies * centres
    return Relaxation(
        alone=np.full(bodies, 100 * money),
        volume=np.array([*[5] * bodies, 0]),
        first_option=np.arange(centres + 1),
        first_member=np.arange(0, members + 1, bodies),
        unit=np.tile(np.arange(bodies), centres).reshape(-1, 1),
        cost=np.full((members, 1, 1), 20 * money),
        least_cost=np.full((members, 1), 20 * money),
        joining=np.zeros(members, dtype=np.int64),
        opening=np.full(centres, 30 * money),
        host=np.full(centres, -1),
        capacity=np.full((centres, 1, 1), capacity),
        band_cost=np.full((centres, 1, 1), 60 * money),
        floor=np.zeros((centres, 1, 1), dtype=np.int64),
        short_price=0,
        constant=0,
    )


def test_a_gap_by_halves_is_closed():
    # A centre for three of the four costs 90 + 3 x 20, the fourth stays alone: 250. Two centres: 260. By prices alone a third of a second one opens: 200.
    some = two_centres(capacity=15)
    ascent = climbed(some)
    assert certified_bound(some, ascent.certificate()) <= 200
    tree = searched(some, 250, 5_000)
    assert tree.done
    assert tree.bound >= 249
    # Where the best plan is not known yet the bound comes to it all the same.
    assert 248 <= searched(some, 300, 5_000).bound <= 250


def test_totals_prove_what_centres_that_are_alike_hide():
    # Ten bodies, room for four at each of six centres that are alike: two and a half of them cost 425. Two leave two bodies alone, 540; three cost 470.
    tree = searched(alike(bodies=10, centres=6, capacity=20, money=1000), 469_000, 5_000)
    assert tree.done
    assert 469_000 <= tree.bound <= 470_000
    assert tree.branches <= 4


def drawn(seed):
    """Return four bodies and three centres of two bands with costs by chance, and the least that any plan costs."""
    rng = np.random.default_rng(seed)
    bodies, centres = 4, 3
    plain = alike(bodies, centres, 10)
    volume, cost = np.append(rng.integers(1, 10, bodies), 0), rng.integers(0, 120, (bodies * centres, 1))
    some = plain._replace(
        alone=rng.integers(20, 300, bodies),
        volume=volume,
        cost=cost[:, :, None],
        least_cost=cost,
        opening=rng.integers(0, 150, centres),
        capacity=np.cumsum(rng.integers(2, 14, (centres, 1, 2)), axis=2),
        band_cost=np.cumsum(rng.integers(0, 80, (centres, 1, 2)), axis=2),
        floor=np.zeros((centres, 1, 2), dtype=np.int64),
    )
    return some, min(cost_of(some, place) for place in itertools.product(range(-1, centres), repeat=bodies))


def cost_of(some, place):
    """Return what it costs to serve each body at the centre it is placed at, -1 for none; infinite without room."""
    bodies = some.alone.size
    cost = sum(some.alone[body] if centre < 0 else some.cost[centre * bodies + body, 0, 0] for body, centre in enumerate(place))
    for centre in set(place) - {-1}:
        load = sum(some.volume[body] for body, at in enumerate(place) if at == centre)
        bands = [band for room, band in zip(some.capacity[centre, 0], some.band_cost[centre, 0], strict=True) if room >= load]
        cost += some.opening[centre] + min(bands, default=math.inf)
    return cost


def test_what_a_gap_leaves_out_is_in_the_bound():
    searched_on = 0
    for seed in range(150):
        some, best = drawn(seed)
        root = climbed(some, 60)
        for gap in (0.02, 0.05):
            known = int(best * (1 + gap))
            tree = Tree(some, root.found, certified_bound(some, root.certificate()), gap)
            tree.go_on(known, 3_000, lambda: False)
            assert min(tree.bound, known) <= best, (seed, gap)
            searched_on += tree.branches > 0
    assert searched_on > 20


def test_decisions_on_paper():
    some = two_centres()
    free = nothing_decided(some)
    assert not free.closed.any()
    assert not free.barred.any()
    # One centre that has to run and serves nobody still costs 30 + 60 at prices of nothing.
    ran = free.copy()
    ran.running[0] = ran.offered[0, 0] = True
    nothing = climbed(some, 0).certificate()
    nothing.unit_price[:] = 0
    nothing.room_price[:] = 0
    left = narrowed(some, ran)
    assert certified_bound(left, nothing) == 90
    # It cannot run with its only option closed, nor offer what has no band.
    ran.closed[0] = True
    assert narrowed(some, ran) is None
    ran.closed[0], ran.barred[0] = False, True
    assert narrowed(some, ran) is None


def structures(some, centre):
    """Return every way to run a centre, as (option, bands by service, -1 for none); ``None`` is not to."""
    found = [None]
    for option in range(some.first_option[centre], some.first_option[centre + 1]):
        bands = [[-1, *np.flatnonzero(capacity >= 0)] for capacity in some.capacity[option]]
        if some.opening[option] < NEVER:
            found += [(option, chosen) for chosen in itertools.product(*bands) if max(chosen) >= 0]
    return found


def allows(decided, centre, structure):
    if structure is None:
        return not decided.running[centre]
    option, bands = structure
    kept = all(not decided.offered[centre, service] if band < 0 else not decided.barred[option, service, band] for service, band in enumerate(bands))
    return kept and not decided.closed[option]


def different(one, other):
    return {part.name for part in fields(one) if np.any(getattr(one, part.name) != getattr(other, part.name))}


def leaves_each_count_on_one_side(both):
    most, least = (one.totals[-1] for one in both)
    assert (most.service, most.band, most.at_least, least.at_least) == (least.service, least.band, False, True)
    return all(most.kept(count) != least.kept(count) for count in range(most.number + 3))


def test_every_decision_leaves_each_plan_on_one_side():
    rng, split = np.random.default_rng(0), set()
    for seed, _, some in small():
        decided = nothing_decided(some)
        while (both := branches(some, decided, rng.random(some.opening.shape), rng.random(some.capacity.shape))) is not None:
            if both[0].totals != decided.totals:
                assert leaves_each_count_on_one_side(both), seed
            for centre in range(len(some.first_option) - 1):
                for structure in structures(some, centre):
                    assert any(allows(side, centre, structure) for side in both) == allows(decided, centre, structure), seed
            assert different(both[0], decided), seed
            assert different(both[1], decided), seed
            split |= different(*both)
            decided = both[int(rng.integers(2))]
    assert split == {"closed", "barred", "running", "offered", "totals"}


def test_pushes_on_paper():
    some = two_centres()
    pushes = Pushes(some, [Total(CLUSTERS, 0, 1, at_least=False), Total(0, 0, 2, at_least=True)])
    priced = pushes.priced(np.array([7, 10]))
    assert priced.opening.tolist() == [37, 37]
    assert priced.band_cost.ravel().tolist() == [50, 50]
    # Two clusters pay 2 x 7 for the one allowed, and get 2 x 10 back for the two bands asked for: what keeps the limits is no dearer than it was.
    assert priced.constant == -7 + 2 * 10
    assert pushes.over(np.array([1.0, 0.5]), np.array([1.0, 0.25]).reshape(2, 1, 1)).tolist() == [0.5, 0.75]


def test_one_side_of_every_total_has_the_optimum():
    higher = 0
    for seed, best, some in small():
        root = climbed(some).found.bound
        for service in range(-1, some.unit.shape[1]):
            for number in range(3):
                sides = [Ascent(some, totals=[Total(service, 0, number + more, at_least=more > 0)]) for more in (0, 1)]
                for side in sides:
                    side.climb(math.inf, lambda side=side: side.looks >= 100)
                bounds = [certified_bound(side.priced, side.certificate()) for side in sides]
                assert min(bounds) <= best, (seed, service, number)
                higher += min(bounds) > root + 1
    assert higher > 0


def test_what_prices_decide_leaves_the_optimum_as_it_is():
    for seed, best, some in small():
        for looks in (3, 30, 300):
            _, decided = fixed(some, climbed(some, looks).certificate(), nothing_decided(some), int(best) + 1)
            left = narrowed(some, decided)
            assert left is not None, seed
            assert certified_bound(left, climbed(left).certificate()) <= best, seed
            assert (left.opening < NEVER).sum() <= (some.opening < NEVER).sum()


def test_a_search_gives_up_where_all_is_decided_and_plans_cost_more():
    # A centre has room for one body and two fifths, which saves 112 of 90; a body cannot be cut, so all stay alone for 400. With both centres decided on
    # there is nothing left to decide, and no bound above 356 to be had.
    tree = searched(two_centres(capacity=7), 400, 5_000)
    assert tree.done
    assert 350 <= tree.bound <= 356
    assert tree.branches <= 6


def test_a_run_searches_beyond_its_certificate():
    instance = generate(Recipe(bodies=30, centres=5, services=1, seed=6))
    active = active_rules(instance)
    engine = run_engine(start_engine(instance, eligible(instance, active), active, seconds=None, gap=1e-4, seed=0, told=lambda _event: None))
    assert engine.bound > engine.certified == proven_by(instance, certificate_record(instance, engine.prepared.layout, engine.certificate, engine.certified))
    assert engine.bound <= solve(instance, "highs", time_limit=60).cost <= engine.cost
    assert {event.source for event in engine.events} >= {"bound", "plan", "search"}

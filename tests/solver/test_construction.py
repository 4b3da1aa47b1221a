"""Construction piece by piece, on cases small enough for paper."""

import numpy as np
import pytest

import instances
from models.formulation import eligible
from models.rules import active_rules
from models.schema import Form
from models.tables import read_instance
from solver.construction.bonds import Bonds
from solver.construction.building import prepare
from solver.construction.filling import Wanted, fill
from solver.construction.layout import NEVER, Block
from solver.construction.proposing import propose, take_in
from solver.construction.standing import standing
from solver.construction.terms import HARD, Limit, Terms
from solver.construction.working import ALONE, WorkingPlan

TODAY = 5_310_000


def terms(utilisation=None):
    each = np.array([1])
    return Terms(None, utilisation, None, None, None, 2 * each, 9 * each, each, 9 * each, 0 * each, (), (), ())


def block(volume, capacity, band_cost):
    """An outsourced cluster with one service; costs do not matter to what is filled."""
    n = len(volume)
    column = np.array(volume).reshape(n, 1)
    yes = np.ones((n, 1), dtype=np.bool_)
    return Block(
        option=0,
        centre=0,
        model=0,
        form=Form.OUTSOURCED,
        opening=0,
        body=np.arange(n),
        unit=np.arange(n).reshape(n, 1),
        volume=column,
        workload=column,
        cost=np.zeros((n, 1, 1), dtype=np.int64),
        joining=np.zeros(n, dtype=np.int64),
        capacity=np.array([capacity]),
        band_cost=np.array([band_cost]),
        band=np.arange(len(capacity)).reshape(1, -1),
        owner_cost=np.zeros(n, dtype=np.int64),
        lead_cost=np.full(n, NEVER),
        may_own=yes,
        legal_type=np.zeros(n, dtype=np.int64),
        supplies=yes.reshape(n, 1, 1),
    )


def filled(some, gain, entry=0.0, forced=(), utilisation=None):
    n = len(gain)
    must = np.zeros((n, 1), dtype=np.bool_)
    must[list(forced)] = True
    wanted = Wanted(np.array(gain, dtype=np.float64).reshape(n, 1, 1), np.full(n, entry), must)
    return np.flatnonzero(fill(some, terms(utilisation), wanted)).tolist()


def test_room_goes_to_those_who_save_most_by_volume():
    assert filled(block([6, 5, 5], [10], [0]), [10, 9, 9]) == [1, 2]


def test_what_still_fits_is_added():
    assert filled(block([5, 6, 2], [8], [0]), [10, 9, 1]) == [0, 2]


def test_a_large_body_is_not_left_out_for_small_ones():
    assert filled(block([1, 10], [10], [0]), [3, 20]) == [1]


@pytest.mark.parametrize(("dearer", "served"), [(4, [0, 1]), (6, [0])])
def test_the_band_is_chosen_by_what_it_is_worth(dearer, served):
    assert filled(block([5, 5], [5, 10], [1, 1 + dearer]), [9, 5]) == served


def test_nobody_is_served_in_a_band_that_does_not_pay():
    assert filled(block([5, 5], [10], [20]), [9, 9]) == []


def test_a_body_that_saves_less_than_its_entry_stays_out():
    assert filled(block([5, 5], [10], [0]), [9, 3], entry=4.0) == [0]


def test_a_forced_unit_comes_first_and_takes_the_room():
    assert filled(block([6, 5, 5], [10], [0]), [-1, 9, 9], forced=[0]) == [0]


def test_a_hard_floor_is_reached_with_what_loses_least():
    hard, soft = Limit({"share": 0.8}, None), Limit({"share": 0.8}, 1)
    case = block([5, 3, 3], [10], [0])
    assert filled(case, [9, -1, -2], utilisation=hard) == [0, 1]
    assert filled(case, [9, -1, -2], utilisation=soft) == [0]


def test_a_cluster_without_enough_owners_breaks_a_hard_rule():
    case = block([5, 5], [10], [7])
    both, one = np.array([[True], [True]]), np.array([[True], [False]])
    assert standing(case, terms(), both).cost == 7
    assert standing(case, terms(), one).cost == 7 + HARD
    assert standing(block([5, 6], [10], [7]), terms(), both).cost >= HARD


@pytest.fixture
def plan():
    tiny = read_instance(instances.path("tiny"))
    active = active_rules(tiny)
    prepared = prepare(eligible(tiny, active), active)
    return WorkingPlan(prepared.layout, prepared.terms, Bonds(prepared.layout, prepared.terms))


def state(plan):
    return plan.cost, plan.place.tolist(), sorted(plan.running), plan.present.tolist(), plan.borne.tolist()


def test_a_move_taken_back_leaves_no_trace(plan):
    assert plan.cost == TODAY
    before = state(plan)
    best = max(filter(None, (propose(plan, option) for option in range(plan.layout.options))), key=lambda one: one.worth)
    plan.put(best.units, best.option)
    plan.settle(best.option)
    plan.reckon_bodies()
    assert plan.cost == TODAY - round(best.worth)
    plan.take_back()
    assert state(plan) == before


def test_room_left_is_offered_to_those_who_are_alone(plan):
    best = max(filter(None, (propose(plan, option) for option in range(plan.layout.options))), key=lambda one: one.worth)
    plan.put(best.units, best.option)
    plan.settle(best.option)
    plan.keep()
    whole = plan.cost
    body = plan.layout.unit_body[best.units[-1:]]
    gone = best.units[plan.layout.unit_body[best.units] == body]
    plan.put(gone, ALONE)
    plan.settle(best.option)
    plan.keep()
    assert plan.cost > whole
    # Asked of bodies that may not use the option as well, which must not be served twice or in another's place.
    take_in(plan, best.option, np.arange(plan.layout.bodies))
    plan.keep()
    assert plan.cost == whole
    assert plan.place[gone].tolist() == [best.option] * len(gone)

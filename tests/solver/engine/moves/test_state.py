"""The state's running figures against construction's and the audit's, whatever is moved about, and back."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("numba")

from models.audit import audit
from models.formulation import eligible
from models.rules import active_rules
from solver.construction.bonds import Bonds
from solver.construction.building import prepare, written
from solver.construction.layout import NEVER
from solver.construction.terms import HARD
from solver.construction.working import WorkingPlan
from solver.engine.moves.ground import ground_of
from solver.engine.moves.state import ALONE, all_alone, keep, put, run, settle, undo
from tests.small_instances import first_valid

COUNT = 150

# Compiling moves for the first time takes a minute, and more on a busy machine.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def small():
    return first_valid(COUNT)


def laid_out(instance):
    active = active_rules(instance)
    prepared = prepare(eligible(instance, active), active)
    return prepared, ground_of(prepared, active)


def move_about(rng, ground, state):
    """Let random options run and serve whom they may, or clear the centre first where another one runs."""
    centres = len(state.centre)
    for _ in range(rng.integers(1, 6)):
        centre = rng.integers(centres)
        options = np.arange(ground.first_option[centre], ground.first_option[centre + 1])
        if not options.size:
            continue
        option = rng.choice(options)
        if state.centre["option"][centre] != option:
            for unit in np.flatnonzero(state.at != ALONE):
                if ground.option["centre"][ground.member["option"][state.at[unit]]] == centre:
                    put(ground, state, unit, ALONE)
            run(state, centre, option)
        for member in range(*ground.option["first_member"][option : option + 2]):
            for service, unit in enumerate(ground.unit_of[ground.member["body"][member]]):
                if ground.cost[member, service].min() < NEVER and rng.random() < 0.6:
                    put(ground, state, unit, rng.choice([member, member, ALONE]))
    settle(ground, state)


def reckoned(prepared, place):
    """Construction's cost and breaches of a place for every unit, bonds apart."""
    terms = dataclasses.replace(prepared.terms, required=(), apart=(), together=())
    plan = WorkingPlan(prepared.layout, terms, Bonds(prepared.layout, terms))
    for option in np.unique(place[place >= 0]):
        plan.put(np.flatnonzero(place == option), int(option))
        plan.settle(int(option))
    plan.reckon_bodies()
    breaches = (plan.cost + HARD // 2) // HARD
    return plan.cost - breaches * HARD, breaches


def place_of(ground, state):
    place = state.at[:-1].copy()
    place[place != ALONE] = ground.member["option"][place[place != ALONE]]
    return place


def test_costs_are_those_of_construction_and_of_the_audit(small):
    rng = np.random.default_rng(0)
    judged = 0
    for seed, instance in small.items():
        prepared, ground = laid_out(instance)
        state = all_alone(ground)
        for _ in range(8):
            move_about(rng, ground, state)
            keep(ground, state)
            place = place_of(ground, state)
            cost, breaches = reckoned(prepared, place)
            assert state.tally["breaches"][0] == breaches, seed
            if breaches == 0:
                assert state.tally["money"][0] == cost, seed
                built = written(prepared, place)
                found = audit(instance, built.plan)
                if found.ok:
                    judged += 1
                    assert found.cost == cost == built.cost, seed
    assert judged > COUNT


def test_a_move_taken_back_leaves_no_trace(small):
    rng = np.random.default_rng(1)
    for instance in small.values():
        _, ground = laid_out(instance)
        state = all_alone(ground)
        move_about(rng, ground, state)
        keep(ground, state)
        before = [figures.copy() for figures in state[:6]]
        move_about(rng, ground, state)
        undo(ground, state, 0)
        for was, now in zip(before, state[:6], strict=True):
            assert np.array_equal(was, now)

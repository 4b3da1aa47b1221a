"""Plans next to a plan, priced from the parts in which they differ, against the audit of both."""

import dataclasses
import functools

import pytest

from models.arrays import instance_arrays
from models.audit import audit
from models.formulation import eligible
from models.instance import RuleSetting
from models.plan_view import plan_of, plan_view
from models.rules import active_rules
from solver.construct import construct, do_nothing
from solver.sensitivity.alternatives import choices
from solver.sensitivity.beside import Beside, beside
from solver.sensitivity.doubtful import ENDS, Doubts
from solver.sensitivity.joining import worst_order
from solver.sensitivity.leavers import leavers, leaving
from solver.sensitivity.resting import _figures, _turned
from solver.sensitivity.switching import _savings_without
from solver.sensitivity.turning import turning_places
from tests.small_instances import random_instance

SEEDS = range(60)
BY_MONEY = (
    RuleSetting("no-body-worse-off", {"key": "equal"}, 1),
    RuleSetting("affordability", {"budget": 50}, 2),
    RuleSetting("tender", {"central": 200, "sub_central": 400}),
    RuleSetting("standardisation", {"extra": 1}),
)


@functools.cache
def _plans(seed):
    instance = random_instance(seed)
    if seed % 4 == 3:
        instance = dataclasses.replace(instance, rules=(*instance.rules, *BY_MONEY))
    active = active_rules(instance)
    built = construct(instance, eligible(instance, active), active)
    plans = [do_nothing(instance)] if built is None else [do_nothing(instance), built.plan]
    return instance, [plan for plan in plans if audit(instance, plan).ok]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_plan_next_to_a_plan_costs_more_is_what_two_audits_say(seed):
    instance, plans = _plans(seed)
    arrays = instance_arrays(instance)
    doubts = Doubts(instance, arrays)
    for plan in plans:
        here = beside(instance, arrays, plan)
        for one in choices(here):
            assert here.dearer(one.view, one.rules_cost) == audit(instance, one.plan).cost - audit(instance, plan).cost
            for figure in _figures(doubts, one):
                for end in ENDS:
                    moved = figure.moved(end, 0.7)
                    more = audit(instance, one.plan, moved).cost - audit(instance, plan, moved).cost
                    assert here.dearer(one.view, one.rules_cost, moved) == more


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_is_judged_as_the_audit_judges_it(seed):
    instance, plans = _plans(seed)
    arrays = instance_arrays(instance)
    for plan in plans:
        here = beside(instance, arrays, plan)
        kept = {(one.kind, one.text, one.otherwise) for one in choices(here)}
        allowing = Beside(here.view, ())
        for one in choices(allowing):
            assert ((one.kind, one.text, one.otherwise) in kept) == audit(instance, one.plan).ok or one.kind == "model"


@pytest.mark.parametrize("seed", SEEDS)
def test_places_priced_together_turn_where_they_do_one_by_one(seed):
    instance, plans = _plans(seed)
    arrays = instance_arrays(instance)
    doubts = Doubts(instance, arrays)
    for plan in plans:
        here = beside(instance, arrays, plan)
        places = [one for one in choices(here) if one.kind == "place"]
        if here.rules_move:
            continue
        together = [(places[turn.choice].otherwise, turn.dearer_by, turn.figure.name, turn.end) for turn in turning_places(here, doubts, places)]
        each = [(turn.otherwise, turn.dearer_by, turn.figure, turn.end) for one in places for turn in _turned(here, doubts, one)]
        assert together == each
        for turn in turning_places(here, doubts, places):
            one = places[turn.choice]
            if turn.dearer_by >= 0:
                holds, turned = (here.dearer(one.view, one.rules_cost, turn.figure.moved(turn.end, turn.share + step)) for step in (0.0, 1e-4))
                assert turned < 0 <= holds


@pytest.mark.parametrize("seed", range(8))
def test_a_plan_by_position_is_the_plan(seed):
    instance, plans = _plans(seed)
    for plan in plans:
        assert plan_of(plan_view(instance_arrays(instance), plan)) == plan


@pytest.mark.parametrize("seed", SEEDS)
def test_a_leaver_is_told_as_the_audit_tells_it(seed):
    instance, plans = _plans(seed)
    for plan in plans:
        cost = {(one.centre, one.body): one for one in leavers(instance, plan)}
        for (centre, body), one in cost.items():
            rest = leaving(plan, [body], centre)
            found = audit(instance, rest)
            assert one.plan_cost == found.cost
            assert one.rest_cost == sum(line.net_present_cost for line in found.lines if line.centre == centre and line.component != "penalty")
            assert one.breaches == tuple(f"{breach.rule}: {breach.message}" for breach in found.breaches)


@pytest.mark.parametrize("seed", SEEDS)
def test_savings_without_bodies_are_those_of_the_audit(seed):
    instance, plans = _plans(seed)
    for plan in plans:
        order = worst_order(instance, plan)
        savings = list(_savings_without(instance, plan, order))
        assert savings == [audit(instance, leaving(plan, order[:out])).saving for out in range(len(order) + 1)]

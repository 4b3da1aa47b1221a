"""Candidates with much left out: what is left means what it meant, and nothing else is possible."""

import dataclasses

import numpy as np
import pytest

from models.audit import audit
from models.formulation import eligible, formulate_candidates
from models.narrowing import narrowed
from models.rules import active_rules
from tests import enumeration
from tests.oracle import optimum
from tests.small_instances import first_valid


@pytest.fixture(scope="module")
def small():
    return first_valid(30)


def solved(formulation):
    """Return the best plan of a program, by SciPy's solver; ``None`` where none is possible."""
    found = enumeration.optimum(formulation.program)
    return None if found is None else formulation.plan(found[0])


def test_keeping_everything_changes_nothing(small):
    for instance in small.values():
        whole = eligible(instance, active_rules(instance))
        same = narrowed(whole, *(np.ones(some.shape, dtype=np.bool_) for some in (whole.option_cost, whole.band_cost, whole.member_cost)))
        for field in dataclasses.fields(whole):
            if field.name != "arrays":
                np.testing.assert_array_equal(getattr(same, field.name), getattr(whole, field.name), err_msg=field.name)


def test_what_is_left_costs_what_it_did_and_is_never_cheaper(small):
    draw, possible = np.random.default_rng(0), 0
    for seed, instance in list(small.items())[:12]:
        active = active_rules(instance)
        whole = eligible(instance, active)
        kept = [draw.random(some.shape) < 0.7 for some in (whole.option_cost, whole.band_cost, whole.member_cost)]
        some = narrowed(whole, *kept)
        formulation = formulate_candidates(some, active)
        plan = solved(formulation)
        if plan is None:
            # What a rule asks for may have been left out.
            continue
        possible += 1
        judged = audit(instance, plan)
        assert judged.ok, seed
        assert judged.cost == formulation.program.objective(formulation.values(plan))
        assert judged.cost >= optimum(instance), seed
        assert {one.centre for one in plan.clusters} <= {whole.arrays.centres[one] for one in whole.option_centre[kept[0]]}
    assert possible >= 6


def test_nothing_kept_leaves_everybody_alone(small):
    instance = next(iter(small.values()))
    active = active_rules(instance)
    whole = eligible(instance, active)
    none = narrowed(whole, *(np.zeros(some.shape, dtype=np.bool_) for some in (whole.option_cost, whole.band_cost, whole.member_cost)))
    assert none.pair_cost.size == none.member_cost.size == none.band_cost.size == none.group_service.size == 0
    assert none.alone_cost.size == whole.alone_cost.size

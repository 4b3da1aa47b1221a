"""The conflict named is the one on paper, minimal, and the smallest, as trying every smaller set shows."""

import dataclasses
import itertools

import numpy as np
import pytest

from models.audit import audit
from solver.backends.contracts import Outcome
from solver.backends.registry import backends
from solver.explain.arithmetic import arithmetic_conflict
from solver.explain.conflict import minimal
from solver.explain.hitting import minimum_hitting_set
from solver.explain.infeasible import explain, explained
from solver.explain.restrictions import restrictions
from solver.judgement import Stop
from solver.solve import solve
from tests.enumeration import optimum, program_optimum
from tests.rule_instances import rule_instance
from tests.small_instances import random_instance
from tests.solver.explain.paper import CASES, paper
from tests.solver.explain.quick import QuickJudge, quick

INFEASIBLE = (4, 7, 8, 14, 16, 21, 28, 30, 43, 51, 57, 69, 74, 107)
"""Seeds of random instances without a plan, half of those among the first 150."""


def places(found):
    """Where the members of a conflict stand, without the keys of their rows."""
    return {place for one in found.conflict for place in ([row.place().partition(" (")[0] for row in one.rows] or [one.where()])}


@pytest.mark.parametrize("what", list(CASES))
def test_the_conflict_on_paper_is_named(what):
    arguments, expected = CASES[what]
    found = explained(quick(paper(**arguments)))
    assert found.feasible is False
    assert places(found) == expected
    assert found.minimal
    assert found.smallest
    assert all(one.text and one.statement for one in found.conflict)


@pytest.mark.parametrize("seed", INFEASIBLE)
def test_no_smaller_set_is_in_conflict(seed):
    judge = quick(random_instance(seed))
    found = explained(judge)
    numbers = [judge.found.elements.index(one) for one in found.conflict]
    assert found.smallest
    assert judge.in_conflict([numbers]) == [True]
    smaller = [one for size in range(len(numbers)) for one in itertools.combinations(range(len(judge.found.elements)), size)]
    assert not any(judge.in_conflict(smaller))


@pytest.mark.parametrize("seed", range(30))
def test_a_program_taken_apart_and_put_together_has_the_same_optimum(seed):
    for instance in (random_instance(seed), rule_instance(seed)):
        found = restrictions(instance)
        whole = dataclasses.replace(found.kept(range(len(found.elements))), cost=found.formulation.program.cost)
        best = optimum(whole)
        assert (None if best is None else best[1]) == program_optimum(instance)
        if best is not None:
            judged = audit(instance, found.formulation.plan(best[0]))
            assert judged.ok
            assert judged.cost == best[1]


@pytest.mark.parametrize("solver", [one.name for one in backends() if one.open_source])
def test_every_open_back_end_finds_it(solver):
    arguments, expected = CASES["a committee that only one body may own"]
    found = explain(paper(**arguments), solver)
    assert places(found) == expected
    assert found.smallest
    assert found.relaxations


SUMS = (
    "a body that needs more security than the centre has",
    "a body larger than every band",
    "three bodies in a band for two",
    "two that must share, one of which refuses everything",
    "two that must share, each near another centre",
    "a model that needs more work than there is",
)


@pytest.mark.parametrize("what", SUMS)
def test_sums_alone_show_it(what):
    arguments, expected = CASES[what]
    found = restrictions(paper(**arguments))
    conflict = arithmetic_conflict(found)
    assert {row.place().partition(" (")[0] for number in conflict.elements for row in found.elements[number].rows} == {
        place for place in expected if not place.startswith("rule")
    }
    assert conflict.reason


def test_an_instance_with_a_plan_is_told_so():
    assert explain(paper()).feasible
    some = explained(quick(paper(links=[("a", "n", "*", "required")])))
    assert some.feasible
    assert not some.conflict


def test_a_question_left_open_is_told_so():
    class Slow(QuickJudge):
        def run(self, programs, _start=None):
            return [Outcome("limit", message="The time limit was reached.") for _ in programs]

    found = explained(Slow(restrictions(paper(**CASES["a band that three bodies do not half fill"][0])), "highs"))
    assert found.feasible is None
    assert found.trouble == "The time limit was reached."


def test_solving_and_explaining_agree():
    instance = paper(**CASES["two bodies required where they must not share"][0])
    assert solve(instance, "highs").stop is Stop.INFEASIBLE


@pytest.mark.parametrize("width", [1, 2, 5])
def test_the_deletion_filter_keeps_what_is_needed(width):
    rng = np.random.default_rng(width)
    for _ in range(50):
        conflicts = [set(rng.choice(12, rng.integers(1, 5), replace=False).tolist()) for _ in range(rng.integers(1, 4))]

        def in_conflict(sets, conflicts=conflicts):
            return [any(one <= set(some) for one in conflicts) for some in sets]

        kept = minimal(range(12), in_conflict, width)
        assert in_conflict([kept]) == [True]
        assert not any(in_conflict([[one for one in kept if one != out] for out in kept]))


def test_the_smallest_hitting_set_is_that_of_trying_all():
    rng = np.random.default_rng(1)
    for _ in range(60):
        sets = [frozenset(rng.choice(8, rng.integers(1, 5), replace=False).tolist()) for _ in range(rng.integers(0, 7))]
        sizes = (size for size in range(9) for some in itertools.combinations(range(8), size) if all(one & set(some) for one in sets))
        found = minimum_hitting_set(sets)
        assert all(one & found for one in sets)
        assert len(found) == next(sizes)
    with pytest.raises(ValueError, match="empty"):
        minimum_hitting_set([frozenset()])

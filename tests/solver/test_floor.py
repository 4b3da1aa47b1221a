"""The bound that needs no solver: right on paper, and never above what a plan can cost."""

import numpy as np
import pytest

import instances
from models.findings import InvalidInstance
from models.formulation import formulate
from models.tables import read_instance
from solver.backends.canaries import canaries, program_of
from solver.floor import floor_of
from tests.small_instances import random_instance
from tests.solver.backend_programs import facility_program, least_cost, random_program


def test_a_choice_costs_at_least_its_cheapest_and_the_rest_what_its_limits_allow():
    # One of the first two (5), one of the next two (7, though free at 0 of both), and -3 each for two of the last; 100 come on top.
    rows = [([1, 1, 0, 0, 0], 1, 1), ([0, 0, 1, 1, 0], 1, 1)]
    assert floor_of(program_of([5, 6, 9, 7, -3], rows, upper=[1, 1, 1, 1, 2], constant=100)) == 5 + 7 - 6 + 100


@pytest.mark.parametrize(
    "row",
    [([1, 1, 0], 0, 1), ([1, 1, 0], 1, 2), ([2, 1, 0], 1, 1), ([1, -1, 0], 1, 1), ([0, 0, 0], 1, 1)],
    ids=["at most one", "at least one", "a weight", "a difference", "nothing"],
)
def test_rows_of_other_forms_promise_nothing(row):
    assert floor_of(program_of([5, 6, 9], [row])) == 0


def test_columns_with_other_limits_promise_nothing():
    assert floor_of(program_of([5, 6], [([1, 1], 1, 1)], lower=[-1, 0])) == -5


def test_a_column_in_two_choices_counts_once():
    # x and y in the first, y and z in the second: y alone does for both.
    assert floor_of(program_of([9, 5, 9], [([1, 1, 0], 1, 1), ([0, 1, 1], 1, 1)])) == 5


def test_each_body_of_a_facility_program_pays_its_cheapest_charge():
    program = facility_program(5, 15, 3)
    assert floor_of(program) == program.constant + program.cost[5:].reshape(5, 15).min(axis=0).sum()


def test_no_plan_of_a_random_program_costs_less():
    found = [(floor_of(program), least_cost(program)) for program in map(random_program, range(200))]
    assert all(least is None or floor <= least for floor, least in found)
    known = [(floor_of(canary.program), canary.expected) for canary in canaries()]
    assert all(least is None or floor <= least for floor, least in known)


def test_an_instance_costs_at_least_the_cheaper_of_alone_and_the_cheapest_pair_of_each_service():
    formulation = formulate(read_instance(instances.path("tiny")))
    offered = formulation.columns.candidates
    cheapest = offered.alone_cost.copy()
    np.minimum.at(cheapest, offered.pair_unit, offered.pair_cost)
    assert floor_of(formulation.program) == cheapest.sum() < 4_868_800


def test_no_plan_handed_over_costs_less():
    for seed in range(60):
        try:
            formulation = formulate(random_instance(seed))
        except InvalidInstance:
            continue
        alone = np.zeros(formulation.program.columns, dtype=np.int64)
        alone[formulation.columns.alone] = 1
        if not formulation.program.violations(alone):
            assert floor_of(formulation.program) <= formulation.program.objective(alone)

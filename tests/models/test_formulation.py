"""The program of an instance: the rules' rows one after another, in the form every reader relies on."""

import contextlib

import numpy as np
import pytest

from models.candidates import build_candidates
from models.columns import Columns
from models.findings import InvalidInstance
from models.formulation import formulate
from models.rules import active_rules, body_centre_tests, served_tests
from tests.small_instances import random_instance

SEEDS = 60


@pytest.fixture(scope="module")
def instances():
    found = []
    for seed in range(SEEDS):
        with contextlib.suppress(InvalidInstance):
            found.append(random_instance(seed))
    assert len(found) > SEEDS / 2
    return found


def test_the_matrix_is_whole_sorted_and_without_zeros(instances):
    for instance in instances:
        matrix = formulate(instance).program.matrix
        assert matrix.dtype == np.int64
        assert matrix.indices.dtype == matrix.indptr.dtype == np.int32
        assert matrix.has_canonical_format
        assert matrix.data.all()


def test_the_matrix_holds_the_rows_of_every_rule_in_turn(instances):
    for instance in instances:
        program = formulate(instance).program
        active = active_rules(instance)
        columns = Columns(build_candidates(instance, body_centre_tests(active), served_tests(active)))
        first = 0
        for number, one in enumerate(active):
            block = one.rule.rows(columns, one.parameters)
            inside = slice(first, first + block.count)
            plain = np.zeros((block.count, columns.count), dtype=np.int64)
            plain[block.row, block.column] = block.value
            assert (program.matrix[inside].toarray()[:, : columns.count] == plain).all()
            assert (program.row_tag[inside] == number).all()
            assert (program.row_lower[inside] == block.lower).all()
            assert (program.row_upper[inside] == block.upper).all()
            first += block.count
        assert first == program.rows

"""The program of an instance: the rules' rows one after another, in the form every reader relies on."""

import contextlib

import numpy as np
import pytest

from models.candidates import EVERY_BAND
from models.columns import Columns
from models.findings import InvalidInstance
from models.formulation import eligible, formulate
from models.rules import active_rules, registry
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
        formulation = formulate(instance)
        program, columns = formulation.program, formulation.columns
        counted = 0
        for number, one in enumerate(active_rules(instance)):
            block = one.rule.rows(columns, one.parameters)
            # What ties a rule's own columns to the decisions comes before all rules' rows.
            own = np.flatnonzero(program.row_tag == number)
            own = own[own.shape[0] - block.count :]
            plain = np.zeros((block.count, columns.count), dtype=np.int64)
            plain[block.row, block.column] = block.value
            assert (program.matrix[own].toarray()[:, : columns.count] == plain).all()
            assert (program.row_lower[own] == block.lower).all()
            assert (program.row_upper[own] == block.upper).all()
            counted += block.count
        assert counted + sum(block.rows(columns).count for block in columns.blocks) == program.rows


def test_a_unit_is_served_only_where_a_band_that_holds_it_is_built(instances):
    for instance in instances:
        active = active_rules(instance)
        offered = eligible(instance, active)
        columns = Columns(offered)
        block = registry()["capacity"].rows(columns, {})
        found = {(int(row), int(column)): int(value) for row, column, value in zip(block.row, block.column, block.value, strict=True)}
        # The rows of pairs come after two rows a group: one band, and volume.
        shared = np.flatnonzero(offered.pair_band == EVERY_BAND)
        first = 2 * offered.group_option.shape[0]
        for row, pair in enumerate(shared.tolist(), start=first):
            of_group = np.flatnonzero(offered.band_group == offered.pair_group[pair])
            holding = [int(band) for band in of_group if offered.band_capacity[band] >= offered.pair_volume[pair]]
            expected = {int(columns.pair[pair]): 1} | {int(columns.band[band]): -1 for band in holding}
            assert {column: value for (at, column), value in found.items() if at == row} == expected

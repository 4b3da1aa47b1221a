"""Rows come out as plain sums of their terms, whatever the terms look like."""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.program import UNBOUNDED
from models.rules.base import relaxed, rows, stack

ROWS, COLUMNS = 4, 5
FACTORS = st.one_of(st.integers(-3, 3), st.sampled_from([127, 128, -129, 2**15, 2**31, -(2**40)]))
untimed = settings(deadline=None)


@st.composite
def terms(draw):
    found = []
    for _ in range(draw(st.integers(0, 3))):
        size = draw(st.integers(0, 6))
        row = np.array(draw(st.lists(st.integers(0, ROWS - 1), min_size=size, max_size=size)), dtype=np.int64)
        column = np.array(draw(st.lists(st.integers(0, COLUMNS - 1), min_size=size, max_size=size)), dtype=np.int64)
        each = draw(st.booleans())
        value = np.array(draw(st.lists(FACTORS, min_size=size, max_size=size)), dtype=np.int64) if each else draw(FACTORS)
        found.append((row, column, value))
    return found


def summed(some_terms):
    """Return {(row, column): value}, added up one entry at a time."""
    total = Counter()
    for row, column, value in some_terms:
        for at in range(len(row)):
            total[int(row[at]), int(column[at])] += int(value if np.isscalar(value) else value[at])
    return {key: value for key, value in total.items() if value}


def entries(block):
    return list(zip(block.row.tolist(), block.column.tolist(), block.value.tolist(), strict=True))


@untimed
@given(terms())
def test_rows_are_the_sums_of_their_terms_in_order(some_terms):
    block = rows(ROWS, some_terms, upper=np.arange(ROWS))
    expected = summed(some_terms)
    assert entries(block) == [(row, column, expected[row, column]) for row, column in sorted(expected)]
    assert block.count == ROWS
    assert block.lower.tolist() == [-UNBOUNDED] * ROWS
    assert block.upper.tolist() == list(range(ROWS))


@untimed
@given(st.lists(terms(), max_size=3))
def test_a_stack_holds_its_blocks_one_after_another(several):
    blocks = [rows(ROWS, some_terms, lower=number) for number, some_terms in enumerate(several)]
    whole = stack(blocks)
    assert entries(whole) == [(row + ROWS * number, column, value) for number, block in enumerate(blocks) for row, column, value in entries(block)]
    assert whole.lower.tolist() == [number for number in range(len(blocks)) for _ in range(ROWS)]


@untimed
@given(terms(), st.booleans(), st.integers(-4, 4), st.lists(st.integers(1, 3), min_size=COLUMNS, max_size=COLUMNS))
def test_a_soft_row_can_always_be_met_and_its_slack_is_no_larger_than_needed(some_terms, below, limit, most):
    hard = rows(ROWS, some_terms, lower=limit if below else None, upper=None if below else limit)
    soft = relaxed(hard, COLUMNS, np.array(most))
    plain = dense(hard)
    activity = np.array(list(itertools.product(*((0, top) for top in most))), dtype=object) @ plain.T
    shortfall = (limit - activity if below else activity - limit).max(axis=0)
    assert soft.slack_upper.tolist() == [max(0, worst) for worst in shortfall]
    widened = dense(soft.rows, ROWS)
    assert (widened[:, :COLUMNS] == plain).all()
    assert (widened[:, COLUMNS:] == (1 if below else -1) * np.eye(ROWS, dtype=int)).all()


def dense(block, extra=0):
    full = np.zeros((block.count, COLUMNS + extra), dtype=object)
    for row, column, value in entries(block):
        full[row, column] = value
    return full


def test_a_row_with_two_limits_has_no_soft_form():
    with pytest.raises(ValueError, match="two limits"):
        relaxed(rows(1, [], lower=0, upper=1), 0, np.zeros(0, dtype=np.int64))


def test_a_row_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="axis 0 index"):
        rows(2, [(np.array([-1]), np.array([0]), 1)])
    with pytest.raises(ValueError, match="axis 0 index"):
        rows(2, [(np.array([2]), np.array([0]), 1)])

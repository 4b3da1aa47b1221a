"""What no plan can cost less than, by looking at one choice at a time: a bound to hold a solver's against, in exact integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.program import Program


def floor_of(program: Program) -> int:
    """Return a cost below which no values of ``program`` can come, whole money.

    Rows of the form ``sum of some columns = 1`` that share no column each cost at least their cheapest column; any other column costs at least the
    less of its cost at its two limits. So for a body's service: the cheaper of staying alone and its cheapest pair, whatever its centre costs.
    """
    single = _single_choices(program)
    least = np.minimum(program.cost * program.lower, program.cost * program.upper)
    inside = np.repeat(single, np.diff(program.matrix.indptr))
    least[program.matrix.indices[inside]] = 0
    return program.constant + int(least.sum()) + int(_cheapest(program, single).sum())


def _single_choices(program: Program) -> NDArray[np.bool_]:
    """(rows,) whether exactly one of a row's columns, each 0 or more, must be 1, and none of them is in an earlier such row."""
    matrix = program.matrix
    row = np.repeat(np.arange(program.rows), np.diff(matrix.indptr))
    fit = (matrix.data == 1) & (program.lower[matrix.indices] == 0) & (program.upper[matrix.indices] >= 1)
    single: NDArray[np.bool_] = (program.row_lower == 1) & (program.row_upper == 1) & (np.diff(matrix.indptr) > 0)
    single[row[~fit]] = False
    first = np.full(program.columns, program.rows)
    inside = single[row]
    np.minimum.at(first, matrix.indices[inside], row[inside])
    single[row[inside & (first[matrix.indices] < row)]] = False
    return single


def _cheapest(program: Program, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the least cost of a column of each of ``rows``."""
    inside = np.repeat(rows, np.diff(program.matrix.indptr))
    costs = program.cost[program.matrix.indices[inside]]
    starts = np.concatenate(([0], np.cumsum(np.diff(program.matrix.indptr)[rows])))[:-1]
    cheapest: NDArray[np.int64] = np.minimum.reduceat(costs, starts) if starts.size else np.zeros(0, dtype=np.int64)
    return cheapest

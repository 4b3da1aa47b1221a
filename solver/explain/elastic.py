"""Programs in which restrictions may be given up at a price."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.program import UNBOUNDED, Program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.explain.restrictions import Restrictions

    Whole = NDArray[np.int64]

HARD = -1
"""Group of what may not be given up."""


@dataclass(frozen=True)
class Groups:
    """What is given up together.

    Attributes
    ----------
    price
        (groups,) points for giving the group up at all.
    of_row
        (rows,) group of each row, or :data:`HARD`.
    of_bar
        (bars,) group of each bar, aligned with ``Restrictions.barred_column``, or :data:`HARD`.
    row_unit_price
        (rows,) points for each unit by which a row is passed, on top; 0 where a row is kept or broken and nothing between.
    """

    price: Whole
    of_row: Whole
    of_bar: Whole
    row_unit_price: Whole


@dataclass(frozen=True)
class Elastic:
    """A program with a 0/1 column for each group given up, and a column for how far each graded row is passed.

    Attributes
    ----------
    program
        Minimises the price in points.
    group
        (groups,) columns.
    slack, slack_row
        Aligned: column and the row of the restrictions it measures; a row with two limits has two.
    """

    program: Program
    group: Whole
    slack: Whole
    slack_row: Whole

    def given_up(self, values: Whole) -> Whole:
        """Return the groups given up in ``values`` (columns,)."""
        return np.flatnonzero(values[self.group] > 0)

    def passed(self, values: Whole) -> dict[int, int]:
        """Return by how much each graded row is passed, where it is."""
        far = values[self.slack]
        return {int(row): int(amount) for row, amount in zip(self.slack_row[far > 0], far[far > 0], strict=True)}


def elastic(found: Restrictions, groups: Groups) -> Elastic:
    """Return the program of ``found`` in which each group may be given up at its price.

    A row ``a x <= b`` of group g becomes ``a x - M z_g <= b`` with M the most it can be passed by; a graded one ``a x - s <= b``, ``s <= M z_g``.
    A bar ``x = 0`` becomes ``x <= z_g``.
    """
    from scipy.sparse import coo_array, csr_array, hstack, vstack

    base = found.formulation.program
    row, below, above = _one_sided(base, groups.of_row)
    matrix = base.matrix[row]
    most = _most_passed(matrix, base.upper, below, above)
    of_row, unit_price = groups.of_row[row], groups.row_unit_price[row]
    sign = np.where(below > -UNBOUNDED, 1, -1)
    soft = np.flatnonzero(of_row != HARD)
    graded = soft[unit_price[soft] > 0]
    plain = np.setdiff1d(soft, graded)
    number, slacks = groups.price.shape[0], graded.shape[0]
    first_group, first_slack = base.columns, base.columns + number
    slack = first_slack + np.arange(slacks, dtype=np.int64)

    def part(rows: int, *terms: tuple[Whole, Whole, Whole]) -> csr_array:
        at, column, value = (np.concatenate([np.zeros(0, dtype=np.int64), *(term[part] for term in terms)]) for part in range(3))
        return csr_array(coo_array((value, (at, column)), shape=(rows, number + slacks)).tocsr())

    soft_part = part(row.shape[0], (plain, of_row[plain], (sign * most)[plain]), (graded, slack - first_group, sign[graded].astype(np.int64)))
    each = np.arange(slacks, dtype=np.int64)
    linked = part(slacks, (each, slack - first_group, np.ones_like(each)), (each, of_row[graded], -most[graded]))
    soft_bars = np.flatnonzero(groups.of_bar != HARD)
    bars = np.arange(soft_bars.shape[0], dtype=np.int64)
    barred = csr_array(coo_array((np.ones_like(bars), (bars, found.barred_column[soft_bars])), shape=(bars.shape[0], base.columns)).tocsr())
    opened = part(bars.shape[0], (bars, groups.of_bar[soft_bars], -np.ones_like(bars)))
    whole = vstack([hstack([matrix, soft_part]), hstack([csr_array((slacks, base.columns), dtype=np.int64), linked]), hstack([barred, opened])], format="csr")
    upper = base.upper.copy()
    upper[found.barred_column[groups.of_bar == HARD]] = 0
    extra = slacks + bars.shape[0]
    program = dataclasses.replace(
        base,
        cost=np.concatenate([np.zeros(base.columns, dtype=np.int64), groups.price, unit_price[graded]]),
        lower=np.concatenate([base.lower, np.zeros(number + slacks, dtype=np.int64)]),
        upper=np.concatenate([upper, np.ones(number, dtype=np.int64), most[graded]]),
        matrix=csr_array(whole),
        row_lower=np.concatenate([below, np.full(extra, -UNBOUNDED, dtype=np.int64)]),
        row_upper=np.concatenate([above, np.zeros(extra, dtype=np.int64)]),
        row_tag=np.concatenate([base.row_tag[row], np.zeros(extra, dtype=np.int32)]),
    )
    return Elastic(_tidy(program), first_group + np.arange(number, dtype=np.int64), slack, row[graded])


def _tidy(program: Program) -> Program:
    matrix = program.matrix
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return program


def _one_sided(base: Program, group: Whole) -> tuple[Whole, Whole, Whole]:
    """Return (row of the base, lower, upper) with rows of two limits written twice where they may be given up."""
    both = np.flatnonzero((group != HARD) & (base.row_lower > -UNBOUNDED) & (base.row_upper < UNBOUNDED))
    row = np.concatenate([np.arange(base.rows, dtype=np.int64), both])
    below, above = base.row_lower[row], base.row_upper[row]
    above[both] = UNBOUNDED
    below[base.rows :] = -UNBOUNDED
    return row, below, above


def _most_passed(matrix: object, upper: Whole, below: Whole, above: Whole) -> Whole:
    """Return by how much each row can be passed at most, all columns from 0 to ``upper``."""
    from scipy.sparse import csr_array

    assert isinstance(matrix, csr_array)
    row = np.repeat(np.arange(below.shape[0], dtype=np.int64), np.diff(matrix.indptr))
    least, most = np.zeros(below.shape[0], dtype=np.int64), np.zeros(below.shape[0], dtype=np.int64)
    reach = matrix.data * upper[matrix.indices]
    np.add.at(least, row, np.minimum(reach, 0))
    np.add.at(most, row, np.maximum(reach, 0))
    worst = np.where(below > -UNBOUNDED, below - least, np.where(above < UNBOUNDED, most - above, 0))
    return np.maximum(worst, 0)

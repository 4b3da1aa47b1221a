"""The integer program itself, neutral between solvers: :class:`Program`, sparse integer arrays and exact evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.findings import TooLarge

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

UNBOUNDED = np.int64(2**62)
"""Stands for infinity in row limits: a row limit of ``-UNBOUNDED`` or ``UNBOUNDED`` does not bind."""

_CHUNK = 200_000
"""Rows looked at in one go, so that no second copy of the whole matrix is made."""


@dataclass(frozen=True)
class Violation:
    """A row (or column limit) that given values break, by how much."""

    row: int
    tag: str
    amount: int


@dataclass(frozen=True)
class Program:
    """Minimise ``cost @ values + constant`` subject to ``row_lower <= matrix @ values <= row_upper``, all columns integer.

    Attributes
    ----------
    cost
        (columns,) int64, whole money.
    lower, upper
        (columns,) int64 limits; both finite.
    matrix
        (rows, columns) CSR of int64 with sorted indices and no zeros stored; positions are int32 while they fit.
    row_lower, row_upper
        (rows,) int64; ``-UNBOUNDED`` and ``UNBOUNDED`` where open.
    row_tag
        (rows,) int32 position in ``tags``: the rule each row belongs to.
    tags
        Rule ids.
    constant
        Money that every plan costs.
    name
        For files and logs.
    """

    cost: NDArray[np.int64]
    lower: NDArray[np.int64]
    upper: NDArray[np.int64]
    matrix: csr_array
    row_lower: NDArray[np.int64]
    row_upper: NDArray[np.int64]
    row_tag: NDArray[np.int32]
    tags: tuple[str, ...]
    constant: int = 0
    name: str = "consortia"

    @property
    def columns(self) -> int:
        """Number of columns."""
        return int(self.cost.shape[0])

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.row_lower.shape[0])

    @property
    def nonzeros(self) -> int:
        """Number of matrix entries."""
        return int(self.matrix.nnz)

    def objective(self, values: NDArray[np.int64]) -> int:
        """Return the exact cost of integer ``values`` (columns,), computed in unlimited integers where 64 bits could overflow."""
        chosen = np.flatnonzero(values)
        return self.constant + sum(int(c) * int(v) for c, v in zip(self.cost[chosen], values[chosen], strict=True))

    def violations(self, values: NDArray[np.int64]) -> list[Violation]:
        """Return every limit and row that integer ``values`` (columns,) break; empty when feasible."""
        found = [
            Violation(-1, "limits", int(amount))
            for amount in np.maximum(self.lower - values, values - self.upper)[(values < self.lower) | (values > self.upper)]
        ]
        activity = self.matrix @ values
        short = np.where(self.row_lower > -UNBOUNDED, self.row_lower - activity, 0)
        over = np.where(self.row_upper < UNBOUNDED, activity - self.row_upper, 0)
        excess = np.maximum(short, over)
        found += [Violation(int(row), self.tags[self.row_tag[row]], int(excess[row])) for row in np.flatnonzero(excess > 0)]
        return found

    def check_range(self) -> None:
        """Raise :class:`TooLarge` when a row or the objective could leave the exact range of 64-bit integers."""
        span = np.maximum(np.abs(self.lower), np.abs(self.upper)).astype(np.float64)
        worst_row = max(float((abs(self.matrix[first : first + _CHUNK]) @ span).max()) for first in range(0, self.rows, _CHUNK)) if self.rows else 0.0
        worst_cost = float(np.abs(self.cost).astype(np.float64) @ span) + abs(self.constant)
        if worst_row >= 2.0**61:
            raise TooLarge(f"a row's terms add up to {worst_row:.3g}; 64-bit integers are exact below 2.3e18: use larger volume units")
        if worst_cost >= 2.0**61:
            raise TooLarge(f"the costs add up to {worst_cost:.3g}; 64-bit integers are exact below 2.3e18: use a larger money unit")

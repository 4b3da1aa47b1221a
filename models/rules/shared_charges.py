"""What members can be charged for the common cost of clusters, as terms of rows: the program's side of G30."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.columns import Columns
from models.rules.shared_divisions import allowed_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.candidates import Candidates

    Whole = NDArray[np.int64]
    Term = tuple[Whole, Whole, Whole]


def pair_gain(offered: Candidates, tolerance: float) -> Whole:
    """(pairs,) what a body could be charged for a service served: what it may cost, less what it costs directly."""
    return allowed_cost(offered.alone_cost, tolerance)[offered.pair_unit] - offered.pair_cost


def purse_terms(columns: Columns, row_of_member: Whole, tolerance: float) -> list[Term]:
    """Return the terms (row, column, value) that add up to what can be charged, in the row of each member."""
    offered = columns.candidates
    return [
        (row_of_member[offered.pair_member], columns.pair, pair_gain(offered, tolerance)),
        (row_of_member, columns.member, -offered.member_cost),
        (row_of_member[offered.owner_member], columns.owner, -offered.owner_cost),
        (row_of_member[offered.lead_member], columns.lead, -offered.lead_cost),
    ]


def common_terms(columns: Columns, row_of_option: Whole) -> list[Term]:
    """Return the terms that add up to the common cost, what other rules bring included, in the row of each option."""
    offered = columns.candidates
    brought = [(row_of_option[block.option], columns.block(block.name), block.cost) for block in columns.blocks if block.option is not None]
    return [
        (row_of_option, columns.option, offered.option_cost),
        (row_of_option[offered.group_option[offered.band_group]], columns.band, offered.band_cost),
        *brought,
    ]


def totals(terms: list[Term], count: int, values: Whole) -> Whole:
    """(count,) what terms come to in a plan's values."""
    total = np.zeros(count, dtype=np.int64)
    for row, column, value in terms:
        np.add.at(total, row, value * values[column])
    return total

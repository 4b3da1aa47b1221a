"""Columns that say which kinds of body are present in an option's cluster, such as its sectors or its nations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.columns import Block
from models.rules.base import rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.candidates import Candidates
    from models.columns import Columns
    from models.rules.base import Rows

    Whole = NDArray[np.int64]

UNSTATED = -1
"""Kind of a body of which it is not stated."""


def kinds_of(texts: Sequence[str]) -> tuple[tuple[str, ...], Whole]:
    """Return the kinds in alphabetical order and each body's position among them, :data:`UNSTATED` for an empty text."""
    kinds = tuple(sorted(set(texts) - {""}))
    at = {kind: position for position, kind in enumerate(kinds)}
    return kinds, np.array([at.get(text, UNSTATED) for text in texts], dtype=np.int64)


@dataclass(frozen=True)
class Presence:
    """Which kind may be present in which option: ``option`` and ``kind`` (columns,), sorted by option then kind.

    ``member`` (links,) are the members of a stated kind in those options, ``column`` (links,) the column of the kind each makes present.
    """

    option: Whole
    kind: Whole
    member: Whole
    column: Whole


def presence(candidates: Candidates, kind_of_body: Whole, options: NDArray[np.bool_] | None = None) -> Presence:
    """Return what may be present; ``options`` (options,) limits it to those wanted."""
    kind = kind_of_body[candidates.member_body]
    member = np.flatnonzero(kind != UNSTATED) if options is None else np.flatnonzero((kind != UNSTATED) & options[candidates.member_option])
    kinds = int(kind_of_body.max(initial=0)) + 1
    key, column = np.unique(candidates.member_option[member] * kinds + kind[member], return_inverse=True)
    return Presence(key // kinds, key % kinds, member, column.astype(np.int64).reshape(-1))


def presence_block(name: str, found: Presence) -> Block:
    """Return the block of 0 and 1: e[i,j,m] <= present[kind of i,j,m]."""
    count = found.option.shape[0]

    def tied(columns: Columns) -> Rows:
        each = np.arange(found.member.shape[0], dtype=np.int64)
        return rows(each.shape[0], [(each, columns.member[found.member], 1), (each, columns.block(name)[found.column], -1)], upper=0)

    def filled(columns: Columns, values: Whole) -> Whole:
        present = np.zeros(count, dtype=np.int64)
        np.maximum.at(present, found.column, values[columns.member[found.member]])
        return present

    return Block(name, upper=np.ones(count, dtype=np.int64), cost=np.zeros(count, dtype=np.int64), rows=tied, fill=filled)

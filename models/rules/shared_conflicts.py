"""Rows that keep bodies in conflict away from one another at every centre: one row a clique of the conflict graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.cliques import clique_cover
from models.columns import Block
from models.rules.base import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from models.candidates import Candidates
    from models.columns import Columns
    from models.rules.base import Rows

    Whole = NDArray[np.int64]
    Conflicts = Callable[[Whole], NDArray[np.bool_]]
    """For sorted positions of bodies (n,), which are in conflict with which, (n, n)."""

_USER, _OPEN = "user of a centre", "open centre"


@dataclass(frozen=True)
class CentreCliques:
    """Bodies of which at most one may use a centre: the ``centre`` of each row, (rows,), and the rows' bodies as aligned ``row`` and ``body``, (entries,)."""

    centre: Whole
    row: Whole
    body: Whole


def cliques_by_centre(candidates: Candidates, concerned: Whole, conflicts: Conflicts) -> CentreCliques:
    """Return, for every centre, cliques that cover the conflicts among the ``concerned`` bodies that may use it."""
    covers: dict[bytes, list[Whole]] = {}
    centres, parts = [], [np.zeros(0, dtype=np.int64)]
    for centre, bodies in _bodies_by_centre(candidates, concerned):
        # Most centres are open to the same bodies, so the same graph is covered once.
        if bodies.tobytes() not in covers:
            covers[bodies.tobytes()] = [bodies[clique] for clique in clique_cover(conflicts(bodies))]
        cliques = covers[bodies.tobytes()]
        centres += [centre] * len(cliques)
        parts += cliques
    sizes = np.array([part.shape[0] for part in parts[1:]], dtype=np.int64)
    return CentreCliques(np.array(centres, dtype=np.int64), np.repeat(np.arange(sizes.shape[0], dtype=np.int64), sizes), np.concatenate(parts))


def member_rows(columns: Columns, found: CentreCliques) -> Rows:
    """Return sum_{i in clique} sum_m e[i,j,m] <= sum_m y[j,m]: for few cliques, as it adds no column."""
    offered = columns.candidates
    member_key = _key(offered, offered.option_centre[offered.member_option], offered.member_body)
    by_key = np.argsort(member_key, kind="stable").astype(np.int64)
    row, member = _each(member_key[by_key], _key(offered, found.centre[found.row], found.body))
    open_row, option = _each(offered.option_centre, found.centre)
    used = (found.row[row], columns.member[by_key[member]], 1)
    return rows(found.centre.shape[0], [used, (open_row, columns.option[option], -1)], upper=0)


def user_blocks(candidates: Candidates, conflicts: Conflicts) -> tuple[Block, ...]:
    """Return u[i,j] = sum_m e[i,j,m] for every body in conflict with another at a centre, and o[j] = sum_m y[j,m], for :func:`user_rows`."""
    key = _users(candidates, conflicts)
    member_key = _key(candidates, candidates.option_centre[candidates.member_option], candidates.member_body)
    members = np.flatnonzero(np.isin(member_key, key))
    user = np.searchsorted(key, member_key[members]).astype(np.int64)
    options = np.arange(candidates.option_centre.shape[0], dtype=np.int64)
    centres = len(candidates.arrays.centres) if key.size else 0
    if not centres:
        options = options[:0]
    return (
        _sums(_USER, key.shape[0], user, lambda columns: columns.member[members]),
        _sums(_OPEN, centres, candidates.option_centre[options], lambda columns: columns.option[options]),
    )


def user_rows(columns: Columns, conflicts: Conflicts, found: CentreCliques) -> Rows:
    """Return sum_{i in clique} u[i,j] <= o[j]: for many cliques, as a body takes one entry in each whatever the number of models."""
    offered = columns.candidates
    user = np.searchsorted(_users(offered, conflicts), _key(offered, found.centre[found.row], found.body))
    each = np.arange(found.centre.shape[0], dtype=np.int64)
    return rows(each.shape[0], [(found.row, columns.block(_USER)[user], 1), (each, columns.block(_OPEN)[found.centre], -1)], upper=0)


def _bodies_by_centre(candidates: Candidates, concerned: Whole) -> Iterator[tuple[int, Whole]]:
    """Yield each centre with the sorted bodies among ``concerned`` that may use it."""
    of_concern = np.isin(candidates.member_body, concerned)
    key = np.unique(_key(candidates, candidates.option_centre[candidates.member_option], candidates.member_body)[of_concern])
    bodies = max(1, len(candidates.arrays.bodies))
    for centre in np.unique(key // bodies):
        first, after = np.searchsorted(key, [centre * bodies, (centre + 1) * bodies])
        yield int(centre), key[first:after] % bodies


def _key(candidates: Candidates, centre: Whole, body: Whole) -> Whole:
    return centre * max(1, len(candidates.arrays.bodies)) + body


def _each(keys: Whole, sought: Whole) -> tuple[Whole, Whole]:
    """Return (which, position) of every occurrence of each sought key among the sorted ``keys``."""
    first = np.searchsorted(keys, sought, side="left").astype(np.int64)
    count = np.searchsorted(keys, sought, side="right") - first
    within = np.arange(count.sum(), dtype=np.int64) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(np.arange(sought.shape[0], dtype=np.int64), count), np.repeat(first, count) + within


def _users(candidates: Candidates, conflicts: Conflicts) -> Whole:
    """Return the sorted keys (centre, body) of bodies in conflict with another that may use the same centre."""
    in_conflict: dict[bytes, Whole] = {}
    keys = [np.zeros(0, dtype=np.int64)]
    for centre, bodies in _bodies_by_centre(candidates, np.arange(len(candidates.arrays.bodies), dtype=np.int64)):
        if bodies.tobytes() not in in_conflict:
            in_conflict[bodies.tobytes()] = bodies[conflicts(bodies).any(axis=1)]
        some = in_conflict[bodies.tobytes()]
        keys.append(_key(candidates, np.full(some.shape, centre, dtype=np.int64), some))
    return np.concatenate(keys)


def _sums(name: str, count: int, at: Whole, summed: Callable[[Columns], Whole]) -> Block:
    """Return a block of columns each equal to the sum of the decisions ``summed`` that stand ``at`` it; at most one of them is 1."""

    def equal(columns: Columns) -> Rows:
        each = np.arange(count, dtype=np.int64)
        return rows(count, [(at, summed(columns), 1), (each, columns.block(name), -1)], lower=0, upper=0)

    def filled(columns: Columns, values: Whole) -> Whole:
        total = np.zeros(count, dtype=np.int64)
        np.add.at(total, at, values[summed(columns)])
        return total

    return Block(name, upper=np.ones(count, dtype=np.int64), cost=np.zeros(count, dtype=np.int64), rows=equal, fill=filled)

"""Joins of whole arrays by sorted keys, for tables of millions of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]


def ranges(first: Whole, after: Whole) -> tuple[Whole, Whole]:
    """Return (which, position) listing ``first[k] .. after[k] - 1`` for every k in turn; all (ranges,) in, both (total,) out."""
    count = after - first
    which = np.repeat(np.arange(first.shape[0], dtype=np.int64), count)
    position = np.arange(which.shape[0], dtype=np.int64)
    position += np.repeat(first - (np.cumsum(count) - count), count)
    return which, position


def distinct(keys: Whole) -> Whole:
    """Return each of ``keys`` (n,) once, rising; by sorting, which is quicker than hashing as long as most stand only once."""
    ordered = np.sort(keys)
    first = np.ones(ordered.shape, dtype=np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return np.asarray(ordered[first], dtype=np.int64)


def sorted_by(positions: Whole) -> Whole:
    """Return the order that sorts ``positions`` (n,), none negative, equal ones as they came; in as few bytes as hold them, for short numbers sort quickest."""
    narrow = np.min_scalar_type(int(positions.max(initial=0)))
    return np.argsort(positions.astype(narrow), kind="stable")


def join(wanted: Whole, keys: Whole) -> tuple[Whole, Whole]:
    """Return (position in ``wanted``, position in ``keys``) of every two that are equal, by position in ``wanted``, then in ``keys``."""
    if not wanted.size:
        return wanted, wanted
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    which, at = ranges(np.searchsorted(sorted_keys, wanted, side="left"), np.searchsorted(sorted_keys, wanted, side="right"))
    return which, order[at]


def find(wanted: Whole, sorted_keys: Whole) -> tuple[Whole, Whole]:
    """Return (position in ``wanted``, position in ``sorted_keys``) of what is found; ``sorted_keys`` rise, each key once."""
    if not sorted_keys.size:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    at = np.minimum(np.searchsorted(sorted_keys, wanted), sorted_keys.shape[0] - 1)
    which = np.flatnonzero(sorted_keys[at] == wanted)
    return which, at[which]

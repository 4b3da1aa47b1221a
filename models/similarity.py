"""How alike two bodies are: in aims, size, services and systems.

Four parts, each from 0 (nothing alike) to 1000 (the same), whole thousandths so that every reader of the figure sees the same one:

- aims, services and systems: what both have over what either has, ``|A and B| / |A or B|`` (Jaccard, 1901). Services are those a body runs today.
- size: the smaller of the two workloads over the larger.

The whole is the mean of the parts by weight. A part that is not known of either body (no aims stated, no systems stated, nothing run today) is left
out and the weights of the others make up the whole; when no part is known the likeness is :data:`UNKNOWN`. The default weights are our assumption.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from models.arrays import InstanceArrays

    Whole = NDArray[np.int64]

SAME = 1000
"""Likeness of two bodies that differ in nothing compared."""
UNKNOWN = -1
"""Likeness when nothing is known to compare."""


@dataclass(frozen=True)
class Weights:
    """How much each part counts, in whole numbers of any scale; 0 leaves a part out. The defaults are an assumption (A)."""

    aims: int = 40
    size: int = 20
    services: int = 20
    systems: int = 20


PARTS = ("aims", "size", "services", "systems")


@dataclass(frozen=True)
class Likeness:
    """How alike bodies are, in thousandths, each part of shape (bodies, others); :data:`UNKNOWN` where a part cannot be told."""

    aims: Whole
    size: Whole
    services: Whole
    systems: Whole
    whole: Whole


@dataclass(frozen=True)
class Traits:
    """What of each body is compared: ``aims``, ``services`` and ``systems`` as (bodies, items) matrices of 0 and 1, ``workload`` as (bodies,)."""

    aims: csr_array
    services: csr_array
    systems: csr_array
    workload: Whole


def traits(arrays: InstanceArrays) -> Traits:
    """Return what is compared of every body of an instance."""
    workload = np.zeros(len(arrays.bodies), dtype=np.int64)
    np.add.at(workload, arrays.unit_body, arrays.unit_workload)
    shape = (len(arrays.bodies), len(arrays.services))
    return Traits(
        aims=_items(arrays.body_aims),
        services=_incidence(arrays.unit_body, arrays.unit_service, shape),
        systems=_items(arrays.body_systems),
        workload=workload,
    )


def weights_in(values: Mapping[str, Any]) -> Weights:
    """Return the weights among the values of a rule's parameters."""
    return Weights(**{part: int(values[part]) for part in PARTS})


def likeness(of: Traits, bodies: Whole, others: Whole, weights: Weights) -> Likeness:
    """Return how alike each of ``bodies`` is to each of ``others`` (positions); for many bodies take a few rows at a time."""
    parts = {
        "aims": _in_common(of.aims, bodies, others),
        "size": _size_ratio(of.workload[bodies], of.workload[others]),
        "services": _in_common(of.services, bodies, others),
        "systems": _in_common(of.systems, bodies, others),
    }
    total = np.zeros((bodies.shape[0], others.shape[0]), dtype=np.int64)
    weight = np.zeros_like(total)
    for part, value in parts.items():
        counts = getattr(weights, part) * (value != UNKNOWN)
        total += counts * value
        weight += counts
    return Likeness(**parts, whole=np.where(weight > 0, _rounded_ratio(total, np.maximum(weight, 1)), UNKNOWN))


def _items(sets: Sequence[Iterable[str]]) -> csr_array:
    """Return which body names which item, items in alphabetical order."""
    at = {item: position for position, item in enumerate(sorted({item for one in sets for item in one}))}
    named = [(body, at[item]) for body, one in enumerate(sets) for item in one]
    body, item = np.array(named, dtype=np.int64).reshape(-1, 2).T
    return _incidence(body, item, (len(sets), len(at)))


def _incidence(row: Whole, column: Whole, shape: tuple[int, int]) -> csr_array:
    from scipy.sparse import coo_array

    return coo_array((np.ones(row.shape[0], dtype=np.int64), (row, column)), shape=shape).tocsr()


def _in_common(items: csr_array, bodies: Whole, others: Whole) -> Whole:
    """Return what both have over what either has, in thousandths."""
    count = np.asarray(items.sum(axis=1), dtype=np.int64)
    both = np.asarray((items[bodies] @ items[others].T).toarray(), dtype=np.int64)
    either = count[bodies][:, None] + count[others][None, :] - both
    known = (count[bodies] > 0)[:, None] & (count[others] > 0)[None, :]
    return np.where(known, _rounded_ratio(SAME * both, np.maximum(either, 1)), UNKNOWN)


def _size_ratio(workload: Whole, other: Whole) -> Whole:
    """Return the smaller workload over the larger, in thousandths; floating point, as a workload times a thousand can leave 64 bits."""
    smaller = np.minimum(workload[:, None], other[None, :]).astype(np.float64)
    larger = np.maximum(workload[:, None], other[None, :]).astype(np.float64)
    ratio = np.floor(SAME * smaller / np.maximum(larger, 1.0) + 0.5).astype(np.int64)
    return np.where(smaller > 0, ratio, UNKNOWN)


def _rounded_ratio(amount: Whole, by: Whole) -> Whole:
    """Return ``amount / by`` rounded to whole numbers, halves up, for amounts from 0."""
    return np.asarray((2 * amount + by) // (2 * by), dtype=np.int64)

"""How good the plans of each contender were over the whole time: mean primal integrals, and whether two of them differ by more than noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from solver.study.averages import Interval, mean_over_instances
from solver.study.measures import all_measured
from solver.study.records import Record
from solver.study.summary import Table

Integrals = Mapping[str, Mapping[str, Sequence[float]]]
"""Gap-seconds by contender and instance digest, seed by seed; the same instances for each contender."""


@dataclass(frozen=True)
class MeanIntegral:
    """Mean primal integral of one contender over instances, in gap-seconds; ``values`` holds the mean of each instance over its seeds."""

    contender: str
    interval: Interval
    values: tuple[float, ...]


def primal_integrals(table: Table, records: Sequence[Record]) -> Integrals:
    """Return the primal integral of each run of ``table`` against the best cost among ``records``; instances without any plan have none."""
    measured = {(one.digest, one.seed, one.contender): measures.primal_integral for one, measures in zip(records, all_measured(records), strict=True)}
    found: dict[str, dict[str, list[float]]] = {name: {} for name in table.contenders}
    for digest, seed in table.rows:
        for name, values in found.items():
            integral = measured[digest, seed, name]
            if integral is not None:
                values.setdefault(digest, []).append(integral)
    return found


def mean_integrals(found: Integrals) -> list[MeanIntegral]:
    """Return the mean of each contender, least first; empty when no instance has a plan."""
    means = [
        MeanIntegral(name, mean_over_instances(values), tuple(sum(some) / len(some) for some in values.values())) for name, values in found.items() if values
    ]
    return sorted(means, key=lambda one: one.interval.mean)


def integral_difference(found: Integrals, first: str, second: str) -> Interval:
    """Return by how much the primal integral of ``first`` is above that of ``second``, instance by instance and seed by seed."""
    pairs = {digest: [one - other for one, other in zip(values, found[second][digest], strict=True)] for digest, values in found[first].items()}
    return mean_over_instances(pairs)

"""What a study comes to: how often each contender solved, how fast on average, who won, and what of it is more than noise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from solver.study.averages import Ratio, paired_ratio, penalised_mean, performance_profile, shifted_geometric_mean
from solver.study.measures import gap
from solver.study.records import Record

VIRTUAL_BEST = "virtual best"
FACTORS = (1.0, 1.5, 2.0, 4.0, 8.0, 16.0, 64.0)
"""Factors of the fastest at which the performance profile is given."""
Cell = tuple[str, int]
"""(instance digest, seed): what one run of each contender is compared on."""


@dataclass(frozen=True)
class Standing:
    """How one contender did over the cells that every contender has a record of.

    Attributes
    ----------
    contender, runs
        Who, over how many.
    solved, with_plan, failed
        Proven within the gap asked for (or proven to have no plan); with an audited plan; failed.
    wins
        Cells in which nobody did better: solved and fastest or, where nobody solved, with the cheapest plan; equals each count.
    mean_s
        Shifted geometric mean of seconds, the time limit for each run not solved; ``None`` when there was no limit to count.
    par10_s
        Mean of seconds, ten limits for each run not solved; ``None`` likewise.
    gap_to_best
        Mean gap to the cheapest plan of the cell over runs with a plan; ``None`` without any.
    """

    contender: str
    runs: int
    solved: int
    with_plan: int
    failed: int
    wins: int
    mean_s: float | None
    par10_s: float | None
    gap_to_best: float | None


@dataclass(frozen=True)
class Pair:
    """Two contenders and how their times compare."""

    first: str
    second: str
    ratio: Ratio


@dataclass(frozen=True)
class Table:
    """The records that count, by cell and contender, of the cells in which every contender has one."""

    contenders: tuple[str, ...]
    rows: Mapping[Cell, Mapping[str, Record]]
    incomplete: int

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the classes of instances, in the order in which they come."""
        return tuple(dict.fromkeys(_group(row) for row in self.rows.values()))

    def of_group(self, group: str) -> Table:
        """Return the rows whose instance is of class ``group``."""
        return Table(self.contenders, {cell: row for cell, row in self.rows.items() if _group(row) == group}, 0)


def tabulated(records: Iterable[Record]) -> Table:
    """Return ``records``, one a key, as a table; cells that some contender has no record of are only counted: an average over others would mislead."""
    rows: dict[Cell, dict[str, Record]] = {}
    names: dict[str, None] = {}
    for record in records:
        names.setdefault(record.contender)
        rows.setdefault((record.digest, record.seed), {})[record.contender] = record
    whole = {cell: row for cell, row in rows.items() if len(row) == len(names)}
    return Table(tuple(names), whole, len(rows) - len(whole))


def standings(table: Table) -> list[Standing]:
    """Return how each contender did and, last, the best of all on each cell: what choosing the right one each time would give."""
    winners = [_best(row.values()) for row in table.rows.values()]
    found = [_standing(name, [row[name] for row in table.rows.values()], table) for name in table.contenders]
    return [*found, _standing(VIRTUAL_BEST, winners, table)] if len(found) > 1 else found


def pairs(table: Table) -> list[Pair]:
    """Return each two contenders with the ratio of their shifted mean times; a run not solved counts with its limit.

    Cells whose limit is unknown and that either has not solved are left out, as nothing is known of how long it would have taken.
    """
    found = []
    for first, second in combinations(table.contenders, 2):
        sides: tuple[dict[str, list[float]], dict[str, list[float]]] = ({}, {})
        for (digest, _), row in table.rows.items():
            seconds = [_counted(row[name]) for name in (first, second)]
            if None not in seconds:
                for side, one in zip(sides, seconds, strict=True):
                    side.setdefault(digest, []).append(one or 0.0)
        if sides[0]:
            found.append(Pair(first, second, paired_ratio(*sides)))
    return found


def profile(table: Table, within: Sequence[float] = FACTORS) -> dict[str, list[float]]:
    """Return the performance profile of each contender at the factors ``within``; empty when there is no complete cell."""
    if not table.rows:
        return {}
    times = {name: [row[name].seconds if row[name].solved else None for row in table.rows.values()] for name in table.contenders}
    return performance_profile(times, within)


def rank(record: Record) -> tuple[int, float]:
    """Return what sorts records of one cell, best first: solved by seconds, then plans by cost, then the rest."""
    if record.solved:
        return 0, record.seconds
    if record.audited_cost is not None:
        return 1, float(record.audited_cost)
    return 2, 0.0


def _standing(name: str, records: Sequence[Record], table: Table) -> Standing:
    counted = [_counted(record) for record in records]
    timed = [one for one in counted if one is not None]
    whole = bool(records) and len(timed) == len(counted)
    gaps = [far for record, row in zip(records, table.rows.values(), strict=True) if (far := _gap_to_best(record, row)) is not None]
    return Standing(
        contender=name,
        runs=len(records),
        solved=_count(records, lambda one: one.solved),
        with_plan=_count(records, lambda one: one.audited_cost is not None),
        failed=_count(records, lambda one: one.failed),
        wins=sum(rank(one) == rank(_best(row.values())) and rank(one)[0] < 2 for one, row in zip(records, table.rows.values(), strict=True)),
        mean_s=shifted_geometric_mean(timed) if whole else None,
        par10_s=_par10(records) if whole else None,
        gap_to_best=sum(gaps) / len(gaps) if gaps else None,
    )


def _par10(records: Sequence[Record]) -> float:
    """Return PAR10 where every run is solved or has a limit, which may differ from run to run."""
    return sum(penalised_mean([record.seconds if record.solved else None], record.limits["time_limit"] or 0.0) for record in records) / len(records)


def _gap_to_best(record: Record, row: Mapping[str, Record]) -> float | None:
    best = min((one.audited_cost for one in row.values() if one.audited_cost is not None), default=None)
    return None if record.audited_cost is None or best is None else gap(record.audited_cost, best)


def _counted(record: Record) -> float | None:
    """Return the seconds with which a run counts: its own when solved, else its limit, for nobody knows how much longer it would have taken."""
    if record.solved:
        return record.seconds
    limit: Any = record.limits["time_limit"]
    return None if limit is None else float(limit)


def _best(row: Iterable[Record]) -> Record:
    return min(row, key=rank)


def _count(records: Sequence[Record], holds: Callable[[Record], bool]) -> int:
    return sum(map(holds, records))


def _group(row: Mapping[str, Record]) -> str:
    return next(iter(row.values())).group

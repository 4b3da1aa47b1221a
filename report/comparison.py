"""A study as tables to print: standings, classes, pairs, primal integrals, the performance profile, instances, runs and verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from report.comparison_facts import conditions
from report.comparison_words import reasons, verdict
from report.money import counted
from report.study_series import series
from solver.study.integrals import mean_integrals, primal_integrals
from solver.study.measures import all_measured
from solver.study.records import Record
from solver.study.summary import FACTORS, Standing, Table, pairs, profile, rank, standings, tabulated
from solver.study.verdicts import Verdict, verdicts

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1
TITLES = {
    "solvers": "Solvers over all instances",
    "classes": "Solvers by class of instances",
    "pairs": "Which differences are more than noise: ratio of shifted mean times, 95 % bootstrap over instances",
    "integrals": "How early good plans came: mean primal integral in gap-seconds; less is better",
    "profile": "Performance profile: share of runs solved within so many times the fastest",
    "instances": "Instances",
    "runs": "Runs",
    "verdicts": "Contradictions",
}
_SOLVERS = tuple(one.name for one in fields(Standing))
_PAIRS = ("first", "second", "ratio", "low", "high", "instances", "more_than_noise")
_INTEGRALS = ("contender", "mean", "low", "high", "instances")
_INSTANCES = ("instance", "class", "seed", "bodies", "columns", "best_known", "published_best_known", "winner")
_RUNS = (
    "instance", "seed", "contender", "attempt", "stop", "reason", "cost", "bound", "published_cost", "published_bound", "gap", "gap_to_best", "audit",
    "seconds", "first_plan_s", "within_5_s", "within_1_s", "within_01_s", "proof_s", "primal_integral", "primal_dual_integral", "peak_memory_mb", "message",
)  # fmt: skip
_VERDICTS = ("kind", "instance", "message")
_DECIMALS = 4


@dataclass(frozen=True)
class Comparison:
    """A study with everything that follows from it; ``missing`` runs have no record yet."""

    records: tuple[Record, ...]
    missing: int
    table: Table
    verdicts: tuple[Verdict, ...]

    @property
    def shouted(self) -> tuple[Verdict, ...]:
        """Return the contradictions in which somebody is wrong."""
        return tuple(one for one in self.verdicts if one.shouted)


def comparison(records: Sequence[Record], missing: int) -> Comparison:
    """Return what follows from ``records``."""
    judged = [record for record in records if record.applicable]
    return Comparison(tuple(records), missing, tabulated(judged), verdicts(judged))


def tables(found: Comparison) -> dict[str, list[dict[str, Any]]]:
    """Return every table as rows of plain values, by the names of :data:`TITLES`."""
    return {name: _ROWS[name](found) for name in TITLES}


def frame(found: Comparison, name: str) -> pd.DataFrame:
    """Return one table to print; columns that hold nothing in any row are left out."""
    import pandas as pd

    rows = _ROWS[name](found)
    table = pd.DataFrame(rows, columns=_columns(name, rows))
    for column in table.columns:
        known = [value for value in table[column] if value is not None and value == value]  # noqa: PLR0124 - not a number is not itself
        if known and all(isinstance(value, int) and not isinstance(value, bool) for value in known):
            table[column] = table[column].astype("Int64")
        elif known and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
            table[column] = table[column].astype(float)
            # Published costs are exact, and are looked up in papers.
            table[column] = table[column] if column.startswith("published_") else table[column].round(_DECIMALS)
    return table.loc[:, [column for column in table.columns if not len(table) or bool((table[column].notna() & (table[column] != "")).any())]]


def headline(found: Comparison) -> str:
    """Return in a line what was compared."""
    left_out = counted(found.table.incomplete, "instance and seed that", "instances and seeds that")
    instances = counted(len({record.digest for record in found.records}), "instance")
    solvers = counted(len({record.contender for record in found.records}), "solver")
    failed = sum(record.failed for record in found.records)
    words = [f"{counted(len(found.records), 'run')} of {solvers} on {instances}"]
    words += [f"{failed:,} failed"] if failed else []
    words += [f"{found.missing:,} not done yet"] if found.missing else []
    words += [f"left out of averages and pictures: {left_out} not every solver has run"] if found.table.incomplete else []
    return "; ".join(words) + "."


def as_dict(found: Comparison) -> dict[str, Any]:
    """Return the whole comparison as plain values, ready for JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "runs": len(found.records),
        "missing": found.missing,
        "incomplete": found.table.incomplete,
        "verdict": verdict(found),
        "reasons": reasons(found),
        **conditions(found),
        "tables": tables(found),
        "pictures": series(found.table, found.records).as_dict(),
    }


def _solvers(found: Comparison) -> list[dict[str, Any]]:
    return [asdict(one) for one in standings(found.table)]


def _classes(found: Comparison) -> list[dict[str, Any]]:
    groups = found.table.groups if any(found.table.groups) else ()
    return [{"class": group, **asdict(one)} for group in groups for one in standings(found.table.of_group(group))]


def _pairs(found: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "first": pair.first, "second": pair.second, "ratio": pair.ratio.value, "low": pair.ratio.low, "high": pair.ratio.high,
            "instances": pair.ratio.instances, "more_than_noise": pair.ratio.significant,
        }
        for pair in pairs(found.table)
    ]  # fmt: skip


def _integrals(found: Comparison) -> list[dict[str, Any]]:
    return [{"contender": one.contender, **asdict(one.interval)} for one in mean_integrals(primal_integrals(found.table, found.records))]


def _profile(found: Comparison) -> list[dict[str, Any]]:
    return [{"contender": name, **dict(zip(_factors(), shares, strict=True))} for name, shares in profile(found.table).items()]


def _runs(found: Comparison) -> list[dict[str, Any]]:
    return [
        {**vars(one), **vars(measures), "published_cost": one.published(one.cost), "published_bound": one.published(one.bound)}
        for one, measures in zip(found.records, all_measured(found.records), strict=True)
    ]


def _verdicts(found: Comparison) -> list[dict[str, Any]]:
    return [one.as_dict() for one in found.verdicts]


def _instances(found: Comparison) -> list[dict[str, Any]]:
    rows = []
    for row in found.table.rows.values():
        any_run, best = next(iter(row.values())), min(map(rank, row.values()))
        costs = [one.audited_cost for one in row.values() if one.audited_cost is not None]
        winners = [name for name, one in row.items() if rank(one) == best and best[0] < 2]
        rows.append(
            {
                "instance": any_run.instance,
                "class": any_run.group,
                "seed": any_run.seed,
                "bodies": any_run.size.get("bodies"),
                "columns": next((one.size["columns"] for one in row.values() if one.size.get("columns")), None),
                "best_known": min(costs, default=None),
                "published_best_known": any_run.published(min(costs, default=None)),
                "winner": "; ".join(winners),
                **{name: _outcome(one) for name, one in row.items()},
            }
        )
    return rows


def _outcome(run: Record) -> str:
    """Return how a run went, in a few words."""
    if run.failed:
        return f"failed ({run.reason})" if run.reason else "failed"
    if run.solved:
        return f"{run.stop} {run.seconds:.1f} s"
    if run.gap is None:
        return "no plan" if run.audited_cost is None else "no bound"
    return f"gap {run.gap:.2%}"


def _columns(name: str, rows: Sequence[dict[str, Any]]) -> list[str]:
    fixed = {
        "solvers": _SOLVERS, "classes": ("class", *_SOLVERS), "pairs": _PAIRS, "integrals": _INTEGRALS, "profile": ("contender", *_factors()),
        "instances": _INSTANCES, "runs": _RUNS, "verdicts": _VERDICTS,
    }[name]  # fmt: skip
    more = dict.fromkeys(key for row in rows for key in row) if name == "instances" else ()
    return list(dict.fromkeys((*fixed, *more)))


def _factors() -> tuple[str, ...]:
    return tuple(f"x{factor:g}" for factor in FACTORS)


_ROWS: Mapping[str, Callable[[Comparison], list[dict[str, Any]]]] = {
    "solvers": _solvers, "classes": _classes, "pairs": _pairs, "integrals": _integrals, "profile": _profile, "instances": _instances, "runs": _runs,
    "verdicts": _verdicts,
}  # fmt: skip

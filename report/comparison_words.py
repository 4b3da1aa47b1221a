"""Who wins a comparison, in words, and whether the differences are more than noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from report.money import counted
from solver.study.averages import FEWEST_INSTANCES
from solver.study.integrals import integral_difference, mean_integrals, primal_integrals
from solver.study.leading import Lead, by_standing, lead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from report.comparison import Comparison
    from solver.study.averages import Interval
    from solver.study.records import Record
    from solver.study.summary import Standing

_FEW = f"fewer than {FEWEST_INSTANCES} instances are too few to tell a difference from noise"


def verdict(found: Comparison) -> str:
    """Return in one sentence, without its full stop, what came of the comparison."""
    first = lead(found.table)
    if found.shouted:
        return "Somebody is wrong: believe none of these figures"
    if not found.records:
        return "No run is done yet"
    if all(record.failed for record in found.records):
        return "Every run failed"
    if first is None:
        return "No instance has been run by every solver yet"
    return _verdict(found, first)


def reasons(found: Comparison) -> list[str]:
    """Return the sentences that bear :func:`verdict` out: speed, plans, and classes where they differ."""
    first = lead(found.table)
    if first is None or all(record.failed for record in found.records):
        return []
    return [*_speed(first), *_plans(found), *_classes(found)]


def _verdict(found: Comparison, first: Lead) -> str:
    instances = counted(len({digest for digest, _ in found.table.rows}), "instance")
    rivals = f"of {len(found.table.contenders)} solvers on {instances}"
    if first.second is None:
        return f"{first.first.contender} solved {first.first.solved:,} of {counted(first.first.runs, 'run')} on {instances}"
    if not any(one.solved for one in by_standing(found.table)):
        return f"Nobody solved any of {instances}{_within(found.records)}"
    if first.ratio is None:
        return f"{first.first.contender} solved the most {rivals}"
    if first.ratio.low is None:
        return f"{first.first.contender} was the fastest {rivals}, too few to tell it from noise"
    if first.ratio.significant:
        return f"{first.first.contender} is the fastest {rivals}"
    return f"{first.first.contender} looks the fastest {rivals}, but not by more than noise"


def _speed(first: Lead) -> list[str]:
    if first.second is None:
        return [f"{_did(first.first)}; there is no other solver to compare it with."]
    if first.first.solved == first.second.solved == 0:
        return []
    also = f"it solved {first.second.solved:,}"
    if first.ratio is None:
        return [f"{_did(first.first)}. {first.second.contender} comes next; {also}. Without a time limit, runs that were not solved leave averages open."]
    how = f"{_did(first.first)}. {first.second.contender}, the next, takes {first.ratio.value:.3g} times as long"
    if first.ratio.low is None or first.ratio.high is None:
        return [f"{how}; {also}; {_FEW}."]
    noise = "more" if first.ratio.significant else "no more"
    return [f"{how} ({first.ratio.low:.3g} to {first.ratio.high:.3g} in 95 % of resampled instances), {noise} than noise; {also}."]


def _did(one: Standing) -> str:
    mean = "" if one.mean_s is None else f", in {one.mean_s:.3g} s on average"
    return f"{one.contender} solved {one.solved:,} of {counted(one.runs, 'run')}{mean}"


def _plans(found: Comparison) -> list[str]:
    """Say whose plans were good earliest, by the mean primal integral."""
    integrals = primal_integrals(found.table, found.records)
    first, second, *_ = [*mean_integrals(integrals), None, None]
    if first is None or second is None:
        return []
    less = integral_difference(integrals, second.contender, first.contender)
    figures = f"a primal integral of {first.interval.mean:.3g} gap-seconds on average; {second.contender}, the next, has {second.interval.mean:.3g}"
    return [f"Good plans came earliest from {first.contender}, with {figures}{_noise(less)}."]


def _noise(less: Interval) -> str:
    if less.low is None or less.high is None:
        return ""
    noise = "no more" if less.low <= 0.0 <= less.high else "more"
    return f", a difference of {less.mean:.3g} ({less.low:.3g} to {less.high:.3g}), {noise} than noise"


def _classes(found: Comparison) -> list[str]:
    """Say who is the fastest in each class where that is not the same one everywhere."""
    best = {group: by_standing(found.table.of_group(group))[0] for group in found.table.groups}
    if len({one.contender for one in best.values()}) < 2 or not any(one.solved for one in best.values()):
        return []
    return ["By class the best are: " + "; ".join(f"{group or 'no class'}, {_did(one)}" for group, one in best.items()) + "."]


def _within(records: Sequence[Record]) -> str:
    limit = records[0].limits["time_limit"]
    return "" if limit is None else f" within {limit:g} s"

"""What cannot all be true of the runs of one instance: bounds above plans, proofs of different costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from solver.study.records import Record


@dataclass(frozen=True)
class Verdict:
    """One contradiction.

    Attributes
    ----------
    kind
        ``bound-above-plan``, ``proofs-differ``, ``infeasible-yet-plan``, ``audit-disagrees`` or ``rounding``.
    instance, digest
        Which instance.
    keys
        The runs that contradict each other.
    message
        What is wrong, in a sentence.
    """

    kind: str
    instance: str
    digest: str
    keys: tuple[str, ...]
    message: str

    @property
    def shouted(self) -> bool:
        """Tell whether somebody is wrong; what floating point explains is only noted."""
        return self.kind != "rounding"

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict as plain values."""
        return asdict(self)


def verdicts(records: Iterable[Record]) -> tuple[Verdict, ...]:
    """Return every contradiction among ``records``, instance by instance in the order in which they come."""
    by_instance: dict[str, list[Record]] = {}
    for record in records:
        by_instance.setdefault(record.digest, []).append(record)
    return tuple(verdict for runs in by_instance.values() for verdict in _of_one(runs))


def _of_one(runs: Sequence[Record]) -> Iterator[Verdict]:
    yield from (_verdict("audit-disagrees", [run], f"{_who(run)}: {run.disagreement}") for run in runs if run.disagreement)
    believed = [run for run in runs if not run.failed]
    planned = [(run.audited_cost, run) for run in runs if run.audited_cost is not None]
    if planned:
        cost, cheapest = min(planned, key=lambda one: one[0])
        yield from _above(believed, cost, cheapest)
        yield from (
            _verdict(
                "infeasible-yet-plan",
                [run, cheapest],
                f"{_who(run)} claims that there is no plan, yet {_who(cheapest)} has one, audited at {cheapest.text(cost)}",
            )
            for run in believed
            if run.stop == "infeasible"
        )
    yield from _proofs(believed)


def _above(runs: Sequence[Record], cost: int, cheapest: Record) -> Iterator[Verdict]:
    for run in runs:
        if run.bound is None or run.bound <= cost:
            continue
        said = f"{_who(run)} claims that no plan costs less than {run.text(run.bound)}, yet {_who(cheapest)} has one, audited at {cheapest.text(cost)}"
        yield _verdict("bound-above-plan" if _beyond_rounding(run.bound, cost) else "rounding", [run, cheapest], said)


def _proofs(runs: Sequence[Record]) -> Iterator[Verdict]:
    """Compare the dearest with the cheapest of the costs that were proven to the pound."""
    proven = [(run.audited_cost, run) for run in runs if run.stop == "proved" and run.audited_cost is not None and run.cost == run.bound]
    if not proven:
        return
    (low, least), (high, most) = (choose(proven, key=lambda one: one[0]) for choose in (min, max))
    if _beyond_rounding(high, low):
        said = f"{_who(least)} proves {least.text(low)} to be the least cost, {_who(most)} proves {most.text(high)}"
        yield _verdict("proofs-differ", [least, most], said)


def _beyond_rounding(bound: int, cost: int) -> bool:
    """Tell whether a bound is further above a cost than what :mod:`solver.solve` leaves to floating point: a pound, and one part in a million."""
    return bound - cost > 1 + 1e-6 * abs(cost)


def _verdict(kind: str, runs: Sequence[Record], message: str) -> Verdict:
    return Verdict(kind, runs[0].instance, runs[0].digest, tuple(run.key for run in runs), message)


def _who(run: Record) -> str:
    return f"{run.contender} (seed {run.seed})"

"""What is kept of one run of a study: one line of the store, plain values only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from models.published_unit import amount_number, amount_text
from solver.study.planned import StudyError

NOT_APPLICABLE = "not-applicable"
"""How a run stops that was never begun, because its solver starts from an instance and was given a bare program."""
SCHEMA_VERSION = 1
_NOT_STARTED = frozenset({"licence", "missing"})
"""Reasons with which a run counts as failed though it hands back the plan it began with."""


@dataclass(frozen=True)
class Record:
    """One run, as it went.

    Attributes
    ----------
    key, attempt
        Digest of what was run, and the how-manieth time this is, from 1.
    instance, path, group, digest, size
        Title, where from, class, digest, and counts of bodies, services, centres, commercial models and, where built, columns, rows and nonzeros.
    contender, solver, solver_version, back_end, version
        What tables call it; the solver and its version; the back end that the engine or ``auto`` used; the version of this program.
    options, seed, limits
        What was asked.
    machine, cores
        Where it ran, and the cores it was held to; empty when to none.
    began
        UTC time at which it began, ISO 8601.
    stop, reason, message, raw_status
        Why it stopped: word, code, sentence, the solver's own words.
    cost, bound, gap
        Whole money, whole money, fraction; ``None`` where there is none.
    audit
        ``ok``, ``breaches`` or, without a plan, empty.
    disagreement
        How audit and solver contradict each other; empty when they do not.
    seconds
        Construction, engine and solver at work, which is what the time limit holds; the clock of ``events``.
    build_s, time_s, wall_s
        Seconds to write the program, of the whole of solving, and of the run's process from start to end.
    peak_memory_mb, run_memory_mb
        Highest resident memory in MiB of the solver's process, and of the one that read the instance and wrote the program.
    events
        (seconds, cost, bound) as they came.
    log
        The solver's log, relative to the study's folder; empty when there is none.
    money_scale
        How many units of cost and bound are one of the unit of the file that the instance was published in; 1 for all others.
    """

    key: str
    attempt: int
    instance: str
    path: str
    group: str
    digest: str
    size: Mapping[str, int | None]
    contender: str
    solver: str
    solver_version: str
    back_end: str
    version: str
    options: Mapping[str, str]
    seed: int
    limits: Mapping[str, Any]
    machine: Mapping[str, Any]
    cores: tuple[int, ...]
    began: str
    stop: str
    reason: str
    message: str
    raw_status: str
    cost: int | None
    bound: int | None
    gap: float | None
    audit: str
    disagreement: str
    seconds: float
    build_s: float
    time_s: float
    wall_s: float
    peak_memory_mb: float
    run_memory_mb: float
    events: tuple[tuple[float, int | None, float | None], ...]
    log: str
    money_scale: int = 1

    @property
    def applicable(self) -> bool:
        """Tell whether the contender can do anything with such an input at all; where it cannot, it is not compared."""
        return self.stop != NOT_APPLICABLE

    @property
    def failed(self) -> bool:
        """Tell whether the solver failed, was not there, or contradicts the audit: such a run says nothing of how good it is."""
        return self.stop == "failed" or self.reason in _NOT_STARTED

    @property
    def solved(self) -> bool:
        """Tell whether the run came to the end it was asked for: proof within the gap, or proof that there is no plan."""
        return not self.failed and self.stop in ("proved", "infeasible")

    @property
    def audited_cost(self) -> int | None:
        """Return the cost of the plan where it keeps every hard rule by the audit."""
        return self.cost if self.audit == "ok" else None

    def text(self, amount: int) -> str:
        """Return whole money of this run in the unit of the instance's own file."""
        return amount_text(amount, self.money_scale)

    def published(self, amount: int | None) -> int | float | None:
        """Return the same as a number; ``None`` where there is none, or the unit is the same."""
        return None if amount is None or self.money_scale == 1 else amount_number(amount, self.money_scale)

    def as_dict(self) -> dict[str, Any]:
        """Return the record as plain values, ready for JSON."""
        return {"schema_version": SCHEMA_VERSION, **vars(self)}


def record_from_dict(values: Mapping[str, Any]) -> Record:
    """Return the record that ``values`` hold; what a later version added is passed over.

    Raises
    ------
    StudyError
        When something is missing, or the record is of another schema.
    """
    if values.get("schema_version") != SCHEMA_VERSION:
        raise StudyError(f"a record of schema {values.get('schema_version')!r} where {SCHEMA_VERSION} is known")
    missing = [one.name for one in fields(Record) if one.default is MISSING and one.name not in values]
    if missing:
        raise StudyError(f"a record without {', '.join(missing)}")
    events = tuple((float(seconds), cost, bound) for seconds, cost, bound in values["events"])
    known = {one.name: values[one.name] for one in fields(Record) if one.name in values}
    return Record(**{**known, "events": events, "cores": tuple(values["cores"])})


def latest(records: Iterable[Record]) -> dict[str, Record]:
    """Return the record that counts for each key: that of the last attempt."""
    found: dict[str, Record] = {}
    for record in records:
        if record.key not in found or record.attempt > found[record.key].attempt:
            found[record.key] = record
    return found

"""Under what a comparison was made: limits, machines, versions, when, and what is missing of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from report.money import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from report.comparison import Comparison
    from solver.study.records import Record

_DAY_AND_MINUTE = len("2026-01-01T00:00")


def facts(found: Comparison) -> list[tuple[str, str]]:
    """Return names and texts of what a reader needs to know before believing any time."""
    records = found.records
    if not records:
        return [("Missing", counted(found.missing, "run"))]
    machines = _machines(records)
    apart = " (times on different machines do not compare)" if len(machines) > 1 else ""
    return [
        ("Each run", _limits(records[0])),
        ("Machine", f"{'; '.join(machines)}{apart}" if machines else "not recorded"),
        ("Versions", "; ".join([f"consortia {', '.join(_told(records, 'version'))}", *(f"{name} {words}" for name, words in _versions(records).items())])),
        ("Begun", _begun(records)),
        ("Missing", f"{counted(found.missing, 'run')} not done yet; {_failed(records)}"),
    ]


def conditions(found: Comparison) -> dict[str, Any]:
    """Return the same as plain values, ready for JSON."""
    records = found.records
    return {
        "limits": dict(records[0].limits) if records else None,
        "machines": _machines(records),
        "versions": _told(records, "version"),
        "solver_versions": _versions(records),
        "began": {"first": min((one.began for one in records), default=None), "last": max((one.began for one in records), default=None)},
        "failed": sum(record.failed for record in records),
    }


def _limits(record: Record) -> str:
    limits = record.limits
    words = [
        "no time limit" if limits["time_limit"] is None else f"{limits['time_limit']:g} seconds",
        f"gap {limits['gap']:g}" if limits["gap"] else "asked for proof",
        counted(limits["threads"], "thread"),
        *([f"{limits['memory_mb']} MB"] if limits["memory_mb"] else []),
        "from a constructed plan" if limits["construct"] else "without a constructed plan",
    ]
    return ", ".join(words)


def _machines(records: Sequence[Record]) -> list[str]:
    """Return the machines in words, each once."""
    found = set()
    for machine in (record.machine for record in records if record.machine):
        words = [str(machine[name]) for name in ("system", "processor") if machine.get(name)]
        words += [f"{machine['cores']} cores"] if machine.get("cores") else []
        words += [f"Python {machine['python']}"] if machine.get("python") else []
        found.add(", ".join(words))
    return sorted(found)


def _versions(records: Sequence[Record]) -> dict[str, str]:
    """Return the version of each contender's solver, with the back ends it used where they are others."""
    found = {}
    for name in dict.fromkeys(record.contender for record in records):
        own = [record for record in records if record.contender == name]
        ends = _told(own, "back_end")
        found[name] = (", ".join(_told(own, "solver_version")) or "unknown") + (f" (with {', '.join(ends)})" if ends else "")
    return found


def _failed(records: Sequence[Record]) -> str:
    """Return how many runs failed, and of whom why."""
    kinds = Counter(f"{record.contender} {record.reason or record.stop}" for record in records if record.failed)
    why = ", ".join(f"{kind} {count:,}" for kind, count in kinds.items())
    return f"{counted(kinds.total(), 'run')} failed" + (f" ({why})" if why else "")


def _told(records: Sequence[Record], name: str) -> list[str]:
    return sorted({value for record in records if (value := str(getattr(record, name)))})


def _begun(records: Sequence[Record]) -> str:
    first, last = (choose(record.began for record in records)[:_DAY_AND_MINUTE].replace("T", " ") for choose in (min, max))
    minutes = sum(record.wall_s for record in records) / 60
    return f"{first} to {last} UTC; the runs took " + (f"{minutes / 60:,.1f} hours" if minutes >= 120 else f"{minutes:.1f} minutes")

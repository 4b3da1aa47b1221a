"""Audit a stored plan, and hold the figures stored with it against the ones recomputed."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.audit import audit
from models.plan_view import Breach

if TYPE_CHECKING:
    from models.audit import Audit
    from models.instance import Instance
    from models.plan import Plan


def audit_stored(instance: Instance, plan: Plan, path: Path) -> dict[str, Any]:
    """Return the audit of ``plan`` as plain values; ``path`` is the run folder or ``plan.json`` whose stored figures must hold too."""
    found = audit(instance, plan)
    stored = _stored_breaches(instance, found, path)
    record = found.as_dict()
    record["breaches"] += [breach.__dict__ for breach in stored]
    record["audit"] = "ok" if not record["breaches"] else record["breaches"]
    return record


def _stored_breaches(instance: Instance, found: Audit, path: Path) -> list[Breach]:
    folder = path if path.is_dir() else path.parent
    plan_file = path / "plan.json" if path.is_dir() else path
    plan_record = _json(plan_file)
    records = {plan_file.name: plan_record.get("run") or {}}
    if path.is_dir():
        records["run.json"] = _json(folder / "run.json")
    digest = instance.digest()
    breaches = []
    for name, record in {plan_file.name: plan_record, **records}.items():
        if record.get("digest", digest) != digest:
            breaches.append(Breach("stored-digest", f"{name} was made for instance {record['digest']}, this is {digest}"))
    for name, record in records.items():
        breaches += _record_breaches(name, record, found)
    if path.is_dir():
        breaches += _cost_table_breaches(folder / "costs.csv", found)
    return breaches


def _json(file: Path) -> dict[str, Any]:
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _record_breaches(name: str, record: dict[str, Any], found: Audit) -> list[Breach]:
    breaches = []
    for key, recomputed in (("cost", found.cost), ("do_nothing_cost", found.do_nothing_cost), ("saving", found.saving), ("penalty", found.penalty)):
        stored = record.get(key)
        if stored is not None and stored != recomputed:
            amount = abs(stored - recomputed) if isinstance(stored, int) else 1
            breaches.append(Breach("stored-cost", f"{name} says {key} {stored}, recomputed {recomputed}", amount))
    stored_components = record.get("components")
    if stored_components is not None and stored_components != found.by_component():
        breaches.append(Breach("stored-cost", f"{name} splits the cost into components otherwise than recomputed"))
    bound = record.get("bound")
    if isinstance(bound, int) and bound > found.cost:
        breaches.append(Breach("stored-bound", f"{name} claims no plan costs less than {bound}, but this one costs {found.cost}", bound - found.cost))
    return breaches


def _cost_table_breaches(file: Path, found: Audit) -> list[Breach]:
    """Compare the stored cost table, line by line, whatever its order."""
    if not file.is_file():
        return []
    keys = ("component", "body", "service", "centre", "commercial_model")
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            stored = Counter((*(row[key] for key in keys), row["net_present_cost"]) for row in csv.DictReader(stream))
    except (KeyError, UnicodeDecodeError, csv.Error) as error:
        return [Breach("stored-cost", f"{file.name} cannot be read: {error}")]
    right = Counter((*(getattr(line, key) for key in keys), str(line.net_present_cost)) for line in found.lines)
    return [
        Breach("stored-cost", f"{file.name} has {' / '.join(part for part in line if part)}, which is not so", count, line[1], line[3], line[2])
        for line, count in sorted((stored - right).items())[:20]
    ] + [
        Breach("stored-cost", f"{file.name} lacks {' / '.join(part for part in line if part)}", count, line[1], line[3], line[2])
        for line, count in sorted((right - stored).items())[:20]
    ]

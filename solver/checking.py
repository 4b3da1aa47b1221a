"""Audit a stored plan, and hold the figures stored with it against the ones recomputed."""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.appraisal.appraise import appraise, main_figures
from models.audit import audit
from models.plan_tables import plan_tables
from models.plan_view import Breach
from solver.solve import relative_gap

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from models.audit import Audit
    from models.instance import Instance
    from models.plan import Plan

_TABLE_COLUMNS = {
    "assignments": ("body", "service", "centre", "commercial_model"),
    "clusters": ("centre", "commercial_model", "lead", "owners"),
    "cluster_services": ("centre", "service", "band"),
    "bodies": ("body", "do_nothing_cost", "direct_cost", "shared_cost", "plan_cost", "saving"),
    "shares": ("body", "centre", "key", "weight", "do_nothing_cost", "direct_cost", "shared_cost", "plan_cost", "saving"),
    "sectors": ("sector", "bodies", "sharing", "worse_off", "plan_cost", "saving"),
    "costs": ("component", "body", "service", "centre", "commercial_model", "net_present_cost"),
}
"""What decides and what costs; what only describes may be worded otherwise by another version."""
_WORDED = frozenset({"notes", "optimism_bias"})
"""Parts of an appraisal that hold sentences and sources."""


def audit_stored(instance: Instance, plan: Plan, path: Path) -> dict[str, Any]:
    """Return the audit of ``plan`` as plain values; ``path`` is the run folder or ``plan.json`` whose stored figures must hold too."""
    found = audit(instance, plan)
    stored = _stored_breaches(instance, plan, found, path)
    record = found.as_dict()
    record["breaches"] += [breach.__dict__ for breach in stored]
    record["audit"] = "ok" if not record["breaches"] else record["breaches"]
    return record


def _stored_breaches(instance: Instance, plan: Plan, found: Audit, path: Path) -> list[Breach]:
    folder = path if path.is_dir() else path.parent
    plan_file = path / "plan.json" if path.is_dir() else path
    plan_record = _json(plan_file)
    inner = plan_record.get("run")
    records = {plan_file.name: inner if isinstance(inner, dict) else {}}
    if path.is_dir():
        records["run.json"] = _json(folder / "run.json")
    digest = instance.digest()
    breaches = []
    for name, record in {plan_file.name: plan_record, **records}.items():
        if record.get("digest", digest) != digest:
            breaches.append(Breach("stored-digest", f"{name} was made for instance {record['digest']}, this is {digest}"))
    worth = main_figures(appraise(instance, plan, found))
    for name, record in records.items():
        breaches += _record_breaches(name, record, found)
        breaches += _appraisal_breaches(name, record.get("appraisal"), worth)
    if path.is_dir():
        tables = plan_tables(instance, plan, found)
        for name, columns in _TABLE_COLUMNS.items():
            breaches += _table_breaches(folder / f"{name}.csv", columns, tables[name])
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
    stored_worse_off = record.get("worse_off")
    if stored_worse_off is not None and stored_worse_off != found.shares.as_dict():
        breaches.append(Breach("stored-cost", f"{name} says otherwise than recomputed which bodies are worse off"))
    bound = record.get("bound")
    if isinstance(bound, int | float) and bound > found.cost:
        amount = math.ceil(bound - found.cost)
        breaches.append(Breach("stored-bound", f"{name} claims no plan costs less than {bound}, but this one costs {found.cost}", amount))
    gap = record.get("gap")
    if isinstance(bound, int) and gap is not None and gap != relative_gap(found.cost, bound):
        breaches.append(Breach("stored-bound", f"{name} says gap {gap}, which does not follow from its bound and the recomputed cost"))
    return breaches


def _appraisal_breaches(name: str, stored: Any, worth: Mapping[str, Any]) -> list[Breach]:
    """Compare stored figures of an appraisal with those recomputed; notes may be worded otherwise by another version."""
    if not isinstance(stored, dict):
        return []
    return [
        Breach("stored-appraisal", f"{name} says {key} {stored[key]}, recomputed {recomputed}")
        for key, recomputed in worth.items()
        if key in stored and key not in _WORDED and stored[key] != recomputed
    ]


def _table_breaches(file: Path, columns: tuple[str, ...], table: pd.DataFrame) -> list[Breach]:
    """Compare a stored table with the recomputed one, line by line, whatever its order."""
    if not file.is_file():
        return []
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            stored = Counter(tuple(row[column] or "" for column in columns) for row in csv.DictReader(stream))
    except (KeyError, UnicodeDecodeError, csv.Error) as error:
        return [Breach("stored-table", f"{file.name} cannot be read: {error}")]
    # Through a file's text, so that both sides went through the same quoting and line ends.
    right = Counter(tuple(row[column] or "" for column in columns) for row in csv.DictReader(io.StringIO(table.to_csv(index=False), newline="")))
    breaches = []
    for wrong, what in ((stored - right, "has {}, which is not so"), (right - stored, "lacks {}")):
        for line, count in sorted(wrong.items())[:20]:
            place = dict(zip(columns, line, strict=True))
            told = what.format(" / ".join(part for part in line if part))
            breaches.append(Breach("stored-table", f"{file.name} {told}", count, place.get("body", ""), place.get("centre", ""), place.get("service", "")))
    return breaches

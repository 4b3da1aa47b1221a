"""Audit a stored plan, and hold the figures stored with it against the ones recomputed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from models.audit import audit
from models.plan_tables import plan_tables
from models.plan_view import Breach
from models.published_unit import published_unit
from models.rules import active_rules
from solver.judgement import relative_gap
from solver.run_folder import CERTIFICATE_FILE, RECORD_FILE
from solver.stored_record import expected_figures, record_breaches
from solver.stored_tables import table_breaches

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from models.audit import Audit
    from models.instance import Instance
    from models.plan import Plan


def audit_stored(instance: Instance, plan: Plan, path: Path) -> dict[str, Any]:
    """Return the audit of ``plan`` as plain values; ``path`` is the run folder or ``plan.json`` whose stored figures must hold too."""
    found = audit(instance, plan)
    stored = stored_breaches(instance, plan, found, path)
    proven, refused = _certified(instance, path, found.cost)
    stored += refused
    unit = published_unit(instance.settings)
    record = {**found.as_dict(), **proven, **({} if unit is None else {"published_cost": unit.number(found.cost), "money_scale": unit.money_scale})}
    record["breaches"] += [breach.__dict__ for breach in stored]
    record["audit"] = "ok" if not record["breaches"] else record["breaches"]
    return record


def _certified(instance: Instance, path: Path, cost: int) -> tuple[dict[str, Any], list[Breach]]:
    """Return what the certificate of a run folder proves, recomputed without any solver, and what is wrong with it."""
    from solver.engine.certificate_file import BadCertificate, proven_by
    from solver.engine.relaxation import left_out

    file = path / CERTIFICATE_FILE
    claim = _json(path / RECORD_FILE) if path.is_dir() else None
    claimed = _certified_claim(claim)
    if not path.is_dir() or not file.exists():
        if claimed is None:
            return {}, []
        return {}, [Breach("stored-missing", f"{CERTIFICATE_FILE} is missing, and {RECORD_FILE} tells of a bound it proves")]
    certificate = _json(file)
    if certificate is None:
        return {}, [Breach("stored-certificate", f"{CERTIFICATE_FILE} cannot be read")]
    try:
        bound = proven_by(instance, certificate)
    except BadCertificate as error:
        return {}, [Breach("stored-certificate", f"{CERTIFICATE_FILE} is refused: {error}")]
    without = list(left_out(active_rules(instance)))
    proven = {"certified_bound": bound, "certified_gap": relative_gap(cost, bound), "bound_without": without}
    wrong = [
        Breach("stored-certificate", f"{name} claims that no plan costs less than {said}; the prices prove {bound}", 1)
        for name, said in ((CERTIFICATE_FILE, certificate.get("bound")), (RECORD_FILE, claimed))
        if said is not None and said != bound
    ]
    if bound > cost:
        wrong.append(Breach("stored-certificate", f"{CERTIFICATE_FILE} proves that no plan costs less than {bound}, and this one costs {cost}", 1))
    return proven, wrong


def _certified_claim(record: Mapping[str, Any] | None) -> int | None:
    provenance = None if record is None else record.get("provenance")
    claimed = provenance.get("engine_bound") if isinstance(provenance, dict) else None
    return claimed if isinstance(claimed, int) else None


def stored_breaches(instance: Instance, plan: Plan, found: Audit, path: Path) -> list[Breach]:
    """Return where the files of ``path`` say otherwise than ``found``, the audit of ``plan``, or are missing.

    What a run went through (``events.jsonl``, ``solver.log``) cannot be recomputed and is left out.
    """
    expected = expected_figures(instance, plan, found)
    if not path.is_dir():
        return _plan_breaches(path, expected, None)
    breaches = []
    record = _json(path / RECORD_FILE)
    if record is None:
        breaches.append(Breach("stored-missing", f"{RECORD_FILE} is missing or cannot be read"))
    else:
        breaches += record_breaches(RECORD_FILE, record, expected, asked_gap(record))
    breaches += _plan_breaches(path / "plan.json", expected, None if record is None else asked_gap(record))
    return breaches + table_breaches(path, plan_tables(instance, plan, found))


def claims_plan(folder: Path) -> bool:
    """Tell whether the record of a run folder tells of a plan, or cannot be read, so that the lack of ``plan.json`` is a loss."""
    record = _json(folder / RECORD_FILE)
    return record is None or record.get("cost") is not None or bool(record.get("clusters"))


def asked_gap(record: Mapping[str, Any]) -> float | None:
    """Return the relative gap the run of ``record`` was asked for, as a fraction; ``None`` when it does not say."""
    provenance = record.get("provenance")
    options = provenance.get("options") if isinstance(provenance, dict) else None
    asked = options.get("gap") if isinstance(options, dict) else None
    return float(asked) if isinstance(asked, int | float) else None


def _plan_breaches(file: Path, expected: Mapping[str, Any], asked: float | None) -> list[Breach]:
    """Compare what ``plan.json`` says beside its plan; a plan from elsewhere need not say anything."""
    whole = _json(file)
    if whole is None:
        return [Breach("stored-missing", f"{file.name} is missing or cannot be read")]
    breaches = []
    if "digest" in whole and whole["digest"] != expected["digest"]:
        breaches.append(Breach("stored-digest", f"{file.name} was made for instance {whole['digest']}, this is {expected['digest']}"))
    inner = whole.get("run")
    if isinstance(inner, dict):
        breaches += record_breaches(file.name, inner, expected, asked)
    # The digest stands in the file twice.
    return list(dict.fromkeys(breaches))


def _json(file: Path) -> dict[str, Any] | None:
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None

"""A run on disk: written whole or not at all, read back with nothing lost."""

from __future__ import annotations

import dataclasses
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.cost_shares import KEYS
from models.plan import InvalidPlan, Plan, plan_from_dict
from models.plan_tables import plan_tables
from models.published_unit import unit_from
from models.tables import read_instance, write_instance
from models.whole_writing import refuse_folder, whole_folder

if TYPE_CHECKING:
    from models.instance import Instance
    from solver.solve import Run

RUN_SCHEMA_VERSION = 1
TABLES = ("assignments", "clusters", "cluster_services", "owners", "bodies", "shares", "sectors", "costs", "years", "rules")
RECORD_FILE = "run.json"
CERTIFICATE_FILE = "certificate.json"
_OTHER_FILES = ("plan.json", "instance.json", "events.jsonl", "solver.log", "report.html", CERTIFICATE_FILE)
OWN_FILES = frozenset({RECORD_FILE, *_OTHER_FILES, *(f"{name}.csv" for name in TABLES)})
"""What a run folder holds, the record always; nothing else is ever replaced."""
_MONEY = ("cost", "bound", "do_nothing_cost", "saving", "penalty")


@dataclass(frozen=True)
class StoredRun:
    """A run read back: ``record`` is what ``run.json`` holds, ``instance`` what was solved."""

    folder: Path
    instance: Instance
    plan: Plan | None
    record: dict[str, Any]


def run_record(run: Run, folder: Path | None = None) -> dict[str, Any]:
    """Return what ``solve --format json`` prints and ``run.json`` stores; keys are stable, more may be added."""
    audit: Any = None
    unit = unit_from(run.provenance.get("published"))
    if run.audit is not None:
        audit = "ok" if run.audit.ok else [breach.__dict__ for breach in run.audit.breaches]
    return {
        "schema_version": RUN_SCHEMA_VERSION,
        "instance": run.provenance.get("instance", ""),
        "digest": run.provenance.get("digest", ""),
        "solver": run.provenance.get("solver", ""),
        "stop": str(run.stop),
        "message": run.message,
        "reason": run.reason,
        "raw_status": run.raw_status,
        "disagreement": run.disagreement,
        "start": run.provenance.get("given", ""),
        "cost": run.cost,
        "bound": run.bound,
        "gap": run.gap,
        "do_nothing_cost": None if run.audit is None else run.audit.do_nothing_cost,
        "saving": None if run.audit is None else run.audit.saving,
        "penalty": None if run.audit is None else run.audit.penalty,
        "components": None if run.audit is None else run.audit.by_component(),
        "worse_off": None if run.audit is None else run.audit.shares.as_dict(),
        "appraisal": None if run.appraisal is None else dict(run.appraisal),
        "time_s": run.provenance.get("time_s"),
        "audit": audit,
        "clusters": None if run.plan is None else len(run.plan.clusters),
        "run": None if folder is None else str(folder),
        **({} if unit is None else unit.amounts(run.cost, run.bound)),
        "provenance": dict(run.provenance),
    }


def write_run(run: Run, instance: Instance, folder: Path, *, log: Path | None = None, force: bool = False) -> None:
    """Write ``run`` to ``folder``.

    Raises
    ------
    FileExistsError
        When the folder exists and ``force`` is not given, or holds anything but an earlier run.
    """
    refuse_overwrite(folder, force=force)
    with whole_folder(folder, OWN_FILES, marker=RECORD_FILE, force=force) as scratch:
        _fill(run, instance, scratch, folder, log)


def refuse_overwrite(folder: Path, *, force: bool) -> None:
    """Raise ``FileExistsError`` when writing a run to ``folder`` would overwrite something it should not."""
    refuse_folder(folder, OWN_FILES, marker=RECORD_FILE, force=force)
    if (folder / RECORD_FILE).exists() and not _is_run(folder):
        raise FileExistsError(f"{folder} is not an earlier run, so it is left alone even with --force")


def _is_run(folder: Path) -> bool:
    try:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and record.keys() >= {"schema_version", "digest", "stop"}


def _fill(run: Run, instance: Instance, staging: Path, folder: Path, log: Path | None) -> None:
    record = run_record(run, folder)
    (staging / "run.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    write_instance(instance, staging / "instance.json")
    events = [json.dumps({"t": event.seconds, "cost": event.cost, "bound": event.bound, "source": event.source}) for event in run.events]
    (staging / "events.jsonl").write_text("".join(f"{line}\n" for line in events), encoding="utf-8")
    if log is not None and log.is_file():
        shutil.copyfile(log, staging / "solver.log")
    else:
        (staging / "solver.log").touch()
    if run.certificate is not None:
        (staging / CERTIFICATE_FILE).write_text(json.dumps(run.certificate) + "\n", encoding="utf-8")
    if run.plan is None or run.audit is None:
        return
    whole = {
        **run.plan.as_dict(),
        "instance": record["instance"],
        "digest": record["digest"],
        "resting": _resting(run, instance, run.plan),
        "run": {**record, "provenance": None},
    }
    (staging / "plan.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    for name, table in plan_tables(instance, run.plan, run.audit).items():
        table.to_csv(staging / f"{name}.csv", index=False)


def _resting(run: Run, instance: Instance, plan: Plan) -> list[dict[str, Any]] | None:
    """Return the choices that rest on figures of grade C or D; ``None`` where they were not worked out: it would take long, or the run is in doubt."""
    from solver.judgement import Stop
    from solver.sensitivity.resting import quickly_told, resting_choices

    in_doubt = run.stop is Stop.CANCELLED or bool(run.disagreement) or run.audit is None or not run.audit.ok
    if in_doubt or not quickly_told(instance, plan):
        return None
    return [dataclasses.asdict(one) for one in resting_choices(instance, plan)[0]]


def read_plan(path: Path) -> Plan:
    """Return the plan of a run folder or a ``plan.json``.

    Raises
    ------
    InvalidPlan
        When there is none or it cannot be read.
    """
    file = path / "plan.json" if path.is_dir() else path
    try:
        return plan_from_dict(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise InvalidPlan(f"{file}: no such file") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InvalidPlan(f"{file}: not JSON ({error})") from None
    except InvalidPlan as error:
        raise InvalidPlan(f"{file}: {error}") from None
    except OSError as error:
        raise InvalidPlan(f"{file}: {error.strerror}") from None


def stored_digest(path: Path) -> str:
    """Return the digest of the instance that a run folder's plan was made for; empty where nothing says so, as beside a lone ``plan.json``."""
    try:
        record = json.loads((path / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(record.get("digest", "")) if isinstance(record, dict) else ""


def stored_bound(path: Path, digest: str, cost: int) -> int | None:
    """Return the bound stored with a run of the instance of ``digest``; ``None`` when there is none, it is another's, or a plan of ``cost`` belies it."""
    file = path / "run.json" if path.is_dir() else path
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    inner = record.get("run") if isinstance(record, dict) and file.name != "run.json" else record
    if not isinstance(inner, dict) or inner.get("digest") != digest:
        return None
    bound = inner.get("bound")
    return bound if isinstance(bound, int) and bound <= cost else None


def read_run(folder: Path) -> StoredRun:
    """Return a stored run.

    Raises
    ------
    InvalidPlan
        When the folder is not a run.
    models.findings.InvalidInstance
        When its instance cannot be read.
    """
    try:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError, UnicodeDecodeError):
        raise InvalidPlan(f"{folder}: not a run folder (no readable run.json)") from None
    if not isinstance(record, dict) or record.get("schema_version") != RUN_SCHEMA_VERSION:
        raise InvalidPlan(f"{folder}: run.json is not of schema version {RUN_SCHEMA_VERSION}")
    _refuse_record(folder, record)
    plan = read_plan(folder) if (folder / "plan.json").is_file() else None
    return StoredRun(folder, read_instance(folder / "instance.json"), plan, record)


def _refuse_record(folder: Path, record: dict[str, Any]) -> None:
    """Raise ``InvalidPlan`` when a stored record lacks what a run is told by, or holds it as something else."""
    expected: dict[str, tuple[type, ...]] = {
        **dict.fromkeys(("instance", "digest", "solver", "stop"), (str,)),
        **dict.fromkeys(_MONEY, (int, type(None))),
        "gap": (int, float, type(None)),
        "time_s": (int, float, type(None)),
        "clusters": (int, type(None)),
        "components": (dict, type(None)),
        "audit": (str, list, type(None)),
        "provenance": (dict,),
    }
    for key, kinds in expected.items():
        if key not in record:
            raise InvalidPlan(f"{folder}: run.json lacks {key}")
        if not isinstance(record[key], kinds):
            raise InvalidPlan(f"{folder}: run.json has {record[key]!r} as {key}")
    if record["cost"] is not None and any(record[key] is None for key in ("saving", "do_nothing_cost", "penalty")):
        raise InvalidPlan(f"{folder}: run.json has a cost without do_nothing_cost, saving and penalty")
    _refuse_worse_off(folder, record.get("worse_off"))
    if any(not isinstance(total, int) for total in (record["components"] or {}).values()):
        raise InvalidPlan(f"{folder}: run.json has components that are not whole money")


def _refuse_worse_off(folder: Path, stored: Any) -> None:
    """Raise ``InvalidPlan`` when a record says who is worse off in other words than :meth:`models.cost_shares.CostShares.as_dict`."""
    if stored is None:
        return
    kinds = {"key": str, "bodies": int, "most": int, "body": str}
    if not isinstance(stored, dict) or any(not isinstance(stored.get(name), kind) for name, kind in kinds.items()) or stored["key"] not in KEYS:
        raise InvalidPlan(f"{folder}: run.json has {stored!r} as worse_off")

"""Records and planned runs made by hand."""

from typing import Any

from solver.study.planned import Contender, Limits, PlannedRun, Subject
from solver.study.records import Record

SIZE = {"bodies": 4, "services": 2, "centres": 2, "commercial_models": 2}


def subject(name: str = "one", group: str = "") -> Subject:
    return Subject(f"{name}.json", name, f"digest-{name}", group, SIZE)


def planned(name: str = "one", solver: str = "highs", seed: int = 0, limits: Limits | None = None, **options: str) -> PlannedRun:
    return PlannedRun(subject(name), Contender(solver, options), seed, limits or Limits(10.0))


def record(name: str = "one", contender: str = "highs", seed: int = 0, **changed: Any) -> Record:
    """Return a record of a run that proved a cost of 100 after 2 of 10 seconds."""
    values: dict[str, Any] = {
        "key": f"{name}/{contender}/{seed}",
        "attempt": 1,
        "instance": name,
        "path": f"{name}.json",
        "group": "",
        "digest": f"digest-{name}",
        "size": SIZE,
        "contender": contender,
        "solver": contender,
        "solver_version": "1",
        "back_end": "",
        "version": "0",
        "options": {},
        "seed": seed,
        "limits": Limits(10.0).as_dict(),
        "machine": {},
        "cores": (0,),
        "began": "2026-01-01T00:00:00+00:00",
        "stop": "proved",
        "reason": "",
        "message": "",
        "raw_status": "optimal",
        "cost": 100,
        "bound": 100,
        "gap": 0.0,
        "audit": "ok",
        "disagreement": "",
        "seconds": 2.0,
        "build_s": 0.1,
        "time_s": 2.1,
        "wall_s": 3.0,
        "peak_memory_mb": 50.0,
        "run_memory_mb": 90.0,
        "events": (),
        "log": "",
    }
    return Record(**{**values, **changed})


def timed_out(name: str = "one", contender: str = "highs", seed: int = 0, **changed: Any) -> Record:
    values = {"stop": "limit", "reason": "time-limit", "cost": 110, "bound": 90, "gap": 20 / 110, "seconds": 10.0, **changed}
    return record(name, contender, seed, **values)

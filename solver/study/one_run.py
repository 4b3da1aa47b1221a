"""One run of a study in a process of its own: ``python -m solver.study.one_run DESCRIPTOR``, the job as a line on standard input, the record out.

Standard input stays open as a leash: when it ends, the run is asked to stop, for whoever began it is leaving or gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.instance import Instance
    from solver.solve import Run

_LEAVES_WITHIN_S = 20.0
"""How long a run may take to stop when the leash is gone; a solver has its own, shorter grace inside."""


def main(arguments: list[str]) -> int:
    """Do the job on standard input and write what came of it to the descriptor given."""
    job = json.loads(sys.stdin.readline())
    cancel = threading.Event()
    threading.Thread(target=_hold_leash, args=(cancel,), daemon=True).start()
    if job["cores"]:
        # Before anything is imported, so that every thread started is held to these cores.
        os.sched_setaffinity(0, job["cores"])
    answer = json.dumps(_done(job, cancel)).encode()
    with contextlib.suppress(BrokenPipeError), os.fdopen(int(arguments[0]), "wb") as stream:
        stream.write(answer)
    return 0


def outcome_of(run: Run, instance: Instance) -> dict[str, Any]:
    """Return those fields of a record that a run decides."""
    told = run.provenance
    audit = "" if run.audit is None else "ok" if run.audit.ok else "breaches"
    return {
        "instance": instance.settings.title,
        "size": {**size_of(instance), **{name: told.get(name) for name in ("columns", "rows", "nonzeros")}},
        "solver_version": told.get("solver_version", ""),
        "back_end": _back_end(told),
        "machine": told["machine"],
        "stop": str(run.stop),
        "reason": run.reason,
        "message": run.message,
        "raw_status": run.raw_status,
        "cost": run.cost,
        "bound": run.bound,
        "gap": run.gap,
        "audit": audit,
        "disagreement": run.disagreement,
        "seconds": float(told["counted_s"]),
        "build_s": float(told["build_s"]),
        "time_s": float(told["time_s"]),
        "peak_memory_mb": float(told.get("peak_memory_mb") or 0.0),
        "events": [(round(event.seconds, 4), event.cost, event.bound) for event in run.events],
    }


def size_of(instance: Instance) -> dict[str, int]:
    """Return how many bodies, services, centres and commercial models an instance has."""
    return {name: len(instance.table(name)) for name in ("bodies", "services", "centres", "commercial_models")}


def _done(job: Mapping[str, Any], cancel: threading.Event) -> dict[str, Any]:
    from pathlib import Path

    from instances.reading import read
    from models.findings import InvalidInstance
    from solver.backends.process import resident_peak_mb
    from solver.programs.mps_file import is_program
    from solver.programs.program_run import program_outcome
    from solver.solve import solve
    from solver.study.contents import content_at

    limits = job["limits"]
    try:
        if is_program(job["path"], job["format"]):
            return {**program_outcome(job, cancel), "run_memory_mb": resident_peak_mb(os.getpid())}
        instance = content_at(job["content"]) if job["content"] else read(job["path"], job["format"])
        if instance.digest() != job["digest"]:
            return _failed(f"{job['path']} is no longer the instance that the study began with")
        run = solve(
            instance,
            job["solver"],
            time_limit=limits["time_limit"],
            gap=limits["gap"],
            threads=limits["threads"],
            seed=job["seed"],
            memory_mb=limits["memory_mb"],
            solver_options=job["options"],
            construct=limits["construct"],
            appraises=False,
            log_path=Path(job["log"]),
            cancel=cancel,
        )
    except (InvalidInstance, OSError, OverflowError, KeyError) as error:
        return _failed(f"{job['path']}: {error}")
    except MemoryError:
        return _failed("out of memory")
    return {**outcome_of(run, instance), "run_memory_mb": resident_peak_mb(os.getpid())}


def _failed(message: str) -> dict[str, Any]:
    return {"stop": "failed", "reason": "crash", "message": message}


def _back_end(told: Mapping[str, Any]) -> str:
    """Return the back end that did the work where another name was asked for: the engine and ``auto`` choose one."""
    if "back_end" in told:
        return f"{told['back_end']} {told.get('back_end_version', '')}".strip()
    return str(told["solver"]) if told.get("chosen") not in (None, "", "asked for") else ""


def _hold_leash(cancel: threading.Event) -> None:
    for _ in sys.stdin:
        pass
    cancel.set()
    time.sleep(_LEAVES_WITHIN_S)
    os._exit(1)


def leave(code: int) -> None:
    """End this process at once: the thread that holds the leash reads for ever, and waiting for it would hang the exit."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    leave(main(sys.argv[1:]))

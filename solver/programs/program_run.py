"""One run of a study on a program from elsewhere: solved by a back end, its answer judged in exact integers; there is no plan to audit."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solver import engine, textbook
from solver.auto import choose
from solver.backends.contracts import Options, Outcome
from solver.backends.process import run_backend
from solver.judgement import Stop, believed_bound, false_proof, machine, relative_gap, stopped
from solver.programs.mps_file import ReadProgram, read_mps
from solver.study.contents import content_at
from solver.study.records import NOT_APPLICABLE

if TYPE_CHECKING:
    import threading

NEEDS_INSTANCE = frozenset({engine.NAME, textbook.NAME})
"""Solvers that start from an instance and can do nothing with a bare program."""


def program_size(found: ReadProgram) -> dict[str, int]:
    """Return how large a program is, in the words of a record; it has no bodies."""
    program = found.program
    return {"bodies": 0, "services": 0, "centres": 0, "commercial_models": 0, "columns": program.columns, "rows": program.rows, "nonzeros": program.nonzeros}


def program_outcome(job: Mapping[str, Any], cancel: threading.Event) -> dict[str, Any]:
    """Do the job and return those fields of a record that a run decides."""
    if job["solver"] in NEEDS_INSTANCE:
        return {"stop": NOT_APPLICABLE, "reason": NOT_APPLICABLE, "message": f"{job['solver']} starts from an instance, and this is a bare program"}
    began = time.monotonic()
    found: ReadProgram = content_at(job["content"]) if job["content"] else read_mps(job["path"])
    if found.digest != job["digest"]:
        return {"stop": "failed", "reason": "crash", "message": f"{job['path']} is no longer the program that the study began with"}
    built = time.monotonic() - began
    name = choose(found.program)[0] if job["solver"] == "auto" else job["solver"]
    limits = job["limits"]
    options = Options(limits["time_limit"], limits["gap"], limits["threads"], job["seed"], limits["memory_mb"], job["options"])
    outcome = run_backend(found.program, name, options, log_path=Path(job["log"]), cancel=cancel)
    return {
        "size": program_size(found),
        "solver_version": outcome.version,
        "back_end": name if job["solver"] == "auto" else "",
        "machine": machine(),
        "raw_status": outcome.raw_status,
        "seconds": outcome.seconds,
        "build_s": round(built, 3),
        "time_s": round(time.monotonic() - began, 3),
        "peak_memory_mb": float(outcome.peak_memory_mb),
        "events": [(round(event.seconds, 4), event.cost, event.bound) for event in outcome.events],
        **_judged(found, outcome, limits["gap"]),
    }


def _judged(found: ReadProgram, outcome: Outcome, asked: float) -> dict[str, Any]:
    """Return cost, bound, gap and stop, the values looked at again without what the back end or its keeper said of them."""
    cost, audit, disagreement = None, "", outcome.message if outcome.reason == "lied" else ""
    if outcome.values is not None:
        broken = found.program.violations(outcome.values)
        cost, audit = found.program.objective(outcome.values), "breaches" if broken else "ok"
        if broken:
            disagreement = disagreement or f"the solver's values break {len(broken)} rows or limits"
    if cost is not None and audit == "ok":
        infeasible = "the solver claims that nothing is feasible, yet hands in values that are" if outcome.stop == "infeasible" else ""
        disagreement = infeasible or false_proof(cost, outcome, "its own answer") or disagreement
    bound = believed_bound(outcome, cost)
    gap = relative_gap(cost, bound)
    stop = stopped(outcome, gap, asked, disagreement)
    finished = stop is Stop.PROVED
    return {
        "stop": str(stop),
        "reason": "" if finished else outcome.reason,
        "message": "" if finished else outcome.message,
        "cost": cost,
        "bound": bound,
        "gap": gap,
        "audit": audit,
        "disagreement": disagreement,
    }

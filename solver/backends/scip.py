"""SCIP through PySCIPOpt: reads our MPS file, tells plans and bounds by event handler, stops without holding Python up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from models.program_files import write_mps
from solver.backends.contracts import ABILITIES, BackendInfo, Job, OptionRefused, RawResult, RawStatus, Reason, Reporter, StartUse
from solver.backends.scaling import objective_shift

if TYPE_CHECKING:
    from numpy.typing import NDArray

INFO = BackendInfo(
    name="scip",
    title="SCIP",
    requires="pyscipopt",
    distribution="PySCIPOpt",
    licence="Apache-2.0 (PySCIPOpt: MIT)",
    open_source=True,
    abilities=ABILITIES - {"threads"},
    extra="scip",
)


def load() -> None:
    """Import the solver."""
    import pyscipopt  # noqa: F401


def version() -> str:
    """Return the solver's version."""
    from pyscipopt import Model

    model = Model()
    return f"{model.getMajorVersion()}.{model.getMinorVersion()}.{model.getTechVersion()}"


def licence_trouble() -> str:
    """Return an empty string: free software."""
    return ""


def run(job: Job, reporter: Reporter) -> RawResult:
    """Solve the job's program."""
    from pyscipopt import Model

    factor = 2.0 ** objective_shift(job.program)
    model = Model()
    effective = _set_options(model, job)
    path = job.folder / "program.mps"
    write_mps(job.program, path, shift=objective_shift(job.program))
    model.readProblem(str(path))
    # SCIP may keep columns in an order of its own; their names carry ours.
    columns: list[Any] = [None] * job.program.columns
    for variable in model.getVars():
        columns[int(variable.name[1:])] = variable
    start_use = _give_start(model, job, columns)
    model.includeEventhdlr(_handler(model, columns, reporter, factor), "consortia", "tells plans and bounds")
    remaining = reporter.remaining()
    if remaining is not None:
        effective["limits/time"] = f"{remaining:.3f}"
        model.setParam("limits/time", remaining)
    reporter.on_stop(model.interruptSolve)
    if reporter.stopping:
        return RawResult("interrupted", "stopped before the solve", version=version(), effective=effective, start_use=start_use)
    model.optimizeNogil()
    words = str(model.getStatus())
    if model.getNSols():
        reporter.incumbent(_values(model, model.getBestSol(), columns), "scip")
    status, reason = _status(words)
    bound = model.getDualbound() * factor if status != "infeasible" else None
    return RawResult(status, words, bound=bound, reason=reason, version=version(), effective=effective, start_use=start_use)


def _set_options(model: Any, job: Job) -> dict[str, str]:
    asked = job.options
    settings: dict[str, Any] = {
        # SCIP divides by the smaller of cost and bound, so its gap is never below ours: reaching its limit means reaching ours.
        "limits/gap": asked.gap,
        "limits/absgap": 0.0,
        "randomization/randomseedshift": asked.seed,
        "numerics/feastol": 1e-9,
        "numerics/dualfeastol": 1e-9,
        "timing/clocktype": 2,
        "misc/catchctrlc": False,
    }
    if asked.memory_mb is not None:
        settings["limits/memory"] = 0.9 * asked.memory_mb
    effective = {"threads": "1"}
    for name, value in {**settings, **asked.solver_options}.items():
        try:
            model.setParam(name, _typed(model, name, value) if name in asked.solver_options else value)
            effective[name] = str(model.getParam(name))
        except (KeyError, ValueError, LookupError, TypeError) as error:
            raise OptionRefused(f"SCIP does not take the option {name} = {value!r}: {error}") from error
    return effective


def _typed(model: Any, name: str, text: str) -> Any:
    present = model.getParam(name)
    if isinstance(present, bool):
        if text.lower() not in {"true", "false", "1", "0"}:
            raise ValueError("it is either true or false")
        return text.lower() in {"true", "1"}
    return type(present)(text)


def _give_start(model: Any, job: Job, columns: list[Any]) -> StartUse:
    if job.start is None:
        return "none"
    if job.program.violations(job.start):
        return "rejected"
    solution = model.createSol()
    for column in np.flatnonzero(job.start).tolist():
        model.setSolVal(solution, columns[column], float(job.start[column]))
    return "accepted" if model.addSol(solution) else "rejected"


def _values(model: Any, solution: Any, columns: list[Any]) -> NDArray[np.float64]:
    return np.fromiter((model.getSolVal(solution, variable) for variable in columns), dtype=np.float64, count=len(columns))


def _handler(model: Any, columns: list[Any], reporter: Reporter, factor: float) -> Any:
    from pyscipopt import SCIP_EVENTTYPE, Eventhdlr

    watched = (SCIP_EVENTTYPE.BESTSOLFOUND, SCIP_EVENTTYPE.DUALBOUNDIMPROVED)

    class Listener(Eventhdlr):  # type: ignore[misc]
        def eventinit(self) -> None:
            for kind in watched:
                model.catchEvent(kind, self)

        def eventexit(self) -> None:
            for kind in watched:
                model.dropEvent(kind, self)

        def eventexec(self, event: Any) -> None:
            reporter.bound(model.getDualbound() * factor, "scip")
            if event.getType() == SCIP_EVENTTYPE.BESTSOLFOUND:
                reporter.incumbent(_values(model, model.getBestSol(), columns), "scip")

    return Listener()


def _status(words: str) -> tuple[RawStatus, Reason]:
    if words in {"optimal", "gaplimit"}:
        return "optimal", ""
    if words in {"infeasible", "inforunbd"}:
        return "infeasible", ""
    if words in {"userinterrupt", "terminate"}:
        return "interrupted", ""
    if words == "memlimit":
        return "limit", "memory-limit"
    if words.endswith("limit"):
        return "limit", "time-limit" if words == "timelimit" else "limit"
    return "failed", ""

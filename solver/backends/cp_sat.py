"""OR-Tools CP-SAT: whole-number rows in its own words (implications, at most one, exactly one), large rows split so that its arithmetic stays true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from solver.backends.contracts import ABILITIES, BackendInfo, Job, OptionRefused, RawResult, RawStatus, Reporter, StartUse
from solver.backends.cp_sat_rows import add_rows

if TYPE_CHECKING:
    from models.program import Program

INFO = BackendInfo(
    name="cp-sat",
    title="OR-Tools CP-SAT",
    requires="ortools",
    distribution="ortools",
    licence="Apache-2.0",
    open_source=True,
    abilities=ABILITIES,
)


def load() -> None:
    """Import the solver."""
    from ortools.sat.python import cp_model  # noqa: F401


def version() -> str:
    """Return the solver's version."""
    import ortools

    return str(ortools.__version__)


def licence_trouble() -> str:
    """Return an empty string: free software."""
    return ""


def run(job: Job, reporter: Reporter) -> RawResult:
    """Solve the job's program."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    split = _build(model.proto, job.program)
    problem = model.validate()
    if problem:
        return RawResult("failed", problem, message="CP-SAT did not accept the program.", reason="crash", version=version())
    start_use = _hint(model.proto, job)
    solver = cp_model.CpSolver()
    effective = _set_options(solver.parameters, job, split, repair=start_use == "repaired")
    variables = [model.get_int_var_from_proto_index(column) for column in range(job.program.columns)]
    remaining = reporter.remaining()
    if remaining is not None:
        effective["max_time_in_seconds"] = f"{remaining:.3f}"
        solver.parameters.max_time_in_seconds = remaining
    solver.best_bound_callback = lambda bound: reporter.bound(bound, "cp-sat")
    listener = _listener(variables, reporter)
    reporter.on_stop(solver.stop_search)
    if reporter.stopping:
        return RawResult("interrupted", "stopped before the solve", version=version(), effective=effective, start_use=start_use)
    status = solver.solve(model, listener)
    words = solver.status_name(status)
    bound: float | None = None
    if status in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        reporter.incumbent(np.array(solver.values(variables), dtype=np.int64) if variables else np.zeros(0, np.int64), "cp-sat")
        bound = float(solver.best_objective_bound) if job.program.cost.any() else float(job.program.constant)
    if start_use == "repaired" and status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        start_use = "rejected"
    claims: dict[Any, RawStatus] = {cp_model.OPTIMAL: "optimal", cp_model.INFEASIBLE: "infeasible", cp_model.MODEL_INVALID: "failed"}
    claim = claims.get(status, "interrupted" if reporter.stopping else "limit")
    return RawResult(claim, words, bound=bound, version=version(), effective=effective, start_use=start_use)


def _build(proto: Any, program: Program) -> bool:
    """Fill the model; return whether rows had to be split."""
    for low, high in zip(program.lower.tolist(), program.upper.tolist(), strict=True):
        proto.variables.add().domain.extend([low, high])
    split = add_rows(proto, program)
    objective = proto.objective
    costed = np.flatnonzero(program.cost)
    divisor = int(np.gcd.reduce(program.cost[costed])) if costed.size else 1
    if costed.size:
        objective.vars.extend(costed.tolist())
        objective.coeffs.extend((program.cost[costed] // divisor).tolist())
        # CP-SAT reports scaling * (sum + offset): plain money, and a relative gap that counts the constant.
        objective.scaling_factor = float(divisor)
        objective.offset = program.constant / divisor
    return split


def _hint(proto: Any, job: Job) -> StartUse:
    if job.start is None:
        return "none"
    proto.solution_hint.vars.extend(range(job.program.columns))
    proto.solution_hint.values.extend(np.clip(job.start, job.program.lower, job.program.upper).tolist())
    return "repaired" if job.program.violations(job.start) else "accepted"


def _set_options(parameters: Any, job: Job, split: bool, *, repair: bool) -> dict[str, str]:
    asked = job.options
    settings: dict[str, Any] = {
        "relative_gap_limit": asked.gap,
        "absolute_gap_limit": 0.0,
        "num_workers": asked.threads,
        "random_seed": asked.seed,
        "log_search_progress": True,
        "catch_sigint_signal": False,
        # With few workers the default leaves the linear relaxation weak: the London boroughs, unproven after 100 s, take 1 s with the whole of it.
        "linearization_level": 2,
    }
    if split:
        # Otherwise presolve may put the pieces together again, and the faulty step (google/or-tools#5293) is the one this limit switches off.
        settings["presolve_substitution_level"] = 0
        settings["presolve_inclusion_work_limit"] = 0
    if repair:
        settings["repair_hint"] = True
    if asked.memory_mb is not None:
        settings["max_memory_in_mb"] = asked.memory_mb
    for name, text in asked.solver_options.items():
        settings[name] = _typed(parameters, name, text)
    effective: dict[str, str] = {}
    for name, value in settings.items():
        try:
            setattr(parameters, name, value)
        except (AttributeError, TypeError, ValueError) as error:
            raise OptionRefused(f"CP-SAT does not take the option {name} = {value!r}: {error}") from error
        effective[name] = str(getattr(parameters, name))
    return effective


def _typed(parameters: Any, name: str, text: str) -> Any:
    if not hasattr(parameters, name):
        raise OptionRefused(f"CP-SAT has no option {name}.")
    present = getattr(parameters, name)
    try:
        if isinstance(present, bool):
            return {"true": True, "false": False, "1": True, "0": False}[text.lower()]
        return type(present)(text)
    except (KeyError, ValueError, TypeError) as error:
        raise OptionRefused(f"CP-SAT does not take the option {name} = {text!r}.") from error


def _listener(variables: list[Any], reporter: Reporter) -> Any:
    from ortools.sat.python import cp_model

    class Listener(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]
        def on_solution_callback(self) -> None:
            reporter.bound(self.best_objective_bound, "cp-sat")
            found = self.response_proto.solution
            reporter.incumbent(np.fromiter(found, dtype=np.int64)[: len(variables)], "cp-sat")

    return Listener()

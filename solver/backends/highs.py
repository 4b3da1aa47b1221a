"""HiGHS through highspy: the arrays go straight in, improved plans and bounds come by callback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from models.program import UNBOUNDED
from solver.backends.contracts import ABILITIES, BackendInfo, Job, OptionRefused, RawResult, RawStatus, Reason, Reporter, StartUse
from solver.backends.scaling import objective_shift

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.program import Program

INFO = BackendInfo(
    name="highs",
    title="HiGHS",
    requires="highspy",
    distribution="highspy",
    licence="MIT",
    open_source=True,
    abilities=ABILITIES,
    excluded={
        "1.14.0": "it returns wrong answers called optimal (ERGO-Code/HiGHS#2975)",
        "1.15.0": "1.15.1 replaced it within days",
    },
)
_INTERIOR_POINT_FROM = 100_000
"""Columns from which the root relaxation goes to the interior point method."""
_LOWEST_TOLERANCE = 1e-10
"""HiGHS takes nothing lower."""


def load() -> None:
    """Import the solver."""
    import highspy  # noqa: F401


def version() -> str:
    """Return the solver's version."""
    import highspy

    return f"{highspy.HIGHS_VERSION_MAJOR}.{highspy.HIGHS_VERSION_MINOR}.{highspy.HIGHS_VERSION_PATCH}"


def licence_trouble() -> str:
    """Return an empty string: free software."""
    return ""


def run(job: Job, reporter: Reporter) -> RawResult:
    """Solve the job's program."""
    import highspy

    shift = objective_shift(job.program)
    factor = 2.0**shift
    highs = highspy.Highs()
    effective = _set_options(highs, job)
    if highs.passModel(highs_model(job.program, shift)) == highspy.HighsStatus.kError:
        return RawResult("failed", "passModel failed", message="HiGHS did not accept the program.", reason="crash", version=version())
    start_use = _give_start(highs, job)
    _listen(highs, reporter, factor)
    remaining = reporter.remaining()
    if remaining is not None:
        effective["time_limit"] = f"{remaining:.3f}"
        highs.setOptionValue("time_limit", remaining)
    highs.HandleUserInterrupt = True
    reporter.on_stop(highs.cancelSolve)
    if reporter.stopping:
        return RawResult("interrupted", "stopped before the solve", version=version(), effective=effective, start_use=start_use)
    highs.run()
    if _contradicts_itself(highs) and not reporter.stopping:
        effective |= _run_without_presolve(highs, reporter)
    model_status = highs.getModelStatus()
    words = highs.modelStatusToString(model_status)
    information = highs.getInfo()
    if highs.getSolution().value_valid:
        reporter.incumbent(np.array(highs.getSolution().col_value), "highs")
    status, reason = status_of(model_status, highspy.HighsModelStatus)
    bound = information.mip_dual_bound * factor if information.valid else None
    if job.program.columns == 0 and status == "optimal":
        bound = float(job.program.constant)
    return RawResult(status, words, bound=_finite(bound), reason=reason, version=version(), effective=effective, start_use=start_use)


def _contradicts_itself(highs: Any) -> bool:
    """Tell whether HiGHS ended with a plan that breaks the rows it was given: a solve error, or a plan beside the claim that there is none."""
    import highspy

    status = highs.getModelStatus()
    claims_none = status in {highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible}
    return status == highspy.HighsModelStatus.kSolveError or (claims_none and bool(highs.getSolution().value_valid))


def _run_without_presolve(highs: Any, reporter: Reporter) -> dict[str, str]:
    """Solve anew, and return the options that changed.

    Presolve of 1.15.1 can reduce a program wrongly; HiGHS then finds that its plan breaks the rows it was given.
    """
    highs.clearSolver()
    changed = {"presolve": "off"}
    highs.setOptionValue("presolve", "off")
    remaining = reporter.remaining()
    if remaining is not None:
        changed["time_limit"] = f"{remaining:.3f}"
        highs.setOptionValue("time_limit", remaining)
    highs.run()
    return changed


def _finite(bound: float | None) -> float | None:
    return bound if bound is not None and np.isfinite(bound) else None


def highs_model(program: Program, shift: int) -> Any:
    """Return the program as highspy takes it: whole arrays, nothing row by row."""
    import highspy

    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = program.columns, program.rows
    model.sense_ = highspy.ObjSense.kMinimize
    model.col_cost_ = program.cost / 2.0**shift
    model.offset_ = program.constant / 2.0**shift
    model.col_lower_, model.col_upper_ = program.lower.astype(np.float64), program.upper.astype(np.float64)
    model.row_lower_, model.row_upper_ = _open(program.row_lower), _open(program.row_upper)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = program.matrix.indptr.astype(np.int32)
    model.a_matrix_.index_ = program.matrix.indices.astype(np.int32)
    model.a_matrix_.value_ = program.matrix.data.astype(np.float64)
    model.integrality_ = [highspy.HighsVarType.kInteger] * program.columns
    return model


def _open(limits: NDArray[np.int64]) -> NDArray[np.float64]:
    given = limits.astype(np.float64)
    given[limits >= UNBOUNDED] = np.inf
    given[limits <= -UNBOUNDED] = -np.inf
    return given


def _set_options(highs: Any, job: Job) -> dict[str, str]:
    import highspy

    asked = job.options
    effective: dict[str, str] = {}
    settings: dict[str, Any] = {
        "mip_rel_gap": asked.gap,
        "mip_abs_gap": 0.0,
        "threads": asked.threads,
        "random_seed": asked.seed,
        "mip_feasibility_tolerance": _LOWEST_TOLERANCE,
        "primal_feasibility_tolerance": 1e-9,
        "dual_feasibility_tolerance": 1e-9,
        # The strong rows make large roots degenerate, and simplex stands still on them; small ones it solves sooner than the interior point.
        "mip_lp_solver": "ipm" if job.program.columns >= _INTERIOR_POINT_FROM else "choose",
        **asked.solver_options,
    }
    for name, value in settings.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise OptionRefused(f"HiGHS does not take the option {name} = {value!r}.")
        effective[name] = str(highs.getOptionValue(name)[1])
    return effective


def _give_start(highs: Any, job: Job) -> StartUse:
    import highspy

    if job.start is None:
        return "none"
    if job.program.violations(job.start):
        return "rejected"
    # Not through the sparse form: that one solves a linear program over what it thinks are the missing values.
    solution = highspy.HighsSolution()
    solution.col_value = job.start.astype(np.float64).tolist()
    return "accepted" if highs.setSolution(solution) != highspy.HighsStatus.kError else "rejected"


def _listen(highs: Any, reporter: Reporter, factor: float) -> None:
    def improved(event: Any) -> None:
        reporter.bound(event.data_out.mip_dual_bound * factor, "highs")
        reporter.incumbent(np.array(event.data_out.mip_solution), "highs")

    def progressed(event: Any) -> None:
        reporter.bound(event.data_out.mip_dual_bound * factor, "highs")

    highs.cbMipImprovingSolution += improved
    highs.cbMipInterrupt += progressed


def status_of(status: Any, names: Any) -> tuple[RawStatus, Reason]:
    """Return what a model status claims and, of a limit, which one."""
    if status in {names.kOptimal, names.kModelEmpty}:
        return "optimal", ""
    # Every column is bounded, so "unbounded or infeasible" can only be the latter.
    if status in {names.kInfeasible, names.kUnboundedOrInfeasible}:
        return "infeasible", ""
    if status in {names.kInterrupt, names.kHighsInterrupt}:
        return "interrupted", ""
    if status == names.kMemoryLimit:
        return "limit", "memory-limit"
    if status == names.kTimeLimit:
        return "limit", "time-limit"
    if status in {names.kIterationLimit, names.kSolutionLimit, names.kObjectiveBound, names.kObjectiveTarget}:
        return "limit", "limit"
    return "failed", ""

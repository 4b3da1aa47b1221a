"""One adapter for the commercial solvers that PuLP drives: builds an ``LpProblem``, sets options natively, reads the result in one place.

PuLP 3.3 says "Optimal" of runs that the time limit ended and knows no bound, so only its ``sol_status`` is asked, and the solver's own
model is asked for the bound. PuLP also drops a gap of 0 and unknown keywords without a word: options go to the solver's model instead.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from models.program import UNBOUNDED
from solver.backends.contracts import Job, LicenceRefused, OptionRefused, RawResult, RawStatus, Reason, Reporter, StartUse
from solver.backends.scaling import objective_shift

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.program import Program

_PULP_LOADS = ("highspy", "pyscipopt", "gurobipy", "cplex", "xpress", "coptpy", "mosek", "cuopt", "saspy", "swat", "ortools", "yaposib")
_LICENCE_WORDS = ("license", "licence", "size-limited", "size limits exceeded", "too many rows and columns", "promotional version", "community edition")


def import_pulp(keep: str = "") -> ModuleType:
    """Import PuLP while every solver package but ``keep`` looks absent: PuLP would load each one it finds, and some cannot share a process."""
    for name in _PULP_LOADS:
        if name != keep:
            sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    import pulp

    return pulp  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Adapter:
    """What differs from one commercial solver to the next.

    Attributes
    ----------
    package
        The import name of the solver.
    pulp_class
        PuLP's class for it.
    title, size_limit
        For messages.
    names
        The solver's own names of ``gap``, ``threads``, ``seed`` and ``time_limit``.
    fixed
        Options always set: tolerances, absolute gap.
    set_option
        (native model, name, value): set, raising on what the solver does not know.
    bound
        (native model) -> best bound.
    words
        (native model) -> the solver's own status.
    infeasible
        (native model) -> whether infeasibility was proven.
    interrupt
        (native model): ask it to stop, from another thread.
    keywords
        For PuLP's class.
    memory
        (MiB) -> option name and value of a memory limit, where there is one.
    listen
        (native model, LpProblem variables, reporter, factor) -> callback for PuLP's ``callSolver``, where plans can be had on the way.
    values
        (native model, variables) -> values, where PuLP does not fetch all that there are.
    """

    package: str
    pulp_class: str
    title: str
    size_limit: str
    names: Mapping[str, str]
    fixed: Mapping[str, Any]
    set_option: Callable[[Any, str, Any], None]
    bound: Callable[[Any], float]
    words: Callable[[Any], str]
    infeasible: Callable[[Any], bool]
    interrupt: Callable[[Any], None]
    keywords: Mapping[str, Any] = field(default_factory=dict)
    memory: Callable[[int], tuple[str, Any]] | None = None
    listen: Callable[[Any, list[Any], Reporter, float], Any] | None = None
    values: Callable[[Any, list[Any]], list[float] | None] | None = None


def run(adapter: Adapter, job: Job, reporter: Reporter, version: str) -> RawResult:
    """Solve the job's program with a commercial solver."""
    pulp = import_pulp(adapter.package)
    factor = 2.0 ** objective_shift(job.program)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        problem, variables = build(pulp, job.program)
        start_use = _give_start(variables, job)
        try:
            solver = getattr(pulp, adapter.pulp_class)(msg=True, warmStart=start_use == "accepted", **adapter.keywords)
            # Xpress's class loads its package only when asked this.
            solver.available()
            solver.buildSolverModel(problem)
            effective = _set_options(adapter, problem.solverModel, job, reporter)
            reporter.on_stop(lambda: adapter.interrupt(problem.solverModel))
            if reporter.stopping:
                return RawResult("interrupted", "stopped before the solve", version=version, effective=effective, start_use=start_use)
            listener = adapter.listen(problem.solverModel, variables, reporter, factor) if adapter.listen else None
            solver.callSolver(problem, callback=listener) if listener is not None else solver.callSolver(problem)
            solver.findSolutionValues(problem)
        except OptionRefused:
            raise
        except Exception as error:
            if _speaks_of_licence(str(error)):
                raise LicenceRefused(f"{adapter.title}'s licence does not allow this program ({adapter.size_limit}): {error}") from error
            raise
        return _read(adapter, pulp, problem, variables, reporter, factor, RawResult("failed", "", version=version, effective=effective, start_use=start_use))


def build(pulp: Any, program: Program) -> tuple[Any, list[Any]]:
    """Return the program as an ``LpProblem`` and its variables by column."""
    shift = objective_shift(program)
    problem = pulp.LpProblem(_name(program.name), pulp.LpMinimize)
    limits = zip(program.lower.tolist(), program.upper.tolist(), strict=True)
    # Names of one width: PuLP sorts variables by name.
    width = len(str(program.columns))
    variables = [problem.add_variable(f"c{column:0{width}d}", low, high, cat="Integer") for column, (low, high) in enumerate(limits)]
    costs = (program.cost / 2.0**shift).tolist()
    # Every variable stands in the objective, at cost 0 too, so that a column without rows is not lost.
    objective = list(zip(variables, costs, strict=True))
    if program.constant:
        # PuLP keeps an objective's constant to itself; the solver has to know it, or its bound and relative gap are another program's.
        objective.append((problem.add_variable("z", 1, 1, cat="Integer"), program.constant / 2.0**shift))
    problem += pulp.LpAffineExpression(objective)
    starts, indices, data = program.matrix.indptr.tolist(), program.matrix.indices.tolist(), program.matrix.data.tolist()
    for row, (low, high) in enumerate(zip(program.row_lower.tolist(), program.row_upper.tolist(), strict=True)):
        inside = slice(starts[row], starts[row + 1])
        terms = pulp.LpAffineExpression([(variables[column], weight) for column, weight in zip(indices[inside], data[inside], strict=True)])
        if low == high:
            problem += pulp.LpConstraint(terms, pulp.LpConstraintEQ, f"r{row}", low)
            continue
        if low > -UNBOUNDED:
            problem += pulp.LpConstraint(terms, pulp.LpConstraintGE, f"r{row}", low)
        if high < UNBOUNDED:
            problem += pulp.LpConstraint(terms, pulp.LpConstraintLE, f"r{row}u", high)
    return problem, variables


def _name(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name) or "program"


def _give_start(variables: list[Any], job: Job) -> StartUse:
    if job.start is None:
        return "none"
    if job.program.violations(job.start):
        return "rejected"
    for variable, value in zip(variables, job.start.tolist(), strict=True):
        variable.setInitialValue(value)
    return "accepted"


def _set_options(adapter: Adapter, model: Any, job: Job, reporter: Reporter) -> dict[str, str]:
    asked = job.options
    settings: dict[str, Any] = dict(adapter.fixed)
    for ours, value in (("gap", asked.gap), ("threads", asked.threads), ("seed", asked.seed), ("time_limit", reporter.remaining())):
        if value is not None and ours in adapter.names:
            settings[adapter.names[ours]] = value
    if asked.memory_mb is not None and adapter.memory is not None:
        name, value = adapter.memory(asked.memory_mb)
        settings[name] = value
    settings.update({name: _typed(text) for name, text in asked.solver_options.items()})
    for name, value in settings.items():
        try:
            adapter.set_option(model, name, value)
        except Exception as error:
            raise OptionRefused(f"{adapter.title} does not take the option {name} = {value!r}: {error}") from error
    return {name: str(value) for name, value in settings.items()}


def _typed(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _speaks_of_licence(text: str) -> bool:
    return any(words in text.lower() for words in _LICENCE_WORDS)


def _read(adapter: Adapter, pulp: Any, problem: Any, variables: list[Any], reporter: Reporter, factor: float, so_far: RawResult) -> RawResult:
    """Read the result; the one place to change when PuLP 4 comes."""
    model = problem.solverModel
    found = [variable.varValue for variable in variables]
    if adapter.values is not None:
        found = adapter.values(model, variables) or []
    if found and all(value is not None for value in found):
        values: NDArray[np.float64] = np.array(found, dtype=np.float64)
        reporter.incumbent(values, adapter.package)
    words = adapter.words(model)
    status: RawStatus
    if adapter.infeasible(model):
        status = "infeasible"
    elif problem.sol_status == pulp.LpSolutionOptimal:
        status = "optimal"
    else:
        status = "interrupted" if reporter.stopping else "limit"
    bound: float | None = None
    if status != "infeasible":
        try:
            bound = float(adapter.bound(model)) * factor
        except Exception:
            # No bound yet, or this version calls it something else: a claim of optimality then speaks for itself.
            bound = None
    reason = which_limit(words) if status == "limit" else ""
    return RawResult(status, words, bound=bound, reason=reason, version=so_far.version, effective=so_far.effective, start_use=so_far.start_use)


def which_limit(words: str) -> Reason:
    """Return which limit a solver's own status speaks of, such as ``TIME_LIMIT``, ``time limit exceeded`` or ``TIMEOUT``."""
    said = words.lower()
    if "mem" in said:
        return "memory-limit"
    return "time-limit" if "time" in said else "limit"

"""CPLEX by way of PuLP; the Community Edition takes programs up to 1000 columns and 1000 rows."""

from __future__ import annotations

from typing import Any

from solver.backends import pulp_models
from solver.backends.contracts import ABILITIES, BackendInfo, Job, RawResult, Reporter

INFO = BackendInfo(
    name="cplex",
    title="CPLEX",
    requires="cplex",
    distribution="cplex",
    licence="commercial",
    open_source=False,
    abilities=ABILITIES - {"events"},
    size_limit="without a licence file at most 1000 columns and 1000 rows",
    extra="cplex",
)


def load() -> None:
    """Import the solver."""
    pulp_models.import_pulp("cplex")
    import cplex  # noqa: F401


def version() -> str:
    """Return the solver's version."""
    import cplex

    return str(cplex.Cplex().get_version())


def licence_trouble() -> str:
    """Return why no model can be made, or an empty string."""
    import cplex

    try:
        cplex.Cplex().end()
    except cplex.exceptions.CplexError as error:
        return str(error)
    return ""


def run(job: Job, reporter: Reporter) -> RawResult:
    """Solve the job's program."""
    aborters: list[Any] = []

    def set_option(model: Any, name: str, value: Any) -> None:
        import cplex

        if not aborters:
            # The one thing that another thread may touch while CPLEX works.
            aborters.append(model.use_aborter(cplex.Aborter()))
        parameter = model.parameters
        for part in name.removeprefix("parameters.").split("."):
            parameter = getattr(parameter, part)
        parameter.set(value)

    def interrupt(_model: Any) -> None:
        for aborter in aborters:
            aborter.abort()

    adapter = pulp_models.Adapter(
        package="cplex",
        pulp_class="CPLEX_PY",
        title=INFO.title,
        size_limit=INFO.size_limit,
        names={"gap": "mip.tolerances.mipgap", "threads": "threads", "seed": "randomseed", "time_limit": "timelimit"},
        fixed={"mip.tolerances.absmipgap": 0.0, "mip.tolerances.integrality": 0.0, "simplex.tolerances.feasibility": 1e-9, "clocktype": 2},
        set_option=set_option,
        bound=lambda model: model.solution.MIP.get_best_objective(),
        words=lambda model: str(model.solution.get_status_string()),
        infeasible=_infeasible,
        interrupt=interrupt,
        memory=lambda megabytes: ("mip.limits.treememory", 0.9 * megabytes),
    )
    return pulp_models.run(adapter, job, reporter, version())


def _infeasible(model: Any) -> bool:
    states = model.solution.status
    return model.solution.get_status() in {states.MIP_infeasible, states.infeasible, states.MIP_infeasible_or_unbounded, states.infeasible_or_unbounded}

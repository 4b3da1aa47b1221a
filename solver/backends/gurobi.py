"""Gurobi by way of PuLP; the licence that comes with gurobipy takes programs up to 2000 columns and 2000 rows."""

from __future__ import annotations

from typing import Any

from solver.backends import pulp_models
from solver.backends.contracts import ABILITIES, BackendInfo, Job, RawResult, Reporter

INFO = BackendInfo(
    name="gurobi",
    title="Gurobi",
    requires="gurobipy",
    distribution="gurobipy",
    licence="commercial",
    open_source=False,
    abilities=ABILITIES,
    size_limit="without a licence file at most 2000 columns and 2000 rows",
    extra="gurobi",
)


def load() -> None:
    """Import the solver."""
    pulp_models.import_pulp("gurobipy")
    import gurobipy  # noqa: F401


def version() -> str:
    """Return the solver's version."""
    import gurobipy

    return ".".join(map(str, gurobipy.gurobi.version()))


def licence_trouble() -> str:
    """Return why no environment can be had, or an empty string."""
    import gurobipy

    try:
        gurobipy.Env().dispose()
    except gurobipy.GurobiError as error:
        return str(error)
    return ""


def run(job: Job, reporter: Reporter) -> RawResult:
    """Solve the job's program."""
    from gurobipy import GRB

    names = {getattr(GRB.Status, name): name for name in dir(GRB.Status) if name.isupper()}
    adapter = pulp_models.Adapter(
        package="gurobipy",
        pulp_class="GUROBI",
        title=INFO.title,
        size_limit=INFO.size_limit,
        names={"gap": "MIPGap", "threads": "Threads", "seed": "Seed", "time_limit": "TimeLimit"},
        fixed={"MIPGapAbs": 0.0, "FeasibilityTol": 1e-9, "IntFeasTol": 1e-9, "OptimalityTol": 1e-9},
        set_option=lambda model, name, value: model.setParam(name, value),
        bound=lambda model: model.ObjBound,
        words=lambda model: names.get(model.Status, str(model.Status)),
        infeasible=lambda model: model.Status in {GRB.Status.INFEASIBLE, GRB.Status.INF_OR_UNBD},
        interrupt=lambda model: model.terminate(),
        memory=lambda megabytes: ("SoftMemLimit", 0.9 * megabytes / 1024),
        listen=_listen,
    )
    return pulp_models.run(adapter, job, reporter, version())


def _listen(_model: Any, variables: list[Any], reporter: Reporter, factor: float) -> Any:
    from gurobipy import GRB

    natives = [variable.solverVar for variable in variables]

    def told(model: Any, where: int) -> None:
        if where == GRB.Callback.MIPSOL:
            import numpy as np

            reporter.bound(model.cbGet(GRB.Callback.MIPSOL_OBJBND) * factor, "gurobi")
            reporter.incumbent(np.array(model.cbGetSolution(natives)), "gurobi")
        elif where == GRB.Callback.MIP:
            reporter.bound(model.cbGet(GRB.Callback.MIP_OBJBND) * factor, "gurobi")

    return told

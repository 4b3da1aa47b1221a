"""COPT by way of PuLP; without a licence it takes integer programs up to 2000 columns and 2000 rows."""

from __future__ import annotations

from typing import Any

from solver.backends import pulp_models
from solver.backends.contracts import ABILITIES, BackendInfo, Job, RawResult, Reporter

INFO = BackendInfo(
    name="copt",
    title="COPT",
    requires="coptpy",
    distribution="coptpy",
    licence="commercial",
    open_source=False,
    abilities=ABILITIES - {"events", "seed"},
    size_limit="without a licence file at most 2000 columns and 2000 rows",
    extra="copt",
)

_STATES = ("UNSTARTED", "OPTIMAL", "INFEASIBLE", "UNBOUNDED", "INF_OR_UNB", "NUMERICAL", "NODELIMIT", "TIMEOUT", "UNFINISHED", "INTERRUPTED", "ITERLIMIT")
_MEMORY_LIMIT = 12
"""The status for which coptpy 8.0 has no name: tried with a small ``MemLimit``, which counts megabytes."""


def load() -> None:
    """Import the solver."""
    pulp_models.import_pulp("coptpy")
    import coptpy  # noqa: F401


def version() -> str:
    """Return the solver's version."""
    import coptpy

    return f"{coptpy.COPT.VERSION_MAJOR}.{coptpy.COPT.VERSION_MINOR}.{coptpy.COPT.VERSION_TECHNICAL}"


def licence_trouble() -> str:
    """Return why no environment can be had, or an empty string."""
    import coptpy

    try:
        coptpy.Envr()
    except coptpy.CoptError as error:
        return str(error)
    return ""


def run(job: Job, reporter: Reporter) -> RawResult:
    """Solve the job's program."""
    from coptpy import COPT

    words = {getattr(COPT, name): name for name in _STATES} | {_MEMORY_LIMIT: "MEMLIMIT"}
    adapter = pulp_models.Adapter(
        package="coptpy",
        pulp_class="COPT",
        title=INFO.title,
        size_limit=INFO.size_limit,
        names={"gap": "RelGap", "threads": "Threads", "time_limit": "TimeLimit"},
        fixed={"AbsGap": 0.0, "FeasTol": 1e-9, "IntTol": 1e-9},
        set_option=lambda model, name, value: model.setParam(name, value),
        bound=lambda model: model.BestBnd,
        words=lambda model: words.get(model.status, str(model.status)),
        infeasible=lambda model: model.status in {COPT.INFEASIBLE, COPT.INF_OR_UNB},
        interrupt=lambda model: model.interrupt(),
        memory=lambda megabytes: ("MemLimit", 0.9 * megabytes),
        values=_values,
    )
    return pulp_models.run(adapter, job, reporter, version())


def _values(model: Any, variables: list[Any]) -> list[float] | None:
    # PuLP reads COPT's values only when they are proven optimal.
    return [variable.solverVar.x for variable in variables] if model.hasmipsol else None

"""FICO Xpress by way of PuLP; the Community licence takes programs up to 5000 rows and columns together."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

from solver.backends import pulp_models
from solver.backends.contracts import ABILITIES, BackendInfo, Job, RawResult, Reporter

INFO = BackendInfo(
    name="xpress",
    title="FICO Xpress",
    requires="xpress",
    distribution="xpress",
    licence="commercial",
    open_source=False,
    abilities=ABILITIES - {"events", "memory"},
    size_limit="without a licence file at most 5000 rows and columns together",
    extra="xpress",
)
_MIP_INFEASIBLE = 5


def load() -> None:
    """Import the solver."""
    pulp_models.import_pulp("xpress")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import xpress  # noqa: F401


def version() -> str:
    """Return the solver's version."""
    import xpress

    return str(xpress.getVersion())


def licence_trouble() -> str:
    """Return why no model can be made, or an empty string."""
    import xpress

    try:
        xpress.problem()
    except xpress.InterfaceError as error:
        return str(error)
    return ""


def run(job: Job, reporter: Reporter) -> RawResult:
    """Solve the job's program."""
    adapter = pulp_models.Adapter(
        package="xpress",
        pulp_class="XPRESS_PY",
        title=INFO.title,
        size_limit=INFO.size_limit,
        names={"gap": "MIPRELSTOP", "threads": "THREADS", "seed": "RANDOMSEED", "time_limit": "TIMELIMIT"},
        # By default Xpress cuts off what improves by less than 1e-4 of the best, which no gap of 0 undoes.
        fixed={"MIPABSSTOP": 0.0, "MIPRELCUTOFF": 0.0, "MIPADDCUTOFF": -1e-9, "MIPTOL": 1e-9, "FEASTOL": 1e-9},
        set_option=lambda model, name, value: model.setControl(name, value),
        bound=lambda model: model.attributes.bestbound,
        words=_words,
        infeasible=lambda model: int(model.attributes.mipstatus) == _MIP_INFEASIBLE,
        interrupt=lambda model: model.interrupt(),
        values=_values,
    )
    return pulp_models.run(adapter, job, reporter, version())


def _words(model: Any) -> str:
    xpress: Any = importlib.import_module("xpress")
    attributes = model.attributes
    status = f"{xpress.SolveStatus(attributes.solvestatus).name} {xpress.SolStatus(attributes.solstatus).name}"
    stopped = attributes.solvestatus == xpress.SolveStatus.STOPPED
    return f"{status} {xpress.StopType(attributes.stopstatus).name}" if stopped else status


def _values(model: Any, variables: list[Any]) -> list[float] | None:
    if not int(model.attributes.mipsols):
        return None
    found: list[float] = list(model.getSolution([variable._xprs[1] for variable in variables]))
    return found

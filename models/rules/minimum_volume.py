"""G6: a commercial model needs a minimum of work to be viable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.columns import Columns
from models.findings import Finding, Severity
from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rows, Rule, rows
from models.rules.shared_workload import workload_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.cells import ParsedTable
    from models.instance import Instance


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    offered = columns.candidates
    needed = offered.arrays.model_minimum_volume[offered.option_model]
    demanding = np.flatnonzero(needed > 0)
    row_of = np.full(needed.shape[0], -1, dtype=np.int64)
    row_of[demanding] = np.arange(demanding.shape[0])
    pairs = np.flatnonzero(row_of[offered.pair_option] >= 0)
    workload = offered.arrays.unit_workload[offered.pair_unit[pairs]]
    return rows(
        demanding.shape[0],
        [
            (row_of[offered.pair_option[pairs]], columns.pair[pairs], workload),
            (np.arange(demanding.shape[0]), columns.option[demanding], -needed[demanding]),
        ],
        lower=0,
    )


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    breaches = []
    for cluster in view.clusters:
        needed = int(view.arrays.model_minimum_volume[cluster.model])
        workload = workload_of(view, cluster.centre)
        if workload < needed:
            centre = view.centre(cluster.centre)
            text = f"centre {centre} has {workload} units of work; {view.model(cluster.model)} needs {needed}"
            breaches.append(Breach("minimum-volume", text, needed - workload, centre=centre))
    return breaches


def _contradictions(tables: Mapping[str, ParsedTable], _instance: Instance, _parameters: Parameters) -> list[Finding]:
    """Find commercial models that need more work than all bodies together have."""
    models, baseline, services = tables["commercial_models"], tables["baseline"].frame, tables["services"].frame
    per_unit = baseline["service"].map(dict(zip(services["service"], services["workload_per_unit"], strict=True)))
    total = int(np.rint(baseline["volume"].to_numpy(dtype=float) * per_unit.to_numpy(dtype=float)).sum())
    return [
        models.finding(
            "floor-above-ceiling",
            f"Commercial model {name!r} needs {needed:,} units of work and all bodies together have {total:,}, so it is never used.",
            Severity.WARNING,
            position,
            column="minimum_volume",
            value=str(needed),
        )
        for position, (name, needed) in enumerate(models.frame[["commercial_model", "minimum_volume"]].itertuples(index=False, name=None))
        if needed > total
    ]


RULE = Rule(
    id="G6",
    name="minimum-volume",
    statement="A cluster has the volume its commercial model needs to be viable, in common workload units.",
    formula="sum_{i,s} w[i,s] x[i,s,j,m] >= Vmin[m] y[j,m]",
    basis="commercial_models.minimum_volume; NHS Shared Business Services needed 111 customers to break even",
    mark="A",
    soft=True,
    breach_unit="unit of workload below the minimum",
    rows=_rows,
    check=_check,
    contradictions=_contradictions,
    rests_on=("commercial_models.minimum_volume",),
)

"""G5: what is built is used."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from models.columns import Columns
from models.findings import Finding, Severity
from models.plan_view import Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from models.cells import ParsedTable
    from models.instance import Instance


def _floor(capacity: int, share: float) -> int:
    """Return the least whole volume that uses ``share`` of ``capacity``; the small term keeps 0.6 x 100 at 60 in floating point."""
    return math.ceil(capacity * share - 1e-9)


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    offered = columns.candidates
    floor: NDArray[np.int64] = np.array([_floor(int(capacity), float(parameters["share"])) for capacity in offered.band_capacity], dtype=np.int64)
    used = (offered.pair_group, columns.pair, offered.pair_volume)
    return rows(offered.group_option.shape[0], [used, (offered.band_group, columns.band, -floor)], lower=0)


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    breaches = []
    for cluster in view.clusters:
        for service, band in sorted(cluster.bands.items()):
            needed = _floor(int(view.arrays.band_capacity[band]), float(parameters["share"]))
            load = view.load.get((cluster.centre, service), 0)
            if load < needed:
                centre, name = view.centre(cluster.centre), view.service(service)
                breaches.append(Breach("utilisation-floor", f"centre {centre} does {load} of {name}; its band needs {needed}", needed - load, "", centre, name))
    return breaches


def _contradictions(tables: Mapping[str, ParsedTable], _instance: Instance, parameters: Parameters) -> list[Finding]:
    """Find bands so large that all the volume there is would not reach their floor, where the place has no smaller one."""
    bands, volume = tables["bands"], tables["baseline"].frame.groupby("service")["volume"].sum()
    smallest: dict[tuple[str, str], tuple[int, int]] = {}
    for position, (centre, service, capacity) in enumerate(bands.frame[["centre", "service", "capacity"]].itertuples(index=False, name=None)):
        smallest[centre, service] = min(smallest.get((centre, service), (int(capacity), position)), (int(capacity), position))
    found = []
    for (_, service), (capacity, position) in smallest.items():
        needed, there_is = _floor(capacity, float(parameters["share"])), int(volume.get(service, 0))
        if needed > there_is:
            message = f"Rule utilisation-floor asks for {needed:,} of {service!r} in this band and all bodies together have {there_is:,}, so it is never built."
            found.append(bands.finding("floor-above-ceiling", message, Severity.WARNING, position, column="capacity", value=str(capacity)))
    return found


RULE = Rule(
    id="G5",
    name="utilisation-floor",
    statement="A centre uses at least a share of each band it builds.",
    formula="sum_i v[i,s] x[i,s,j,m] >= sum_b ceil(u cap[j,s,b]) q[j,m,s,b]",
    basis="shared centres found half empty (National Audit Office, 2012); the default of 60 % is our assumption",
    mark="A",
    soft=True,
    breach_unit="unit of volume below the floor",
    parameters=(Parameter("share", "share of capacity", 0.6, 0.0, 1.0, whole=False),),
    rows=_rows,
    check=_check,
    contradictions=_contradictions,
)

"""G27: no centre is so big that all would stand still without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.columns import Columns
from models.plan_view import Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays

    Whole = NDArray[np.int64]

_WHOLE = 1000


def _most(arrays: InstanceArrays, parameters: Parameters) -> Whole:
    """Return the most volume one centre may do of each service, (services,): a share in whole thousandths of all there is, rounded down."""
    thousandths = round(_WHOLE * float(parameters["share"]))
    total = np.zeros(len(arrays.services), dtype=np.int64)
    np.add.at(total, arrays.unit_service, arrays.unit_volume)
    return np.array([thousandths * int(volume) // _WHOLE for volume in total], dtype=np.int64)


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    """One row for each centre, model and service whose bands and bodies could take more than the most."""
    offered = columns.candidates
    most = _most(offered.arrays, parameters)[offered.group_service]
    largest, all_units = np.zeros_like(most), np.zeros_like(most)
    np.maximum.at(largest, offered.band_group, offered.band_capacity)
    unit_group = np.unique(np.stack([offered.pair_unit, offered.pair_group]), axis=1)
    np.add.at(all_units, unit_group[1], offered.arrays.unit_volume[unit_group[0]])
    too_big = np.flatnonzero(np.minimum(largest, all_units) > most)
    row_of = np.full(most.shape[0], -1, dtype=np.int64)
    row_of[too_big] = np.arange(too_big.shape[0])
    pairs = np.flatnonzero(row_of[offered.pair_group] >= 0)
    done = (row_of[offered.pair_group[pairs]], columns.pair[pairs], offered.pair_volume[pairs])
    limit = (np.arange(too_big.shape[0]), columns.option[offered.group_option[too_big]], -most[too_big])
    return rows(too_big.shape[0], [done, limit], upper=0)


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    most = _most(view.arrays, parameters)
    breaches = []
    for (centre_position, service_position), load in sorted(view.load.items()):
        if load > most[service_position]:
            centre, service = view.centre(centre_position), view.service(service_position)
            text = f"centre {centre} does {load} of {service}; the most for one centre is {most[service_position]}"
            breaches.append(Breach("resilience", text, load - int(most[service_position]), "", centre, service))
    return breaches


RULE = Rule(
    id="G27",
    name="resilience",
    statement="No centre does more than a share of a service's volume over all bodies, those that stay alone among them.",
    formula="sum_i v[i,s] x[i,s,j,m] <= floor(R sum_i v[i,s]) y[j,m]",
    basis="a failure should not stop the service everywhere; the default of 60 % is our assumption, taken in whole thousandths",
    mark="A",
    soft=True,
    breach_unit="unit of volume above the share",
    parameters=(Parameter("share", "share of all volume of a service", 0.6, 0.0, 1.0, whole=False),),
    rows=_rows,
    check=_check,
)

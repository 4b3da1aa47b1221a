"""G4: a centre has at most one band a service, and serves no more volume than the band holds."""

from __future__ import annotations

import numpy as np

from models.candidates import EVERY_BAND
from models.columns import Columns
from models.joins import ranges
from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rows, Rule, rows, stack


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    offered = columns.candidates
    groups = np.arange(offered.group_option.shape[0], dtype=np.int64)
    shared = np.flatnonzero(offered.pair_band == EVERY_BAND)
    own_band = np.flatnonzero(offered.pair_band != EVERY_BAND)
    one_band = rows(groups.shape[0], [(offered.band_group, columns.band, 1), (groups, columns.option[offered.group_option], -1)], upper=0)
    volume_fits = rows(
        groups.shape[0],
        [(offered.pair_group[shared], columns.pair[shared], offered.pair_volume[shared]), (offered.band_group, columns.band, -offered.band_capacity)],
        upper=0,
    )
    built = _served_where_built(columns, shared)
    if not own_band.size:
        return stack([one_band, volume_fits, built])
    own_band_fits = rows(
        offered.band_group.shape[0],
        [
            (offered.pair_band[own_band], columns.pair[own_band], offered.pair_volume[own_band]),
            (np.arange(offered.band_group.shape[0]), columns.band, -offered.band_capacity),
        ],
        upper=0,
    )
    each = np.arange(own_band.shape[0], dtype=np.int64)
    own_band_built = rows(own_band.shape[0], [(each, columns.pair[own_band], 1), (each, columns.band[offered.pair_band[own_band]], -1)], upper=0)
    return stack([one_band, volume_fits, built, own_band_fits, own_band_built])


def _served_where_built(columns: Columns, pairs: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Rows:
    """One row a pair: served only where one of the group's bands large enough for the unit is built."""
    offered = columns.candidates
    group, volume = offered.pair_group[pairs], offered.pair_volume[pairs]
    # A body larger than a band cannot be in it, so that band does not count towards serving it: a tighter row than the sum of all bands.
    # A group's bands stand by capacity, so those that count are its last; one key of group and rank of capacity finds the first of them.
    sizes = np.unique(offered.band_capacity)
    rank = sizes.shape[0] + 1
    band_key = offered.band_group * rank + np.searchsorted(sizes, offered.band_capacity)
    first = np.searchsorted(band_key, group * rank + np.searchsorted(sizes, volume))
    after = np.searchsorted(offered.band_group, np.arange(offered.group_option.shape[0]), side="right")
    row, band = ranges(first, after[group])
    each = np.arange(pairs.shape[0], dtype=np.int64)
    return rows(pairs.shape[0], [(each, columns.pair[pairs], 1), (row, columns.band[band], -1)], upper=0)


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    breaches = []
    for (centre_position, service_position), load in view.load.items():
        cluster = view.cluster_at.get(centre_position)
        if cluster is None:
            continue
        centre, service = view.centre(centre_position), view.service(service_position)
        band = cluster.bands.get(service_position)
        capacity = 0 if band is None else int(view.arrays.band_capacity[band])
        if band is None:
            breaches.append(Breach("capacity", f"centre {centre} serves {service} without a band for it", max(load, 1), "", centre, service))
        elif load > capacity:
            breaches.append(Breach("capacity", f"centre {centre} does {load} of {service} in a band of {capacity}", load - capacity, "", centre, service))
    return breaches


RULE = Rule(
    id="G4",
    name="capacity",
    statement="A centre has at most one band for each service and does no more of the service than the band holds.",
    formula="sum_b q[j,m,s,b] <= y[j,m]; sum_i v[i,s] x[i,s,j,m] <= sum_b cap[j,s,b] q[j,m,s,b]; x[i,s,j,m] <= sum_{b: cap >= v} q[j,m,s,b]",
    basis="the bands of the instance",
    mark="V",
    always=True,
    rows=_rows,
    check=_check,
    breach_unit="unit of volume above the capacity",
    rests_on=("bands.capacity",),
)

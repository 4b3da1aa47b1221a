"""The bands table by position: how much a centre can take of a service, and at what cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from models.positions import ANY, located, reals, wholes

if TYPE_CHECKING:
    import pandas as pd


def bands_by_position(bands: pd.DataFrame, centre_at: dict[str, int], service_at: dict[str, int]) -> dict[str, Any]:
    """Return the ``band_`` arrays of :class:`models.arrays.InstanceArrays`, shape (bands,), by centre, service, capacity and name.

    ``*`` is spread over the centres; a centre's own rows for a service replace the ``*`` rows of that service.
    """
    service = located(bands["service"], service_at)
    stated = located(bands["centre"], centre_at, every=True)
    own = np.zeros((len(centre_at), len(service_at)), dtype=np.bool_)
    own[stated[stated != ANY], service[stated != ANY]] = True
    centre_parts, row_parts = [stated[stated != ANY]], [np.flatnonzero(stated != ANY)]
    for wild in np.flatnonzero(stated == ANY):
        others = np.flatnonzero(~own[:, service[wild]])
        centre_parts.append(others)
        row_parts.append(np.full(others.shape, wild))
    centre, row = np.concatenate(centre_parts).astype(np.int64), np.concatenate(row_parts).astype(np.int64)
    name = bands["band"].to_numpy().astype(str)[row]
    capacity = wholes(bands["capacity"])[row]
    order = np.lexsort((name, capacity, service[row], centre))
    row = row[order]
    return {
        "band_centre": centre[order],
        "band_service": service[row],
        "band_name": tuple(str(text) for text in name[order]),
        "band_capacity": capacity[order],
        "band_set_up_cost": wholes(bands["set_up_cost"])[row],
        "band_fixed_cost": wholes(bands["fixed_cost"])[row],
        "band_unit_cost": reals(bands["unit_cost"])[row],
    }

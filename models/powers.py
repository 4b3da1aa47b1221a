"""The powers table by position: what each legal type may do under each commercial model, service by service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from models.positions import within
from models.schema import EVERY, list_items

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]


def powers_by_position(powers: pd.DataFrame, type_at: dict[str, int], model_at: dict[str, int], service_at: dict[str, int]) -> dict[str, Any]:
    """Return ``may_lead``, ``may_own``, ``may_use`` (legal types, commercial models, services) and ``may_supply`` (the same, legal types supplied).

    ``*`` is spread over the services; a row that names a service wins. What no row grants is not allowed. A type that may lead may supply the types its
    row lists in ``lead_for``, all where it lists none.
    """
    shape = (len(type_at), len(model_at), len(service_at))
    granted = {name: np.zeros(shape, dtype=np.bool_) for name in ("may_lead", "may_own", "may_use")}
    supplied = np.zeros((*shape, len(type_at)), dtype=np.bool_)
    powers = powers[within(powers["legal_type"], type_at)]
    rows = powers.sort_values("service", key=lambda column: column != EVERY, kind="stable")
    for record in rows.to_dict("records"):
        service = slice(None) if record["service"] == EVERY else service_at[record["service"]]
        at = type_at[record["legal_type"]], model_at[record["commercial_model"]], service
        for name, flags in granted.items():
            flags[at] = record[name]
        named = list_items(record["lead_for"])
        supplied[at] = record["may_lead"] & np.array([not named or kind in named for kind in type_at], dtype=np.bool_)
    return {**granted, "may_supply": supplied}

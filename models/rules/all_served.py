"""C4: nobody keeps a service that is to be shared by all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.columns import Columns
from models.plan_view import STAYS_ALONE, Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays


def must_be_served(arrays: InstanceArrays, parameters: Parameters) -> NDArray[np.int64]:
    """Return the units that may not stay alone; none where the service named is not one of the instance's."""
    named = parameters["service"]
    if not named:
        return np.arange(arrays.unit_body.shape[0], dtype=np.int64)
    return np.flatnonzero(arrays.unit_service == arrays.service_position.get(named, -1))


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    units = must_be_served(columns.candidates.arrays, parameters)
    return rows(units.shape[0], [(np.arange(units.shape[0], dtype=np.int64), columns.alone[units], 1)], upper=0)


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    arrays = view.arrays
    units = must_be_served(arrays, parameters)
    alone = units[view.unit_centre[units] == STAYS_ALONE]
    breaches = []
    for unit in alone.tolist():
        body, service = view.body(int(arrays.unit_body[unit])), view.service(int(arrays.unit_service[unit]))
        breaches.append(Breach("all-served", f"{body} keeps {service}, which all are to share", 1, body, "", service))
    return breaches


RULE = Rule(
    id="C4",
    name="all-served",
    statement="No body keeps the service to itself: each is served at some centre.",
    formula="n[i,s] = 0",
    basis="a decision to share the service everywhere, as when today's arrangement ends; and the definition of the published facility-location problems",
    mark="A",
    soft=True,
    breach_unit="service that stays with its body",
    parameters=(Parameter("service", "name of a service; every one when empty", "", text=True, refers="services.service"),),
    rows=_rows,
    check=_check,
)

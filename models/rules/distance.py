"""G25: hands-on services are done within reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.plan_view import STAYS_ALONE, Breach, PlanView
from models.rules.base import Parameters, Rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays


def _in_reach(
    arrays: InstanceArrays, unit: NDArray[np.int64], centre: NDArray[np.int64], _model: NDArray[np.int64], _parameters: Parameters
) -> NDArray[np.bool_]:
    limit = arrays.service_distance_limit_km[arrays.unit_service[unit]]
    in_reach = np.ones(unit.shape, dtype=np.bool_)
    limited = np.flatnonzero(np.isfinite(limit))
    some = unit[limited]
    in_reach[limited] = arrays.distance_km(arrays.unit_body[some], centre[limited], arrays.unit_service[some]) <= limit[limited]
    return in_reach


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    arrays = view.arrays
    units = np.flatnonzero(view.unit_centre != STAYS_ALONE)
    services = arrays.unit_service[units]
    distances = arrays.distance_km(arrays.unit_body[units], view.unit_centre[units], services)
    breaches = []
    limits = arrays.service_distance_limit_km[services]
    for at in np.flatnonzero(distances > limits):
        unit, distance, limit = units[at], distances[at], float(limits[at])
        body, centre, name = view.body(int(arrays.unit_body[unit])), view.centre(int(view.unit_centre[unit])), view.service(int(services[at]))
        text = f"{body} is {distance:.1f} km from {centre}; {name} reaches {limit:.1f} km"
        breaches.append(Breach("distance", text, max(1, round(distance - limit)), body, centre, name))
    return breaches


RULE = Rule(
    id="G25",
    name="distance",
    statement="A service with a distance limit is done at a centre within that distance of the body.",
    formula="x[i,s,j,m] = 0 where distance[i,j] > D[s]",
    basis="services.distance_limit_km; IT support 60 miles, payroll none, by default of a draft",
    mark="A",
    always=True,
    check=_check,
    served_test=_in_reach,
    rests_on=("services.distance_limit_km",),
)

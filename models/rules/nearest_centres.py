"""C3: a body is offered only the centres nearest to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.joins import distinct
from models.plan_view import STAYS_ALONE, Breach, PlanView
from models.positions import ANY
from models.rules.base import Parameter, Parameters, Rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays


def _near(arrays: InstanceArrays, body: NDArray[np.int64], centre: NDArray[np.int64], parameters: Parameters) -> NDArray[np.bool_]:
    """Tell which centres are near; a body's own centre and those it is required to use always are."""
    near = (arrays.nearest_centres(int(parameters["count"]))[body] == centre[:, None]).any(axis=1)
    links, centres = arrays.links, len(arrays.centres)
    required = _required(arrays)
    if required.size:
        near |= np.isin(body * centres + centre, links.body[required] * centres + links.centre[required])
    return np.asarray((arrays.centre_host[centre] == body) | near, dtype=np.bool_)


def _left(arrays: InstanceArrays, parameters: Parameters) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (body, centre) of what :func:`_near` lets stand, sorted, without looking at every body with every centre."""
    nearest, centres = arrays.nearest_centres(int(parameters["count"])), max(1, len(arrays.centres))
    hosted = np.flatnonzero(arrays.centre_host >= 0)
    required = _required(arrays)
    key = distinct(
        np.concatenate(
            [
                (np.arange(nearest.shape[0], dtype=np.int64)[:, None] * centres + nearest).reshape(-1),
                arrays.centre_host[hosted] * centres + hosted,
                arrays.links.body[required] * centres + arrays.links.centre[required],
            ]
        )
    )
    return key // centres, key % centres


def _required(arrays: InstanceArrays) -> NDArray[np.int64]:
    """Return the links that require a body to use a certain centre."""
    return np.flatnonzero(arrays.links.with_status("required") & (arrays.links.centre != ANY))


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    served = np.flatnonzero(view.unit_centre != STAYS_ALONE)
    body, centre = view.arrays.unit_body[served], view.unit_centre[served]
    far = np.flatnonzero(~_near(view.arrays, body, centre, parameters))
    return [
        Breach(
            "nearest-centres", f"{view.body(i)} uses {view.centre(j)}, not one of its {parameters['count']} nearest centres", 1, view.body(i), view.centre(j)
        )
        for j, i in sorted(set(zip(centre[far].tolist(), body[far].tolist(), strict=True)))
    ]


def _restricts(parameters: Parameters) -> str:
    count = int(parameters["count"])
    return "each body uses only its nearest centre" if count == 1 else f"each body uses only its {count} nearest centres"


RULE = Rule(
    id="C3",
    name="nearest-centres",
    statement="A body uses only the candidate centres nearest to it, its own, and those it is required to use.",
    formula="e[i,j,m] = 0 unless j is among the K nearest centres of i",
    basis="keeps large instances solvable; the proof then holds for plans within this limit",
    mark="A",
    parameters=(Parameter("count", "centres a body", None, 1, 100000),),
    check=_check,
    body_centre_test=_near,
    body_centres=_left,
    restricts=_restricts,
)

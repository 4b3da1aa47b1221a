"""C3: a body is offered only the centres nearest to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.geography import nearest_centres
from models.plan_view import Breach, PlanView
from models.positions import ANY
from models.rules.base import Parameter, Parameters, Rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays


def _near(arrays: InstanceArrays, body: NDArray[np.int64], centre: NDArray[np.int64], parameters: Parameters) -> NDArray[np.bool_]:
    """Tell which centres are near; a body's own centre and those it is required to use always are."""
    asked = np.zeros(len(arrays.bodies), dtype=np.bool_)
    asked[body] = True
    some, row_of = np.flatnonzero(asked), np.cumsum(asked) - 1
    found = nearest_centres(arrays.body_latitude[some], arrays.body_longitude[some], arrays.centre_latitude, arrays.centre_longitude, int(parameters["count"]))
    near = np.zeros((some.shape[0], len(arrays.centres)), dtype=np.bool_)
    np.put_along_axis(near, found, values=True, axis=1)
    links = arrays.links
    required = np.flatnonzero(links.with_status("required") & (links.centre != ANY) & asked[links.body])
    near[row_of[links.body[required]], links.centre[required]] = True
    return np.asarray((arrays.centre_host[centre] == body) | near[row_of[body], centre], dtype=np.bool_)


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    links = [(member, centre) for centre, members in view.members.items() for member in sorted(members)]
    if not links:
        return []
    body, centre = (np.array(positions, dtype=np.int64) for positions in zip(*links, strict=True))
    near = _near(view.arrays, body, centre, parameters)
    return [
        Breach(
            "nearest-centres", f"{view.body(i)} uses {view.centre(j)}, not one of its {parameters['count']} nearest centres", 1, view.body(i), view.centre(j)
        )
        for (i, j), is_near in zip(links, near, strict=True)
        if not is_near
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
    restricts=_restricts,
)

"""G21: a centre is cleared to the level its members need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays


def _cleared(arrays: InstanceArrays, body: NDArray[np.int64], centre: NDArray[np.int64], _parameters: Parameters) -> NDArray[np.bool_]:
    return arrays.centre_security[centre] >= arrays.body_security[body]


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    breaches = []
    for position, members in view.members.items():
        cleared = int(view.arrays.centre_security[position])
        of_member = view.arrays.body_security[view.arrays.unit_body[view.units_served_at(position)]]
        if not (of_member > cleared).any():
            continue
        for member in sorted(members):
            needed = int(view.arrays.body_security[member])
            if needed > cleared:
                text = f"{view.body(member)} needs security level {needed}; {view.centre(position)} is cleared to {cleared}"
                breaches.append(Breach("security", text, needed - cleared, view.body(member), view.centre(position)))
    return breaches


RULE = Rule(
    id="G21",
    name="security",
    statement="A centre is cleared to the security level each of its members needs.",
    formula="e[i,j,m] = 0 where level[j] < need[i]",
    basis="the security levels of bodies and centres in the instance",
    mark="V",
    always=True,
    check=_check,
    body_centre_test=_cleared,
    rests_on=("bodies.security_level",),
)

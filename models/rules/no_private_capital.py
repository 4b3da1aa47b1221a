"""G16: a centre with private capital is no joint venture of public bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rule
from models.schema import JOINT_FORMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays


def _public(arrays: InstanceArrays, centre: NDArray[np.int64], model: NDArray[np.int64], _parameters: Parameters) -> NDArray[np.bool_]:
    joint = np.array([form in JOINT_FORMS for form in arrays.model_form], dtype=np.bool_)
    return ~(joint[model] & arrays.centre_private_co_owner[centre])


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    breaches = []
    for cluster in view.clusters:
        if view.arrays.model_form[cluster.model] in JOINT_FORMS and view.arrays.centre_private_co_owner[cluster.centre]:
            centre = view.centre(cluster.centre)
            text = f"centre {centre} has a private co-owner, so {view.model(cluster.model)} is closed to it"
            breaches.append(Breach("no-private-capital", text, centre=centre))
    return breaches


RULE = Rule(
    id="G16",
    name="no-private-capital",
    statement="A centre with a private co-owner runs under no joint form; it may be outsourced to.",
    formula="y[j,m] = 0 for joint m where j has a private co-owner",
    basis="no direct private capital in a body controlled by public ones (the Teckal conditions, Public Contracts Regulations 2015 reg. 12)",
    mark="V",
    check=_check,
    option_test=_public,
)

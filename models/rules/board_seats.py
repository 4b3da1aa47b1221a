"""G12: every owner of a joint cluster has a seat on a board that is not too large.

Seats need no columns. A board of at most B seats on which each owner has one exists exactly when there are at most B owners: give each one seat; and with
more owners than seats somebody has none. How many seats each owner gets is worked out afterwards (:mod:`models.boards`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.plan_view import Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows
from models.schema import JOINT_FORMS

if TYPE_CHECKING:
    from models.columns import Columns


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    offered = columns.candidates
    joint = np.flatnonzero([form in JOINT_FORMS for form in offered.option_form()]).astype(np.int64)
    row_of = np.full(offered.option_centre.shape[0], -1, dtype=np.int64)
    row_of[joint] = np.arange(joint.shape[0])
    row = row_of[offered.member_option[offered.owner_member]]
    owned = row >= 0
    seats = (np.arange(joint.shape[0]), columns.option[joint], -int(parameters["maximum"]))
    return rows(joint.shape[0], [(row[owned], columns.owner[owned], 1), seats], upper=0)


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    seats = int(parameters["maximum"])
    breaches = []
    for cluster in view.clusters:
        if view.arrays.model_form[cluster.model] in JOINT_FORMS and len(cluster.owners) > seats:
            centre = view.centre(cluster.centre)
            text = f"centre {centre} has {len(cluster.owners)} owners and a board of at most {seats} seats"
            breaches.append(Breach("board-seats", text, len(cluster.owners) - seats, centre=centre))
    return breaches


def _most_owners(_stated: int | None, parameters: Parameters) -> int:
    return int(parameters["maximum"])


RULE = Rule(
    id="G12",
    name="board-seats",
    statement="Every owner of a joint cluster has a seat, on a board of at most so many seats.",
    formula="sum_i own[i,j,m] <= B y[j,m], which is when seats[i] >= own[i,j,m] with sum_i seats[i] <= B exist",
    basis="a board that every owner sits on and that can still decide; the default of twelve is our assumption",
    mark="A",
    parameters=(Parameter("maximum", "seats a board", 12, 1, 1000),),
    rows=_rows,
    check=_check,
    most_owners=_most_owners,
)

"""G13: no owner of a joint cluster holds so many seats that nothing passes without it.

Seats need no columns. Let a cluster have n owners. A board on which each has a seat and none holds more than the share h exists exactly when n >= 1/h:
then one seat each will do, for each holds 1/n <= h; and when n < 1/h, the largest holding is at least 1/n > h on any board. One seat each also makes the
smallest board, so the rule stands beside G12 without a condition of its own on the board's size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.plan_view import Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows
from models.rules.shared_shares import hundredths
from models.schema import JOINT_FORMS

if TYPE_CHECKING:
    from models.columns import Columns


def _fewest_owners(_stated: int | None, parameters: Parameters) -> int:
    """Return ceil(1/h)."""
    return -(-100 // hundredths(parameters["share"]))


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    """One row for each joint option, unless its commercial model asks for as many owners anyway (G8)."""
    offered, fewest = columns.candidates, _fewest_owners(None, parameters)
    models = zip(offered.option_form(), offered.option_model, strict=True)
    demanding = np.flatnonzero([form in JOINT_FORMS and offered.arrays.minimum_owners(int(model)) < fewest for form, model in models]).astype(np.int64)
    row_of = np.full(offered.option_centre.shape[0], -1, dtype=np.int64)
    row_of[demanding] = np.arange(demanding.shape[0])
    row = row_of[offered.member_option[offered.owner_member]]
    owned = row >= 0
    return rows(demanding.shape[0], [(row[owned], columns.owner[owned], 1), (np.arange(demanding.shape[0]), columns.option[demanding], -fewest)], lower=0)


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    fewest = _fewest_owners(None, parameters)
    breaches = []
    for cluster in view.clusters:
        if view.arrays.model_form[cluster.model] in JOINT_FORMS and len(cluster.owners) < fewest:
            centre = view.centre(cluster.centre)
            share = hundredths(parameters["share"])
            text = f"centre {centre} has {len(cluster.owners)} owners; it takes {fewest} for none to hold more than {share} % of the seats"
            breaches.append(Breach("veto-block", text, fewest - len(cluster.owners), centre=centre))
    return breaches


RULE = Rule(
    id="G13",
    name="veto-block",
    statement="No owner of a joint cluster holds more than a share of the seats on its board.",
    formula="sum_i own[i,j,m] >= ceil(1/h) y[j,m], which is when 1 <= seats[i] <= h sum_k seats[k] for every owner exist",
    basis="an owner with more than half of the seats decides alone; with the default of 50 %, an assumption, the two owners of G8 already do",
    mark="A",
    parameters=(Parameter("share", "share of the seats, to the hundredth", 0.5, 0.01, 1.0, whole=False),),
    rows=_rows,
    check=_check,
    fewest_owners=_fewest_owners,
)

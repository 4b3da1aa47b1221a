"""G2: a closed centre serves nobody; an open one runs under one commercial model."""

from __future__ import annotations

import numpy as np

from models.columns import Columns
from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rows, Rule, rows, stack


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    offered = columns.candidates
    options = offered.option_centre
    members = np.arange(offered.member_body.shape[0], dtype=np.int64)
    sole, sole_pair = columns.sole_pair
    pairs = np.delete(np.arange(offered.pair_unit.shape[0], dtype=np.int64), sole_pair)
    each = np.arange(pairs.shape[0], dtype=np.int64)
    one_model = rows(len(offered.arrays.centres), [(options, columns.option, 1)], upper=1)
    member_of_open = rows(members.shape[0], [(members, columns.member, 1), (members, columns.option[offered.member_option], -1)], upper=0)
    served_is_member = rows(pairs.shape[0], [(each, columns.pair[pairs], 1), (each, columns.member[offered.pair_member[pairs]], -1)], upper=0)
    # Where the member is its only pair there is nothing to say.
    several = np.delete(members, sole)
    row_of = np.full(members.shape, -1, dtype=np.int64)
    row_of[several] = np.arange(several.shape[0])
    member_is_served = rows(
        several.shape[0],
        [(row_of[several], columns.member[several], 1), (row_of[offered.pair_member[pairs]], columns.pair[pairs], -1)],
        upper=0,
    )
    return stack([one_model, member_of_open, served_is_member, member_is_served])


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    breaches = []
    seen: set[int] = set()
    for cluster in view.clusters:
        centre = view.centre(cluster.centre)
        if cluster.centre in seen:
            breaches.append(Breach("one-model", f"centre {centre} has more than one commercial model", centre=centre))
        seen.add(cluster.centre)
        if not view.arrays.centre_allows[cluster.centre, cluster.model]:
            breaches.append(Breach("one-model", f"centre {centre} may not run under {view.model(cluster.model)}", centre=centre))
    for position, members in view.members.items():
        if position not in seen:
            centre = view.centre(position)
            breaches.append(Breach("one-model", f"centre {centre} is closed but serves {len(members)} bodies", len(members), centre=centre))
    return breaches


RULE = Rule(
    id="G2",
    name="one-model",
    statement="A closed centre serves nobody, and an open centre runs under exactly one commercial model, one it is allowed.",
    formula="sum_m y[j,m] <= 1; e[i,j,m] <= y[j,m]; x[i,s,j,m] <= e[i,j,m]; e[i,j,m] <= sum_s x[i,s,j,m]",
    basis="definition of the problem",
    mark="V",
    always=True,
    rows=_rows,
    check=_check,
    definition=True,
)

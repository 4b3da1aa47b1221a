"""G8: a joint cluster has at least two owners, and every owner is a member."""

from __future__ import annotations

import numpy as np

from models.columns import Columns
from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rows, Rule, rows, stack
from models.schema import Form


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    offered = columns.candidates
    least = np.array([offered.arrays.minimum_owners(model) for model in range(len(offered.arrays.commercial_models))], dtype=np.int64)
    unitary = np.array([form is Form.UNITARY for form in offered.option_form()], dtype=np.bool_)
    fewest = np.where(unitary, 0, least[offered.option_model])
    owned = np.flatnonzero(fewest > 0)
    row_of = np.full(fewest.shape, -1, dtype=np.int64)
    row_of[owned] = np.arange(owned.shape[0])
    row = row_of[offered.member_option[offered.owner_member]]
    bound = np.flatnonzero(row >= 0)
    enough = rows(owned.shape[0], [(row[bound], columns.owner[bound], 1), (np.arange(owned.shape[0]), columns.option[owned], -fewest[owned])], lower=0)
    owners = np.arange(offered.owner_member.shape[0], dtype=np.int64)
    owner_is_member = rows(owners.shape[0], [(owners, columns.owner, 1), (owners, columns.member[offered.owner_member], -1)], upper=0)
    return stack([enough, owner_is_member])


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    breaches = []
    for cluster in view.clusters:
        centre = view.centre(cluster.centre)
        if view.arrays.model_form[cluster.model] is Form.UNITARY:
            continue
        fewest = view.arrays.minimum_owners(cluster.model)
        if len(cluster.owners) < fewest:
            text = f"centre {centre} has {len(cluster.owners)} owners; {view.model(cluster.model)} needs {fewest}"
            breaches.append(Breach("joint-owners", text, fewest - len(cluster.owners), centre=centre))
        for owner in cluster.owners:
            if owner not in view.members.get(cluster.centre, frozenset()):
                breaches.append(Breach("joint-owners", f"{view.body(owner)} owns {centre} without being a member", 1, view.body(owner), centre))
    return breaches


def _fewest_owners(stated: int | None, _parameters: Parameters) -> int:
    return 2 if stated is None else stated


RULE = Rule(
    id="G8",
    name="joint-owners",
    statement=(
        "A joint cluster has at least two owners, an outsourced one at least one body that signs the contract unless its model asks for none; "
        "every owner is a member."
    ),
    formula="sum_i own[i,j,m] >= omin[m] y[j,m]; own[i,j,m] <= e[i,j,m]",
    basis="definition of a joint initiative: two or more bodies set it up and own it",
    mark="V",
    always=True,
    rows=_rows,
    check=_check,
    fewest_owners=_fewest_owners,
    rests_on=("commercial_models.minimum_owners",),
    definition=True,
)

"""G17: only what the law lets a body of that type use and own, under that model, for that service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.columns import Columns
from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rows, Rule, rows
from models.schema import Form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays


def _may_use(
    arrays: InstanceArrays, unit: NDArray[np.int64], _centre: NDArray[np.int64], model: NDArray[np.int64], _parameters: Parameters
) -> NDArray[np.bool_]:
    return arrays.may_use[arrays.body_legal_type[arrays.unit_body[unit]], model, arrays.unit_service[unit]]


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    """Make an owner use a service it may own; a row only where the body could also be a member by services it may not own."""
    offered, arrays = columns.candidates, columns.candidates.arrays
    model = offered.option_model[offered.pair_option]
    granted = arrays.may_own[arrays.body_legal_type[arrays.unit_body[offered.pair_unit]], model, arrays.unit_service[offered.pair_unit]]
    doubtful = np.zeros(offered.member_body.shape[0], dtype=np.bool_)
    doubtful[offered.pair_member[~granted]] = True
    owners = np.flatnonzero(doubtful[offered.owner_member])
    row_of_member = np.full(offered.member_body.shape[0], -1, dtype=np.int64)
    row_of_member[offered.owner_member[owners]] = np.arange(owners.shape[0])
    pairs = np.flatnonzero(granted & (row_of_member[offered.pair_member] >= 0))
    each = np.arange(owners.shape[0], dtype=np.int64)
    return rows(owners.shape[0], [(each, columns.owner[owners], 1), (row_of_member[offered.pair_member[pairs]], columns.pair[pairs], -1)], upper=0)


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    arrays = view.arrays
    breaches = []
    for cluster in view.clusters:
        centre, model = view.centre(cluster.centre), view.model(cluster.model)
        units = view.units_served_at(cluster.centre)
        bodies, services = arrays.unit_body[units], arrays.unit_service[units]
        for at in np.flatnonzero(~arrays.may_use[arrays.body_legal_type[bodies], cluster.model, services]):
            body, used = view.body(int(bodies[at])), view.service(int(services[at]))
            breaches.append(Breach("legal-powers", f"{body} may not use {used} under {model}", 1, body, centre, used))
        for owner in cluster.owners:
            if arrays.model_form[cluster.model] is Form.UNITARY:
                continue
            used_services = view.services_of(owner, cluster.centre)
            if not any(arrays.may_own[arrays.body_legal_type[owner], cluster.model, service] for service in used_services):
                breaches.append(Breach("legal-powers", f"{view.body(owner)} may not own {centre} under {model}", 1, view.body(owner), centre))
    return breaches


RULE = Rule(
    id="G17",
    name="legal-powers",
    statement="A body uses, owns or leads only what the law allows its type, under that commercial model, for that service.",
    formula="x[i,s,j,m] = 0 where not may_use; own[i,j,m] <= sum_{s: may_own} x[i,s,j,m]",
    basis="the powers table; its starter values rest on the statutes named there and are for the user's lawyers to confirm",
    mark="A",
    always=True,
    rows=_rows,
    check=_check,
    served_test=_may_use,
    rests_on=("powers.may_lead", "powers.may_own", "powers.may_use"),
)

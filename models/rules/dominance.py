"""G11: no owner dominates a joint cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.plan_view import Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows
from models.rules.shared_owner_workload import OWNER_WORKLOAD, OWNERS_WORKLOAD, joint_owners, owner_workload_blocks, owner_workloads
from models.rules.shared_shares import hundredths
from models.schema import JOINT_FORMS

if TYPE_CHECKING:
    from models.columns import Block, Columns


def _blocks(columns: Columns, _parameters: Parameters) -> tuple[Block, ...]:
    return owner_workload_blocks(columns)


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    joint = joint_owners(columns.candidates)
    owners = np.arange(joint.owner.shape[0], dtype=np.int64)
    together = columns.block(OWNERS_WORKLOAD)[joint.owner_option]
    return rows(owners.shape[0], [(owners, columns.block(OWNER_WORKLOAD), 100), (owners, together, -hundredths(parameters["share"]))], upper=0)


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    share = hundredths(parameters["share"])
    breaches = []
    for cluster in view.clusters:
        if view.arrays.model_form[cluster.model] not in JOINT_FORMS:
            continue
        workload = owner_workloads(view, cluster)
        together = sum(workload.values())
        for owner, own in workload.items():
            excess = 100 * own - share * together
            if excess > 0:
                centre, body = view.centre(cluster.centre), view.body(owner)
                text = f"{body} brings {own} of the {together} units of work the owners bring to {centre}; the most is {share} %"
                breaches.append(Breach("dominance", text, excess, body, centre))
    return breaches


def _fewest_owners(_stated: int | None, parameters: Parameters) -> int:
    """Return how many owners of equal weight it takes for none to be above the share."""
    return -(-100 // hundredths(parameters["share"]))


RULE = Rule(
    id="G11",
    name="dominance",
    statement="In a joint cluster no owner brings more than a share of the work that the owners bring, in common workload units; customers do not count.",
    formula="100 V[i,j,m] <= D sum_k V[k,j,m] with D = 100 d; V[i,j,m] = own[i,j,m] sum_s w[i,s] x[i,s,j,m]",
    basis="one partner that outweighs the others runs the venture as its own; the default of 60 % is our assumption, and under 50 % bars two owners",
    mark="A",
    soft=True,
    breach_unit="hundredth of a unit of workload above the share",
    parameters=(Parameter("share", "share of the owners' workload, to the hundredth", 0.6, 0.01, 1.0, whole=False),),
    rows=_rows,
    check=_check,
    blocks=_blocks,
    fewest_owners=_fewest_owners,
)

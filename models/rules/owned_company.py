"""G14: a jointly owned company works above all for its owners."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from models.plan_view import Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows
from models.rules.shared_owner_workload import OWNERS_WORKLOAD, joint_owners, owner_workload_blocks, owner_workloads
from models.rules.shared_shares import hundredths
from models.rules.shared_workload import workload_of
from models.schema import Form

if TYPE_CHECKING:
    from models.columns import Block, Columns


def _blocks(columns: Columns, _parameters: Parameters) -> tuple[Block, ...]:
    return owner_workload_blocks(columns)


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    """State 100 owners > S all with whole numbers: a owners >= b all + y, a and b without a common factor; a closed centre meets it with zeros."""
    offered, joint = columns.candidates, joint_owners(columns.candidates)
    share = hundredths(parameters["share"])
    owners_weight, all_weight = 100 // gcd(100, share), share // gcd(100, share)
    form = offered.option_form()
    company = np.flatnonzero([form[option] is Form.JOINT_COMPANY for option in joint.option]).astype(np.int64)
    option = joint.option[company]
    row_of = np.full(offered.option_centre.shape[0], -1, dtype=np.int64)
    row_of[option] = np.arange(option.shape[0])
    row = row_of[offered.pair_option]
    pairs = np.flatnonzero(row >= 0)
    each = np.arange(option.shape[0], dtype=np.int64)
    outside = offered.arrays.centre_open_market_workload[offered.option_centre[option]]
    return rows(
        option.shape[0],
        [
            (each, columns.block(OWNERS_WORKLOAD)[company], owners_weight),
            (row[pairs], columns.pair[pairs], -all_weight * offered.arrays.unit_workload[offered.pair_unit[pairs]]),
            (each, columns.option[option], -(all_weight * outside + 1)),
        ],
        lower=0,
    )


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    share = hundredths(parameters["share"])
    breaches = []
    for cluster in view.clusters:
        if view.arrays.model_form[cluster.model] is not Form.JOINT_COMPANY:
            continue
        everything = workload_of(view, cluster.centre) + int(view.arrays.centre_open_market_workload[cluster.centre])
        for_owners = sum(owner_workloads(view, cluster).values())
        # The most work for others that still leaves strictly more than the share to the owners.
        allowed = ((100 - share) * everything - 1) // 100
        if everything - for_owners > allowed:
            centre = view.centre(cluster.centre)
            text = f"company {centre} does {for_owners} of its {everything} units of work for its owners; it must be over {share} %"
            breaches.append(Breach("owned-company", text, everything - for_owners - allowed, centre=centre))
    return breaches


RULE = Rule(
    id="G14",
    name="owned-company",
    statement="A jointly owned company does more than a share of its work, in common workload units and with what it does for the open market, for its owners.",
    formula="100 sum_i V[i,j,m] > S (sum_{i,s} w[i,s] x[i,s,j,m] + ext[j] y[j,m]) with S = 100 share",
    basis="over 80 %, or it must tender for their work: Public Contracts Regulations 2015 reg. 12, SSI 2015/446; wording of the 2023 Act from memory",
    mark="V",
    parameters=(Parameter("share", "share of the work, to be exceeded, to the hundredth", 0.8, 0.0, 0.99, whole=False),),
    rows=_rows,
    check=_check,
    blocks=_blocks,
)

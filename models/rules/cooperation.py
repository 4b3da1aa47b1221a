"""G15: a joint committee works for public bodies and hardly for the open market."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.plan_view import Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows
from models.rules.shared_shares import hundredths
from models.rules.shared_workload import workload_of
from models.schema import Form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.columns import Columns


def _needed(arrays: InstanceArrays, parameters: Parameters) -> NDArray[np.int64]:
    """Return the least workload for members beside which each centre's open-market work is under the share, (centres,); 0 where there is none.

    100 ext < S (ext + W) for whole W is W >= floor((100 - S) ext / S) + 1.
    """
    share = hundredths(parameters["share"])
    outside = arrays.centre_open_market_workload
    return np.where(outside > 0, (100 - share) * outside // share + 1, 0)


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    offered = columns.candidates
    needed = _needed(offered.arrays, parameters)[offered.option_centre]
    committee = np.array([form is Form.JOINT_COMMITTEE for form in offered.option_form()], dtype=np.bool_)
    demanding = np.flatnonzero(committee & (needed > 0))
    row_of = np.full(needed.shape[0], -1, dtype=np.int64)
    row_of[demanding] = np.arange(demanding.shape[0])
    row = row_of[offered.pair_option]
    pairs = np.flatnonzero(row >= 0)
    work = (row[pairs], columns.pair[pairs], offered.arrays.unit_workload[offered.pair_unit[pairs]])
    return rows(demanding.shape[0], [work, (np.arange(demanding.shape[0]), columns.option[demanding], -needed[demanding])], lower=0)


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    needed = _needed(view.arrays, parameters)
    breaches = []
    for cluster in view.clusters:
        workload = workload_of(view, cluster.centre)
        if view.arrays.model_form[cluster.model] is Form.JOINT_COMMITTEE and workload < needed[cluster.centre]:
            centre, outside = view.centre(cluster.centre), int(view.arrays.centre_open_market_workload[cluster.centre])
            text = f"committee {centre} does {outside} units of work for the open market beside {workload} for its members"
            breaches.append(Breach("cooperation", text, int(needed[cluster.centre]) - workload, centre=centre))
    return breaches


RULE = Rule(
    id="G15",
    name="cooperation",
    statement="At a centre run by a joint committee, work for the open market is under a share of all its work, in common workload units.",
    formula="100 ext[j] y[j,m] < S (ext[j] y[j,m] + sum_{i,s} w[i,s] x[i,s,j,m]) with S = 100 share, where ext[j] > 0",
    basis="cooperation between public bodies: Public Contracts Regulations 2015 reg. 12(7); wording of the 2023 Act from memory",
    mark="V",
    parameters=(Parameter("share", "share of the work, not to be reached, to the hundredth", 0.2, 0.01, 1.0, whole=False),),
    rows=_rows,
    check=_check,
)

"""G28: a cluster survives when any one member leaves."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from models.columns import Block, Columns
from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rows, Rule, rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.candidates import Candidates

    Whole = NDArray[np.int64]

_BLOCK = "largest member's workload"


def _demanding(offered: Candidates) -> tuple[Whole, Whole]:
    """Return the options whose model needs work when one has left, and the row of every option among them (-1: none)."""
    demanding = np.flatnonzero(offered.arrays.model_leaver_volume[offered.option_model] > 0)
    row_of = np.full(offered.option_centre.shape[0], -1, dtype=np.int64)
    row_of[demanding] = np.arange(demanding.shape[0])
    return demanding, row_of


def _blocks(columns: Columns, _parameters: Parameters) -> tuple[Block, ...]:
    """Return the workload of each cluster's largest member, so that one row a cluster speaks for every member that could leave."""
    offered = columns.candidates
    demanding, row_of = _demanding(offered)
    members = np.flatnonzero(row_of[offered.member_option] >= 0)
    at = np.full(offered.member_body.shape[0], -1, dtype=np.int64)
    at[members] = np.arange(members.shape[0])
    pairs = np.flatnonzero(at[offered.pair_member] >= 0)
    workload = offered.arrays.unit_workload[offered.pair_unit[pairs]]
    body_workload = np.zeros(len(offered.arrays.bodies), dtype=np.int64)
    np.add.at(body_workload, offered.arrays.unit_body, offered.arrays.unit_workload)
    upper = np.zeros(demanding.shape[0], dtype=np.int64)
    np.maximum.at(upper, row_of[offered.member_option[members]], body_workload[offered.member_body[members]])

    def at_least_each_member(columns: Columns) -> Rows:
        each = np.arange(members.shape[0], dtype=np.int64)
        largest = columns.block(_BLOCK)[row_of[offered.member_option[members]]]
        return rows(members.shape[0], [(each, largest, 1), (at[offered.pair_member[pairs]], columns.pair[pairs], -workload)], lower=0)

    def filled(columns: Columns, values: Whole) -> Whole:
        used = np.zeros(members.shape[0], dtype=np.int64)
        np.add.at(used, at[offered.pair_member[pairs]], workload * values[columns.pair[pairs]])
        largest = np.zeros(demanding.shape[0], dtype=np.int64)
        np.maximum.at(largest, row_of[offered.member_option[members]], used)
        return largest

    return (Block(_BLOCK, upper=upper, cost=np.zeros_like(upper), rows=at_least_each_member, fill=filled),)


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    offered = columns.candidates
    demanding, row_of = _demanding(offered)
    needed = offered.arrays.model_leaver_volume[offered.option_model[demanding]]
    pairs = np.flatnonzero(row_of[offered.pair_option] >= 0)
    all_work = (row_of[offered.pair_option[pairs]], columns.pair[pairs], offered.arrays.unit_workload[offered.pair_unit[pairs]])
    each = np.arange(demanding.shape[0], dtype=np.int64)
    return rows(demanding.shape[0], [all_work, (each, columns.block(_BLOCK), -1), (each, columns.option[demanding], -needed)], lower=0)


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    breaches = []
    for cluster in view.clusters:
        needed = int(view.arrays.model_leaver_volume[cluster.model])
        work: Counter[int] = Counter()
        for unit in view.units_at.get(cluster.centre, []):
            work[int(view.arrays.unit_body[unit])] += int(view.arrays.unit_workload[unit])
        largest = max(work, key=lambda body: (work[body], -body), default=None)
        left = sum(work.values()) - (0 if largest is None else work[largest])
        if left < needed:
            centre, model = view.centre(cluster.centre), view.model(cluster.model)
            leaver = "its largest member" if largest is None else view.body(largest)
            text = f"without {leaver} centre {centre} has {left} units of work; {model} needs {needed}"
            breaches.append(Breach("one-leaver", text, needed - left, "" if largest is None else leaver, centre))
    return breaches


RULE = Rule(
    id="G28",
    name="one-leaver",
    statement="When any one member has left, the cluster still has the work its commercial model needs then; the member with most work decides.",
    formula="big[j,m] >= sum_s w[i,s] x[i,s,j,m]; sum_{i,s} w[i,s] x[i,s,j,m] - big[j,m] >= Vleave[m] y[j,m]",
    basis="commercial_models.leaver_volume, else minimum_volume; LGSS, Clyde Valley and the Tri-borough broke up when one left",
    mark="A",
    soft=True,
    breach_unit="unit of workload short when the largest member has left",
    blocks=_blocks,
    rows=_rows,
    check=_check,
)

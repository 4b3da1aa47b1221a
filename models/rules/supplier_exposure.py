"""G20: no supplier holds too much of everybody's work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.plan_view import Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows
from models.rules.shared_shares import hundredths
from models.rules.shared_workload import workload_of
from models.schema import Form

if TYPE_CHECKING:
    from models.arrays import InstanceArrays
    from models.columns import Columns


def _most(arrays: InstanceArrays, parameters: Parameters) -> int:
    """Return the most workload one supplier may hold: the share of all in scope, also of bodies that stay alone, rounded down."""
    return hundredths(parameters["share"]) * int(arrays.unit_workload.sum()) // 100


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    """One row for each supplier that could hold more than it may."""
    offered, arrays = columns.candidates, columns.candidates.arrays
    most = _most(arrays, parameters)
    names, supplier = np.unique(np.array(arrays.centre_supplier), return_inverse=True)
    outsourced = np.array([form is Form.OUTSOURCED for form in offered.option_form()], dtype=np.bool_)
    pairs = np.flatnonzero(outsourced[offered.pair_option])
    unit, by = offered.pair_unit[pairs], supplier.reshape(-1)[offered.option_centre[offered.pair_option[pairs]]]
    held_once = np.unique(unit * names.shape[0] + by)
    possible = np.zeros(names.shape[0], dtype=np.int64)
    np.add.at(possible, held_once % names.shape[0], arrays.unit_workload[held_once // names.shape[0]])
    large = np.flatnonzero(possible > most)
    row_of = np.full(names.shape[0], -1, dtype=np.int64)
    row_of[large] = np.arange(large.shape[0])
    counted = row_of[by] >= 0
    return rows(large.shape[0], [(row_of[by[counted]], columns.pair[pairs[counted]], arrays.unit_workload[unit[counted]])], upper=most)


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    most = _most(view.arrays, parameters)
    held: dict[str, int] = {}
    for cluster in view.clusters:
        if view.arrays.model_form[cluster.model] is Form.OUTSOURCED:
            supplier = view.arrays.centre_supplier[cluster.centre]
            held[supplier] = held.get(supplier, 0) + workload_of(view, cluster.centre)
    return [
        Breach("supplier-exposure", f"supplier {supplier} holds {work} units of work; the most is {most}", work - most)
        for supplier, work in sorted(held.items())
        if work > most
    ]


RULE = Rule(
    id="G20",
    name="supplier-exposure",
    statement="One supplier holds at most a share of all work in scope, in common workload units; a centre without a named supplier is its own.",
    formula="sum_{j of supplier} sum_{i,s} w[i,s] x[i,s,j,m] <= floor(r sum_{i,s} w[i,s]) over outsourced m",
    basis="a supplier that fails takes its customers' services down with it; the default of 50 % is our assumption",
    mark="A",
    soft=True,
    breach_unit="unit of workload above the share",
    parameters=(Parameter("share", "share of all workload in scope, to the hundredth", 0.5, 0.0, 1.0, whole=False),),
    rows=_rows,
    check=_check,
)

"""G22: named pairs of bodies are kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.columns import Columns
from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rows, Rule
from models.rules.shared_conflicts import cliques_by_centre, member_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays

    Whole = NDArray[np.int64]


def _pairs(arrays: InstanceArrays) -> tuple[Whole, Whole]:
    apart = np.array([relation == "must-not-share" for relation in arrays.pair_relation], dtype=np.bool_)
    return arrays.pair_a[apart], arrays.pair_b[apart]


def _kept_apart(arrays: InstanceArrays, bodies: Whole, others: Whole, _parameters: Parameters) -> NDArray[np.bool_]:
    """Look each pair up both ways round; only the named bodies are ever touched."""
    apart = np.zeros((bodies.shape[0], others.shape[0]), dtype=np.bool_)
    first, second = _pairs(arrays)
    for one, other in ((first, second), (second, first)):
        rows_of, columns_of = _where(bodies, one), _where(others, other)
        named = (rows_of >= 0) & (columns_of >= 0)
        apart[rows_of[named], columns_of[named]] = True
    return apart


def _where(bodies: Whole, sought: Whole) -> Whole:
    """Return the index in ``bodies`` of each position sought, -1 where it is not there."""
    if not bodies.size:
        return np.full(sought.shape, -1, dtype=np.int64)
    order = np.argsort(bodies, kind="stable")
    found = order[np.minimum(np.searchsorted(bodies[order], sought), bodies.shape[0] - 1)]
    return np.where(bodies[found] == sought, found, -1)


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    arrays = columns.candidates.arrays
    named = np.unique(np.concatenate(_pairs(arrays)))
    found = cliques_by_centre(columns.candidates, named, lambda bodies: _kept_apart(arrays, bodies, bodies, parameters))
    return member_rows(columns, found)


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    breaches = []
    for a, b in zip(*_pairs(view.arrays), strict=True):
        first, second = view.body(int(a)), view.body(int(b))
        breaches += [
            Breach("must-not-share", f"{first} and {second} must not share, yet both use {view.centre(centre)}", 1, first, view.centre(centre))
            for centre in sorted(view.centres_of(int(a)) & view.centres_of(int(b)))
        ]
    return breaches


RULE = Rule(
    id="G22",
    name="must-not-share",
    statement="Two bodies marked must-not-share never use the same centre.",
    formula="sum_{i in C} sum_m e[i,j,m] <= sum_m y[j,m] for cliques C that cover the pairs",
    basis="a data protection assessment, or another duty of separation",
    mark="V",
    always=True,
    rows=_rows,
    check=_check,
    keeps_apart=_kept_apart,
    rests_on=("pairs.relation",),
)

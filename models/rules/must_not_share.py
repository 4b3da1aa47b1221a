"""G22: named pairs of bodies are kept apart."""

from __future__ import annotations

import numpy as np

from models.columns import Columns
from models.joins import join
from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rows, Rule, rows


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    """One row for each pair and each centre that either body may use."""
    offered, arrays = columns.candidates, columns.candidates.arrays
    apart = np.flatnonzero([relation == "must-not-share" for relation in arrays.pair_relation])
    either = np.stack([arrays.pair_a[apart], arrays.pair_b[apart]], axis=1)
    which, member = join(either.reshape(-1), offered.member_body)
    centre = offered.option_centre[offered.member_option[member]]
    used, row = np.unique(which // 2 * len(arrays.centres) + centre, return_inverse=True)
    return rows(used.shape[0], [(row, columns.member[member], 1)], upper=1)


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    breaches = []
    for a, b, relation in zip(view.arrays.pair_a, view.arrays.pair_b, view.arrays.pair_relation, strict=True):
        if relation != "must-not-share":
            continue
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
    formula="sum_m e[i,j,m] + sum_m e[k,j,m] <= 1",
    basis="a data protection assessment, or another duty of separation",
    mark="V",
    always=True,
    rows=_rows,
    check=_check,
)

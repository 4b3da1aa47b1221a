"""G22: named pairs of bodies are kept apart."""

from __future__ import annotations

import numpy as np

from models.columns import Columns
from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rows, Rule, rows, stack


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    offered, arrays = columns.candidates, columns.candidates.arrays
    member_centre = offered.option_centre[offered.member_option]
    blocks = []
    for a, b, relation in zip(arrays.pair_a, arrays.pair_b, arrays.pair_relation, strict=True):
        if relation == "must-not-share":
            at = np.flatnonzero((offered.member_body == a) | (offered.member_body == b))
            blocks.append(rows(len(arrays.centres), [(member_centre[at], columns.member[at], 1)], upper=1))
    return stack(blocks)


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    breaches = []
    for a, b, relation in zip(view.arrays.pair_a, view.arrays.pair_b, view.arrays.pair_relation, strict=True):
        if relation != "must-not-share":
            continue
        first, second = view.body(int(a)), view.body(int(b))
        breaches += [
            Breach("must-not-share", f"{first} and {second} must not share, yet both use {view.centre(centre)}", 1, first, view.centre(centre))
            for centre, members in sorted(view.members.items())
            if {int(a), int(b)} <= members
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
    rests_on=("pairs.relation",),
)

"""C1: pairs of bodies that share, or stay apart, together."""

from __future__ import annotations

import numpy as np

from models.columns import Columns
from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rows, Rule, rows, stack

_TOGETHER = ("must-share", "together-or-alone")


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    """Both bodies are members of an option or neither is; a pair that must share is a member somewhere."""
    offered, arrays = columns.candidates, columns.candidates.arrays
    options = offered.option_centre.shape[0]
    blocks = []
    for a, b, relation in zip(arrays.pair_a, arrays.pair_b, arrays.pair_relation, strict=True):
        if relation not in _TOGETHER:
            continue
        at_a, at_b = np.flatnonzero(offered.member_body == a), np.flatnonzero(offered.member_body == b)
        same = [(offered.member_option[at_a], columns.member[at_a], 1), (offered.member_option[at_b], columns.member[at_b], -1)]
        blocks.append(rows(options, same, lower=0, upper=0))
        if relation == "must-share":
            blocks.append(rows(1, [(np.zeros(at_a.shape[0], dtype=np.int64), columns.member[at_a], 1)], lower=1))
    return stack(blocks)


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    breaches = []
    for a, b, relation in zip(view.arrays.pair_a, view.arrays.pair_b, view.arrays.pair_relation, strict=True):
        if relation not in _TOGETHER:
            continue
        first, second = view.body(int(a)), view.body(int(b))
        with_a = {centre for centre, members in view.members.items() if int(a) in members}
        with_b = {centre for centre, members in view.members.items() if int(b) in members}
        breaches += [
            Breach("must-share", f"{first} and {second} go together, but only one uses {view.centre(centre)}", 1, first, view.centre(centre))
            for centre in sorted(with_a ^ with_b)
        ]
        if relation == "must-share" and not with_a & with_b:
            breaches.append(Breach("must-share", f"{first} and {second} must share a centre and do not", 1, first))
    return breaches


RULE = Rule(
    id="C1",
    name="must-share",
    statement="Two bodies marked must-share use the same centres, at least one; marked together-or-alone, the same centres or none.",
    formula="e[i,j,m] = e[k,j,m]; sum_{j,m} e[i,j,m] >= 1 for must-share",
    basis="pairs.relation, as the bodies or their owners decide",
    mark="V",
    always=True,
    rows=_rows,
    check=_check,
    rests_on=("pairs.relation",),
)

"""C1: pairs of bodies that share, or stay apart, together."""

from __future__ import annotations

import numpy as np

from models.columns import Columns
from models.joins import join
from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rows, Rule, rows, stack

_TOGETHER = ("must-share", "together-or-alone")


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    """Both bodies are members of an option or neither is; a pair that must share is a member somewhere."""
    offered, arrays = columns.candidates, columns.candidates.arrays
    together = np.flatnonzero([relation in _TOGETHER for relation in arrays.pair_relation])
    of_a, member_a = join(arrays.pair_a[together], offered.member_body)
    of_b, member_b = join(arrays.pair_b[together], offered.member_body)
    options = offered.option_centre.shape[0]
    key_a, key_b = of_a * options + offered.member_option[member_a], of_b * options + offered.member_option[member_b]
    either = np.unique(np.concatenate([key_a, key_b]))
    with_a = (np.searchsorted(either, key_a), columns.member[member_a], 1)
    with_b = (np.searchsorted(either, key_b), columns.member[member_b], -1)
    must = np.flatnonzero([relation == "must-share" for relation in arrays.pair_relation])
    at, member = join(arrays.pair_a[must], offered.member_body)
    return stack([rows(either.shape[0], [with_a, with_b], lower=0, upper=0), rows(must.shape[0], [(at, columns.member[member], 1)], lower=1)])


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    breaches = []
    for a, b, relation in zip(view.arrays.pair_a, view.arrays.pair_b, view.arrays.pair_relation, strict=True):
        if relation not in _TOGETHER:
            continue
        first, second = view.body(int(a)), view.body(int(b))
        with_a, with_b = view.centres_of(int(a)), view.centres_of(int(b))
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

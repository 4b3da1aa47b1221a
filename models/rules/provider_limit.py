"""G3: a body deals with few providers."""

from __future__ import annotations

from models.columns import Columns
from models.plan_view import Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    offered = columns.candidates
    return rows(len(offered.arrays.bodies), [(offered.member_body, columns.member, 1)], upper=int(parameters["maximum"]))


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    providers: dict[int, int] = {}
    for members in view.members.values():
        for member in members:
            providers[member] = providers.get(member, 0) + 1
    return [
        Breach(
            "provider-limit", f"{view.body(body)} uses {count} centres; the limit is {parameters['maximum']}", count - parameters["maximum"], view.body(body)
        )
        for body, count in sorted(providers.items())
        if count > parameters["maximum"]
    ]


RULE = Rule(
    id="G3",
    name="provider-limit",
    statement="A body uses few centres over all its services.",
    formula="sum_{j,m} e[i,j,m] <= K",
    basis="each provider costs a body attention; the default of two is our assumption",
    mark="A",
    soft=True,
    breach_unit="centre too many for a body",
    parameters=(Parameter("maximum", "centres a body", 2, 1, 1000),),
    rows=_rows,
    check=_check,
)

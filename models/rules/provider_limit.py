"""G3: a body deals with few providers."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from models.columns import Columns
from models.findings import Finding
from models.plan_view import Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows
from models.schema import EVERY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.cells import ParsedTable
    from models.instance import Instance


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    offered = columns.candidates
    return rows(len(offered.arrays.bodies), [(offered.member_body, columns.member, 1)], upper=int(parameters["maximum"]))


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    providers = Counter(itertools.chain.from_iterable(view.members.values()))
    return [
        Breach(
            "provider-limit", f"{view.body(body)} uses {count} centres; the limit is {parameters['maximum']}", count - parameters["maximum"], view.body(body)
        )
        for body, count in sorted(providers.items())
        if count > parameters["maximum"]
    ]


def _contradictions(tables: Mapping[str, ParsedTable], _instance: Instance, parameters: Parameters) -> list[Finding]:
    """Find bodies required at more centres than the limit allows."""
    links, most = tables["links"], int(parameters["maximum"])
    first: dict[str, dict[str, int]] = defaultdict(dict)
    for position, (body, centre, status) in enumerate(links.frame[["body", "centre", "status"]].itertuples(index=False, name=None)):
        if status == "required" and centre != EVERY:
            first[body].setdefault(centre, position)
    found = []
    for body, at in first.items():
        if len(at) > most:
            *others, last = sorted(at.values())
            listed = ", ".join(str(int(links.rows[position])) for position in others)
            message = f"Body {body!r} is required at {len(at)} centres (also rows {listed}) and rule provider-limit allows {most}."
            found.append(links.finding("required-beyond-limit", message, position=last, column="status", value="required"))
    return found


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
    contradictions=_contradictions,
)

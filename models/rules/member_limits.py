"""C2: a cluster has as many members as its commercial model works with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.columns import Columns
from models.findings import Finding, Severity
from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rows, Rule, rows, stack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.cells import ParsedTable
    from models.instance import Instance


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    offered = columns.candidates
    fewest = offered.arrays.model_minimum_members[offered.option_model]
    most = offered.arrays.model_maximum_members[offered.option_model]
    options = np.arange(most.shape[0], dtype=np.int64)
    member_count = (offered.member_option, columns.member, 1)
    unlimited = np.where(most < 0, len(offered.arrays.bodies), most)
    return stack(
        [
            rows(options.shape[0], [member_count, (options, columns.option, -fewest)], lower=0),
            rows(options.shape[0], [member_count, (options, columns.option, -unlimited)], upper=0),
        ]
    )


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    breaches = []
    for cluster in view.clusters:
        centre, count = view.centre(cluster.centre), len(view.members.get(cluster.centre, frozenset()))
        fewest, most = int(view.arrays.model_minimum_members[cluster.model]), int(view.arrays.model_maximum_members[cluster.model])
        if count < fewest:
            breaches.append(Breach("member-limits", f"centre {centre} has {count} members; it needs {fewest}", fewest - count, centre=centre))
        elif 0 <= most < count:
            breaches.append(Breach("member-limits", f"centre {centre} has {count} members; the most is {most}", count - most, centre=centre))
    return breaches


def _contradictions(tables: Mapping[str, ParsedTable], _instance: Instance, _parameters: Parameters) -> list[Finding]:
    """Find commercial models that need more members than there are bodies with work to share."""
    models, bodies = tables["commercial_models"], int(tables["baseline"].frame["body"].nunique())
    return [
        models.finding(
            "floor-above-ceiling",
            f"Commercial model {name!r} needs {fewest} members and only {bodies} bodies have work, so it is never used.",
            Severity.WARNING,
            position,
            column="minimum_members",
            value=str(fewest),
        )
        for position, (name, fewest) in enumerate(models.frame[["commercial_model", "minimum_members"]].itertuples(index=False, name=None))
        if fewest > bodies
    ]


RULE = Rule(
    id="C2",
    name="member-limits",
    statement="A cluster has at least and at most the members its commercial model states.",
    formula="nmin[m] y[j,m] <= sum_i e[i,j,m] <= nmax[m] y[j,m]",
    basis="commercial_models.minimum_members and maximum_members",
    mark="A",
    soft=True,
    breach_unit="member too few or too many",
    rows=_rows,
    check=_check,
    contradictions=_contradictions,
    rests_on=("commercial_models.minimum_members", "commercial_models.maximum_members"),
)

"""G9: a joint cluster has few owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.columns import Columns
from models.findings import Finding, Severity
from models.plan_view import Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows
from models.schema import JOINT_FORMS, Form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.arrays import InstanceArrays
    from models.cells import ParsedTable
    from models.instance import Instance


def _most_owners(stated: int | None, parameters: Parameters) -> int:
    most = int(parameters["maximum"])
    return most if stated is None else min(stated, most)


def _most(arrays: InstanceArrays, model: int, parameters: Parameters) -> int | None:
    """Return the most owners under a commercial model: of a joint one, the rule's and its own; of an outsourced one, its own if it states any."""
    stated = int(arrays.model_maximum_owners[model])
    own = None if stated < 0 else stated
    return _most_owners(own, parameters) if arrays.model_form[model] in JOINT_FORMS else own


def _limits(arrays: InstanceArrays, parameters: Parameters) -> dict[int, int]:
    """Return the most owners of each commercial model that has a limit; a unitary one has its lead and no other owner."""
    limits = {model: _most(arrays, model, parameters) for model, form in enumerate(arrays.model_form) if form is not Form.UNITARY}
    return {model: most for model, most in limits.items() if most is not None}


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    offered = columns.candidates
    limits = _limits(offered.arrays, parameters)
    limited = np.flatnonzero([int(model) in limits for model in offered.option_model]).astype(np.int64)
    row_of = np.full(offered.option_centre.shape[0], -1, dtype=np.int64)
    row_of[limited] = np.arange(limited.shape[0])
    most = np.array([limits[int(model)] for model in offered.option_model[limited]], dtype=np.int64)
    row = row_of[offered.member_option[offered.owner_member]]
    counted = row >= 0
    each = np.arange(limited.shape[0], dtype=np.int64)
    return rows(limited.shape[0], [(row[counted], columns.owner[counted], 1), (each, columns.option[limited], -most)], upper=0)


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    limits = _limits(view.arrays, parameters)
    breaches = []
    for cluster in view.clusters:
        most = limits.get(cluster.model)
        if most is not None and len(cluster.owners) > most:
            centre = view.centre(cluster.centre)
            text = f"centre {centre} has {len(cluster.owners)} owners; the most is {most}"
            breaches.append(Breach("owner-limit", text, len(cluster.owners) - most, centre=centre))
    return breaches


def _contradictions(tables: Mapping[str, ParsedTable], _instance: Instance, parameters: Parameters) -> list[Finding]:
    """Find commercial models that need more owners than the limit allows."""
    models, most = tables["commercial_models"], int(parameters["maximum"])
    found = []
    for position, (name, form, stated) in enumerate(models.frame[["commercial_model", "form", "minimum_owners"]].itertuples(index=False, name=None)):
        fewest = (2 if form in JOINT_FORMS else 1) if pd.isna(stated) else int(stated)
        if form != Form.UNITARY and fewest > most:
            message = f"Commercial model {name!r} needs {fewest} owners and rule owner-limit allows {most}, so it is never used."
            found.append(models.finding("floor-above-ceiling", message, Severity.WARNING, position, column="minimum_owners", value=str(fewest)))
    return found


RULE = Rule(
    id="G9",
    name="owner-limit",
    statement="A joint cluster has at most a few owners, and any cluster no more than its commercial model states; customers do not count.",
    formula="sum_i own[i,j,m] <= omax[m] y[j,m] with omax[m] = P at most for joint m",
    basis="joint efforts of seven or eight owners struggled; the default of eight is our assumption",
    mark="A",
    soft=True,
    breach_unit="owner too many",
    parameters=(Parameter("maximum", "owners a joint cluster", 8, 1, 1000),),
    rows=_rows,
    check=_check,
    most_owners=_most_owners,
    contradictions=_contradictions,
)

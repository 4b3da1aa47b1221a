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


def _most(arrays: InstanceArrays, model: int, parameters: Parameters) -> int:
    stated = int(arrays.model_maximum_owners[model])
    return int(parameters["maximum"]) if stated < 0 else min(stated, int(parameters["maximum"]))


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    offered = columns.candidates
    owned = np.flatnonzero([form is not Form.UNITARY for form in offered.option_form()]).astype(np.int64)
    row_of = np.full(offered.option_centre.shape[0], -1, dtype=np.int64)
    row_of[owned] = np.arange(owned.shape[0])
    most = np.array([_most(offered.arrays, int(model), parameters) for model in offered.option_model[owned]], dtype=np.int64)
    owner_option = offered.member_option[offered.owner_member]
    return rows(owned.shape[0], [(row_of[owner_option], columns.owner, 1), (np.arange(owned.shape[0]), columns.option[owned], -most)], upper=0)


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    breaches = []
    for cluster in view.clusters:
        most = _most(view.arrays, cluster.model, parameters)
        if view.arrays.model_form[cluster.model] is not Form.UNITARY and len(cluster.owners) > most:
            centre = view.centre(cluster.centre)
            text = f"centre {centre} has {len(cluster.owners)} owners; the most is {most}"
            breaches.append(Breach("owner-limit", text, len(cluster.owners) - most, centre=centre))
    return breaches


def _contradictions(tables: Mapping[str, ParsedTable], parameters: Parameters) -> list[Finding]:
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
    statement="A cluster has at most a few owners; customers do not count.",
    formula="sum_i own[i,j,m] <= P y[j,m]",
    basis="joint efforts of seven or eight owners struggled; the default of eight is our assumption",
    mark="A",
    soft=True,
    breach_unit="owner too many",
    parameters=(Parameter("maximum", "owners a cluster", 8, 1, 1000),),
    rows=_rows,
    check=_check,
    contradictions=_contradictions,
)

"""G1: each body's service is served once or stays alone."""

from __future__ import annotations

import numpy as np

from models.columns import Columns
from models.rules.base import Parameters, Rows, Rule, no_breaches, rows


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    offered = columns.candidates
    units = np.arange(offered.alone_cost.shape[0], dtype=np.int64)
    return rows(units.shape[0], [(offered.pair_unit, columns.pair, 1), (units, columns.alone, 1)], lower=1, upper=1)


RULE = Rule(
    id="G1",
    name="serve-once",
    statement="Each body's service is done at one centre or stays with the body.",
    formula="sum_{j,m} x[i,s,j,m] + n[i,s] = 1",
    basis="definition of the problem",
    mark="V",
    always=True,
    rows=_rows,
    # A unit missing or assigned twice cannot even be joined to the instance; models.plan_view reports it under this rule.
    check=no_breaches,
    definition=True,
)

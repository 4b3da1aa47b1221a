"""Who pays what in a plan, as tables: by body and centre, and by sector."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.positions import positions

if TYPE_CHECKING:
    from models.cost_shares import CostShares
    from models.instance import Instance

COSTS = ("do_nothing_cost", "direct_cost", "shared_cost", "plan_cost")


def share_table(instance: Instance, shares: CostShares) -> pd.DataFrame:
    """One row a body and centre, and one for what it keeps: its weight under the cost-share key, what it pays directly, and its part of the common cost."""
    bodies = instance.table("bodies").set_index("body")
    total: Counter[str] = Counter()
    for share in shares.shares:
        total[share.centre] += share.key
    table = pd.DataFrame(
        {
            "body": [share.body for share in shares.shares],
            "centre": [share.centre for share in shares.shares],
            "commercial_model": [share.commercial_model for share in shares.shares],
            "key": [shares.key if share.key else "" for share in shares.shares],
            "weight": [share.key for share in shares.shares],
            "weight_share": [round(share.key / total[share.centre], 4) if share.key else 0.0 for share in shares.shares],
            **{cost: [getattr(share, cost) for share in shares.shares] for cost in COSTS},
        }
    )
    table["saving"] = table["do_nothing_cost"] - table["plan_cost"]
    for at, column in ((1, "name"), (2, "sector")):
        table.insert(at, column, table["body"].map(bodies[column]).fillna(""))
    return table


def with_shares(bodies: pd.DataFrame, shares: CostShares) -> pd.DataFrame:
    """Return the table of bodies with what each pays in all, directly and as its part of common costs, and what it saves."""
    at = positions(bodies["body"])
    # Common cost that no member bears is nobody's, and stands at the end only until the sums are made.
    body = np.array([at.get(share.body, len(at)) for share in shares.shares], dtype=np.int64)
    columns = {}
    for cost in COSTS:
        total = np.zeros(len(at) + 1, dtype=np.int64)
        np.add.at(total, body, np.array([getattr(share, cost) for share in shares.shares], dtype=np.int64))
        columns[cost] = total[:-1]
    table = bodies.assign(**columns)
    return table.assign(saving=table["do_nothing_cost"] - table["plan_cost"])


def sector_table(bodies: pd.DataFrame) -> pd.DataFrame:
    """One row a sector, from the table of bodies: how many share, how many are worse off, and what they pay together."""
    marked = bodies.assign(bodies=1, sharing=(bodies["services_shared"] > 0).astype("int64"), worse_off=(bodies["saving"] < 0).astype("int64"))
    columns = ["bodies", "sharing", "worse_off", *COSTS, "saving"]
    return marked.groupby("sector", sort=True)[columns].sum().reset_index()

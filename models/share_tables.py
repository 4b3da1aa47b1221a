"""Who pays what in a plan, as tables: by body and centre, and by sector."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models.positions import positions, texts

if TYPE_CHECKING:
    from models.cost_shares import CostShares
    from models.instance import Instance

COSTS = ("do_nothing_cost", "direct_cost", "shared_cost", "plan_cost")


def share_table(instance: Instance, shares: CostShares) -> pd.DataFrame:
    """One row a body and centre, and one for what it keeps: its weight under the cost-share key, what it pays directly, and its part of the common cost."""
    bodies = instance.table("bodies")
    of_each = _columns(shares, "body", "centre", "commercial_model", "key", *COSTS)
    weighed = list(zip(of_each["centre"], of_each["key"], strict=True))
    total: Counter[str] = Counter()
    for centre, weight in weighed:
        total[centre] += weight
    table = pd.DataFrame(
        {
            "body": of_each["body"],
            "centre": of_each["centre"],
            "commercial_model": of_each["commercial_model"],
            "key": [shares.key if weight else "" for weight in of_each["key"]],
            "weight": of_each["key"],
            "weight_share": [round(weight / total[centre], 4) if weight else 0.0 for centre, weight in weighed],
            **{cost: of_each[cost] for cost in COSTS},
        }
    )
    table["saving"] = table["do_nothing_cost"] - table["plan_cost"]
    for at, column in ((1, "name"), (2, "sector")):
        told = dict(zip(texts(bodies["body"]), texts(bodies[column]), strict=True))
        table.insert(at, column, pd.Series([told.get(body, "") for body in of_each["body"]], dtype="str"))
    return table


def _columns(shares: CostShares, *names: str) -> dict[str, list[Any]]:
    """Return some figures of all shares, each as a list."""
    return {name: list(map(attrgetter(name), shares.shares)) for name in names}


def with_shares(bodies: pd.DataFrame, shares: CostShares) -> pd.DataFrame:
    """Return the table of bodies with what each pays in all, directly and as its part of common costs, and what it saves."""
    at = positions(bodies["body"])
    of_each = _columns(shares, "body", *COSTS)
    # Common cost that no member bears is nobody's, and stands at the end only until the sums are made.
    body = np.array([at.get(name, len(at)) for name in of_each["body"]], dtype=np.int64)
    columns = {}
    for cost in COSTS:
        total = np.zeros(len(at) + 1, dtype=np.int64)
        np.add.at(total, body, np.array(of_each[cost], dtype=np.int64))
        columns[cost] = total[:-1]
    table = bodies.assign(**columns)
    return table.assign(saving=table["do_nothing_cost"] - table["plan_cost"])


def sector_table(bodies: pd.DataFrame) -> pd.DataFrame:
    """One row a sector, from the table of bodies: how many share, how many are worse off, and what they pay together."""
    marked = bodies.assign(bodies=1, sharing=(bodies["services_shared"] > 0).astype("int64"), worse_off=(bodies["saving"] < 0).astype("int64"))
    columns = ["bodies", "sharing", "worse_off", *COSTS, "saving"]
    return marked.groupby("sector", sort=True)[columns].sum().reset_index()

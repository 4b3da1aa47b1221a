"""Shares the cost of a cluster as such out among its members, so that a plan can be told body by body.

Which key is fair is for the members to settle; here any shares can be given, or a cost-share key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from models.appraisal.flows import Flows, split, stacked
from models.cost_lines import NOBODY
from models.cost_shares import member_weights

if TYPE_CHECKING:
    from models.arrays import InstanceArrays
    from models.plan_view import PlanView

Shares = Mapping[str, Mapping[str, float]]
"""For each open centre, the weight of each member: its common cost is divided in proportion."""


def keyed_shares(view: PlanView, key: str) -> Shares:
    """Return each member's weight in its cluster under a cost-share key, as who pays what goes by it (:func:`models.cost_shares.member_weights`).

    Raises
    ------
    ValueError
        When the key is headcount and a member's is not known.
    """
    weights = member_weights(view, key)
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    for body, centre, weight in zip(weights.body.tolist(), weights.centre.tolist(), weights.weight.tolist(), strict=True):
        shares[view.centre(centre)][view.body(body)] = float(weight)
    return dict(shares)


def shared_out(flows: Flows, shares: Shares, arrays: InstanceArrays) -> Flows:
    """Return ``flows`` with each cluster's own lines replaced by one line a member; a line of no cluster, or of one without members, stays."""
    shared = np.array([bool(shares.get(centre)) for centre in arrays.centres] + [False], dtype=np.bool_)
    common = (flows.body == NOBODY) & shared[flows.centre]
    parts = [flows.rows(~common)]
    for centre in np.unique(flows.centre[common]).tolist():
        lines = flows.rows(common & (flows.centre == centre))
        weight_of = shares[arrays.centres[centre]]
        members = sorted(weight_of)
        weights = np.array([weight_of[body] for body in members], dtype=np.float64)
        # Member by member, and of each the lines in turn.
        body = np.repeat(np.array([arrays.body_position[member] for member in members], dtype=np.int64), len(lines.component))
        paid, present = (split(money.reshape(-1), weights).reshape(-1, money.shape[1]) for money in (lines.paid, lines.present))
        parts.append(Flows(np.tile(lines.component, len(members)), body, np.full(body.shape, centre, dtype=np.int64), paid, present))
    return stacked(parts)

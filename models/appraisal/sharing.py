"""Shares the cost of a cluster as such out among its members, so that a plan can be told body by body.

Which key is fair is for the members to settle; here any shares can be given, or a cost-share key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from models.appraisal.flows import Flows, split, stacked
from models.cost_shares import member_keys
from models.plan_view import plan_view

if TYPE_CHECKING:
    from models.arrays import InstanceArrays
    from models.plan import Plan

Shares = Mapping[str, Mapping[str, float]]
"""For each open centre, the weight of each member: its common cost is divided in proportion."""


def keyed_shares(arrays: InstanceArrays, plan: Plan, key: str) -> Shares:
    """Return each member's weight in its cluster under a cost-share key, as who pays what goes by it (:func:`models.cost_shares.member_keys`).

    Raises
    ------
    ValueError
        When the key is headcount and a member's is not known.
    """
    view = plan_view(arrays, plan)
    return {view.centre(centre): {view.body(body): float(weight) for body, weight in member_keys(view, centre, key).items()} for centre in view.members}


def shared_out(flows: Flows, shares: Shares) -> Flows:
    """Return ``flows`` with each cluster's own lines replaced by one line a member; a line of no cluster, or of one without members, stays."""
    common = [at for at, (body, centre) in enumerate(zip(flows.body, flows.centre, strict=True)) if not body and shares.get(centre)]
    kept = np.ones(len(flows.body), dtype=np.bool_)
    kept[common] = False
    parts = [flows.rows(kept)]
    for at in common:
        members = sorted(shares[flows.centre[at]])
        weights = np.array([shares[flows.centre[at]][body] for body in members], dtype=np.float64)
        count = len(members)
        names = (flows.component[at],) * count, tuple(members), (flows.centre[at],) * count
        parts.append(Flows(*names, split(flows.paid[at], weights), split(flows.present[at], weights)))
    return stacked(parts)

"""Shares the cost of a cluster as such out among its members, so that a plan can be told body by body.

Which key is fair is for the members to settle; here any shares can be given, and those by workload stand in when none are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from models.appraisal.flows import Flows, split, stacked

if TYPE_CHECKING:
    from models.arrays import InstanceArrays
    from models.plan import Plan

Shares = Mapping[str, Mapping[str, float]]
"""For each open centre, the weight of each member: its common cost is divided in proportion."""


def workload_shares(arrays: InstanceArrays, plan: Plan) -> Shares:
    """Return each member's workload in its cluster, in common units; each service counts as at least 1, so that nobody rides free."""
    shares: dict[str, dict[str, float]] = {}
    for one in plan.assignments:
        unit = arrays.unit_position.get((arrays.body_position.get(one.body, -1), arrays.service_position.get(one.service, -1)))
        if one.centre and unit is not None:
            members = shares.setdefault(one.centre, {})
            members[one.body] = members.get(one.body, 0.0) + max(1.0, float(arrays.unit_workload[unit]))
    return shares


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

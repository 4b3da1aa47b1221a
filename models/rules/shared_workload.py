"""How much work is done at a centre in a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.plan_view import PlanView


def workload_of(view: PlanView, centre: int, bodies: frozenset[int] | None = None) -> int:
    """Return the workload done at a centre in a plan, for ``bodies`` or for everybody; common workload units a year."""
    units = view.units_served_at(centre)
    if bodies is not None:
        units = units[np.isin(view.arrays.unit_body[units], sorted(bodies))]
    return int(view.arrays.unit_workload[units].sum())

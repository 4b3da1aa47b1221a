"""How much work is done at a centre in a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.plan_view import PlanView


def workload_of(view: PlanView, centre: int, bodies: frozenset[int] | None = None) -> int:
    """Return the workload done at a centre in a plan, for ``bodies`` or for everybody; common workload units a year."""
    arrays = view.arrays
    return sum(int(arrays.unit_workload[unit]) for unit in view.units_at.get(centre, []) if bodies is None or int(arrays.unit_body[unit]) in bodies)

"""Fewer bodies join than planned: who stays out first, and what is left of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from models.arrays import instance_arrays
from models.schema import EVERY
from solver.sensitivity.beside import beside
from solver.sensitivity.leavers import left_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.instance import Instance
    from models.plan import Plan


def joining(plan: Plan) -> list[str]:
    """Return the bodies that share anything, by id."""
    return sorted({one.body for one in plan.assignments if one.centre})


def worst_order(instance: Instance, plan: Plan) -> list[str]:
    """Return the joining bodies, the one whose leaving costs the plan most first."""
    arrays = instance_arrays(instance)
    here = beside(instance, arrays, plan)
    dearer = {}
    for body in joining(plan):
        rest = left_by(here.view, [arrays.body_position[body]])
        dearer[body] = here.dearer(rest, here.rules_cost_of(rest))
    return sorted(dearer, key=lambda body: (-dearer[body], body))


def without_bodies(instance: Instance, bodies: Sequence[str]) -> Instance:
    """Return the variant in which ``bodies`` refuse every centre.

    Raises
    ------
    models.findings.InvalidInstance
        When a row of ``links`` or ``pairs`` requires one of them somewhere.
    """
    links = instance.tables["links"]
    kept = links[~(links["body"].isin(list(bodies)) & (links["centre"] == EVERY) & (links["service"] == EVERY))]
    added = pd.DataFrame({"body": list(bodies), "centre": EVERY, "service": EVERY, "status": "forbidden"})
    return instance.replace(links=pd.concat([kept, added], ignore_index=True))

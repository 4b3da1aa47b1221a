"""G29: bodies that refuse stay out; bodies that must join are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.arrays import ANY
from models.columns import Columns
from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rows, Rule, rows, stack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays, Links


def _not_refused(
    arrays: InstanceArrays, unit: NDArray[np.int64], centre: NDArray[np.int64], _model: NDArray[np.int64], _parameters: Parameters
) -> NDArray[np.bool_]:
    allowed = np.ones(unit.shape, dtype=np.bool_)
    for row in _rows_with(arrays.links, "forbidden"):
        hit = arrays.unit_body[unit] == arrays.links.body[row]
        if arrays.links.centre[row] != ANY:
            hit &= centre == arrays.links.centre[row]
        if arrays.links.service[row] != ANY:
            hit &= arrays.unit_service[unit] == arrays.links.service[row]
        allowed &= ~hit
    return allowed


def _rows_with(links: Links, status: str) -> list[int]:
    return [row for row, found in enumerate(links.status) if found == status]


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    """Make a body required at a centre a member there; with a service named, have it served that service there."""
    offered, links = columns.candidates, columns.candidates.arrays.links
    blocks = []
    for row in _rows_with(links, "required"):
        if links.service[row] == ANY:
            chosen = offered.member_body == links.body[row]
            centre = offered.option_centre[offered.member_option]
            column = columns.member
        else:
            unit = offered.arrays.unit_position.get((int(links.body[row]), int(links.service[row])), -1)
            chosen = offered.pair_unit == unit
            centre = offered.option_centre[offered.pair_option]
            column = columns.pair
        if links.centre[row] != ANY:
            chosen &= centre == links.centre[row]
        at = np.flatnonzero(chosen)
        blocks.append(rows(1, [(np.zeros(at.shape[0], dtype=np.int64), column[at], 1)], lower=1))
    return stack(blocks)


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    links = view.arrays.links
    breaches = []
    for row, status in enumerate(links.status):
        if not status:
            continue
        body, centre = int(links.body[row]), int(links.centre[row])
        centres = view.members if centre == ANY else {centre: frozenset[int]()}
        used = {(at, service) for at in centres for service in view.services_of(body, at)}
        if links.service[row] != ANY:
            used = {(at, service) for at, service in used if service == links.service[row]}
        where = "any centre" if centre == ANY else view.centre(centre)
        what = "" if links.service[row] == ANY else f" for {view.service(int(links.service[row]))}"
        if status == "forbidden" and used:
            breaches.append(Breach("willingness", f"{view.body(body)} may not use {where}{what}", len(used), view.body(body), where))
        if status == "required" and not used:
            breaches.append(Breach("willingness", f"{view.body(body)} must use {where}{what}", 1, view.body(body), where))
    return breaches


RULE = Rule(
    id="G29",
    name="willingness",
    statement="A body that refuses a centre or a service stays out of it, and one that must join is in.",
    formula="x[i,s,j,m] = 0 where forbidden; sum_m e[i,j,m] >= 1 where required; sum_{j,m} e[i,j,m] >= 1 where required at any centre",
    basis="links.status; take-up that fell short is the commonest way plans of this kind failed",
    mark="V",
    always=True,
    rows=_rows,
    check=_check,
    served_test=_not_refused,
    rests_on=("links.status",),
)

"""G29: bodies that refuse stay out; bodies that must join are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.columns import Columns
from models.plan_view import Breach, PlanView
from models.positions import ANY
from models.rules.base import Parameters, Rows, Rule, rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays


def _not_refused(
    arrays: InstanceArrays, unit: NDArray[np.int64], centre: NDArray[np.int64], _model: NDArray[np.int64], _parameters: Parameters
) -> NDArray[np.bool_]:
    allowed = np.ones(unit.shape, dtype=np.bool_)
    for refused, _ in arrays.link_matches(arrays.links.with_status("forbidden"), arrays.unit_body[unit], centre, arrays.unit_service[unit]):
        allowed[refused] = False
    return allowed


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    """Make a body required at a centre a member there; with a service named, have it served that service there."""
    offered, arrays = columns.candidates, columns.candidates.arrays
    required = arrays.links.with_status("required")
    if not required.any():
        return rows(0, [])
    whole, row_of = arrays.links.service == ANY, np.cumsum(required) - 1
    body, service = arrays.unit_body[offered.pair_unit], arrays.unit_service[offered.pair_unit]
    as_member = arrays.link_matches(required & whole, offered.member_body, offered.option_centre[offered.member_option], None)
    served = arrays.link_matches(required & ~whole, body, offered.option_centre[offered.pair_option], service)
    terms = [(row_of[link], columns.member[member], 1) for member, link in as_member]
    terms += [(row_of[link], columns.pair[pair], 1) for pair, link in served]
    return rows(int(required.sum()), terms, lower=1)


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    links = view.arrays.links
    breaches = []
    for row, status in enumerate(links.status):
        if not status:
            continue
        body, centre = int(links.body[row]), int(links.centre[row])
        centres = view.centres_of(body) if centre == ANY else frozenset({centre})
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

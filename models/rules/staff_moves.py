"""G36: few posts move far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.columns import Columns
from models.plan_view import STAYS_ALONE, Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays

    Whole = NDArray[np.int64]

_WHOLE = 1000


def _posts(arrays: InstanceArrays) -> Whole:
    """Return the posts of each unit in whole thousandths, (units,)."""
    return np.rint(arrays.unit_posts * _WHOLE).astype(np.int64)


def _is_far(arrays: InstanceArrays, unit: Whole, centre: Whole, parameters: Parameters) -> NDArray[np.bool_]:
    distance = arrays.distance_km(arrays.unit_body[unit], centre, arrays.unit_service[unit])
    return np.asarray(distance > float(parameters["distance_km"]), dtype=np.bool_)


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    """One row. As a unit is served once or stays alone, its posts move far where it is served far, or else unless it is alone or served near."""
    offered = columns.candidates
    posts = _posts(offered.arrays)
    far = _is_far(offered.arrays, offered.pair_unit, offered.option_centre[offered.pair_option], parameters)
    mostly_far = np.bincount(offered.pair_unit[far], minlength=posts.shape[0]) > np.bincount(offered.pair_unit[~far], minlength=posts.shape[0]) + 1
    said_by_far = np.flatnonzero(far & ~mostly_far[offered.pair_unit])
    said_by_near = np.flatnonzero(~far & mostly_far[offered.pair_unit])
    alone = np.flatnonzero(mostly_far)
    terms = [
        (np.zeros_like(said_by_far), columns.pair[said_by_far], posts[offered.pair_unit[said_by_far]]),
        (np.zeros_like(said_by_near), columns.pair[said_by_near], -posts[offered.pair_unit[said_by_near]]),
        (np.zeros_like(alone), columns.alone[alone], -posts[alone]),
    ]
    return rows(1, terms, upper=_WHOLE * int(parameters["maximum"]) - int(posts[alone].sum()))


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    units = np.flatnonzero(view.unit_centre != STAYS_ALONE)
    moved = units[_is_far(view.arrays, units, view.unit_centre[units], parameters)]
    thousandths, most = int(_posts(view.arrays)[moved].sum()), _WHOLE * int(parameters["maximum"])
    if thousandths <= most:
        return []
    text = f"{thousandths / _WHOLE:,.1f} posts move more than {float(parameters['distance_km']):g} km; the most is {int(parameters['maximum']):,}"
    return [Breach("staff-moves", text, thousandths - most)]


RULE = Rule(
    id="G36",
    name="staff-moves",
    statement="At most so many posts, over the whole plan, move further than a distance; all posts that do a body's work on a service today move with it.",
    formula="sum_{i,s,j: distance[i,j] > D} posts[i,s] x[i,s,j,m] <= cap",
    basis="people do not follow their post far; 64.4 km (40 miles) is our assumption, and how many posts may move is for the bodies to say",
    mark="A",
    soft=True,
    breach_unit="thousandth of a post moved too many",
    parameters=(
        Parameter("maximum", "posts over the whole plan", None, 0, 10_000_000),
        Parameter("distance_km", "km between body and centre", 64.4, 0.0, 20_000.0, whole=False),
    ),
    rows=_rows,
    check=_check,
)

"""Who pays what in a plan: what falls on a body directly, and its share of the common cost of the clusters it belongs to.

The common cost of a cluster is whatever no single member causes: set-up, running the centre, governing the cluster, buying in a provider. A
cost-share key divides it: member l pays F k[l] / sum_k k[k] of the common cost F, in whole money by the method of largest remainders (Hamilton),
so that the parts add up. Which key is fair is for the members to agree; it is a setting of the instance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from models.cost_lines import NOBODY
from models.joins import distinct
from models.plan_view import STAYS_ALONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.cost_lines import CostLines
    from models.plan_view import PlanView

    Whole = NDArray[np.int64]

VOLUME, HEADCOUNT, EQUAL = "volume", "headcount", "equal"
KEYS: Mapping[str, str] = {
    VOLUME: "the workload a member brings to the cluster",
    HEADCOUNT: "a member's employees",
    EQUAL: "every member alike",
}
"""Every cost-share key and what it goes by."""


class Share(NamedTuple):
    """What a body pays at one centre, or, with an empty ``centre``, for the services it keeps; net present cost in whole money.

    A tuple, as a whole country has tens of thousands of them.

    Attributes
    ----------
    body, centre, commercial_model
        Who, and where; a cluster without members leaves its common cost with nobody, an empty ``body``.
    key
        The member's weight among the members of the cluster; 0 for services kept.
    do_nothing_cost
        What the same services cost the body alone.
    direct_cost
        What falls on the body itself: its own services, joining, links, governing as an owner.
    shared_cost
        Its part of the common cost of the cluster.
    """

    body: str
    centre: str
    commercial_model: str
    key: int
    do_nothing_cost: int
    direct_cost: int
    shared_cost: int

    @property
    def plan_cost(self) -> int:
        """Direct and shared cost together."""
        return self.direct_cost + self.shared_cost


@dataclass(frozen=True)
class CostShares:
    """Who pays what under a cost-share key; ``shares`` are sorted by body then centre and add up to the plan's cost without penalties."""

    key: str = VOLUME
    shares: tuple[Share, ...] = ()

    @cached_property
    def extra_cost(self) -> Mapping[str, int]:
        """What each body pays more than by carrying on as today; negative where it saves."""
        extra: Counter[str] = Counter()
        for share in self.shares:
            if share.body:
                extra[share.body] += share.plan_cost - share.do_nothing_cost
        return extra

    @cached_property
    def worse_off(self) -> tuple[str, ...]:
        """Bodies that pay more than by carrying on as today, those that pay most more first."""
        return tuple(sorted((body for body, extra in self.extra_cost.items() if extra > 0), key=lambda body: (-self.extra_cost[body], body)))

    def as_dict(self) -> dict[str, Any]:
        """Return how many bodies are worse off, and which most and by how much, as plain values."""
        worst = self.worse_off[0] if self.worse_off else ""
        return {"key": self.key, "bodies": len(self.worse_off), "most": self.extra_cost[worst] if worst else 0, "body": worst}


def divided(total: int, weights: Sequence[int]) -> list[int]:
    """Return ``total`` divided by ``weights`` into whole parts that add up to it (largest remainder; among equals the first).

    Raises
    ------
    ValueError
        When the weights are not all positive.
    """
    if not weights or min(weights) < 1:
        raise ValueError(f"money is divided by positive weights, not {list(weights)}")
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % whole), at))
    for at in by_remainder[:left]:
        parts[at] += 1
    return parts


def headcount(arrays: InstanceArrays, body: int) -> int:
    """Return a body's employees as a weight, at least 1.

    Raises
    ------
    ValueError
        When they are not given, which an instance that asks for this key rules out.
    """
    employees = int(arrays.body_employees[body])
    if employees < 0:
        raise ValueError(f"the employees of {arrays.bodies[body]} are not known")
    return max(1, employees)


@dataclass(frozen=True)
class Weights:
    """The weight of every member of every centre under a cost-share key, each array of shape (members,), by centre then body."""

    body: Whole
    centre: Whole
    weight: Whole


def member_weights(view: PlanView, key: str) -> Weights:
    """Return the weights of the members of all centres; nobody's is nought, so that nobody rides free.

    ``volume`` counts each service's workload as at least 1, ``headcount`` each body as at least one employee.

    Raises
    ------
    ValueError
        When the key is headcount and a member's is not known.
    """
    arrays, bodies = view.arrays, max(1, len(view.arrays.bodies))
    served = np.flatnonzero(view.unit_centre != STAYS_ALONE)
    place = view.unit_centre[served] * bodies + arrays.unit_body[served]
    places = distinct(place)
    centre, body = places // bodies, places % bodies
    if key == HEADCOUNT:
        return Weights(body, centre, np.array([headcount(arrays, one) for one in body.tolist()], dtype=np.int64))
    if key == EQUAL:
        return Weights(body, centre, np.ones_like(body))
    weight = np.zeros_like(body)
    np.add.at(weight, np.searchsorted(places, place), np.maximum(1, arrays.unit_workload[served]))
    return Weights(body, centre, weight)


def cost_shares(view: PlanView, lines: CostLines, key: str) -> CostShares:
    """Return who pays what of ``lines``, the cost of the plan in ``view``; penalties are left out, for nobody pays them."""
    arrays, width = view.arrays, len(view.arrays.centres) + 1

    def place_of(body: Whole, centre: Whole) -> Whole:
        """Return numbers of places, so that they rise by body, then centre, as the ids do; whoever has none comes first."""
        return np.asarray((body + 1) * width + centre + 1, dtype=np.int64)

    paid = lines.rows(~lines.of_component("penalty"))
    own, common = paid.rows(paid.body != NOBODY), paid.rows(paid.body == NOBODY)
    weights = member_weights(view, key)
    shares = _divided_common(common, weights)
    alone = arrays.annuities.present_cost("baseline_alone", arrays.unit_annual_cost.astype(np.float64))
    parts = (
        (place_of(weights.body, weights.centre), weights.weight),
        (place_of(arrays.unit_body, view.unit_centre), alone),
        (place_of(own.body, own.centre), own.present),
        (place_of(shares.body, shares.centre), shares.weight),
    )
    places = distinct(np.concatenate([place for place, _ in parts]))
    totals = np.zeros((len(parts), places.shape[0]), dtype=np.int64)
    for total, (place, amount) in zip(totals, parts, strict=True):
        np.add.at(total, np.searchsorted(places, place), amount)
    model_at = {cluster.centre: view.model(cluster.model) for cluster in view.clusters}
    body, centre = (places // width - 1).tolist(), (places % width - 1).tolist()
    names = ("" if one == NOBODY else view.body(one) for one in body)
    where = (("" if one == NOBODY else view.centre(one), model_at.get(one, "")) for one in centre)
    rows = zip(names, where, totals.T.tolist(), strict=True)
    return CostShares(key, tuple(Share(name, *there, *figures) for name, there, figures in rows))


def _divided_common(common: CostLines, weights: Weights) -> Weights:
    """Return each member's part of the common cost of its centre, in place of its weight; nobody bears that of a centre without members."""
    centres, at = np.unique(common.centre, return_inverse=True)
    totals = np.zeros_like(centres)
    np.add.at(totals, at.reshape(-1), common.present)
    first, after = (np.searchsorted(weights.centre, centres, side=side) for side in ("left", "right"))
    body, part = [], []
    for total, start, end in zip(totals.tolist(), first.tolist(), after.tolist(), strict=True):
        body.append(weights.body[start:end] if end > start else np.array([NOBODY], dtype=np.int64))
        part.append(divided(total, weights.weight[start:end].tolist()) if end > start else [total])
    empty = np.zeros(0, dtype=np.int64)
    return Weights(
        np.concatenate([empty, *body]),
        np.repeat(centres, [len(parts) for parts in part]),
        np.concatenate([empty, *(np.array(parts, dtype=np.int64) for parts in part)]),
    )

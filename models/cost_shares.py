"""Who pays what in a plan: what falls on a body directly, and its share of the common cost of the clusters it belongs to.

The common cost of a cluster is whatever no single member causes: set-up, running the centre, governing the cluster, buying in a provider. A
cost-share key divides it: member l pays F k[l] / sum_k k[k] of the common cost F, in whole money by the method of largest remainders (Hamilton),
so that the parts add up. Which key is fair is for the members to agree; it is a setting of the instance.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.arrays import InstanceArrays
    from models.plan_view import CostLine, PlanView

VOLUME, HEADCOUNT, EQUAL = "volume", "headcount", "equal"
KEYS: Mapping[str, str] = {
    VOLUME: "the workload a member brings to the cluster",
    HEADCOUNT: "a member's employees",
    EQUAL: "every member alike",
}
"""Every cost-share key and what it goes by."""


@dataclass(frozen=True)
class Share:
    """What a body pays at one centre, or, with an empty ``centre``, for the services it keeps; net present cost in whole money.

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

    @property
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


def member_keys(view: PlanView, centre: int, key: str) -> dict[int, int]:
    """Return the weight of each member of a centre, by position in order; nobody's is nought, so that nobody rides free.

    ``volume`` counts each service's workload as at least 1, ``headcount`` each body as at least one employee.
    """
    arrays = view.arrays
    members = sorted(view.members.get(centre, frozenset()))
    if key == HEADCOUNT:
        return {body: headcount(arrays, body) for body in members}
    if key == EQUAL:
        return dict.fromkeys(members, 1)
    workload: Counter[int] = Counter()
    for unit in view.units_at.get(centre, []):
        workload[int(arrays.unit_body[unit])] += max(1, int(arrays.unit_workload[unit]))
    return {body: workload[body] for body in members}


def cost_shares(view: PlanView, lines: Iterable[CostLine], key: str) -> CostShares:
    """Return who pays what of ``lines``, the cost of the plan in ``view``; penalties are left out, for nobody pays them."""
    direct: Counter[tuple[str, str]] = Counter()
    common: Counter[str] = Counter()
    for line in lines:
        if line.component == "penalty":
            continue
        if line.body:
            direct[line.body, line.centre] += line.net_present_cost
        else:
            common[line.centre] += line.net_present_cost
    alone = _alone(view)
    keys, shared = _divided_common(view, common, key)
    models = {view.centre(cluster.centre): view.model(cluster.model) for cluster in view.clusters}
    places = sorted({*direct, *alone, *keys, *shared})
    return CostShares(
        key,
        tuple(
            Share(body, centre, models.get(centre, ""), keys.get((body, centre), 0), alone[body, centre], direct[body, centre], shared[body, centre])
            for body, centre in places
        ),
    )


def _alone(view: PlanView) -> Counter[tuple[str, str]]:
    """Return what each body's services cost alone, by where the plan has them."""
    arrays = view.arrays
    present = arrays.annuities.present_cost("baseline_alone", arrays.unit_annual_cost.astype("float64"))
    alone: Counter[tuple[str, str]] = Counter()
    for body, centre, cost in zip(arrays.unit_body, view.unit_centre, present, strict=True):
        alone[view.body(int(body)), view.centre(int(centre)) if centre >= 0 else ""] += int(cost)
    return alone


def _divided_common(view: PlanView, common: Mapping[str, int], key: str) -> tuple[dict[tuple[str, str], int], Counter[tuple[str, str]]]:
    """Return each member's weight and its part of the common cost, by body and centre."""
    keys: dict[tuple[str, str], int] = {}
    members: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for centre in view.members:
        for body, weight in member_keys(view, centre, key).items():
            place = (view.body(body), view.centre(centre))
            keys[place] = weight
            members[place[1]].append(place)
    shared: Counter[tuple[str, str]] = Counter()
    for name, total in common.items():
        if not members[name]:
            shared["", name] = total
            continue
        shared.update(dict(zip(members[name], divided(total, [keys[place] for place in members[name]]), strict=True)))
    return keys, shared

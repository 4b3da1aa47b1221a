"""Ways to divide common costs among members, in whole money: as they may agree, or by a key. Shared by a rule's check and by its starting values."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.cost_shares import HEADCOUNT, VOLUME, headcount

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays

    Whole = NDArray[np.int64]

TOLERANCE_PARTS = 10_000
"""A tolerance counts in whole ten-thousandths."""
MOST_WEIGHT = 1_000_000
"""Weights of a key are counted so coarsely that those of all bodies together stay below about this."""
LEAST_STEPS = 10_000
"""Price steps that the average price of doing nothing has at least, so that rounding up to a step is a hair."""


def allowed_cost(alone_cost: Whole, tolerance: float) -> Whole:
    """Return (1 + q) times what services cost alone, each rounded down to whole money."""
    parts = round(tolerance * TOLERANCE_PARTS)
    return alone_cost + alone_cost // TOLERANCE_PARTS * parts + alone_cost % TOLERANCE_PARTS * parts // TOLERANCE_PARTS


def agreed_charges(purses: Mapping[int, int], costs: Mapping[int, int], places: Mapping[int, Sequence[int]]) -> dict[tuple[int, int], int]:
    """Return charges, by (body, centre), that cover as much as can be of the centres' common costs.

    A maximum flow from the bodies to the centres, by shortest augmenting paths (Edmonds and Karp, 1972).

    Parameters
    ----------
    purses
        The most each body can be charged in all, not negative.
    costs
        What is due at each centre, not negative.
    places
        The centres each body is a member of.
    """
    charges: Counter[tuple[int, int]] = Counter()
    left, due = dict(purses), dict(costs)
    for body in sorted(places, key=lambda body: (len(places[body]), body)):
        for centre in places[body]:
            paid = min(left[body], due[centre])
            charges[body, centre] += paid
            left[body] -= paid
            due[centre] -= paid
    payers: dict[int, list[int]] = {}
    for body, centres in places.items():
        for centre in centres:
            payers.setdefault(centre, []).append(body)
    while path := _augmenting_path(left, due, places, payers, charges):
        bodies, centres = path[::2], path[1::2]
        freed = [charges[body, centre] for body, centre in zip(bodies[1:], centres[:-1], strict=True)]
        paid = min([left[bodies[0]], due[centres[-1]], *freed])
        for body, centre in zip(bodies, centres, strict=True):
            charges[body, centre] += paid
        for body, centre in zip(bodies[1:], centres[:-1], strict=True):
            charges[body, centre] -= paid
        left[bodies[0]] -= paid
        due[centres[-1]] -= paid
    return dict(charges)


def _augmenting_path(
    left: Mapping[int, int],
    due: Mapping[int, int],
    places: Mapping[int, Sequence[int]],
    payers: Mapping[int, Sequence[int]],
    charges: Mapping[tuple[int, int], int],
) -> list[int]:
    """Return body, centre, body, ..., centre: the first can still pay, the last is still owed, each body between swaps part of a charge for another."""
    came_from: dict[tuple[str, int], tuple[str, int] | None] = {("body", body): None for body in places if left[body] > 0}
    queue = deque(came_from)
    while queue:
        here = queue.popleft()
        kind, at = here
        if kind == "centre" and due[at] > 0:
            path: list[int] = []
            step: tuple[str, int] | None = here
            while step is not None:
                path.append(step[1])
                step = came_from[step]
            return path[::-1]
        onward = places[at] if kind == "body" else [body for body in payers[at] if charges[body, at] > 0]
        for one in onward:
            there = ("centre" if kind == "body" else "body", one)
            if there not in came_from:
                came_from[there] = here
                queue.append(there)
    return []


@dataclass(frozen=True)
class Scale:
    """How finely a key divides money, so that programs keep moderate numbers.

    A body's weight is counted in whole ``weight`` units, rounded up; a price is a whole number of steps of ``money / parts`` of money a unit.
    """

    weight: int
    money: int
    parts: int

    def charge(self, price: int, weight: int) -> int:
        """Return what a member of a (counted) weight pays at a price, rounded up to whole money."""
        return -(-price * weight * self.money // self.parts)


@dataclass(frozen=True)
class Weights:
    """Counted weights under a key: (units,) when ``by_unit``, where weight goes with the services used, else (bodies,)."""

    scale: Scale
    by_unit: bool
    weight: Whole

    def of_members(self, arrays: InstanceArrays, units: Sequence[int]) -> dict[int, int]:
        """Return the weight of each body among those whose ``units`` one cluster serves, by position in order."""
        carried: dict[int, int] = {}
        for unit in sorted(units):
            body = int(arrays.unit_body[unit])
            carried[body] = carried.get(body, 0) + int(self.weight[unit]) if self.by_unit else int(self.weight[body])
        return carried


def weights_of(arrays: InstanceArrays, key: str) -> Weights:
    """Return every weight under a key, on a scale set by the whole instance: both the rows and the check count by it."""
    takes_part = np.unique(arrays.unit_body)
    if key == VOLUME:
        exact = np.maximum(arrays.unit_workload, 1)
    else:
        exact = np.zeros(len(arrays.bodies), dtype=np.int64)
        exact[takes_part] = [headcount(arrays, int(body)) for body in takes_part] if key == HEADCOUNT else 1
    coarse = max(1, -(-int(exact.sum()) // MOST_WEIGHT))
    counted = -(-exact // coarse)
    alone = int(arrays.annuities.present_cost("baseline_alone", arrays.unit_annual_cost.astype(np.float64)).sum())
    money, parts = 1, 1
    steps = LEAST_STEPS * int(counted.sum())
    while alone * parts >= 10 * steps * money:
        money *= 10
    while 0 < alone * parts < steps * money:
        parts *= 10
    return Weights(Scale(coarse, money, parts), key == VOLUME, counted)


def keyed_price(cost: int, weights: Sequence[int], purses: Sequence[int], scale: Scale) -> int:
    """Return the price at which members are worse off, and common cost left unpaid, by least money in all.

    Raising the price by a step takes at least as much from what is unpaid as it adds to what members pay too much, until all is paid. So the
    least lies at the first price that pays for all, or, by rounding, one step below it.

    Parameters
    ----------
    cost
        The common cost of a cluster.
    weights, purses
        Of its members: the counted weight, and the most each can be charged (negative when its direct cost alone is too much).
    scale
        What a price step is.
    """
    price = _covering_price(cost, weights, scale)
    return min((price, max(0, price - 1)), key=lambda one: _missed(one, cost, weights, purses, scale))


def _covering_price(cost: int, weights: Sequence[int], scale: Scale) -> int:
    """Return the least whole price whose charges add up to the cost; 0 when there is nobody to charge."""
    if not weights:
        return 0
    low, high = 0, -(-cost * scale.parts // (scale.money * sum(weights)))
    while low < high:
        middle = (low + high) // 2
        if sum(scale.charge(middle, weight) for weight in weights) >= cost:
            high = middle
        else:
            low = middle + 1
    return low


def _missed(price: int, cost: int, weights: Sequence[int], purses: Sequence[int], scale: Scale) -> int:
    charges = [scale.charge(price, weight) for weight in weights]
    return max(0, cost - sum(charges)) + sum(max(0, charge - purse) for charge, purse in zip(charges, purses, strict=True))

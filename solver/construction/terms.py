"""The rules that construction knows how to build by, read from the rules in force; the audit judges the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.positions import ANY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.candidates import Candidates
    from models.rules import ActiveRule

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_TOGETHER = ("must-share", "together-or-alone")
HARD = 2**80
"""Added to a cost for each breach of a hard rule: no sum of money comes near it, so the cheaper of two plans is first the one with fewer breaches."""


@dataclass(frozen=True)
class Limit:
    """A rule's price of a breach: ``penalty`` a unit, ``None`` when it is hard."""

    parameters: Mapping[str, Any]
    penalty: int | None

    def price(self, breach: int) -> int:
        """Return what a breach of so many units costs."""
        if breach <= 0:
            return 0
        return HARD if self.penalty is None else self.penalty * breach


CentresOf = Callable[[int, int], set[int]]
"""The centres a body uses for a service (or :data:`~models.arrays.ANY`)."""


@dataclass(frozen=True)
class Requirement:
    """G29: a body that must use a centre (or any) for a service (or any)."""

    body: int
    centre: int
    service: int

    @property
    def bodies(self) -> tuple[int, ...]:
        """Whom it concerns."""
        return (self.body,)

    def broken(self, centres_of: CentresOf) -> bool:
        """Tell whether it is broken."""
        used = centres_of(self.body, self.service)
        return not used if self.centre == ANY else self.centre not in used


@dataclass(frozen=True)
class Apart:
    """G22: two bodies that never use the same centre."""

    a: int
    b: int

    @property
    def bodies(self) -> tuple[int, ...]:
        """Whom it concerns."""
        return (self.a, self.b)

    def broken(self, centres_of: CentresOf) -> bool:
        """Tell whether it is broken."""
        return bool(centres_of(self.a, ANY) & centres_of(self.b, ANY))


@dataclass(frozen=True)
class Together:
    """C1: two bodies that use the same centres, at least one if they ``must``."""

    a: int
    b: int
    must: bool

    @property
    def bodies(self) -> tuple[int, ...]:
        """Whom it concerns."""
        return (self.a, self.b)

    def broken(self, centres_of: CentresOf) -> bool:
        """Tell whether it is broken."""
        used = centres_of(self.a, ANY)
        return used != centres_of(self.b, ANY) or (self.must and not used)


@dataclass(frozen=True)
class Terms:
    """What the known rules ask.

    Attributes
    ----------
    provider, utilisation, volume, members, owners
        The limits in force; ``None`` for a rule that is not.
    fewest_owners, most_owners
        (commercial models,) of a cluster under each.
    fewest_members, most_members, least_workload
        (commercial models,) the same for its members and its work.
    required
        Bodies that must use something.
    apart
        Pairs of bodies that never use the same centre.
    together
        Pairs of bodies that use the same centres, and whether they must use one at all.
    """

    provider: Limit | None
    utilisation: Limit | None
    volume: Limit | None
    members: Limit | None
    owners: Limit | None
    fewest_owners: Whole
    most_owners: Whole
    fewest_members: Whole
    most_members: Whole
    least_workload: Whole
    required: tuple[Requirement, ...]
    apart: tuple[Apart, ...]
    together: tuple[Together, ...]

    @property
    def bonds(self) -> tuple[Requirement | Apart | Together, ...]:
        """What ties bodies to centres and to each other."""
        return (*self.required, *self.apart, *self.together)

    @property
    def floor_is_hard(self) -> bool:
        """Whether no band may be built that is not used enough."""
        return self.utilisation is not None and self.utilisation.penalty is None

    def least_load(self, capacity: Whole) -> Whole:
        """Return the least volume that uses the share of ``capacity`` asked for: ceil(u cap), as rule G5 has it; 0 without the rule."""
        if self.utilisation is None:
            return np.zeros_like(capacity)
        least: Whole = np.ceil(capacity * float(self.utilisation.parameters["share"]) - 1e-9).astype(np.int64)
        return least


def terms_of(candidates: Candidates, active: Sequence[ActiveRule]) -> Terms:
    """Return what the rules in force ask, as far as construction knows them."""
    arrays = candidates.arrays
    limits = {one.rule.name: Limit(one.parameters, one.penalty) for one in active}
    pairs = list(zip(arrays.pair_a.tolist(), arrays.pair_b.tolist(), arrays.pair_relation, strict=True))
    unlimited = len(arrays.bodies)
    most_owners = np.where(arrays.model_maximum_owners < 0, unlimited, arrays.model_maximum_owners)
    if "owner-limit" in limits:
        most_owners = np.minimum(most_owners, int(limits["owner-limit"].parameters["maximum"]))
    return Terms(
        provider=limits.get("provider-limit"),
        utilisation=limits.get("utilisation-floor"),
        volume=limits.get("minimum-volume"),
        members=limits.get("member-limits"),
        owners=limits.get("owner-limit"),
        fewest_owners=np.array([arrays.minimum_owners(model) for model in range(len(arrays.commercial_models))], dtype=np.int64),
        most_owners=most_owners,
        fewest_members=arrays.model_minimum_members,
        most_members=np.where(arrays.model_maximum_members < 0, unlimited, arrays.model_maximum_members),
        least_workload=arrays.model_minimum_volume,
        required=_required(arrays) if "willingness" in limits else (),
        apart=tuple(Apart(a, b) for a, b, relation in pairs if relation == "must-not-share" and "must-not-share" in limits),
        together=tuple(Together(a, b, relation == "must-share") for a, b, relation in pairs if relation in _TOGETHER and "must-share" in limits),
    )


def _required(arrays: InstanceArrays) -> tuple[Requirement, ...]:
    links = arrays.links
    return tuple(
        Requirement(int(links.body[row]), int(links.centre[row]), int(links.service[row])) for row, status in enumerate(links.status) if status == "required"
    )

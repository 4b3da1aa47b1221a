"""A plan joined to its instance by id: what the rules' checks and the audit read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from models.plan import Assignment, Cluster, Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.cost_lines import CostLines

STAYS_ALONE = -1
NO_UNIT = -1


@dataclass(frozen=True)
class Breach:
    """A rule that a plan breaks: which, where and by how much (in the rule's own unit)."""

    rule: str
    message: str
    amount: int = 1
    body: str = ""
    centre: str = ""
    service: str = ""


@dataclass(frozen=True)
class CostLine:
    """One component of one decision.

    Attributes
    ----------
    component
        Name in :data:`models.economics.COMPONENTS`.
    amount
        Money a year or once, as the component's profile says, not discounted.
    net_present_cost
        Whole money over the horizon.
    body, service, centre, commercial_model
        Whom it concerns; a cluster's own costs have no body, a body that stays alone no centre.
    """

    component: str
    amount: float
    net_present_cost: int
    body: str = ""
    service: str = ""
    centre: str = ""
    commercial_model: str = ""


@dataclass(frozen=True)
class ClusterView:
    """A cluster by position. ``bands`` maps a service's position to a row of ``arrays.band_*``."""

    centre: int
    model: int
    lead: int | None
    owners: tuple[int, ...]
    bands: dict[int, int]


@dataclass(frozen=True)
class PlanView:
    """A plan by position.

    Attributes
    ----------
    arrays
        The instance.
    clusters
        Those whose ids are known, in the plan's order.
    unit_centre
        (units,) centre that serves each unit, or :data:`STAYS_ALONE`.
    problems
        What could not be joined: unknown ids, units missing or assigned twice. A plan with problems is never right.
    lines
        What the plan costs, what rules cost included and penalties apart; ``None`` until the audit has priced it.
    """

    arrays: InstanceArrays
    clusters: tuple[ClusterView, ...]
    unit_centre: NDArray[np.int64]
    problems: tuple[Breach, ...]
    lines: CostLines | None = None

    @property
    def costs(self) -> CostLines:
        """What the plan costs, for checks about money.

        Raises
        ------
        ValueError
            When the plan was not priced.
        """
        if self.lines is None:
            raise ValueError("the plan was not priced, so no rule about money can be checked")
        return self.lines

    @cached_property
    def cluster_at(self) -> dict[int, ClusterView]:
        """The cluster at each open centre."""
        return {cluster.centre: cluster for cluster in self.clusters}

    @cached_property
    def served_at(self) -> dict[int, NDArray[np.int64]]:
        """Units served at each centre, in order, as an array."""
        served = np.flatnonzero(self.unit_centre != STAYS_ALONE)
        order = served[np.argsort(self.unit_centre[served], kind="stable")]
        centres, first = np.unique(self.unit_centre[order], return_index=True)
        return dict(zip(centres.tolist(), np.split(order, first[1:]), strict=False))

    @cached_property
    def units_at(self) -> dict[int, list[int]]:
        """Units served at each centre, in order."""
        return {centre: units.tolist() for centre, units in self.served_at.items()}

    def units_served_at(self, centre: int) -> NDArray[np.int64]:
        """Return the units served at a centre, none where it is closed."""
        return self.served_at.get(centre, np.empty(0, dtype=np.int64))

    @cached_property
    def members(self) -> dict[int, frozenset[int]]:
        """Bodies that use each centre for anything."""
        return {centre: frozenset(self.arrays.unit_body[units].tolist()) for centre, units in self.served_at.items()}

    @cached_property
    def load(self) -> dict[tuple[int, int], int]:
        """Volume by (centre, service)."""
        services = len(self.arrays.services)
        served = np.flatnonzero(self.unit_centre != STAYS_ALONE)
        places, place = np.unique(self.unit_centre[served] * services + self.arrays.unit_service[served], return_inverse=True)
        volume = np.zeros(places.shape, dtype=np.int64)
        np.add.at(volume, place, self.arrays.unit_volume[served])
        return {divmod(at, services): total for at, total in zip(places.tolist(), volume.tolist(), strict=True)}

    @cached_property
    def services_by_body(self) -> dict[int, dict[int, frozenset[int]]]:
        """Services each body uses, by centre."""
        used: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
        for centre, units in self.units_at.items():
            for unit in units:
                used[int(self.arrays.unit_body[unit])][centre].add(int(self.arrays.unit_service[unit]))
        return {body: {centre: frozenset(services) for centre, services in centres.items()} for body, centres in used.items()}

    def services_of(self, body: int, centre: int) -> frozenset[int]:
        """Return the services a body uses at a centre."""
        return self.services_by_body.get(body, {}).get(centre, frozenset())

    def centres_of(self, body: int) -> frozenset[int]:
        """Return the centres a body uses."""
        return frozenset(self.services_by_body.get(body, {}))

    def body(self, position: int) -> str:
        """Return a body's id."""
        return self.arrays.bodies[position]

    def centre(self, position: int) -> str:
        """Return a centre's id."""
        return self.arrays.centres[position]

    def service(self, position: int) -> str:
        """Return a service's id."""
        return self.arrays.services[position]

    def model(self, position: int) -> str:
        """Return a commercial model's id."""
        return self.arrays.commercial_models[position]


def plan_view(arrays: InstanceArrays, plan: Plan) -> PlanView:
    """Join ``plan`` to ``arrays`` by id; what does not join is kept in ``problems``, never dropped in silence."""
    problems: list[Breach] = []
    clusters = _clusters(arrays, plan, problems)
    unit_centre = _unit_centres(arrays, plan, problems)
    return PlanView(arrays, tuple(clusters), unit_centre, tuple(problems))


def plan_of(view: PlanView) -> Plan:
    """Return the plan by id; what did not join is not in it."""
    arrays = view.arrays
    clusters = [
        Cluster(
            view.centre(one.centre),
            view.model(one.model),
            "" if one.lead is None else view.body(one.lead),
            tuple(view.body(owner) for owner in one.owners),
            {view.service(service): str(arrays.band_name[band]) for service, band in sorted(one.bands.items())},
        )
        for one in view.clusters
    ]
    places = zip(arrays.unit_body.tolist(), arrays.unit_service.tolist(), view.unit_centre.tolist(), strict=True)
    assignments = [Assignment(view.body(body), view.service(service), "" if at == STAYS_ALONE else view.centre(at)) for body, service, at in places]
    return Plan(tuple(clusters), tuple(assignments))


def _clusters(arrays: InstanceArrays, plan: Plan, problems: list[Breach]) -> list[ClusterView]:
    band_at = {
        (arrays.centres[centre], arrays.services[service], name): row
        for row, (centre, service, name) in enumerate(zip(arrays.band_centre, arrays.band_service, arrays.band_name, strict=True))
    }
    clusters = []
    for cluster in plan.clusters:
        if cluster.centre not in arrays.centre_position or cluster.commercial_model not in arrays.model_position:
            problems.append(Breach("known-ids", f"no centre {cluster.centre!r} with commercial model {cluster.commercial_model!r}", centre=cluster.centre))
            continue
        bodies = [*cluster.owners, *([cluster.lead] if cluster.lead else [])]
        unknown = [body for body in bodies if body not in arrays.body_position]
        problems += [Breach("known-ids", f"no body {body!r}", body=body, centre=cluster.centre) for body in unknown]
        if len(set(cluster.owners)) < len(cluster.owners):
            problems.append(Breach("known-ids", f"centre {cluster.centre} lists an owner twice", centre=cluster.centre))
        bands = {}
        for service, name in cluster.bands.items():
            row = band_at.get((cluster.centre, service, name))
            if row is None:
                problems.append(Breach("known-ids", f"no band {name!r} for {service!r} at {cluster.centre}", centre=cluster.centre, service=service))
            else:
                bands[arrays.service_position[service]] = row
        clusters.append(
            ClusterView(
                centre=arrays.centre_position[cluster.centre],
                model=arrays.model_position[cluster.commercial_model],
                lead=arrays.body_position.get(cluster.lead) if cluster.lead else None,
                owners=tuple(arrays.body_position[owner] for owner in cluster.owners if owner in arrays.body_position),
                bands=bands,
            )
        )
    return clusters


def _every_unit_in_turn(arrays: InstanceArrays, plan: Plan) -> bool:
    """Tell whether the assignments are the units one by one, as in any whole plan, since both are sorted by id."""
    body, service = arrays.unit_names
    return [one.body for one in plan.assignments] == body and [one.service for one in plan.assignments] == service


def assigned_units(arrays: InstanceArrays, plan: Plan) -> NDArray[np.int64]:
    """Return the unit of each assignment (assignments,), :data:`NO_UNIT` where its body runs no such service."""
    if _every_unit_in_turn(arrays, plan):
        return np.arange(arrays.unit_body.shape[0], dtype=np.int64)
    body_at, service_at, unit_at = arrays.body_position, arrays.service_position, arrays.unit_position
    found = [unit_at.get((body_at.get(one.body, -1), service_at.get(one.service, -1)), NO_UNIT) for one in plan.assignments]
    return np.array(found, dtype=np.int64)


def _unit_centres(arrays: InstanceArrays, plan: Plan, problems: list[Breach]) -> NDArray[np.int64]:
    at = arrays.centre_position
    if _every_unit_in_turn(arrays, plan) and all(one.centre in at for one in plan.assignments if one.centre):
        return np.array([at[one.centre] if one.centre else STAYS_ALONE for one in plan.assignments], dtype=np.int64)
    unit_centre = np.full(arrays.unit_body.shape, STAYS_ALONE, dtype=np.int64)
    seen = np.zeros(arrays.unit_body.shape, dtype=np.int64)
    for one in plan.assignments:
        unit = arrays.unit_position.get((arrays.body_position.get(one.body, -1), arrays.service_position.get(one.service, -1)))
        if unit is None:
            problems.append(Breach("known-ids", f"{one.body!r} has no {one.service!r} to assign", body=one.body, service=one.service))
            continue
        seen[unit] += 1
        if one.centre and one.centre not in arrays.centre_position:
            problems.append(Breach("known-ids", f"no centre {one.centre!r}", body=one.body, centre=one.centre, service=one.service))
        elif one.centre:
            unit_centre[unit] = arrays.centre_position[one.centre]
    for missed in np.flatnonzero(seen != 1):
        body, service = arrays.bodies[arrays.unit_body[missed]], arrays.services[arrays.unit_service[missed]]
        problems.append(
            Breach("serve-once", f"{body}'s {service} is assigned {seen[missed]} times instead of once", abs(int(seen[missed]) - 1), body, "", service)
        )
    return unit_centre

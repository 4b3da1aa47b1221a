"""Plans next to a plan: one unit elsewhere, one cluster closed, one cluster under another model, one band exchanged."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.audit import audit
from models.plan import Assignment, Cluster, Plan
from models.schema import Form

if TYPE_CHECKING:
    from models.arrays import InstanceArrays
    from models.instance import Instance

_MOST_CLUSTERS = 4
"""Other clusters tried for a unit, the nearest first."""
_MOST_CONTROLS = 200
"""Ways to own and lead a cluster tried under another model; they cost the same, so the first that the rules allow will do."""


@dataclass(frozen=True)
class Choice:
    """A choice of a plan, a plan that chooses otherwise, and whom it concerns by position (-1: nobody)."""

    kind: str
    text: str
    otherwise: str
    plan: Plan
    unit: int = -1
    centre: int = -1
    model: int = -1
    other_model: int = -1
    services: tuple[int, ...] = ()
    units: tuple[int, ...] = ()


def choices(instance: Instance, arrays: InstanceArrays, plan: Plan) -> Iterator[Choice]:
    """Yield each choice of ``plan`` with each plan next to it that keeps every rule."""
    for one in itertools.chain(
        _places(arrays, plan), _closed(arrays, plan), _bands(arrays, plan), *(_models(instance, arrays, plan, cluster) for cluster in plan.clusters)
    ):
        if audit(instance, one.plan, arrays).ok:
            yield one


def _places(arrays: InstanceArrays, plan: Plan) -> Iterator[Choice]:
    """Yield each unit alone, and in the nearest other clusters that do its service."""
    open_for: dict[str, list[Cluster]] = {service: [one for one in plan.clusters if service in one.bands] for service in arrays.services}
    model_at = {one.centre: arrays.model_position[one.commercial_model] for one in plan.clusters}
    for one in plan.assignments:
        body, service = arrays.body_position[one.body], arrays.service_position[one.service]
        centres = np.array([arrays.centre_position[cluster.centre] for cluster in open_for[one.service] if cluster.centre != one.centre], dtype=np.int64)
        if centres.size:
            distance = arrays.distance_km(np.full(centres.shape, body), centres, np.full(centres.shape, service))
            centres = centres[np.lexsort((centres, distance))][:_MOST_CLUSTERS]
        where = f"at {one.centre}" if one.centre else "alone"
        for centre in [*([""] if one.centre else []), *(arrays.centres[centre] for centre in centres)]:
            yield Choice(
                kind="place",
                text=f"{one.service} of {one.body} {where}",
                otherwise=f"at {centre}" if centre else "alone",
                plan=moved(plan, one.body, one.service, centre),
                unit=arrays.unit_position[body, service],
                centre=arrays.centre_position[one.centre] if one.centre else -1,
                model=model_at.get(one.centre, -1),
                other_model=model_at.get(centre, -1),
            )


def moved(plan: Plan, body: str, service: str, centre: str) -> Plan:
    """Return ``plan`` with one unit at another centre, or alone for an empty one.

    A body that uses its former cluster for nothing else no longer owns or leads it; a band that nobody uses is not built, and a cluster that
    nobody uses is closed.
    """
    assignments = tuple(Assignment(one.body, one.service, centre) if (one.body, one.service) == (body, service) else one for one in plan.assignments)
    return _tidied(Plan(plan.clusters, assignments))


def _tidied(plan: Plan) -> Plan:
    used = {(one.centre, one.service) for one in plan.assignments if one.centre}
    members = {(one.centre, one.body) for one in plan.assignments if one.centre}
    clusters = [
        Cluster(
            one.centre,
            one.commercial_model,
            one.lead if (one.centre, one.lead) in members else "",
            tuple(owner for owner in one.owners if (one.centre, owner) in members),
            {service: band for service, band in one.bands.items() if (one.centre, service) in used},
        )
        for one in plan.clusters
        if any(centre == one.centre for centre, _ in used)
    ]
    return Plan(tuple(clusters), plan.assignments)


def _units(arrays: InstanceArrays, plan: Plan, centre: str) -> tuple[int, ...]:
    return tuple(arrays.unit_position[arrays.body_position[one.body], arrays.service_position[one.service]] for one in plan.assignments if one.centre == centre)


def _services(arrays: InstanceArrays, plan: Plan, centre: str) -> tuple[int, ...]:
    return tuple(sorted({arrays.service_position[one.service] for one in plan.assignments if one.centre == centre}))


def _closed(arrays: InstanceArrays, plan: Plan) -> Iterator[Choice]:
    for cluster in plan.clusters:
        assignments = tuple(Assignment(one.body, one.service, "" if one.centre == cluster.centre else one.centre) for one in plan.assignments)
        yield Choice(
            kind="cluster",
            text=f"{cluster.centre} open under {cluster.commercial_model}",
            otherwise="closed, all who use it alone",
            plan=_tidied(Plan(plan.clusters, assignments)),
            centre=arrays.centre_position[cluster.centre],
            model=arrays.model_position[cluster.commercial_model],
            services=_services(arrays, plan, cluster.centre),
            units=_units(arrays, plan, cluster.centre),
        )


def _bands(arrays: InstanceArrays, plan: Plan) -> Iterator[Choice]:
    names: dict[tuple[str, str], list[str]] = {}
    for centre, service, name in zip(arrays.band_centre, arrays.band_service, arrays.band_name, strict=True):
        names.setdefault((arrays.centres[centre], arrays.services[service]), []).append(name)
    for cluster in plan.clusters:
        for service, band in sorted(cluster.bands.items()):
            for other in names[cluster.centre, service]:
                if other == band:
                    continue
                yield Choice(
                    kind="band",
                    text=f"band {band} for {service} at {cluster.centre}",
                    otherwise=f"band {other}",
                    plan=with_cluster(plan, dataclasses.replace(cluster, bands={**cluster.bands, service: other})),
                    centre=arrays.centre_position[cluster.centre],
                    services=(arrays.service_position[service],),
                )


def _models(instance: Instance, arrays: InstanceArrays, plan: Plan, cluster: Cluster) -> Iterator[Choice]:
    centre = arrays.centre_position[cluster.centre]
    members = sorted({one.body for one in plan.assignments if one.centre == cluster.centre})
    for model, name in enumerate(arrays.commercial_models):
        if name == cluster.commercial_model or not arrays.centre_allows[centre, model]:
            continue
        fewest = arrays.minimum_owners(model)
        for lead, owners in itertools.islice(controls(arrays, centre, model, members, fewest), _MOST_CONTROLS):
            other = with_cluster(plan, dataclasses.replace(cluster, commercial_model=name, lead=lead, owners=owners))
            if audit(instance, other, arrays).ok:
                yield Choice(
                    kind="model",
                    text=f"{cluster.centre} under {cluster.commercial_model}",
                    otherwise=f"under {name}",
                    plan=other,
                    centre=centre,
                    model=arrays.model_position[cluster.commercial_model],
                    other_model=model,
                    services=_services(arrays, plan, cluster.centre),
                    units=_units(arrays, plan, cluster.centre),
                )
                break


def controls(arrays: InstanceArrays, centre: int, model: int, members: list[str], number: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield (lead, owners) of a cluster of ``members`` with this number of owners; the lead of a unitary cluster is its only one."""
    form, host = arrays.model_form[model], int(arrays.centre_host[centre])
    if form is Form.UNITARY:
        yield from ((body, (body,)) for body in ([arrays.bodies[host]] if host >= 0 else members))
        return
    for owners in itertools.combinations(members, number):
        yield from ((lead, owners) for lead in (owners if form is Form.JOINT_COMMITTEE else ("",)))


def with_cluster(plan: Plan, cluster: Cluster) -> Plan:
    """Return ``plan`` with the cluster at its centre exchanged."""
    return Plan(tuple(cluster if one.centre == cluster.centre else one for one in plan.clusters), plan.assignments)

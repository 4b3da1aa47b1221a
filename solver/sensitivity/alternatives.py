"""Plans next to a plan: one unit elsewhere, one cluster closed, one cluster under another model, one band exchanged."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from models.plan import Cluster, Plan
from models.plan_view import STAYS_ALONE, ClusterView, PlanView, plan_of
from models.schema import Form

if TYPE_CHECKING:
    from models.arrays import InstanceArrays
    from solver.sensitivity.beside import Beside

_MOST_CLUSTERS = 4
"""Other clusters tried for a unit, the nearest first."""
_MOST_CONTROLS = 200
"""Ways to own and lead a cluster tried under another model; they cost the same, so the first that the rules allow will do."""
NOBODY = -1


@dataclass(frozen=True)
class Choice:
    """A choice of a plan, a plan that chooses otherwise, and whom it concerns by position (:data:`NOBODY` for none).

    ``view`` is the other plan by position, ``rules_cost`` what rules and their breaches cost in it.
    """

    kind: str
    text: str
    otherwise: str
    view: PlanView
    rules_cost: int = 0
    unit: int = NOBODY
    centre: int = NOBODY
    model: int = NOBODY
    other_model: int = NOBODY
    services: tuple[int, ...] = ()
    units: tuple[int, ...] = ()

    @property
    def plan(self) -> Plan:
        """The other plan by id."""
        return plan_of(self.view)


def choices(here: Beside) -> Iterator[Choice]:
    """Yield each choice of a plan with each plan next to it that keeps every rule."""
    tried = itertools.chain(_places(here.view), _closed(here.view), _bands(here.view))
    for one in tried:
        rules_cost = here.judged(one.view)
        if rules_cost is not None:
            yield replace(one, rules_cost=rules_cost)
    for cluster in here.view.clusters:
        yield from _models(here, cluster)


def _places(view: PlanView) -> Iterator[Choice]:
    """Yield each unit alone, and in the nearest other clusters that do its service."""
    arrays = view.arrays
    doing = {service: np.array([one.centre for one in view.clusters if service in one.bands], dtype=np.int64) for service in range(len(arrays.services))}
    for unit, (body, service, at) in enumerate(zip(arrays.unit_body.tolist(), arrays.unit_service.tolist(), view.unit_centre.tolist(), strict=True)):
        centres = doing[service][doing[service] != at]
        if centres.size:
            distance = arrays.distance_km(np.full(centres.shape, body), centres, np.full(centres.shape, service))
            centres = centres[np.lexsort((centres, distance))][:_MOST_CLUSTERS]
        for centre in [*([] if at == STAYS_ALONE else [STAYS_ALONE]), *centres.tolist()]:
            yield Choice(
                kind="place",
                text=f"{view.service(service)} of {view.body(body)} {_where(view, at)}",
                otherwise=_where(view, centre),
                view=moved(view, unit, centre),
                unit=unit,
                centre=at,
                model=_model(view, at),
                other_model=_model(view, centre),
            )


def _where(view: PlanView, centre: int) -> str:
    return "alone" if centre == STAYS_ALONE else f"at {view.centre(centre)}"


def _model(view: PlanView, centre: int) -> int:
    cluster = view.cluster_at.get(centre)
    return NOBODY if cluster is None else cluster.model


def moved(view: PlanView, unit: int, centre: int) -> PlanView:
    """Return a plan with one unit at another centre, or alone.

    A body that uses its former cluster for nothing else no longer owns or leads it; a band that nobody uses is not built, and a cluster that
    nobody uses is closed.
    """
    left = int(view.unit_centre[unit])
    unit_centre = view.unit_centre.copy()
    unit_centre[unit] = centre
    return PlanView(view.arrays, _tidied(view, unit_centre, left), unit_centre, view.problems)


def _tidied(view: PlanView, unit_centre: np.ndarray[tuple[int], np.dtype[np.int64]], left: int) -> tuple[ClusterView, ...]:
    """Return the clusters of a plan after units have left the centre ``left``; those that stay as they are, as the same objects."""
    cluster = view.cluster_at.get(left)
    if cluster is None:
        return view.clusters
    units = np.flatnonzero(unit_centre == left)
    members, services = set(view.arrays.unit_body[units].tolist()), set(view.arrays.unit_service[units].tolist())
    kept = replace(
        cluster,
        lead=cluster.lead if cluster.lead in members else None,
        owners=tuple(owner for owner in cluster.owners if owner in members),
        bands={service: band for service, band in cluster.bands.items() if service in services},
    )
    if not units.size:
        return tuple(one for one in view.clusters if one is not cluster)
    return view.clusters if kept == cluster else exchanged(view, kept).clusters


def _services(view: PlanView, centre: int) -> tuple[int, ...]:
    return tuple(np.unique(view.arrays.unit_service[view.units_served_at(centre)]).tolist())


def _closed(view: PlanView) -> Iterator[Choice]:
    for cluster in view.clusters:
        unit_centre = np.where(view.unit_centre == cluster.centre, STAYS_ALONE, view.unit_centre)
        yield Choice(
            kind="cluster",
            text=f"{view.centre(cluster.centre)} open under {view.model(cluster.model)}",
            otherwise="closed, all who use it alone",
            view=PlanView(view.arrays, tuple(one for one in view.clusters if one is not cluster), unit_centre, view.problems),
            centre=cluster.centre,
            model=cluster.model,
            services=_services(view, cluster.centre),
            units=tuple(view.units_served_at(cluster.centre).tolist()),
        )


def _bands(view: PlanView) -> Iterator[Choice]:
    arrays = view.arrays
    for cluster in view.clusters:
        for service, band in sorted(cluster.bands.items()):
            for other in np.flatnonzero((arrays.band_centre == cluster.centre) & (arrays.band_service == service)).tolist():
                if other == band:
                    continue
                yield Choice(
                    kind="band",
                    text=f"band {arrays.band_name[band]} for {view.service(service)} at {view.centre(cluster.centre)}",
                    otherwise=f"band {arrays.band_name[other]}",
                    view=exchanged(view, replace(cluster, bands={**cluster.bands, service: other})),
                    centre=cluster.centre,
                    services=(service,),
                )


def _models(here: Beside, cluster: ClusterView) -> Iterator[Choice]:
    view, arrays = here.view, here.arrays
    members = [arrays.bodies[body] for body in sorted(view.members.get(cluster.centre, frozenset()))]
    for model, name in enumerate(arrays.commercial_models):
        if model == cluster.model or not arrays.centre_allows[cluster.centre, model]:
            continue
        fewest = arrays.minimum_owners(model)
        for lead, owners in itertools.islice(controls(arrays, cluster.centre, model, members, fewest), _MOST_CONTROLS):
            at = arrays.body_position
            other = exchanged(view, replace(cluster, model=model, lead=at[lead] if lead else None, owners=tuple(at[owner] for owner in owners)))
            rules_cost = here.judged(other)
            if rules_cost is not None:
                yield Choice(
                    kind="model",
                    text=f"{view.centre(cluster.centre)} under {view.model(cluster.model)}",
                    otherwise=f"under {name}",
                    view=other,
                    rules_cost=rules_cost,
                    centre=cluster.centre,
                    model=cluster.model,
                    other_model=model,
                    services=_services(view, cluster.centre),
                    units=tuple(view.units_served_at(cluster.centre).tolist()),
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


def exchanged(view: PlanView, cluster: ClusterView) -> PlanView:
    """Return a plan with the cluster at a centre exchanged."""
    clusters = tuple(cluster if one.centre == cluster.centre else one for one in view.clusters)
    return PlanView(view.arrays, clusters, view.unit_centre, view.problems)


def with_cluster(plan: Plan, cluster: Cluster) -> Plan:
    """Return ``plan`` with the cluster at its centre exchanged."""
    return Plan(tuple(cluster if one.centre == cluster.centre else one for one in plan.clusters), plan.assignments)

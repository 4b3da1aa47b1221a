"""Who shares with whom, in plain text: a few lines for each cluster."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from report.money import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.instance import Instance
    from models.plan import Cluster, Plan

_MOST_CLUSTERS = 20
_MOST_GROUPS = 4
_MOST_NAMES = 8


def sharing_lines(instance: Instance, plan: Plan) -> list[str]:
    """Return for each cluster its centre, commercial model, lead and owners, and who has which services done there; the largest first.

    Long lists are cut, and what was left out is counted. Empty when nobody shares.
    """
    if not plan.clusters:
        return []
    bodies, centres = names(instance, "bodies", "body"), names(instance, "centres", "centre")
    order = {service: position for position, service in enumerate(instance.table("services")["service"])}
    served: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in plan.assignments:
        if one.centre:
            served[one.centre][one.body].add(one.service)
    lines = ["who shares with whom"]
    ranked = sorted(plan.clusters, key=lambda cluster: (-len(served[cluster.centre]), cluster.centre))
    for cluster in ranked[:_MOST_CLUSTERS]:
        lines.append(f"  {centres.get(cluster.centre, cluster.centre)}: {_form(cluster, bodies)}; {counted(len(served[cluster.centre]), 'member')}")
        lines += _groups(served[cluster.centre], bodies, order)
    if len(ranked) > _MOST_CLUSTERS:
        lines.append(f"  ... and {counted(len(ranked) - _MOST_CLUSTERS, 'smaller cluster')}")
    alone = [
        bodies[body] for body in sorted({one.body for one in plan.assignments} - {body for members in served.values() for body in members}) if body in bodies
    ]
    return [*lines, f"  with nobody: {listed(alone)}"] if alone else lines


def _form(cluster: Cluster, bodies: Mapping[str, str]) -> str:
    lead = [f"led by {bodies.get(cluster.lead, cluster.lead)}"] if cluster.lead else []
    owners = [f"owned by {listed([bodies.get(owner, owner) for owner in cluster.owners])}"] if set(cluster.owners) - {cluster.lead} else []
    return ", ".join([cluster.commercial_model, *lead, *owners])


def _groups(members: Mapping[str, set[str]], bodies: Mapping[str, str], order: Mapping[str, int]) -> list[str]:
    """Return one line for each set of services that members share, the commonest first."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for body, shared in sorted(members.items()):
        groups[tuple(sorted(shared, key=lambda service: order.get(service, len(order))))].append(bodies.get(body, body))
    ranked = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    lines = [f"    {listed(shared)}: {listed(who)}" for shared, who in ranked[:_MOST_GROUPS]]
    rest = sum(len(who) for _, who in ranked[_MOST_GROUPS:])
    return lines if not rest else [*lines, f"    other services: {counted(rest, 'more member')}"]


def listed(words: Sequence[str]) -> str:
    """Return words joined by commas, cut after a few with the number of those left out."""
    # One name more is shorter than saying that there is one more.
    if len(words) <= _MOST_NAMES + 1:
        return ", ".join(words)
    return f"{', '.join(words[:_MOST_NAMES])} and {len(words) - _MOST_NAMES:,} more"


def names(instance: Instance, table: str, key: str) -> dict[str, str]:
    """Return the name of each row of ``table`` by its id in column ``key``; the id where it has no name."""
    frame = instance.table(table)
    return {identifier: name or identifier for identifier, name in zip(frame[key], frame["name"], strict=True)}

"""The answer: :class:`Plan`, the clusters and who uses what where. Money is not in it; the audit recomputes that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

PLAN_SCHEMA_VERSION = 1


class InvalidPlan(ValueError):
    """Raised when a stored plan cannot be read; the message says where."""


@dataclass(frozen=True)
class Cluster:
    """An open centre: its commercial model, its lead (empty when the form has none), its owners and its band for each service."""

    centre: str
    commercial_model: str
    lead: str = ""
    owners: tuple[str, ...] = ()
    bands: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Assignment:
    """Where a body's service is done; an empty centre means the body stays alone for it."""

    body: str
    service: str
    centre: str = ""


@dataclass(frozen=True)
class Plan:
    """Clusters and assignments, each sorted by id so that equal plans are equal objects."""

    clusters: tuple[Cluster, ...]
    assignments: tuple[Assignment, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "clusters", tuple(sorted(self.clusters, key=lambda cluster: (cluster.centre, cluster.commercial_model))))
        object.__setattr__(self, "assignments", tuple(sorted(self.assignments, key=attrgetter("body", "service", "centre"))))

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as plain values, ready for JSON."""
        return {
            "schema_version": PLAN_SCHEMA_VERSION,
            "clusters": [
                {
                    "centre": cluster.centre,
                    "commercial_model": cluster.commercial_model,
                    "lead": cluster.lead,
                    "owners": list(cluster.owners),
                    "bands": dict(sorted(cluster.bands.items())),
                }
                for cluster in self.clusters
            ],
            "assignments": [{"body": one.body, "service": one.service, "centre": one.centre} for one in self.assignments],
        }


def plan_from_dict(record: Any) -> Plan:
    """Return the plan stored by :meth:`Plan.as_dict`.

    Raises
    ------
    InvalidPlan
        Naming the first place that is not as it should be.
    """
    if not isinstance(record, dict):
        raise InvalidPlan("a plan is an object with clusters and assignments")
    if record.get("schema_version") != PLAN_SCHEMA_VERSION:
        raise InvalidPlan(f"schema_version is {record.get('schema_version')!r}; this program reads {PLAN_SCHEMA_VERSION}")
    clusters = [_cluster(position, entry) for position, entry in enumerate(_entries(record, "clusters"))]
    return Plan(tuple(clusters), tuple(_assignments(_entries(record, "assignments"))))


def _entries(record: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    entries = record.get(key)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidPlan(f"{key} should be a list of objects")
    return entries


def _assignments(entries: list[Mapping[str, Any]]) -> list[Assignment]:
    keys = ("body", "service", "centre")
    columns = [[entry.get(key) for entry in entries] for key in keys]
    # Of a whole country only a plan that is not as it should be is gone through cell by cell, for the place to name.
    if any(not isinstance(cell, str) for column in columns for cell in column):
        return [Assignment(*(_text(entry, key, f"assignments[{position}]") for key in keys)) for position, entry in enumerate(entries)]
    return list(map(Assignment, *columns))


def _text(entry: Mapping[str, Any], key: str, place: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str):
        raise InvalidPlan(f"{place}.{key} should be text, found {value!r}")
    return value


def _cluster(position: int, entry: Mapping[str, Any]) -> Cluster:
    place = f"clusters[{position}]"
    owners, bands = entry.get("owners", []), entry.get("bands", {})
    if not isinstance(owners, list) or not all(isinstance(owner, str) for owner in owners):
        raise InvalidPlan(f"{place}.owners should be a list of body ids")
    if not isinstance(bands, dict) or not all(isinstance(band, str) for band in bands.values()):
        raise InvalidPlan(f"{place}.bands should map services to band names")
    return Cluster(
        centre=_text(entry, "centre", place),
        commercial_model=_text(entry, "commercial_model", place),
        lead=_text(entry, "lead", place),
        owners=tuple(sorted(owners)),
        bands=dict(sorted(bands.items())),
    )

"""A plan as GeoJSON (RFC 7946): bodies and centres as points, each body's use of a centre as a line; longitude before latitude."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from report.formats import records

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from report.view import RunView


def geojson(view: RunView) -> str:
    """Return the plan of ``view`` as one FeatureCollection.

    Property ``kind`` tells features apart: ``body``, ``centre`` (``open`` or not) and ``spoke``. A spoke is one body at one centre with all it
    uses there: ``services``, their volumes (units a year) in ``volume`` and summed in common workload units in ``workload``, and ``annual_cost``,
    what the body spends on them today.
    """
    bodies, centres = view.instance.table("bodies"), view.instance.table("centres")
    body_at, centre_at = _places(bodies, "body"), _places(centres, "centre")
    features = [*_bodies(view, body_at), *_centres(view, centre_at)]
    for spoke in view.spokes:
        properties = {
            "kind": "spoke",
            "body": spoke.body,
            "centre": spoke.centre,
            "commercial_model": spoke.commercial_model,
            "services": list(spoke.services),
            "volume": dict(spoke.volumes),
            "workload": spoke.workload,
            "annual_cost": spoke.annual_cost,
        }
        geometry = {"type": "LineString", "coordinates": [body_at[spoke.body], centre_at[spoke.centre]]}
        features.append({"type": "Feature", "id": f"spoke:{spoke.body}:{spoke.centre}", "geometry": geometry, "properties": properties})
    return json.dumps({"type": "FeatureCollection", "features": features}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _places(table: pd.DataFrame, key: str) -> dict[str, list[float]]:
    return {
        identifier: [float(longitude), float(latitude)]
        for identifier, longitude, latitude in zip(table[key], table["longitude"], table["latitude"], strict=True)
    }


def _point(identifier: str, place: list[float], properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "id": identifier, "geometry": {"type": "Point", "coordinates": place}, "properties": dict(properties)}


def _bodies(view: RunView, at: Mapping[str, list[float]]) -> list[dict[str, Any]]:
    rows = records(view.tables["bodies"].drop(columns=["latitude", "longitude"]))
    # The kind comes last, so that no column of the planner's own can take its place.
    return [_point(f"body:{row['body']}", at[row["body"]], {**row, "annual_cost": view.body_annual_cost.get(row["body"], 0), "kind": "body"}) for row in rows]


def _centres(view: RunView, at: Mapping[str, list[float]]) -> list[dict[str, Any]]:
    clusters = {row["centre"]: row for row in records(view.tables["clusters"].drop(columns=["latitude", "longitude", "name"]))}
    annual_cost: Counter[str] = Counter()
    for spoke in view.spokes:
        annual_cost[spoke.centre] += spoke.annual_cost
    features = []
    for row in records(view.instance.table("centres")[["centre", "name", "host_body"]]):
        cluster = clusters.get(row["centre"], {})
        properties = {**row, **cluster, "annual_cost": annual_cost[row["centre"]], "open": bool(cluster), "kind": "centre"}
        features.append(_point(f"centre:{row['centre']}", at[row["centre"]], properties))
    return features

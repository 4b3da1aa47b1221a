"""Distances on the globe and the nearest centres to each body."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""


def great_circle_km(
    latitude_a: NDArray[np.float64], longitude_a: NDArray[np.float64], latitude_b: NDArray[np.float64], longitude_b: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return great-circle distances in km between points given in degrees (haversine formula); the arrays broadcast."""
    phi_a, phi_b = np.radians(latitude_a), np.radians(latitude_b)
    half_phi = (phi_b - phi_a) / 2
    half_lambda = np.radians(longitude_b - longitude_a) / 2
    chord = np.sin(half_phi) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lambda) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))), dtype=np.float64)


def nearest_centres(
    body_latitude: NDArray[np.float64],
    body_longitude: NDArray[np.float64],
    centre_latitude: NDArray[np.float64],
    centre_longitude: NDArray[np.float64],
    count: int,
) -> NDArray[np.int64]:
    """Return (bodies, count) positions of the nearest centres to each body; ties go to the lower position.

    ``count`` is cut to the number of centres.
    """
    centres = centre_latitude.shape[0]
    count = min(count, centres)
    # A few spare neighbours, then an exact sort by (distance, position), so that ties at the edge do not depend on the search tree.
    candidates = _chord_neighbours(body_latitude, body_longitude, centre_latitude, centre_longitude, min(centres, count + 8))
    distance = great_circle_km(body_latitude[:, None], body_longitude[:, None], centre_latitude[candidates], centre_longitude[candidates])
    order = np.lexsort((candidates, np.round(distance, 6)), axis=1)[:, :count]
    return np.take_along_axis(candidates, order, axis=1)


def _chord_neighbours(
    body_latitude: NDArray[np.float64],
    body_longitude: NDArray[np.float64],
    centre_latitude: NDArray[np.float64],
    centre_longitude: NDArray[np.float64],
    count: int,
) -> NDArray[np.int64]:
    from scipy.spatial import cKDTree

    tree = cKDTree(_on_unit_sphere(centre_latitude, centre_longitude))
    _, found = tree.query(_on_unit_sphere(body_latitude, body_longitude), k=list(range(1, count + 1)))
    return np.asarray(found, dtype=np.int64)


def _on_unit_sphere(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.float64]:
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))

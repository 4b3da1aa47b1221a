"""Distances on the globe and the nearest centres to each body."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""
_BLOCK = 128
"""Bodies whose nearest centres are sought together."""
_ROUNDING = 1e-12
"""More than rounding can add to a distance between points on the unit sphere."""


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
    # A few spare neighbours, then an exact sort by (distance, position), so that ties at the edge do not depend on how the neighbours were found.
    bodies_at, centres_at = _on_unit_sphere(body_latitude, body_longitude), _on_unit_sphere(centre_latitude, centre_longitude)
    candidates = _chord_neighbours(bodies_at, centres_at, min(centres, count + 8))
    distance = great_circle_km(body_latitude[:, None], body_longitude[:, None], centre_latitude[candidates], centre_longitude[candidates])
    order = np.lexsort((candidates, np.round(distance, 6)), axis=1)[:, :count]
    return np.take_along_axis(candidates, order, axis=1)


def _chord_neighbours(bodies: NDArray[np.float64], centres: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return (bodies, count) the centres nearest to each body, in no order, of points (n, 3) on the unit sphere.

    Bodies are taken a block of neighbours at a time, so that all but the few centres around the block are out of the question.
    """
    found = np.empty((bodies.shape[0], count), dtype=np.int64)
    order = _by_neighbourhood(bodies)
    for first in range(0, order.shape[0], _BLOCK):
        block = order[first : first + _BLOCK]
        near = _around(bodies[block], centres, count)
        squared = _squared_chords(bodies[block], centres[near])
        found[block] = near[np.argpartition(squared, count - 1, axis=1)[:, :count]]
    return found


def _by_neighbourhood(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return an order (n,) of points (n, 3) in which blocks of :data:`_BLOCK` lie close together: strips from south to north, each from west to east."""
    strip = np.empty(points.shape[0], dtype=np.int64)
    strip[np.argsort(points[:, 2], kind="stable")] = np.arange(points.shape[0]) // max(1, math.isqrt(_BLOCK * points.shape[0]))
    return np.lexsort((np.arctan2(points[:, 1], points[:, 0]), strip))


def _around(block: NDArray[np.float64], centres: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return which centres can be among the ``count`` nearest of any point of ``block``, by the triangle inequality at its middle."""
    middle = block.mean(axis=0, keepdims=True)
    away = np.sqrt(_squared_chords(middle, centres)[0])
    radius = float(np.sqrt(_squared_chords(middle, block).max()))
    farthest = float(np.partition(away, count - 1)[count - 1]) + 2 * radius
    return np.flatnonzero(away <= farthest + _ROUNDING)


def _squared_chords(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (a, b) squared straight distances between points (a, 3) and (b, 3)."""
    return np.asarray(sum(np.subtract.outer(a[:, axis], b[:, axis]) ** 2 for axis in range(3)), dtype=np.float64)


def _on_unit_sphere(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.float64]:
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))

"""Chooses which bodies could host a centre: large ones, spread out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.reference import Reference


def default_centre_count(bodies: int, reference: Reference) -> int:
    """Return how many candidates suit a number of bodies: a sixth of them up to a ceiling, and a small share of them at national scale."""
    if bodies > reference.central("centres.national_bodies"):
        return round(bodies / reference.central("centres.bodies_per_centre_national"))
    local = min(reference.central("centres.most_local"), bodies / reference.central("centres.bodies_per_centre"))
    return min(bodies, max(int(reference.central("centres.least")), int(local)))


def choose_centres(
    bodies: NDArray[np.str_], latitude: NDArray[np.float64], longitude: NDArray[np.float64], weight: NDArray[np.float64], count: int
) -> NDArray[np.int64]:
    """Return positions of up to ``count`` bodies, the first the heaviest, each next the largest ``weight x distance to the nearest chosen``.

    Arrays have shape (bodies,); ids break ties, so the order of rows does not matter. Bodies at the very place of one chosen come last. The
    distance is the straight chord through the Earth, which orders as distance along the ground does.
    """
    order = np.argsort(bodies, kind="stable")
    phi, lam = np.radians(latitude[order]), np.radians(longitude[order])
    points = np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))
    heavy = weight[order]
    nearest_squared = np.full(len(order), 4.0)
    taken = np.zeros(len(order), dtype=bool)
    chosen: list[int] = []
    for _ in range(min(count, len(order))):
        # Rounded, so that the last bit of a distance never decides.
        score = np.where(taken, -1.0, np.round(heavy * np.sqrt(nearest_squared), 9))
        best = int(np.argmax(score))
        chosen.append(best)
        taken[best] = True
        difference = points - points[best]
        np.minimum(nearest_squared, np.einsum("ij,ij->i", difference, difference), out=nearest_squared)
    return order[np.array(chosen, dtype=np.int64)]

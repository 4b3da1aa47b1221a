"""Give clusters colours so that those near each other on the map can be told apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Place = tuple[float, float]


def colours_apart(centres: Sequence[Place], members: Sequence[Sequence[Place]], colours: int) -> list[int]:
    """Return a colour, counted from 0, for each cluster, from a palette of ``colours``.

    Clusters are coloured one after the other; each takes the colour whose nearest cluster so far is farthest away. A cluster reaches as far as its farthest
    member, and two clusters are as far apart as these circles. While there are colours not yet used, one of them is taken.
    """
    at = np.array(centres, dtype=np.float64).reshape(len(centres), 2)
    reach = np.array([max((float(np.hypot(x - cx, y - cy)) for x, y in some), default=0.0) for (cx, cy), some in zip(centres, members, strict=True)])
    found: list[int] = []
    for cluster in range(len(centres)):
        apart = np.hypot(*(at[:cluster] - at[cluster]).T) - reach[:cluster] - reach[cluster]
        taken = np.array(found, dtype=np.int64)
        nearest = [float(np.min(apart[taken == colour], initial=np.inf)) for colour in range(colours)]
        found.append(int(np.argmax(nearest)))
    return found

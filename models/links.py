"""The links table by position: what is agreed, forbidden or dearer between a body and a centre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.positions import located, reals, wholes

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Links:
    """Rows of ``links`` by position, shape (links,); ``centre`` and ``service`` may be :data:`models.positions.ANY`; ``distance_km`` is NaN when not given."""

    body: Whole
    centre: Whole
    service: Whole
    status: tuple[str, ...]
    distance_km: Real
    extra_annual_cost: Whole
    extra_one_off_cost: Whole

    def with_status(self, status: str) -> Flags:
        """(links,) whether each link has the status."""
        return np.array([found == status for found in self.status], dtype=np.bool_)


def links_by_position(links: pd.DataFrame, body_at: dict[str, int], centre_at: dict[str, int], service_at: dict[str, int]) -> Links:
    """Return the rows by body, centre and service."""
    links = links.sort_values(["body", "centre", "service"], ignore_index=True)
    return Links(
        body=located(links["body"], body_at),
        centre=located(links["centre"], centre_at, every=True),
        service=located(links["service"], service_at, every=True),
        status=tuple(links["status"].to_numpy(dtype=object)),
        distance_km=reals(links["distance_km"]),
        extra_annual_cost=wholes(links["extra_annual_cost"]),
        extra_one_off_cost=wholes(links["extra_one_off_cost"]),
    )

"""Drafts the sizes a centre can be built at: bands under the scale curve, with one unit cost and the economies of scale in the fixed cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.schema import EVERY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.draft_baseline import Baseline
    from models.reference import Reference


def draft_bands(baseline: Baseline, reference: Reference, centres: int, count: int, exchange_rate: float) -> pd.DataFrame:
    """Return the bands table: ``count`` bands a service, the same for every centre.

    Capacities run in equal ratios from a few median bodies to the largest band (see :func:`capacities`). The unit cost is the slope of the scale
    curve at the largest band, the same in all bands; the fixed cost puts each band, when full, exactly on the curve. A band that is not
    full therefore costs more than the curve says. Set-up grows with capacity (see :func:`set_up_costs`).
    """
    tables = []
    for service, volume in baseline.volume.items():
        curve = baseline.curves[service]
        sizes = capacities(volume, reference, centres, count)
        unit_cost = round(curve.marginal_cost(float(sizes[-1])), 4)
        fixed = np.maximum(0, np.rint(curve.cost(sizes.astype(np.float64)) - unit_cost * sizes)).astype(np.int64)
        # The staff behind one unit of volume turns a capacity into the size of platform it needs.
        staff = sizes.astype(np.float64) * (float(baseline.employees.sum()) / float(volume.sum()))
        set_up = np.rint(set_up_costs(staff, service, reference) * exchange_rate).astype(np.int64)
        names = [f"band-{position + 1}" for position in range(len(sizes))]
        tables.append(
            pd.DataFrame(
                {"centre": EVERY, "service": service, "band": names, "capacity": sizes, "set_up_cost": set_up, "fixed_cost": fixed, "unit_cost": unit_cost}
            )
        )
    return pd.concat(tables, ignore_index=True)


def capacities(volume: NDArray[np.int64], reference: Reference, centres: int, count: int) -> NDArray[np.int64]:
    """Return up to ``count`` rising capacities in equal ratios (units a year); ``volume`` has shape (bodies,).

    The smallest holds a few median bodies. The largest is a multiple of an even share of all volume among the centres, but no more than the
    share of everything that resilience allows, and no less than one large body.
    """
    total = float(volume.sum())
    large = float(np.quantile(volume, reference.central("scale.large_body_quantile"), method="higher"))
    even = total / centres * reference.central("scale.even_share_multiple")
    most = max(large, min(total * reference.central("scale.resilience_share"), even))
    least = min(most, float(np.median(volume)) * reference.central("scale.smallest_band_bodies"))
    return np.unique(np.ceil(np.geomspace(max(least, 1.0), max(most, 1.0), count)).astype(np.int64))


def set_up_costs(staff: NDArray[np.float64], service: str, reference: Reference) -> NDArray[np.float64]:
    """Return GBP to set up one service of a platform for ``staff`` employees.

    ``platform_share x max(platform_local low, platform_local central x (staff / platform_local_employees)^platform_exponent)``: the central
    figure holds at local scale, grows with size to the exponent, and never falls under the low figure.
    """
    platform = reference.figure("one_off.platform_local")
    size = (staff / reference.central("one_off.platform_local_employees")) ** reference.central("one_off.platform_exponent")
    whole = np.maximum(platform.low, platform.central * size)
    return np.asarray(whole * reference.central(f"service.{service}.platform_share"), dtype=np.float64)

"""A facility-location problem as its file states it, in whole numbers, and the ordinary instance that asks the same question."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.instance import Appraisal, Instance, RuleSetting, Settings
from models.published_unit import SECTION
from models.schema import EVERY, Form

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

SERVICE = "supply"
MODEL = "site"
BAND = "as-published"
_TYPE = "customer"


@dataclass(frozen=True)
class Problem:
    """Sites i, customers j: open sites at their fixed costs and let each customer be served wholly by one, within capacity, at least cost.

    Attributes
    ----------
    capacity, fixed_cost
        (sites,) whole volume and whole money.
    demand
        (customers,) whole volume.
    cost
        (sites, customers) whole money for serving all of the customer's demand from the site.
    money_scale, volume_scale
        How many units of whole money or volume here make one of the file's: powers of ten.
    rounded
        Whether costs were rounded to this unit: the file states them by formula, such as a distance, and not in digits.
    """

    capacity: Whole
    fixed_cost: Whole
    demand: Whole
    cost: Whole
    money_scale: int = 1
    volume_scale: int = 1
    rounded: bool = False


def instance_of(problem: Problem, title: str, form: str) -> Instance:
    """Return the instance that asks what ``problem`` asks: nobody may stay alone, one year, nothing discounted, nothing but the file's own costs.

    Staying alone is forbidden by rule ``all-served``; what it would cost is set to the dearest site opened for that customer alone, so that methods which
    start from everybody alone, or price staying alone, find serving the customer worth while.
    """
    from models.tables import from_frames

    settings = Settings(
        title=title,
        currency="",
        sources=(f"published file, format {form}",),
        extra={SECTION: {"format": form, "money_scale": problem.money_scale, "volume_scale": problem.volume_scale, "rounded": problem.rounded}},
    )
    appraisal = Appraisal(horizon_years=1, discount_rates=((0, 0.0),), saving_ramp=(1.0,))
    frames = _frames(problem)
    links = frames.pop("links")
    whole = from_frames(frames, settings, appraisal, (RuleSetting("all-served"),))
    # Joined by position and whole by construction: checking a million rows cell by cell would find nothing and take a minute.
    return dataclasses.replace(whole, tables={**whole.tables, "links": links})


def _frames(problem: Problem) -> dict[str, pd.DataFrame]:
    import pandas as pd

    sites, customers = problem.cost.shape
    site, customer = _ids("site-", sites), _ids("customer-", customers)
    alone = (problem.cost + problem.fixed_cost[:, None]).max(axis=0)
    return {
        "services": pd.DataFrame({"service": [SERVICE]}),
        "bodies": pd.DataFrame({"body": customer, "legal_type": _TYPE, "latitude": 0.0, "longitude": 0.0}),
        "baseline": pd.DataFrame({"body": customer, "service": SERVICE, "volume": problem.demand, "annual_cost": alone}),
        "commercial_models": pd.DataFrame({"commercial_model": [MODEL], "form": [Form.OUTSOURCED.value], "minimum_owners": [0]}),
        "centres": pd.DataFrame({"centre": site, "latitude": 0.0, "longitude": 0.0}),
        "bands": pd.DataFrame({"centre": site, "service": SERVICE, "band": BAND, "capacity": problem.capacity, "fixed_cost": problem.fixed_cost}),
        "powers": pd.DataFrame({"legal_type": [_TYPE], "commercial_model": [MODEL], "service": [EVERY], "may_use": [True]}),
        "links": _links(problem, site, customer),
    }


def _links(problem: Problem, site: list[str], customer: list[str]) -> pd.DataFrame:
    """Return one row for each pair that costs something, typed as a table that was read."""
    import pandas as pd

    at_customer, at_site = np.nonzero(problem.cost.T)
    count = at_customer.shape[0]

    def repeated(values: list[str], at: NDArray[Any]) -> pd.Series[str]:
        return pd.Series(pd.array(values, dtype="str").take(at))

    return pd.DataFrame(
        {
            "body": repeated(customer, at_customer),
            "centre": repeated(site, at_site),
            "service": repeated([SERVICE], np.zeros(count, dtype=np.int64)),
            "status": repeated([""], np.zeros(count, dtype=np.int64)),
            "distance_km": np.full(count, np.nan),
            "extra_annual_cost": problem.cost.T[at_customer, at_site],
            "extra_one_off_cost": np.zeros(count, dtype=np.int64),
        }
    )


def _ids(prefix: str, count: int) -> list[str]:
    """Return ids that sort as they are counted."""
    width = len(str(count))
    return [f"{prefix}{number:0{width}d}" for number in range(1, count + 1)]

"""The measures of an appraisal, each from yearly money alone.

Sources: HM Treasury, The Green Book (net present social value, benefit-cost ratio, public cost in the denominator); the definitions are spelt
out in :data:`DEFINITIONS`, which every answer carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

DEFINITIONS: Mapping[str, str] = {
    "npsc": "net present cost over the horizon, real prices, discounted; penalties of soft rules left out",
    "npsv": "net present cost of doing nothing (or the minimum) less that of the plan",
    "npsv_against_do_minimum": "what stays alone in the plan does the minimum on both sides, so only what is shared counts",
    "bcr": "present value of today's spending that the plan avoids, over present value of everything the plan pays in its place; none when nothing is shared",
    "payback_year": "first year from which the saving so far is never again below nought; none when it is never below, or still is at the end",
    "peak_funding": "deepest the saving so far falls below nought, not discounted",
    "running_saving": "spending avoided less the running cost of the new way, one-off costs apart",
    "haircuts": "shares taken off running savings above nought; a loss is left as it is",
}


@dataclass(frozen=True)
class Series:
    """Money by year (years,), whole.

    Attributes
    ----------
    today
        Doing nothing.
    kept
        Of that, what the plan goes on spending: bodies alone, and bodies until their work has moved.
    running, once
        What the plan pays in place of the rest, each year and once.
    minimum
        What doing the minimum pays beyond doing nothing.
    minimum_avoided
        Of that, the part for work that the plan moves.
    """

    today: Whole
    kept: Whole
    running: Whole
    once: Whole
    minimum: Whole
    minimum_avoided: Whole

    @property
    def plan(self) -> Whole:
        """What the plan pays in all."""
        return self.kept + self.running + self.once

    @property
    def net(self) -> Whole:
        """Saving of each year against doing nothing."""
        return self.today - self.plan

    @property
    def running_saving(self) -> Whole:
        """Saving of each year, one-off costs apart."""
        return self.today - self.kept - self.running


@dataclass(frozen=True)
class Measures:
    """What a plan, or its part in one account, is worth; whole money, ratios, calendar years."""

    do_nothing_npsc: int
    do_minimum_npsc: int
    plan_npsc: int
    npsv: int
    npsv_against_do_minimum: int
    bcr: float | None
    bcr_against_do_minimum: float | None
    payback_year: int | None
    discounted_payback_year: int | None
    peak_funding: int
    peak_funding_year: int | None

    def as_dict(self) -> dict[str, Any]:
        """Return the measures as plain values."""
        return asdict(self)


MEASURES = tuple(one.name for one in fields(Measures))


def measures(paid: Series, present: Series, start_year: int) -> Measures:
    """Return the measures of money as paid and of the same money discounted."""
    return measures_of_each(_as_one_account(paid), _as_one_account(present), start_year)[0]


def _as_one_account(series: Series) -> Series:
    return Series(**{one.name: getattr(series, one.name)[np.newaxis] for one in fields(Series)})


def measures_of_each(paid: Series, present: Series, start_year: int) -> list[Measures]:
    """Return the measures of each of several accounts, whose series hold arrays of shape (accounts, years)."""
    avoided = (present.today - present.kept).sum(axis=1).tolist()
    minimum_avoided = present.minimum_avoided.sum(axis=1).tolist()
    cost = (present.running + present.once).sum(axis=1).tolist()
    npsv = present.net.sum(axis=1).tolist()
    return [
        Measures(*figures)
        for figures in zip(
            present.today.sum(axis=1).tolist(),
            (present.today + present.minimum).sum(axis=1).tolist(),
            present.plan.sum(axis=1).tolist(),
            npsv,
            (saved + minimum for saved, minimum in zip(npsv, minimum_avoided, strict=True)),
            (benefit_cost_ratio(benefit, paid_for) for benefit, paid_for in zip(avoided, cost, strict=True)),
            (benefit_cost_ratio(benefit + minimum, paid_for) for benefit, minimum, paid_for in zip(avoided, minimum_avoided, cost, strict=True)),
            payback_years(paid.net, start_year),
            payback_years(present.net, start_year),
            *zip(*peak_fundings(paid.net, start_year), strict=True),
            strict=True,
        )
    ]


def benefit_cost_ratio(benefit: int, cost: int) -> float | None:
    """Return benefit / cost to four decimals, ``None`` when nothing is paid."""
    return round(benefit / cost, 4) if cost > 0 else None


def payback_year(net: Whole, start_year: int) -> int | None:
    """Return the first year from which the running total of ``net`` (years,) is never again below nought.

    ``None`` when it never is below nought, so that nothing has to be paid back, and when it still is in the last year.
    """
    return payback_years(net[np.newaxis], start_year)[0]


def payback_years(net: Whole, start_year: int) -> list[int | None]:
    """Return :func:`payback_year` of each account; ``net`` has shape (accounts, years)."""
    below = np.cumsum(net, axis=1) < 0
    # Years after the last one below nought.
    after = np.argmax(below[:, ::-1], axis=1)
    paid_back = below.any(axis=1) & (after > 0)
    years = start_year + net.shape[1] - after
    return [year if known else None for year, known in zip(years.tolist(), paid_back.tolist(), strict=True)]


def peak_funding(net: Whole, start_year: int) -> tuple[int, int | None]:
    """Return how far the running total of ``net`` (years,) falls below nought at its deepest, and the first year it does; 0 and ``None`` if never."""
    return peak_fundings(net[np.newaxis], start_year)[0]


def peak_fundings(net: Whole, start_year: int) -> list[tuple[int, int | None]]:
    """Return :func:`peak_funding` of each account; ``net`` has shape (accounts, years)."""
    so_far = np.cumsum(net, axis=1)
    deepest = np.argmin(so_far, axis=1)
    depth = np.take_along_axis(so_far, deepest[:, np.newaxis], axis=1)[:, 0]
    return [(-low, start_year + year) if low < 0 else (0, None) for low, year in zip(depth.tolist(), deepest.tolist(), strict=True)]


def payback_words(net: Whole, start_year: int) -> str:
    """Return when the running total of ``net`` is paid back, in words."""
    year = payback_year(net, start_year)
    if year is not None:
        return f"by the end of {year}"
    if bool((np.cumsum(net) < 0).any()):
        return f"not by the end of {start_year + len(net) - 1}"
    return "nothing is ever laid out ahead of savings"


def cut(saving: Whole, rate: float) -> Whole:
    """Return ``saving`` (years,) less ``rate`` of it where it is above nought, rounded once to whole money."""
    return np.rint(np.where(saving > 0, saving * (1.0 - rate), saving)).astype(np.int64)

"""Drafts what each body runs today: volumes from its size, costs from published spending or from the scale curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.draft_input import row_finding
from models.findings import Finding

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from models.reference import Reference

SERVICES = ("finance", "hr", "it", "procurement")


@dataclass(frozen=True)
class ServiceCurve:
    """The scale curve of a service, ``cost = intercept x volume^exponent`` in money of the instance.

    Attributes
    ----------
    reference_cost
        Money per unit of volume at the reference body (the common unit of workload).
    observed_volume
        Largest volume anyone was seen to handle; past it cost grows in proportion.
    from_spend
        Whether the intercept comes from published spending rather than from the reference figures.
    """

    service: str
    exponent: float
    intercept: float
    reference_cost: float
    observed_volume: float
    from_spend: bool

    def cost(self, volume: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return money a year for ``volume`` units a year; past ``observed_volume`` the unit cost stays as it is there."""
        inside = np.minimum(volume, self.observed_volume)
        return self.intercept * inside**self.exponent * np.maximum(1.0, volume / self.observed_volume)

    def volume(self, cost: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the volume whose cost on the curve is ``cost`` (the inverse of :meth:`cost`), at least 1."""
        most = float(self.cost(np.array([self.observed_volume]))[0])
        inside = (np.minimum(cost, most) / self.intercept) ** (1 / self.exponent)
        return np.maximum(1.0, inside * np.maximum(1.0, cost / most))

    def marginal_cost(self, volume: float) -> float:
        """Return the slope of the curve at ``volume``, or at ``observed_volume`` when that is smaller: money per unit."""
        return float(self.intercept * self.exponent * min(volume, self.observed_volume) ** (self.exponent - 1))


@dataclass(frozen=True)
class Baseline:
    """Volumes, costs and posts; arrays have shape (bodies,) by service. ``published`` says which bodies' costs come from their spending."""

    volume: dict[str, NDArray[np.int64]]
    annual_cost: dict[str, NDArray[np.int64]]
    posts: dict[str, NDArray[np.float64]]
    published: NDArray[np.bool_]
    volume_from_cost: NDArray[np.bool_]
    employees: NDArray[np.int64]
    curves: dict[str, ServiceCurve]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Drivers:
    employees: NDArray[np.float64]
    spend: NDArray[np.float64]
    users: NDArray[np.float64]


def scale_exponent(reference: Reference, service: str) -> float:
    """Return the exponent of a service: transactional work and the rest, weighted by their shares of cost."""
    share = reference.central(f"service.{service}.transactional_share")
    return share * reference.central(f"service.{service}.transactional_exponent") + (1 - share) * reference.central(f"service.{service}.other_exponent")


def draft_baseline(rows: pd.DataFrame, reference: Reference, services: tuple[str, ...], spend_kind: str, exchange_rate: float, source: str) -> Baseline:
    """Return what each body of ``rows`` (see :class:`models.draft_input.DraftRows`) runs today, in money of ``exchange_rate`` to the pound.

    A published cost stands; the volume, which is only assumed, gives way to it: it lies between what size suggests and what the cost suggests
    on the scale curve (``size volume^kept x cost volume^(1 - kept)``), and is the latter where the two contradict each other.
    """
    drivers = _drivers(rows, reference)
    findings: list[Finding] = []
    spend = rows["spend"].to_numpy(dtype=np.float64)
    published = np.isfinite(spend)
    enough = int(published.sum()) >= reference.central("scale.least_published")
    share_taken = sum(reference.central(f"service.{service}.in_scope_share") for service in services)
    in_scope = spend * (reference.central(f"spend.{spend_kind}") if spend_kind else 1.0) / (share_taken if spend_kind == "in-scope" else 1.0)

    volumes = {service: np.maximum(1.0, _volume(service, drivers, reference)) for service in services}
    costs: dict[str, NDArray[np.float64]] = {}
    curves: dict[str, ServiceCurve] = {}
    for service in services:
        split = in_scope * reference.central(f"service.{service}.in_scope_share")
        curve = _curve(service, reference, volumes[service], split if enough else np.full(len(rows), np.nan), exchange_rate, rows)
        curves[service] = curve
        costs[service] = np.where(published, split, curve.cost(volumes[service]))

    yields = _out_of_line(costs, volumes, curves, published, reference.central("scale.cost_out_of_line_factor"))
    if yields.any():
        text = "publish a cost far from what their size suggests; the published cost is kept and the assumed volume is worked back from it"
        findings.append(row_finding("cost-out-of-line", text, rows.loc[yields, "row"].to_numpy(), source))
    kept = np.where(yields, 0.0, np.where(published, reference.central("scale.cost_difference_kept"), 1.0))
    for service, curve in curves.items():
        volumes[service] = volumes[service] ** kept * curve.volume(costs[service]) ** (1 - kept)
    return Baseline(
        volume={service: np.maximum(1, np.rint(volume)).astype(np.int64) for service, volume in volumes.items()},
        annual_cost={service: np.maximum(1, np.rint(cost)).astype(np.int64) for service, cost in costs.items()},
        posts={service: draft_posts(service, cost, reference, exchange_rate) for service, cost in costs.items()},
        published=published,
        volume_from_cost=yields,
        employees=np.rint(drivers.employees).astype(np.int64),
        curves=curves,
        findings=tuple(findings),
    )


def draft_posts(service: str, annual_cost: NDArray[np.float64], reference: Reference, exchange_rate: float) -> NDArray[np.float64]:
    """Return the full-time posts behind a yearly cost, to the hundredth: cost x share of it spent on staff / cost of a post."""
    post_cost = reference.central("running.post_cost") * exchange_rate
    return np.round(annual_cost * reference.central(f"service.{service}.staff_share") / post_cost, 2)


def _drivers(rows: pd.DataFrame, reference: Reference) -> _Drivers:
    classes = rows["body_class"].to_numpy()
    size = rows["size"].to_numpy(dtype=np.float64)
    employees = size * np.array([one.employees.central for one in reference.classes])[classes]
    spend = size * np.array([one.spend.central for one in reference.classes])[classes]
    return _Drivers(employees, spend, employees * np.array([one.users.central for one in reference.classes])[classes])


def _volume(service: str, drivers: _Drivers, reference: Reference) -> NDArray[np.float64]:
    if service == "hr":
        return drivers.employees
    if service == "it":
        return drivers.users
    return drivers.spend * reference.central(f"service.{service}.volume_per_spend")


def _reference_body(service: str, reference: Reference) -> tuple[float, float]:
    """Return volume and unit cost (GBP) of the body the reference figures hold for."""
    if service == "hr":
        cost = reference.central("running.hr_post_cost") / reference.central("running.employees_per_hr_post")
        return reference.central("scale.reference_employees"), cost + reference.central("running.payroll_per_employee")
    if service == "it":
        return reference.central("scale.reference_employees"), reference.central("running.it_per_user")
    per_spend = reference.central(f"service.{service}.volume_per_spend")
    return reference.central("scale.reference_spend") * per_spend, reference.central(f"running.{service}_share_of_spend") / per_spend


def _largest_observed(service: str, reference: Reference, rows: pd.DataFrame) -> float:
    """Return the volume of the largest body on record of each kind in the file; the file's own largest is added by the caller."""
    largest = {
        "population": ("county council", "scale.largest_council_residents"),
        "pupils": ("academy trust", "scale.largest_trust_pupils"),
        "employees": ("NHS body", "scale.largest_trust_employees"),
    }
    by_name = {one.name: one for one in reference.classes}
    volumes = []
    for kind in rows["kind"].unique():
        holder, figure = largest[kind]
        body_class, size = by_name[holder], reference.central(figure)
        staff = np.array(size * body_class.employees.central)
        drivers = _Drivers(staff, np.array(size * body_class.spend.central), staff * body_class.users.central)
        volumes.append(float(_volume(service, drivers, reference)))
    return max(volumes)


def _curve(
    service: str, reference: Reference, volume: NDArray[np.float64], published: NDArray[np.float64], exchange_rate: float, rows: pd.DataFrame
) -> ServiceCurve:
    """Return the curve through the median of the published costs, or else through the reference body."""
    exponent = scale_exponent(reference, service)
    reference_volume, unit_cost = _reference_body(service, reference)
    unit_cost *= exchange_rate
    from_spend = bool(np.isfinite(published).any())
    intercept = float(np.nanmedian(published / volume**exponent)) if from_spend else unit_cost * reference_volume ** (1 - exponent)
    observed = max(float(volume.max()), _largest_observed(service, reference, rows))
    return ServiceCurve(service, exponent, intercept, unit_cost, observed, from_spend)


def _out_of_line(
    costs: dict[str, NDArray[np.float64]], volumes: dict[str, NDArray[np.float64]], curves: dict[str, ServiceCurve], published: NDArray[np.bool_], factor: float
) -> NDArray[np.bool_]:
    """Return which bodies' published costs, all services together, are more than ``factor`` times off the curve, either way."""
    if not published.any():
        return published.copy()
    total = np.sum(list(costs.values()), axis=0)
    expected = np.sum([curve.cost(volumes[service]) for service, curve in curves.items()], axis=0)
    ratio = total / expected
    return np.asarray(published & ((ratio > factor) | (ratio < 1 / factor)), dtype=np.bool_)

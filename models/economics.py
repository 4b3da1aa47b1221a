"""Pounds: what each decision costs, component by component.

Every component has a yearly or one-off *amount* and a *profile* that says in which years it is paid. Its net present cost is the amount times
the profile's annuity, rounded once to whole money, half to even. Sums are then exact, so solvers and the audit agree to the pound.

Years run t = 0 .. horizon - 1. Discount factor: DF(0) = 1, DF(t) = DF(t-1) / (1 + r_t) (HM Treasury, The Green Book, annex on discounting).
The ramp rho_t is the share of the new way of working in force in year t. One-off costs fall in year 0, undiscounted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from models.findings import TooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from models.instance import Appraisal


LARGEST_EXACT = 2.0**53
"""Beyond this, floating point no longer holds every whole number, so rounding to whole money would mean nothing."""


def refuse_inexact(amounts: NDArray[np.float64], what: str) -> None:
    """Raise :class:`~models.findings.TooLarge` when ``amounts`` leave the range in which whole numbers stay exact."""
    if amounts.size and not float(np.abs(amounts).max()) < LARGEST_EXACT:
        raise TooLarge(f"{what} comes to {float(np.abs(amounts).max()):.3g}; whole numbers are exact below 9e15: use a larger unit of money or volume")


class Profile(StrEnum):
    """The years in which an amount is paid."""

    EVERY_YEAR = "every year"
    BEFORE_TRANSFER = "each year, by the share not yet transferred"
    AFTER_TRANSFER = "each year, by the share transferred"
    ONCE = "once, in year 0"


@dataclass(frozen=True)
class Component:
    """A named part of cost: when it is paid and what it is."""

    name: str
    profile: Profile
    statement: str


COMPONENTS: Mapping[str, Component] = {
    component.name: component
    for component in (
        Component("baseline_alone", Profile.EVERY_YEAR, "what a body that stays alone goes on spending"),
        Component("baseline_until_transfer", Profile.BEFORE_TRANSFER, "what a body spends on a service until its work has moved"),
        Component("service_charge", Profile.AFTER_TRANSFER, "volume times the centre's unit cost, less the model's process saving"),
        Component("provider_margin", Profile.AFTER_TRANSFER, "the provider's margin on the service charge"),
        Component("client_side", Profile.AFTER_TRANSFER, "people kept to specify, monitor and challenge the provider"),
        Component("travel", Profile.AFTER_TRANSFER, "staff travelling between the centre and the body, by distance"),
        Component("link_running", Profile.AFTER_TRANSFER, "extra yearly cost of this body at this centre"),
        Component("link_one_off", Profile.ONCE, "extra one-off cost of this body at this centre"),
        Component("migration", Profile.ONCE, "moving the work, as a share of the yearly cost moved"),
        Component("dual_running", Profile.ONCE, "paying for old and new service at once"),
        Component("joining", Profile.ONCE, "fixed migration cost of a body joining a centre"),
        Component("set_up", Profile.ONCE, "building the centre's band, with optimism bias"),
        Component("centre_running", Profile.AFTER_TRANSFER, "fixed yearly cost of the centre's band"),
        Component("governance", Profile.AFTER_TRANSFER, "governing the cluster"),
        Component("procurement", Profile.ONCE, "buying in a provider"),
        Component("owner_governance", Profile.AFTER_TRANSFER, "each owner's share of governing"),
        Component("penalty", Profile.ONCE, "price of breaches of soft rules; not money anyone pays"),
    )
}


@dataclass(frozen=True)
class Annuities:
    """Present value of one pound paid by each profile (dimensionless)."""

    by_profile: Mapping[Profile, float]

    def present_cost(self, component: str, amount: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the net present cost of ``amount`` (any shape), whole money, rounded half to even."""
        present = amount * self.by_profile[COMPONENTS[component].profile]
        refuse_inexact(present, f"the component {component}")
        return np.rint(present).astype(np.int64)


def discount_factors(appraisal: Appraisal) -> NDArray[np.float64]:
    """Return DF(t) for t = 0 .. horizon - 1: DF(0) = 1, DF(t) = DF(t-1) / (1 + r_t)."""
    factors = np.ones(appraisal.horizon_years)
    for year in range(1, appraisal.horizon_years):
        rate = next(rate for first, rate in reversed(appraisal.discount_rates) if year >= first)
        factors[year] = factors[year - 1] / (1 + rate)
    return factors


def ramp(appraisal: Appraisal) -> NDArray[np.float64]:
    """Return rho_t for t = 0 .. horizon - 1; the last stated share stays."""
    stated = appraisal.saving_ramp
    return np.array([stated[min(year, len(stated) - 1)] for year in range(appraisal.horizon_years)])


def yearly_shares(appraisal: Appraisal) -> Mapping[Profile, NDArray[np.float64]]:
    """Return for each profile the share of an amount paid in each year, shape (horizon,)."""
    transferred = ramp(appraisal)
    year_0 = np.zeros(appraisal.horizon_years)
    year_0[0] = 1.0
    return {
        Profile.EVERY_YEAR: np.ones(appraisal.horizon_years),
        Profile.BEFORE_TRANSFER: 1.0 - transferred,
        Profile.AFTER_TRANSFER: transferred,
        Profile.ONCE: year_0,
    }


def annuities(appraisal: Appraisal) -> Annuities:
    """Return sum_t DF(t) share(t) for each profile."""
    factors = discount_factors(appraisal)
    return Annuities({profile: float(factors @ share) for profile, share in yearly_shares(appraisal).items()})


def service_charge_amount(volume: NDArray[np.int64], unit_cost: NDArray[np.float64], process_saving_rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return v u (1 - process): money a year for ``volume`` units at ``unit_cost`` each."""
    return volume * unit_cost * (1.0 - process_saving_rate)


def provider_margin_amount(service_charge: NDArray[np.float64], margin_rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return margin x service charge: money a year."""
    return service_charge * margin_rate


def client_side_amount(annual_cost: NDArray[np.int64], client_side_rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return client x B: money a year, on the body's in-scope cost today."""
    return np.asarray(annual_cost * client_side_rate, dtype=np.float64)


def travel_amount(volume: NDArray[np.int64], travel_cost_per_km: NDArray[np.float64], distance_km: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return v tau d: money a year for visits that grow with the work, tau being the cost of a unit's visits per km of distance."""
    return volume * travel_cost_per_km * distance_km


def migration_amount(annual_cost: NDArray[np.int64], migration_rate: float) -> NDArray[np.float64]:
    """Return rate x B: money once."""
    return np.asarray(annual_cost * migration_rate, dtype=np.float64)


def dual_running_amount(annual_cost: NDArray[np.int64], months: float) -> NDArray[np.float64]:
    """Return months / 12 x B: money once."""
    return np.asarray(annual_cost * (months / 12.0), dtype=np.float64)


def set_up_amount(set_up_cost: NDArray[np.int64], appraisal: Appraisal) -> NDArray[np.float64]:
    """Return set-up x (1 + optimism bias): money once."""
    return np.asarray(set_up_cost * (1.0 + float(appraisal.optimism_bias.get("set_up", 0.0))), dtype=np.float64)


def served_amounts(
    *,
    volume: NDArray[np.int64],
    annual_cost: NDArray[np.int64],
    unit_cost: NDArray[np.float64],
    process_saving_rate: NDArray[np.float64],
    margin_rate: NDArray[np.float64],
    client_side_rate: NDArray[np.float64],
    travel_cost_per_km: NDArray[np.float64],
    distance_km: NDArray[np.float64],
    link_annual_cost: NDArray[np.int64],
    link_one_off_cost: NDArray[np.int64],
    appraisal: Appraisal,
) -> dict[str, NDArray[np.float64]]:
    """Return the amount of each component of serving a body's service at a centre; all arrays align, shape (decisions,)."""
    charge = service_charge_amount(volume, unit_cost, process_saving_rate)
    return {
        "baseline_until_transfer": annual_cost.astype(np.float64),
        "service_charge": charge,
        "provider_margin": provider_margin_amount(charge, margin_rate),
        "client_side": client_side_amount(annual_cost, client_side_rate),
        "travel": travel_amount(volume, travel_cost_per_km, distance_km),
        "link_running": link_annual_cost.astype(np.float64),
        **served_one_off_amounts(annual_cost=annual_cost, link_one_off_cost=link_one_off_cost, appraisal=appraisal),
    }


def served_one_off_amounts(*, annual_cost: NDArray[np.int64], link_one_off_cost: NDArray[np.int64], appraisal: Appraisal) -> dict[str, NDArray[np.float64]]:
    """Return the amount of each component that a body pays once, in year 0, for having a service served; shape (decisions,)."""
    return {
        "link_one_off": link_one_off_cost.astype(np.float64),
        "migration": migration_amount(annual_cost, appraisal.migration_rate),
        "dual_running": dual_running_amount(annual_cost, appraisal.dual_running_months),
    }


def member_amounts(*, link_annual_cost: NDArray[np.int64], link_one_off_cost: NDArray[np.int64], appraisal: Appraisal) -> dict[str, NDArray[np.float64]]:
    """Return the amount of each component of a body being a member of a centre, whatever it uses there; shape (members,)."""
    return {
        "joining": np.full(link_annual_cost.shape, float(appraisal.migration_cost)),
        "link_running": link_annual_cost.astype(np.float64),
        "link_one_off": link_one_off_cost.astype(np.float64),
    }


def band_amounts(*, set_up_cost: NDArray[np.int64], fixed_cost: NDArray[np.int64], appraisal: Appraisal) -> dict[str, NDArray[np.float64]]:
    """Return the amount of each component of building a band; shape (bands,)."""
    return {"set_up": set_up_amount(set_up_cost, appraisal), "centre_running": fixed_cost.astype(np.float64)}


def cluster_amounts(*, governance_cost: NDArray[np.int64], procurement_cost: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Return the amount of each component of running a cluster under a commercial model; shape (clusters,)."""
    return {"governance": governance_cost.astype(np.float64), "procurement": procurement_cost.astype(np.float64)}


def total_present_cost(amounts: Mapping[str, NDArray[np.float64]], factors: Annuities) -> NDArray[np.int64]:
    """Return the net present cost of several components together: the sum of each one rounded, so that parts always add up."""
    parts = [factors.present_cost(name, amount) for name, amount in amounts.items()]
    return np.asarray(np.sum(parts, axis=0, dtype=np.int64), dtype=np.int64)

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
from models.schema import View

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
    """A named part of cost: when it is paid, what it is, and in which views it counts.

    VAT and payments to leavers pass from one purse to another, so the economic view leaves them out (HM Treasury, The Green Book: transfers).
    """

    name: str
    profile: Profile
    statement: str
    views: frozenset[View] = frozenset(View)


_CASH_ONLY = frozenset({View.CASH})

COMPONENTS: Mapping[str, Component] = {
    component.name: component
    for component in (
        Component("baseline_alone", Profile.EVERY_YEAR, "what a body that stays alone goes on spending"),
        Component("baseline_until_transfer", Profile.BEFORE_TRANSFER, "what a body spends on a service until its work has moved"),
        Component(
            "service_charge",
            Profile.AFTER_TRANSFER,
            "volume times the centre's unit cost, less process saving, with optimism bias where outsourced",
        ),
        Component("provider_margin", Profile.AFTER_TRANSFER, "the provider's margin on the service charge"),
        Component("vat", Profile.AFTER_TRANSFER, "VAT on service charge and margin that the body does not get back", _CASH_ONLY),
        Component("client_side", Profile.AFTER_TRANSFER, "people kept to specify, monitor and challenge the provider"),
        Component("travel", Profile.AFTER_TRANSFER, "staff travelling between the centre and the body, by distance"),
        Component("link_running", Profile.AFTER_TRANSFER, "extra yearly cost of this body at this centre"),
        Component("link_one_off", Profile.ONCE, "extra one-off cost of this body at this centre"),
        Component("migration", Profile.ONCE, "moving the work, as a share of the yearly cost moved, with optimism bias"),
        Component("dual_running", Profile.ONCE, "paying for old and new service at once"),
        Component("exit_payments", Profile.ONCE, "payments to those whose posts are removed", _CASH_ONLY),
        Component("joining", Profile.ONCE, "fixed migration cost of a body joining a centre, with optimism bias"),
        Component("set_up", Profile.ONCE, "building the centre's band, with optimism bias"),
        Component("variants", Profile.ONCE, "keeping a member's variant of a process, with optimism bias"),
        Component("centre_running", Profile.AFTER_TRANSFER, "fixed yearly cost of the centre's band, with optimism bias where outsourced"),
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
        rate = next(rate for first, rate in reversed(appraisal.rate_steps) if year >= first)
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


def with_bias(amount: NDArray[np.float64], cost_type: str, appraisal: Appraisal) -> NDArray[np.float64]:
    """Return amount x (1 + uplift): what costs of this type turn out to be, going by how far past promises fell short.

    The types, and the published bounds of their uplifts, stand in :mod:`models.appraisal_tables`.
    """
    return amount * (1.0 + float(appraisal.optimism_bias.get(cost_type, 0.0)))


def biased_operation(amount: NDArray[np.float64], outsourced: NDArray[np.bool_], appraisal: Appraisal) -> NDArray[np.float64]:
    """Return the amount with the optimism bias of operating cost, which is known for outsourced services only."""
    return np.where(outsourced, with_bias(amount, "operating", appraisal), amount)


def service_charge_amount(volume: NDArray[np.int64], unit_cost: NDArray[np.float64], process_saving_rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return v u (1 - process): money a year for ``volume`` units at ``unit_cost`` each, before optimism bias."""
    return volume * unit_cost * (1.0 - process_saving_rate)


def provider_margin_amount(service_charge: NDArray[np.float64], margin_rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return margin x service charge: money a year."""
    return service_charge * margin_rate


def vat_amount(
    taxed: NDArray[np.float64], standard_rated_share: NDArray[np.float64], recovery_rate: NDArray[np.float64], appraisal: Appraisal
) -> NDArray[np.float64]:
    """Return taxed x rate x standard-rated share x (1 - recovery): money a year of VAT that stays with the body."""
    return taxed * appraisal.vat_rate * standard_rated_share * (1.0 - recovery_rate)


def exit_payments_amount(posts: NDArray[np.float64], appraisal: Appraisal) -> NDArray[np.float64]:
    """Return posts x share of them removed x payment a post: money once."""
    return posts * appraisal.posts_removed_rate * float(appraisal.exit_payment_per_post)


def client_side_amount(annual_cost: NDArray[np.int64], client_side_rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return client x B: money a year, on the body's in-scope cost today."""
    return np.asarray(annual_cost * client_side_rate, dtype=np.float64)


def travel_amount(volume: NDArray[np.int64], travel_cost_per_km: NDArray[np.float64], distance_km: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return v tau d: money a year for visits that grow with the work, tau being the cost of a unit's visits per km of distance."""
    return volume * travel_cost_per_km * distance_km


def migration_amount(annual_cost: NDArray[np.int64], appraisal: Appraisal) -> NDArray[np.float64]:
    """Return rate x B x (1 + optimism bias): money once."""
    return with_bias(annual_cost.astype(np.float64) * appraisal.migration_rate, "migration", appraisal)


def dual_running_amount(annual_cost: NDArray[np.int64], months: float) -> NDArray[np.float64]:
    """Return months / 12 x B: money once."""
    return np.asarray(annual_cost * (months / 12.0), dtype=np.float64)


def set_up_amount(set_up_cost: NDArray[np.int64], appraisal: Appraisal) -> NDArray[np.float64]:
    """Return set-up x (1 + optimism bias): money once."""
    return with_bias(set_up_cost.astype(np.float64), "set_up", appraisal)


def served_amounts(
    *,
    volume: NDArray[np.int64],
    annual_cost: NDArray[np.int64],
    unit_cost: NDArray[np.float64],
    process_saving_rate: NDArray[np.float64],
    margin_rate: NDArray[np.float64],
    standard_rated_share: NDArray[np.float64],
    vat_recovery_rate: NDArray[np.float64],
    client_side_rate: NDArray[np.float64],
    travel_cost_per_km: NDArray[np.float64],
    distance_km: NDArray[np.float64],
    link_annual_cost: NDArray[np.int64],
    link_one_off_cost: NDArray[np.int64],
    posts: NDArray[np.float64],
    outsourced: NDArray[np.bool_],
    appraisal: Appraisal,
) -> dict[str, NDArray[np.float64]]:
    """Return the amount of each component of serving a body's service at a centre that counts in the appraisal's view.

    All arrays align, shape (decisions,).
    """
    charge = biased_operation(service_charge_amount(volume, unit_cost, process_saving_rate), outsourced, appraisal)
    margin = provider_margin_amount(charge, margin_rate)
    amounts = {
        "baseline_until_transfer": annual_cost.astype(np.float64),
        "service_charge": charge,
        "provider_margin": margin,
        "vat": vat_amount(charge + margin, standard_rated_share, vat_recovery_rate, appraisal),
        "client_side": client_side_amount(annual_cost, client_side_rate),
        "travel": travel_amount(volume, travel_cost_per_km, distance_km),
        "link_running": link_annual_cost.astype(np.float64),
    }
    return {
        **_counted(amounts, appraisal),
        **served_one_off_amounts(annual_cost=annual_cost, link_one_off_cost=link_one_off_cost, posts=posts, appraisal=appraisal),
    }


def served_one_off_amounts(
    *, annual_cost: NDArray[np.int64], link_one_off_cost: NDArray[np.int64], posts: NDArray[np.float64], appraisal: Appraisal
) -> dict[str, NDArray[np.float64]]:
    """Return the amount of each component that a body pays once, in year 0, for having a service served; shape (decisions,)."""
    amounts = {
        "link_one_off": link_one_off_cost.astype(np.float64),
        "migration": migration_amount(annual_cost, appraisal),
        "dual_running": dual_running_amount(annual_cost, appraisal.dual_running_months),
        "exit_payments": exit_payments_amount(posts, appraisal),
    }
    return _counted(amounts, appraisal)


def _counted(amounts: dict[str, NDArray[np.float64]], appraisal: Appraisal) -> dict[str, NDArray[np.float64]]:
    """Leave out what does not count in the appraisal's view."""
    return {name: amount for name, amount in amounts.items() if appraisal.view in COMPONENTS[name].views}


def member_amounts(*, link_annual_cost: NDArray[np.int64], link_one_off_cost: NDArray[np.int64], appraisal: Appraisal) -> dict[str, NDArray[np.float64]]:
    """Return the amount of each component of a body being a member of a centre, whatever it uses there; shape (members,)."""
    return {
        "joining": with_bias(np.full(link_annual_cost.shape, float(appraisal.migration_cost)), "migration", appraisal),
        "link_running": link_annual_cost.astype(np.float64),
        "link_one_off": link_one_off_cost.astype(np.float64),
    }


def band_amounts(
    *, set_up_cost: NDArray[np.int64], fixed_cost: NDArray[np.int64], outsourced: NDArray[np.bool_], appraisal: Appraisal
) -> dict[str, NDArray[np.float64]]:
    """Return the amount of each component of building a band; all arrays align, shape (bands,)."""
    running = biased_operation(fixed_cost.astype(np.float64), outsourced, appraisal)
    return {"set_up": set_up_amount(set_up_cost, appraisal), "centre_running": running}


def cluster_amounts(*, governance_cost: NDArray[np.int64], procurement_cost: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Return the amount of each component of running a cluster under a commercial model; shape (clusters,)."""
    return {"governance": governance_cost.astype(np.float64), "procurement": procurement_cost.astype(np.float64)}


def total_present_cost(amounts: Mapping[str, NDArray[np.float64]], factors: Annuities) -> NDArray[np.int64]:
    """Return the net present cost of several components together: the sum of each one rounded, so that parts always add up."""
    total = np.zeros(next(iter(amounts.values())).shape, dtype=np.int64)
    for name, amount in amounts.items():
        total += factors.present_cost(name, amount)
    return total

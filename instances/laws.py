"""What generated bodies, services and commercial models look like: size laws, driver rates and price anchors.

Every figure here is an assumption, chosen to be of a plausible order of magnitude. None is a measurement, and every instance made from them says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.schema import FORMS_WITH_LEAD, Form

SMALLEST, LARGEST = 20, 40_000
"""Employees of the smallest and the largest body that can be drawn."""


@dataclass(frozen=True)
class SectorLaw:
    """How one sector's bodies are sized and what the law lets them do.

    Attributes
    ----------
    sector, legal_type
        As in the table of bodies.
    law
        ``log-normal`` (middle: median, spread: standard deviation of the logarithm) or ``pareto`` (middle: smallest size, spread: tail exponent).
    middle, spread
        Parameters of the law, in employees.
    town_pull
        How strongly a body grows with its town: 0 not at all, 1 in proportion.
    secure_share
        Share of bodies that need security level 1.
    leads, owns
        Forms under which the legal type may lead or own; every legal type may use every form.
    """

    sector: str
    legal_type: str
    law: str
    middle: float
    spread: float
    town_pull: float
    secure_share: float
    leads: frozenset[Form]
    owns: frozenset[Form]

    def employees(self, generator: np.random.Generator, pull: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Draw sizes, one per entry of ``pull`` (weight of the body's town over the mean weight); whole employees, shape of ``pull``."""
        if self.law == "pareto":
            drawn = self.middle * (1.0 + generator.pareto(self.spread, pull.size))
        else:
            drawn = self.middle * np.exp(self.spread * generator.standard_normal(pull.size))
        return np.clip(np.rint(drawn * pull**self.town_pull), SMALLEST, LARGEST).astype(np.int64)


_ALL = frozenset(Form)
SECTORS: Mapping[str, SectorLaw] = {
    law.sector: law
    for law in (
        SectorLaw("council", "council", "log-normal", 1_500, 0.9, 0.3, 0.0, FORMS_WITH_LEAD, _ALL),
        SectorLaw("nhs-trust", "nhs-trust", "log-normal", 4_500, 0.6, 0.2, 0.05, FORMS_WITH_LEAD, _ALL),
        SectorLaw("academy-trust", "academy-trust", "pareto", 90, 1.1, 0.0, 0.0, frozenset(), frozenset({Form.JOINT_COMPANY, Form.OUTSOURCED})),
        SectorLaw(
            "agency", "agency", "log-normal", 700, 1.1, 0.0, 0.25, frozenset({Form.UNITARY}), frozenset({Form.UNITARY, Form.JOINT_COMPANY, Form.OUTSOURCED})
        ),
    )
}


@dataclass(frozen=True)
class ServiceLaw:
    """One service: its volume driver, what a unit costs and how cost bends with volume.

    Attributes
    ----------
    service, volume_unit
        As in the table of services.
    rate
        Units a year per employee, by sector.
    price
        Money per unit at the volume ``at``.
    at
        Volume (units a year) at which ``price`` holds.
    exponent
        Annual cost = price x at x (volume / at) ** exponent.
    distance_limit_km
        Furthest a body may be from its centre; ``None`` when the work needs no visits.
    travel_cost_per_km
        Money a year for visits, per unit and km of distance.
    """

    service: str
    volume_unit: str
    rate: Mapping[str, float]
    price: float
    at: float
    exponent: float
    distance_limit_km: float | None = None
    travel_cost_per_km: float = 0.0

    def annual_cost(self, volume: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return money a year at each volume (units a year), without noise."""
        return self.price * self.at * (volume / self.at) ** self.exponent


def _rate(council: float, nhs_trust: float, academy_trust: float, agency: float) -> Mapping[str, float]:
    return {"council": council, "nhs-trust": nhs_trust, "academy-trust": academy_trust, "agency": agency}


SERVICES: Mapping[str, ServiceLaw] = {
    law.service: law
    for law in (
        ServiceLaw("finance", "invoices", _rate(12, 9, 6, 8), 7.0, 30_000, 0.85, travel_cost_per_km=0.006),
        ServiceLaw("hr", "employees supported", _rate(1, 1, 1, 1), 600.0, 3_000, 0.95, travel_cost_per_km=0.1),
        ServiceLaw("it", "devices", _rate(0.8, 0.9, 1.6, 1.1), 1_200.0, 3_000, 0.75, 97.0, travel_cost_per_km=0.4),
        ServiceLaw("payroll", "payslips", _rate(12.5, 13, 12.2, 12), 4.5, 40_000, 0.80),
        ServiceLaw("procurement", "purchase orders", _rate(4, 7, 3, 3), 20.0, 12_000, 0.90, travel_cost_per_km=0.01),
    )
}


@dataclass(frozen=True)
class ModelLaw:
    """The figures of one commercial model, as in the table of commercial models."""

    form: Form
    governance_cost: int
    owner_cost: int
    client_side_rate: float
    margin_rate: float
    process_saving_rate: float
    procurement_cost: int


MODELS: Mapping[str, ModelLaw] = {
    str(law.form): law
    for law in (
        ModelLaw(Form.UNITARY, 100_000, 15_000, 0.03, 0.0, 0.08, 0),
        ModelLaw(Form.JOINT_COMMITTEE, 200_000, 40_000, 0.04, 0.0, 0.08, 0),
        ModelLaw(Form.JOINT_COMPANY, 250_000, 45_000, 0.04, 0.01, 0.10, 0),
        ModelLaw(Form.OUTSOURCED, 150_000, 25_000, 0.07, 0.08, 0.12, 750_000),
    )
}

BANDS: tuple[tuple[str, float], ...] = (("small", 0.25), ("medium", 0.5), ("large", 1.0))
"""Each band and its capacity as a share of the largest."""

SET_UP_SHARE = 0.5
"""Set-up cost of a band as a share of a year's cost of running it full."""

"""A stored run as the page and the exports read it: the plan audited afresh, its tables, and who sends what where."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from models.audit import Audit, audit
from models.plan_tables import plan_tables
from models.published_unit import published_unit
from report.money import exact_money
from report.proof import Proof, proof
from report.sharing import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from models.instance import Instance
    from models.plan import Plan
    from models.published_unit import PublishedUnit
    from solver.run_folder import StoredRun


@dataclass(frozen=True)
class Spoke:
    """A body's use of a centre: the services, their volumes, the workload in common units and what they cost today a year."""

    body: str
    centre: str
    commercial_model: str
    services: tuple[str, ...]
    volumes: Mapping[str, int]
    workload: int
    annual_cost: int


@dataclass(frozen=True)
class RunView:
    """A stored run, audited now: no figure of the plan is taken from the record.

    Attributes
    ----------
    stored
        What was read.
    audit
        The audit of its plan, made afresh; ``None`` without a plan.
    tables
        The plan's tables by name; empty without a plan.
    """

    stored: StoredRun
    audit: Audit | None = None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def instance(self) -> Instance:
        """What was solved."""
        return self.stored.instance

    @property
    def plan(self) -> Plan | None:
        """The plan, if there is one."""
        return self.stored.plan

    @property
    def record(self) -> Mapping[str, Any]:
        """What ``run.json`` holds."""
        return self.stored.record

    @property
    def provenance(self) -> Mapping[str, Any]:
        """The part of the record that says how the run was made."""
        found = self.record.get("provenance")
        return found if isinstance(found, dict) else {}

    @property
    def currency(self) -> str:
        """Code of the currency."""
        return self.instance.settings.currency

    @cached_property
    def unit(self) -> PublishedUnit | None:
        """The unit of the file the instance was published in; ``None`` for an instance that was not."""
        return published_unit(self.instance.settings)

    def exact(self, amount: int) -> str:
        """Return money to the last digit: in the currency or, of a published file, in its own unit."""
        return exact_money(amount, self.currency) if self.unit is None else self.unit.text(amount)

    @cached_property
    def proof(self) -> Proof:
        """What is proven of the plan, as far as the record agrees with instance and plan."""
        return proof(self.record, self.instance, self.plan, self.audit)

    @cached_property
    def body_names(self) -> Mapping[str, str]:
        """Name of each body, its id where it has none."""
        return names(self.instance, "bodies", "body")

    @cached_property
    def centre_names(self) -> Mapping[str, str]:
        """Name of each candidate centre, its id where it has none."""
        return names(self.instance, "centres", "centre")

    @cached_property
    def model_forms(self) -> Mapping[str, str]:
        """Commercial form of each commercial model."""
        models = self.instance.table("commercial_models")
        return dict(zip(models["commercial_model"], models["form"], strict=True))

    @cached_property
    def body_annual_cost(self) -> Mapping[str, int]:
        """What each body spends today, money a year."""
        totals = self.instance.table("baseline").groupby("body")["annual_cost"].sum()
        return {str(body): int(cost) for body, cost in totals.items()}

    @cached_property
    def spokes(self) -> tuple[Spoke, ...]:
        """Every use of a centre by a body, sorted by body then centre."""
        if self.plan is None:
            return ()
        assignments = self.tables["assignments"]
        per_unit = dict(zip(self.instance.table("services")["service"], self.instance.table("services")["workload_per_unit"], strict=True))
        shared = assignments[assignments["centre"] != ""]
        spokes = []
        for (body, centre), rows in shared.groupby(["body", "centre"], sort=True):
            volumes = {service: int(volume) for service, volume in zip(rows["service"], rows["volume"], strict=True)}
            spokes.append(
                Spoke(
                    body=str(body),
                    centre=str(centre),
                    commercial_model=str(rows["commercial_model"].iloc[0]),
                    services=tuple(sorted(volumes)),
                    volumes=volumes,
                    workload=sum(round(volume * per_unit[service]) for service, volume in volumes.items()),
                    annual_cost=int(rows["annual_cost"].sum()),
                )
            )
        return tuple(spokes)

    @cached_property
    def sharing_bodies(self) -> frozenset[str]:
        """Bodies that share at least one service."""
        return frozenset(spoke.body for spoke in self.spokes)

    @cached_property
    def shared_services(self) -> frozenset[str]:
        """Services that at least one body shares."""
        return frozenset(service for spoke in self.spokes for service in spoke.services)


def run_view(stored: StoredRun) -> RunView:
    """Audit the plan of ``stored`` and lay out its tables."""
    if stored.plan is None:
        return RunView(stored)
    found = audit(stored.instance, stored.plan)
    return RunView(stored, found, plan_tables(stored.instance, stored.plan, found))

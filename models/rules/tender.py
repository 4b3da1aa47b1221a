"""G18: an outsourcing contract at or above the threshold is tendered, at a cost; a smaller one is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.contract_value import contract_values
from models.plan_view import ClusterView, CostLine, PlanView
from models.rules.base import Parameter, Parameters, Rule, no_breaches
from models.rules.shared_contracts import central_bodies, procurement_cost, thresholds, untendered_block
from models.schema import Form

if TYPE_CHECKING:
    from models.columns import Block, Columns


@dataclass(frozen=True)
class Contract:
    """An outsourcing contract of a plan: its value and the threshold it is held to (whole money), and the months a tender takes (0: none is due)."""

    value: int
    threshold: int
    lead_months: float

    @property
    def tendered(self) -> bool:
        """Whether a tender is due."""
        return self.value >= self.threshold


def plan_contracts(view: PlanView, parameters: Parameters) -> Mapping[int, Contract]:
    """Return the contract of each outsourced cluster by its centre's position."""
    central = central_bodies(view.arrays, parameters)
    lower, higher = thresholds(parameters)
    found = {}
    for cluster in view.clusters:
        if view.arrays.model_form[cluster.model] is not Form.OUTSOURCED:
            continue
        held_to = lower if any(central[body] for body in view.members.get(cluster.centre, ())) else higher
        value = _value(view, cluster, float(parameters["years"]))
        found[cluster.centre] = Contract(value, held_to, float(parameters["lead_months"]) if value >= held_to else 0.0)
    return found


def _value(view: PlanView, cluster: ClusterView, years: float) -> int:
    arrays = view.arrays
    unit = np.array(view.units_at.get(cluster.centre, []), dtype=np.int64)
    bands = [cluster.bands.get(int(service)) for service in arrays.unit_service[unit]]
    unit_cost = np.array([0.0 if band is None else arrays.band_unit_cost[band] for band in bands], dtype=np.float64)
    return int(contract_values(arrays, unit, np.full(unit.shape, cluster.model, dtype=np.int64), unit_cost, years).sum())


def _blocks(columns: Columns, parameters: Parameters) -> tuple[Block, ...]:
    return (untendered_block(columns, parameters),)


def _cost_lines(view: PlanView, parameters: Parameters) -> list[CostLine]:
    """Return what contracts without a tender save; the audit counts the procurement cost of every outsourced cluster."""
    lines = []
    for centre, contract in plan_contracts(view, parameters).items():
        model = view.cluster_at[centre].model
        saved = int(procurement_cost(view.arrays)[model])
        if saved and not contract.tendered:
            amount = float(view.arrays.model_procurement_cost[model])
            lines.append(CostLine("procurement", -amount, -saved, centre=view.centre(centre), commercial_model=view.model(model)))
    return lines


RULE = Rule(
    id="G18",
    name="tender",
    definition=True,
    statement=(
        "An outsourcing contract is tendered, and its procurement cost paid, from a threshold of value on: charge and margin with VAT at 20 % over its "
        "whole term. The lower threshold holds as soon as one member is of a central type. Without this rule every outsourced cluster pays."
    ),
    formula="procurement cost of y[j,m] saved iff sum_{i,s} val[i,s,j,m] x[i,s,j,m] < threshold[j,m]",
    basis="Procurement Act 2023 thresholds from 1 January 2026, with VAT; months of lead time and years of term are our assumptions",
    mark="V",
    check=no_breaches,
    parameters=(
        Parameter("central", "money a contract, a member being of a central type", 135_018, 0, 1_000_000_000),
        Parameter("sub_central", "money a contract, no member being so", 207_720, 0, 1_000_000_000),
        Parameter("central_types", "legal types, separated by ;", "department; agency; nhs-trust; integrated-care-board", text=True),
        Parameter("years", "years a contract, where its commercial model states none", 5, 0, 100, whole=False),
        Parameter("lead_months", "months a tender takes; reported, as one steady plan has no time in it", 9, 0, 120, whole=False),
    ),
    blocks=_blocks,
    cost_lines=_cost_lines,
)

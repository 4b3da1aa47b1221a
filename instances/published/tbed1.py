"""Demands, capacities, fixed costs, then costs site by site for each unit of demand: test bed 1 of Avella & Boccia (2009)."""

from __future__ import annotations

from instances.published.layout import Layout, money, refuse_inexact, refuse_negative, sizes, volumes
from instances.published.problem import Problem
from instances.published.tokens import Tokens


def _read(tokens: Tokens, _option: str) -> Problem:
    sites, customers = sizes(tokens, customers_first=True)
    demand = tokens.take(customers, "the demands of customers")
    capacity = tokens.take(sites, "the capacities of sites")
    fixed = tokens.take(sites, "the fixed costs of sites")
    unit_cost = tokens.take(sites * customers, "the costs of a unit of demand, site by site")
    tokens.end()
    refuse_negative(tokens, demand, capacity, fixed, unit_cost)
    (whole_capacity, whole_demand), volume_scale = volumes(tokens, capacity, demand)
    (whole_fixed, whole_unit_cost), scale = money(tokens, fixed, unit_cost)
    # A cost is a product of two numbers with decimals, so its unit is that of the one times that of the other.
    money_scale = scale * volume_scale
    dearest = float(unit_cost.value.max()) * float(demand.value.max())
    refuse_inexact(tokens, max(dearest, float(fixed.value.max())), money_scale, "money")
    cost = whole_unit_cost.reshape(sites, customers) * whole_demand
    return Problem(whole_capacity, whole_fixed * volume_scale, whole_demand, cost, money_scale, volume_scale)


LAYOUT = Layout(
    ("tbed1",),
    "n m (customers first); n demands; m capacities; m fixed costs; m rows of n costs for each unit of demand",
    _read,
)

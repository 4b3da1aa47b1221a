"""Costs customer by customer, then demands, fixed costs and capacities: Díaz & Fernández (2002)."""

from __future__ import annotations

from instances.published.layout import Layout, money, refuse_negative, sizes, volumes
from instances.published.problem import Problem
from instances.published.tokens import Tokens


def _read(tokens: Tokens, _option: str) -> Problem:
    sites, customers = sizes(tokens, customers_first=True)
    cost = tokens.take(sites * customers, "the assignment costs, customer by customer")
    demand = tokens.take(customers, "the demands of customers")
    fixed = tokens.take(sites, "the fixed costs of sites")
    capacity = tokens.take(sites, "the capacities of sites")
    tokens.end()
    refuse_negative(tokens, cost, demand, fixed, capacity)
    (whole_capacity, whole_demand), volume_scale = volumes(tokens, capacity, demand)
    (whole_fixed, whole_cost), money_scale = money(tokens, fixed, cost)
    return Problem(whole_capacity, whole_fixed, whole_demand, whole_cost.reshape(customers, sites).T.copy(), money_scale, volume_scale)


LAYOUT = Layout(
    ("diaz-fernandez",),
    "n m (customers first); n rows of m costs of all of a customer's demand; n demands; m fixed costs; m capacities",
    _read,
)

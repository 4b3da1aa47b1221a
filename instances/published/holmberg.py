"""Sites with capacity and fixed cost, demands, then costs site by site: Holmberg, Rönnqvist & Yuan (1999) and the sets that write so."""

from __future__ import annotations

from instances.published.layout import Layout, money, refuse_negative, sizes, volumes
from instances.published.problem import Problem
from instances.published.tokens import Tokens


def _read(tokens: Tokens, _option: str) -> Problem:
    sites, customers = sizes(tokens)
    capacity, fixed = tokens.columns(sites, ("the capacities of sites", "the fixed costs of sites"))
    demand = tokens.take(customers, "the demands of customers")
    cost = tokens.take(sites * customers, "the assignment costs, site by site")
    tokens.end()
    refuse_negative(tokens, capacity, fixed, step=2)
    refuse_negative(tokens, demand, cost)
    (whole_capacity, whole_demand), volume_scale = volumes(tokens, capacity, demand)
    (whole_fixed, whole_cost), money_scale = money(tokens, fixed, cost)
    return Problem(whole_capacity, whole_fixed, whole_demand, whole_cost.reshape(sites, customers), money_scale, volume_scale)


LAYOUT = Layout(
    ("holmberg", "yang", "gadegaard", "dual-ascent"),
    "m n; m times: capacity, fixed cost; n demands; m rows of n costs of all of a customer's demand",
    _read,
)

"""Sites and customers as points of the plane, a cost being the distance: the facility location set of the course Discrete Optimization."""

from __future__ import annotations

import numpy as np

from instances.published.layout import Layout, refuse_inexact, refuse_negative, sizes, volumes
from instances.published.problem import Problem
from instances.published.tokens import Tokens

DECIMALS = 4
"""Distances are irrational; they are rounded to this many decimals, far below what decides between two plans."""


def _read(tokens: Tokens, _option: str) -> Problem:
    sites, customers = sizes(tokens)
    fixed, capacity, site_x, site_y = tokens.columns(sites, ("the fixed costs of sites", "the capacities of sites", "the x of sites", "the y of sites"))
    demand, customer_x, customer_y = tokens.columns(customers, ("the demands of customers", "the x of customers", "the y of customers"))
    tokens.end()
    refuse_negative(tokens, fixed, capacity, step=4)
    refuse_negative(tokens, demand, step=3)
    (whole_capacity, whole_demand), volume_scale = volumes(tokens, capacity, demand)
    scale = 10 ** max(DECIMALS, fixed.decimals)
    distance = np.sqrt((site_x.value[:, None] - customer_x.value) ** 2 + (site_y.value[:, None] - customer_y.value) ** 2)
    refuse_inexact(tokens, max(float(distance.max()), float(fixed.value.max())), scale, "money")
    cost = np.rint(distance * scale).astype(np.int64)
    return Problem(whole_capacity, np.rint(fixed.value * scale).astype(np.int64), whole_demand, cost, scale, volume_scale, rounded=True)


LAYOUT = Layout(
    ("coursera",),
    "m n; m times: fixed cost, capacity, x, y; n times: demand, x, y; a customer costs its distance from its site",
    _read,
)

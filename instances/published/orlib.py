"""Sites with capacity and fixed cost, then for each customer its demand and its costs: the OR-Library's capacitated warehouses (Beasley 1988)."""

from __future__ import annotations

import numpy as np

from instances.published.layout import Layout, money, refuse_negative, sizes, volumes
from instances.published.problem import Problem
from instances.published.tokens import Broken, Numbers, Tokens
from models.findings import Finding

_LEFT_OPEN = b"capacity"


def _read(tokens: Tokens, option: str) -> Problem:
    sites, customers = sizes(tokens)
    _fill_in(tokens, sites, option)
    capacity, fixed = tokens.columns(sites, ("the capacities of sites", "the fixed costs of sites"))
    first, width = tokens.at + 1, 1 + sites
    every = tokens.take(customers * width, "for each customer its demand and its costs, site by site")
    tokens.end()
    table, values = every.words.reshape(customers, width), every.value.reshape(customers, width)
    demand = Numbers(table[:, 0], values[:, 0], first, "the demands of customers")
    cost = Numbers(table[:, 1:].reshape(-1), values[:, 1:].reshape(-1), first, "the assignment costs")
    refuse_negative(tokens, capacity, fixed, step=2)
    refuse_negative(tokens, every)
    (whole_capacity, whole_demand), volume_scale = volumes(tokens, capacity, demand)
    (whole_fixed, whole_cost), money_scale = money(tokens, fixed, cost)
    return Problem(whole_capacity, whole_fixed, whole_demand, whole_cost.reshape(customers, sites).T.copy(), money_scale, volume_scale)


def _fill_in(tokens: Tokens, sites: int, option: str) -> None:
    """Put the capacity chosen where the file leaves it open with a word; :class:`Broken` when it is needed and not given, or given and not needed."""
    places = tokens.at + 2 * np.arange(sites, dtype=np.int64)
    places = places[places < tokens.words.shape[0]]
    left_open = places[tokens.words[places] == _LEFT_OPEN]
    if not left_open.size:
        if option:
            message = "The file states its capacities; a capacity goes with files that leave them open with the word 'capacity'."
            tokens.gathering.add(Finding("capacity-not-open", message, file=tokens.file, value=option))
            raise Broken
        return
    if not option:
        message = "The file leaves its capacities open with the word 'capacity': say which one to solve, as in --input-format orlib:8000."
        tokens.fault("capacity-left-open", message, int(left_open[0]) + 1, _LEFT_OPEN)
        raise Broken
    words = tokens.words.astype(f"S{max(tokens.words.dtype.itemsize, len(option))}")
    words[left_open] = option.encode("ascii")
    tokens.words = words
    tokens.text = tokens.text.replace(_LEFT_OPEN, option.encode("ascii"))


LAYOUT = Layout(
    ("orlib",),
    "m n; m times: capacity, fixed cost; for each customer: demand, then m costs of all of it",
    _read,
    option="the capacity of every site, where the file has the word 'capacity' in its place",
)

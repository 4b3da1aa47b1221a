"""Thousands of tiny instances quickly: a few are read, which takes longest, and varied in their typed tables."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np

from instances.published.problem import Problem, instance_of
from models.instance import Instance, RuleSetting
from models.rules import registry
from models.rules.base import Parameter, Rule
from tests.rule_instances import rule_instance

VARIANTS = 12
"""How many instances are made of each that is read."""
_SITES, _CUSTOMERS = 3, 5
_WIDEST = {"budget": 3_000, "maximum": 4, "tolerance": 0.3, "central": 200, "sub_central": 400, "size": 100, "aims": 100, "services": 100, "systems": 100}
"""Parameters are drawn up to here where what they allow goes far beyond what tiny instances have."""


def ruled(seed: int) -> Instance:
    """Return a tiny instance of 2-4 bodies under up to four rules, hard and soft, or now and then under none."""
    draw = np.random.default_rng([seed, 7])
    base = _base(seed // VARIANTS)
    baseline, bands, models = (base.table(name) for name in ("baseline", "bands", "commercial_models"))
    baseline["annual_cost"] = _scaled(draw, baseline["annual_cost"])
    baseline["volume"] = draw.choice([0, 1, 1, 1]) * baseline["volume"] if seed % 5 == 0 else draw.permutation(baseline["volume"])
    bands["capacity"] = np.maximum(1, _scaled(draw, bands["capacity"]))
    bands["fixed_cost"] = _scaled(draw, bands["fixed_cost"])
    models["governance_cost"] = _scaled(draw, models["governance_cost"])
    offered = [rule for rule in registry().values() if not rule.always]
    chosen = draw.choice(len(offered), draw.choice([0, 1, 1, 2, 2, 3, 4]), replace=False)
    rules = tuple(_setting(draw, offered[at]) for at in sorted(chosen))
    if draw.random() < 0.1 and not any(rule.name == "all-served" for rule in rules):
        rules = (*rules, RuleSetting("all-served"))
    return replace(base, tables={**base.tables, "baseline": baseline, "bands": bands, "commercial_models": models}, rules=rules)


@functools.cache
def _base(seed: int) -> Instance:
    draw = np.random.default_rng([seed, 8])
    bodies, services, centres = int(draw.integers(2, 5)), int(draw.integers(1, 3)), int(draw.integers(1, 4))
    return rule_instance(1000 + seed, bodies=bodies, services=services, centres=centres)


def _scaled(draw: np.random.Generator, column: object) -> np.ndarray:
    """Return whole numbers as before, half or twice as large, or all the same, so that ties come up."""
    values = np.asarray(column, dtype=np.int64)
    if draw.random() < 0.15:
        return np.full(values.shape, values.max(initial=0))
    return np.rint(values * draw.choice([0.5, 1.0, 1.0, 2.0]) * draw.uniform(0.8, 1.2, values.shape)).astype(np.int64)


def _setting(draw: np.random.Generator, rule: Rule) -> RuleSetting:
    soft = rule.soft and draw.random() < 0.5
    parameters = {one.name: _value(draw, one) for one in rule.parameters if not one.text and not one.optional and (one.default is None or draw.random() < 0.7)}
    return RuleSetting(rule.name, parameters, int(draw.choice([0, 1, 5, 60, 1000])) if soft else None)


def _value(draw: np.random.Generator, one: Parameter) -> float | int:
    most = min(one.maximum, _WIDEST.get(one.name, one.maximum))
    if one.whole:
        return int(draw.integers(int(one.minimum), int(most) + 1))
    return round(float(draw.uniform(one.minimum, most)), 2)


def published(seed: int) -> Instance:
    """Return a tiny single-source instance: tight or loose, with ties, units of no volume, capacities of one unit, and bodies that may stay alone."""
    draw = np.random.default_rng([seed, 9])
    sites, customers = int(draw.integers(1, _SITES + 1)), int(draw.integers(1, _CUSTOMERS + 1))
    most = int(draw.choice([1, 4, 200, 10**6, 10**10]))
    demand = draw.integers(0 if seed % 4 == 0 else 1, 2 if seed % 6 == 0 else 9, customers)
    capacity = draw.integers(1, 2 + int(draw.choice([0.6, 1.2, 2.5]) * demand.sum()), sites)
    problem = Problem(capacity, draw.integers(0, 2 * most + 1, sites), demand, draw.integers(0, most + 1, (sites, customers)))
    alone = draw.integers(0, 3 * most + 1, customers) if seed % 3 == 0 else None
    return stated(problem, alone)


def stated(problem: Problem, alone: np.ndarray | None = None) -> Instance:
    """Return the instance of a problem of few sites and customers; with costs ``alone`` (customers,) bodies may stay alone."""
    sites, customers = problem.cost.shape
    whole = _shell()
    kept = {name: whole.table(name).iloc[:count].reset_index(drop=True) for name, count in (("centres", sites), ("bodies", customers))}
    bands, baseline = whole.table("bands").iloc[:sites].reset_index(drop=True), whole.table("baseline").iloc[:customers].reset_index(drop=True)
    links = whole.table("links")
    links = links[links["centre"].isin(kept["centres"]["centre"]) & links["body"].isin(kept["bodies"]["body"])].reset_index(drop=True)
    bands["capacity"], bands["fixed_cost"] = problem.capacity, problem.fixed_cost
    dearest = (problem.cost + problem.fixed_cost[:, None]).max(axis=0)
    baseline["volume"], baseline["annual_cost"] = problem.demand, dearest if alone is None else alone
    links["extra_annual_cost"] = problem.cost.T.ravel()
    rules = whole.rules if alone is None else ()
    return replace(whole, tables={**whole.tables, **kept, "bands": bands, "baseline": baseline, "links": links}, rules=rules)


@functools.cache
def _shell() -> Instance:
    """Return the largest there is of them; the others are what some rows of its tables say."""
    site, customer = np.ones(_SITES, dtype=np.int64), np.ones(_CUSTOMERS, dtype=np.int64)
    return instance_of(Problem(site, site, customer, np.ones((_SITES, _CUSTOMERS), dtype=np.int64)), "some sites and customers", "holmberg")

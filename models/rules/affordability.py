"""G32: what is paid before anything is saved can be paid."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from models import economics
from models.arrays import instance_arrays
from models.columns import Block, Columns
from models.cost_lines import COMPONENT_NAMES, NOBODY
from models.plan_view import Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows, stack
from models.rules.shared_required import must_share, required_finding, required_least

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.candidates import Candidates
    from models.cells import ParsedTable
    from models.findings import Finding
    from models.instance import Instance

    Whole = NDArray[np.int64]

MONEY = "up-front money of a body"
NO_LIMIT = -1


def _served_money(arrays: InstanceArrays, unit: Whole, centre: Whole) -> Whole:
    """(n,) what a body pays once for having a unit served at a centre."""
    _, link = arrays.link_costs(arrays.unit_body[unit], centre, arrays.unit_service[unit])
    amounts = economics.served_one_off_amounts(
        annual_cost=arrays.unit_annual_cost[unit], link_one_off_cost=link, posts=arrays.unit_posts[unit], appraisal=arrays.appraisal
    )
    return economics.total_present_cost(amounts, arrays.annuities)


def _member_money(arrays: InstanceArrays, body: Whole, centre: Whole) -> Whole:
    """(n,) what a body pays once for joining a centre."""
    _, link = arrays.link_costs(body, centre, None)
    amounts = economics.member_amounts(link_annual_cost=np.zeros_like(link), link_one_off_cost=link, appraisal=arrays.appraisal)
    return economics.total_present_cost(amounts, arrays.annuities)


def _cluster_money(columns: Columns) -> list[tuple[Whole, Whole]]:
    """Return (columns, money) of what clusters pay once: set-up by band, procurement by option, and what rules bring."""
    offered, arrays = columns.candidates, columns.candidates.arrays
    set_up = arrays.annuities.present_cost("set_up", economics.set_up_amount(arrays.band_set_up_cost, arrays.appraisal))
    procurement = arrays.annuities.present_cost("procurement", arrays.model_procurement_cost.astype(np.float64))
    brought = [(columns.block(block.name), block.cost) for block in columns.blocks if block.cost.any() and _once(block.component)]
    return [(columns.band, set_up[offered.band_row]), (columns.option, procurement[offered.option_model]), *brought]


def _once(component: str) -> bool:
    return economics.COMPONENTS[component].profile is economics.Profile.ONCE


def _counted(offered: Candidates, parameters: Parameters) -> Whole:
    """Return the bodies whose up-front money is counted: all that could join something, or without a budget those with a limit."""
    able = np.unique(offered.member_body)
    return able if parameters["budget"] is not None else able[offered.arrays.body_up_front_limit[able] != NO_LIMIT]


def _blocks(columns: Columns, parameters: Parameters) -> tuple[Block, ...]:
    offered = columns.candidates
    body = _counted(offered, parameters)
    if not body.size:
        return ()
    row_of = np.full(len(offered.arrays.bodies), -1, dtype=np.int64)
    row_of[body] = np.arange(body.shape[0])
    pair_row = row_of[offered.arrays.unit_body[offered.pair_unit]]
    member_row = row_of[offered.member_body]
    pairs, members = np.flatnonzero(pair_row >= 0), np.flatnonzero(member_row >= 0)
    served = _served_money(offered.arrays, offered.pair_unit[pairs], offered.option_centre[offered.pair_option[pairs]])
    joined = _member_money(offered.arrays, offered.member_body[members], offered.option_centre[offered.member_option[members]])
    pair_row, member_row = pair_row[pairs], member_row[members]

    def block_rows(whole: Columns) -> Rows:
        each = np.arange(body.shape[0], dtype=np.int64)
        paid = [(pair_row, whole.pair[pairs], -served), (member_row, whole.member[members], -joined)]
        return rows(body.shape[0], [(each, whole.block(MONEY), 1), *paid], lower=0)

    def fill(whole: Columns, values: Whole) -> Whole:
        paid = np.zeros(body.shape, dtype=np.int64)
        np.add.at(paid, pair_row, served * values[whole.pair[pairs]])
        np.add.at(paid, member_row, joined * values[whole.member[members]])
        return np.maximum(paid, 0)

    most = np.zeros(body.shape, dtype=np.int64)
    np.add.at(most, *_dearest(pair_row, offered.pair_unit[pairs], served))
    np.add.at(most, *_dearest(member_row, offered.option_centre[offered.member_option[members]], joined))
    return (Block(MONEY, most, np.zeros_like(most), block_rows, fill),)


def _dearest(row: Whole, choice: Whole, money: Whole) -> tuple[Whole, Whole]:
    """Return (row, money) of the dearest of each row's alternatives: a service goes to one place, a centre has one model."""
    width = int(choice.max(initial=0)) + 1
    key, at = np.unique(row * width + choice, return_inverse=True)
    dearest = np.zeros(key.shape, dtype=np.int64)
    np.maximum.at(dearest, at.reshape(-1), money)
    return key // width, dearest


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    offered = columns.candidates
    body = _counted(offered, parameters)
    if not body.size:
        return rows(0, [])
    money = columns.block(MONEY)
    limit = offered.arrays.body_up_front_limit[body]
    limited = np.flatnonzero(limit != NO_LIMIT)
    own = rows(limited.shape[0], [(np.arange(limited.shape[0]), money[limited], 1)], upper=limit[limited])
    if parameters["budget"] is None:
        return own
    terms = [(money, np.ones_like(money)), *_cluster_money(columns)]
    programme = rows(1, [(np.zeros_like(column), column, paid) for column, paid in terms], upper=int(parameters["budget"]))
    return stack([own, programme])


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    once = view.costs.rows(np.array([_once(name) for name in COMPONENT_NAMES], dtype=np.bool_)[view.costs.component])
    of_body = once.rows(once.body != NOBODY)
    own = np.zeros(len(view.arrays.bodies), dtype=np.int64)
    np.add.at(own, of_body.body, of_body.present)
    limit = view.arrays.body_up_front_limit
    breaches = []
    for at in np.flatnonzero((limit != NO_LIMIT) & (own > limit)).tolist():
        body, paid, most = view.body(at), int(own[at]), int(limit[at])
        breaches.append(Breach("affordability", f"{body} pays {paid} up front; it can pay {most}", paid - most, body))
    budget = parameters["budget"]
    programme = int(once.present[once.body == NOBODY].sum()) + int(np.maximum(own, 0).sum())
    if budget is not None and programme > budget:
        breaches.append(Breach("affordability", f"the programme pays {programme} up front; its budget is {budget}", programme - int(budget)))
    return breaches


def _contradictions(tables: Mapping[str, ParsedTable], instance: Instance, parameters: Parameters) -> list[Finding]:
    """Find bodies that must share and cannot pay what any way to do so costs them up front, and a budget that they alone exceed."""
    if not must_share(tables):
        return []
    arrays = instance_arrays(instance)
    least = list(required_least(arrays, partial(_served_money, arrays), partial(_member_money, arrays)))
    limits = {one.body: int(arrays.body_up_front_limit[arrays.body_position[one.body]]) for one in least}
    found = []
    for one in least:
        if limits[one.body] != NO_LIMIT and one.least > limits[one.body]:
            told = f"pays at least {one.least:,} up front to do so; its up_front_limit is {limits[one.body]:,} (rule affordability)"
            found.append(required_finding(tables, "required-beyond-money", one.body, told))
    programme, budget = sum(max(0, one.least) for one in least), parameters["budget"]
    if budget is not None and programme > budget:
        told = f"all that must pay at least {programme:,} up front together; the budget of rule affordability is {budget:,}"
        found.append(required_finding(tables, "required-beyond-money", least[0].body, told))
    return found


RULE = Rule(
    id="G32",
    name="affordability",
    statement=(
        "In year 0, in which all one-off money falls here, a body pays no more than its limit for moving its own work, and all bodies and clusters together "
        "pay no more than the budget."
    ),
    formula="P[i] >= sum_{s,j,m} o[i,s,j] x[i,s,j,m] + sum_{j,m} o[i,j] e[i,j,m]; P[i] <= limit[i]; sum_i P[i] + sum o[j,m,s,b] q + sum o[m] y <= budget",
    basis="bodies.up_front_limit, and the budget the planner gives; the single-period form: with years of onboarding there is a limit for each year",
    mark="A",
    soft=True,
    breach_unit="unit of money above a limit",
    parameters=(Parameter("budget", "money once, of the whole programme", None, 0, 10**15, optional=True),),
    rows=_rows,
    check=_check,
    by_money=True,
    blocks=_blocks,
    contradictions=_contradictions,
)

"""Charges by a cost-share key: one price p[j,m] a cluster, and every member pays the price times its weight, rounded up to whole money.

The price is a decision of the program, so that "share of the common cost", a product of two things decided, becomes linear: ``paid`` is the price
where something is served (or where the body is a member) and 0 elsewhere, by the three rows of McCormick (1976), which are exact for a 0-1 factor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.columns import Block, Columns
from models.rules.base import Rows, no_rows, rows, stack
from models.rules.shared_charges import common_terms, pair_gain, purse_terms, totals
from models.rules.shared_divisions import Scale, keyed_price, weights_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.candidates import Candidates

    Whole = NDArray[np.int64]


@dataclass(frozen=True)
class _Keyed:
    """What bears weight under a key: pairs where it goes with the services used, else members.

    ``weight``, ``option`` and ``member`` are (carriers,); ``cap`` (options,) bounds the price; ``most_weight`` (members,) is the most a member can carry.
    """

    scale: Scale
    by_pair: bool
    weight: Whole
    option: Whole
    member: Whole
    cap: Whole
    most_weight: Whole

    def carrier(self, columns: Columns) -> Whole:
        """(carriers,) columns of the decisions that carry weight."""
        return columns.pair if self.by_pair else columns.member


def _keyed(offered: Candidates, key: str, tolerance: float) -> _Keyed:
    weights = weights_of(offered.arrays, key)
    members = np.arange(offered.member_body.shape[0], dtype=np.int64)
    if weights.by_unit:
        weight, option, member = weights.weight[offered.pair_unit], offered.pair_option, offered.pair_member
        _, first = np.unique(_served(offered), return_index=True)
    else:
        weight, option, member = weights.weight[offered.member_body], offered.member_option, members
        first = members
    most_weight = np.zeros(members.shape, dtype=np.int64)
    np.add.at(most_weight, member[first], weight[first])
    cap = _cap(offered, weights.scale, option, _bearable(offered, weights.by_unit, weight, tolerance))
    return _Keyed(weights.scale, weights.by_unit, weight, option, member, cap, most_weight)


def _served(offered: Candidates) -> Whole:
    """(pairs,) a number for each service of a member, the same for every band it may be served in."""
    served: Whole = offered.pair_member * offered.arrays.unit_body.shape[0] + offered.pair_unit
    return served


def _bearable(offered: Candidates, by_pair: bool, weight: Whole, tolerance: float) -> Whole:
    """(carriers,) a bound on money a unit of weight that can be charged: no member can bear more than the best of its carriers."""
    gain = np.maximum(pair_gain(offered, tolerance), 0)
    for_joining = np.maximum(-offered.member_cost, 0)
    if by_pair:
        return _rounded_up(gain + for_joining[offered.pair_member], weight)
    key, at = np.unique(_served(offered), return_inverse=True)
    of_unit = np.zeros(key.shape, dtype=np.int64)
    np.maximum.at(of_unit, at.reshape(-1), gain)
    best = np.zeros(offered.member_body.shape, dtype=np.int64)
    np.add.at(best, key // offered.arrays.unit_body.shape[0], of_unit)
    return _rounded_up(best + for_joining, weight)


def _cap(offered: Candidates, scale: Scale, option: Whole, bearable: Whole) -> Whole:
    """(options,) a price that need never be passed, for from there on every member pays too much: the smallest value that links price and membership."""
    highest = np.zeros(offered.option_centre.shape[0], dtype=np.int64)
    np.maximum.at(highest, option, bearable)
    return np.asarray(highest * scale.parts // scale.money + 1, dtype=np.int64)


def _rounded_up(amount: Whole, parts: Whole | int) -> Whole:
    return np.asarray(-(-amount // parts), dtype=np.int64)


def keyed_blocks(columns: Columns, key: str, tolerance: float) -> tuple[Block, ...]:
    """Return the price of each option, what it comes to for each carrier of weight, and the charge of each member."""
    offered = columns.candidates
    keyed = _keyed(offered, key, tolerance)
    price, paid, charge = (f"{what} by {key}" for what in ("price", "paid", "charge"))
    each = np.arange(keyed.weight.shape[0], dtype=np.int64)
    members = np.arange(offered.member_body.shape[0], dtype=np.int64)
    cap = keyed.cap[keyed.option]

    def paid_rows(whole: Columns) -> Rows:
        at, here, carrier = whole.block(price)[keyed.option], whole.block(paid), keyed.carrier(whole)
        no_more = rows(each.shape[0], [(each, here, 1), (each, at, -1)], upper=0)
        only_there = rows(each.shape[0], [(each, here, 1), (each, carrier, -cap)], upper=0)
        no_less = rows(each.shape[0], [(each, here, 1), (each, at, -1), (each, carrier, -cap)], lower=-cap)
        return stack([no_more, only_there, no_less])

    def charge_rows(whole: Columns) -> Rows:
        carried = (keyed.member, whole.block(paid), -keyed.scale.money * keyed.weight)
        return rows(members.shape[0], [(members, whole.block(charge), keyed.scale.parts), carried], lower=0, upper=keyed.scale.parts - 1)

    def fill_price(whole: Columns, values: Whole) -> Whole:
        return _prices(whole, keyed, tolerance, values)

    def fill_paid(whole: Columns, values: Whole) -> Whole:
        return values[whole.block(price)][keyed.option] * values[keyed.carrier(whole)]

    def fill_charge(whole: Columns, values: Whole) -> Whole:
        due = np.zeros(members.shape, dtype=np.int64)
        np.add.at(due, keyed.member, keyed.scale.money * keyed.weight * values[whole.block(paid)])
        return _rounded_up(due, keyed.scale.parts)

    most = _rounded_up(keyed.cap[offered.member_option] * keyed.most_weight * keyed.scale.money, keyed.scale.parts)
    return (
        Block(price, keyed.cap, np.zeros_like(keyed.cap), lambda whole: no_rows(whole, {}), fill_price),
        Block(paid, cap, np.zeros_like(cap), paid_rows, fill_paid),
        Block(charge, most, np.zeros_like(most), charge_rows, fill_charge),
    )


def _prices(columns: Columns, keyed: _Keyed, tolerance: float, values: Whole) -> Whole:
    """(options,) the price of each open option in a plan's values."""
    offered = columns.candidates
    options, members = offered.option_centre.shape[0], offered.member_body.shape[0]
    purse = totals(purse_terms(columns, np.arange(members, dtype=np.int64), tolerance), members, values)
    common = totals(common_terms(columns, np.arange(options, dtype=np.int64)), options, values)
    weight = np.zeros(members, dtype=np.int64)
    np.add.at(weight, keyed.member, keyed.weight * values[keyed.carrier(columns)])
    prices = np.zeros(options, dtype=np.int64)
    for option in np.flatnonzero(values[columns.option] == 1):
        there = np.flatnonzero((offered.member_option == option) & (values[columns.member] == 1))
        price = keyed_price(max(0, int(common[option])), weight[there].tolist(), purse[there].tolist(), keyed.scale)
        prices[option] = min(price, int(keyed.cap[option]))
    return prices


def keyed_rows(columns: Columns, key: str, tolerance: float) -> Rows:
    """One row a member: its charge within what can be charged; one row an option: its common cost covered."""
    offered = columns.candidates
    members = np.arange(offered.member_body.shape[0], dtype=np.int64)
    options = np.arange(offered.option_centre.shape[0], dtype=np.int64)
    charge = columns.block(f"charge by {key}")
    within = rows(members.shape[0], [*purse_terms(columns, members, tolerance), (members, charge, -1)], lower=0)
    due = [(at, column, -cost) for at, column, cost in common_terms(columns, options)]
    covered = rows(options.shape[0], [(offered.member_option, charge, 1), *due], lower=0)
    return stack([within, covered])

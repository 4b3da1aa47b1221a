"""Charges that members agree on among themselves: c[i,j], what body i pays of the common cost of centre j."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.columns import Block, Columns
from models.rules.base import Rows, rows, stack
from models.rules.shared_charges import common_terms, pair_gain, purse_terms, totals
from models.rules.shared_divisions import agreed_charges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.candidates import Candidates

    Whole = NDArray[np.int64]

CHARGE = "charge by agreement"


def _places(offered: Candidates) -> tuple[Whole, Whole, Whole]:
    """Return (body, centre) of every place a body may be a member of, and the place of each member (members,)."""
    centres = max(1, len(offered.arrays.centres))
    key, place = np.unique(offered.member_body * centres + offered.option_centre[offered.member_option], return_inverse=True)
    return key // centres, key % centres, place.astype(np.int64).reshape(-1)


def _most(offered: Candidates, body: Whole, place: Whole, tolerance: float) -> Whole:
    """(places,) a bound on the charge: what the body could be charged in all with every service at its best.

    Smallest valid value for the link to membership without knowing the plan: what a body gains at one centre may pay its charge at another.
    """
    bodies, units = len(offered.arrays.bodies), offered.arrays.unit_body.shape[0]
    best = np.zeros(units, dtype=np.int64)
    np.maximum.at(best, offered.pair_unit, pair_gain(offered, tolerance))
    of_body = np.zeros(bodies, dtype=np.int64)
    np.add.at(of_body, offered.arrays.unit_body, best)
    gain = np.full(body.shape, np.iinfo(np.int64).min, dtype=np.int64)
    np.maximum.at(gain, place, -offered.member_cost)
    # A link that pays the body for joining elsewhere adds to what it could be charged here.
    elsewhere = np.zeros(bodies, dtype=np.int64)
    np.add.at(elsewhere, body, np.maximum(gain, 0))
    purse = of_body[body] + gain + elsewhere[body] - np.maximum(gain, 0)
    return np.asarray(np.maximum(purse, 0), dtype=np.int64)


def agreed_block(columns: Columns, tolerance: float) -> Block:
    """Return the charges; a body that is no member of a centre pays nothing there."""
    offered = columns.candidates
    body, centre, place = _places(offered)
    most = _most(offered, body, place, tolerance)

    def block_rows(whole: Columns) -> Rows:
        each = np.arange(body.shape[0], dtype=np.int64)
        return rows(body.shape[0], [(each, whole.block(CHARGE), 1), (place, whole.member, -most[place])], upper=0)

    def fill(whole: Columns, values: Whole) -> Whole:
        purse = totals(purse_terms(whole, offered.member_body, tolerance), len(offered.arrays.bodies), values)
        common = totals(common_terms(whole, offered.option_centre), len(offered.arrays.centres), values)
        used: dict[int, list[int]] = {}
        for at in sorted(set(place[values[whole.member] == 1].tolist())):
            used.setdefault(int(body[at]), []).append(int(centre[at]))
        purses = {one: max(0, int(purse[one])) for one in used}
        charges = agreed_charges(purses, {one: max(0, int(due)) for one, due in enumerate(common)}, used)
        return np.array([charges.get((int(one), int(at)), 0) for one, at in zip(body, centre, strict=True)], dtype=np.int64)

    return Block(CHARGE, most, np.zeros_like(most), block_rows, fill)


def agreed_rows(columns: Columns, tolerance: float) -> Rows:
    """One row a body: its charges within what can be charged; one row a centre: its common cost covered."""
    offered = columns.candidates
    body, centre, _ = _places(offered)
    able, row = np.unique(offered.member_body, return_inverse=True)
    charge = columns.block(CHARGE)
    terms = purse_terms(columns, row.astype(np.int64).reshape(-1), tolerance)
    within = rows(able.shape[0], [*terms, (np.searchsorted(able, body), charge, -1)], lower=0)
    due = [(at, column, -cost) for at, column, cost in common_terms(columns, offered.option_centre)]
    covered = rows(len(offered.arrays.centres), [(centre, charge, 1), *due], lower=0)
    return stack([within, covered])

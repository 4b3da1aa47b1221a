"""Which outsourcing contracts are worth less than the threshold from which a tender is due.

For each outsourced option two columns say why its contract needs no tender: ``below`` (a) the lower threshold, which holds whoever is a member, or
``between`` (b) the lower and the higher one, which holds where no member is of a central type. Writing T and U for the thresholds, val for what a unit adds
to the value and M for the most that units of less than U each could come to:

    a + b <= y
    sum_{val < U} val x <= (T - 1) a + (U - 1) b + M (y - a - b)
    x + a <= y where val >= T; x + a + b <= y where val >= U or the body is central; both for e where they hold for all its services
    sum min(val, T) x >= T (y - a)
    sum min(val, U) x >= U (y - a - b - sum_{central} e)

The last two make the columns exact: a contract that needs no tender cannot be taken for one that does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.columns import Block
from models.contract_value import contract_values
from models.rules.base import Rows, rows, stack
from models.schema import Form, list_items

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.candidates import Candidates
    from models.columns import Columns
    from models.rules.base import Parameters

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]

UNTENDERED = "contract-untendered"
"""Block of a and b: one column for each of :attr:`Contracts.below`, then one for each of :attr:`Contracts.between`."""


@dataclass(frozen=True)
class Contracts:
    """Outsourced options whose contract could need no tender, in the letters of this module's page.

    Attributes
    ----------
    lower, higher
        T and U, whole money; T is 0 where no body is of a central type.
    below, between
        Options of the columns a and b.
    pair, value
        (pairs of those options,) positions among the pairs, and val.
    central
        (members,) whether the body is of a central type.
    """

    lower: int
    higher: int
    below: Whole
    between: Whole
    pair: Whole
    value: Whole
    central: Flags


def thresholds(parameters: Parameters) -> tuple[int, int]:
    """Return the threshold of a contract with a member of a central type and of one without, whole money; the first is never the higher."""
    higher = int(parameters["sub_central"])
    return min(int(parameters["central"]), higher), higher


def central_bodies(arrays: InstanceArrays, parameters: Parameters) -> Flags:
    """Return which bodies are of a legal type held to the threshold of central government, (bodies,)."""
    types = list_items(str(parameters["central_types"]))
    return np.array([kind in types for kind in arrays.legal_types], dtype=np.bool_)[arrays.body_legal_type]


def procurement_cost(arrays: InstanceArrays) -> Whole:
    """Return the net present cost of buying in a provider under each commercial model, whole money."""
    return arrays.annuities.present_cost("procurement", arrays.model_procurement_cost.astype(np.float64))


def contracts(offered: Candidates, parameters: Parameters) -> Contracts:
    """Return the outsourced options whose contract could need no tender; without a procurement cost to save there is nothing to tell."""
    arrays = offered.arrays
    form = np.array([form is Form.OUTSOURCED for form in arrays.model_form], dtype=np.bool_)
    pair = np.flatnonzero((form & (procurement_cost(arrays) > 0))[offered.option_model[offered.pair_option]]).astype(np.int64)
    option = offered.pair_option[pair]
    model = offered.option_model[option]
    value = contract_values(arrays, offered.pair_unit[pair], model, offered.pair_unit_cost[pair], float(parameters["years"]))
    central_body = central_bodies(arrays, parameters)
    central = central_body[offered.member_body]
    lower, higher = thresholds(parameters)
    lower = lower if central_body.any() else 0
    below = np.unique(option[value < lower])
    between = np.unique(option[(value < higher) & ~central[offered.pair_member[pair]]])
    kept = np.isin(option, np.union1d(below, between))
    return Contracts(lower, higher, below, between, pair[kept], value[kept], central)


def untendered_block(columns: Columns, parameters: Parameters) -> Block:
    """Return the columns a and b; each saves the procurement cost of its option."""
    offered = columns.candidates
    found = contracts(offered, parameters)
    option = np.concatenate([found.below, found.between])
    saved = procurement_cost(offered.arrays)[offered.option_model[option]]

    def block_rows(columns: Columns) -> Rows:
        return _rows(columns, contracts(columns.candidates, parameters))

    def fill(columns: Columns, values: Whole) -> Whole:
        return _fill(columns, values, contracts(columns.candidates, parameters))

    return Block(UNTENDERED, np.ones_like(saved), -saved, block_rows, fill, option=option, component="procurement")


@dataclass(frozen=True)
class _Placed:
    """Column of a and of b, and row, of each option; -1 where there is none."""

    a: Whole
    b: Whole
    row: Whole
    options: Whole


def _placed(columns: Columns, found: Contracts) -> _Placed:
    count = columns.candidates.option_centre.shape[0]
    a, b, row = (np.full(count, -1, dtype=np.int64) for _ in range(3))
    block = columns.block(UNTENDERED)
    a[found.below], b[found.between] = block[: found.below.shape[0]], block[found.below.shape[0] :]
    options = np.union1d(found.below, found.between)
    row[options] = np.arange(options.shape[0])
    return _Placed(a, b, row, options)


def _term(row: Whole, column: Whole, value: Whole | int) -> tuple[Whole, Whole, Whole]:
    """Return a term of rows without what has no column."""
    there = np.flatnonzero(column >= 0)
    return row[there], column[there], np.broadcast_to(np.asarray(value, dtype=np.int64), column.shape)[there]


def _rows(columns: Columns, found: Contracts) -> Rows:
    placed = _placed(columns, found)
    options = placed.options
    each = np.arange(options.shape[0], dtype=np.int64)
    one_reason = rows(each.shape[0], [_term(each, placed.a[options], 1), _term(each, placed.b[options], 1), (each, columns.option[options], -1)], upper=0)
    return stack([one_reason, _small(columns, found, placed), _excluded(columns, found, placed), _large(columns, found, placed)])


def _small(columns: Columns, found: Contracts, placed: _Placed) -> Rows:
    """Keep the value of a contract without a tender under its threshold."""
    offered, options = columns.candidates, placed.options
    small = np.flatnonzero(found.value < found.higher)
    pair, value = found.pair[small], found.value[small]
    row = placed.row[offered.pair_option[pair]]
    # M: the dearest way to serve each unit counts once, where unit costs differ by band.
    order = np.lexsort((-value, offered.pair_unit[pair], row))
    key = row[order] * offered.arrays.unit_body.shape[0] + offered.pair_unit[pair[order]]
    _, dearest = np.unique(key, return_index=True)
    most = np.zeros(options.shape[0], dtype=np.int64)
    np.add.at(most, row[order][dearest], value[order][dearest])
    each = np.arange(options.shape[0], dtype=np.int64)
    return rows(
        each.shape[0],
        [
            (row, columns.pair[pair], value),
            _term(each, placed.a[options], np.maximum(most - found.lower + 1, 0)),
            _term(each, placed.b[options], np.maximum(most - found.higher + 1, 0)),
            (each, columns.option[options], -most),
        ],
        upper=0,
    )


def _excluded(columns: Columns, found: Contracts, placed: _Placed) -> Rows:
    """Rule out what alone makes a tender due (a service too dear, a body of a central type), once for a body where all its services do."""
    offered = columns.candidates
    member = offered.pair_member[found.pair]
    option = offered.pair_option[found.pair]
    rules_out_a = (found.value >= found.lower) & (placed.a[option] >= 0)
    rules_out_b = ((found.value >= found.higher) | found.central[member]) & (placed.b[option] >= 0)
    body_a, body_b = (np.zeros(offered.member_body.shape[0], dtype=np.bool_) for _ in range(2))
    body_a[member], body_b[member] = True, True
    body_a[member[~rules_out_a]], body_b[member[~rules_out_b]] = False, False
    bodies = np.flatnonzero(body_a | body_b)
    left = np.flatnonzero((rules_out_a & ~body_a[member]) | (rules_out_b & ~body_b[member]))
    return stack(
        [
            _without(columns, placed, columns.member[bodies], offered.member_option[bodies], body_a[bodies], body_b[bodies]),
            _without(columns, placed, columns.pair[found.pair[left]], option[left], rules_out_a[left], rules_out_b[left]),
        ]
    )


def _without(columns: Columns, placed: _Placed, column: Whole, option: Whole, rules_out_a: Flags, rules_out_b: Flags) -> Rows:
    each = np.arange(column.shape[0], dtype=np.int64)
    reasons = [_term(each, np.where(rules_out_a, placed.a[option], -1), 1), _term(each, np.where(rules_out_b, placed.b[option], -1), 1)]
    return rows(each.shape[0], [(each, column, 1), *reasons, (each, columns.option[option], -1)], upper=0)


def _large(columns: Columns, found: Contracts, placed: _Placed) -> Rows:
    """Hold a contract with neither column at 1 to a value at or above its threshold."""
    offered = columns.candidates
    option = offered.pair_option[found.pair]
    central = np.flatnonzero(found.central & (placed.b[offered.member_option] >= 0))
    parts = []
    for options, threshold, reasons, members in (
        (found.below, found.lower, (placed.a,), central[:0]),
        (found.between, found.higher, (placed.a, placed.b), central),
    ):
        row_of = np.full(offered.option_centre.shape[0], -1, dtype=np.int64)
        row_of[options] = np.arange(options.shape[0])
        pairs = np.flatnonzero(row_of[option] >= 0)
        each = np.arange(options.shape[0], dtype=np.int64)
        worth = (row_of[option[pairs]], columns.pair[found.pair[pairs]], np.minimum(found.value[pairs], threshold))
        present = (row_of[offered.member_option[members]], columns.member[members], threshold)
        excused = [_term(each, reason[options], threshold) for reason in reasons]
        parts.append(rows(each.shape[0], [worth, present, *excused, (each, columns.option[options], -threshold)], lower=0))
    return stack(parts)


def _fill(columns: Columns, values: Whole, found: Contracts) -> Whole:
    offered = columns.candidates
    worth = np.zeros(offered.option_centre.shape[0], dtype=np.int64)
    np.add.at(worth, offered.pair_option[found.pair], found.value * values[columns.pair[found.pair]])
    central = np.zeros(offered.option_centre.shape[0], dtype=np.bool_)
    central[offered.member_option[found.central & (values[columns.member] == 1)]] = True
    opened = values[columns.option] == 1
    below = opened & (worth < found.lower)
    between = opened & ~below & (worth < found.higher) & ~central
    return np.concatenate([below[found.below], between[found.between]]).astype(np.int64)

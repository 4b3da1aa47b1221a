"""Leads by legal type, for powers that reach some legal types and not others.

Whether a lead may supply a body depends on their legal types, so bodies need not be compared one by one: a column for each option and type says whether
a body of that type leads (L = the sum of those leads), and a member stands in one row against all the types that may not supply it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.columns import Block
from models.rules.base import Rows, rows, stack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.candidates import Candidates
    from models.columns import Columns

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]

LEAD_TYPE = "lead-type"
"""Block of L[j,m,type], one column for each of :attr:`LeadTypes.option`."""


@dataclass(frozen=True)
class LeadTypes:
    """Legal types of possible leads whose power does not reach everybody they could serve.

    Attributes
    ----------
    option, kind
        (columns,) an option and a legal type, sorted.
    pair, barred
        (pairs with such a type at their option,) positions among the pairs; (those pairs, legal types) which types may lead, yet not for this body.
    """

    option: Whole
    kind: Whole
    pair: Whole
    barred: Flags


def lead_types(offered: Candidates) -> LeadTypes:
    """Return the legal types of leads that some possible member must not be supplied by; none where powers list no types."""
    arrays = offered.arrays
    lead = np.zeros((offered.option_centre.shape[0], len(arrays.legal_types)), dtype=np.bool_)
    lead[offered.member_option[offered.lead_member], arrays.body_legal_type[offered.member_body[offered.lead_member]]] = True
    out_of_reach: Flags = arrays.may_lead[..., np.newaxis] & ~arrays.may_supply
    option = offered.pair_option
    restricted: Flags = np.asarray(out_of_reach.any(axis=(0, 2, 3)), dtype=np.bool_)
    pair = np.flatnonzero(restricted[offered.option_model[option]]).astype(np.int64)
    unit, option = offered.pair_unit[pair], option[pair]
    supplied = arrays.body_legal_type[arrays.unit_body[unit]]
    barred = out_of_reach.transpose(1, 2, 3, 0)[offered.option_model[option], arrays.unit_service[unit], supplied] & lead[option]
    touched = np.zeros_like(lead)
    np.logical_or.at(touched, option, barred)
    kept = barred.any(axis=1)
    columns = np.argwhere(touched).astype(np.int64)
    return LeadTypes(columns[:, 0], columns[:, 1], pair[kept], barred[kept])


def lead_type_blocks(columns: Columns) -> tuple[Block, ...]:
    """Return the block L, or nothing where every lead's power reaches everybody."""
    found = lead_types(columns.candidates)
    if not found.option.size:
        return ()
    return (Block(LEAD_TYPE, np.ones_like(found.option), np.zeros_like(found.option), _block_rows, _fill),)


def _leads_of(columns: Columns, found: LeadTypes) -> tuple[Whole, Whole]:
    """Return (position in the block, position among the leads) of every lead counted there."""
    offered = columns.candidates
    member = offered.lead_member
    kind = offered.arrays.body_legal_type[offered.member_body[member]]
    position = np.full((offered.option_centre.shape[0], len(offered.arrays.legal_types)), -1, dtype=np.int64)
    position[found.option, found.kind] = np.arange(found.option.shape[0])
    at = position[offered.member_option[member], kind]
    counted = np.flatnonzero(at >= 0)
    return at[counted], counted.astype(np.int64)


def _block_rows(columns: Columns) -> Rows:
    found = lead_types(columns.candidates)
    each = np.arange(found.option.shape[0], dtype=np.int64)
    at, lead = _leads_of(columns, found)
    return rows(each.shape[0], [(each, columns.block(LEAD_TYPE), 1), (at, columns.lead[lead], -1)], lower=0, upper=0)


def _fill(columns: Columns, values: Whole) -> Whole:
    found = lead_types(columns.candidates)
    at, lead = _leads_of(columns, found)
    counted = np.zeros(found.option.shape[0], dtype=np.int64)
    np.add.at(counted, at, values[columns.lead[lead]])
    return counted


def out_of_reach_rows(columns: Columns) -> Rows:
    """Return rows that keep a body from a lead that may not supply its legal type: one a body where that holds for all its services, else one a pair."""
    offered = columns.candidates
    found = lead_types(offered)
    if not found.option.size:
        return rows(0, [])
    of_member = np.zeros((offered.member_body.shape[0], found.barred.shape[1]), dtype=np.bool_)
    of_member[offered.pair_member[found.pair]] = True
    np.logical_and.at(of_member, offered.pair_member[found.pair], found.barred)
    # A service for which nobody is barred is not listed among the pairs; its body is then not barred as such.
    free = np.setdiff1d(np.arange(offered.pair_unit.shape[0]), found.pair)
    of_member[offered.pair_member[free]] = False
    member = np.flatnonzero(of_member.any(axis=1)).astype(np.int64)
    left = np.flatnonzero((found.barred & ~of_member[offered.pair_member[found.pair]]).any(axis=1))
    pair_member = offered.pair_member[found.pair[left]]
    return stack(
        [
            _barred_rows(columns, found, columns.member[member], member, of_member[member]),
            _barred_rows(columns, found, columns.pair[found.pair[left]], pair_member, found.barred[left]),
        ]
    )


def _barred_rows(columns: Columns, found: LeadTypes, column: Whole, member: Whole, barred: Flags) -> Rows:
    """State column + sum_{types barred} L - own lead <= y: a body that leads supplies itself."""
    offered = columns.candidates
    option = offered.member_option[member]
    position = np.full((offered.option_centre.shape[0], barred.shape[1]), -1, dtype=np.int64)
    position[found.option, found.kind] = np.arange(found.option.shape[0])
    row, kind = np.nonzero(barred)
    lead_of_member = np.full(offered.member_body.shape[0], -1, dtype=np.int64)
    lead_of_member[offered.lead_member] = np.arange(offered.lead_member.shape[0])
    own_type = offered.arrays.body_legal_type[offered.member_body[member]]
    each = np.arange(column.shape[0], dtype=np.int64)
    itself = np.flatnonzero(barred[each, own_type] & (lead_of_member[member] >= 0))
    return rows(
        each.shape[0],
        [
            (each, column, 1),
            (row.astype(np.int64), columns.block(LEAD_TYPE)[position[option[row], kind]], 1),
            (itself.astype(np.int64), columns.lead[lead_of_member[member[itself]]], -1),
            (each, columns.option[option], -1),
        ],
        upper=0,
    )

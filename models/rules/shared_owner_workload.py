"""How much work the owners of a joint cluster bring to it, body by body and together.

An owner's workload is a product of two decisions: V = vol if the body owns, else 0. Three rows make it exact, the last of which keeps a solver from
hiding volume: V <= vol; V <= vmax own; V >= vol - vmax (1 - own). vmax is all the body could bring to that cluster, the smallest number that serves.
Where the body has a single service to bring, an owner brings it whole, and one equation does: V = vmax own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.columns import Block
from models.rules.base import Rows, rows, stack
from models.rules.shared_workload import workload_of
from models.schema import JOINT_FORMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.candidates import Candidates
    from models.columns import Columns
    from models.plan_view import ClusterView, PlanView

    Whole = NDArray[np.int64]

OWNER_WORKLOAD = "owner-workload"
"""Block of V[i,j,m], one column for each of :attr:`JointOwners.owner`."""
OWNERS_WORKLOAD = "owners-workload"
"""Block of sum_i V[i,j,m], one column for each of :attr:`JointOwners.option`."""


@dataclass(frozen=True)
class JointOwners:
    """The joint options and those who may own them.

    Attributes
    ----------
    option
        (joint options,) positions among the options.
    owner
        (joint owners,) positions among the owners, sorted by option.
    owner_option
        (joint owners,) position in ``option``.
    most
        (joint owners,) all the workload the body could bring to the option.
    single
        (joint owners,) whether it could bring one service only.
    """

    option: Whole
    owner: Whole
    owner_option: Whole
    most: Whole
    single: NDArray[np.bool_]


def joint_owners(offered: Candidates) -> JointOwners:
    """Return the joint options of ``offered`` and those who may own them."""
    option = np.flatnonzero([form in JOINT_FORMS for form in offered.option_form()]).astype(np.int64)
    position = np.full(offered.option_centre.shape[0], -1, dtype=np.int64)
    position[option] = np.arange(option.shape[0])
    owner = np.flatnonzero(position[offered.member_option[offered.owner_member]] >= 0).astype(np.int64)
    # A unit stands in several pairs where unit costs differ by band, and is brought once all the same.
    _, once = np.unique(offered.pair_member * offered.arrays.unit_body.shape[0] + offered.pair_unit, return_index=True)
    most = np.zeros(offered.member_body.shape[0], dtype=np.int64)
    np.add.at(most, offered.pair_member[once], offered.arrays.unit_workload[offered.pair_unit[once]])
    units = np.bincount(offered.pair_member[once], minlength=most.shape[0])
    member = offered.owner_member[owner]
    return JointOwners(option, owner, position[offered.member_option[member]], most[member], units[member] == 1)


def owner_workload_blocks(columns: Columns) -> tuple[Block, Block]:
    """Return the blocks of each owner's workload and of all owners' together."""
    joint = joint_owners(columns.candidates)
    together = np.zeros(joint.option.shape[0], dtype=np.int64)
    np.add.at(together, joint.owner_option, joint.most)
    return (
        Block(OWNER_WORKLOAD, joint.most, np.zeros_like(joint.most), _owner_rows, _owner_fill),
        Block(OWNERS_WORKLOAD, together, np.zeros_like(together), _together_rows, _together_fill),
    )


def _owner_rows(columns: Columns) -> Rows:
    joint = joint_owners(columns.candidates)
    own, workload = columns.owner[joint.owner], columns.block(OWNER_WORKLOAD)
    single, several = np.flatnonzero(joint.single), np.flatnonzero(~joint.single)
    ones, each = np.arange(single.shape[0], dtype=np.int64), np.arange(several.shape[0], dtype=np.int64)
    brought_whole = rows(ones.shape[0], [(ones, workload[single], 1), (ones, own[single], -joint.most[single])], lower=0, upper=0)
    most, owned = joint.most[several], (each, workload[several], 1)
    row, pair, volume = _brought(columns, joint, several)
    return stack(
        [
            brought_whole,
            rows(each.shape[0], [owned, (row, pair, -volume)], upper=0),
            rows(each.shape[0], [owned, (each, own[several], -most)], upper=0),
            rows(each.shape[0], [owned, (row, pair, -volume), (each, own[several], -most)], lower=-most),
        ]
    )


def _brought(columns: Columns, joint: JointOwners, some: NDArray[np.intp]) -> tuple[Whole, Whole, Whole]:
    """Return (position in ``some``, pair column, workload) of all that these joint owners may bring."""
    offered = columns.candidates
    row_of_member = np.full(offered.member_body.shape[0], -1, dtype=np.int64)
    row_of_member[offered.owner_member[joint.owner[some]]] = np.arange(some.shape[0])
    pairs = np.flatnonzero(row_of_member[offered.pair_member] >= 0)
    return row_of_member[offered.pair_member[pairs]], columns.pair[pairs], offered.arrays.unit_workload[offered.pair_unit[pairs]]


def _owner_fill(columns: Columns, values: Whole) -> Whole:
    joint = joint_owners(columns.candidates)
    owner, pair, volume = _brought(columns, joint, np.arange(joint.owner.shape[0]))
    brought = np.zeros(joint.owner.shape[0], dtype=np.int64)
    np.add.at(brought, owner, volume * values[pair])
    return brought * values[columns.owner[joint.owner]]


def _together_rows(columns: Columns) -> Rows:
    joint = joint_owners(columns.candidates)
    options = np.arange(joint.option.shape[0], dtype=np.int64)
    parts = (joint.owner_option, columns.block(OWNER_WORKLOAD), -1)
    return rows(options.shape[0], [(options, columns.block(OWNERS_WORKLOAD), 1), parts], lower=0, upper=0)


def _together_fill(columns: Columns, values: Whole) -> Whole:
    joint = joint_owners(columns.candidates)
    together = np.zeros(joint.option.shape[0], dtype=np.int64)
    np.add.at(together, joint.owner_option, values[columns.block(OWNER_WORKLOAD)])
    return together


def owner_workloads(view: PlanView, cluster: ClusterView) -> dict[int, int]:
    """Return the workload each owner of a cluster brings to it in a plan, by body."""
    return {owner: workload_of(view, cluster.centre, frozenset({owner})) for owner in cluster.owners}

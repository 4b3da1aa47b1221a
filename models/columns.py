"""Where each kind of decision sits among the columns of a program."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.candidates import Candidates
    from models.rules.base import Rows


@dataclass(frozen=True)
class Block:
    """Whole numbers that rules need beside the decisions, such as an owner's volume.

    Rules that need the same block name it alike and it is made once.

    Attributes
    ----------
    name
        Unique among the blocks.
    upper
        (columns,) each column runs from 0 to this.
    cost
        (columns,) whole money a unit; a rule whose block costs money states the same money in its ``cost_lines``.
    rows
        What ties the columns to the decisions. These rows always hold, also where the rule that asks for the block is soft.
    fill
        Their values (columns,) in a plan, from the values of the decisions and of the other blocks.
    option
        (columns,) option whose cluster, as such, pays the cost; a block that costs money states it, so that rules about money see it.
    component
        What its cost is counted as, one of :data:`models.economics.COMPONENTS`.
    """

    name: str
    upper: NDArray[np.int64]
    cost: NDArray[np.int64]
    rows: Callable[[Columns], Rows]
    fill: Callable[[Columns, NDArray[np.int64]], NDArray[np.int64]]
    option: NDArray[np.int64] | None = None
    component: str = ""

    def __post_init__(self) -> None:
        """Refuse a cost that falls on nobody or is counted as nothing."""
        if self.cost.any() and (self.option is None or not self.component):
            raise ValueError(f"block {self.name!r} costs money and does not say whose and as what")


def distinct(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Return the blocks in order, each name once."""
    first: dict[str, Block] = {}
    for block in blocks:
        first.setdefault(block.name, block)
    return tuple(first.values())


@dataclass(frozen=True)
class Columns:
    """Column numbers of every decision on ``candidates``, and of the blocks that rules add.

    The decisions stand in this order: ``option`` (y: a centre runs under a model), ``band`` (q), ``pair`` (x: served), ``alone`` (n), ``member`` (e),
    ``owner`` (own), ``lead``, ``supply``; the blocks follow. Each property is an array of column numbers aligned with the arrays of
    :class:`~models.candidates.Candidates`.
    """

    candidates: Candidates
    blocks: tuple[Block, ...] = ()

    @cached_property
    def _sizes(self) -> dict[str, int]:
        return {
            "option": self.candidates.option_cost.shape[0],
            "band": self.candidates.band_cost.shape[0],
            "pair": self.candidates.pair_cost.shape[0],
            "alone": self.candidates.alone_cost.shape[0],
            "member": self.candidates.member_cost.shape[0] - int(self.sole_pair[0].shape[0]),
            "owner": self.candidates.owner_cost.shape[0],
            "lead": self.candidates.lead_cost.shape[0],
            "supply": self.candidates.supply_group.shape[0],
            **{f"block {block.name}": block.cost.shape[0] for block in self.blocks},
        }

    @cached_property
    def _blocks(self) -> dict[str, NDArray[np.int64]]:
        blocks = {}
        first = 0
        for name, size in self._sizes.items():
            blocks[name] = np.arange(first, first + size, dtype=np.int64)
            first += size
        return blocks

    @property
    def option(self) -> NDArray[np.int64]:
        """(options,) y[j,m]."""
        return self._blocks["option"]

    @property
    def band(self) -> NDArray[np.int64]:
        """(bands on offer,) q[j,m,s,b]."""
        return self._blocks["band"]

    @property
    def pair(self) -> NDArray[np.int64]:
        """(pairs,) x[i,s,j,m] or x[i,s,j,m,b]."""
        return self._blocks["pair"]

    @property
    def alone(self) -> NDArray[np.int64]:
        """(units,) n[i,s]."""
        return self._blocks["alone"]

    @cached_property
    def sole_pair(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(member, pair): members that have one pair only, and that pair; being a member is then having it, and has no column of its own."""
        count = np.bincount(self.candidates.pair_member, minlength=self.candidates.member_cost.shape[0])
        pair = np.flatnonzero(count[self.candidates.pair_member] == 1)
        return self.candidates.pair_member[pair], pair

    @cached_property
    def member(self) -> NDArray[np.int64]:
        """(members,) e[i,j,m]; that of the pair where a member has but one."""
        column = np.empty(self.candidates.member_cost.shape, dtype=np.int64)
        own = np.ones(column.shape, dtype=np.bool_)
        member, pair = self.sole_pair
        own[member] = False
        column[member], column[own] = self.pair[pair], self._blocks["member"]
        return column

    @property
    def owner(self) -> NDArray[np.int64]:
        """(owners,) own[i,j,m]."""
        return self._blocks["owner"]

    @property
    def lead(self) -> NDArray[np.int64]:
        """(leads,) lead[i,j,m]."""
        return self._blocks["lead"]

    def block(self, name: str) -> NDArray[np.int64]:
        """Return the column numbers of a block; raise ``KeyError`` when no rule in force made it."""
        return self._blocks[f"block {name}"]

    @property
    def supply(self) -> NDArray[np.int64]:
        """(supplies,) supply[j,m,s]."""
        return self._blocks["supply"]

    @property
    def count(self) -> int:
        """Number of columns, slacks of soft rules apart."""
        return sum(self._sizes.values())

    @cached_property
    def cost(self) -> NDArray[np.int64]:
        """(count,) cost of every column."""
        offered = self.candidates
        member, pair = self.sole_pair
        pair_cost = offered.pair_cost.copy()
        pair_cost[pair] += offered.member_cost[member]
        return np.concatenate(
            [
                offered.option_cost,
                offered.band_cost,
                pair_cost,
                offered.alone_cost,
                np.delete(offered.member_cost, member),
                offered.owner_cost,
                offered.lead_cost,
                np.zeros(self.supply.shape, dtype=np.int64),
                *(block.cost for block in self.blocks),
            ]
        )

    @cached_property
    def upper(self) -> NDArray[np.int64]:
        """(count,) highest value of every column; decisions are 0 or 1."""
        decisions = self.count - sum(block.upper.shape[0] for block in self.blocks)
        return np.concatenate([np.ones(decisions, dtype=np.int64), *(block.upper for block in self.blocks)])

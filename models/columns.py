"""Where each kind of decision sits among the columns of a program."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.candidates import Candidates


@dataclass(frozen=True)
class Columns:
    """Column numbers of every decision on ``candidates``.

    The blocks stand in this order: ``option`` (y: a centre runs under a model), ``band`` (q), ``pair`` (x: served), ``alone`` (n), ``member`` (e),
    ``owner`` (own), ``lead``, ``supply``. Each property is an array of column numbers aligned with the arrays of :class:`~models.candidates.Candidates`.
    """

    candidates: Candidates

    @cached_property
    def _blocks(self) -> dict[str, NDArray[np.int64]]:
        sizes = {
            "option": self.candidates.option_cost.shape[0],
            "band": self.candidates.band_cost.shape[0],
            "pair": self.candidates.pair_cost.shape[0],
            "alone": self.candidates.alone_cost.shape[0],
            "member": self.candidates.member_cost.shape[0],
            "owner": self.candidates.owner_cost.shape[0],
            "lead": self.candidates.lead_cost.shape[0],
            "supply": self.candidates.supply_group.shape[0],
        }
        blocks = {}
        first = 0
        for name, size in sizes.items():
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

    @property
    def member(self) -> NDArray[np.int64]:
        """(members,) e[i,j,m]."""
        return self._blocks["member"]

    @property
    def owner(self) -> NDArray[np.int64]:
        """(owners,) own[i,j,m]."""
        return self._blocks["owner"]

    @property
    def lead(self) -> NDArray[np.int64]:
        """(leads,) lead[i,j,m]."""
        return self._blocks["lead"]

    @property
    def supply(self) -> NDArray[np.int64]:
        """(supplies,) supply[j,m,s]."""
        return self._blocks["supply"]

    @property
    def count(self) -> int:
        """Number of columns, slacks of soft rules apart."""
        return sum(block.shape[0] for block in self._blocks.values())

    @cached_property
    def cost(self) -> NDArray[np.int64]:
        """(count,) cost of every column."""
        offered = self.candidates
        return np.concatenate(
            [
                offered.option_cost,
                offered.band_cost,
                offered.pair_cost,
                offered.alone_cost,
                offered.member_cost,
                offered.owner_cost,
                offered.lead_cost,
                np.zeros(self.supply.shape, dtype=np.int64),
            ]
        )

"""The same money told by account: for the whole plan, each cluster, each body, each sector. Accounts of one kind add up to the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from models.appraisal.measures import Series
from models.economics import COMPONENTS, Profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.appraisal.flows import Flows

    Whole = NDArray[np.int64]

KEPT = frozenset({"baseline_alone", "baseline_until_transfer"})
"""Components that are today's spending going on."""


class Account(StrEnum):
    """By what money is told apart. A cluster without a name holds all that stays alone."""

    CLUSTER = "cluster"
    BODY = "body"
    SECTOR = "sector"


@dataclass(frozen=True)
class Ledger:
    """All the flows an appraisal rests on: doing nothing, the plan, and what doing the minimum adds to doing nothing."""

    today: Flows
    plan: Flows
    minimum: Flows

    def series(self, account: Callable[[str, str], str]) -> dict[str, tuple[Series, Series]]:
        """Return (as paid, discounted) for each account, sorted by name; ``account`` names that of a (body, centre)."""
        sides = (self.today, self.plan, self.minimum)
        lines = [[account(body, centre) for body, centre in zip(side.body, side.centre, strict=True)] for side in sides]
        names = sorted({name for side in lines for name in side})
        position = {name: at for at, name in enumerate(names)}
        rows = [np.array([position[name] for name in side], dtype=np.int64) for side in lines]
        paid = self._totals(rows, len(names), "paid")
        present = self._totals(rows, len(names), "present")
        return {name: (_series(paid, at), _series(present, at)) for name, at in position.items()}

    def whole(self) -> tuple[Series, Series]:
        """Return (as paid, discounted) of everything together."""
        return self.series(lambda _body, _centre: "")[""]

    def _totals(self, rows: Sequence[Whole], accounts: int, which: str) -> Mapping[str, Whole]:
        today, plan, minimum = (getattr(side, which) for side in (self.today, self.plan, self.minimum))
        kept = np.array([name in KEPT for name in self.plan.component], dtype=np.bool_)
        once = np.array([COMPONENTS[name].profile is Profile.ONCE for name in self.plan.component], dtype=np.bool_)
        moved = np.array([centre != "" for centre in self.minimum.centre], dtype=np.bool_)
        return {
            "today": _summed(today, rows[0], accounts),
            "kept": _summed(plan[kept], rows[1][kept], accounts),
            "running": _summed(plan[~kept & ~once], rows[1][~kept & ~once], accounts),
            "once": _summed(plan[once], rows[1][once], accounts),
            "minimum": _summed(minimum, rows[2], accounts),
            "minimum_avoided": _summed(minimum[moved], rows[2][moved], accounts),
        }


def _summed(money: Whole, account: Whole, accounts: int) -> Whole:
    totals = np.zeros((accounts, money.shape[1]), dtype=np.int64)
    np.add.at(totals, account, money)
    return totals


def _series(totals: Mapping[str, Whole], account: int) -> Series:
    return Series(**{name: money[account] for name, money in totals.items()})

"""The same money told by account: for the whole plan, each cluster, each body, each sector. Accounts of one kind add up to the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from models.appraisal.measures import Series
from models.cost_lines import COMPONENT_NAMES, NOBODY
from models.economics import COMPONENTS, Profile
from models.joins import distinct

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
class Accounts:
    """Series of all accounts of one kind: ``names`` rise, and each array of the series has shape (accounts, years)."""

    names: tuple[str, ...]
    paid: Series
    present: Series

    def each(self) -> dict[str, tuple[Series, Series]]:
        """Return (as paid, discounted) of each account by name."""
        return {name: (_one(self.paid, at), _one(self.present, at)) for at, name in enumerate(self.names)}


@dataclass(frozen=True)
class Ledger:
    """All the flows an appraisal rests on: doing nothing, the plan, and what doing the minimum adds to doing nothing."""

    today: Flows
    plan: Flows
    minimum: Flows

    def by(self, account: Callable[[Flows], Whole], names: Sequence[str]) -> Accounts:
        """Return the series of every account that has lines; ``account`` gives that of each line (lines,) as a position among ``names``, which rise."""
        rows = [account(side) for side in (self.today, self.plan, self.minimum)]
        used = distinct(np.concatenate(rows))
        rows = [np.searchsorted(used, row) for row in rows]
        paid, present = (self._totals(rows, used.shape[0], which) for which in ("paid", "present"))
        return Accounts(tuple(names[at] for at in used.tolist()), paid, present)

    def whole(self) -> tuple[Series, Series]:
        """Return (as paid, discounted) of everything together."""
        return self.by(lambda flows: np.zeros(flows.body.shape, dtype=np.int64), ("",)).each()[""]

    def _totals(self, rows: Sequence[Whole], accounts: int, which: str) -> Series:
        today, plan, minimum = (getattr(side, which) for side in (self.today, self.plan, self.minimum))
        kept = np.array([name in KEPT for name in COMPONENT_NAMES], dtype=np.bool_)[self.plan.component]
        once = np.array([COMPONENTS[name].profile is Profile.ONCE for name in COMPONENT_NAMES], dtype=np.bool_)[self.plan.component]
        moved = self.minimum.centre != NOBODY
        return Series(
            today=_summed(today, rows[0], accounts),
            kept=_summed(plan[kept], rows[1][kept], accounts),
            running=_summed(plan[~kept & ~once], rows[1][~kept & ~once], accounts),
            once=_summed(plan[once], rows[1][once], accounts),
            minimum=_summed(minimum, rows[2], accounts),
            minimum_avoided=_summed(minimum[moved], rows[2][moved], accounts),
        )


def _summed(money: Whole, account: Whole, accounts: int) -> Whole:
    """Return ``money`` (lines, years) added up by account, (accounts, years)."""
    totals = np.zeros((accounts, money.shape[1]), dtype=np.int64)
    order = np.argsort(account, kind="stable")
    ordered = account[order]
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    if first.size:
        totals[ordered[first]] = np.add.reduceat(money[order], first, axis=0)
    return totals


def _one(series: Series, account: int) -> Series:
    return Series(**{one.name: getattr(series, one.name)[account] for one in fields(Series)})

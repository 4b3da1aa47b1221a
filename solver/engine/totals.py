"""Limits on how many clusters, or bands of a service, all centres have together; each is priced by a single number, its push.

At prices alone two and a half large bands are built where plans can only build two or three. A push of so much money for each, given back as often as a limit
of at most two allows, makes no plan that keeps the limit dearer, and so bounds of what the push makes of the costs hold for all of those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from solver.construction.layout import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from solver.engine.relaxation import Relaxation

    Real = NDArray[np.float64]

CLUSTERS = -1
"""Stands for the service where clusters are counted and not bands."""


@dataclass(frozen=True)
class Total:
    """At most, or at least, so many (``number``) clusters, or bands of a ``service`` from the one numbered ``band`` on."""

    service: int
    band: int
    number: int
    at_least: bool

    def kept(self, count: float) -> bool:
        """Tell whether so many keep the limit."""
        return count >= self.number if self.at_least else count <= self.number


class Pushes:
    """The totals that a branch asks for, over the options of its relaxation."""

    def __init__(self, some: Relaxation, totals: Sequence[Total]) -> None:
        self._some = some
        self._sign = np.array([-1 if one.at_least else 1 for one in totals], dtype=np.int64)
        self._number = np.array([one.number for one in totals], dtype=np.int64)
        self._totals = tuple(totals)

    def over(self, opened: Real, built: Real) -> Real:
        """Return (totals,) by how much each limit is missed, below 0 where there is more than enough left."""
        counted = [opened.sum() if one.service == CLUSTERS else built[:, one.service, one.band :].sum() for one in self._totals]
        over: Real = self._sign * (np.array(counted, dtype=np.float64) - self._number)
        return over

    def priced(self, push: Real) -> Relaxation:
        """Return what pushes (totals,) of 0 or more, rounded to whole pounds, make of the costs."""
        if not self._totals:
            return self._some
        some, signed = self._some, self._sign * np.rint(push).astype(np.int64)
        opening, band_cost = some.opening.copy(), some.band_cost.copy()
        for one, more in zip(self._totals, signed.tolist(), strict=True):
            if one.service == CLUSTERS:
                opening += more
            else:
                band_cost[:, one.service, one.band :] += more
        opening[some.opening >= NEVER] = NEVER
        return some._replace(opening=opening, band_cost=band_cost, constant=some.constant - int((signed * self._number).sum()))

    def along(self, served: Real) -> tuple[Real, Real]:
        """Return (totals, units) how prices go along with each push, and (totals,) about how many units do for each that is counted.

        Those served, as far as they are (``served``, by unit), pay it by their volume.
        """
        along, units = np.zeros((len(self._totals), served.size)), np.ones(len(self._totals))
        if not self._totals:
            return along, units
        some, services = self._some, self._some.unit.shape[1]
        service = np.zeros(served.shape, dtype=np.int64)
        for nth in range(services):
            unit = some.unit[:, nth]
            service[unit[unit < served.size]] = nth
        load = some.volume[:-1] * served
        part = load / np.maximum(1.0, np.bincount(service, load, services))[service]
        for nth, (one, sign, number) in enumerate(zip(self._totals, self._sign, np.maximum(1, self._number), strict=True)):
            pays = np.full(served.shape, one.service == CLUSTERS) | (service == one.service)
            along[nth] = np.where(pays, sign * number * part / (services if one.service == CLUSTERS else 1), 0.0)
            units[nth] = max(1.0, float(served[pays].sum()) / number)
        return along, units

"""What has been decided so far on a branch, and the relaxation that is left of an instance then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from solver.construction.layout import NEVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.relaxation import Relaxation
    from solver.engine.totals import Total

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Decisions:
    """What may not be, and what has to be.

    Attributes
    ----------
    closed
        (options,) those that are not opened.
    barred
        (options, services, bands) bands that are not built.
    running
        (centres,) where one of the options is opened.
    offered
        (centres, services) where one of the bands is built; such a centre has to run.
    totals
        How many clusters, or bands of a service, there are to be in all.
    """

    closed: Flags
    barred: Flags
    running: Flags
    offered: Flags
    totals: tuple[Total, ...] = ()

    def copy(self) -> Decisions:
        """Return the same, to be changed by whoever asked."""
        return Decisions(self.closed.copy(), self.barred.copy(), self.running.copy(), self.offered.copy(), self.totals)


def nothing_decided(whole: Relaxation) -> Decisions:
    """Return what is decided at the root: nothing, but that what cannot be open is closed and that bands that do not exist are not built."""
    centres, services = whole.first_option.shape[0] - 1, whole.unit.shape[1]
    return Decisions(whole.opening >= NEVER, whole.capacity < 0, np.zeros(centres, dtype=np.bool_), np.zeros((centres, services), dtype=np.bool_))


def narrowed(whole: Relaxation, decided: Decisions) -> Relaxation | None:
    """Return what is left of the relaxation; ``None`` when nothing can satisfy the decisions.

    What has to be is paid for in advance and then free to take: so much is added to what every plan costs and taken off the costs of the options of a centre
    that has to run, or of the bands of a service that has to be offered. Where even that does not make it pay, leaving it out only lowers the bound. Totals
    are left to :class:`~solver.engine.totals.Pushes`.
    """
    centre = whole.option_centre
    live_band = ~decided.barred
    lacking = (decided.offered[centre] & ~live_band.any(axis=2)).any(axis=1)
    live = ~(decided.closed | lacking)
    if not _at_each(centre, live, decided.running).all():
        return None
    band_cost, opening, constant = whole.band_cost, np.where(live, whole.opening, NEVER), whole.constant
    if decided.offered.any():
        dearest = np.zeros(decided.offered.shape, dtype=np.int64)
        counted = np.where(live_band & live[:, None, None], band_cost + whole.short_price * whole.floor, 0).max(axis=2)
        np.maximum.at(dearest, centre, counted)
        paid = np.where(decided.offered, dearest, 0)
        band_cost, constant = band_cost - paid[centre][:, :, None], constant + int(paid.sum())
    if decided.running.any():
        highest = np.zeros(decided.running.shape, dtype=np.int64)
        np.maximum.at(highest, centre, np.where(live, whole.opening, 0))
        paid_for = np.where(decided.running, highest + int(whole.joining.max(initial=0)), 0)
        opening, constant = np.where(live, opening - paid_for[centre], NEVER), constant + int(paid_for.sum())
    return whole._replace(opening=opening, capacity=np.where(decided.barred, -1, whole.capacity), band_cost=band_cost, constant=constant)


def _at_each(centre: Whole, live: Flags, running: Flags) -> Flags:
    """Return, for each centre that has to run, whether any option can."""
    some = np.zeros(running.shape, dtype=np.bool_)
    some[centre[live]] = True
    return some[running]

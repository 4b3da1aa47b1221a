"""What prices already decide on a branch, in whole numbers: whatever would make every plan cost too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.construction.layout import NEVER
from solver.engine.certificate import SCALE, proven
from solver.engine.tree.decisions import Decisions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.certificate import Certificate
    from solver.engine.relaxation import Relaxation

    Whole = NDArray[np.int64]


def fixed(some: Relaxation, certificate: Certificate, decided: Decisions, most: int) -> tuple[int, Decisions]:
    """Return what every plan on a branch costs at least, and what else is decided on it as no plan that costs less than ``most`` does otherwise.

    Parameters
    ----------
    some
        The relaxation of the branch (:func:`~solver.engine.tree.decisions.narrowed`), as its pushes have it (:attr:`~solver.engine.ascent.Ascent.priced`).
    certificate
        Prices.
    decided
        So far.
    most
        Money: plans that cost as much or more are of no interest.
    """
    bound, best, worth, band_worth = proven(some, certificate)
    if bound >= most:
        return bound, decided
    centre = some.option_centre
    # What a plan costs at least that opens an option, in SCALE parts, above the bound.
    slack = SCALE * (most - bound)
    above = worth - best[centre]
    closed = decided.closed | (some.opening >= NEVER) | (above >= slack)
    running = decided.running | (-best >= slack)
    least = np.minimum(band_worth.min(axis=2), 0)
    barred = decided.barred | (above[:, None, None] + band_worth - least[:, :, None] >= slack)
    without = np.where(closed[:, None], NEVER, above[:, None] - least)
    lacking = np.full(decided.offered.shape, NEVER, dtype=np.int64)
    np.minimum.at(lacking, centre, without)
    return bound, Decisions(closed, barred, running, decided.offered | (running[:, None] & (lacking >= slack)), decided.totals)

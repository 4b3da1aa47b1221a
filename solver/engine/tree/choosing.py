"""What to decide next on a branch: what the relaxation does by halves and what is dearest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from solver.engine.totals import CLUSTERS, Total

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from solver.engine.relaxation import Relaxation
    from solver.engine.tree.decisions import Decisions

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_BY_HALVES = 0.02
"""Below this, on average over looks, nothing is said to be done by halves."""
_PART_IN_ALL = 0.1
"""How far a total has to be from a whole number to be decided on."""
_OF_A_MODEL = 0.5
"""How much less it counts that a model is chosen by halves than that a centre runs by halves."""


def branches(whole: Relaxation, decided: Decisions, opened: Real, built: Real, *, totals: bool = True) -> tuple[Decisions, Decisions] | None:
    """Return the two ways to decide what most needs deciding; ``None`` when all is decided.

    Parameters
    ----------
    whole
        The relaxation with nothing decided, for costs.
    decided
        So far.
    opened, built
        (options,) and (options, services, bands), how far each is used on average (:class:`~solver.engine.ascent.Found`).
    totals
        Whether totals that are no whole numbers come before all else; otherwise after all else.
    """
    for undecided in (_totals, _single) if totals else (_single, _totals):
        best = max(undecided(whole, decided, opened, built), key=lambda one: one[0], default=None)
        if best is not None:
            _, kind, where = best
            return _SPLIT[kind](whole, decided, where)
    return None


def _single(whole: Relaxation, decided: Decisions, opened: Real, built: Real) -> Iterator[tuple[float, str, tuple[int, ...]]]:
    """Give what is not decided yet of single centres, of each kind what needs it most, with by how much."""
    centre = whole.option_centre
    centres = decided.running.shape[0]
    used = np.bincount(centre, opened, centres).astype(np.float64)
    live = np.bincount(centre, ~decided.closed, centres)
    opening, band_cost = _costs(whole, decided)
    spent = np.bincount(centre, opened * opening + (built * band_cost).sum(axis=(1, 2)), centres)
    # What a centre costs when it runs all the time as it does now.
    cost = np.maximum(1.0, spent / np.maximum(used, _BY_HALVES))
    yield from _most("centre", _halves(used, 1.0) * cost, ~decided.running & (live > 0), used)
    yield from _most("model", _OF_A_MODEL * _halves(opened, used[centre]) * cost[centre], ~decided.closed & (live[centre] > 1), opened)
    by_centre = np.zeros((centres, *built.shape[1:]))
    np.add.at(by_centre, centre, built)
    can = np.zeros(by_centre.shape, dtype=np.bool_)
    np.logical_or.at(can, centre, ~decided.barred & ~decided.closed[:, None, None])
    step = np.zeros(by_centre.shape)
    np.maximum.at(step, centre, band_cost)
    any_band = by_centre.sum(axis=2)
    least = np.where(can, step, np.inf).min(axis=2)
    least = np.where(np.isfinite(least), 1 + least, 0.0)
    yield from _most("service", _halves(any_band, used[:, None]) * least, ~decided.offered & can.any(axis=2), any_band)
    below = np.cumsum(by_centre, axis=2)[:, :, :-1]
    above = any_band[:, :, None] - below
    can_below = np.logical_or.accumulate(can, axis=2)[:, :, :-1]
    can_above = np.logical_or.accumulate(can[:, :, ::-1], axis=2)[:, :, ::-1][:, :, 1:]
    dearer = 1 + np.maximum(np.diff(step, axis=2), 0)
    yield from _most("band", _halves(above, any_band[:, :, None]) * dearer, can_below & can_above, np.maximum(below, above))


def _costs(whole: Relaxation, decided: Decisions) -> tuple[Real, Real]:
    """Return what options and bands cost, 0 for those that are not to be."""
    return np.where(decided.closed, 0.0, whole.opening), np.where(decided.barred | decided.closed[:, None, None], 0.0, whole.band_cost)


def _totals(whole: Relaxation, decided: Decisions, opened: Real, built: Real) -> Iterator[tuple[float, str, tuple[int, ...]]]:
    """Give the totals that are no whole numbers and not limited to what is next to them, with how much dearer one more is than what it would be without."""
    opening, band_cost = _costs(whole, decided)
    # With one service a cluster is what has a band of it, and is counted as such.
    counts = [(CLUSTERS, 0, float(opened.sum()), float((opened * opening).sum()))] if built.shape[1] > 1 else []
    dearer = np.maximum(0.0, np.diff(band_cost, axis=2, prepend=0.0))
    for service in range(built.shape[1]):
        for band in range(built.shape[2]):
            above = built[:, service, band:].sum(axis=1)
            counts.append((service, band, float(above.sum()), float((above * dearer[:, service, band]).sum())))
    for service, band, count, cost in counts:
        below = int(count)
        known = [one for one in decided.totals if (one.service, one.band) == (service, band)]
        open_yet = all(one.kept(below) if one.at_least else one.kept(below + 1) for one in known)
        part = min(count - below, below + 1 - count)
        if open_yet and part > _PART_IN_ALL:
            yield part * cost / count, "total", (service, band, below)


def _halves(some: Real, whole: Real | float) -> Real:
    """Return how far each is from being used not at all or as much as it can be."""
    halves: Real = np.minimum(some, whole - some)
    return np.where(halves > _BY_HALVES, halves, 0.0)


def _most(kind: str, score: Real, can: Flags, used: Real) -> Iterator[tuple[float, str, tuple[int, ...]]]:
    """Give where the score is highest of where something can be decided; where none is above 0, where most is used, with a score below 0."""
    if not can.any():
        return
    score = np.where(can, np.where(score > 0, score, np.minimum(used, 1.0) - 2.0), -np.inf)
    where = np.unravel_index(int(score.argmax()), score.shape)
    yield float(score[where]), kind, tuple(int(part) for part in where)


def _split_centre(whole: Relaxation, decided: Decisions, where: tuple[int, ...]) -> tuple[Decisions, Decisions]:
    """Let it run, or not."""
    (centre,) = where
    closed, running = decided.copy(), decided.copy()
    closed.closed[whole.first_option[centre] : whole.first_option[centre + 1]] = True
    running.running[centre] = True
    if decided.offered.shape[1] == 1:
        running.offered[centre] = True
    return running, closed


def _split_model(whole: Relaxation, decided: Decisions, where: tuple[int, ...]) -> tuple[Decisions, Decisions]:
    """Let the centre run under one model, if it does, or under another."""
    (option,) = where
    centre = int(whole.option_centre[option])
    alone, without = decided.copy(), decided.copy()
    alone.closed[whole.first_option[centre] : whole.first_option[centre + 1]] = True
    alone.closed[option] = decided.closed[option]
    without.closed[option] = True
    return alone, without


def _split_service(whole: Relaxation, decided: Decisions, where: tuple[int, ...]) -> tuple[Decisions, Decisions]:
    """Let a centre offer a service, or not."""
    centre, service = where
    offered, without = decided.copy(), decided.copy()
    offered.running[centre] = offered.offered[centre, service] = True
    without.barred[whole.first_option[centre] : whole.first_option[centre + 1], service] = True
    return offered, without


def _split_band(whole: Relaxation, decided: Decisions, where: tuple[int, ...]) -> tuple[Decisions, Decisions]:
    """Let a centre build a band above so much, or one up to that or none."""
    centre, service, band = where
    options = slice(whole.first_option[centre], whole.first_option[centre + 1])
    above, below = decided.copy(), decided.copy()
    above.barred[options, service, : band + 1] = True
    above.running[centre] = above.offered[centre, service] = True
    below.barred[options, service, band + 1 :] = True
    return above, below


def _split_total(_whole: Relaxation, decided: Decisions, where: tuple[int, ...]) -> tuple[Decisions, Decisions]:
    """Have at most so many in all, or more."""
    service, band, number = where
    most, least = (replace(decided, totals=(*decided.totals, Total(service, band, number + more, more > 0))) for more in (0, 1))
    return most, least


_SPLIT = {"total": _split_total, "centre": _split_centre, "model": _split_model, "service": _split_service, "band": _split_band}

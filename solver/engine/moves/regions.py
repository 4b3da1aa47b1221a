"""Annealing in several threads: a plan is cut into regions that do not touch, each is annealed for a while by itself, and the next cut runs elsewhere."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from solver.engine.moves.improving import Mover
from solver.engine.moves.state import ALONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from solver.engine.moves.ground import Ground
    from solver.engine.moves.improving import Cooling

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_CUTS = 8
"""How many times a plan is cut while it cools; what is on a border moves only in the time of other cuts."""
_SMOOTHED = 20
"""How often chance values of centres are replaced by the mean of those that share bodies with them, so that what is alike makes up large parts of a country."""
_SEVERAL = -1
_SEEDS = 2**31


@dataclass(frozen=True)
class Region:
    """Some centres, and the bodies that they serve or would serve most cheaply.

    Attributes
    ----------
    ground
        The ground on which all other bodies may not move and no other centre may open.
    at
        (units,) the option that serves each unit, :data:`~solver.engine.moves.state.ALONE` for what other centres serve.
    centre, body
        (centres,) and (bodies,) whether each is in it.
    """

    ground: Ground
    at: Whole
    centre: Flags
    body: Flags


def anneal_by_regions(ground: Ground, at: Whole, options: Whole, cooling: Cooling, threads: int, seed: int, stop: Callable[[], bool]) -> tuple[Whole, int]:
    """Return (units,) where every unit is after annealing ``at``, opening any of ``options``, and how much work it was.

    It is the same by the same seed, work and number of threads.
    """
    chance, work = np.random.default_rng(seed), 0
    with ThreadPoolExecutor(threads) as pool:
        for nth in range(_CUTS):
            if stop():
                break
            parts = regions(ground, at, cut(ground, threads, chance), threads)
            movers = [Mover(part.ground, int(number), stop) for part, number in zip(parts, chance.integers(_SEEDS, size=threads), strict=True)]
            waiting = [pool.submit(_anneal, *one, options, cooling.part(nth, _CUTS, threads)) for one in zip(movers, parts, strict=True)]
            at = together(ground, at, [(part, one.result()) for part, one in zip(parts, waiting, strict=True)])
            work += sum(mover.work for mover in movers)
    return at, work


def _anneal(mover: Mover, region: Region, options: Whole, cooling: Cooling) -> Whole:
    mover.set(region.at)
    mover.anneal(options[region.centre[region.ground.option["centre"][options]]], cooling, to_the_end=True)
    return mover.place.at


def cut(ground: Ground, count: int, chance: np.random.Generator) -> Whole:
    """Return (centres,) on which of ``count`` sides each is: about as many slots on each, and centres that share bodies on the same as far as may be."""
    centres, bodies, centre = ground.first_option.shape[0] - 1, ground.unit_of.shape[0], ground.slot_centre
    body = np.repeat(np.arange(bodies), np.diff(ground.body["first_slot"]))
    size, slots = np.maximum(1, np.bincount(centre, minlength=centres)), np.maximum(1, np.bincount(body, minlength=bodies))
    value = chance.standard_normal(centres)
    for _ in range(_SMOOTHED):
        value = np.bincount(centre, (np.bincount(body, value[centre], bodies) / slots)[body], centres) / size
        value -= np.average(value, weights=size)
    order = np.argsort(value, kind="stable")
    before = np.empty(centres)
    before[order] = (np.cumsum(size[order]) - size[order]) / size.sum()
    return np.asarray((before + chance.random()) % 1.0 * count, dtype=np.int64)


def regions(ground: Ground, at: Whole, side: Whole, count: int) -> list[Region]:
    """Return the regions in which centres are (centres,) on each ``side``, with the plan ``at`` (units,) as far as it is there.

    A body that centres on several sides serve is in none.
    """
    side_of_unit = np.where(at == ALONE, _SEVERAL, side[ground.option["centre"][at]])
    side_of_body = _side_of_body(ground, side, side_of_unit, count)
    found = []
    for nth in range(count):
        body, option = ground.body.copy(), ground.option.copy()
        body["frozen"][:-1] |= side_of_body != nth
        option["offered"][:-1] &= side[option["centre"][:-1]] == nth
        here = np.where(side_of_unit == nth, at, ALONE)
        found.append(Region(ground._replace(body=body, option=option), here, side == nth, side_of_body == nth))
    return found


def _side_of_body(ground: Ground, side: Whole, side_of_unit: Whole, count: int) -> Whole:
    """Return (bodies,) the side that serves each body, or would most cheaply where none does; :data:`_SEVERAL` where more than one does."""
    bodies, of_unit, first = ground.unit_of.shape[0], ground.unit["body"][:-1], ground.unit["first_near"]
    home, low, high = np.zeros(bodies, dtype=np.int64), np.full(bodies, count, dtype=np.int64), np.full(bodies, -1, dtype=np.int64)
    near, served = np.flatnonzero(first[:-1] < first[1:]), side_of_unit != _SEVERAL
    home[of_unit[near]] = side[ground.slot_centre[ground.near["slot"][first[near]]]]
    np.minimum.at(low, of_unit[served], side_of_unit[served])
    np.maximum.at(high, of_unit[served], side_of_unit[served])
    return np.where(high < 0, home, np.where(low == high, low, _SEVERAL))


def together(ground: Ground, at: Whole, parts: list[tuple[Region, Whole]]) -> Whole:
    """Return (units,) the plan ``at`` with what has become of the bodies of each region."""
    whole, of_unit = at.copy(), ground.unit["body"][:-1]
    for region, now in parts:
        here = region.body[of_unit]
        whole[here] = now[here]
    return whole

"""Which units an option would best serve, given what each costs where it is now: bands chosen by value, filled in order of saving per unit of volume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from solver.construction.layout import best_band, members_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.construction.layout import Block
    from solver.construction.terms import Terms

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_ROUNDS = 3
"""How often bodies that do not pay, and services, are left out and the rest is chosen anew."""
_TOP_UPS = 3
"""How often what still fits is added behind the first unit that does not."""
_DEARER_THAN_ANY = 1e17


@dataclass(frozen=True)
class Wanted:
    """What there is to choose from.

    Attributes
    ----------
    gain
        (n, services, 1 or bands) money saved by serving a unit; ``-inf`` where it is not to be.
    entry
        (n,) money a body costs by being a member.
    forced
        (n, services) units that come first, whatever they gain.
    """

    gain: Real
    entry: Real
    forced: Flags


def fill(block: Block, terms: Terms, wanted: Wanted) -> Flags:
    """Return (n, services) the units to serve."""
    gain, entry, forced = wanted.gain, wanted.entry, wanted.forced
    kept, needed = members_of(forced), forced.any(axis=0)
    chosen = np.zeros(forced.shape, dtype=np.bool_)
    for number in range(_ROUNDS):
        positive = np.maximum(gain, 0.0)
        hoped = best_band(positive).sum(axis=1)
        open_to = (hoped > entry) | kept
        if terms.floor_is_hard:
            open_to |= np.isfinite(gain).any(axis=(1, 2))
        rows = open_to.nonzero()[0]
        if not rows.size:
            return np.zeros(forced.shape, dtype=np.bool_)
        # A body's entry is borne by its services by what they gain, so that each service can be filled by itself.
        share = np.minimum(np.maximum(entry[rows] / np.maximum(hoped[rows], 1.0), 0.0), 1.0)
        served = _serve(block, terms, Wanted(gain[rows] - positive[rows] * share[:, None, None], entry[rows], forced[rows]), block.volume[rows])
        gained = gain[rows][:, np.arange(served.layer.shape[0]), served.layer]
        some = served.chosen
        # Units that lose money are there because they are forced, or to reach a hard floor; whoever brings them stays.
        lost = some.any(axis=1) & (np.where(some, gained, 0.0).sum(axis=1) <= entry[rows]) & ~(some & (gained <= 0)).any(axis=1) & ~kept[rows]
        idle = ~served.pays & ~needed & (gained > 0).any(axis=0)
        if number == _ROUNDS - 1 or not (lost.any() or idle.any()):
            some[lost] = False
            chosen[rows] = some
            return chosen
        gain = gain.copy() if gain is wanted.gain else gain
        gain[rows[lost]] = -np.inf
        gain[:, idle] = -np.inf
    return chosen


@dataclass(frozen=True)
class _Queue:
    """The units of each service in the order in which they are let in, shape (n, services, 1 or bands), and as each band sees them, (n, services, bands).

    ``volume`` and ``gain`` are 0 where ``fits`` is not so; ``filled`` is the volume up to and with each unit.
    """

    order: Whole
    forced: Flags
    fits: Flags
    volume: Real
    gain: Real
    filled: Real


@dataclass(frozen=True)
class _Served:
    """(n, services) units chosen; (services,) the layer of gain that goes with the band of each service, and whether the service pays."""

    chosen: Flags
    layer: Whole
    pays: Flags


def _serve(block: Block, terms: Terms, wanted: Wanted, volume: Whole) -> _Served:
    """Choose band and units of each service by itself."""
    density = wanted.gain / np.maximum(volume, 0.5)[:, :, None]
    density[wanted.forced] = np.inf
    queue = _queue(block, terms, wanted, volume, density)
    taken = queue.fits & (queue.filled <= block.capacity)
    worth = _worth(block, terms, queue, taken)
    if (queue.fits & ~taken).any():
        large = _large_one_first(queue, taken, block.capacity)
        worth_with_large = _worth(block, terms, queue, large)
        better = worth_with_large > worth
        taken, worth = np.where(better, large, taken), np.where(better, worth_with_large, worth)
    nth = worth.argmax(axis=1)
    services = np.arange(nth.shape[0])
    layer = np.minimum(nth, queue.order.shape[2] - 1)
    pays = worth[services, nth] > 0
    served = pays | wanted.forced.any(axis=0)
    chosen = np.zeros(wanted.forced.shape, dtype=np.bool_)
    chosen[queue.order[:, services, layer], services] = taken[:, services, nth] & served
    rest = (wanted.gain[:, services, layer] > 0) & ~chosen & served
    if rest.any():
        chosen = _topped_up(chosen, rest, density[:, services, layer], volume, block.capacity[services, nth])
    return _Served(chosen, layer, pays)


def _queue(block: Block, terms: Terms, wanted: Wanted, volume: Whole, density: Real) -> _Queue:
    order = (-density).argsort(axis=0, kind="stable")
    services, layers = np.arange(order.shape[1])[:, None], np.arange(order.shape[2])
    forced = wanted.forced[order, services]
    gain = wanted.gain[order, services, layers]
    each = volume[order, services]
    fits = ((gain > 0) | (forced & np.isfinite(gain))) & (each <= block.capacity)
    if terms.floor_is_hard:
        # What loses money comes last in the order, and in only until the floor is reached.
        possible = np.isfinite(gain) & (each <= block.capacity)
        before = np.cumsum(np.where(possible, each, 0), axis=0) - each
        fits |= possible & (before < terms.least_load(block.capacity))
    volumes = np.where(fits, each, 0)
    return _Queue(order, forced, fits, volumes, np.where(fits, gain, 0.0), volumes.cumsum(axis=0))


def _large_one_first(queue: _Queue, taken: Flags, capacity: Whole) -> Flags:
    """Return the unit with the most to gain among those not taken, and before it what still fits in the order.

    Filling by saving per unit of volume alone leaves out a large body for which there would have been room at the start.
    """
    large = np.where(taken, 0.0, queue.gain).argmax(axis=0)
    services, bands = np.arange(large.shape[0])[:, None], np.arange(large.shape[1])
    first: Flags = queue.fits & (queue.filled <= capacity - queue.volume[large, services, bands])
    first[large, services, bands] = queue.fits[large, services, bands]
    return first


def _worth(block: Block, terms: Terms, queue: _Queue, taken: Flags) -> Real:
    """(services, bands) what serving ``taken`` is worth: gains less the band, its empty room, and far more for each forced unit left out."""
    worth: Real = np.where(taken, queue.gain, 0.0).sum(axis=0) - block.band_cost
    if terms.utilisation is not None:
        short = np.maximum(terms.least_load(block.capacity) - np.where(taken, queue.volume, 0).sum(axis=0), 0)
        worth -= np.where(short > 0, _DEARER_THAN_ANY, 0.0) if terms.utilisation.penalty is None else short * terms.utilisation.penalty
    if queue.forced.any():
        worth -= _DEARER_THAN_ANY * (queue.forced & ~taken).sum(axis=0)
    return worth


def _topped_up(chosen: Flags, rest: Flags, density: Real, volume: Whole, capacity: Whole) -> Flags:
    """Return ``chosen`` with whatever of ``rest`` still fits."""
    room = capacity - (volume * chosen).sum(axis=0)
    for _ in range(_TOP_UPS):
        more = rest & (volume <= room)
        rows = more.any(axis=1).nonzero()[0]
        if not rows.size:
            break
        more, size = more[rows], volume[rows]
        order = (-np.where(more, density[rows], -np.inf)).argsort(axis=0, kind="stable")
        services = np.arange(order.shape[1])
        ordered = more[order, services]
        within = ordered & (np.where(ordered, size[order, services], 0).cumsum(axis=0) <= room)
        added = np.zeros(more.shape, dtype=np.bool_)
        added[order, services] = within
        chosen[rows] |= added
        rest = rest.copy()
        rest[rows] &= ~added
        room = room - (size * added).sum(axis=0)
    return chosen

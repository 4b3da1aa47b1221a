"""What prices prove, in whole numbers and without any solver: the least any plan can cost.

Every step is integer arithmetic on the instance's own costs, so that whoever repeats it comes to the same bound; ``docs/certificate.md`` says how.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from solver.construction.layout import NEVER
from solver.engine.relaxation import stretches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.engine.relaxation import Relaxation

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_MOST = 2**60
_MOST_LOST = 2**43
"""A host counts as losing no more than this, even if it could use nothing at all: in SCALE parts still a whole number of 64 bits."""
_MEMBERS_AT_A_TIME = 30_000
"""Whose prices are added up at a time: what that takes then fits into a processor's cache, which halves the time."""
SCALE = 2**10
"""Prices of room are whole numbers of this part of a pound a unit of volume."""


@dataclass(frozen=True)
class Certificate:
    """Whole prices that prove a bound.

    Attributes
    ----------
    unit_price
        (units,) pounds; counted at most at the cost of staying alone.
    spread_price, counted
        (options, services) price of room, in :data:`SCALE` parts, and whether the service counts, when joining is spread.
    room_price
        (options, services, bands) price of room in each band, in :data:`SCALE` parts; negative where volume is paid for, to bring the band to its floor.
    """

    unit_price: Whole
    spread_price: Whole
    counted: Flags
    room_price: Whole


class Proven(NamedTuple):
    """What prices prove.

    Attributes
    ----------
    bound
        The least any plan can cost.
    centre_worth
        (centres,) the least of its options', 0 where none is worth opening, in :data:`SCALE` parts.
    worth
        (options,) the least each option costs at these prices, in :data:`SCALE` parts; ``NEVER`` where it cannot run.
    band_worth
        (options, services, bands) the same for its bands, with whom they serve; ``NEVER`` where there is none. A service costs the least of them, or 0.
    """

    bound: int
    centre_worth: Whole
    worth: Whole
    band_worth: Whole


def certified_bound(some: Relaxation, certificate: Certificate) -> int:
    """Return the least any plan can cost, whatever the prices: better prices only make it higher.

    Raises
    ------
    OverflowError
        When prices or costs are so large that 64 bits would not hold what comes of them.
    """
    return proven(some, certificate).bound


def proven(some: Relaxation, certificate: Certificate) -> Proven:
    """Return all that prices prove.

    Raises
    ------
    OverflowError
        As :func:`certified_bound`.
    """
    _check_range(some, certificate)
    price = np.minimum(certificate.unit_price, some.alone)
    # Being short costs so much a unit of volume, so volume is never worth more than that.
    certificate = replace(certificate, room_price=np.maximum(certificate.room_price, -SCALE * some.short_price))
    worth, band_worth = _option_worth(some, np.append(price, 0), certificate)
    centre_worth = np.zeros(some.first_option.shape[0] - 1, dtype=np.int64)
    np.minimum.at(centre_worth, some.option_centre, worth)
    # The least a centre is worth counts in SCALE parts; rounding down once keeps it a bound.
    bound = int(price.sum()) + int(some.constant) + int(np.floor_divide(centre_worth.sum(), SCALE))
    return Proven(bound, centre_worth, worth, band_worth)


def _check_range(some: Relaxation, certificate: Certificate) -> None:
    room = int(max(some.capacity.max(initial=0), some.volume.max(initial=0), 1))
    largest = max(int(np.abs(prices).max(initial=0)) for prices in (certificate.spread_price, certificate.room_price))
    money = int(np.abs(some.alone).sum()) + int(np.abs(certificate.unit_price).sum())
    borne = int(some.joining.max(initial=0)) * int(np.abs(some.alone).max(initial=0))
    if largest * room >= _MOST or (money + _fixed_costs(some)) * SCALE >= _MOST or borne >= _MOST:
        raise OverflowError("prices or costs beyond what 64 bits can add up exactly")


def _fixed_costs(some: Relaxation) -> int:
    """Return no less than what opening one option at each centre and building its bands comes to, whatever the signs."""
    opening = np.where(some.opening >= NEVER, 0, np.abs(some.opening)).astype(np.float64)
    bands = np.where(some.capacity < 0, 0, np.abs(some.band_cost)).max(axis=2, initial=0).astype(np.float64)
    dearest = np.zeros(some.first_option.shape[0] - 1)
    np.maximum.at(dearest, some.option_centre, opening + bands.sum(axis=1))
    return int(np.ceil(dearest.sum()))


def _option_worth(some: Relaxation, price: Whole, certificate: Certificate) -> tuple[Whole, Whole]:
    """Return ``worth`` and ``band_worth`` of :class:`Proven` at ``price`` (units + 1,)."""
    several = stretches(some.first_member, 1 + int(some.first_member[-1]) // _MEMBERS_AT_A_TIME)
    parts = [_worth_of(*_part(some, certificate, first, last), price) for first, last in several]
    return np.concatenate([worth for worth, _ in parts]), np.concatenate([band_worth for _, band_worth in parts])


def _part(some: Relaxation, certificate: Certificate, first: int, last: int) -> tuple[Relaxation, Certificate]:
    """Return what concerns the options from ``first`` to before ``last``; which centre they belong to is not asked there."""
    options, begin = slice(first, last), int(some.first_member[first])
    members = slice(begin, int(some.first_member[last]))
    host = some.host[options]
    part = some._replace(
        first_member=some.first_member[first : last + 1] - begin,
        host=np.where(host >= 0, host - begin, host),
        **{name: getattr(some, name)[members] for name in ("unit", "cost", "least_cost", "joining")},
        **{name: getattr(some, name)[options] for name in ("opening", "capacity", "band_cost", "floor")},
    )
    prices = {name: getattr(certificate, name)[options] for name in ("spread_price", "counted", "room_price")}
    return part, replace(certificate, **prices)


def _worth_of(some: Relaxation, certificate: Certificate, price: Whole) -> tuple[Whole, Whole]:
    """Return the same for some of the options, by themselves."""
    option = some.member_option
    spread, forced = _spread(some, price, certificate, option)
    worth = SCALE * np.where(some.opening >= NEVER, 0, some.opening)
    np.add.at(worth, option, SCALE * forced)
    services = range(some.unit.shape[1])
    band_worth = np.stack([_band_worth(some, price, certificate, option, spread[:, service], service) for service in services], axis=1)
    worth += np.minimum(band_worth.min(axis=2), 0).sum(axis=1)
    return np.where(some.opening >= NEVER, NEVER, worth), band_worth


def _spread(some: Relaxation, price: Whole, certificate: Certificate, option: Whole) -> tuple[Whole, Whole]:
    """Return (members, services) how joining is spread, never more than it in all, and (members,) what hosts that have to join cost beyond."""
    least, volume, offered = some.least_cost, some.volume[some.unit], price[some.unit]
    there = least < NEVER
    room = certificate.spread_price[option] * volume // SCALE
    gain = np.where(there, offered - least - room, 0)
    gain = np.where(certificate.counted[option], np.maximum(gain, 0), 0)
    together = gain.sum(axis=1)
    rest = some.joining - together
    covered = some.joining[:, None] * gain // np.maximum(together, 1)[:, None]
    added = np.where(there, np.maximum(rest, 0)[:, None] // np.maximum(there.sum(axis=1), 1)[:, None], 0)
    is_host = np.zeros(rest.shape, dtype=np.bool_)
    is_host[some.host[some.host >= 0]] = True
    spread = np.where((rest <= 0)[:, None], covered, gain + np.where(is_host[:, None], 0, added))
    # As far as a band pays for volume to reach its floor, its knapsack counts the loss already.
    paid = certificate.room_price.min(axis=2, initial=0)[option] * volume // SCALE
    loss = np.minimum(np.where(there, np.maximum(least - offered + paid, 0), NEVER).min(axis=1), _MOST_LOST)
    forced = np.where(is_host & (rest > 0), rest + np.where(together == 0, loss, 0), 0)
    return spread, forced


def _band_worth(some: Relaxation, price: Whole, certificate: Certificate, option: Whole, spread: Whole, service: int) -> Whole:
    """Return (options, bands) what the bands of a service cost with whom they serve, in :data:`SCALE` parts, ``NEVER`` where there is none."""
    options, unit = some.opening.shape[0], some.unit[:, service]
    volume, offered = some.volume[unit], price[unit] - spread
    worth = np.full((options, some.capacity.shape[2]), NEVER, dtype=np.int64)
    for nth in range(some.capacity.shape[2]):
        capacity, floor, room_price = some.capacity[:, service, nth], some.floor[:, service, nth], certificate.room_price[:, service, nth]
        serving = some.cost[:, service, nth if some.cost.shape[2] > 1 else 0]
        fits = (serving < NEVER) & (volume <= capacity[option])
        profit = np.where(fits, SCALE * (offered - serving) - room_price[option] * volume, 0)
        filled = np.zeros(options, dtype=np.int64)
        np.add.at(filled, option, np.maximum(profit, 0))
        there = capacity >= 0
        built = SCALE * np.where(there, some.band_cost[:, service, nth], 0) - room_price * np.where(room_price < 0, floor, capacity) - filled
        worth[there, nth] = built[there]
    return worth

"""Candidates laid out for construction: one small table an option, rows its possible members, columns the services."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from models.candidates import EVERY_BAND
from models.schema import FORMS_WITH_LEAD, Form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.candidates import Candidates

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Flags = NDArray[np.bool_]

NEVER = 2**53
"""Cost of what is not eligible, and of a place where nothing can be put: above any money that stays exact."""


def members_of(chosen: Flags) -> Flags:
    """Return (n,) which bodies are members when units (n, services) are chosen."""
    return np.asarray(chosen.any(axis=1), dtype=np.bool_)


def best_band(gain: Real) -> Real:
    """Return (n, services) the largest of gains (n, services, 1 or bands)."""
    # The largest along an axis of one is what most instances have, and slow to find.
    best: Real = gain[:, :, 0] if gain.shape[2] == 1 else gain.max(axis=2)
    return best


@dataclass(frozen=True)
class Block:
    """What one option could serve.

    Attributes
    ----------
    option, centre, model, form
        Which option it is.
    opening
        Cost of running it at all.
    body
        (n,) bodies that may be members, in order.
    unit, volume, workload
        (n, services) the bodies' units; a unit that does not exist has the number after the last one, and no volume.
    cost
        (n, services, 1) cost of serving a unit, or (n, services, bands) where unit costs differ by band; :data:`NEVER` where not eligible.
    joining
        (n,) cost of being a member.
    capacity, band_cost, band
        (services, bands) of what can be built; capacity is -1 where there is no such band. ``band`` is a position on offer.
    owner_cost, lead_cost
        (n,) :data:`NEVER` for bodies that may not own, or not lead.
    may_own
        (n, services) whether using the service lets the body own.
    legal_type
        (n,) position of the body's legal type.
    supplies
        (n, services, legal types) whether the body may supply the service to others of that type as lead.
    """

    option: int
    centre: int
    model: int
    form: Form
    opening: int
    body: Whole
    unit: Whole
    volume: Whole
    workload: Whole
    cost: Whole
    joining: Whole
    capacity: Whole
    band_cost: Whole
    band: Whole
    owner_cost: Whole
    lead_cost: Whole
    may_own: Flags
    legal_type: Whole
    supplies: Flags

    @property
    def needs_lead(self) -> bool:
        """Whether a cluster of this form has a lead."""
        return self.form in FORMS_WITH_LEAD

    def serving_cost(self, nth_band: Whole) -> Whole:
        """Return (n, services) what serving each unit costs in the given band of each service."""
        cost: Whole = self.cost[:, np.arange(nth_band.shape[0]), np.clip(nth_band, 0, self.cost.shape[2] - 1)]
        return cost

    def capacity_of(self, nth_band: Whole) -> Whole:
        """Return (services,) the capacity of the given band of each service."""
        capacity: Whole = self.capacity[np.arange(nth_band.shape[0]), np.maximum(nth_band, 0)]
        return capacity

    @cached_property
    def lead_groups(self) -> tuple[tuple[Flags, Flags], ...]:
        """Possible leads by what they may supply: for each distinct power, (n,) who has it and (n, services) which units such a lead could serve.

        A lead always serves itself; among several leads of equal power that cannot be said beforehand, so only a single one counts.
        """
        if not self.needs_lead:
            return ((np.ones(self.body.shape, dtype=np.bool_), np.ones(self.unit.shape, dtype=np.bool_)),)
        leads = np.flatnonzero(self.lead_cost < NEVER)
        groups = []
        for power in np.unique(self.supplies[leads], axis=0):
            some = leads[(self.supplies[leads] == power).all(axis=(1, 2))]
            able = np.zeros(self.body.shape, dtype=np.bool_)
            able[some] = True
            served = power[:, self.legal_type].T.copy()
            if some.shape[0] == 1:
                served[some[0]] = True
            groups.append((able, served))
        return tuple(groups)


class Layout:
    """Every option's :class:`Block`, made when first asked for, and where bodies and units stand among them."""

    def __init__(self, candidates: Candidates) -> None:
        arrays = candidates.arrays
        self.candidates = candidates
        self.options = candidates.option_cost.shape[0]
        self.units = candidates.alone_cost.shape[0]
        self.services = len(arrays.services)
        self.bodies = len(arrays.bodies)
        self.first_member = np.searchsorted(candidates.member_option, np.arange(self.options + 1))
        self.unit_body = np.concatenate([arrays.unit_body, [self.bodies]])
        self.unit_of = np.full((self.bodies, self.services), self.units, dtype=np.int64)
        self.unit_of[arrays.unit_body, arrays.unit_service] = np.arange(self.units)
        self.option_centre = candidates.option_centre
        self.volume = np.concatenate([arrays.unit_volume, [0]])
        self._workload = np.concatenate([arrays.unit_workload, [0]])
        self._forms = candidates.option_form()
        self.member_unit, self.member_unit_cost = self._served()
        self.capacity, self.band_cost, self.band = self._built()
        self._owner_cost = np.full(candidates.member_body.shape, NEVER, dtype=np.int64)
        self._owner_cost[candidates.owner_member] = candidates.owner_cost
        self._lead_cost = np.full(candidates.member_body.shape, NEVER, dtype=np.int64)
        self._lead_cost[candidates.lead_member] = candidates.lead_cost
        self._blocks: dict[int, Block] = {}

    def _served(self) -> tuple[Whole, Whole]:
        """(members, services) units and (members, services, 1 or bands) costs of every possible member."""
        offered = self.candidates
        service = offered.arrays.unit_service[offered.pair_unit]
        members = offered.member_body.shape[0]
        unit = np.full((members, self.services), self.units, dtype=np.int64)
        unit[offered.pair_member, service] = offered.pair_unit
        own_band = offered.pair_band != EVERY_BAND
        if not own_band.any():
            cost = np.full((members, self.services, 1), NEVER, dtype=np.int64)
            cost[offered.pair_member, service, 0] = offered.pair_cost
            return unit, cost
        cost = np.full((members, self.services, self._most_bands()), NEVER, dtype=np.int64)
        shared = ~own_band
        cost[offered.pair_member[shared], service[shared], :] = offered.pair_cost[shared, None]
        nth = offered.pair_band[own_band] - self._first_band()[offered.pair_group[own_band]]
        cost[offered.pair_member[own_band], service[own_band], nth] = offered.pair_cost[own_band]
        return unit, cost

    def _first_band(self) -> Whole:
        return np.searchsorted(self.candidates.band_group, np.arange(self.candidates.group_option.shape[0])).astype(np.int64)

    def _most_bands(self) -> int:
        return int(np.bincount(self.candidates.band_group, minlength=1).max(initial=1))

    def _built(self) -> tuple[Whole, Whole, Whole]:
        """(options, services, bands) capacity, cost and position of the bands on offer."""
        offered = self.candidates
        shape = (self.options, self.services, self._most_bands())
        capacity, cost, band = np.full(shape, -1, dtype=np.int64), np.full(shape, NEVER, dtype=np.int64), np.full(shape, -1, dtype=np.int64)
        every = np.arange(offered.band_group.shape[0])
        where = (offered.group_option[offered.band_group], offered.group_service[offered.band_group], every - self._first_band()[offered.band_group])
        capacity[where], cost[where], band[where] = offered.band_capacity, offered.band_cost, every
        return capacity, cost, band

    def block(self, option: int) -> Block:
        """Return an option's table."""
        if option not in self._blocks:
            self._blocks[option] = self._make(option)
        return self._blocks[option]

    def _make(self, option: int) -> Block:
        offered, arrays = self.candidates, self.candidates.arrays
        members = slice(int(self.first_member[option]), int(self.first_member[option + 1]))
        body, unit, model = offered.member_body[members], self.member_unit[members], int(offered.option_model[option])
        legal_type = arrays.body_legal_type[body]
        return Block(
            option=option,
            centre=int(offered.option_centre[option]),
            model=model,
            form=self._forms[option],
            opening=int(offered.option_cost[option]),
            body=body,
            unit=unit,
            volume=self.volume[unit],
            workload=self._workload[unit],
            cost=self.member_unit_cost[members],
            joining=offered.member_cost[members],
            capacity=self.capacity[option],
            band_cost=self.band_cost[option],
            band=self.band[option],
            owner_cost=self._owner_cost[members],
            lead_cost=self._lead_cost[members],
            may_own=arrays.may_own[legal_type, model],
            legal_type=legal_type,
            supplies=arrays.may_supply[legal_type, model],
        )

    @cached_property
    def _members_by_body(self) -> tuple[Whole, Whole]:
        order = np.argsort(self.candidates.member_body, kind="stable")
        return order, np.searchsorted(self.candidates.member_body[order], np.arange(self.bodies + 1))

    @cached_property
    def _cheapest(self) -> Whole:
        cheapest = self.candidates.alone_cost.copy()
        np.minimum.at(cheapest, self.candidates.pair_unit, self.candidates.pair_cost)
        return cheapest

    def most_saved(self, units: Whole) -> int:
        """Return the most that units now alone could save by being served anywhere, joining and bands for nothing."""
        return int((self.candidates.alone_cost[units] - self._cheapest[units]).sum())

    def options_of(self, bodies: Whole) -> Whole:
        """Return the options that any of ``bodies`` may use."""
        order, first = self._members_by_body
        members = [order[first[body] : first[body + 1]] for body in bodies]
        return np.unique(self.candidates.member_option[np.concatenate(members)]) if members else np.zeros(0, dtype=np.int64)

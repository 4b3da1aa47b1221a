"""What is eligible at all, as sparse arrays with whole-money costs: :class:`Candidates`, where formulation and engine both start.

A *unit* is a body's service. An *option* is a centre under a commercial model. A *group* is an option's service, with its bands. A *pair* is a unit
that may be served by an option (at one band, where unit costs differ by band). A *member* is a body that may use an option for anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from models import economics
from models.arrays import InstanceArrays, instance_arrays
from models.joins import join, ranges, sorted_by
from models.schema import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from models.instance import Appraisal, Instance

    Whole = NDArray[np.int64]
    BodyCentreTest = Callable[[InstanceArrays, Whole, Whole], NDArray[np.bool_]]
    BodyCentreList = Callable[[InstanceArrays], tuple[Whole, Whole]]
    OptionTest = Callable[[InstanceArrays, Whole, Whole], NDArray[np.bool_]]
    ServedTest = Callable[[InstanceArrays, Whole, Whole, Whole], NDArray[np.bool_]]

EVERY_BAND = -1
"""Band of a pair whose cost is the same whichever band is built."""
_BLOCK = 65_536
"""Pairs priced in one go."""


@dataclass(frozen=True)
class Candidates:
    """Everything that may be decided, by position, with its cost in whole money.

    Attributes
    ----------
    arrays
        Where the positions of bodies, services, centres and models come from.
    alone_cost
        (units,) cost of staying alone.
    option_centre, option_model, option_cost
        (options,) sorted by centre then model.
    group_option, group_service
        (groups,) sorted by option then service.
    band_group, band_row, band_cost
        (bands on offer,) ``band_row`` is the position in ``arrays.band_*``.
    pair_unit, pair_group, pair_band, pair_member, pair_cost
        (pairs,) sorted by unit, option, band; ``pair_band`` is a position on offer or :data:`EVERY_BAND`.
    member_body, member_option, member_cost
        (members,) sorted by option then body.
    owner_member, owner_cost
        (owners,) members that may own; the lead of a unitary cluster is its owner and stands among the leads only.
    lead_member, lead_cost
        (leads,) members that may lead.
    """

    arrays: InstanceArrays
    alone_cost: Whole
    option_centre: Whole
    option_model: Whole
    option_cost: Whole
    group_option: Whole
    group_service: Whole
    band_group: Whole
    band_row: Whole
    band_cost: Whole
    pair_unit: Whole
    pair_group: Whole
    pair_band: Whole
    pair_member: Whole
    pair_cost: Whole
    member_body: Whole
    member_option: Whole
    member_cost: Whole
    owner_member: Whole
    owner_cost: Whole
    lead_member: Whole
    lead_cost: Whole

    @property
    def band_capacity(self) -> Whole:
        """(bands on offer,) capacity in units of the service a year."""
        return self.arrays.band_capacity[self.band_row]

    @property
    def pair_volume(self) -> Whole:
        """(pairs,) volume of the unit."""
        return self.arrays.unit_volume[self.pair_unit]

    @property
    def pair_option(self) -> Whole:
        """(pairs,) option of the pair."""
        return self.group_option[self.pair_group]

    @property
    def pair_unit_cost(self) -> NDArray[np.float64]:
        """(pairs,) money per unit of volume: of the pair's band, or of any where it is the same in all."""
        return _pair_unit_cost(self.arrays, self.pair_group, self.pair_band, self.band_group, self.band_row)

    @cached_property
    def supply_group(self) -> Whole:
        """(supplies,) groups that two or more possible leads have power to supply to others and another lacks; rising.

        Elsewhere whether the lead has power over the service is no decision of its own.
        """
        _, group, able = self.leads_by_group()
        groups = self.group_option.shape[0]
        ready, lacking = np.bincount(group[able], minlength=groups), np.bincount(group[~able], minlength=groups)
        return np.flatnonzero((ready >= 2) & (lacking >= 1))

    def leads_by_group(self) -> tuple[Whole, Whole, NDArray[np.bool_]]:
        """Return (lead, group, able): every possible lead at every service of its option, and whether it has power to supply that to others."""
        option, body = self.member_option[self.lead_member], self.member_body[self.lead_member]
        first = np.searchsorted(self.group_option, option, side="left")
        lead, group = ranges(first, np.searchsorted(self.group_option, option, side="right"))
        able = self.arrays.may_lead[self.arrays.body_legal_type[body[lead]], self.option_model[option[lead]], self.group_service[group]]
        return lead, group, able

    def option_form(self) -> tuple[Form, ...]:
        """Return the commercial form of each option."""
        return tuple(self.arrays.model_form[model] for model in self.option_model)


def build_candidates(
    instance: Instance,
    body_centre_tests: Sequence[BodyCentreTest] = (),
    option_tests: Sequence[OptionTest] = (),
    served_tests: Sequence[ServedTest] = (),
    body_centre_lists: Sequence[BodyCentreList] = (),
) -> Candidates:
    """Return everything eligible in ``instance``.

    The tests come from the rules; each returns True where a (body, centre), a (centre, model) or a (unit, centre, model) may stand.
    The lists name the few (body, centre) that may stand, for rules that leave few.
    """
    arrays = instance_arrays(instance)
    factors = arrays.annuities
    body, centre = _body_centres(arrays, body_centre_tests, body_centre_lists)
    option_centre, option_model = _options(arrays, option_tests)
    group_option, group_service, band_group, band_row = _groups(arrays, option_centre)
    unit, group = _unit_groups(arrays, body, centre, option_centre, option_model, group_option, group_service, served_tests)
    fits = arrays.unit_volume[unit] <= _largest_capacity(arrays, band_group, band_row, group_option.shape[0])[group]
    unit, group = unit[fits], group[fits]
    pair_unit, pair_group, pair_band = _spread_over_bands(arrays, unit, group, band_group, band_row)
    pair_option = group_option[pair_group]
    member_body, member_option, pair_member = _members(arrays, pair_unit, pair_option)
    owner_member = _owners(arrays, member_body, member_option, option_model, pair_member, pair_unit)
    lead_member = _leads(arrays, member_body, member_option, option_centre, option_model, owner_member)
    lead_model = option_model[member_option[lead_member]]
    owner_present_cost = factors.present_cost("owner_governance", arrays.model_owner_cost.astype(np.float64))
    return Candidates(
        arrays=arrays,
        alone_cost=factors.present_cost("baseline_alone", arrays.unit_annual_cost.astype(np.float64)),
        option_centre=option_centre,
        option_model=option_model,
        option_cost=_option_cost(arrays, option_model, factors),
        group_option=group_option,
        group_service=group_service,
        band_group=band_group,
        band_row=band_row,
        band_cost=_band_cost(arrays, band_row, option_model[group_option[band_group]], instance.appraisal, factors),
        pair_unit=pair_unit,
        pair_group=pair_group,
        pair_band=pair_band,
        pair_member=pair_member,
        pair_cost=_in_blocks(
            partial(_pair_cost, arrays, instance.appraisal, factors),
            pair_unit,
            option_centre[pair_option],
            option_model[pair_option],
            _pair_unit_cost(arrays, pair_group, pair_band, band_group, band_row),
        ),
        member_body=member_body,
        member_option=member_option,
        member_cost=_member_cost(arrays, member_body, option_centre[member_option], instance.appraisal, factors),
        owner_member=owner_member,
        owner_cost=owner_present_cost[option_model[member_option[owner_member]]],
        lead_member=lead_member,
        lead_cost=np.where(_has_form(arrays, Form.UNITARY)[lead_model], owner_present_cost[lead_model], 0),
    )


def _has_form(arrays: InstanceArrays, form: Form) -> NDArray[np.bool_]:
    """(commercial models,) whether each has the form."""
    return np.array([one is form for one in arrays.model_form], dtype=np.bool_)


def _body_centres(arrays: InstanceArrays, tests: Sequence[BodyCentreTest], lists: Sequence[BodyCentreList]) -> tuple[Whole, Whole]:
    """Return (body, centre) of everything that passes every test, sorted; where a rule leaves few, only those are looked at."""
    if not lists:
        return _all_body_centres(arrays, tests)
    body, centre = lists[0](arrays)
    for test in tests:
        kept = test(arrays, body, centre)
        body, centre = body[kept], centre[kept]
    return body, centre


def _all_body_centres(arrays: InstanceArrays, tests: Sequence[BodyCentreTest]) -> tuple[Whole, Whole]:
    """Test bodies in blocks, so that 40,000 bodies by 1,500 centres never stand in memory at once."""
    centres = len(arrays.centres)
    block = max(1, 4_000_000 // max(1, centres))
    bodies_kept, centres_kept = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for first in range(0, len(arrays.bodies), block):
        some = np.arange(first, min(first + block, len(arrays.bodies)), dtype=np.int64)
        body = np.repeat(some, centres)
        centre = np.tile(np.arange(centres, dtype=np.int64), some.shape[0])
        for test in tests:
            kept = test(arrays, body, centre)
            body, centre = body[kept], centre[kept]
        bodies_kept.append(body)
        centres_kept.append(centre)
    return np.concatenate(bodies_kept), np.concatenate(centres_kept)


def _options(arrays: InstanceArrays, tests: Sequence[OptionTest]) -> tuple[Whole, Whole]:
    """Return (centre, model) of every option, sorted by centre then model."""
    centre, model = (positions.astype(np.int64) for positions in np.nonzero(arrays.centre_allows))
    for test in tests:
        kept = test(arrays, centre, model)
        centre, model = centre[kept], model[kept]
    return centre, model


def _groups(arrays: InstanceArrays, option_centre: Whole) -> tuple[Whole, Whole, Whole, Whole]:
    """Return (group option, group service, band group, band row); a group exists where the centre has a band for the service."""
    services = len(arrays.services)
    offered = np.unique(arrays.band_centre * services + arrays.band_service)
    first_band = np.searchsorted(arrays.band_centre * services + arrays.band_service, offered, side="left")
    after_band = np.searchsorted(arrays.band_centre * services + arrays.band_service, offered, side="right")
    first_offer = np.searchsorted(offered // services, option_centre, side="left")
    after_offer = np.searchsorted(offered // services, option_centre, side="right")
    group_option, offer = ranges(first_offer, after_offer)
    band_group, band_row = ranges(first_band[offer], after_band[offer])
    return group_option, offered[offer] % services, band_group, band_row


def _unit_groups(
    arrays: InstanceArrays,
    body: Whole,
    centre: Whole,
    option_centre: Whole,
    option_model: Whole,
    group_option: Whole,
    group_service: Whole,
    tests: Sequence[ServedTest],
) -> tuple[Whole, Whole]:
    """Return (unit, group) pairs that pass every test, sorted by unit then group."""
    services = len(arrays.services)
    first_unit = np.searchsorted(arrays.unit_body, body, side="left")
    after_unit = np.searchsorted(arrays.unit_body, body, side="right")
    which, unit = ranges(first_unit, after_unit)
    which, group = join(centre[which] * services + arrays.unit_service[unit], option_centre[group_option] * services + group_service)
    unit = unit[which]
    for test in tests:
        option = group_option[group]
        kept = test(arrays, unit, option_centre[option], option_model[option])
        unit, group = unit[kept], group[kept]
    # The groups of a unit come in order already, as body and centre are sorted.
    order = np.argsort(unit, kind="stable")
    return unit[order], group[order]


def _largest_capacity(arrays: InstanceArrays, band_group: Whole, band_row: Whole, groups: int) -> Whole:
    largest = np.zeros(groups, dtype=np.int64)
    np.maximum.at(largest, band_group, arrays.band_capacity[band_row])
    return largest


def _spread_over_bands(arrays: InstanceArrays, unit: Whole, group: Whole, band_group: Whole, band_row: Whole) -> tuple[Whole, Whole, Whole]:
    """Return (unit, group, band) pairs: one a band where unit costs differ within the group, one for every band where they do not."""
    groups = int(band_group.max(initial=-1)) + 1
    unit_cost = arrays.band_unit_cost[band_row]
    lowest, highest = np.full(groups, np.inf), np.full(groups, -np.inf)
    np.minimum.at(lowest, band_group, unit_cost)
    np.maximum.at(highest, band_group, unit_cost)
    differs = (highest > lowest)[group]
    start = np.searchsorted(band_group, np.arange(groups + 1))
    which, band = ranges(np.where(differs, start[group], 0), np.where(differs, start[group + 1], 1))
    band = np.where(differs[which], band, EVERY_BAND)
    fits = (band == EVERY_BAND) | (arrays.unit_volume[unit[which]] <= arrays.band_capacity[band_row[band]])
    return unit[which][fits], group[which][fits], band[fits]


def _members(arrays: InstanceArrays, pair_unit: Whole, pair_option: Whole) -> tuple[Whole, Whole, Whole]:
    # Pairs are sorted by unit and units by body, so that of each option the bodies come in order.
    order = sorted_by(pair_option)
    option, body = pair_option[order], arrays.unit_body[pair_unit[order]]
    first = np.ones(order.shape, dtype=np.bool_)
    first[1:] = (option[1:] != option[:-1]) | (body[1:] != body[:-1])
    pair_member = np.empty_like(order)
    pair_member[order] = np.cumsum(first) - 1
    return body[first], option[first], pair_member


def _owners(arrays: InstanceArrays, member_body: Whole, member_option: Whole, option_model: Whole, pair_member: Whole, pair_unit: Whole) -> Whole:
    """Members that may own for at least one service they may use there, under a form other than unitary."""
    model = option_model[member_option[pair_member]]
    granted = arrays.may_own[arrays.body_legal_type[arrays.unit_body[pair_unit]], model, arrays.unit_service[pair_unit]]
    may_own = np.zeros(member_body.shape, dtype=np.bool_)
    may_own[pair_member[granted]] = True
    return np.flatnonzero(may_own & ~_has_form(arrays, Form.UNITARY)[option_model[member_option]]).astype(np.int64)


def _leads(arrays: InstanceArrays, member_body: Whole, member_option: Whole, option_centre: Whole, option_model: Whole, owner_member: Whole) -> Whole:
    """Members that may lead: in a unitary cluster at a hosted centre only the host; in a committee those that may own and have power to lead."""
    model = option_model[member_option]
    host = arrays.centre_host[option_centre[member_option]]
    unitary = _has_form(arrays, Form.UNITARY)[model]
    committee = _has_form(arrays, Form.JOINT_COMMITTEE)[model]
    leads_something = np.asarray(arrays.may_lead.any(axis=2), dtype=np.bool_)[arrays.body_legal_type[member_body], model]
    may_own = np.zeros(member_body.shape, dtype=np.bool_)
    may_own[owner_member] = True
    return np.flatnonzero((unitary & ((host == -1) | (host == member_body))) | (committee & leads_something & may_own)).astype(np.int64)


def _option_cost(arrays: InstanceArrays, option_model: Whole, factors: economics.Annuities) -> Whole:
    amounts = economics.cluster_amounts(governance_cost=arrays.model_governance_cost, procurement_cost=arrays.model_procurement_cost)
    return economics.total_present_cost(amounts, factors)[option_model]


def _band_cost(arrays: InstanceArrays, band_row: Whole, model: Whole, appraisal: Appraisal, factors: economics.Annuities) -> Whole:
    amounts = economics.band_amounts(
        set_up_cost=arrays.band_set_up_cost[band_row],
        fixed_cost=arrays.band_fixed_cost[band_row],
        outsourced=arrays.model_outsourced[model],
        appraisal=appraisal,
    )
    return economics.total_present_cost(amounts, factors)


def _pair_unit_cost(arrays: InstanceArrays, pair_group: Whole, pair_band: Whole, band_group: Whole, band_row: Whole) -> NDArray[np.float64]:
    any_band = np.searchsorted(band_group, np.arange(int(band_group.max(initial=-1)) + 1))
    return arrays.band_unit_cost[band_row[np.where(pair_band == EVERY_BAND, any_band[pair_group], pair_band)]]


def _in_blocks(cost_of: Callable[..., Whole], *columns: NDArray[np.generic]) -> Whole:
    """Return the costs of pairs, a block at a time, so that what is being worked on stays near the processor."""
    blocks = (slice(first, first + _BLOCK) for first in range(0, columns[0].shape[0], _BLOCK))
    return np.concatenate([np.zeros(0, dtype=np.int64), *(cost_of(*(column[block] for column in columns)) for block in blocks)])


def _pair_cost(
    arrays: InstanceArrays,
    appraisal: Appraisal,
    factors: economics.Annuities,
    unit: Whole,
    centre: Whole,
    model: Whole,
    unit_cost: NDArray[np.float64],
) -> Whole:
    annual, one_off = arrays.link_costs(arrays.unit_body[unit], centre, arrays.unit_service[unit])
    amounts = economics.served_amounts(
        volume=arrays.unit_volume[unit],
        annual_cost=arrays.unit_annual_cost[unit],
        unit_cost=unit_cost,
        process_saving_rate=arrays.model_process_saving_rate[model],
        margin_rate=arrays.model_margin_rate[model],
        standard_rated_share=arrays.model_standard_rated_share[model],
        vat_recovery_rate=arrays.vat_recovery_rate[arrays.body_legal_type[arrays.unit_body[unit]], model],
        client_side_rate=arrays.model_client_side_rate[model],
        travel_cost_per_km=arrays.service_travel_cost_per_km[arrays.unit_service[unit]],
        distance_km=arrays.travelled_km(unit, centre),
        link_annual_cost=annual,
        link_one_off_cost=one_off,
        posts=arrays.unit_posts[unit],
        outsourced=arrays.model_outsourced[model],
        appraisal=appraisal,
    )
    return economics.total_present_cost(amounts, factors)


def _member_cost(arrays: InstanceArrays, body: Whole, centre: Whole, appraisal: Appraisal, factors: economics.Annuities) -> Whole:
    annual, one_off = arrays.link_costs(body, centre, None)
    amounts = economics.member_amounts(link_annual_cost=annual, link_one_off_cost=one_off, appraisal=appraisal)
    return economics.total_present_cost(amounts, factors)

"""What is left of an instance when only "each unit is served once" is priced: one small problem for each option.

With a price on every unit, the program falls apart by centre. An option's problem is a knapsack for each service, coupled by the bodies that join and by
whoever has to lead or own. Everything the relaxation leaves out only makes plans dearer, so its bound holds for the whole program.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from models.columns import Columns, distinct
from models.rules.base import no_blocks, no_rows
from models.schema import Form
from solver.construction.layout import NEVER
from solver.construction.terms import terms_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.candidates import Candidates
    from models.rules import ActiveRule
    from solver.construction.layout import Layout

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]


class Relaxation(NamedTuple):
    """Costs and limits of every option's problem, in whole money; a tuple, as compiled code takes no other record.

    Attributes
    ----------
    alone
        (units,) cost of staying alone; no price is above it.
    volume
        (units + 1,) the last, of no unit, is 0.
    first_option
        (centres + 1,) options of centre c are ``first_option[c] .. first_option[c + 1] - 1``.
    first_member
        (options + 1,) the same for the members of an option.
    unit
        (members, services) the member's unit, or the number of units where there is none.
    cost
        (members, services, 1 or bands) cost of serving the unit, :data:`~solver.construction.layout.NEVER` where not eligible.
    least_cost
        (members, services) the least of it over the bands.
    joining
        (members,) cost of being a member.
    opening
        (options,) cost of running at all with the fewest owners or the cheapest lead; :data:`~solver.construction.layout.NEVER` where nobody can be.
    host
        (options,) member that must be there, as only it can lead; -1 where there is a choice.
    capacity, band_cost
        (options, services, bands) capacity is -1 where there is no such band.
    floor
        (options, services, bands) load below which each unit of volume short costs ``short_price``; 0 where a band has none.
    short_price
        0 where no floor is asked for.
    constant
        What every plan costs besides, at least.
    """

    alone: Whole
    volume: Whole
    first_option: Whole
    first_member: Whole
    unit: Whole
    cost: Whole
    least_cost: Whole
    joining: Whole
    opening: Whole
    host: Whole
    capacity: Whole
    band_cost: Whole
    floor: Whole
    short_price: int
    constant: int

    @property
    def units(self) -> int:
        """Number of units."""
        return int(self.alone.shape[0])

    @property
    def option_centre(self) -> Whole:
        """(options,) the centre of each option."""
        return np.repeat(np.arange(self.first_option.shape[0] - 1), np.diff(self.first_option))

    @property
    def member_option(self) -> Whole:
        """(members,) the option of each member."""
        return np.repeat(np.arange(self.opening.shape[0]), np.diff(self.first_member))


def stretches(first_member: Whole, parts: int) -> list[tuple[int, int]]:
    """Return the (first, last + 1) centres or options of so many parts, with about as many members each.

    ``first_member`` (centres or options + 1,) is where the members of each begin.
    """
    cuts = np.searchsorted(first_member, np.linspace(0, first_member[-1], parts + 1)[1:-1])
    edges = [0, *np.unique(cuts).tolist(), first_member.shape[0] - 1]
    return [(first, last) for first, last in itertools.pairwise(edges) if first < last] or [(0, 0)]


def smallest() -> Relaxation:
    """Return the smallest relaxation there is: one body, one service, one centre; for compiling what works on any."""
    one = np.ones(1, dtype=np.int64)
    place = np.array([0, 1], dtype=np.int64)
    whole = one.reshape(1, 1, 1)
    return Relaxation(one, place, place, place, 0 * one.reshape(1, 1), whole, one.reshape(1, 1), one, one, -one, whole, whole, whole, 0, 0)


_KEPT = frozenset({"serve-once", "capacity", "utilisation-floor"})


def left_out(active: Sequence[ActiveRule]) -> tuple[str, ...]:
    """Return which of the rules that an instance asks for the relaxation knows nothing of; those that act through what is eligible alone are kept."""
    asked = (one.rule for one in active if not one.rule.always and one.rule.name not in _KEPT)
    return tuple(rule.name for rule in asked if rule.rows is not no_rows or rule.blocks is not no_blocks)


def relax(layout: Layout, active: Sequence[ActiveRule]) -> Relaxation:
    """Return the relaxation of ``layout.candidates`` under the rules in force.

    Kept: at most one option a centre, one band a service, capacity, the floor of use, joining, the lead or the fewest owners, and that a host that alone can
    lead is a member. Left out: every other rule; soft ones cost nothing then, and columns that rules add count with the least they can cost.
    """
    offered = layout.candidates
    options = offered.option_cost.shape[0]
    leads = np.full(options, NEVER, dtype=np.int64)
    lead_option = offered.member_option[offered.lead_member]
    np.minimum.at(leads, lead_option, offered.lead_cost)
    owners = np.full(options, NEVER, dtype=np.int64)
    np.minimum.at(owners, offered.member_option[offered.owner_member], offered.owner_cost)
    opening, host = offered.option_cost.copy(), np.full(options, -1, dtype=np.int64)
    unitary = np.array([form is Form.UNITARY for form in offered.option_form()], dtype=np.bool_)
    fewest = np.array([offered.arrays.minimum_owners(int(model)) for model in offered.option_model], dtype=np.int64)
    run_by = np.where(unitary, leads, np.where(fewest > 0, owners, 0))
    opening = np.where(run_by == NEVER, NEVER, opening + np.where(unitary, run_by, fewest * np.where(run_by == NEVER, 0, run_by)))
    choices = np.bincount(lead_option, minlength=options)
    only = unitary & (choices == 1)
    member_of = np.full(options, -1, dtype=np.int64)
    member_of[lead_option] = offered.lead_member
    host[only] = member_of[only]
    least_of_option, constant = _least_of_blocks(offered, active)
    np.add.at(least_of_option, offered.member_option, np.minimum(offered.member_cost, 0))
    centres = len(offered.arrays.centres)
    cost = _within_powers(layout, host)
    floor, short_price = _floors(layout, active)
    return Relaxation(
        alone=offered.alone_cost,
        volume=layout.volume,
        first_option=np.searchsorted(offered.option_centre, np.arange(centres + 1)).astype(np.int64),
        first_member=layout.first_member.astype(np.int64),
        unit=layout.member_unit,
        cost=cost,
        least_cost=cost.min(axis=2),
        joining=np.maximum(offered.member_cost, 0),
        opening=np.where(opening == NEVER, NEVER, opening + least_of_option),
        host=host,
        capacity=layout.capacity,
        band_cost=layout.band_cost,
        floor=floor,
        short_price=short_price,
        constant=constant,
    )


def _floors(layout: Layout, active: Sequence[ActiveRule]) -> tuple[Whole, int]:
    """Return (options, services, bands) the loads below which bands are short of use, and what a unit of volume short costs.

    Where the rule is hard, a unit short counts as much as the dearest unit staying alone: a price on what is forbidden, so that the bound stands.
    """
    terms = terms_of(layout.candidates, active)
    if terms.utilisation is None:
        return np.zeros(layout.capacity.shape, dtype=np.int64), 0
    dearest = int(layout.candidates.alone_cost.max(initial=0))
    return terms.least_load(layout.capacity), dearest if terms.utilisation.penalty is None else terms.utilisation.penalty


def _within_powers(layout: Layout, host: Whole) -> Whole:
    """Return the costs of serving, without what a host that alone can lead has no power to supply."""
    arrays, offered = layout.candidates.arrays, layout.candidates
    only = host[offered.member_option]
    hosted = np.flatnonzero((only >= 0) & (only != np.arange(only.shape[0])))
    cost = layout.member_unit_cost.copy()
    lead_type = arrays.body_legal_type[offered.member_body[only[hosted]]]
    own_type = arrays.body_legal_type[offered.member_body[hosted]]
    power = arrays.may_supply[lead_type, offered.option_model[offered.member_option[hosted]], :, own_type]
    cost[hosted] = np.where(power[:, :, None], cost[hosted], NEVER)
    return cost


def _least_of_blocks(offered: Candidates, active: Sequence[ActiveRule]) -> tuple[Whole, int]:
    """Return the least that columns added by rules can cost: for each option's own (options,), and of those of no option."""
    decisions = Columns(offered)
    least, constant = np.zeros(offered.option_cost.shape, dtype=np.int64), 0
    for block in distinct(block for one in active for block in one.rule.blocks(decisions, one.parameters)):
        amount = np.minimum(block.cost, 0) * block.upper
        if block.option is None:
            constant += int(amount.sum())
        else:
            np.add.at(least, block.option, amount)
    return least, constant

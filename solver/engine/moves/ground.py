"""What moves need to know of an instance, in flat arrays for compiled code; rules as :mod:`solver.construction.terms` reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from models.positions import ANY
from models.schema import FORMS_WITH_LEAD, Form
from solver.construction.layout import NEVER
from solver.engine.relaxation import relax

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.candidates import Candidates
    from models.rules import ActiveRule
    from solver.construction.building import Bars, Prepared
    from solver.construction.layout import Layout
    from solver.construction.terms import Limit, Terms

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Records = NDArray[np.void]

HARD_RULE = -1
"""Stands for the penalty of a rule that has none."""
NO_LIMIT = 2**62


class Prices(NamedTuple):
    """Money for each unit of breach of the limits in force, :data:`HARD_RULE` where it is hard, and the most centres a body may use."""

    most_centres: int
    provider: int
    short: int
    work: int
    members: int
    owners: int


def integers(*names: str) -> np.dtype[np.void]:
    """Return the type of a record of whole numbers."""
    return np.dtype([(name, np.int64) for name in names])


UNIT = integers("alone", "body", "service", "volume", "workload", "first_near")
NEAR = integers("slot", "least")
BODY = integers("legal_type", "frozen", "first_slot")
OPTION = integers(
    *("first_member", "centre", "model", "opening", "offered", "unitary", "needs_lead", "mixed", "host", "owner_cost", "lead_cost"),
    *("fewest_owners", "most_owners", "fewest_members", "most_members", "least_workload"),
)
MEMBER = integers("body", "option", "joining", "owner_able", "lead_able")
BAND = integers("capacity", "cost", "least")


class Ground(NamedTuple):
    """Costs and limits of an instance; records so that compiled code has few arrays to hand on.

    Attributes
    ----------
    unit
        (units + 1,) the last stands for a unit that does not exist.
    near
        The slots of each unit's body at which it can be served, cheapest first, and the least it costs there; those of unit u are
        ``unit[u].first_near .. unit[u + 1].first_near - 1``.
    unit_of
        (bodies, services).
    body
        (bodies + 1,) ``legal_type``; whether it is ``frozen``, as a rule that moves do not know ties it where it is; the first of the slots it has.
    slot_centre, slot_member
        (slots,) a centre that the body may use, and (slots, most options of a centre) the member for each of the centre's options, -1 where there is none.
    first_option
        (centres + 1,) options of centre c are ``first_option[c] .. first_option[c + 1] - 1``.
    option
        (options + 1,) members of option o are ``option[o].first_member .. option[o + 1].first_member - 1``. Whether it may be opened (``offered``); its form;
        whether possible leads differ in their powers (``mixed``); the member that must be there as only it can lead (``host``), or -1; limits, which never
        bind where the rule is not in force.
    member
        (members,) sorted by option, then body.
    cost
        (members, services, 1 or bands) :data:`~solver.construction.layout.NEVER` where not eligible.
    may_own
        (legal types, models, services).
    supplies
        (legal types of leads, models, services, legal types).
    band
        (options, services, bands) ``capacity`` is -1 where there is no such band; ``least`` is the load below which each unit short has a price.
    price
        Of breaches.
    """

    unit: Records
    near: Records
    unit_of: Whole
    body: Records
    slot_centre: Whole
    slot_member: Whole
    first_option: Whole
    option: Records
    member: Records
    cost: Whole
    may_own: Flags
    supplies: Flags
    band: Records
    price: Prices


def ground_of(prepared: Prepared, active: Sequence[ActiveRule]) -> Ground:
    """Return the ground of what construction has laid out."""
    layout = prepared.layout
    offered, arrays = layout.candidates, layout.candidates.arrays
    relaxed, first_option = relax(layout, active), _first_option(layout)
    first_slot, slot_centre, slot_member = _slots(layout, first_option)
    first_near, near = _near(layout, relaxed.cost, first_slot, slot_member)
    units = (np.append(offered.alone_cost, 0), np.append(arrays.unit_body, layout.bodies), np.append(arrays.unit_service, 0))
    return Ground(
        unit=_records(UNIT, *units, layout.volume, np.append(arrays.unit_workload, 0), first_near),
        near=near,
        unit_of=layout.unit_of,
        body=_records(BODY, np.append(arrays.body_legal_type, 0), np.append(_frozen(layout, prepared.terms), False), first_slot),
        slot_centre=slot_centre,
        slot_member=slot_member,
        first_option=first_option,
        option=_options(prepared, relaxed.host),
        member=_records(
            MEMBER,
            offered.member_body,
            offered.member_option,
            offered.member_cost,
            *(_marked(some, offered) for some in (offered.owner_member, offered.lead_member)),
        ),
        cost=relaxed.cost,
        may_own=np.array(arrays.may_own, dtype=np.bool_),
        supplies=np.array(arrays.may_supply, dtype=np.bool_),
        band=_records(BAND, layout.capacity, layout.band_cost, prepared.terms.least_load(layout.capacity)),
        price=_prices(prepared.terms),
    )


def smallest() -> Ground:
    """Return the smallest ground there is: one body, one service, one centre; for compiling what works on any."""
    one, whole = np.zeros(1, dtype=np.int64), np.ones((1, 1, 1), dtype=np.int64)
    two, yes = np.array([0, 1], dtype=np.int64), np.ones((1, 1, 1, 1), dtype=np.bool_)
    option = np.zeros(2, OPTION)
    option["first_member"], option["offered"] = two, 1
    unit, body, member, band = np.zeros(2, UNIT), np.zeros(2, BODY), np.zeros(1, MEMBER), np.zeros((1, 1, 1), BAND)
    body["first_slot"], unit["alone"], unit["body"], unit["first_near"] = two, (9, 0), two, two
    band["capacity"] = 1
    price = Prices(NO_LIMIT, *5 * (HARD_RULE,))
    return Ground(unit, np.zeros(1, NEAR), one.reshape(1, 1), body, one, one.reshape(1, 1), two, option, member, whole, yes[0], yes, band, price)


def _options(prepared: Prepared, host: Whole) -> Records:
    layout, terms = prepared.layout, prepared.terms
    offered, supplies = layout.candidates, np.asarray(layout.candidates.arrays.may_supply, dtype=np.bool_)
    model, forms = offered.option_model, offered.option_form()
    unitary = np.array([form is Form.UNITARY for form in forms], dtype=np.bool_)
    leading = np.array([form in FORMS_WITH_LEAD for form in forms], dtype=np.bool_)
    options = np.zeros(layout.options + 1, OPTION)
    options["first_member"] = layout.first_member
    columns = {
        "centre": offered.option_centre,
        "model": model,
        "opening": offered.option_cost,
        "offered": 1,
        "unitary": unitary,
        "needs_lead": leading,
        "mixed": leading & (host < 0) & ~np.asarray(supplies.all(axis=(0, 2, 3)))[model],
        "host": host,
        "owner_cost": _of_option(layout, offered.owner_member, offered.owner_cost),
        "lead_cost": _of_option(layout, offered.lead_member, offered.lead_cost),
        "fewest_owners": np.where(unitary, 0, terms.fewest_owners[model]),
        "most_owners": np.where(unitary | (terms.owners is None), NO_LIMIT, terms.most_owners[model]),
        "fewest_members": np.where(terms.members is None, 0, terms.fewest_members[model]),
        "most_members": np.where(terms.members is None, NO_LIMIT, terms.most_members[model]),
        "least_workload": np.where(terms.volume is None, 0, terms.least_workload[model]),
    }
    for name, column in columns.items():
        options[name][:-1] = column
    return options


def barred(ground: Ground, bars: Bars) -> Ground:
    """Return the ground without what is barred."""
    option, cost = ground.option.copy(), ground.cost
    option["offered"][list(bars.options)] = 0
    if bars.bodies:
        body, centre = np.array(sorted(bars.bodies), dtype=np.int64).T
        centres = ground.first_option.shape[0]
        gone = np.isin(ground.member["body"] * centres + option["centre"][ground.member["option"]], body * centres + centre)
        cost = cost.copy()
        cost[gone] = NEVER
    return ground._replace(option=option, cost=cost)


def _records(kind: np.dtype[np.void], *columns: Whole | Flags) -> Records:
    """Return records with these columns, in the order of their names."""
    records = np.zeros(columns[0].shape, kind)
    for name, column in zip(kind.names or (), columns, strict=True):
        records[name] = column
    return records


def _marked(some: Whole, offered: Candidates) -> Flags:
    """(members,) whether each is among ``some``."""
    marked = np.zeros(offered.member_body.shape, dtype=np.bool_)
    marked[some] = True
    return marked


def _of_option(layout: Layout, member: Whole, cost: Whole) -> Whole:
    """Return (options,) a cost that is the same for all members of an option."""
    of_option = np.zeros(layout.options, dtype=np.int64)
    of_option[layout.candidates.member_option[member]] = cost
    return of_option


def _first_option(layout: Layout) -> Whole:
    return np.searchsorted(layout.candidates.option_centre, np.arange(len(layout.candidates.arrays.centres) + 1)).astype(np.int64)


def _slots(layout: Layout, first_option: Whole) -> tuple[Whole, Whole, Whole]:
    """Return (first slot of each body, centre and members of each slot)."""
    offered = layout.candidates
    centre = offered.option_centre[offered.member_option]
    centres = first_option.shape[0] - 1
    key, slot = np.unique(offered.member_body * centres + centre, return_inverse=True)
    slot_member = np.full((key.shape[0], int(np.diff(first_option).max(initial=1))), -1, dtype=np.int64)
    slot_member[slot.reshape(-1), offered.member_option - first_option[centre]] = np.arange(centre.shape[0])
    first = np.searchsorted(key, np.arange(layout.bodies + 1) * centres).astype(np.int64)
    return first, key % max(1, centres), slot_member


def _near(layout: Layout, cost: Whole, first_slot: Whole, slot_member: Whole) -> tuple[Whole, Records]:
    """Return (units + 1,) where the slots of each unit begin, and them."""
    least = np.append(cost.min(axis=2), np.full((1, layout.services), NEVER, dtype=np.int64), axis=0)[slot_member].min(axis=1)
    body = np.repeat(np.arange(layout.bodies), np.diff(first_slot))
    unit, slot = layout.unit_of[body].reshape(-1), np.repeat(np.arange(body.shape[0]), layout.services)
    there = np.flatnonzero((unit < layout.units) & (least.reshape(-1) < NEVER))
    order = there[np.lexsort((least.reshape(-1)[there], unit[there]))]
    first = np.searchsorted(unit[order], np.arange(layout.units + 1)).astype(np.int64)
    return first, _records(NEAR, slot[order], least.reshape(-1)[order])


def _frozen(layout: Layout, terms: Terms) -> Flags:
    """Return (bodies,) those whom a bond ties to a centre or to each other."""
    frozen = np.zeros(layout.bodies, dtype=np.bool_)
    for bond in terms.bonds:
        frozen[[body for body in bond.bodies if body != ANY]] = True
    return frozen


def _prices(terms: Terms) -> Prices:
    def of(limit: Limit | None) -> int:
        return HARD_RULE if limit is None or limit.penalty is None else limit.penalty

    most = NO_LIMIT if terms.provider is None else int(terms.provider.parameters["maximum"])
    return Prices(most, of(terms.provider), of(terms.utilisation), of(terms.volume), of(terms.members), of(terms.owners))

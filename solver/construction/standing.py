"""What a cluster that serves given units costs, to the pound: its cheapest bands, its lead, its owners, and the price of what it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.schema import Form
from solver.construction.layout import NEVER, members_of
from solver.construction.terms import HARD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.construction.layout import Block
    from solver.construction.terms import Terms

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]

NO_BAND = -1


@dataclass(frozen=True)
class Standing:
    """A cluster as it would stand.

    Attributes
    ----------
    cost
        Net present cost, penalties included, with :data:`~solver.construction.terms.HARD` for each breach of a hard rule.
    fixed
        The part of it that does not go with the units and members: option, bands, owners.
    nth_band
        (services,) which of the bands is built, :data:`NO_BAND` where none is.
    load
        (services,) volume served.
    owners, lead
        Rows of the block; ``lead`` is ``None`` when the form has none or nobody can be.
    """

    cost: int
    fixed: int
    nth_band: Whole
    load: Whole
    owners: tuple[int, ...]
    lead: int | None


def standing(block: Block, terms: Terms, chosen: Flags) -> Standing:
    """Return how the cluster of ``block`` stands when it serves ``chosen`` (n, services)."""
    load = (block.volume * chosen).sum(axis=0)
    used = np.asarray(chosen.any(axis=0), dtype=np.bool_)
    members = np.flatnonzero(members_of(chosen))
    nth_band, band_cost, served_cost = _bands(block, terms, chosen, load, used)
    owners, lead, leading_cost = _who_runs_it(block, terms, chosen, members)
    price = _limits(block, terms, chosen, members.shape[0], len(owners))
    fixed = block.opening + band_cost + leading_cost + price
    return Standing(fixed + served_cost + int(block.joining[members].sum()), fixed, nth_band, load, owners, lead)


def _bands(block: Block, terms: Terms, chosen: Flags, load: Whole, used: Flags) -> tuple[Whole, int, int]:
    """Return (band of each service, cost of the bands and of their empty room, cost of serving): the cheapest that hold the load."""
    by_band = block.cost.shape[2] > 1
    served = np.where(chosen[:, :, None] & (block.cost < NEVER), block.cost, 0).sum(axis=0)
    penalty = 0 if terms.utilisation is None else terms.utilisation.penalty
    short = np.maximum(terms.least_load(block.capacity) - load[:, None], 0)
    broken = (block.capacity < load[:, None]) | ((short > 0) & (penalty is None))
    building = np.where(block.capacity < 0, 0, block.band_cost) + short * (penalty or 0)
    nth = np.where(broken, NEVER, building + (served if by_band else 0)).argmin(axis=1)
    services = np.flatnonzero(used)
    at = nth[services]
    breaches = int(broken[services, at].sum())
    serving = int(served[services, at if by_band else 0].sum())
    return np.where(used, nth, NO_BAND), HARD * breaches + int(building[services, at].sum()), serving


def _who_runs_it(block: Block, terms: Terms, chosen: Flags, members: Whole) -> tuple[tuple[int, ...], int | None, int]:
    """Return (owners, lead, what they and any lack of them cost): as few owners as may be, the cheapest first, then the largest."""
    lead, cost = None, 0
    may_own = members[(chosen[members] & block.may_own[members]).any(axis=1) & (block.owner_cost[members] < NEVER)]
    if block.needs_lead:
        lead = _lead(block, chosen, members if block.form is Form.UNITARY else may_own)
        cost += HARD if lead is None else int(block.lead_cost[lead])
    if block.form is Form.UNITARY:
        return (() if lead is None else (lead,)), lead, cost
    fewest = int(terms.fewest_owners[block.model])
    size = (block.workload[may_own] * chosen[may_own]).sum(axis=1)
    order = may_own[np.lexsort((may_own, -size, block.owner_cost[may_own], may_own != (-1 if lead is None else lead)))]
    owners = tuple(order[:fewest].tolist())
    cost += int(block.owner_cost[list(owners)].sum()) + HARD * (fewest - len(owners))
    return owners, lead, cost


def _lead(block: Block, chosen: Flags, rows: Whole) -> int | None:
    """Return the cheapest of ``rows`` with power to supply all that the others use; the largest where several cost the same."""
    able = rows[block.lead_cost[rows] < NEVER]
    kind = np.arange(block.supplies.shape[2]) == block.legal_type[:, None]
    users = np.einsum("is,it->st", chosen.astype(np.int64), kind.astype(np.int64))
    own = chosen[able][:, :, None] & kind[able][:, None, :]
    right = able[(block.supplies[able] | (users == own)).all(axis=(1, 2))]
    if not right.size:
        return None
    size = (block.workload[right] * chosen[right]).sum(axis=1)
    return int(right[np.lexsort((right, -size, block.lead_cost[right]))[0]])


def _limits(block: Block, terms: Terms, chosen: Flags, members: int, owners: int) -> int:
    """Return the price of too few or too many members, too little work and too many owners."""
    price = 0
    if terms.members is not None:
        price += terms.members.price(int(terms.fewest_members[block.model]) - members) + terms.members.price(members - int(terms.most_members[block.model]))
    if terms.volume is not None and terms.least_workload[block.model]:
        price += terms.volume.price(int(terms.least_workload[block.model]) - int((block.workload * chosen).sum()))
    if terms.owners is not None and block.form is not Form.UNITARY:
        price += terms.owners.price(owners - int(terms.most_owners[block.model]))
    return price

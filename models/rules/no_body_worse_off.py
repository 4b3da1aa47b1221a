"""G30: sharing makes no body worse off."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from models import economics
from models.arrays import instance_arrays
from models.columns import Block, Columns
from models.cost_lines import NOBODY
from models.cost_shares import KEYS
from models.joins import distinct
from models.plan_view import STAYS_ALONE, Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule
from models.rules.shared_agreed_charges import agreed_block, agreed_rows
from models.rules.shared_divisions import agreed_charges, allowed_cost, keyed_price, weights_of
from models.rules.shared_keyed_charges import keyed_blocks, keyed_rows
from models.rules.shared_required import must_share, required_finding, required_least

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.cells import ParsedTable
    from models.findings import Finding
    from models.instance import Instance

    Whole = NDArray[np.int64]
    Purses = Mapping[tuple[int, int], int]

AGREED = "agreed"


def _blocks(columns: Columns, parameters: Parameters) -> tuple[Block, ...]:
    key, tolerance = str(parameters["key"]), float(parameters["tolerance"])
    return (agreed_block(columns, tolerance),) if key == AGREED else keyed_blocks(columns, key, tolerance)


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    key, tolerance = str(parameters["key"]), float(parameters["tolerance"])
    return agreed_rows(columns, tolerance) if key == AGREED else keyed_rows(columns, key, tolerance)


def _purses(view: PlanView, tolerance: float) -> tuple[Purses, Mapping[int, int]]:
    """Return what each member could be charged at each centre, by (body, centre), and the common cost of each centre."""
    arrays = view.arrays
    alone = arrays.annuities.present_cost("baseline_alone", arrays.unit_annual_cost.astype(np.float64))
    allowed = allowed_cost(alone, tolerance)
    costs, centres = view.costs.rows(view.costs.centre != NOBODY), max(1, len(arrays.centres))
    own, shared = costs.rows(costs.body != NOBODY), costs.rows(costs.body == NOBODY)
    served = np.flatnonzero(view.unit_centre != STAYS_ALONE)
    place = np.concatenate([arrays.unit_body[served] * centres + view.unit_centre[served], own.body * centres + own.centre])
    purse = _summed(place, np.concatenate([allowed[served], -own.present]))
    return {divmod(at, centres): money for at, money in purse.items()}, _summed(shared.centre, shared.present)


def _summed(place: Whole, money: Whole) -> dict[int, int]:
    """Return the sum of ``money`` (n,) by ``place`` (n,)."""
    places = distinct(place)
    total = np.zeros_like(places)
    np.add.at(total, np.searchsorted(places, place), money)
    return dict(zip(places.tolist(), total.tolist(), strict=True))


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    purses, common = _purses(view, float(parameters["tolerance"]))
    if parameters["key"] == AGREED:
        return _agreed_breaches(view, purses, common)
    return _keyed_breaches(view, purses, common, str(parameters["key"]))


def _agreed_breaches(view: PlanView, purses: Purses, common: Mapping[int, int]) -> list[Breach]:
    """Breaches where no division exists: bodies whose direct cost is too much already, and common cost that nobody can bear."""
    of_body: Counter[int] = Counter()
    places: dict[int, list[int]] = defaultdict(list)
    for (body, centre), purse in sorted(purses.items()):
        of_body[body] += purse
        places[body].append(centre)
    breaches = [_too_dear(view, body, -purse) for body, purse in sorted(of_body.items()) if purse < 0]
    costs = dict.fromkeys((centre for centres in places.values() for centre in centres), 0) | dict(common)
    charges = agreed_charges({body: max(0, purse) for body, purse in of_body.items()}, costs, places)
    for (_, centre), charge in charges.items():
        costs[centre] -= charge
    return breaches + [_uncovered(view, centre, left) for centre, left in sorted(costs.items()) if left > 0]


def _keyed_breaches(view: PlanView, purses: Purses, common: Mapping[int, int], key: str) -> list[Breach]:
    """Breaches of each cluster at the price that does least harm: members who pay too much, and what rounding leaves unpaid."""
    weights = weights_of(view.arrays, key)
    breaches = []
    for cluster in view.clusters:
        weight = weights.of_members(view.arrays, view.units_at.get(cluster.centre, []))
        there = {body: purses.get((body, cluster.centre), 0) for body in weight}
        cost = common.get(cluster.centre, 0)
        price = keyed_price(cost, list(weight.values()), list(there.values()), weights.scale)
        charges = {body: weights.scale.charge(price, carried) for body, carried in weight.items()}
        breaches += [_too_dear(view, body, charges[body] - purse, cluster.centre) for body, purse in there.items() if charges[body] > purse]
        left = cost - sum(charges.values())
        if left > 0:
            breaches.append(_uncovered(view, cluster.centre, left))
    return breaches


def _too_dear(view: PlanView, body: int, amount: int, centre: int | None = None) -> Breach:
    where = "" if centre is None else view.centre(centre)
    at = f" at {where}" if where else ""
    return Breach("no-body-worse-off", f"{view.body(body)} pays {amount} more{at} than the services it shares may cost it", amount, view.body(body), where)


def _uncovered(view: PlanView, centre: int, amount: int) -> Breach:
    where = view.centre(centre)
    text = f"{amount} of the common cost of {where} can be charged to no member without making it worse off"
    return Breach("no-body-worse-off", text, amount, centre=where)


def _contradictions(tables: Mapping[str, ParsedTable], instance: Instance, parameters: Parameters) -> list[Finding]:
    """Find bodies that must share though what they pay themselves is more than the same services cost alone, wherever they go."""
    if not must_share(tables):
        return []
    arrays = instance_arrays(instance)
    alone = arrays.annuities.present_cost("baseline_alone", arrays.unit_annual_cost.astype(np.float64))
    allowed = allowed_cost(alone, float(parameters["tolerance"]))

    def excess(unit: Whole, centre: Whole) -> Whole:
        return np.asarray(_least_served(arrays, unit, centre) - allowed[unit], dtype=np.int64)

    found = []
    for one in required_least(arrays, excess, partial(_joined, arrays)):
        if one.least > 0:
            told = f"is then worse off by at least {one.least:,}, before any common cost, which rule no-body-worse-off forbids"
            found.append(required_finding(tables, "required-worse-off", one.body, told))
    return found


def _least_served(arrays: InstanceArrays, unit: Whole, centre: Whole) -> Whole:
    """(n,) no more than what a body pays directly for a unit served at a centre, under any commercial model and in any band."""
    annual, one_off = arrays.link_costs(arrays.unit_body[unit], centre, arrays.unit_service[unit])
    cheapest = np.full(len(arrays.services), np.inf)
    np.minimum.at(cheapest, arrays.band_service, arrays.band_unit_cost)
    none = np.zeros(unit.shape)
    amounts = economics.served_amounts(
        volume=arrays.unit_volume[unit],
        annual_cost=arrays.unit_annual_cost[unit],
        unit_cost=np.where(np.isfinite(cheapest), cheapest, 0.0)[arrays.unit_service[unit]],
        process_saving_rate=none + float(arrays.model_process_saving_rate.max(initial=0.0)),
        margin_rate=none,
        standard_rated_share=none,
        vat_recovery_rate=none,
        client_side_rate=none,
        travel_cost_per_km=none,
        distance_km=none,
        link_annual_cost=annual,
        link_one_off_cost=one_off,
        posts=arrays.unit_posts[unit],
        outsourced=np.zeros(unit.shape, dtype=np.bool_),
        appraisal=arrays.appraisal,
    )
    return economics.total_present_cost(amounts, arrays.annuities)


def _joined(arrays: InstanceArrays, body: Whole, centre: Whole) -> Whole:
    """(n,) what a body pays for being a member of a centre, whatever it uses there."""
    annual, one_off = arrays.link_costs(body, centre, None)
    amounts = economics.member_amounts(link_annual_cost=annual, link_one_off_cost=one_off, appraisal=arrays.appraisal)
    return economics.total_present_cost(amounts, arrays.annuities)


RULE = Rule(
    id="G30",
    name="no-body-worse-off",
    statement=(
        "No body pays more for the services it shares than they cost it alone, beyond a tolerance. Agreed: each cluster's members can divide its common cost "
        "so, nobody paying less than nothing, that this holds for each body over all its centres. By a key: it holds in every cluster with the common cost "
        "divided by that key."
    ),
    formula=(
        "G[i,j] = sum_{s,m} ((1 + q) a[i,s] - d[i,s,j,m]) x[i,s,j,m] - sum_m (d[i,j,m] e[i,j,m] + d[m] own[i,j,m]); sum_j c[i,j] <= sum_j G[i,j]; "
        "sum_i c[i,j] >= F[j]; c[i,j] <= U[i,j] sum_m e[i,j,m]; by a key: c[i,j,m] = ceil(p[j,m] k[i,j,m]) <= G[i,j,m]"
    ),
    basis="bodies leave or never join arrangements that cost them more; the default tolerance of none is our assumption",
    mark="A",
    soft=True,
    breach_unit="unit of money too much for a body, or that nobody can be charged",
    parameters=(
        Parameter("tolerance", "share of what the same services cost alone", 0.0, 0.0, 1.0, whole=False),
        Parameter("key", "how common costs are divided: agreed, volume, headcount or equal", AGREED, text=True, choices=(AGREED, *KEYS)),
    ),
    rows=_rows,
    check=_check,
    by_money=True,
    blocks=_blocks,
    contradictions=_contradictions,
)

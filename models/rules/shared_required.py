"""What a body cannot avoid because rows of ``links`` or ``pairs`` have it share, counted from the tables alone: told before any solver runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.findings import Severity
from models.positions import ANY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.cells import ParsedTable
    from models.findings import Finding

    Whole = NDArray[np.int64]
    Served = Callable[[Whole, Whole], Whole]
    Joined = Callable[[Whole, Whole], Whole]


@dataclass(frozen=True)
class Required:
    """A body that must share, and the least it comes to, whole money."""

    body: str
    least: int


def required_least(arrays: InstanceArrays, served: Served, joined: Joined) -> Iterator[Required]:
    """Yield, for each body that the tables have share somewhere, a sum below which no plan that keeps them can bring it.

    What is required counts at its cheapest place; anything else counts where it brings the sum down, as a grant for joining elsewhere would. Rules of
    reach, powers and capacity are left out of account, so the sum may be too low, never too high.

    Parameters
    ----------
    arrays
        The instance by position.
    served
        Money for having units (n,) served at centres (n,).
    joined
        Money for bodies (n,) that join centres (n,).
    """
    centres = np.arange(len(arrays.centres), dtype=np.int64)
    for body in sorted(_must_share(arrays)):
        unit = np.flatnonzero(arrays.unit_body == body)
        if not unit.size or not centres.size:
            continue
        of_unit = served(np.repeat(unit, centres.size), np.tile(centres, unit.size)).reshape(unit.size, centres.size)
        of_centre = joined(np.full(centres.shape, body, dtype=np.int64), centres)
        named_centres, named_services = _named(arrays, body)
        yield Required(arrays.bodies[body], _joining(of_centre, named_centres) + _serving(of_unit, arrays.unit_service[unit], named_centres, named_services))


def _must_share(arrays: InstanceArrays) -> set[int]:
    paired = [one == "must-share" for one in arrays.pair_relation]
    linked = arrays.links.body[arrays.links.with_status("required")]
    return {*linked.tolist(), *arrays.pair_a[paired].tolist(), *arrays.pair_b[paired].tolist()}


def _named(arrays: InstanceArrays, body: int) -> tuple[list[int], dict[int, int]]:
    """Return the centres that a body is required at, and by service required the centre, or ``ANY``."""
    links = arrays.links
    rows = np.flatnonzero(links.with_status("required") & (links.body == body)).tolist()
    at = sorted({int(links.centre[row]) for row in rows} - {ANY})
    services: dict[int, int] = {}
    for row in rows:
        if links.service[row] != ANY:
            services[int(links.service[row])] = max(int(links.centre[row]), services.get(int(links.service[row]), ANY))
    return at, services


def _joining(of_centre: Whole, named: list[int]) -> int:
    gained = np.minimum(of_centre, 0)
    if named:
        return int(gained.sum() + (of_centre - gained)[named].sum())
    # Some centre is joined: the cheapest, and all that pay.
    return int(gained.sum() + (of_centre - gained).min())


def _serving(of_unit: Whole, service: Whole, centres: list[int], services: Mapping[int, int]) -> int:
    cheapest = of_unit.min(axis=1)
    gained = np.minimum(cheapest, 0)
    named = [at for at, one in enumerate(service.tolist()) if one in services]
    if not named:
        # Some service is served, at a named centre where there is one.
        least = of_unit[:, centres].min(axis=1) if centres else cheapest
        return int(gained.sum() + (least - gained).min())
    fixed = [int(cheapest[at] if services[int(service[at])] == ANY else of_unit[at, services[int(service[at])]]) for at in named]
    return int(np.delete(gained, named).sum()) + sum(fixed)


def must_share(tables: Mapping[str, ParsedTable]) -> bool:
    """Tell whether any row has a body share."""
    return bool((tables["links"].frame["status"] == "required").any() or (tables["pairs"].frame["relation"] == "must-share").any())


def required_finding(tables: Mapping[str, ParsedTable], code: str, body: str, told: str) -> Finding:
    """Return a warning at the first row that has ``body`` share, saying ``told`` of it and naming the other rows.

    A warning, though no plan can stand: what would let one stand, ``consortia explain`` weighs.
    """
    links, pairs = tables["links"], tables["pairs"]
    linked = np.flatnonzero((links.frame["body"] == body) & (links.frame["status"] == "required")).tolist()
    tied = (pairs.frame["relation"] == "must-share") & ((pairs.frame["body_a"] == body) | (pairs.frame["body_b"] == body))
    table, positions, column = (links, linked, "status") if linked else (pairs, np.flatnonzero(tied).tolist(), "relation")
    others = ", ".join(str(int(table.rows[position])) for position in positions[1:])
    message = f"Body {body!r} must share here" + (f" (also rows {others})" if others else "") + f" and {told}."
    return table.finding(code, message, Severity.WARNING, positions[0], column=column, value=body)

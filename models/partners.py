"""Whom each body could share with: partners ranked by how alike they are, and what the law and the rules let them share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.arrays import InstanceArrays, instance_arrays
from models.geography import great_circle_km
from models.rules import ActiveRule, active_rules, registry
from models.schema import FORMS_WITH_LEAD, Form
from models.similarity import PARTS, SAME, UNKNOWN, Traits, Weights, likeness, traits, weights_in

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from models.instance import Instance

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_CELLS = 1_000_000
"""Pairs of bodies looked at together."""
_FAR_KM = 1e5
"""More than any distance on the globe, so that a thousandth of likeness outranks it."""
_NOTHING_IN_COMMON = "no service in common"
_NO_POWER = "legal-powers"


@dataclass(frozen=True)
class _Ranked:
    """The best partners of some bodies; every array has shape (bodies, partners)."""

    partner: Whole
    likeness: Mapping[str, Whole]
    distance_km: Real
    services: Flags
    barred: NDArray[np.object_]


def partner_weights(instance: Instance) -> Weights:
    """Return the weights of the instance's rule ``similar-aims``, or the default ones when it is not asked for."""
    rule = registry()["similar-aims"]
    asked = {one.name: one.parameters for one in instance.rules}
    return weights_in(rule.with_defaults(asked.get(rule.name, {})))


def partner_table(instance: Instance, body: str | None = None, top: int = 5) -> pd.DataFrame:
    """Return the ``top`` partners of each body, or of one.

    Partners that may share something come first, then the more alike (parts not known are left out, see :mod:`models.similarity`), then the nearer.

    Returns
    -------
    pandas.DataFrame
        ``body``, ``name``, ``rank``, ``partner``, ``partner_name``; ``likeness`` and its parts ``aims``, ``size``, ``services``, ``systems`` from 0 to 1,
        NaN where not known; ``distance_km`` between the two; ``may_share``, the services both run today and the law lets both use under some commercial
        model; ``barred_by``, what keeps the two from sharing anything, empty when nothing does: no service in common, ``legal-powers``, or the rules in
        force that keep them apart.

    Raises
    ------
    KeyError
        When there is no such body.
    """
    import pandas as pd

    arrays = instance_arrays(instance)
    bodies = np.arange(len(arrays.bodies), dtype=np.int64) if body is None else np.array([arrays.body_position[body]], dtype=np.int64)
    names = dict(zip(instance.table("bodies")["body"], instance.table("bodies")["name"], strict=True))
    search = _Search(arrays, traits(arrays), partner_weights(instance), _lawful(arrays), active_rules(instance))
    block = max(1, _CELLS // max(1, len(arrays.bodies)))
    parts = [_records(search, bodies[first : first + block], top, names) for first in range(0, bodies.shape[0], block)]
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class _Search:
    """What partners are looked up in; ``lawful`` is (legal types, legal types, services)."""

    arrays: InstanceArrays
    traits: Traits
    weights: Weights
    lawful: Flags
    active: tuple[ActiveRule, ...]


def _lawful(arrays: InstanceArrays) -> Flags:
    """Return which services bodies of two legal types may use together: under one model, some centre's, that somebody has the power to lead and own."""
    shape = (arrays.may_use.shape[0], arrays.may_use.shape[0], len(arrays.services))
    lawful = np.zeros(shape, dtype=np.bool_)
    for model in np.flatnonzero(arrays.centre_allows.any(axis=0)):
        use = arrays.may_use[:, model, :]
        lawful |= use[:, None, :] & use[None, :, :] & _governable(arrays, int(model))
    return lawful


def _governable(arrays: InstanceArrays, model: int) -> Flags:
    """Return for which services a cluster under the model could find its lead and enough owners among all bodies, (services,)."""
    form = arrays.model_form[model]
    lead, own = arrays.may_lead[:, model, :], np.asarray(arrays.may_own[:, model, :].any(axis=1), dtype=np.bool_)
    governable = np.ones(len(arrays.services), dtype=np.bool_)
    if form in FORMS_WITH_LEAD:
        able = lead if form is Form.UNITARY else lead & own[:, None]
        governable = np.asarray(able.any(axis=0), dtype=np.bool_)
    if form is not Form.UNITARY:
        owners = int(own[arrays.body_legal_type].sum())
        governable = governable & (owners >= arrays.minimum_owners(model))
    return governable


def _ranked(search: _Search, bodies: Whole, top: int) -> _Ranked:
    arrays = search.arrays
    others = np.arange(len(arrays.bodies), dtype=np.int64)
    alike = likeness(search.traits, bodies, others, search.weights)
    distance = great_circle_km(
        arrays.body_latitude[bodies][:, None], arrays.body_longitude[bodies][:, None], arrays.body_latitude[None, :], arrays.body_longitude[None, :]
    )
    runs = search.traits.services.toarray() > 0
    common = runs[bodies][:, None, :] & runs[None, :, :]
    shared = common & search.lawful[arrays.body_legal_type[bodies][:, None], arrays.body_legal_type[None, :]]
    apart = {
        one.rule.name: one.rule.keeps_apart(arrays, bodies, others, one.parameters)
        for one in search.active
        if one.rule.keeps_apart is not None and one.penalty is None
    }
    kept_apart = np.any([np.zeros(distance.shape, dtype=np.bool_), *apart.values()], axis=0)
    possible = shared.any(axis=2) & ~kept_apart
    # One number orders by all three: whether possible, likeness in thousandths, distance. Positions follow ids, and a stable sort keeps them in a tie.
    order = (np.where(possible, 0, 2 * SAME) + (SAME - alike.whole)) * _FAR_KM + distance
    order[bodies[:, None] == others[None, :]] = np.inf
    best = np.argsort(order, axis=1, kind="stable")[:, : min(top, others.shape[0] - 1)].astype(np.int64)
    at = np.arange(bodies.shape[0])[:, None]
    barred = np.full(best.shape, "", dtype=object)
    for name, flags in apart.items():
        barred[flags[at, best]] += f"; {name}"
    barred[~shared[at, best].any(axis=2)] += f"; {_NO_POWER}"
    barred[~common[at, best].any(axis=2)] = f"; {_NOTHING_IN_COMMON}"
    return _Ranked(
        partner=best,
        likeness={"likeness": alike.whole[at, best], **{part: getattr(alike, part)[at, best] for part in PARTS}},
        distance_km=distance[at, best],
        services=shared[at, best] & possible[at, best][:, :, None],
        barred=barred,
    )


def _records(search: _Search, bodies: Whole, top: int, names: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    arrays, found = search.arrays, _ranked(search, bodies, top)
    count = found.partner.shape[1]
    body = [arrays.bodies[position] for position in np.repeat(bodies, count)]
    partner = [arrays.bodies[position] for position in found.partner.reshape(-1)]
    thousandths = {name: np.where(value == UNKNOWN, np.nan, value / SAME).reshape(-1) for name, value in found.likeness.items()}
    services = found.services.reshape(-1, len(arrays.services))
    return pd.DataFrame(
        {
            "body": body,
            "name": [names[one] for one in body],
            "rank": np.tile(np.arange(1, count + 1), bodies.shape[0]),
            "partner": partner,
            "partner_name": [names[one] for one in partner],
            **thousandths,
            "distance_km": np.round(found.distance_km.reshape(-1), 1),
            "may_share": ["; ".join(arrays.services[service] for service in np.flatnonzero(row)) for row in services],
            "barred_by": [text.removeprefix("; ") for text in found.barred.reshape(-1)],
        }
    )

"""A certificate as plain values, by the names of the instance, so that anyone can read it and repeat the sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from models.formulation import eligible
from models.rules import active_rules
from solver.construction.layout import Layout
from solver.engine.certificate import SCALE, Certificate, certified_bound
from solver.engine.relaxation import relax

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.instance import Instance

SCHEMA_VERSION = 2
_READ = (1, 2)
"""The first knew no floors: none of its prices of room is negative, and what it proves is the same."""
_MOST = 2**53


class BadCertificate(ValueError):
    """Raised when a certificate cannot be read, or is of another instance."""


def certificate_record(instance: Instance, layout: Layout, certificate: Certificate, bound: int) -> dict[str, Any]:
    """Return a certificate as plain values; rooms whose prices are all nothing are left out."""
    offered, arrays = layout.candidates, layout.candidates.arrays
    units = zip(arrays.unit_body.tolist(), arrays.unit_service.tolist(), certificate.unit_price.tolist(), strict=True)
    rooms = []
    told = certificate.counted | (certificate.spread_price != 0) | (certificate.room_price != 0).any(axis=2)
    for option, service in np.argwhere(told).tolist():
        band = layout.band[option, service]
        prices = {
            arrays.band_name[offered.band_row[at]]: int(price)
            for at, price in zip(band.tolist(), certificate.room_price[option, service].tolist(), strict=True)
            if at >= 0 and price
        }
        rooms.append(
            {
                "centre": arrays.centres[offered.option_centre[option]],
                "commercial_model": arrays.commercial_models[offered.option_model[option]],
                "service": arrays.services[service],
                "counted": bool(certificate.counted[option, service]),
                "spread_price": int(certificate.spread_price[option, service]),
                "room_prices": prices,
            }
        )
    return {
        "schema_version": SCHEMA_VERSION,
        "digest": instance.digest(),
        "bound": bound,
        "scale": SCALE,
        "unit_prices": [[arrays.bodies[body], arrays.services[service], price] for body, service, price in units],
        "rooms": rooms,
    }


def proven_by(instance: Instance, record: Mapping[str, Any]) -> int:
    """Return the bound that a certificate proves for ``instance``, recomputed in whole numbers.

    Raises
    ------
    BadCertificate
        When it is of another instance, names what the instance has not, or holds anything but whole prices.
    """
    if record.get("schema_version") not in _READ or record.get("scale") != SCALE:
        raise BadCertificate(f"it is not of schema version {SCHEMA_VERSION} and scale {SCALE}")
    digest = instance.digest()
    if record.get("digest") != digest:
        raise BadCertificate(f"it was made for instance {record.get('digest')}, this is {digest}")
    active = active_rules(instance)
    layout = Layout(eligible(instance, active))
    try:
        return certified_bound(relax(layout, active), _certificate(layout, record))
    except OverflowError as error:
        raise BadCertificate(str(error)) from None


def _certificate(layout: Layout, record: Mapping[str, Any]) -> Certificate:
    offered, arrays = layout.candidates, layout.candidates.arrays
    options, services, bands = layout.capacity.shape
    body, service = arrays.body_position, arrays.service_position
    option = {
        (arrays.centres[centre], arrays.commercial_models[model]): at
        for at, (centre, model) in enumerate(zip(offered.option_centre.tolist(), offered.option_model.tolist(), strict=True))
    }
    found = Certificate(
        np.zeros(layout.units, dtype=np.int64),
        np.zeros((options, services), dtype=np.int64),
        np.zeros((options, services), dtype=np.bool_),
        np.zeros((options, services, bands), dtype=np.int64),
    )
    try:
        for of_body, of_service, price in record["unit_prices"]:
            found.unit_price[layout.unit_of[body[of_body], service[of_service]]] = _whole(price)
        for room in record["rooms"]:
            where = option[room["centre"], room["commercial_model"]], service[room["service"]]
            found.counted[where] = room["counted"] is True
            found.spread_price[where] = _whole(room["spread_price"])
            names = {arrays.band_name[offered.band_row[at]]: nth for nth, at in enumerate(layout.band[where].tolist()) if at >= 0}
            for name, price in room["room_prices"].items():
                found.room_price[(*where, names[name])] = _whole(price)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise BadCertificate(f"it cannot be read: {type(error).__name__}: {error}") from None
    return found


def _whole(price: object) -> int:
    if isinstance(price, bool) or not isinstance(price, int) or not 0 <= abs(price) < _MOST:
        raise ValueError(f"{price!r} is not a whole price")
    return price

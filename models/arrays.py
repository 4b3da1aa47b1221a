"""An instance as arrays: ids sorted into positions, wildcards spread out, joins done by key.

Everything downstream of an :class:`~models.instance.Instance` starts here. Positions follow sorted ids, so the order of rows in a file
changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from models.bands import bands_by_position
from models.economics import Annuities, annuities, refuse_inexact
from models.geography import great_circle_km, nearest_centres
from models.joins import find
from models.links import Links, links_by_position
from models.positions import ANY, located, positions, reals, texts, wholes, within
from models.powers import powers_by_position
from models.schema import EVERY, Form, list_items

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from models.instance import Appraisal, Instance

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class InstanceArrays:
    """An instance by position.

    Attributes
    ----------
    appraisal
        How money over time is weighed.
    bodies, services, centres, commercial_models, legal_types
        Sorted ids; every other array refers to their positions.
    unit_body, unit_service, unit_volume, unit_annual_cost, unit_workload
        (units,) a unit is a body's service, sorted by body then service; workload in common workload units, whole.
    model_form and model_*
        (commercial models,) ``model_maximum_*`` and ``model_minimum_owners`` are -1 when not given.
    centre_host
        (centres,) position of the host body, -1 when none.
    centre_allows
        (centres, commercial models) whether the centre may run under the model.
    band_*
        (bands,) sorted by centre, service, capacity, name; wildcards spread out.
    body_aims, body_systems
        (bodies,) sets of words, as the data gives them.
    body_employees, body_up_front_limit
        (bodies,) -1 when not given.
    unit_posts, unit_variant
        (units,) posts doing the work today, and the process the body insists on keeping (empty: it takes the centre's).
    vat_recovery_rate
        (legal types, commercial models) share of VAT on the charge that comes back.
    centre_supplier
        (centres,) who would run the centre if outsourced; the centre itself when not given.
    may_lead, may_own, may_use
        (legal types, commercial models, services).
    may_supply
        (legal types, commercial models, services, legal types) whether a lead of the first type may supply a body of the last.
    pair_relation
        (pairs,) text; ``pair_a`` and ``pair_b`` are body positions.
    """

    appraisal: Appraisal
    bodies: tuple[str, ...]
    services: tuple[str, ...]
    centres: tuple[str, ...]
    commercial_models: tuple[str, ...]
    legal_types: tuple[str, ...]
    body_legal_type: Whole
    body_latitude: Real
    body_longitude: Real
    body_security: Whole
    body_sector: tuple[str, ...]
    body_nation: tuple[str, ...]
    body_employees: Whole
    body_aims: tuple[frozenset[str], ...]
    body_systems: tuple[frozenset[str], ...]
    body_up_front_limit: Whole
    service_distance_limit_km: Real
    service_travel_cost_per_km: Real
    unit_body: Whole
    unit_service: Whole
    unit_volume: Whole
    unit_annual_cost: Whole
    unit_workload: Whole
    unit_posts: Real
    unit_variant: tuple[str, ...]
    model_form: tuple[Form, ...]
    model_governance_cost: Whole
    model_owner_cost: Whole
    model_client_side_rate: Real
    model_margin_rate: Real
    model_process_saving_rate: Real
    model_procurement_cost: Whole
    model_minimum_members: Whole
    model_maximum_members: Whole
    model_minimum_owners: Whole
    model_maximum_owners: Whole
    model_minimum_volume: Whole
    model_leaver_volume: Whole
    model_contract_years: Real
    model_standard_rated_share: Real
    vat_recovery_rate: Real
    centre_host: Whole
    centre_latitude: Real
    centre_longitude: Real
    centre_security: Whole
    centre_allows: Flags
    centre_supplier: tuple[str, ...]
    centre_private_co_owner: Flags
    centre_open_market_workload: Whole
    band_centre: Whole
    band_service: Whole
    band_name: tuple[str, ...]
    band_capacity: Whole
    band_set_up_cost: Whole
    band_fixed_cost: Whole
    band_unit_cost: Real
    may_lead: Flags
    may_own: Flags
    may_use: Flags
    may_supply: Flags
    links: Links
    pair_a: Whole
    pair_b: Whole
    pair_relation: tuple[str, ...]

    @cached_property
    def annuities(self) -> Annuities:
        """Present value of one pound paid by each profile."""
        return annuities(self.appraisal)

    @cached_property
    def body_position(self) -> dict[str, int]:
        """Position of each body id."""
        return {body: position for position, body in enumerate(self.bodies)}

    @cached_property
    def service_position(self) -> dict[str, int]:
        """Position of each service id."""
        return {service: position for position, service in enumerate(self.services)}

    @cached_property
    def centre_position(self) -> dict[str, int]:
        """Position of each centre id."""
        return {centre: position for position, centre in enumerate(self.centres)}

    @cached_property
    def model_position(self) -> dict[str, int]:
        """Position of each commercial model id."""
        return {model: position for position, model in enumerate(self.commercial_models)}

    @cached_property
    def unit_position(self) -> dict[tuple[int, int], int]:
        """Position of each (body, service) unit."""
        return {(body, service): unit for unit, (body, service) in enumerate(zip(self.unit_body.tolist(), self.unit_service.tolist(), strict=True))}

    @cached_property
    def unit_names(self) -> tuple[list[str], list[str]]:
        """Ids of the body and of the service of each unit, (units,) each."""
        return [self.bodies[body] for body in self.unit_body.tolist()], [self.services[service] for service in self.unit_service.tolist()]

    @cached_property
    def model_outsourced(self) -> Flags:
        """(commercial models,) whether each is run by a supplier."""
        return np.array([form is Form.OUTSOURCED for form in self.model_form], dtype=np.bool_)

    def minimum_owners(self, model: int) -> int:
        """Fewest owners of a cluster under a commercial model: as stated, else two when joint and one otherwise."""
        stated = int(self.model_minimum_owners[model])
        if stated >= 0:
            return stated
        return 2 if self.model_form[model] in (Form.JOINT_COMMITTEE, Form.JOINT_COMPANY) else 1

    def distance_km(self, body: Whole, centre: Whole, service: Whole | None = None) -> Real:
        """Return distances in km for aligned positions: what ``links`` states for the service, else for every service, else the great circle.

        A link that names the centre wins over one for every centre.
        """
        distance = great_circle_km(self.body_latitude[body], self.body_longitude[body], self.centre_latitude[centre], self.centre_longitude[centre])
        for position, link in self.link_matches(~np.isnan(self.links.distance_km), body, centre, service):
            distance[position] = self.links.distance_km[link]
        return distance

    def travelled_km(self, unit: Whole, centre: Whole) -> Real:
        """Return the distance in km for aligned positions, 0 where the unit's service costs no travel and nobody need look."""
        distance = np.zeros(unit.shape, dtype=np.float64)
        paid = np.flatnonzero(self.service_travel_cost_per_km[self.unit_service[unit]] > 0)
        if paid.size:
            unit, centre = unit[paid], centre[paid]
            # A unit comes at a centre once for each commercial model there, and is as far from it under all of them.
            fresh = np.ones(paid.shape, dtype=np.bool_)
            fresh[1:] = (unit[1:] != unit[:-1]) | (centre[1:] != centre[:-1])
            unit, centre = unit[fresh], centre[fresh]
            distance[paid] = self.distance_km(self.unit_body[unit], centre, self.unit_service[unit])[np.cumsum(fresh) - 1]
        return distance

    def nearest_centres(self, count: int) -> Whole:
        """Return (bodies, count) positions of the centres nearest to each body, worked out once for each ``count``."""
        if count not in self._nearest_centres:
            places = (self.body_latitude, self.body_longitude, self.centre_latitude, self.centre_longitude)
            self._nearest_centres[count] = nearest_centres(*places, count)
        return self._nearest_centres[count]

    @cached_property
    def _nearest_centres(self) -> dict[int, Whole]:
        return {}

    def link_costs(self, body: Whole, centre: Whole, service: Whole | None) -> tuple[Whole, Whole]:
        """Return (extra annual cost, extra one-off cost) for aligned positions.

        With ``service`` given, the rows that name that service; with ``None``, the rows for the body as a whole. Costs of several rows add up.
        """
        links = self.links
        priced = (links.extra_annual_cost != 0) | (links.extra_one_off_cost != 0)
        annual, one_off = np.zeros(body.shape, dtype=np.int64), np.zeros(body.shape, dtype=np.int64)
        for position, link in self.link_matches(priced & ((links.service == ANY) == (service is None)), body, centre, service):
            annual[position] += links.extra_annual_cost[link]
            one_off[position] += links.extra_one_off_cost[link]
        return annual, one_off

    def link_matches(self, chosen: Flags, body: Whole, centre: Whole, service: Whole | None) -> Iterator[tuple[Whole, Whole]]:
        """Yield (position, link): which of the ``chosen`` links (links,) cover which of the aligned positions.

        First come links for every centre and service, then those that name the centre, the service, and both; within each a position stands at
        most once. With ``service`` ``None``, only links for every service count.
        """
        if not chosen.any():
            return
        linked = np.zeros(len(self.bodies), dtype=np.bool_)
        linked[self.links.body[chosen]] = True
        some = np.flatnonzero(linked[body])
        keys, order = self._links_by_key
        for by_service in (ANY,) if service is None else (ANY, service[some]):
            for by_centre in (ANY, centre[some]):
                at, found = find(self._link_key(body[some], by_centre, by_service), keys)
                link = order[found]
                kept = chosen[link]
                yield some[at[kept]], link[kept]

    @cached_property
    def _links_by_key(self) -> tuple[Whole, Whole]:
        """Sorted keys of the links, and the link each belongs to."""
        key = self._link_key(self.links.body, self.links.centre, self.links.service)
        order = np.argsort(key)
        return key[order], order

    def _link_key(self, body: Whole, centre: Whole | int, service: Whole | int) -> Whole:
        """Return one number for (body, centre, service); :data:`ANY` is -1, so positions are counted from 1."""
        return (body * (len(self.centres) + 1) + centre + 1) * (len(self.services) + 1) + service + 1


def instance_arrays(instance: Instance) -> InstanceArrays:
    """Return ``instance`` by position, worked out once for each; ids must match (a validated instance's do), else ``KeyError``."""
    return instance.by_position


def arranged(instance: Instance) -> InstanceArrays:
    """Return ``instance`` by position, worked out anew."""
    services = instance.table("services").sort_values("service", ignore_index=True)
    bodies = instance.table("bodies").sort_values("body", ignore_index=True)
    models = instance.table("commercial_models").sort_values("commercial_model", ignore_index=True)
    centres = instance.table("centres").sort_values("centre", ignore_index=True)
    body_at = positions(bodies["body"])
    service_at = positions(services["service"])
    model_at = positions(models["commercial_model"])
    centre_at = positions(centres["centre"])
    legal_types = sorted(set(texts(bodies["legal_type"])))
    type_at = {legal_type: position for position, legal_type in enumerate(legal_types)}
    pairs = instance.table("pairs")
    return InstanceArrays(
        appraisal=instance.appraisal,
        bodies=tuple(texts(bodies["body"])),
        services=tuple(texts(services["service"])),
        centres=tuple(texts(centres["centre"])),
        commercial_models=tuple(texts(models["commercial_model"])),
        legal_types=tuple(legal_types),
        body_legal_type=located(bodies["legal_type"], type_at),
        body_latitude=reals(bodies["latitude"]),
        body_longitude=reals(bodies["longitude"]),
        body_security=wholes(bodies["security_level"]),
        body_sector=tuple(texts(bodies["sector"])),
        body_nation=tuple(texts(bodies["nation"])),
        body_employees=wholes(bodies["employees"]),
        body_aims=_item_sets(bodies["aims"]),
        body_systems=_item_sets(bodies["systems"]),
        body_up_front_limit=wholes(bodies["up_front_limit"]),
        service_distance_limit_km=reals(services["distance_limit_km"].fillna(np.inf)),
        service_travel_cost_per_km=reals(services["travel_cost_per_km"]),
        **_units(instance.table("baseline"), body_at, service_at, reals(services["workload_per_unit"])),
        model_form=tuple(Form(form) for form in models["form"]),
        model_governance_cost=wholes(models["governance_cost"]),
        model_owner_cost=wholes(models["owner_cost"]),
        model_client_side_rate=reals(models["client_side_rate"]),
        model_margin_rate=reals(models["margin_rate"]),
        model_process_saving_rate=reals(models["process_saving_rate"]),
        model_procurement_cost=wholes(models["procurement_cost"]),
        model_minimum_members=wholes(models["minimum_members"]),
        model_maximum_members=wholes(models["maximum_members"]),
        model_minimum_owners=wholes(models["minimum_owners"]),
        model_maximum_owners=wholes(models["maximum_owners"]),
        model_minimum_volume=wholes(models["minimum_volume"]),
        model_leaver_volume=np.where(models["leaver_volume"].isna(), wholes(models["minimum_volume"]), wholes(models["leaver_volume"])),
        model_contract_years=reals(models["contract_years"].fillna(np.nan)),
        model_standard_rated_share=reals(models["standard_rated_share"]),
        vat_recovery_rate=_recovery_rates(instance.table("vat"), type_at, model_at),
        centre_host=np.array([body_at[host] if host else -1 for host in centres["host_body"]], dtype=np.int64),
        centre_latitude=reals(centres["latitude"]),
        centre_longitude=reals(centres["longitude"]),
        centre_security=wholes(centres["security_level"]),
        centre_allows=_allowed(centres["allowed_models"], model_at),
        centre_supplier=tuple(supplier or centre for centre, supplier in zip(centres["centre"], centres["supplier"], strict=True)),
        centre_private_co_owner=np.asarray(centres["private_co_owner"].to_numpy(), dtype=np.bool_),
        centre_open_market_workload=wholes(centres["open_market_workload"]),
        **bands_by_position(instance.table("bands"), centre_at, service_at),
        **powers_by_position(instance.table("powers"), type_at, model_at, service_at),
        links=links_by_position(instance.table("links"), body_at, centre_at, service_at),
        pair_a=located(pairs["body_a"], body_at),
        pair_b=located(pairs["body_b"], body_at),
        pair_relation=tuple(pairs["relation"]),
    )


def _units(baseline: pd.DataFrame, body_at: dict[str, int], service_at: dict[str, int], workload_per_unit: Real) -> dict[str, Any]:
    body, service = located(baseline["body"], body_at), located(baseline["service"], service_at)
    order = np.lexsort((service, body))
    volume = wholes(baseline["volume"])[order]
    workload = volume * workload_per_unit[service[order]]
    refuse_inexact(workload, "the workload of a unit")
    return {
        "unit_body": body[order],
        "unit_service": service[order],
        "unit_volume": volume,
        "unit_annual_cost": wholes(baseline["annual_cost"])[order],
        "unit_workload": np.rint(workload).astype(np.int64),
        "unit_posts": reals(baseline["posts"])[order],
        "unit_variant": tuple(texts(baseline["variant"].iloc[order])),
    }


def _item_sets(lists: pd.Series[str]) -> tuple[frozenset[str], ...]:
    read = {text: frozenset(list_items(text)) for text in set(texts(lists))}
    return tuple(read[text] for text in texts(lists))


def _recovery_rates(vat: pd.DataFrame, type_at: dict[str, int], model_at: dict[str, int]) -> Real:
    """Spread ``*`` over the models; a row that names a model wins. What no row grants is not recovered."""
    rates = np.zeros((len(type_at), len(model_at)))
    vat = vat[within(vat["legal_type"], type_at)]
    for record in vat.sort_values("commercial_model", key=lambda column: column != EVERY, kind="stable").to_dict("records"):
        models = slice(None) if record["commercial_model"] == EVERY else model_at[record["commercial_model"]]
        rates[type_at[record["legal_type"]], models] = record["recovery_rate"]
    return rates


def _allowed(allowed_models: pd.Series[str], model_at: dict[str, int]) -> Flags:
    allows = np.zeros((len(allowed_models), len(model_at)), dtype=np.bool_)
    for centre, text in enumerate(allowed_models):
        named = list_items(text)
        allows[centre, [model_at[name] for name in named] if named else slice(None)] = True
    return allows

"""The optimum of a small instance by enumeration, in plain Python from the tables alone.

It shares no code with the formulation, the rules or the audit: each rule is written again here from its statement.
"""

import itertools
import math
from dataclasses import dataclass
from functools import cache

from models.instance import Instance

INFINITE = math.inf


@dataclass(frozen=True)
class Tables:
    services: dict
    bodies: dict
    units: dict
    models: dict
    centres: dict
    bands: dict
    powers: dict
    links: list
    pairs: list
    rules: dict
    recovery: dict


def optimum(instance: Instance) -> float:
    """Return the least cost over every plan, infinite when none keeps the rules."""
    tables = _tables(instance)
    money = _Money(instance)
    centres = sorted(tables.centres)
    units = sorted(tables.units)

    @cache
    def cluster(centre: str, model: str, members: frozenset) -> float:
        return _cluster_cost(tables, money, centre, model, members)

    best = INFINITE
    allowed = [[None, *(m for m in sorted(tables.models) if not tables.centres[c]["allowed"] or m in tables.centres[c]["allowed"])] for c in centres]
    for choice in itertools.product(*allowed):
        opened = {c: m for c, m in zip(centres, choice, strict=True) if m is not None}
        places = [["", *(c for c, m in opened.items() if _eligible(tables, unit, c, m))] for unit in units]
        for where in itertools.product(*places):
            served = {c: frozenset(u for u, place in zip(units, where, strict=True) if place == c) for c in opened}
            if not all(served.values()):
                continue
            cost = _across(tables, served)
            if cost == INFINITE:
                continue
            cost += sum(money.alone(tables.units[u]) for u, place in zip(units, where, strict=True) if not place)
            for centre, members in served.items():
                cost += cluster(centre, opened[centre], members)
                if cost >= best:
                    break
            best = min(best, cost)
    return best


class _Money:
    def __init__(self, instance: Instance) -> None:
        a = instance.appraisal
        self.appraisal = a
        factor, self.every, self.new, self.old = 1.0, 0.0, 0.0, 0.0
        for year in range(a.horizon_years):
            if year:
                factor /= 1 + [rate for first, rate in a.rate_steps if first <= year][-1]
            share = a.saving_ramp[min(year, len(a.saving_ramp) - 1)]
            self.every += factor
            self.new += factor * share
            self.old += factor * (1 - share)

    def alone(self, unit: dict) -> int:
        return round(unit["annual_cost"] * self.every)

    def served(self, unit: dict, model: dict, unit_cost: float, link: tuple, travel: float, recovered: float) -> int:
        a = self.appraisal
        charge = self.operated(unit["volume"] * unit_cost * (1 - model["process_saving_rate"]), model)
        vat = charge * (1 + model["margin_rate"]) * a.vat_rate * model["standard_rated_share"] * (1 - recovered)
        leavers = unit["posts"] * a.posts_removed_rate * a.exit_payment_per_post
        cash_only = round(vat * self.new) + round(leavers) if a.view == "cash" else 0
        return (
            cash_only
            + round(unit["annual_cost"] * self.old)
            + round(charge * self.new)
            + round(charge * model["margin_rate"] * self.new)
            + round(unit["annual_cost"] * model["client_side_rate"] * self.new)
            + round(unit["volume"] * travel * self.new)
            + round(link[0] * self.new)
            + round(link[1])
            + round(unit["annual_cost"] * a.migration_rate * self.moved)
            + round(unit["annual_cost"] * (a.dual_running_months / 12))
        )

    @property
    def moved(self) -> float:
        return 1 + self.appraisal.optimism_bias.get("migration", 0.0)

    def operated(self, amount: float, model: dict) -> float:
        return amount * (1 + self.appraisal.optimism_bias.get("operating", 0.0)) if model["form"] == "outsourced" else amount

    def band(self, band: dict, model: dict) -> int:
        built = band["set_up_cost"] * (1 + self.appraisal.optimism_bias.get("set_up", 0.0))
        return round(built) + round(self.operated(band["fixed_cost"], model) * self.new)


def _tables(instance: Instance) -> Tables:
    def rows(name: str) -> list[dict]:
        return instance.table(name).to_dict("records")

    centres = {row["centre"]: {**row, "allowed": [m.strip() for m in row["allowed_models"].split(";") if m.strip()]} for row in rows("centres")}
    bands: dict = {}
    for centre in centres:
        for service in {row["service"] for row in rows("services")}:
            own = [row for row in rows("bands") if row["service"] == service and row["centre"] == centre]
            bands[centre, service] = own or [row for row in rows("bands") if row["service"] == service and row["centre"] == "*"]
    powers: dict = {}
    for row in sorted(rows("powers"), key=lambda row: row["service"] != "*"):
        for service in {r["service"] for r in rows("services")} if row["service"] == "*" else [row["service"]]:
            powers[row["legal_type"], row["commercial_model"], service] = row
    return Tables(
        services={row["service"]: row for row in rows("services")},
        bodies={row["body"]: row for row in rows("bodies")},
        units={(row["body"], row["service"]): row for row in rows("baseline")},
        models={row["commercial_model"]: row for row in rows("commercial_models")},
        centres=centres,
        bands=bands,
        powers=powers,
        links=rows("links"),
        pairs=rows("pairs"),
        rules={rule.name: rule for rule in instance.rules},
        recovery={(row["legal_type"], row["commercial_model"]): row["recovery_rate"] for row in rows("vat")},
    )


def _may(tables: Tables, what: str, body: str, model: str, service: str) -> bool:
    row = tables.powers.get((tables.bodies[body]["legal_type"], model, service))
    return bool(row and row[what])


def _may_supply(tables: Tables, lead: str, body: str, model: str, service: str) -> bool:
    if not _may(tables, "may_lead", lead, model, service):
        return False
    listed = [kind.strip() for kind in tables.powers[tables.bodies[lead]["legal_type"], model, service]["lead_for"].split(";") if kind.strip()]
    return not listed or tables.bodies[body]["legal_type"] in listed


def _kilometres(tables: Tables, body: str, centre: str, service: str | None) -> float:
    a, b = tables.bodies[body], tables.centres[centre]
    p, q = math.radians(a["latitude"]), math.radians(b["latitude"])
    turn = math.radians(b["longitude"] - a["longitude"])
    across = math.hypot(math.cos(q) * math.sin(turn), math.cos(p) * math.sin(q) - math.sin(p) * math.cos(q) * math.cos(turn))
    along = math.sin(p) * math.sin(q) + math.cos(p) * math.cos(q) * math.cos(turn)
    distance = 6371.0088 * math.atan2(across, along)
    rank = -1
    for link in tables.links:
        applies = link["body"] == body and link["centre"] in ("*", centre) and (link["service"] == "*" or link["service"] == service)
        if applies and not math.isnan(link["distance_km"]):
            # A row that names the service beats one that does not; then one that names the centre beats one that does not.
            specific = 2 * (link["service"] != "*") + (link["centre"] != "*")
            if specific > rank:
                rank, distance = specific, link["distance_km"]
    return distance


def _eligible(tables: Tables, unit: tuple, centre: str, model: str) -> bool:
    body, service = unit
    if not _may(tables, "may_use", body, model, service):
        return False
    if tables.centres[centre]["security_level"] < tables.bodies[body]["security_level"]:
        return False
    if _kilometres(tables, body, centre, service) > (tables.services[service]["distance_limit_km"] or INFINITE):
        return False
    if any(
        link["status"] == "forbidden" and link["body"] == body and link["centre"] in ("*", centre) and link["service"] in ("*", service)
        for link in tables.links
    ):
        return False
    rule = tables.rules.get("nearest-centres")
    if rule and tables.centres[centre]["host_body"] != body:
        required = any(link["status"] == "required" and link["body"] == body and link["centre"] == centre for link in tables.links)
        as_flown = {c: _great_circle(tables, body, c) for c in tables.centres}
        nearer = sum((round(as_flown[c], 6), c) < (round(as_flown[centre], 6), centre) for c in tables.centres)
        if nearer >= rule.parameters["count"] and not required:
            return False
    return True


def _great_circle(tables: Tables, body: str, centre: str) -> float:
    unlinked = Tables(**{**tables.__dict__, "links": []})
    return _kilometres(unlinked, body, centre, None)


def _price(tables: Tables, rule: str, excess: int) -> float:
    """Return 0 without the rule or the excess, the penalty when the rule is soft, infinite when it is hard."""
    setting = tables.rules.get(rule)
    if setting is None or excess <= 0:
        return 0
    return INFINITE if setting.penalty is None else setting.penalty * excess


def _across(tables: Tables, served: dict) -> float:
    """Return the price of rules that look across clusters."""
    members = {centre: {body for body, _ in units} for centre, units in served.items()}
    cost = 0.0
    for body in tables.bodies:
        used = sum(body in bodies for bodies in members.values())
        limit = tables.rules.get("provider-limit")
        cost += _price(tables, "provider-limit", used - (limit.parameters["maximum"] if limit else used))
    for link in tables.links:
        if link["status"] == "required":
            units = [u for c, us in served.items() if link["centre"] in ("*", c) for u in us]
            if not any(u[0] == link["body"] and link["service"] in ("*", u[1]) for u in units):
                return INFINITE
    for pair in tables.pairs:
        with_a = {c for c, bodies in members.items() if pair["body_a"] in bodies}
        with_b = {c for c, bodies in members.items() if pair["body_b"] in bodies}
        if pair["relation"] == "must-not-share" and with_a & with_b:
            return INFINITE
        if pair["relation"] in ("must-share", "together-or-alone") and with_a != with_b:
            return INFINITE
        if pair["relation"] == "must-share" and not with_a:
            return INFINITE
    return cost


def _cluster_cost(tables: Tables, money: _Money, centre: str, model_id: str, units: frozenset) -> float:
    model = tables.models[model_id]
    bodies = sorted({body for body, _ in units})
    cost: float = round(model["governance_cost"] * money.new) + model["procurement_cost"]
    cost += len(bodies) * round(money.appraisal.migration_cost * money.moved)
    for body in bodies:
        annual, one_off = _link_cost(tables, body, centre, "*")
        cost += round(annual * money.new) + round(one_off)
    cost += _owning(tables, money, centre, model_id, bodies, units)
    cost += _price(tables, "member-limits", model["minimum_members"] - len(bodies))
    if str(model["maximum_members"]) not in ("<NA>", "None"):
        cost += _price(tables, "member-limits", len(bodies) - model["maximum_members"])
    work = sum(round(tables.units[u]["volume"] * tables.services[u[1]]["workload_per_unit"]) for u in units)
    cost += _price(tables, "minimum-volume", model["minimum_volume"] - work)
    for service in {service for _, service in units}:
        if cost == INFINITE:
            return INFINITE
        some = [u for u in units if u[1] == service]
        cost += min((_band_cost(tables, money, centre, model, band, some) for band in tables.bands[centre, service]), default=INFINITE)
    return cost


def _link_cost(tables: Tables, body: str, centre: str, service: str) -> tuple:
    hits = [row for row in tables.links if row["body"] == body and row["centre"] in ("*", centre) and row["service"] == service]
    return sum(row["extra_annual_cost"] for row in hits), sum(row["extra_one_off_cost"] for row in hits)


def _band_cost(tables: Tables, money: _Money, centre: str, model: dict, band: dict, units: list) -> float:
    load = sum(tables.units[u]["volume"] for u in units)
    if load > band["capacity"]:
        return INFINITE
    rule = tables.rules.get("utilisation-floor")
    floor = math.ceil(band["capacity"] * rule.parameters["share"] - 1e-9) if rule else 0
    cost = money.band(band, model) + _price(tables, "utilisation-floor", floor - load)
    return cost + sum(
        money.served(
            tables.units[u],
            model,
            band["unit_cost"],
            _link_cost(tables, u[0], centre, u[1]),
            tables.services[u[1]]["travel_cost_per_km"] * _kilometres(tables, u[0], centre, u[1]),
            _recovered(tables, u[0], model["commercial_model"]),
        )
        for u in units
    )


def _recovered(tables: Tables, body: str, model: str) -> float:
    """Return the share of VAT the body gets back: as stated for the model, else for every model, else none."""
    legal_type = tables.bodies[body]["legal_type"]
    return tables.recovery.get((legal_type, model), tables.recovery.get((legal_type, "*"), 0.0))


def _owning(tables: Tables, money: _Money, centre: str, model_id: str, bodies: list, units: frozenset) -> float:
    """Return the cheapest way to own and lead a cluster of these members."""
    model = tables.models[model_id]
    owner_cost = round(model["owner_cost"] * money.new)

    def supplies(lead: str) -> bool:
        return all(body == lead or _may_supply(tables, lead, body, model_id, service) for body, service in units)

    if model["form"] == "unitary":
        host = tables.centres[centre]["host_body"]
        leads = [body for body in bodies if supplies(body) and host in ("", body)]
        return owner_cost if leads else INFINITE
    owners = [body for body in bodies if any(_may(tables, "may_own", body, model_id, service) for b, service in units if b == body)]
    stated = {key: None if str(model[key]) == "<NA>" else model[key] for key in ("minimum_owners", "maximum_owners")}
    fewest = (2 if model["form"].startswith("joint") else 1) if stated["minimum_owners"] is None else stated["minimum_owners"]
    if len(owners) < fewest:
        return INFINITE
    if model["form"] == "joint-committee":
        able = [o for o in owners if supplies(o) and any(_may(tables, "may_lead", o, model_id, s) for s in tables.services)]
        if not able:
            return INFINITE
    rule = tables.rules.get("owner-limit")
    most = min(rule.parameters["maximum"], stated["maximum_owners"] or INFINITE) if rule else INFINITE
    return fewest * owner_cost + (_price(tables, "owner-limit", fewest - int(most)) if most < fewest else 0)

"""Instances from a recipe: the same recipe and seed give the same instance, from 2 bodies to 50,000.

Nothing here describes a real body. The recipe is stored with the instance, in words among its sources and in figures under ``recipe`` in its settings.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from instances.laws import BANDS, MODELS, SECTORS, SERVICES, SET_UP_SHARE, ServiceLaw
from instances.places import Places, places
from instances.recipe import Recipe, recipe_text
from models.instance import Appraisal, Instance, RuleSetting, Settings
from models.schema import EVERY, TABLE_BY_NAME, Kind

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Recipe", "generate", "recipe_text"]

_FIGURES = frozenset({Kind.MONEY, Kind.WHOLE, Kind.NUMBER, Kind.RATE, Kind.LATITUDE, Kind.LONGITUDE, Kind.YES_NO})


def generate(recipe: Recipe) -> Instance:
    """Make the instance a recipe describes.

    Carrying on alone is feasible for every body whatever the recipe, unless ``recipe.rules`` say otherwise.

    Raises
    ------
    models.findings.InvalidInstance
        When a rule of the recipe is not known or a parameter of it is out of range.
    """
    import pandas as pd

    from models.tables import from_frames

    services = [SERVICES[name] for name in recipe.service_names]
    where = places(_stream(recipe, "places"), recipe.bodies, recipe.regions, recipe.nations)
    bodies = _bodies(recipe, where)
    baseline = _baseline(recipe, bodies, services)
    centres = _centres(recipe, bodies)
    tables = {
        "services": _services(services),
        "bodies": bodies,
        "baseline": baseline,
        "commercial_models": pd.DataFrame([{"commercial_model": name, **vars(MODELS[name])} for name in recipe.model_names]).assign(
            form=lambda frame: frame["form"].astype(str)
        ),
        "centres": centres,
        "bands": _bands(recipe, baseline, services),
        "powers": _powers(recipe, bodies),
    }
    if recipe.links:
        tables["links"] = _links(recipe, bodies, centres)
    if recipe.pairs:
        tables["pairs"] = _pairs(recipe, bodies)
    tables["evidence"] = _evidence(tables)
    rules = recipe.rules
    if recipe.nearest:
        rules = (*rules, RuleSetting("nearest-centres", {"count": recipe.nearest}))
    return from_frames(
        tables,
        settings=Settings(
            title=f"Generated: {recipe.bodies} bodies, {len(services)} services, {recipe.centres} centres, seed {recipe.seed}",
            price_year=2026,
            sources=(recipe_text(recipe),),
            extra={"recipe": recipe.as_dict()},
        ),
        appraisal=Appraisal(horizon_years=recipe.horizon, optimism_bias={"set_up": 0.4}, migration_cost=50_000, migration_rate=0.03, dual_running_months=3.0),
        rules=rules,
    )


def _stream(recipe: Recipe, topic: str) -> np.random.Generator:
    """Return a generator of the topic's own, so that a service more or less leaves the map and every other service as they were."""
    return np.random.default_rng([recipe.seed, zlib.crc32(topic.encode())])


def _ids(prefix: str, count: int) -> npt.NDArray[np.str_]:
    width = len(str(count))
    return np.array([f"{prefix}{number:0{width}d}" for number in range(1, count + 1)])


def _bodies(recipe: Recipe, where: Places) -> pd.DataFrame:
    import pandas as pd

    generator = _stream(recipe, "bodies")
    mix = sorted(recipe.sectors)
    weights = np.array([weight for _, weight in mix])
    ideal = np.cumsum(weights / weights.sum()) * recipe.bodies
    # Rounding the running total keeps every sector within one body of its share and the sum exact.
    counts = np.diff(np.rint(ideal).astype(np.int64), prepend=0)
    sector = generator.permutation(np.repeat(np.array([name for name, _ in mix]), counts))
    pull = where.pull[where.town]
    employees = np.zeros(recipe.bodies, dtype=np.int64)
    security = np.zeros(recipe.bodies, dtype=np.int64)
    for name, _ in mix:
        mine = sector == name
        employees[mine] = SECTORS[name].employees(generator, pull[mine])
        security[mine] = generator.random(int(mine.sum())) < SECTORS[name].secure_share
    frame = pd.DataFrame(
        {
            "body": _ids("body-", recipe.bodies),
            "sector": sector,
            "legal_type": [SECTORS[name].legal_type for name in sector],
            "nation": where.nation,
            "region": where.region,
            "latitude": where.latitude,
            "longitude": where.longitude,
            "employees": employees,
            "security_level": security,
        }
    )
    town = pd.Series(where.town_name[where.town])
    number = frame.groupby([town, "sector"]).cumcount() + 1
    frame.insert(1, "name", town + " " + frame["sector"].str.replace("-", " ") + " " + number.astype(str))
    return frame


def _services(services: list[ServiceLaw]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "service": [law.service for law in services],
            "volume_unit": [law.volume_unit for law in services],
            "scale_exponent": [law.exponent for law in services],
            "distance_limit_km": [law.distance_limit_km for law in services],
            # A payslip's price is the common unit of workload, so that services of very different units can be added.
            "travel_cost_per_km": [law.travel_cost_per_km for law in services],
            "workload_per_unit": [round(law.price / SERVICES["payroll"].price, 2) for law in services],
        }
    ).astype({"distance_limit_km": "float64"})


def _baseline(recipe: Recipe, bodies: pd.DataFrame, services: list[ServiceLaw]) -> pd.DataFrame:
    import pandas as pd

    employees = bodies["employees"].to_numpy(dtype=np.float64)
    exists = {law.service: _stream(recipe, f"coverage {law.service}").random(recipe.bodies) for law in services}
    # The service with a body's lowest draw is always kept, so that no body is left without one.
    lowest = np.minimum.reduce([exists[law.service] for law in services])
    parts = []
    for law in services:
        generator = _stream(recipe, f"baseline {law.service}")
        rate = bodies["sector"].map(law.rate).to_numpy(dtype=np.float64)
        volume = np.maximum(np.rint(employees * rate * np.exp(0.1 * generator.standard_normal(recipe.bodies))), 1.0)
        cost = np.rint(law.annual_cost(volume) * np.exp(0.2 * generator.standard_normal(recipe.bodies)))
        frame = pd.DataFrame({"body": bodies["body"], "service": law.service, "volume": volume.astype(np.int64), "annual_cost": cost.astype(np.int64)})
        runs = (exists[law.service] < recipe.coverage) | (exists[law.service] == lowest)
        parts.append(frame[runs])
    baseline: pd.DataFrame = pd.concat(parts, ignore_index=True)
    baseline["confidence_grade"] = "D"
    return baseline


def _centres(recipe: Recipe, bodies: pd.DataFrame) -> pd.DataFrame:
    """Draw host bodies without replacement, in proportion to employees: larger bodies host, but not only the largest."""
    generator = _stream(recipe, "centres")
    key = np.log(bodies["employees"].to_numpy(dtype=np.float64)) + generator.gumbel(size=recipe.bodies)
    hosts = bodies.iloc[np.sort(np.argsort(-key, kind="stable")[: recipe.centres])].reset_index(drop=True)
    cleared = generator.random(recipe.centres) < 0.3
    frame = hosts[["nation", "region", "latitude", "longitude"]].assign(
        security_level=np.maximum(hosts["security_level"].to_numpy(), cleared), allowed_models="; ".join(recipe.model_names)
    )
    frame.insert(0, "host_body", hosts["body"])
    frame.insert(0, "name", "Centre at " + hosts["name"])
    frame.insert(0, "centre", _ids("centre-", recipe.centres))
    return frame


def _bands(recipe: Recipe, baseline: pd.DataFrame, services: list[ServiceLaw]) -> pd.DataFrame:
    """Build the same bands at every centre from the service's scale curve.

    The unit cost is the curve's slope at the largest band, the same in every band; the fixed cost is whatever brings a full band onto the curve,
    so economies of scale stand in the fixed cost and the program stays small.
    """
    import pandas as pd

    demand = baseline.groupby("service")["volume"].sum()
    rows = []
    for law in services:
        # A service that no body happens to run still needs bands of some size.
        largest = max(1.0, recipe.tightness * float(demand.get(law.service, 0)) / recipe.centres)
        unit_cost = round(float(law.exponent * law.annual_cost(np.array([largest]))[0] / largest), 4)
        for band, share in BANDS:
            capacity = max(1.0, float(np.rint(share * largest)))
            full = float(law.annual_cost(np.array([capacity]))[0])
            rows.append(
                {
                    "centre": EVERY,
                    "service": law.service,
                    "band": band,
                    "capacity": int(capacity),
                    "set_up_cost": round(SET_UP_SHARE * full),
                    "fixed_cost": max(0, round(full - unit_cost * capacity)),
                    "unit_cost": unit_cost,
                }
            )
    return pd.DataFrame(rows)


def _powers(recipe: Recipe, bodies: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    present = set(bodies["sector"])
    return pd.DataFrame(
        {
            "legal_type": law.legal_type,
            "commercial_model": model,
            "service": EVERY,
            "may_lead": MODELS[model].form in law.leads,
            "may_own": MODELS[model].form in law.owns,
            "may_use": True,
        }
        for law in SECTORS.values()
        if law.sector in present
        for model in recipe.model_names
    )


def _links(recipe: Recipe, bodies: pd.DataFrame, centres: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    generator = _stream(recipe, "links")
    count = max(1, round(recipe.links * recipe.bodies))
    body = np.sort(generator.choice(recipe.bodies, size=count, replace=False))
    centre = generator.integers(recipe.centres, size=count)
    forbidden = generator.random(count) < 0.5
    extra = np.rint(bodies["employees"].to_numpy()[body] * generator.uniform(5, 50, count)).astype(np.int64)
    return pd.DataFrame(
        {
            "body": bodies["body"].to_numpy()[body],
            "centre": centres["centre"].to_numpy()[centre],
            "service": EVERY,
            "status": np.where(forbidden, "forbidden", ""),
            "extra_annual_cost": np.where(forbidden, 0, extra),
            "extra_one_off_cost": np.where(forbidden, 0, 2 * extra),
        }
    )


def _pairs(recipe: Recipe, bodies: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    generator = _stream(recipe, "pairs")
    # An unordered pair is numbered b(b-1)/2 + a with a < b, so distinct numbers are distinct pairs and none is drawn twice.
    number = generator.choice(recipe.bodies * (recipe.bodies - 1) // 2, size=recipe.pairs, replace=False, shuffle=False)
    second = np.floor((1 + np.sqrt(1 + 8 * number.astype(np.float64))) / 2).astype(np.int64)
    first = number - second * (second - 1) // 2
    relation = np.where(np.arange(recipe.pairs) % 3 < 2, "must-not-share", "together-or-alone")
    names = bodies["body"].to_numpy()
    return pd.DataFrame({"body_a": names[first], "body_b": names[second], "relation": relation})


def _evidence(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {"table": name, "column": column.name, "where": "", "mark": "A", "source": "generated"}
        for name in tables
        for column in TABLE_BY_NAME[name].columns
        if column.kind in _FIGURES
    )

"""Random instances small enough to enumerate, with every table, form and rule in play."""

import contextlib
import functools

import numpy as np
import pandas as pd

from models.findings import InvalidInstance
from models.instance import Appraisal, Instance, RuleSetting, Settings
from models.schema import View
from models.tables import from_frames

FORMS = ("unitary", "joint-committee", "joint-company", "outsourced")


# Several files of tests go through the same seeds, and reading an instance takes most of their time.
@functools.cache
def random_instance(seed: int) -> Instance:
    """Return the instance of ``seed``: 2-4 bodies, 1-2 services, 1-2 centres, 1-3 models, 1-2 bands each."""
    rng = np.random.default_rng(seed)
    # Streams of their own, so that what seeds drew before stays as it was.
    cash, bias = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])
    bodies = [f"b{i}" for i in range(rng.integers(2, 5))]
    services = [f"s{i}" for i in range(rng.integers(1, 3))]
    centres = [f"c{i}" for i in range(rng.integers(1, 3))]
    models = [f"m{i}" for i in range(rng.integers(1, 4))]
    types = ["council", "trust"]
    tables = {
        "services": pd.DataFrame(
            {
                "service": services,
                "distance_limit_km": [float(rng.choice([np.nan, 60.0])) for _ in services],
                "workload_per_unit": [float(rng.choice([1.0, 2.5])) for _ in services],
                "travel_cost_per_km": [float(rng.choice([0.0, 0.03])) for _ in services],
            }
        ),
        "bodies": _bodies(rng, bodies, types),
        "baseline": _with_posts(cash, _baseline(rng, bodies, services)),
        "commercial_models": _with_taxed_shares(cash, _models(rng, models)),
        "vat": _vat(cash, types, models),
        "centres": pd.DataFrame(
            {
                "centre": centres,
                "host_body": [str(rng.choice(["", *bodies])) for _ in centres],
                "latitude": rng.uniform(51.0, 51.8, len(centres)).round(3),
                "longitude": rng.uniform(0.0, 1.0, len(centres)).round(3),
                "security_level": rng.integers(0, 3, len(centres)),
            }
        ),
        "bands": _bands(rng, centres, services),
        "powers": _powers(rng, types, models),
        "links": _links(rng, bodies, centres, services),
        "pairs": _pairs(rng, bodies),
    }
    appraisal = Appraisal(
        horizon_years=int(rng.integers(2, 6)),
        discount_rates=((0, float(rng.choice([0.0, 0.035]))),),
        saving_ramp=(0.0, 1.0) if rng.random() < 0.5 else (0.0, 0.3, 0.75, 1.0),
        optimism_bias={
            "set_up": float(rng.choice([0.0, 0.4])),
            "migration": float(bias.choice([0.0, 0.4])),
            "operating": float(bias.choice([0.0, 0.082])),
        },
        migration_cost=int(rng.integers(0, 30)),
        migration_rate=float(rng.choice([0.0, 0.03])),
        dual_running_months=float(rng.choice([0.0, 3.0])),
        view=View(str(cash.choice([View.ECONOMIC, View.CASH]))),
        vat_rate=0.2,
        posts_removed_rate=float(cash.choice([0.0, 0.15])),
        exit_payment_per_post=int(cash.integers(0, 200)),
    )
    return from_frames(tables, settings=Settings(title=f"random {seed}"), appraisal=appraisal, rules=_rules(rng))


def _bodies(rng: np.random.Generator, bodies: list[str], types: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "body": bodies,
            "legal_type": rng.choice(types, len(bodies)),
            "latitude": rng.uniform(51.0, 51.8, len(bodies)).round(3),
            "longitude": rng.uniform(0.0, 1.0, len(bodies)).round(3),
            "security_level": rng.choice([0, 0, 0, 1], len(bodies)),
        }
    )


def _baseline(rng: np.random.Generator, bodies: list[str], services: list[str]) -> pd.DataFrame:
    rows = [(b, s, int(rng.integers(0, 40)), int(rng.integers(50, 900))) for b in bodies for s in services if rng.random() < 0.85]
    rows = rows or [(bodies[0], services[0], 10, 100)]
    return pd.DataFrame(rows, columns=["body", "service", "volume", "annual_cost"])


def _with_posts(cash: np.random.Generator, baseline: pd.DataFrame) -> pd.DataFrame:
    return baseline.assign(posts=cash.choice([0.0, 1.5, 4.0], len(baseline)))


def _with_taxed_shares(cash: np.random.Generator, models: pd.DataFrame) -> pd.DataFrame:
    return models.assign(standard_rated_share=cash.choice([0.0, 0.5, 1.0], len(models)))


def _vat(cash: np.random.Generator, types: list[str], models: list[str]) -> pd.DataFrame:
    rows = [(legal_type, "*", float(cash.choice([0.0, 0.6, 1.0]))) for legal_type in types if cash.random() < 0.8]
    rows += [(legal_type, model, float(cash.choice([0.0, 1.0]))) for legal_type in types for model in models if cash.random() < 0.3]
    return pd.DataFrame(rows, columns=["legal_type", "commercial_model", "recovery_rate"])


def _models(rng: np.random.Generator, models: list[str]) -> pd.DataFrame:
    count = len(models)
    forms = rng.choice(FORMS, count)
    return pd.DataFrame(
        {
            "commercial_model": models,
            "form": forms,
            "governance_cost": rng.integers(0, 40, count),
            "owner_cost": rng.integers(0, 20, count),
            "client_side_rate": rng.choice([0.0, 0.05], count),
            "margin_rate": rng.choice([0.0, 0.08], count),
            "process_saving_rate": rng.choice([0.0, 0.1, -0.05], count),
            "procurement_cost": rng.integers(0, 60, count),
            "minimum_members": rng.choice([1, 1, 2], count),
            "maximum_members": [pd.NA if rng.random() < 0.6 else int(rng.integers(2, 4)) for _ in models],
            "minimum_owners": [3 if form == "joint-company" and rng.random() < 0.3 else pd.NA for form in forms],
            "maximum_owners": [pd.NA if rng.random() < 0.7 else 3 for _ in models],
            "minimum_volume": rng.choice([0, 0, 25], count),
        }
    )


def _bands(rng: np.random.Generator, centres: list[str], services: list[str]) -> pd.DataFrame:
    rows = []
    for service in services:
        for centre in ["*", *[c for c in centres if rng.random() < 0.3]]:
            same = float(rng.choice([1.5, 3.0, 4.25]))
            differ = rng.random() < 0.4
            for band in ("small", "large")[: rng.integers(1, 3)]:
                unit_cost = float(rng.choice([1.0, 2.5, 5.0])) if differ else same
                rows.append((centre, service, band, int(rng.integers(15, 130)), int(rng.integers(0, 200)), int(rng.integers(0, 60)), unit_cost))
    return pd.DataFrame(rows, columns=["centre", "service", "band", "capacity", "set_up_cost", "fixed_cost", "unit_cost"])


def _powers(rng: np.random.Generator, types: list[str], models: list[str]) -> pd.DataFrame:
    rows = []
    for legal_type in types:
        for model in models:
            rows.append((legal_type, model, "*", rng.random() < 0.8, rng.random() < 0.85, rng.random() < 0.9))
            if rng.random() < 0.3:
                rows.append((legal_type, model, "s0", rng.random() < 0.5, rng.random() < 0.5, rng.random() < 0.8))
    powers = pd.DataFrame(rows, columns=["legal_type", "commercial_model", "service", "may_lead", "may_own", "may_use"])
    return powers.assign(lead_for=rng.choice(["", "", "", *types], len(rows)))


def _links(rng: np.random.Generator, bodies: list[str], centres: list[str], services: list[str]) -> pd.DataFrame:
    rows = {}
    for _ in range(rng.integers(0, 4)):
        key = (str(rng.choice(bodies)), str(rng.choice(["*", *centres])), str(rng.choice(["*", *services])))
        status = str(rng.choice(["", "", "forbidden", "required"]))
        if status and any(taken[0] == key[0] and row[3] for taken, row in rows.items()):
            status = ""
        rows[key] = (*key, status, float(rng.choice([np.nan, 10.0, 80.0])), int(rng.integers(-10, 40)), int(rng.integers(0, 40)))
    return pd.DataFrame(rows.values(), columns=["body", "centre", "service", "status", "distance_km", "extra_annual_cost", "extra_one_off_cost"])


def _pairs(rng: np.random.Generator, bodies: list[str]) -> pd.DataFrame:
    rows = []
    if rng.random() < 0.35:
        a, b = rng.choice(bodies, 2, replace=False)
        rows.append((str(a), str(b), str(rng.choice(["must-share", "must-not-share", "together-or-alone"], p=[0.2, 0.5, 0.3]))))
    return pd.DataFrame(rows, columns=["body_a", "body_b", "relation"])


def _rules(rng: np.random.Generator) -> tuple[RuleSetting, ...]:
    offered = (
        ("provider-limit", {"maximum": 1}, 37),
        ("utilisation-floor", {"share": float(rng.choice([0.3, 0.6]))}, 7),
        ("minimum-volume", {}, 3),
        ("member-limits", {}, 90),
        ("owner-limit", {"maximum": 2}, 45),
        ("nearest-centres", {"count": 1}, None),
    )
    rules = []
    for name, parameters, penalty in offered:
        if rng.random() < (0.15 if name == "nearest-centres" else 0.45):
            rules.append(RuleSetting(name, parameters, penalty if rng.random() < 0.4 else None))
    return tuple(rules)


def first_valid(count: int) -> dict[int, Instance]:
    """Return the first instances, by seed, that are valid."""
    found: dict[int, Instance] = {}
    seed = 0
    while len(found) < count:
        with contextlib.suppress(InvalidInstance):
            found[seed] = random_instance(seed)
        seed += 1
    return found

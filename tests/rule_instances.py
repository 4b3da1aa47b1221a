"""Random instances for one rule at a time: few enough plans to list them all, sharing worth while, and every fact a rule may ask for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.instance import Appraisal, Instance, RuleSetting, Settings
from models.tables import from_frames

FORMS = ("unitary", "joint-committee", "joint-company", "outsourced")


def rule_instance(seed: int, *rules: RuleSetting, forms: tuple[str, ...] = FORMS, bodies: int = 3, services: int = 1, centres: int = 2) -> Instance:
    """Return the instance of ``seed`` under ``rules``; ``forms`` are drawn two at a time, so name one or two to be sure of them."""
    rng = np.random.default_rng(seed)
    body = [f"b{i}" for i in range(bodies)]
    service = [f"s{i}" for i in range(services)]
    centre = [f"c{i}" for i in range(centres)]
    chosen = sorted(rng.choice(forms, min(2, len(forms)), replace=False).tolist())
    models = [f"m-{form}" for form in chosen]
    tables = {
        "services": pd.DataFrame({"service": service, "workload_per_unit": [float(rng.choice([1.0, 2.5])) for _ in service], "travel_cost_per_km": 0.01}),
        "bodies": pd.DataFrame(
            {
                "body": body,
                "sector": rng.choice(["council", "health", "school"], bodies),
                "legal_type": rng.choice(["council", "trust"], bodies),
                "nation": rng.choice(["England", "Wales", "Scotland"], bodies, p=[0.6, 0.2, 0.2]),
                "latitude": rng.uniform(51.0, 51.8, bodies).round(3),
                "longitude": rng.uniform(0.0, 1.0, bodies).round(3),
                "employees": rng.integers(10, 200, bodies),
                "aims": [";".join(rng.choice(["care", "growth", "green"], rng.integers(0, 3), replace=False)) for _ in body],
                "systems": [";".join(rng.choice(["oracle", "sap"], rng.integers(0, 2), replace=False)) for _ in body],
                "up_front_limit": [pd.NA if rng.random() < 0.5 else int(rng.integers(0, 120)) for _ in body],
            }
        ),
        "baseline": pd.DataFrame(
            [
                (b, s, int(rng.integers(5, 60)), int(rng.integers(150, 900)), float(rng.integers(0, 9)), str(rng.choice(["", "", "old", "odd"])))
                for b in body
                for s in service
            ],
            columns=["body", "service", "volume", "annual_cost", "posts", "variant"],
        ),
        "commercial_models": pd.DataFrame(
            {
                "commercial_model": models,
                "form": chosen,
                "governance_cost": rng.integers(0, 40, len(models)),
                "owner_cost": rng.integers(0, 20, len(models)),
                "client_side_rate": rng.choice([0.0, 0.05], len(models)),
                "margin_rate": rng.choice([0.0, 0.08], len(models)),
                "process_saving_rate": rng.choice([0.0, 0.1], len(models)),
                "procurement_cost": rng.integers(0, 120, len(models)),
                "minimum_volume": rng.choice([0, 25], len(models)),
                "leaver_volume": rng.choice([0, 20, 60], len(models)),
                "contract_years": 5.0,
                "standard_rated_share": rng.choice([0.0, 1.0], len(models)),
            }
        ),
        "centres": pd.DataFrame(
            {
                "centre": centre,
                "latitude": rng.uniform(51.0, 51.8, centres).round(3),
                "longitude": rng.uniform(0.0, 1.0, centres).round(3),
                "supplier": rng.choice(["", "Able plc"], centres),
                "private_co_owner": rng.random(centres) < 0.3,
                "open_market_workload": rng.choice([0, 5, 30], centres),
            }
        ),
        "bands": pd.DataFrame(
            [
                ("*", s, name, int(rng.integers(40, 90)) * (1 + large), int(rng.integers(0, 300)), int(rng.integers(0, 60)), float(rng.choice([0.5, 2.0])))
                for s in service
                for large, name in enumerate(("small", "large")[: rng.integers(1, 3)])
            ],
            columns=["centre", "service", "band", "capacity", "set_up_cost", "fixed_cost", "unit_cost"],
        ),
        "powers": pd.DataFrame(
            [(kind, model, "*", rng.random() < 0.9, rng.random() < 0.95, True) for kind in ("council", "trust") for model in models],
            columns=["legal_type", "commercial_model", "service", "may_lead", "may_own", "may_use"],
        ),
        "vat": pd.DataFrame(
            [(kind, "*", float(rng.choice([0.0, 1.0]))) for kind in ("council", "trust")], columns=["legal_type", "commercial_model", "recovery_rate"]
        ),
    }
    appraisal = Appraisal(
        horizon_years=5,
        discount_rates=((0, 0.035),),
        saving_ramp=(0.0, 0.5, 1.0),
        optimism_bias={"set_up": 0.4},
        migration_cost=int(rng.integers(0, 30)),
        migration_rate=0.03,
        dual_running_months=float(rng.choice([0.0, 3.0])),
    )
    return from_frames(tables, settings=Settings(title=f"rule instance {seed}"), appraisal=appraisal, rules=tuple(rules))

"""Drafts the parts of an instance that do not depend on the bodies one by one: commercial models, powers and the appraisal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from models.appraisal_tables import appraisal_tables
from models.instance import Appraisal
from models.schema import EVERY, FORMS_WITH_LEAD, JOINT_FORMS, Form

if TYPE_CHECKING:
    from models.reference import Reference

MODEL_MONEY = ("governance_cost", "owner_cost", "procurement_cost")
MODEL_RATES = ("client_side_rate", "margin_rate", "process_saving_rate", "standard_rated_share")


def draft_models(names: tuple[str, ...], reference: Reference, exchange_rate: float, *, leavers: bool = False) -> pd.DataFrame:
    """Return the commercial models table; money is in the instance's currency, ``exchange_rate`` to the pound.

    With ``leavers`` the work that must be left when the largest member goes is the least a model starts with.
    """
    records = []
    for name in names:
        form = Form(reference.forms[name])
        joint = form in JOINT_FORMS
        record: dict[str, object] = {"commercial_model": name, "form": str(form)}
        for column in MODEL_MONEY:
            record[column] = round(reference.central(f"model.{name}.{column}") * exchange_rate)
        for column in MODEL_RATES:
            record[column] = reference.central(f"model.{name}.{column}")
        record["minimum_owners"] = str(int(reference.central("rules.least_owners"))) if joint else ""
        record["maximum_owners"] = str(int(reference.central("rules.owner_limit"))) if joint else ""
        record["minimum_volume"] = round(reference.central(f"model.{name}.minimum_volume") * exchange_rate)
        if leavers:
            record["leaver_volume"] = record["minimum_volume"]
        records.append(record)
    return pd.DataFrame(records)


def draft_powers(legal_types: list[str], models: tuple[str, ...], reference: Reference) -> pd.DataFrame:
    """Return the powers table for the legal types at hand, the same for every service."""
    return pd.DataFrame(
        [
            {
                "legal_type": legal_type,
                "commercial_model": model,
                "service": EVERY,
                "may_lead": "L" in letters,
                "may_own": "O" in letters,
                "may_use": "U" in letters,
                "lead_for": reference.powers[legal_type].lead_for if "L" in letters and Form(reference.forms[model]) in FORMS_WITH_LEAD else "",
            }
            for legal_type in legal_types
            for model in models
            for letters in [reference.powers[legal_type].by_model[model]]
        ]
    )


def travel_cost_per_km(reference: Reference, service: str, exchange_rate: float) -> float:
    """Return money a year per unit of volume and km of distance between body and centre.

    Visits a unit x 2 (there and back) x road km per km of distance x (mileage + staff cost an hour / speed).
    """
    on_the_road = reference.central("travel.mileage") + reference.central("travel.staff_hour") / reference.central("travel.speed")
    return reference.central(f"service.{service}.visits_per_unit") * 2 * reference.central("travel.road_factor") * on_the_road * exchange_rate


def draft_vat(legal_types: list[str], models: tuple[str, ...], reference: Reference) -> pd.DataFrame:
    """Return the table of VAT recovery for the legal types at hand: a row for every model, and one for each that differs."""
    rows = []
    for legal_type in legal_types:
        recovery = reference.vat[legal_type]
        rows.append((legal_type, EVERY, recovery.every))
        rows += [(legal_type, model, rate) for model, rate in recovery.by_model.items() if model in models]
    return pd.DataFrame(rows, columns=["legal_type", "commercial_model", "recovery_rate"])


def draft_uplifts(reference: Reference) -> dict[str, float]:
    """Return the optimism bias of every cost type: the upper bound times the share of risk not managed, never under the lower bound."""
    managed = reference.central("appraisal.managed_share")
    return {name: round(bounds.applied(managed), 6) for name, bounds in appraisal_tables().optimism_bias.items()}


def draft_appraisal(
    reference: Reference, start_year: int, horizon_years: int | None, migration_cost: int | None, *, small: bool, exchange_rate: float
) -> Appraisal:
    """Return the appraisal settings; ``small`` takes the low migration figures, ``migration_cost`` overrides the fixed one."""
    fixed, rate = reference.figure("one_off.migration_fixed"), reference.figure("one_off.migration_rate")
    drafted = round((fixed.low if small else fixed.central) * exchange_rate)
    return Appraisal(
        start_year=start_year,
        horizon_years=horizon_years or int(reference.central("appraisal.horizon_years")),
        saving_ramp=reference.saving_ramp,
        optimism_bias=draft_uplifts(reference),
        migration_cost=drafted if migration_cost is None else migration_cost,
        migration_rate=rate.low if small else rate.central,
        dual_running_months=reference.central("one_off.dual_running_months"),
        vat_rate=reference.central("cash.vat_rate"),
        posts_removed_rate=reference.central("cash.posts_removed_rate"),
        exit_payment_per_post=round(reference.central("cash.exit_payment_per_post") * exchange_rate),
        cashable_share=reference.central("appraisal.cashable_share"),
    )

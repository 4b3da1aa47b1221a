"""An appraisal as tables for people and other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models.appraisal.accounts import Account
from models.appraisal.appraise import main_figures
from models.appraisal.equivalents import saving_equivalents
from models.appraisal.measures import DEFINITIONS, MEASURES
from models.appraisal_tables import appraisal_tables
from models.schema import View

if TYPE_CHECKING:
    from models.appraisal.appraise import PlanAppraisal

STAYS_ALONE = "stays alone"
NO_SECTOR = "no sector stated"
NOT_SHARED_OUT = "not shared out"


def measure_table(appraised: PlanAppraisal) -> pd.DataFrame:
    """One row a measure, the view asked for first and the other beside it."""
    other = View.CASH if appraised.view is View.ECONOMIC else View.ECONOMIC
    values = {str(appraised.view): appraised.whole.as_dict(), str(other): appraised.other.as_dict()}
    return pd.DataFrame({"measure": MEASURES, **{view: pd.Series([found[name] for name in MEASURES], dtype=object) for view, found in values.items()}})


def year_table(appraised: PlanAppraisal) -> pd.DataFrame:
    """One row a year: doing nothing, the plan, the saving so far as paid and discounted, and what of the running saving is cashable."""
    paid, present = appraised.paid, appraised.present
    return pd.DataFrame(
        {
            "year": list(appraised.years),
            "do_nothing": paid.today,
            "plan": paid.plan,
            "saving": paid.net,
            "saving_so_far": np.cumsum(paid.net),
            "discounted_saving": present.net,
            "discounted_saving_so_far": np.cumsum(present.net),
            "one_off_cost": paid.once,
            "running_saving": paid.running_saving,
            "cashable_saving": appraised.cashable_saving,
            "non_cashable_saving": appraised.non_cashable_saving,
        }
    )


def account_table(appraised: PlanAppraisal, account: Account) -> pd.DataFrame:
    """One row an account with its measures; net present costs and values add up to those of the whole."""
    names = _names(appraised, account)
    rows = [{account.value: name, "name": names.get(name) or name, **found.as_dict()} for name, found in appraised.accounts[account].items()]
    table = pd.DataFrame(rows)
    for name in ("payback_year", "discounted_payback_year", "peak_funding_year"):
        table[name] = table[name].astype("Int64")
    return table


def body_year_table(appraised: PlanAppraisal) -> pd.DataFrame:
    """One row a body and year: what it pays doing nothing and under the plan, its share of common cost included."""
    rows = [
        {"body": body, "year": year, "do_nothing": int(today), "plan": int(plan), "saving": int(today - plan)}
        for body, (paid, _) in appraised.ledgers[Account.BODY].items()
        for year, today, plan in zip(appraised.years, paid.today, paid.plan, strict=True)
    ]
    return pd.DataFrame(rows, columns=["body", "year", "do_nothing", "plan", "saving"])


def _names(appraised: PlanAppraisal, account: Account) -> dict[str, str]:
    """Return how the accounts are called, the one without an id included."""
    if account is Account.SECTOR:
        return {"": NO_SECTOR}
    table, key, unnamed = ("centres", "centre", STAYS_ALONE) if account is Account.CLUSTER else ("bodies", "body", NOT_SHARED_OUT)
    frame = appraised.instance.table(table)
    return {"": unnamed, **dict(zip(frame[key], frame["name"], strict=True))}


def as_dict(appraised: PlanAppraisal) -> dict[str, Any]:
    """Return the whole appraisal as plain values, ready for JSON, with its definitions and the conventions it rests on."""
    appraisal, tables, things = appraised.instance.appraisal, appraisal_tables(), saving_equivalents(appraised)
    rates = None if appraisal.discount_rates else tables.rates[appraisal.rates].provenance
    return {
        **main_figures(appraised),
        "start_year": appraisal.start_year,
        "horizon_years": appraisal.horizon_years,
        "currency": appraised.instance.settings.currency,
        "price_year": appraised.instance.settings.price_year,
        "discount_rates": [list(step) for step in appraisal.rate_steps],
        "discount_rates_source": "stated in the instance" if rates is None else rates.stated(),
        "cashable_share": appraisal.cashable_share,
        "haircuts": {name: {"rate": one.rate, "source": one.provenance.stated(), "mark": one.provenance.mark} for name, one in tables.haircuts.items()},
        "definitions": dict(DEFINITIONS),
        "equivalents": things if isinstance(things, str) else [one.as_dict() for one in things],
    }

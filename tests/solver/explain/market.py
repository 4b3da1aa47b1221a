"""One centre, one service, four bodies and all four commercial models: small enough that who wins, and why, is a sum on paper.

Money is a hundredth of the reference figures. Ten years, no discounting, everything transferred in year 0: a yearly pound counts ten times.
Each body has 1,000 units that cost it 12,000 a year; the centre does a unit at 10. Four members at the centre a year, set-up of 5,000 apart:

============  =======================  ======  ===========  ==========  ============  ======  ========
model         service charge           margin  client side  governance  owners        a year  tender
============  =======================  ======  ===========  ==========  ============  ======  ========
unitary       40,000 x 0.92 = 36,800        0  3%  = 1,440       1,000  1 x 200       39,440         0
committee     40,000 x 0.92 = 36,800        0  4%  = 1,920       2,500  2 x 450       42,120         0
company       40,000 x 0.92 = 36,800  1% 368   4%  = 1,920       2,500  2 x 450       42,488         0
supplier      40,000 x 0.88 = 35,200  8% 2,816 7%  = 3,360       1,500  1 x 250       43,126     7,500
alone                                                                                 48,000         0
============  =======================  ======  ===========  ==========  ============  ======  ========

Over ten years: unitary 394,400, committee 421,200, company 424,880, supplier 438,760, alone 480,000.
"""

import dataclasses

import pandas as pd

from models.instance import Appraisal, Settings
from models.schema import View
from models.tables import from_frames

COUNCILS = {"a": "council", "b": "council", "c": "council", "d": "council"}
MIXED = {**COUNCILS, "c": "trust", "d": "trust"}
TRUSTS = dict.fromkeys(COUNCILS, "trust")
SET_UP = 5_000

_MODELS = pd.DataFrame(
    [
        ("unitary", "unitary", 1_000, 200, 0.03, 0.0, 0.08, 0),
        ("committee", "joint-committee", 2_500, 450, 0.04, 0.0, 0.08, 0),
        ("company", "joint-company", 2_500, 450, 0.04, 0.01, 0.08, 0),
        ("supplier", "outsourced", 1_500, 250, 0.07, 0.08, 0.12, 7_500),
    ],
    columns=["commercial_model", "form", "governance_cost", "owner_cost", "client_side_rate", "margin_rate", "process_saving_rate", "procurement_cost"],
).assign(standard_rated_share=1.0)
_LEADS = {"unitary": "council", "committee": ""}
"""Models that need a lead, and the legal types a council may lead for (all when empty); trusts may own and use, and lead nothing."""


def market(types, **supplier):
    """Return the instance of bodies with these legal types; ``supplier`` are columns of the supplier's row that differ from the page above."""
    powers = [
        (kind, model, "*", kind == "council" and model in _LEADS, True, True, _LEADS.get(model, "") if kind == "council" else "")
        for kind in ("council", "trust")
        for model in _MODELS["commercial_model"]
    ]
    tables = {
        "services": pd.DataFrame({"service": ["pay"]}),
        "bodies": pd.DataFrame({"body": list(types), "legal_type": list(types.values()), "latitude": 52.0, "longitude": 0.0}),
        "baseline": pd.DataFrame({"body": list(types), "service": "pay", "volume": 1_000, "annual_cost": 12_000}),
        "commercial_models": _MODELS,
        "centres": pd.DataFrame({"centre": ["hub"], "latitude": [52.0], "longitude": [0.0]}),
        "bands": pd.DataFrame({"centre": ["*"], "service": ["pay"], "band": ["only"], "capacity": [4_000], "set_up_cost": [SET_UP], "unit_cost": [10.0]}),
        "powers": pd.DataFrame(powers, columns=["legal_type", "commercial_model", "service", "may_lead", "may_own", "may_use", "lead_for"]),
        "vat": pd.DataFrame(
            [(kind, model, 1.0) for kind in ("council", "trust") for model in _MODELS["commercial_model"]],
            columns=["legal_type", "commercial_model", "recovery_rate"],
        ),
    }
    appraisal = Appraisal(horizon_years=10, discount_rates=((0, 0.0),), saving_ramp=(1.0,), vat_rate=0.2)
    made = from_frames(tables, settings=Settings(title="market"), appraisal=appraisal)
    for column, value in supplier.items():
        made = in_models(made, "supplier", column, value)
    return made


def in_models(instance, model, column, value):
    """Return the instance with one figure of one commercial model changed."""
    table = instance.table("commercial_models")
    return instance.replace(commercial_models=table.assign(**{column: table[column].where(table["commercial_model"] != model, value)}))


def in_powers(instance, legal_type, model, column, value):
    """Return the instance with one power of one legal type changed."""
    table = instance.table("powers")
    other = (table["legal_type"] != legal_type) | (table["commercial_model"] != model)
    return instance.replace(powers=table.assign(**{column: table[column].where(other, value)}))


def in_vat(instance, legal_type, model, recovery):
    """Return the instance with what one legal type gets back under one model changed."""
    table = instance.table("vat")
    other = (table["legal_type"] != legal_type) | (table["commercial_model"] != model)
    return instance.replace(vat=table.assign(recovery_rate=table["recovery_rate"].where(other, recovery)))


def with_volume(instance, volume):
    """Return the instance with another volume of every body, at the same cost today."""
    return instance.replace(baseline=instance.table("baseline").assign(volume=volume))


def in_cash(instance):
    """Return the instance with costs counted as cash, VAT among them."""
    return dataclasses.replace(instance, appraisal=dataclasses.replace(instance.appraisal, view=View.CASH))


def with_rules(instance, *rules):
    """Return the instance with these rules in force."""
    return dataclasses.replace(instance, rules=tuple(rules))

"""Instances on paper: a few bodies, two centres, and one reason why there is no plan."""

import dataclasses

import pandas as pd

from models.instance import RuleSetting, Settings
from models.tables import from_frames

SPOTS = {"n": (52.0, 0.0), "s": (51.0, 0.0)}
PLACES = {"a": (52.0, 0.1), "b": (51.0, 0.1), "c": (51.5, 0.1), "d": (51.5, 0.2)}


def paper(bodies="abc", links=(), pairs=(), rules=(), centres=None, models=None, bands=None, powers=None, services=None, **of_body):
    """Return an instance in which everything is allowed but what the arguments say.

    ``links`` are (body, centre, service, status), ``pairs`` (a, b, relation), ``rules`` (name, parameters); ``of_body`` are columns of bodies by body.
    """
    models = models or [{"commercial_model": "supplier", "form": "outsourced"}]
    types = {**dict.fromkeys(bodies, "council"), **of_body.pop("legal_type", {})}
    frame = pd.DataFrame(
        {
            "body": list(bodies),
            "legal_type": [types[body] for body in bodies],
            "latitude": [PLACES[body][0] for body in bodies],
            "longitude": [PLACES[body][1] for body in bodies],
            **{column: [values.get(body, 0) for body in bodies] for column, values in of_body.items()},
        }
    )
    grants = (
        powers if powers is not None else [(kind, one["commercial_model"], "*", True, True, True) for kind in sorted(set(types.values())) for one in models]
    )
    tables = {
        "services": pd.DataFrame(services or [{"service": "pay"}]),
        "bodies": frame,
        "baseline": pd.DataFrame(
            [(body, one["service"], 10, 1000) for body in bodies for one in services or [{"service": "pay"}]],
            columns=["body", "service", "volume", "annual_cost"],
        ),
        "commercial_models": pd.DataFrame(models),
        "centres": pd.DataFrame([{"centre": name, "latitude": SPOTS[name][0], "longitude": SPOTS[name][1], **(centres or {}).get(name, {})} for name in "ns"]),
        "bands": pd.DataFrame(
            bands or [("*", one["service"], "only", 100, 500, 0, 20.0) for one in services or [{"service": "pay"}]],
            columns=["centre", "service", "band", "capacity", "set_up_cost", "fixed_cost", "unit_cost"],
        ),
        "powers": pd.DataFrame(grants, columns=["legal_type", "commercial_model", "service", "may_lead", "may_own", "may_use"]),
        "links": pd.DataFrame(list(links), columns=["body", "centre", "service", "status"]),
        "pairs": pd.DataFrame(list(pairs), columns=["body_a", "body_b", "relation"]),
    }
    asked = tuple(RuleSetting(*rule) for rule in rules)
    apart = tables.pop("pairs")
    checked = from_frames(tables, settings=Settings(title="paper"), rules=asked)
    # Added unchecked, as reading refuses pairs that links contradict, and what is explained may come from a program.
    return dataclasses.replace(checked, tables={**checked.tables, "pairs": apart})


UNITARY = [{"commercial_model": "lead-body", "form": "unitary"}]
COMMITTEE = [{"commercial_model": "committee", "form": "joint-committee"}]
A_AT_N = ("a", "n", "*", "required")
B_AT_N = ("b", "n", "*", "required")
C_AT_N = ("c", "n", "*", "required")

CASES = {
    "a body that needs more security than the centre has": (
        {"links": [A_AT_N], "security_level": {"a": 2}},
        {"links row 2", "bodies row 2"},
    ),
    "a body out of reach of the centre": (
        {"links": [("b", "n", "pay", "required")], "services": [{"service": "pay", "distance_limit_km": 30.0}]},
        {"links row 2", "services row 2"},
    ),
    "a body whose legal type may use no model": (
        {"links": [A_AT_N], "legal_type": {"a": "school"}, "powers": [("council", "supplier", "*", True, True, True)]},
        {"links row 2", "powers has no row for legal_type=school, commercial_model=supplier"},
    ),
    "a body larger than every band": (
        {"links": [A_AT_N], "bands": [("*", "pay", "only", 8, 0, 0, 1.0)]},
        {"links row 2", "bands row 2"},
    ),
    "three bodies in a band for two": (
        {"links": [A_AT_N, B_AT_N, C_AT_N], "bands": [("*", "pay", "only", 25, 0, 0, 1.0)]},
        {"links row 2", "links row 3", "links row 4", "bands row 2"},
    ),
    "two bodies required where they must not share": (
        {"links": [A_AT_N, B_AT_N], "pairs": [("a", "b", "must-not-share")]},
        {"links row 2", "links row 3", "pairs row 2"},
    ),
    "two that must share, one of which refuses everything": (
        {"links": [("b", "*", "*", "forbidden")], "pairs": [("a", "b", "must-share")]},
        {"links row 2", "pairs row 2"},
    ),
    "two that go together, one required where the other refuses": (
        {"links": [A_AT_N, ("b", "n", "*", "forbidden")], "pairs": [("a", "b", "together-or-alone")]},
        {"links row 2", "links row 3", "pairs row 2"},
    ),
    "two that must share, each near another centre": (
        {"pairs": [("a", "b", "must-share")], "rules": [("nearest-centres", {"count": 1})]},
        {"pairs row 2", "rule nearest-centres"},
    ),
    "two that must share and are required at different centres, with one provider each": (
        {"links": [A_AT_N, ("b", "s", "*", "required")], "pairs": [("a", "b", "must-share")], "rules": [("provider-limit", {"maximum": 1})],
         "services": [{"service": "pay"}, {"service": "it"}]},
        {"links row 2", "links row 3", "pairs row 2", "rule provider-limit"},
    ),
    "the same with one service, which is done once": (
        {"links": [A_AT_N, ("b", "s", "*", "required")], "pairs": [("a", "b", "must-share")]},
        {"links row 2", "links row 3", "pairs row 2", "rule serve-once"},
    ),
    "a model that needs more work than there is": (
        {"links": [A_AT_N], "rules": [("minimum-volume", {})], "models": [{"commercial_model": "supplier", "form": "outsourced", "minimum_volume": 31}]},
        {"links row 2", "commercial_models row 2"},
    ),
    "a model that needs three members where one of three may not come": (
        {"links": [A_AT_N], "rules": [("member-limits", {})], "security_level": {"c": 1},
         "models": [{"commercial_model": "supplier", "form": "outsourced", "minimum_members": 3}]},
        {"links row 2", "bodies row 4", "commercial_models row 2"},
    ),
    "a band that three bodies do not half fill": (
        {"links": [A_AT_N], "rules": [("utilisation-floor", {"share": 0.5})]},
        {"links row 2", "rule utilisation-floor"},
    ),
    "a committee of three where two owners are the most": (
        {"links": [A_AT_N], "rules": [("owner-limit", {"maximum": 2})],
         "models": [{"commercial_model": "committee", "form": "joint-committee", "minimum_owners": 3}]},
        {"links row 2", "rule owner-limit", "commercial_models row 2"},
    ),
    "a unitary centre whose host stays out": (
        {"links": [A_AT_N, ("b", "n", "*", "forbidden")], "models": UNITARY, "centres": {"n": {"host_body": "b"}}},
        {"links row 2", "links row 3", "centres row 2", "rule lead-form"},
    ),
    "a committee that only one body may own": (
        {"bodies": "ab", "links": [A_AT_N], "models": COMMITTEE, "legal_type": {"b": "school"},
         "powers": [("council", "committee", "*", True, True, True), ("school", "committee", "*", False, False, True)]},
        {"links row 2", "commercial_models row 2", "powers row 3"},
    ),
}  # fmt: skip
"""By what is wrong: the arguments of :func:`paper`, and where the members of the one smallest conflict stand."""

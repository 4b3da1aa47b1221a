"""What an audit found, as lines of text or as one table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from report.money import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_FIGURES = ("cost", "do_nothing_cost", "saving", "penalty")
_COLUMNS = ("kind", "name", "message", "amount", "body", "centre", "service")


def audit_lines(found: Mapping[str, Any]) -> list[str]:
    """Return the lines that tell what an audit found; ``found`` is what :func:`solver.checking.audit_stored` returns."""
    against = f"carrying on as today {found['do_nothing_cost']:,}; saving {found['saving']:,}"
    if "published_cost" in found:
        against = f"as the file counts {found['published_cost']:,}"
    return [
        f"cost {found['cost']:,}; {against}",
        *(f"  {name:<26}{total:>18,}" for name, total in found["components"].items()),
        *_certified(found),
        *(f"BREACH {breach['rule']}: {breach['message']}" for breach in found["breaches"]),
        *(f"soft   {breach['rule']}: {breach['message']}" for breach in found["soft_breaches"]),
        f"audit: {_verdict(found)}",
    ]


def _certified(found: Mapping[str, Any]) -> list[str]:
    """Return what the certificate proves, when there is one and it holds."""
    if found.get("certified_gap") is None:
        return []
    gap = 100 * math.ceil(1e6 * found["certified_gap"]) / 1e6
    without = f"; the bound leaves out {', '.join(found['bound_without'])}" if found["bound_without"] else ""
    return [f"certificate: no plan costs less than {found['certified_bound']:,}, so this one is at most {gap:.4f} % above the best possible{without}"]


def audit_table(found: Mapping[str, Any]) -> pd.DataFrame:
    """Return one row a finding: the verdict, each figure and component in whole money, each breach of a hard or soft rule by its amount.

    ``kind`` is ``verdict``, ``figure``, ``component``, ``breach`` or ``soft breach``; ``name`` is the figure, the component or the rule.
    """
    import pandas as pd

    rows = [{"kind": "verdict", "name": "audit", "message": _verdict(found), "amount": len(found["breaches"])}]
    rows += [{"kind": "figure", "name": name, "amount": found[name]} for name in _FIGURES]
    rows += [{"kind": "figure", "name": name, "amount": found[name]} for name in ("certified_bound", "certified_gap") if found.get(name) is not None]
    rows += [{"kind": "component", "name": name, "amount": total} for name, total in found["components"].items()]
    for kind, breaches in (("breach", found["breaches"]), ("soft breach", found["soft_breaches"])):
        rows += [{"kind": kind, "name": breach["rule"], **{column: breach[column] for column in _COLUMNS[2:]}} for breach in breaches]
    blank = dict.fromkeys(_COLUMNS, "")
    return pd.DataFrame([{**blank, **row} for row in rows], columns=list(_COLUMNS))


def _verdict(found: Mapping[str, Any]) -> str:
    return "ok" if found["audit"] == "ok" else counted(len(found["breaches"]), "breach", "breaches")

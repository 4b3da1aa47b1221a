"""The page about a run: one self-contained HTML file that asks nothing of the network."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from models.whole_writing import whole_files
from report import sections, wording
from report.map import draw_map
from report.money import counted, percent, short_money, whole
from report.published_page import published_values, volume_text
from report.resting import resting
from report.templating import rendered
from report.view import RunView, run_view
from report.worth import worth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from solver.run_folder import StoredRun


def write_page(stored: StoredRun, path: Path, *, force: bool = False) -> None:
    """Write the page about ``stored`` to ``path``, whole or not at all.

    Raises
    ------
    FileExistsError
        When the file exists and ``force`` is not given, or is a folder.
    """
    with whole_files([path], force=force) as (scratch,):
        scratch.write_text(page(stored), encoding="utf-8")


def page(stored: StoredRun) -> str:
    """Return the page about ``stored`` as HTML; every figure of the plan comes from an audit made now."""
    view = run_view(stored)
    filters: dict[str, Callable[..., object]] = {
        "money": view.exact,
        "short": lambda amount: short_money(amount, view.currency),
        "percent": percent,
        "whole": whole,
        "counted": counted,
        "words": lambda name: str(name).replace("_", " "),
    }
    if view.unit is not None:
        filters["volume"] = lambda volume: volume_text(view, volume)
        return rendered("published.html.j2", {**_common(view), **published_values(view, view.unit)}, filters)
    return rendered("page.html.j2", {**_common(view), **_context(view)}, filters)


def _common(view: RunView) -> dict[str, Any]:
    """Return what every page shows."""
    rules, found = sections.rules(view), view.audit
    return {
        "title": view.instance.settings.title or "Untitled instance",
        "headline": wording.headline(view),
        "warnings": wording.warnings(view),
        "certainty": wording.certainty(view),
        "audit": found,
        "has_plan": found is not None,
        "counts": {name: len(view.instance.table(name)) for name in ("bodies", "services", "centres")},
        "rules": rules,
        "parameters": any(rule["parameters"] for rule in rules),
        "soft_breaches": [] if found is None else [breach.message for breach in found.soft_breaches[:20]],
        "soft_breach_count": 0 if found is None else len(found.soft_breaches),
        "provenance": sections.provenance(view),
        "reason": "" if view.proof.doubt else str(view.record.get("message") or ""),
        "stop": "" if view.proof.doubt else str(view.record.get("stop") or ""),
        "raw_status": str(view.record.get("raw_status") or ""),
        "run_name": shlex.quote(view.stored.folder.name or "."),
    }


def _context(view: RunView) -> dict[str, Any]:
    """Return what the page about sharing shows beside it."""
    years, found = sections.year_rows(view), view.audit
    return {
        "doubts": wording.doubts(view),
        "resting": resting(view),
        "money_cost": None if found is None else found.cost - found.penalty,
        "horizon": view.instance.appraisal.horizon_years,
        "shares": bool(view.spokes),
        "map": draw_map(view),
        "clusters": sections.clusters(view),
        "cluster_totals": sections.cluster_totals(view),
        "components": sections.component_rows(view),
        "component_chart": sections.component_chart(view),
        "years": years,
        "year_chart": sections.year_chart(view, years),
        "worth": worth(view),
        "bodies": sections.bodies(view),
        "sectors": sections.sectors(view),
        "worse_off": wording.worse_off(view),
        "settings": sections.settings(view),
    }

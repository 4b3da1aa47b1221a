"""What the page shows of a run of a published file: sites, customers and their costs; savings, time and places mean nothing there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from models.published_unit import SECTION, amount_text
from report.formats import records
from report.sections import MOST_ROWS, Limited

if TYPE_CHECKING:
    from models.published_unit import PublishedUnit
    from report.view import RunView


def published_values(view: RunView, unit: PublishedUnit) -> dict[str, Any]:
    """Return what the template of such a page needs beside what every page shows."""
    useful = view.proof.useful
    return {
        "bound": view.proof.bound if useful else None,
        "gap": view.proof.gap if useful else None,
        "unit": _unit(unit),
        "sites": _sites(view),
        "customers": _customers(view),
    }


def volume_text(view: RunView, volume: int) -> str:
    """Return a demand or a capacity as the file counts it."""
    return amount_text(volume, view.instance.settings.extra[SECTION]["volume_scale"])


def _unit(unit: PublishedUnit) -> str:
    how = f"Read as {unit.form}. Costs are in the file's own unit"
    solved = "" if unit.money_scale == 1 else f"; solved in whole units, {unit.money_scale:,} to one of the file's"
    return f"{how}{solved}{', to which distances are rounded' if unit.rounded else ', exactly'}."


def _sites(view: RunView) -> Limited:
    """Return the sites that serve somebody."""
    if view.plan is None:
        return Limited([], 0)
    customers = Counter(spoke.centre for spoke in view.spokes)
    cost = _costs(view, "centre")
    rows = [
        {
            "site": view.centre_names[row["centre"]],
            "customers": customers[row["centre"]],
            "demand": row["volume"],
            "capacity": row["capacity"],
            "utilisation": row["utilisation"],
            "fixed": cost["centre_running", row["centre"]],
            "assignment": cost["link_running", row["centre"]],
        }
        for row in records(view.tables["cluster_services"])
        if customers[row["centre"]]
    ]
    return Limited(rows[:MOST_ROWS], len(rows))


def _customers(view: RunView) -> Limited:
    if view.plan is None:
        return Limited([], 0)
    cost = _costs(view, "body")
    rows = [
        {
            "customer": view.body_names[row["body"]],
            "demand": row["volume"],
            "site": view.centre_names.get(row["centre"], row["centre"]),
            "assignment": cost["link_running", row["body"]],
        }
        for row in records(view.tables["assignments"].head(MOST_ROWS))
    ]
    return Limited(rows, len(view.tables["assignments"]))


def _costs(view: RunView, of: str) -> Counter[tuple[str, str]]:
    """Return the cost of each component and site, or customer."""
    table, found = view.tables["costs"], Counter[tuple[str, str]]()
    for component, name, cost in zip(table["component"], table[of], table["net_present_cost"], strict=True):
        found[component, name] += int(cost)
    return found

"""A sensitivity analysis as tables to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from models.instance import Instance
    from models.plan import Plan
    from solver.sensitivity.analysis import Sensitivity

TITLES = {
    "grades": "How far figures can be off by their grade, and the plan re-priced there",
    "choices": "Choices that rest on figures of grade C or D",
    "switching": "Switching values",
    "tornado": "Tornado: each parameter at both ends, the widest swing first",
    "leavers": "One partner leaves",
    "stress": "Reference-class stress",
}
_COLUMNS = {
    "grades": (
        "figure", "grade", "count", "today", "low_end", "high_end", "cost_low", "cost_high", "saving_low", "saving_high", "how",
    ),
    "choices": ("kind", "choice", "otherwise", "dearer_by", "figure", "grade", "end", "flips_at", "how"),
    "switching": ("parameter", "unit", "today", "no_saving_at", "other_plan_below", "other_plan_above", "low", "high", "solves", "how", "note"),
    "tornado": ("parameter", "end", "value", "cost", "saving", "saving_change", "best_cost", "best_saving", "best_differs", "how", "note"),
    "leavers": ("centre", "body", "rest_cost", "rest_alone", "rest_saving", "still_saves", "plan_cost", "rules_broken", "how"),
    "stress": ("line", "plan", "factor", "stressed", "how"),
}  # fmt: skip


def frame(found: Sensitivity, name: str) -> pd.DataFrame:
    """Return one table; columns that hold nothing in any row are left out."""
    import pandas as pd

    table = pd.DataFrame(found.tables[name], columns=list(_COLUMNS[name]))
    for column in table.columns:
        values = table[column]
        if values.notna().any() and all(isinstance(value, int) and not isinstance(value, bool) for value in values.dropna()):
            table[column] = values.astype("Int64")
    return table.loc[:, [column for column in table.columns if not len(table) or bool((table[column].notna() & (table[column] != "")).any())]]


def choices_frame(instance: Instance, plan: Plan) -> pd.DataFrame:
    """Return the choices of a plan that rest on figures of grade C or D, re-priced against the plans next to it."""
    from solver.sensitivity.analysis import sensitivity

    return frame(sensitivity(instance, plan, tables=("choices",)), "choices")


def headline(found: Sensitivity) -> str:
    """Return the plan's own money in a line."""
    base = found.base
    standing = "" if base.stands else f"; it breaks {len(base.breaches)} rule(s): {base.breaches[0]}"
    return f"The plan costs {base.cost:,}; carrying on as today {base.do_nothing_cost:,}; saving {base.saving:,}{standing}."

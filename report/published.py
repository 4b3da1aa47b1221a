"""What is said of a run of a published file: its costs in the file's own unit beside the whole numbers solvers worked with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.plan import Plan
    from models.published_unit import PublishedUnit
    from report.proof import Proof


def published_lines(record: Mapping[str, Any], proof: Proof, unit: PublishedUnit, plan: Plan) -> list[str]:
    """Return the lines about cost and bound; staying alone is no choice there, so nothing is said of savings against it."""
    counted = "the file's own unit" if unit.money_scale == 1 else f"1/{unit.money_scale:,} of the file's unit"
    lines = [
        f"cost       {unit.text(record['cost']):>22}  as the file counts",
        f"           {record['cost']:>22,}  in {counted}" + (", to which distances are rounded" if unit.rounded else ", exactly"),
    ]
    if proof.bound is None or not proof.useful:
        lines.append("bound      nothing useful is proven")
    else:
        lines.append(f"bound      {unit.text(proof.bound):>22}  no {proof.plans} costs less")
        lines += [] if proof.gap is None else [f"gap        {proof.gap:>22.4%}"]
    # An open site that serves nobody costs nothing, so a solver may open it or not.
    used = len({one.centre for one in plan.assignments if one.centre})
    return [*lines, f"sites      {used:>22,}"]

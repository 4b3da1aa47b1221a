"""A run in a few lines of plain text."""

from __future__ import annotations

from typing import Any

_STOPS = {
    "proved": "proven: no plan is better by more than the asked gap",
    "limit": "stopped at a limit before the proof was complete",
    "cancelled": "stopped by hand; the best plan so far was kept",
    "infeasible": "no plan can keep every rule",
    "failed": "the solver failed",
}

SHARED = {"volume": "by volume", "headcount": "by headcount", "equal": "equally"}
"""How common costs are shared under each cost-share key, in words."""


def summary_lines(record: dict[str, Any]) -> list[str]:
    """Return the lines that tell how a run ended; ``record`` is what ``run.json`` holds."""
    version = record.get("provenance", {}).get("solver_version", "")
    lines = [
        f"instance   {record['instance'] or '(untitled)'}  [{record['digest']}]",
        f"solver     {record['solver']} {version}".rstrip() + f", {record['time_s']} s",
        f"stop       {record['stop']}: {_STOPS.get(record['stop'], '')}",
    ]
    if record.get("message"):
        lines.append(f"           {record['message']}")
    if record["cost"] is None:
        return [*lines, "plan       none"]
    saving, today = record["saving"], record["do_nothing_cost"]
    money = record["cost"] - record["penalty"]
    lines += [
        f"cost       {record['cost']:>18,}  net present cost" + (f", of which penalties {record['penalty']:,}" if record["penalty"] else ""),
        f"today      {today:>18,}  carrying on as today",
        f"saving     {saving:>18,}" + (f"  {saving / today:.2%}" if today else ""),
        f"bound      {record['bound']:>18,}  no plan costs less" if record["bound"] is not None else "bound      none proven",
    ]
    if record["gap"] is not None:
        lines.append(f"gap        {record['gap']:>18.4%}")
    lines.append(f"clusters   {record['clusters']}")
    if record["clusters"] == 0:
        lines.append("           staying as they are is the best plan found")
    if record.get("worse_off") and record["clusters"]:
        lines.append(_worse_off(record["worse_off"]))
    lines.append(f"audit      {record['audit'] if record['audit'] == 'ok' else 'BREACHES: ' + str(len(record['audit']))}")
    lines += worth_lines(record.get("appraisal"))
    if record["components"]:
        lines.append("")
        lines += [f"  {name:<26}{total:>18,}" for name, total in record["components"].items()]
        lines.append(f"  {'total':<26}{money + record['penalty']:>18,}")
    return lines


def _worse_off(found: dict[str, Any]) -> str:
    how = f"with common costs shared {SHARED[found['key']]}"
    if not found["bodies"]:
        return f"worse off  {'nobody':>18}  {how}"
    return f"worse off  {found['bodies']:>18,}  bodies, {how}; most {found['body']}, by {found['most']:,}"


def worth_lines(figures: dict[str, Any] | None) -> list[str]:
    """Return what a plan is worth beyond its cost; ``figures`` is what the record of a run holds as ``appraisal``, nothing in older runs."""
    if not figures or figures["bcr"] is None:
        return []
    lines = [f"ratio      {figures['bcr']:>18.2f}  spending avoided for each pound paid in its place"]
    if figures["peak_funding"]:
        lines.append(f"funding    {figures['peak_funding']:>18,}  laid out ahead of savings at the deepest, in {figures['peak_funding_year']}")
        lines.append(
            f"payback    {payback_text(figures['payback_year']):>18}  before discounting; discounted {payback_text(figures['discounted_payback_year'])}"
        )
    other = figures["other_view"]
    if other["npsv"] != figures["npsv"]:
        lines.append(f"{other['view'] + ' view':<11}{other['npsv']:>18,}  saving when costs are counted that way")
    return lines


def payback_text(year: int | None) -> str:
    """Return a payback year of a plan that lays money out, as a few words."""
    return "not in these years" if year is None else f"by end of {year}"

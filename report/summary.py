"""A run in a few lines of plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.appraisal.appraise import appraise, main_figures
from models.published_unit import published_unit
from report.money import counted
from report.proof import proved_words
from report.published import published_lines
from report.sharing import names, sharing_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.instance import Instance
    from models.plan import Plan
    from report.proof import Proof
    from report.view import RunView

_STOPS = {
    "limit": "stopped at a limit before the proof was complete",
    "cancelled": "stopped by hand; the best plan so far was kept",
    "infeasible": "no plan can keep every rule",
    "failed": "the solver failed",
}
_TOLD_BREACHES = 5

SHARED = {"volume": "by volume", "headcount": "by headcount", "equal": "equally"}
"""How common costs are shared under each cost-share key, in words."""


def fresh_record(view: RunView, audited: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a stored run with every figure of the plan as ``audited`` (see :func:`solver.checking.audit_stored`) just now.

    Without proof that stands, ``bound`` and ``gap`` are ``None``, ``stop`` is ``unknown`` where it claimed one, and ``doubt`` says why.
    """
    record, proof = dict(view.record), view.proof
    if view.plan is None or view.audit is None:
        return record
    figures = {key: audited[key] for key in ("cost", "do_nothing_cost", "saving", "penalty", "components", "worse_off", "audit")}
    worth = main_figures(appraise(view.instance, view.plan, view.audit))
    told: dict[str, Any] = {"clusters": len(view.plan.clusters), "bound": proof.bound, "gap": proof.gap, "appraisal": worth}
    if proof.doubt:
        told |= {"doubt": proof.doubt, "stop": "unknown" if record["stop"] in ("proved", "infeasible") else record["stop"]}
    unit = published_unit(view.instance.settings)
    return {**record, **figures, **told, **({} if unit is None else unit.amounts(figures["cost"], proof.bound))}


def flat_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a record fits in one row of a table, the verdict of the audit in words."""
    audit = record.get("audit")
    verdict = f"{counted(len(audit), 'breach', 'breaches')}" if isinstance(audit, list) else audit
    return {key: value for key, value in {**record, "audit": verdict}.items() if not isinstance(value, dict | list)}


def summary_lines(record: Mapping[str, Any], proof: Proof, instance: Instance, plan: Plan | None) -> list[str]:
    """Return the lines that tell how a run ended and who shares with whom; ``record`` is what ``run.json`` holds, its figures those of ``plan``."""
    version = record.get("provenance", {}).get("solver_version", "")
    lines = [
        f"instance   {record['instance'] or '(untitled)'}  [{record['digest']}]",
        f"solver     {record['solver']} {version}".rstrip() + f", {record['time_s']} s",
        *_stop_lines(record, proof),
    ]
    if plan is None or record["cost"] is None:
        return [*lines, "plan       none"]
    sharing = sharing_lines(instance, plan)
    unit = published_unit(instance.settings)
    if unit is not None:
        return [*lines, *published_lines(record, proof, unit, plan), *_audit_lines(record["audit"]), *([""] if sharing else []), *sharing]
    saving, today = record["saving"], record["do_nothing_cost"]
    money = f"{instance.settings.currency}, net present cost over {counted(instance.appraisal.horizon_years, 'year')}"
    lines += [
        f"cost       {record['cost']:>18,}  {money}" + (f", of which penalties {record['penalty']:,}" if record["penalty"] else ""),
        f"today      {today:>18,}  carrying on as today",
        f"saving     {saving:>18,}" + (f"  {saving / today:.2%}" if today else ""),
        *_bound_lines(proof),
        f"clusters   {record['clusters']:>18,}" + ("" if record["clusters"] else "  staying as they are is the best plan found"),
    ]
    if record.get("worse_off") and record["clusters"]:
        lines.append(_worse_off(record["worse_off"], instance))
    lines += _audit_lines(record["audit"])
    lines += worth_lines(record.get("appraisal"))
    if record["components"]:
        lines.append("")
        lines += [f"  {name:<26}{total:>18,}" for name, total in record["components"].items()]
        lines.append(f"  {'total':<26}{record['cost']:>18,}")
    return [*lines, "", *sharing] if sharing else lines


def _stop_lines(record: Mapping[str, Any], proof: Proof) -> list[str]:
    """Say why the run stopped: in the program's words for this run where there are any, and never twice."""
    stop, message = record["stop"], record.get("message") or ""
    if proof.doubt:
        return [f"stop       not known: {proof.doubt}"]
    if stop != "proved":
        return [f"stop       {stop}: {message or _STOPS.get(stop, '')}"]
    return [f"stop       {stop}: {proved_words(record, proof)}", *([f"           {message}"] if message else [])]


def _bound_lines(proof: Proof) -> list[str]:
    if proof.bound is None:
        return ["bound      none proven" if not proof.doubt else "bound      none that can be believed"]
    if not proof.useful:
        return [f"bound      {proof.bound:>18,}  nothing useful is proven: it leaves room for the whole cost"]
    lines = [f"bound      {proof.bound:>18,}  no {proof.plans} costs less"]
    return lines if proof.gap is None else [*lines, f"gap        {proof.gap:>18.4%}"]


def _audit_lines(audit: Any) -> list[str]:
    if not isinstance(audit, list):
        return [f"audit      {audit}"]
    lines = [f"audit      BREACHES: {len(audit)}", *(f"           {breach['rule']}: {breach['message']}" for breach in audit[:_TOLD_BREACHES])]
    return lines if len(audit) <= _TOLD_BREACHES else [*lines, f"           ... and {len(audit) - _TOLD_BREACHES:,} more"]


def _worse_off(found: Mapping[str, Any], instance: Instance) -> str:
    how = f"with common costs shared {SHARED[found['key']]}"
    if not found["bodies"]:
        return f"worse off  {'nobody':>18}  {how}"
    name = names(instance, "bodies", "body").get(found["body"], found["body"])
    return f"worse off  {counted(found['bodies'], 'body', 'bodies'):>18}  {how}; most {name}, by {found['most']:,}"


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

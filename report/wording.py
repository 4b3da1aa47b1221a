"""The plan in plain English: the headline, how sure it is, what to doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.audit import audit
from models.plan import Assignment, Plan
from report.money import counted, exact_money, percent, short_money
from report.proof import proved_words
from report.summary import SHARED

if TYPE_CHECKING:
    from models.audit import Audit
    from models.instance import Instance
    from report.view import RunView

STOPS = {
    "limit": "the solver reached a limit before its proof was complete",
    "cancelled": "the run was stopped by hand and the best plan so far was kept",
    "infeasible": "the solver proved that no plan can keep every rule",
    "failed": "the solver failed",
}


def headline(view: RunView) -> str:
    """Return the answer in one sentence."""
    if view.plan is None or view.audit is None:
        return _without_plan(view)
    if view.record.get("disagreement"):
        return "The solver and the audit contradict each other: nothing on this page should be acted upon"
    if not view.audit.ok:
        return f"This plan breaks hard rules {counted(len(view.audit.breaches), 'time')}: it is no answer as it stands"
    if view.unit is not None:
        sites = counted(len({spoke.centre for spoke in view.spokes}), "site")
        return f"{counted(len(view.sharing_bodies), 'customer')} served from {sites} at a cost of {view.exact(view.audit.cost)}; {_proof(view)}"
    if not view.spokes:
        return _staying(view)
    bodies, services = view.instance.table("bodies"), view.instance.table("services")
    sharing = (
        f"Sharing {len(view.shared_services)} of {counted(len(services), 'service')} among {len(view.sharing_bodies):,} of "
        f"{counted(len(bodies), 'body', 'bodies')} in {counted(len(view.plan.clusters), 'cluster')}"
    )
    return f"{sharing} {_effect(view.audit, view)} over {_years(view.instance)} against carrying on as today; {_proof(view)}"


def _effect(found: Audit, view: RunView) -> str:
    share = f" ({percent(abs(found.saving) / found.do_nothing_cost)})" if found.do_nothing_cost else ""
    if found.saving > 0:
        return f"saves {short_money(found.saving, view.currency)}{share}"
    if found.saving < 0:
        return f"costs {short_money(-found.saving, view.currency)} more{share}"
    return "costs exactly as much"


def _years(instance: Instance) -> str:
    return counted(instance.appraisal.horizon_years, "year")


def _proof(view: RunView) -> str:
    proof = view.proof
    if proof.bound is None or proof.gap is None:
        return "how far it is from the best possible is not known"
    if not proof.useful:
        return "nothing useful is proven about how far it is from the best possible"
    of = f" of the {proof.plans.replace('plan', 'plans', 1)}" if proof.limits else ""
    if proof.gap == 0:
        return f"proven to be the best possible{of}"
    return f"proven within {percent(proof.gap, 2)} of the best possible{of}"


def _staying(view: RunView) -> str:
    proof, years = view.proof, _years(view.instance)
    if proof.gap == 0:
        return f"Staying as they are is the best plan: no sharing that keeps the rules{proof.limits} costs less over {years}, and that is proven"
    if proof.gap is not None:
        return f"Staying as they are is the best plan found over {years}; {_proof(view)}"
    return f"Staying as they are is the best plan found over {years}; whether sharing could cost less is not known"


def _without_plan(view: RunView) -> str:
    stop = view.record.get("stop")
    if view.record.get("cost") is not None:
        return "No plan to show: the run found one, but it is missing from the run folder"
    if stop == "infeasible" and view.proof.doubt:
        return f"No plan, and nothing that could be said of why: {view.proof.doubt}"
    if stop == "infeasible":
        return "No plan: nothing keeps every rule in force" if view.unit is not None else "No plan: not even carrying on as today keeps every rule in force"
    if stop == "failed":
        return "No plan: the solver failed before it found one"
    return "No plan was found before the run stopped; that does not mean that there is none"


def certainty(view: RunView) -> list[str]:
    """Return sentences that say how sure the answer is."""
    record, proof = view.record, view.proof
    if proof.doubt:
        lines = [f"What the run says of its proof is not repeated here: {proof.doubt}. `consortia audit` lists what does not agree."]
    else:
        stop = str(record.get("stop"))
        why = f"the solver proved that {proved_words(record, proof)}" if stop == "proved" else STOPS.get(stop, stop)
        lines = [f"Why the run stopped: {why}."]
        if record.get("message") and view.plan is not None:
            lines.append(f"In the program's words: {str(record['message']).rstrip('.')}.")
        if record.get("stop") != "infeasible":
            lines += _bound_lines(view)
    if view.audit is not None:
        lines.append("The plan's cost and every rule were recomputed for this page from the instance and the plan alone, without the solver.")
    if proof.bound is not None and proof.useful:
        lines.append("The bound rests on the solver's proof. It holds for the figures given; it says nothing about whether the figures are right.")
    return lines


def _bound_lines(view: RunView) -> list[str]:
    proof = view.proof
    if proof.bound is None:
        return ["No bound is proven: nothing says how little a plan could cost."]
    if not proof.useful:
        return [f"Nothing useful is proven: the bound, {view.exact(proof.bound)}, leaves room for the whole cost of the plan."]
    counted_in = ", penalties counted in" if view.audit is not None and view.audit.penalty else ""
    least = f"No {proof.plans} can cost less than {view.exact(proof.bound)}{counted_in}"
    if proof.cost is None:
        lines = [f"{least}."]
    elif proof.gap == 0:
        lines = [f"{least}, and this one costs exactly that. Another plan may cost the same."]
    else:
        room = view.exact(proof.cost - proof.bound) + ("" if proof.gap is None else f" ({percent(proof.gap, 2)})")
        lines = [f"{least}. This one costs {view.exact(proof.cost)}, so at most {room} could still be gained by searching on."]
    if proof.within:
        lines.append(
            f"That holds among plans in which {' and '.join(proof.within)}, a limit set to keep the search small. A plan beyond it was never looked at and may "
            "cost less: solve again with a wider limit, or without it, to see what it costs."
        )
    return lines


def worse_off(view: RunView) -> str:
    """Return a sentence on whom the plan makes worse off, once common costs are shared; nothing when nobody shares."""
    if view.audit is None or not view.spokes:
        return ""
    found = view.audit.shares
    how = f"With the common cost of each cluster shared {SHARED[found.key]}"
    if not found.worse_off:
        return f"{how}, no body pays more than by carrying on as today."
    worst = found.worse_off[0]
    today = sum(share.do_nothing_cost for share in found.shares if share.body == worst)
    most = short_money(found.extra_cost[worst], view.currency) + (f" ({percent(found.extra_cost[worst] / today)})" if today else "")
    who = f"{len(found.worse_off):,} of {counted(len(view.instance.table('bodies')), 'body', 'bodies')}"
    return f"{how}, {who} {'pays' if len(found.worse_off) == 1 else 'pay'} more than by carrying on as today; most {view.body_names[worst]}, {most} more."


def warnings(view: RunView) -> list[str]:
    """Return what a reader must know before believing anything else on the page."""
    record, found = view.record, view.audit
    lines = []
    if record.get("disagreement"):
        lines.append(f"The solver and the audit contradict each other: {record['disagreement']}. Believe neither; please report it with the run folder.")
    if record.get("digest") and record["digest"] != view.instance.digest():
        lines.append(
            "The instance in this run folder is not the one that was solved: its digest differs. The figures below are those of the instance as it is."
        )
    if found is not None:
        lines += [f"Hard rule broken, {breach.rule}: {breach.message}." for breach in found.breaches[:20]]
        if len(found.breaches) > 20:
            lines.append(f"... and {counted(len(found.breaches) - 20, 'more breach', 'more breaches')} of hard rules.")
        if record.get("cost") is not None and record["cost"] != found.cost:
            stored, audited = view.exact(record["cost"]), view.exact(found.cost)
            lines.append(f"The stored cost is {stored}, the audit finds {audited}. This page shows the audit's.")
        elif found.ok and view.proof.doubt and record.get("digest") == view.instance.digest() and not record.get("disagreement"):
            lines.append(f"The record of this run does not agree with its plan, so that nothing it claims to have proven is shown: {view.proof.doubt}.")
        if found.saving < 0 and found.ok and view.unit is None:
            lines.append(_dearer(view))
    return lines


def _dearer(view: RunView) -> str:
    units = view.instance.table("baseline")
    today = audit(view.instance, Plan((), tuple(Assignment(body, service) for body, service in zip(units["body"], units["service"], strict=True))))
    if not today.ok:
        breaks = f"breaks hard rules {counted(len(today.breaches), 'time')}; first: {today.breaches[0].message}"
        return f"The plan costs more than carrying on as today, but carrying on {breaks}."
    if today.penalty:
        return "The plan costs more than carrying on as today, because carrying on would break soft rules whose penalties weigh more."
    return "The plan costs more than carrying on as today, which would keep every rule. The search stopped before it found anything as good."


def doubts(view: RunView) -> list[str]:
    """Return sentences about figures that should not be taken as facts."""
    from models.evidence import UNMARKED, evidence_counts

    counts = evidence_counts(view.instance)
    total = sum(counts.values())
    soft = counts["A"] + counts["M"]
    lines = []
    if total:
        lines.append(
            f"Of {counted(total, 'figure')}, {counts['A']:,} are assumptions, {counts['M']:,} are from memory and unverified, and {counts[UNMARKED]:,} do not "
            f"say where they come from. {counts['V']:,} were checked in a public document and {counts['D']:,} worked out from such."
        )
        if soft + counts[UNMARKED]:
            lines.append("Whatever rests on these figures is an estimate: check the ones that matter before deciding.")
    baseline = view.instance.table("baseline")
    cost, doubtful = int(baseline["annual_cost"].sum()), int(baseline.loc[baseline["confidence_grade"] == "D", "annual_cost"].sum())
    if doubtful:
        lines.append(
            f"{exact_money(doubtful, view.currency)} of today's {exact_money(cost, view.currency)} a year ({percent(doubtful / cost)}) is graded D, the least "
            "trusted grade (A is the most): a figure drafted from a rule of thumb, not from the body's own accounts, is graded D."
        )
    return lines

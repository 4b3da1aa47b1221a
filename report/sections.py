"""The page's tables and charts as plain values; the template only lays them out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.economics import COMPONENTS
from models.plan_tables import rule_table
from report import charts
from report.formats import records
from report.model_choices import bars, reason
from report.money import percent, short_money
from report.summary import SHARED
from solver.explain.model_choice import model_choices

if TYPE_CHECKING:
    from markupsafe import Markup

    from report.view import RunView

MOST_MEMBERS = 60
MOST_CLUSTERS = 30
MOST_ROWS = 150
MOST_REPRICED = 10_000
"""Clusters times bodies' services beyond which a page leaves other commercial models to `consortia explain --models`: each is priced for the whole plan."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "carrying on as today": ("baseline_alone", "baseline_until_transfer"),
    "running the shared service": ("service_charge", "travel", "link_running", "centre_running"),
    "margin, VAT, governance, client side": ("provider_margin", "vat", "client_side", "governance", "owner_governance"),
    "one-off costs": ("link_one_off", "migration", "dual_running", "exit_payments", "joining", "set_up", "variants", "procurement"),
}
"""Components as a chart can show them; penalties are in none, for nobody pays them."""


@dataclass(frozen=True)
class Limited:
    """The first rows of a table, how many there are in all, and whether some are left out."""

    rows: list[dict[str, Any]]
    total: int

    @property
    def cut(self) -> bool:
        """Whether rows are left out."""
        return len(self.rows) < self.total


def component_rows(view: RunView) -> list[dict[str, Any]]:
    """Return each component's net present cost today and under the plan, penalties left out."""
    if view.audit is None:
        return []
    plan = view.audit.by_component()
    today = {"baseline_alone": view.audit.do_nothing_cost}
    return [
        {"component": name, "statement": one.statement, "today": today.get(name, 0), "plan": plan.get(name, 0), "profile": one.profile.value}
        for name, one in COMPONENTS.items()
        if name != "penalty" and (name in plan or name in today)
    ]


def component_chart(view: RunView) -> Markup | None:
    """Return today and the plan as stacked bars."""
    if view.audit is None:
        return None
    plan = view.audit.by_component()
    bars = [
        charts.Bar("today", (view.audit.do_nothing_cost, *(0 for _ in list(GROUPS)[1:]))),
        charts.Bar("this plan", tuple(sum(plan.get(name, 0) for name in names) for names in GROUPS.values())),
    ]
    return charts.stacked_bars(bars, tuple(GROUPS), lambda amount: short_money(amount, view.currency), "Net present cost today and under the plan")


def year_rows(view: RunView) -> list[dict[str, Any]]:
    """Return money by year: today, the plan, the saving and the saving so far; real prices, not discounted."""
    if view.audit is None:
        return []
    today = int(view.instance.table("baseline")["annual_cost"].sum())
    totals: Counter[int] = Counter()
    for year, cost in zip(view.tables["years"]["year"], view.tables["years"]["undiscounted_cost"], strict=True):
        totals[int(year)] += int(cost)
    rows, so_far = [], 0
    first = view.instance.appraisal.start_year
    for year in range(first, first + view.instance.appraisal.horizon_years):
        so_far += today - totals[year]
        rows.append({"year": year, "today": today, "plan": totals[year], "saving": today - totals[year], "cumulative": so_far})
    return rows


def year_chart(view: RunView, rows: list[dict[str, Any]]) -> Markup | None:
    """Return the money of each year, today and under the plan."""
    if not rows:
        return None
    names = [str(row["year"]) for row in rows]
    today, plan = ([row[side] for row in rows] for side in ("today", "plan"))
    legend = ("carrying on as today", "this plan")
    return charts.paired_columns(names, today, plan, legend, lambda amount: short_money(amount, view.currency), "Money by year, not discounted")


def clusters(view: RunView) -> list[dict[str, Any]]:
    """Return each cluster with its services and members, for the first :data:`MOST_CLUSTERS`."""
    if view.plan is None:
        return []
    units = dict(zip(view.instance.table("services")["service"], view.instance.table("services")["volume_unit"], strict=True))
    services = view.tables["cluster_services"]
    users = Counter((spoke.centre, service) for spoke in view.spokes for service in spoke.services)
    reasons = _reasons(view)
    found = []
    for position, (cluster, row) in enumerate(zip(view.plan.clusters, records(view.tables["clusters"]), strict=True)):
        if position >= MOST_CLUSTERS:
            break
        lines = [
            {**line, "unit": units.get(line["service"], ""), "users": users[cluster.centre, line["service"]], "bar": charts.share_bar(line["utilisation"])}
            for line in records(services[services["centre"] == cluster.centre])
        ]
        found.append(
            {
                **row,
                "number": position + 1,
                "name": row["name"] or cluster.centre,
                "form": row["form"].replace("-", " "),
                "lead_name": view.body_names.get(cluster.lead, cluster.lead),
                "owner_names": [view.body_names.get(owner, owner) for owner in cluster.owners],
                "share": percent(abs(row["saving"]) / row["do_nothing_cost"]) if row["do_nothing_cost"] else "",
                "reasons": reasons.get(cluster.centre, []),
                "service_lines": lines,
                "member_lines": _members(view, cluster.centre, cluster.lead, cluster.owners),
            }
        )
    return found


def _reasons(view: RunView) -> dict[str, list[str]]:
    """Return by centre why its cluster runs under its commercial model; nothing for a plan that breaks rules or is too large for a page."""
    if view.plan is None or view.audit is None or not view.audit.ok or len(view.plan.clusters) * len(view.plan.assignments) > MOST_REPRICED:
        return {}
    if len(view.model_forms) < 2:
        return {}
    return {one.centre: [reason(one, view.currency), *bars(one)] for one in model_choices(view.instance, view.plan)}


def _members(view: RunView, centre: str, lead: str, owners: tuple[str, ...]) -> Limited:
    """Return the members of a cluster, those that cost most today first."""
    spokes = sorted((spoke for spoke in view.spokes if spoke.centre == centre), key=lambda spoke: (-spoke.annual_cost, spoke.body))
    rows = []
    for spoke in spokes[:MOST_MEMBERS]:
        roles = ["lead"] * (spoke.body == lead) + ["owner"] * (spoke.body in owners)
        role = ", ".join(roles) or "customer"
        rows.append({"name": view.body_names[spoke.body], "role": role, "services": ", ".join(spoke.services), "annual_cost": spoke.annual_cost})
    return Limited(rows, len(spokes))


def cluster_totals(view: RunView) -> Limited:
    """Return one row a cluster for the table of all of them."""
    if view.plan is None:
        return Limited([], 0)
    rows = records(view.tables["clusters"])
    return Limited([{**row, "number": position + 1, "name": row["name"] or row["centre"]} for position, row in enumerate(rows[:MOST_ROWS])], len(rows))


def rules(view: RunView) -> list[dict[str, Any]]:
    """Return the rules in force; without a plan their breaches mean nothing."""
    if view.audit is not None:
        return records(view.tables["rules"])
    return records(rule_table(view.instance, ()))


def bodies(view: RunView) -> Limited:
    """Return the bodies that cost most today, with what the plan means for each."""
    if view.plan is None:
        return Limited([], 0)
    table = view.tables["bodies"]
    first = table.sort_values(["do_nothing_cost", "body"], ascending=[False, True]).head(MOST_ROWS)
    columns = ["body", "name", "sector", "services_shared", "centres", "do_nothing_cost", "direct_cost", "shared_cost", "plan_cost", "saving"]
    rows = records(first[columns])
    units = Counter(view.instance.table("baseline")["body"])
    for row in rows:
        centres = [centre for centre in row["centres"].split(";") if centre]
        row["name"] = row["name"] or row["body"]
        row["services"] = units[row["body"]]
        row["centre_names"] = ", ".join(view.centre_names.get(centre, centre) for centre in centres)
    return Limited(rows, len(table))


def sectors(view: RunView) -> list[dict[str, Any]]:
    """Return what the plan means for each sector; nothing when there is only one."""
    rows = [] if view.plan is None else records(view.tables["sectors"])
    return [{**row, "sector": row["sector"] or "not stated"} for row in rows] if len(rows) > 1 else []


def settings(view: RunView) -> list[tuple[str, str]]:
    """Return the appraisal's settings as a reader understands them."""
    one = view.instance.appraisal
    rates = "; ".join(f"{percent(rate, 2)} from year {first}" for first, rate in one.rate_steps if first < one.horizon_years)
    shares = ", ".join(f"{share:.0%}" for share in one.saving_ramp)
    uplift = ", ".join(f"{name.replace('_', ' ')} +{rate:.0%}" for name, rate in one.optimism_bias.items())
    price_year = view.instance.settings.price_year
    return [
        ("years appraised", f"{one.horizon_years}, from {one.start_year} (year 0)"),
        ("prices", f"real, of {price_year}" if price_year else "real; price year not stated"),
        ("currency", view.currency),
        ("discount rate", rates or "none"),
        ("share of the new way in force in years 0, 1, ...", f"{shares}, then as in the last"),
        ("optimism bias", uplift or "none"),
        ("migration", f"{short_money(one.migration_cost, view.currency)} a body and centre, and {percent(one.migration_rate)} of the yearly cost moved"),
        ("dual running", f"{one.dual_running_months:g} months of the yearly cost moved"),
        ("common cost of a cluster", f"shared {SHARED[one.cost_share_key]} among its members"),
        ("costs counted", f"{one.view} view"),
        ("VAT, in the cash view", percent(one.vat_rate) if one.vat_rate else "none"),
        (
            "payments to leavers, in the cash view",
            f"{percent(one.posts_removed_rate)} of posts moved, {short_money(one.exit_payment_per_post, view.currency)} each",
        ),
    ]


def provenance(view: RunView) -> list[tuple[str, str]]:
    """Return what is needed to repeat the run."""
    found, record = view.provenance, view.record
    options, effective, machine = (_pairs(found.get(name)) for name in ("options", "effective_options", "machine"))
    size = ", ".join(f"{found[name]:,} {name}" for name in ("columns", "rows", "nonzeros") if isinstance(found.get(name), int))
    lines = [
        ("instance", str(record.get("instance", ""))),
        ("digest of the instance", str(record.get("digest", ""))),
        ("solver", f"{record.get('solver', '')} {found.get('solver_version', '')}".strip() + (f" ({found['chosen']})" if found.get("chosen") else "")),
        ("the solver's own words", str(record.get("raw_status", ""))),
        ("where the plan comes from", str(found.get("plan_from", ""))),
        ("start", " ".join(str(found[name]) for name in ("start", "start_use") if found.get(name, "none") != "none")),
        ("plan given to start from", str(found.get("given", ""))),
        ("options asked for", options),
        ("options in effect", effective),
        ("integer program", size),
        ("time", f"{record['time_s']:.1f} s" if record.get("time_s") is not None else ""),
        ("peak memory", f"{found['peak_memory_mb']:.0f} MB" if found.get("peak_memory_mb") else ""),
        ("machine", machine),
        ("sources the instance names", "; ".join(view.instance.settings.sources)),
    ]
    return [(name, text) for name, text in lines if text]


def _pairs(options: Any) -> str:
    if not isinstance(options, dict):
        return ""
    return ", ".join(f"{name} = {'none' if value is None else value}" for name, value in options.items())

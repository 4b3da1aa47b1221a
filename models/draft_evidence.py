"""Says where every drafted figure comes from: the rows of the evidence table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from models.appraisal_tables import appraisal_tables
from models.draft_settings import MODEL_MONEY, MODEL_RATES
from models.instance import Appraisal
from models.rules import registry

if TYPE_CHECKING:
    from models.draft_baseline import Baseline
    from models.instance import RuleSetting
    from models.reference import Figure, Reference

SETTINGS = "instance.toml"


@dataclass
class EvidenceBook:
    """Gathers rows of evidence; ``rate_note`` is added to money that was turned from pounds."""

    rate_note: str = ""
    rows: list[dict[str, str]] = field(default_factory=list)

    def add(self, table: str, column: str, mark: str, source: str, where: str = "", *, money: bool = False) -> None:
        """Add one row; an amount turned from pounds is an assumption whatever the figure was."""
        if money and self.rate_note:
            mark, source = "A", f"{source}; {self.rate_note}"
        self.rows.append({"table": table, "column": column, "where": where, "mark": mark, "source": source})

    def add_figure(self, table: str, column: str, figure: Figure, where: str = "", *, money: bool = False, note: str = "") -> None:
        """Add one row for a reference figure taken at its central value."""
        self.add(table, column, figure.mark, figure.stated() + (f"; {note}" if note else ""), where, money=money)

    def frame(self) -> pd.DataFrame:
        """Return the evidence table."""
        return pd.DataFrame(self.rows, columns=["table", "column", "where", "mark", "source"])


def add_services(book: EvidenceBook, reference: Reference, services: tuple[str, ...]) -> None:
    """Say where the services table comes from."""
    for service in services:
        share, first, other = (reference.figure(f"service.{service}.{name}") for name in ("transactional_share", "transactional_exponent", "other_exponent"))
        source = f"{share.central:g} of cost at exponent {first.central:g} ({first.source}), the rest at {other.central:g} ({other.source})"
        where = f"service={service}"
        book.add("services", "scale_exponent", "A", source, where)
        name = f"service.{service}.distance_limit_km"
        if name in reference.figures:
            book.add_figure("services", "distance_limit_km", reference.figure(name), where)
        else:
            book.add("services", "distance_limit_km", "A", "done at a distance, so no limit", where)
        travel = ("travel.mileage", "travel.staff_hour", "travel.speed", "travel.road_factor", f"service.{service}.visits_per_unit")
        source = "; ".join(f"{reference.figure(name).stated()} [{reference.figure(name).mark}]" for name in travel)
        book.add("services", "travel_cost_per_km", "A", f"visits there and back: {source}", where, money=True)
        book.add("services", "workload_per_unit", "A", f"reference cost of one unit: {_unit_cost_source(service, reference)}", where, money=True)


def _unit_cost_source(service: str, reference: Reference) -> str:
    if service == "hr":
        names = ["running.hr_post_cost", "running.employees_per_hr_post", "running.payroll_per_employee"]
    elif service == "it":
        names = ["running.it_per_user"]
    else:
        names = [f"running.{service}_share_of_spend", f"service.{service}.volume_per_spend"]
    return "; ".join(f"{reference.figure(name).stated()} [{reference.figure(name).mark}]" for name in names)


def add_bodies(book: EvidenceBook, columns: dict[str, str], source: str, *, legal_type_given: bool) -> None:
    """Say where the bodies come from; ``columns`` maps a column of the bodies table to that of the file."""
    for column, given in columns.items():
        book.add("bodies", column, "V", f"as given in {source}, column {given}")
    if not legal_type_given:
        book.add("bodies", "legal_type", "A", "from the words of the sector")
    book.add("bodies", "employees", "A", "from size: see baseline.volume")
    book.add("bodies", "security_level", "A", "none needed: ordinary official work")


def add_baseline(book: EvidenceBook, baseline: Baseline, reference: Reference, used_classes: list[int], spend: tuple[str, str], source: str) -> None:
    """Say where volumes, costs and posts come from; ``spend`` is the column and kind of published money, empty when there is none."""
    column, kind = spend
    classes = "; ".join(
        f"{one.name}: {one.employees.central:g} {one.employees.unit} [{one.employees.mark}], {one.spend.central:,.0f} {one.spend.unit} [{one.spend.mark}], "
        f"{one.users.central:g} {one.users.unit} [{one.users.mark}]"
        for one in (reference.classes[at] for at in used_classes)
    )
    for service, curve in baseline.curves.items():
        where = f"service={service}"
        driver = {"hr": "employees", "it": "IT users"}.get(service, "")
        if not driver:
            driver = "spending, " + reference.figure(f"service.{service}.volume_per_spend").stated()
        text = f"size as given in {source} times drivers ({driver}) of its class: {classes}"
        if baseline.published.any():
            text += f"; where cost is published, moved towards the volume that cost suggests: {reference.figure('scale.cost_difference_kept').stated()}"
        if baseline.volume_from_cost.any():
            odd = int(baseline.volume_from_cost.sum())
            text += f"; for {odd} bodies worked back from published cost ({reference.figure('scale.cost_out_of_line_factor').source})"
        book.add("baseline", "volume", "A", text, where)
        curve_text = f"cost = {curve.intercept:,.6g} x volume^{curve.exponent:g}"
        if curve.from_spend:
            basis = f"{curve_text}, through the median of the published costs in {source}"
        else:
            sizes = ("scale.reference_employees",) if service in ("hr", "it") else ("scale.reference_spend",)
            held = "; ".join(reference.figure(name).stated() for name in sizes)
            basis = f"{curve_text}, through the reference body ({held}): {_unit_cost_source(service, reference)}"
        if not baseline.published.all():
            book.add("baseline", "annual_cost", "A", basis, f"{where}; confidence_grade=D", money=not curve.from_spend)
        if baseline.published.any():
            split, scope = reference.figure(f"service.{service}.in_scope_share"), reference.figure(f"spend.{kind}")
            text = f"column {column} as given in {source} (published), times {scope.stated()}, times {split.stated()}"
            book.add("baseline", "annual_cost", "A", text, f"{where}; confidence_grade=C")
        staff, post = reference.figure(f"service.{service}.staff_share"), reference.figure("running.post_cost")
        book.add("baseline", "posts", "A", f"annual_cost times {staff.stated()}, over {post.stated()}", where, money=True)


def add_centres_and_bands(book: EvidenceBook, baseline: Baseline, reference: Reference, source: str) -> None:
    """Say where centres and bands come from."""
    book.add("centres", "latitude", "V", f"the host body's, as given in {source}")
    book.add("centres", "longitude", "V", f"the host body's, as given in {source}")
    book.add("centres", "security_level", "A", "cleared for ordinary official work only")
    for service, curve in baseline.curves.items():
        where = f"service={service}"
        limits = "; ".join(reference.figure(f"scale.{name}").stated() for name in ("smallest_band_bodies", "even_share_multiple", "resilience_share"))
        book.add("bands", "capacity", "A", limits, where)
        line = f"scale curve cost = {curve.intercept:,.6g} x volume^{curve.exponent:g}, straight past the {curve.observed_volume:,.0f} units largest on record"
        note = not curve.from_spend
        book.add("bands", "unit_cost", "A", f"slope of the {line}, at the largest band", where, money=note)
        book.add("bands", "fixed_cost", "A", f"what puts the full band on the {line}", where, money=note)
        names = ("one_off.platform_local", "one_off.platform_local_employees", "one_off.platform_exponent", f"service.{service}.platform_share")
        book.add("bands", "set_up_cost", "A", "; ".join(reference.figure(name).stated() for name in names), where, money=True)


def add_models_and_powers(book: EvidenceBook, reference: Reference, models: tuple[str, ...], legal_types: list[str], *, leavers: bool = False) -> None:
    """Say where commercial models, powers and VAT recovery come from; ``leavers`` tells that work left by a leaver was drafted."""
    for model in models:
        where = f"commercial_model={model}"
        for column in (*MODEL_MONEY, *MODEL_RATES, "minimum_volume"):
            book.add_figure("commercial_models", column, reference.figure(f"model.{model}.{column}"), where, money=column in (*MODEL_MONEY, "minimum_volume"))
        book.add_figure("commercial_models", "minimum_owners", reference.figure("rules.least_owners"), where, note="joint forms only")
        book.add_figure("commercial_models", "maximum_owners", reference.figure("rules.owner_limit"), where, note="joint forms only")
        if leavers:
            book.add("commercial_models", "leaver_volume", "A", "taken as the least work the model starts with", where, money=True)
        book.add("commercial_models", "minimum_members", "A", "no limit of its own", where)
        book.add("commercial_models", "maximum_members", "A", "no limit of its own", where)
    for legal_type in legal_types:
        for column in ("may_lead", "may_own", "may_use"):
            powers = reference.powers[legal_type]
            book.add("powers", column, powers.mark, f"{powers.source}; to be confirmed by lawyers", f"legal_type={legal_type}")
        book.add("vat", "recovery_rate", reference.vat[legal_type].mark, reference.vat[legal_type].source, f"legal_type={legal_type}")


def add_appraisal(book: EvidenceBook, reference: Reference, asked: frozenset[str], *, small: bool) -> None:
    """Say where the appraisal comes from; ``asked`` names the settings the user gave, ``small`` tells of low migration figures."""

    def figure(setting: str, name: str, *, money: bool = False, note: str = "", value: float | None = None) -> None:
        if setting in asked:
            book.add(SETTINGS, f"appraisal.{setting}", "A", "as asked when drafting")
            return
        one = reference.figure(name)
        # A range's mark is that of its central value only.
        mark = one.mark if value is None or value == one.central else "A"
        book.add(SETTINGS, f"appraisal.{setting}", mark, one.stated(value) + note, money=money)

    book.add(SETTINGS, "appraisal.start_year", "A", "as asked when drafting")
    figure("horizon_years", "appraisal.horizon_years")
    rates = appraisal_tables().rates[Appraisal.rates].provenance
    book.add(SETTINGS, "appraisal.discount_rates", rates.mark, rates.stated())
    book.add(SETTINGS, "appraisal.saving_ramp", reference.saving_ramp_mark, reference.saving_ramp_source)
    bounds = "; ".join(
        f"{name} {one.upper:.0%} to {one.lower:.0%} ({one.project_class}: {one.provenance.stated()} [{one.provenance.mark}])"
        for name, one in appraisal_tables().optimism_bias.items()
    )
    managed = reference.figure("appraisal.managed_share").stated()
    book.add(SETTINGS, "appraisal.optimism_bias", "A", f"upper x (1 - managed share), never under lower: {bounds}; {managed}")
    figure("cashable_share", "appraisal.cashable_share")
    for name in ("vat_rate", "posts_removed_rate", "exit_payment_per_post"):
        figure(name, f"cash.{name}", money=name == "exit_payment_per_post")
    note = "; low, as " + reference.figure("one_off.migration_low_below").source if small else ""
    fixed, rate = reference.figure("one_off.migration_fixed"), reference.figure("one_off.migration_rate")
    figure("migration_cost", "one_off.migration_fixed", money=True, note=note, value=fixed.low if small else fixed.central)
    figure("migration_rate", "one_off.migration_rate", note=note, value=rate.low if small else rate.central)
    figure("dual_running_months", "one_off.dual_running_months")


def rule_sources(book: EvidenceBook, reference: Reference, rules: tuple[RuleSetting, ...], asked: frozenset[str]) -> tuple[str, ...]:
    """Return in words where each figure of each rule comes from, one line a figure: ``rule.<name>.<parameter> (mark): source``."""
    of_rules = EvidenceBook(book.rate_note)
    figures = {
        "rule.provider-limit.maximum": "rules.provider_limit",
        "rule.provider-limit.penalty": "rules.provider_limit_penalty",
        "rule.utilisation-floor.share": "rules.utilisation_floor",
        "rule.owner-limit.maximum": "rules.owner_limit",
        "rule.nearest-centres.count": "centres.nearest_national",
        "rule.sectors.penalty": "rules.sectors_penalty",
        "rule.supplier-exposure.penalty": "rules.supplier_exposure_penalty",
        "rule.one-leaver.penalty": "rules.one_leaver_penalty",
    }
    for rule in rules:
        for part in [*rule.parameters, *(["penalty"] if rule.penalty is not None else [])]:
            setting = f"rule.{rule.name}.{part}"
            if part == "count" and "nearest" in asked:
                of_rules.add(SETTINGS, setting, "A", "as asked when drafting")
            elif setting in figures:
                of_rules.add_figure(SETTINGS, setting, reference.figure(figures[setting]), money=part == "penalty")
            elif part != "penalty":
                told = registry()[rule.name]
                of_rules.add(SETTINGS, setting, told.mark, f"default of rule {told.id}: {told.basis}")
            else:
                of_rules.add(SETTINGS, setting, "A", "smallest reference cost of a unit of volume among the services, a year", money=True)
    return tuple(f"{row['column']} ({row['mark']}): {row['source']}" for row in of_rules.rows)

"""From a table of bodies to a first full instance, with reference figures that stay visible and editable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models import draft_evidence as evidence
from models.draft_bands import draft_bands
from models.draft_baseline import SERVICES, Baseline, draft_baseline
from models.draft_centres import choose_centres, default_centre_count
from models.draft_file import FIRST_ROW, read_bodies, separator_note
from models.draft_input import DraftRows, sort_rows
from models.draft_mapping import DraftMapping, SizeColumn, complete_mapping, read_mapping
from models.draft_rules import RULE_SETS, draft_rules, rules_without_figures
from models.draft_settings import draft_appraisal, draft_models, draft_powers, draft_vat, travel_cost_per_km
from models.findings import Finding, InvalidInstance, Severity, nearest
from models.instance import Instance, Settings
from models.instance_settings import EARLIEST_YEAR, LATEST_YEAR
from models.reference import Reference, reference
from models.schema import TABLE_BY_NAME
from models.tables import from_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DRAFTED_ENGLAND", "DraftMapping", "DraftOptions", "DraftResult", "SizeColumn", "draft", "read_bodies", "read_mapping"]

MODELS = ("unitary", "joint-committee", "joint-company", "outsourced")


@dataclass(frozen=True)
class DraftOptions:
    """What to draft.

    Attributes
    ----------
    services, models
        Which of :data:`models.draft_baseline.SERVICES` and :data:`MODELS`.
    centres
        How many candidate centres; ``None`` chooses by the number of bodies.
    nearest
        A body considers only so many nearest centres; 0 for all; ``None`` for all, or a few at national scale.
    bands
        Sizes a centre can have for each service.
    rules
        ``core``: the few that any plan needs; ``full``: all that a table of bodies can fill.
    currency
        Of the money in the table; ``None`` goes by the country.
    title, price_year, start_year, horizon_years
        Settings of the instance.
    migration_cost
        Money once for each body joining a centre; ``None`` takes the reference figure.
    source
        What the evidence calls the table; empty for the file's name.
    """

    services: tuple[str, ...] = SERVICES
    models: tuple[str, ...] = MODELS
    centres: int | None = None
    nearest: int | None = None
    bands: int = 4
    rules: str = "core"
    currency: str | None = None
    title: str = ""
    price_year: int | None = None
    start_year: int = 2026
    horizon_years: int | None = None
    migration_cost: int | None = None
    source: str = ""


DRAFTED_ENGLAND = DraftOptions(centres=60, nearest=0, title="Drafted England")
"""With a table of the 353 English councils: 353 bodies x 4 services x 60 centres x 4 models, about 339,000 combinations."""


@dataclass(frozen=True)
class DraftResult:
    """A drafted instance, what to know about it, and the rows left out (columns row, body, reason)."""

    instance: Instance
    findings: tuple[Finding, ...]
    left_out: pd.DataFrame


def draft(frame: pd.DataFrame, mapping: DraftMapping | None = None, options: DraftOptions | None = None) -> DraftResult:
    """Return a first full instance for a table of bodies (text cells, one row a body).

    Every figure is a central reference figure unless the table gives it; the evidence table says which is which. Rows without
    coordinates or size are left out and reported; bodies without a usable spend figure take their cost from size, and are reported.

    Raises
    ------
    InvalidInstance
        When a needed column is missing, ids are empty or repeated, an option is out of range or no row can be drafted.
    """
    options = options or DraftOptions()
    figures = reference()
    source = str(frame.attrs.get("source", "the table of bodies"))
    label = options.source or source
    _check_options(options)
    told = complete_mapping(frame, mapping or DraftMapping(), source)
    sorted_rows = sort_rows(frame, told, figures, source)
    rows = sorted_rows.frame
    findings = [*separator_note(frame), *sorted_rows.findings, *_price_year_note(options, source)]
    currency = options.currency or _currency(rows, figures, source, findings)
    exchange = figures.figure(f"exchange.{currency}")
    if currency != "GBP":
        text = f"The reference figures are those of the United Kingdom, turned into {currency} at {exchange.central:g} to the pound, an assumption."
        findings.append(Finding("foreign-currency", text, Severity.NOTE, file=source, value=currency))

    services = tuple(service for service in SERVICES if service in options.services)
    baseline = draft_baseline(rows, figures, services, told.spend_kind if told.spend else "", exchange.central, source)
    findings.extend(baseline.findings)
    hosts = _hosts(rows, baseline, figures, options)
    if len(hosts) < (options.centres or 0):
        text = f"Only {len(hosts):,} bodies may lead or own, so there are that many centres and not {options.centres:,}."
        findings.append(Finding("fewer-centres", text, Severity.WARNING, file=source, value=str(len(hosts))))
    count = len(hosts)
    close = _nearest(options, len(rows), figures)
    if options.nearest is None and close:
        text = f"A body considers only its {close} nearest centres, as the table is of national scale."
        findings.append(Finding("nearest-centres", text, Severity.NOTE, file=source, value=str(close)))

    small = _is_small(baseline, figures, exchange.central)
    appraisal = draft_appraisal(figures, options.start_year, options.horizon_years, options.migration_cost, small=small, exchange_rate=exchange.central)
    full = options.rules == "full"
    rules = draft_rules(figures, [curve.reference_cost for curve in baseline.curves.values()], min(close, count), exchange.central, full=full)
    if full:
        findings.append(rules_without_figures(rules, source))
    legal_types = sorted(rows["legal_type"].unique())
    book = evidence.EvidenceBook("" if currency == "GBP" else f"UK figure at {exchange.stated()}")
    asked = frozenset(name for name in ("horizon_years", "migration_cost", "nearest") if getattr(options, name) is not None)
    _fill_evidence(book, figures, told, sorted_rows, baseline, options, label)
    evidence.add_appraisal(book, figures, asked, small=small)
    described = (f"{label} (bodies, places, sizes)", *evidence.rule_sources(book, figures, rules, asked))

    tables = {
        "services": _services(services, baseline, figures, exchange.central),
        "bodies": _bodies(rows, baseline, frame, told),
        "baseline": _baseline_table(rows, baseline),
        "commercial_models": draft_models(_models(options), figures, exchange.central, leavers=full),
        "centres": _centres(rows, hosts),
        "bands": draft_bands(baseline, figures, count, options.bands, exchange.central),
        "powers": draft_powers(legal_types, _models(options), figures),
        "vat": draft_vat(legal_types, _models(options), figures),
    }
    drafted = {column.name for column in TABLE_BY_NAME["bodies"].columns} | {"size", "size_kind"}
    for header in tables["bodies"].columns:
        if header not in drafted:
            book.add("bodies", header, "V", f"as given in {label}, column {header}")
    tables["evidence"] = book.frame()
    settings = Settings(title=options.title or f"Drafted from {label}", currency=currency, price_year=options.price_year, sources=described)
    return DraftResult(from_frames(tables, settings=settings, appraisal=appraisal, rules=rules), tuple(findings), sorted_rows.left_out)


def _models(options: DraftOptions) -> tuple[str, ...]:
    return tuple(model for model in MODELS if model in options.models)


def _check_options(options: DraftOptions) -> None:
    findings = []
    for field, chosen, allowed in (("services", options.services, SERVICES), ("models", options.models, MODELS)):
        findings += [
            Finding("unknown-option", f"{value!r} is not known.", column=field, value=value, allowed=allowed, nearest=nearest(value, allowed))
            for value in chosen
            if value not in allowed
        ]
        if not chosen:
            findings.append(Finding("unknown-option", f"At least one of {field} is needed.", column=field, allowed=allowed))
    if options.rules not in RULE_SETS:
        text = f"{options.rules!r} is not a set of rules."
        findings.append(Finding("unknown-option", text, column="rules", value=options.rules, allowed=RULE_SETS, nearest=nearest(options.rules, RULE_SETS)))
    least = {"centres": (options.centres, 1), "nearest": (options.nearest, 0), "bands": (options.bands, 1), "horizon_years": (options.horizon_years, 1)}
    for field, (value, minimum) in {**least, "migration_cost": (options.migration_cost, 0)}.items():
        if value is not None and value < minimum:
            findings.append(Finding("unknown-option", f"{field} is at least {minimum}.", column=field, value=str(value)))
    if options.price_year is not None and not EARLIEST_YEAR <= options.price_year <= LATEST_YEAR:
        message = f"The year of the prices lies from {EARLIEST_YEAR} to {LATEST_YEAR}."
        findings.append(Finding("unknown-option", message, column="price_year", value=str(options.price_year)))
    known = tuple(reference().currency_of_country.values())
    if options.currency is not None and options.currency not in known:
        findings.append(Finding("unknown-option", "No exchange rate is known.", column="currency", value=options.currency, allowed=known))
    if findings:
        raise InvalidInstance(findings)


def _price_year_note(options: DraftOptions, source: str) -> list[Finding]:
    if options.price_year is not None:
        return []
    message = "The year of the prices is not known; --price-year states it. Figures of other years are not brought to one level."
    return [Finding("price-year-unknown", message, Severity.NOTE, file=source)]


def _currency(rows: pd.DataFrame, figures: Reference, source: str, findings: list[Finding]) -> str:
    countries = rows["country"].str.upper().replace("", "GB").value_counts()
    known = [country for country in countries.index if country in figures.currency_of_country]
    if list(countries.index) != known or len({figures.currency_of_country[country] for country in known}) > 1:
        text = "The table holds more than one country, or one whose currency is not known; say which currency is meant if this is not right."
        findings.append(Finding("currency-guessed", text, Severity.WARNING, file=source, column="country", value="; ".join(map(str, countries.index[:10]))))
    return figures.currency_of_country[known[0]] if known else "GBP"


def _workload(baseline: Baseline) -> NDArray[np.float64]:
    parts = [volume * baseline.curves[service].reference_cost for service, volume in baseline.volume.items()]
    return np.asarray(np.sum(parts, axis=0), dtype=np.float64)


def _hosts(rows: pd.DataFrame, baseline: Baseline, figures: Reference, options: DraftOptions) -> NDArray[np.int64]:
    """Return positions of the bodies that host the candidate centres: those that may lead, or if none may, those that may own."""
    letters = rows["legal_type"].map({name: "".join(powers.by_model[model] for model in _models(options)) for name, powers in figures.powers.items()})
    able = letters.str.contains("L").to_numpy(dtype=bool)
    if not able.any():
        able = letters.str.contains("O").to_numpy(dtype=bool)
    if not able.any():
        able = np.ones(len(rows), dtype=bool)
    positions = np.flatnonzero(able)
    count = default_centre_count(len(rows), figures) if options.centres is None else options.centres
    weight = _workload(baseline)[positions] ** figures.central("centres.weight_exponent")
    one = rows.iloc[positions]
    chosen = choose_centres(one["body"].to_numpy(dtype=np.str_), one["latitude"].to_numpy(), one["longitude"].to_numpy(), weight, count)
    return positions[chosen]


def _nearest(options: DraftOptions, bodies: int, figures: Reference) -> int:
    if options.nearest is not None:
        return options.nearest
    return int(figures.central("centres.nearest_national")) if bodies > figures.central("centres.national_bodies") else 0


def _is_small(baseline: Baseline, figures: Reference, exchange_rate: float) -> bool:
    whole = np.sum(list(baseline.annual_cost.values()), axis=0)
    return bool(np.median(whole) < figures.central("one_off.migration_low_below") * exchange_rate)


def _services(services: tuple[str, ...], baseline: Baseline, figures: Reference, exchange_rate: float) -> pd.DataFrame:
    limits = {service: figures.figures.get(f"service.{service}.distance_limit_km") for service in services}
    return pd.DataFrame(
        {
            "service": list(services),
            "volume_unit": [figures.volume_units[service] for service in services],
            "scale_exponent": [round(baseline.curves[service].exponent, 6) for service in services],
            "distance_limit_km": [limit.central if limit else np.nan for limit in limits.values()],
            "workload_per_unit": [round(baseline.curves[service].reference_cost, 4) for service in services],
            "travel_cost_per_km": [round(travel_cost_per_km(figures, service, exchange_rate), 6) for service in services],
        }
    )


def _bodies(rows: pd.DataFrame, baseline: Baseline, frame: pd.DataFrame, told: DraftMapping) -> pd.DataFrame:
    """Return the bodies table; columns of the file that drafting does not use follow as they stand."""
    columns = ["body", "name", "sector", "legal_type", "nation", "region", "latitude", "longitude"]
    table = rows[columns].assign(employees=baseline.employees, size=rows["size"].map("{:.10g}".format), size_kind=rows["kind"].astype("str"))
    moved = {getattr(told, name) for name in columns} | {size.column for size in told.sizes}
    known = {column.name for column in TABLE_BY_NAME["bodies"].columns} | set(table.columns)
    positions = rows["row"].to_numpy() - FIRST_ROW
    for header in frame.columns:
        if header not in moved and header not in known:
            table[header] = frame[header].iloc[positions].to_numpy()
    return table


def _baseline_table(rows: pd.DataFrame, baseline: Baseline) -> pd.DataFrame:
    grade = np.where(baseline.published, "C", "D")
    tables = [
        pd.DataFrame(
            {
                "body": rows["body"],
                "service": service,
                "volume": volume,
                "annual_cost": baseline.annual_cost[service],
                "confidence_grade": grade,
                "posts": baseline.posts[service],
            }
        )
        for service, volume in baseline.volume.items()
    ]
    order = np.arange(len(rows) * len(tables)).reshape(len(tables), len(rows)).T.ravel()
    return pd.concat(tables, ignore_index=True).iloc[order].reset_index(drop=True)


def _centres(rows: pd.DataFrame, hosts: NDArray[np.int64]) -> pd.DataFrame:
    host = rows.iloc[hosts].reset_index(drop=True)
    return pd.DataFrame(
        {
            "centre": "at-" + host["body"],
            "name": host["name"],
            "host_body": host["body"],
            "nation": host["nation"],
            "region": host["region"],
            "latitude": host["latitude"],
            "longitude": host["longitude"],
        }
    )


def _fill_evidence(
    book: evidence.EvidenceBook, figures: Reference, told: DraftMapping, rows: DraftRows, baseline: Baseline, options: DraftOptions, source: str
) -> None:
    evidence.add_services(book, figures, tuple(baseline.volume))
    headers = {name: getattr(told, name) for name in ("body", "name", "sector", "legal_type", "nation", "region", "latitude", "longitude")}
    given = {name: header for name, header in headers.items() if header}
    given["size"] = ", ".join(f"{size.column} ({size.kind})" for size in told.sizes)
    evidence.add_bodies(book, given, source, legal_type_given=bool(told.legal_type))
    used = sorted(rows.frame["body_class"].unique().tolist())
    evidence.add_baseline(book, baseline, figures, used, (told.spend, told.spend_kind), source)
    evidence.add_centres_and_bands(book, baseline, figures, source)
    types = sorted(rows.frame["legal_type"].unique())
    evidence.add_models_and_powers(book, figures, _models(options), types, leavers=options.rules == "full")

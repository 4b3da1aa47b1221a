"""Reads what stands in ``instance.toml`` (settings, appraisal, rules) with findings, and turns it back into plain structure."""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from models.appraisal_tables import appraisal_tables
from models.cell_text import LARGEST
from models.cost_shares import KEYS
from models.findings import Finding, Severity
from models.gathering import Allowed, Gathering, Place
from models.instance import Appraisal, RuleSetting, Settings
from models.published_unit import SECTION, trouble
from models.schema import SCHEMA_VERSION, View

if TYPE_CHECKING:
    from models.rules import Parameter, Rule

SETTING_NAMES = ("schema_version", "title", "currency", "price_year", "sources")
SECTIONS = ("appraisal", "limits", SECTION, "rule")
APPRAISAL_NAMES = tuple(one.name for one in fields(Appraisal))
EARLIEST_YEAR, LATEST_YEAR = 1900, 2300
LONGEST_HORIZON = 500
"""Years; beyond it discounted money has vanished and the horizon is surely a slip."""


@dataclass(frozen=True)
class Report:
    """Where findings about settings go."""

    place: Place
    gathering: Gathering

    def add(self, code: str, message: str, column: str, value: Any = "", severity: Severity = Severity.ERROR, **details: Any) -> None:
        """Keep a finding about the setting called ``column``."""
        text = str(value)[:100]
        self.gathering.add(Finding(code, message, severity, self.place.file, self.place.sheet, column=column, value=text, **details))

    def unknown(self, code: str, what: str, name: str, allowed: Iterable[str], severity: Severity = Severity.ERROR) -> None:
        """Keep a finding about a name that is none of those allowed."""
        known = Allowed(allowed)
        self.add(code, f"{what} {name!r} is unknown.", name, name, severity, allowed=known.shown, nearest=known.nearest(name))


def read_settings(structure: Mapping[str, Any] | None, place: Place, gathering: Gathering) -> tuple[Settings, Appraisal, tuple[RuleSetting, ...]]:
    """Return settings, appraisal and rules from the structure of ``instance.toml``; faulty values leave a finding and the default.

    Parameters
    ----------
    structure
        The parsed TOML (or the same as JSON); ``None`` when there is none, which means every default.
    place
        Where it stands.
    gathering
        Takes the findings.
    """
    report = Report(place, gathering)
    if structure is None:
        report.add("default-used", "There is no instance.toml; every setting takes its default.", "", severity=Severity.NOTE)
        return Settings(), Appraisal(), ()
    plain = _plain(structure, "", report)
    settings = _read_plain_settings(plain, report)
    appraisal = plain.get("appraisal", {})
    if not isinstance(appraisal, dict):
        report.add("wrong-type", "[appraisal] must be a section.", "appraisal", appraisal)
        appraisal = {}
    rules = plain.get("rule", [])
    if not isinstance(rules, list) or not all(isinstance(one, dict) for one in rules):
        report.add("wrong-type", "Rules are listed as [[rule]] sections.", "rule", rules)
        rules = []
    return settings, _read_appraisal(appraisal, report), _read_rules(rules, report)


def settings_structure(settings: Settings, appraisal: Appraisal, rules: Iterable[RuleSetting]) -> dict[str, Any]:
    """Return settings, appraisal and rules as the plain structure of ``instance.toml``, every value spelt out."""
    structure: dict[str, Any] = {name: getattr(settings, name) for name in SETTING_NAMES}
    structure["sources"] = list(settings.sources)
    if settings.price_year is None:
        del structure["price_year"]
    known = {*SETTING_NAMES, "appraisal", "rule"}
    extra = {str(name): value for name, value in settings.extra.items() if name not in known}
    structure.update({name: value for name, value in extra.items() if not _is_section(value)})
    structure["appraisal"] = appraisal_structure(appraisal)
    structure.update({name: value for name, value in extra.items() if _is_section(value)})
    listed = [rule_structure(rule) for rule in rules]
    if listed:
        structure["rule"] = listed
    return structure


def appraisal_structure(appraisal: Appraisal) -> dict[str, Any]:
    """Return the appraisal as plain values."""
    structure: dict[str, Any] = {name: getattr(appraisal, name) for name in APPRAISAL_NAMES}
    structure["discount_rates"] = [list(step) if isinstance(step, (list, tuple)) else step for step in appraisal.discount_rates]
    # Only one of the two is in force; a default name beside stated rates would only mislead.
    if not appraisal.discount_rates:
        del structure["discount_rates"]
    elif appraisal.rates == Appraisal.rates:
        del structure["rates"]
    structure["saving_ramp"] = list(appraisal.saving_ramp)
    structure["optimism_bias"] = dict(appraisal.optimism_bias)
    structure["view"] = str(appraisal.view)
    return structure


def rule_structure(rule: RuleSetting) -> dict[str, Any]:
    """Return one rule as plain values; a hard rule has no ``penalty``.

    Raises
    ------
    KeyError
        When a parameter goes by the name of what stands beside the parameters there; no rule has such a one.
    """
    for name in ("name", "penalty"):
        if name in rule.parameters:
            raise KeyError(f"rule {rule.name!r} has no parameter {name!r}")
    return {"name": rule.name, **rule.parameters, **({} if rule.penalty is None else {"penalty": rule.penalty})}


def _is_section(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, (list, tuple)) and len(value) > 0 and all(isinstance(one, Mapping) for one in value))


def _plain(value: Any, name: str, report: Report) -> Any:
    """Return a value that TOML and JSON both keep: dates as text, mappings as dictionaries, sequences as lists."""
    if isinstance(value, Mapping):
        result = {}
        for key, one in value.items():
            inner = f"{name}.{key}" if name else str(key)
            if one is None:
                report.add("wrong-type", "A setting cannot be null; leave it out instead.", inner, "null")
            else:
                result[_plain_text(str(key), inner, report)] = _plain(one, inner, report)
        return result
    if isinstance(value, (list, tuple)):
        return [_plain(one, _name_of_item(one, name), report) for one in value]
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, str):
        return _plain_text(value, name, report)
    return _plain_number(value.item() if hasattr(value, "item") else value, name, report)


def _name_of_item(value: Any, name: str) -> str:
    """Return what an item of a list is called: a rule goes by its own name."""
    own = value.get("name") if name == "rule" and isinstance(value, Mapping) else None
    return f"{name}.{own}" if isinstance(own, str) else name


def _plain_text(value: str, name: str, report: Report) -> str:
    text = "".join(character for character in value if not "\ud800" <= character <= "\udfff")
    if text != value:
        report.add("control-character", "The text holds half a surrogate pair, which no file can keep.", name, text)
    return text


def _plain_number(value: Any, name: str, report: Report) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        report.add("not-finite", "A number must be finite.", name, value)
        return 0.0
    if isinstance(value, int) and abs(value) > LARGEST:
        report.add("out-of-range", f"A whole number is at most {LARGEST}.", name, "a very large number")
        return 0
    if not isinstance(value, (int, float)):
        report.add("wrong-type", "A setting is text, a number, yes or no (true, false), a list or a section.", name, type(value).__name__)
        return ""
    return value


def _read_plain_settings(plain: dict[str, Any], report: Report) -> Settings:
    default = Settings()
    version = plain.get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION or isinstance(version, bool):
        report.add("unknown-schema-version", f"This program reads schema version {SCHEMA_VERSION}.", "schema_version", version, allowed=(str(SCHEMA_VERSION),))
    texts = {}
    for name in ("title", "currency"):
        texts[name] = plain.get(name, getattr(default, name))
        if not isinstance(texts[name], str):
            report.add("wrong-type", f"{name} must be text in quotes.", name, texts[name])
            texts[name] = ""
    price_year = plain.get("price_year")
    if price_year is not None:
        price_year = int(_number(price_year, "price_year", report, 2000, whole=True, minimum=EARLIEST_YEAR, maximum=LATEST_YEAR))
    sources = plain.get("sources", [])
    if not isinstance(sources, list) or not all(isinstance(one, str) for one in sources):
        report.add("wrong-type", "sources must be a list of texts.", "sources", sources)
        sources = []
    _check_sections(plain, report)
    extra = {name: value for name, value in plain.items() if name not in {*SETTING_NAMES, "appraisal", "rule"}}
    for name in extra:
        if name not in SECTIONS:
            allowed = (*SETTING_NAMES, *SECTIONS)
            severity = Severity.WARNING if Allowed(allowed).nearest(name) else Severity.NOTE
            report.unknown("unknown-setting", "It is kept and used nowhere: the setting", name, allowed, severity)
    return Settings(texts["title"], texts["currency"], price_year, tuple(sources), SCHEMA_VERSION, extra)


def _check_sections(plain: dict[str, Any], report: Report) -> None:
    limits = plain.get("limits", {})
    if not isinstance(limits, dict) or not all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in limits.values()):
        report.add("wrong-type", "[limits] must be a section of numbers.", "limits", limits)
    else:
        for name, value in limits.items():
            report.add("unknown-limit", "There is no such limit: it is kept and used nowhere.", f"limits.{name}", value, Severity.WARNING)
    if trouble(plain.get(SECTION)):
        report.add("wrong-type", f"[{SECTION}] cannot be used: {trouble(plain[SECTION])}.", SECTION, plain[SECTION])


def _number(
    value: Any, name: str, report: Report, default: float, *, whole: bool = False, minimum: float = -LARGEST, maximum: float = LARGEST, open_ends: bool = False
) -> float:
    """Return the number, or ``default`` with a finding when it is none or outside its limits."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        report.add("wrong-type", f"{name} must be a number.", name, value)
        return default
    if whole and value != round(value):
        report.add("fraction", f"{name} must be a whole number.", name, value, nearest=str(round(value)))
        return default
    outside = value <= minimum or value >= maximum if open_ends else value < minimum or value > maximum
    if outside:
        limits = f"between {minimum:g} and {maximum:g}" if open_ends else f"from {minimum:g} to {maximum:g}"
        report.add("out-of-range", f"{name} must be {limits}.", name, value, allowed=(limits,))
        return default
    return value


def _read_appraisal(section: dict[str, Any], report: Report) -> Appraisal:
    default = Appraisal()
    for name in section:
        if name not in APPRAISAL_NAMES:
            report.unknown("unknown-setting", "In [appraisal] the setting", name, APPRAISAL_NAMES)
    for name in APPRAISAL_NAMES:
        # Discount rates that are not stated are those of the table that 'rates' names.
        if name not in section and name != "discount_rates":
            message = f"The appraisal setting {name!r} is absent; its default is used: {_spelt(getattr(default, name))}."
            report.add("default-used", message, f"appraisal.{name}", _spelt(getattr(default, name)), Severity.NOTE)

    if "rates" in section and "discount_rates" in section:
        message = "Both 'rates' and 'discount_rates' are stated; 'discount_rates' win and the table that 'rates' names is not used."
        report.add("rates-overridden", message, "appraisal.rates", section["rates"], Severity.WARNING)

    def figure(name: str, *, whole: bool = False, minimum: float = 0, maximum: float = LARGEST) -> float:
        fallback = getattr(default, name)
        return _number(section.get(name, fallback), f"appraisal.{name}", report, fallback, whole=whole, minimum=minimum, maximum=maximum)

    return Appraisal(
        start_year=int(figure("start_year", whole=True, minimum=EARLIEST_YEAR, maximum=LATEST_YEAR)),
        horizon_years=int(figure("horizon_years", whole=True, minimum=1, maximum=LONGEST_HORIZON)),
        discount_rates=_discount_rates(section["discount_rates"], report) if "discount_rates" in section else default.discount_rates,
        saving_ramp=_saving_ramp(section["saving_ramp"], report) if "saving_ramp" in section else default.saving_ramp,
        optimism_bias=_optimism_bias(section.get("optimism_bias", {}), report),
        migration_cost=int(figure("migration_cost", whole=True)),
        migration_rate=float(figure("migration_rate", maximum=100)),
        dual_running_months=float(figure("dual_running_months", maximum=1200)),
        view=View(_choice(section.get("view", default.view), "appraisal.view", report, tuple(View), default.view)),
        vat_rate=float(figure("vat_rate", maximum=1)),
        posts_removed_rate=float(figure("posts_removed_rate", maximum=1)),
        exit_payment_per_post=int(figure("exit_payment_per_post", whole=True)),
        rates=_choice(section.get("rates", default.rates), "appraisal.rates", report, appraisal_tables().rates, default.rates),
        cashable_share=float(figure("cashable_share", maximum=1)),
        do_minimum_once=int(figure("do_minimum_once", whole=True)),
        do_minimum_annual_rate=float(figure("do_minimum_annual_rate", minimum=-1, maximum=10)),
        cost_share_key=_choice(section.get("cost_share_key", default.cost_share_key), "appraisal.cost_share_key", report, KEYS, default.cost_share_key),
    )


def _choice(value: Any, name: str, report: Report, choices: Iterable[str], default: str) -> str:
    """Return the text, or ``default`` with a finding when it is none of the choices."""
    known = Allowed(choices)
    if isinstance(value, str) and value in known.values:
        return value
    message = f"{name} must be one of {', '.join(known.values)}."
    report.add("bad-choice", message, name, value, allowed=known.shown, nearest=known.nearest(str(value)))
    return default


def _spelt(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_spelt(one) for one in value) + "]"
    return "none" if isinstance(value, Mapping) and not value else str(value)


def _discount_rates(value: Any, report: Report) -> tuple[tuple[int, float], ...]:
    name = "appraisal.discount_rates"
    if not isinstance(value, list) or not value or not all(isinstance(step, list) and len(step) == 2 for step in value):
        report.add("wrong-type", f"{name} must be a list of steps [first year, rate], such as [[0, 0.035], [31, 0.03]].", name, value)
        return Appraisal().discount_rates
    steps = []
    for year, rate in value:
        first = int(_number(year, name, report, 0, whole=True, minimum=0))
        steps.append((first, float(_number(rate, name, report, 0.0, minimum=-0.5, maximum=1.0, open_ends=True))))
    years = [year for year, _ in steps]
    if years[0] != 0 or any(later <= earlier for earlier, later in itertools.pairwise(years)):
        report.add("discount-steps", "The first years of the discount-rate steps must increase, beginning with 0.", name, years)
    return tuple(steps)


def _saving_ramp(value: Any, report: Report) -> tuple[float, ...]:
    name = "appraisal.saving_ramp"
    if not isinstance(value, list) or not value:
        report.add("wrong-type", f"{name} must be a list of at least one share.", name, value)
        return Appraisal().saving_ramp
    ramp = tuple(float(_number(one, name, report, 0.0, minimum=0.0, maximum=1.0)) for one in value)
    if any(later < earlier for earlier, later in itertools.pairwise(ramp)):
        report.add("ramp-decreases", "The saving ramp falls from one year to the next.", name, list(ramp), Severity.WARNING)
    return ramp


def _optimism_bias(value: Any, report: Report) -> dict[str, float]:
    name = "appraisal.optimism_bias"
    if not isinstance(value, dict):
        report.add("wrong-type", f"{name} must be a section of uplifts, such as set_up = 0.4.", name, value)
        return {}
    known = appraisal_tables().optimism_bias
    for key in value:
        if key not in known:
            report.unknown("unknown-setting", "In [appraisal.optimism_bias] the cost type", key, known)
    return {key: float(_number(uplift, f"{name}.{key}", report, 0.0, minimum=0.0, maximum=100)) for key, uplift in value.items() if key in known}


def _read_rules(listed: list[dict[str, Any]], report: Report) -> tuple[RuleSetting, ...]:
    if not listed:
        return ()
    from models.rules import registry

    known = registry()
    rules: list[RuleSetting] = []
    first: dict[str, int] = {}
    for position, entry in enumerate(listed, start=1):
        name = entry.get("name")
        if not isinstance(name, str):
            report.add("missing-rule-name", f"[[rule]] number {position} needs a name.", "rule.name", name or "", allowed=tuple(known))
            continue
        if name not in known:
            report.add(
                "unknown-rule",
                f"[[rule]] number {position}: there is no rule {name!r}.",
                "rule.name",
                name,
                allowed=tuple(known),
                nearest=Allowed(known).nearest(name),
            )
            continue
        if first.setdefault(name, position) != position:
            report.add("duplicate-rule", f"Rule {name!r} is listed twice, as [[rule]] number {first[name]} and {position}.", f"rule.{name}", name)
        rules.append(_read_rule(name, entry, known[name], report))
    return tuple(rules)


def _read_rule(name: str, entry: dict[str, Any], rule: Rule, report: Report) -> RuleSetting:
    parameters = {parameter.name: parameter for parameter in rule.parameters}
    given: dict[str, Any] = {}
    for key, value in entry.items():
        if key in {"name", "penalty"}:
            continue
        if key not in parameters:
            allowed = Allowed(parameters)
            message = f"Rule {name!r} has no parameter {key!r}."
            report.add("unknown-parameter", message, f"rule.{name}.{key}", value, allowed=allowed.shown, nearest=allowed.nearest(key))
        else:
            given[key] = _parameter(f"rule.{name}.{key}", value, parameters[key], report)
    for key, parameter in parameters.items():
        if key not in entry and parameter.default is None and not parameter.optional:
            report.add("missing-parameter", f"Rule {name!r} needs its parameter {key!r} ({parameter.unit}).", f"rule.{name}.{key}")
    penalty = entry.get("penalty")
    if penalty is not None:
        column = f"rule.{name}.penalty"
        if not rule.soft:
            report.add("penalty-on-hard-rule", f"Rule {name!r} is always hard; it takes no penalty.", column, penalty)
        penalty = int(_number(penalty, column, report, 0, whole=True, minimum=0))
    return RuleSetting(name, given, penalty)


def _parameter(name: str, value: Any, parameter: Parameter, report: Report) -> Any:
    """Return the value of a rule's parameter, with a finding when it does not fit."""
    if parameter.text:
        if not isinstance(value, str):
            report.add("parameter-type", f"{name} must be text ({parameter.unit}).", name, value)
        elif parameter.choices and value not in parameter.choices:
            allowed = Allowed(parameter.choices)
            report.add(
                "parameter-out-of-range",
                f"{name} must be one of {', '.join(parameter.choices)}.",
                name,
                value,
                allowed=allowed.shown,
                nearest=allowed.nearest(value),
            )
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        report.add("parameter-type", f"{name} must be a number ({parameter.unit}).", name, value)
        return value
    if parameter.whole and value != round(value):
        report.add("parameter-type", f"{name} must be a whole number ({parameter.unit}).", name, value, nearest=str(round(value)))
        return value
    if not parameter.minimum <= value <= parameter.maximum:
        limits = f"from {parameter.minimum:g} to {parameter.maximum:g}"
        report.add("parameter-out-of-range", f"{name} must be {limits} ({parameter.unit}).", name, value, allowed=(limits,))
    return int(value) if parameter.whole else float(value)

"""Checks that the tables of an instance agree with one another: keys, references and what can never be served."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.cells import ParsedTable, is_identifier
from models.cost_shares import HEADCOUNT
from models.findings import Finding, Severity
from models.gathering import Allowed, Gathering
from models.instance import Appraisal, RuleSetting
from models.positions import texts, within
from models.schema import EVERY, TABLE_BY_NAME, Column, Kind, list_items

Parsed = Mapping[str, ParsedTable]


def check_keys(tables: Parsed, gathering: Gathering) -> None:
    """Find keys that stand twice, and names that are ``*`` where no wildcard is allowed."""
    for parsed in tables.values():
        if not len(parsed.frame):
            continue
        key = list(parsed.table.key)
        good = np.flatnonzero(parsed.good(*key))
        keys = parsed.frame[key].iloc[good]
        repeated = good[keys.duplicated().to_numpy()]
        if len(repeated):
            first = keys.drop_duplicates()
            row_of = dict(zip(first.itertuples(index=False, name=None), parsed.rows[first.index.to_numpy()].tolist(), strict=True))
            gathering.add_each(repeated.tolist(), lambda at, parsed=parsed, row_of=row_of: _duplicate(parsed, at, row_of))  # type: ignore[misc]
        for column in parsed.table.columns:
            if is_identifier(column) and not column.refers:
                stars = np.flatnonzero((parsed.frame[column.name] == EVERY).to_numpy() & parsed.good(column.name))
                gathering.add_each(stars.tolist(), lambda at, parsed=parsed, name=column.name: _star(parsed, at, name))  # type: ignore[misc]


def _duplicate(parsed: ParsedTable, position: int, row_of: Mapping[tuple[Any, ...], int]) -> Finding:
    values = tuple(parsed.frame[name].iloc[position] for name in parsed.table.key)
    spelt = ", ".join(f"{name} {value!r}" for name, value in zip(parsed.table.key, values, strict=True))
    message = f"Row {row_of[values]} already holds {spelt}."
    return parsed.finding("duplicate-key", message, position=position, column=", ".join(parsed.table.key), value=", ".join(values))


def _star(parsed: ParsedTable, position: int, name: str) -> Finding:
    return parsed.finding("star-as-name", "A name cannot be '*', which stands for every one.", position=position, column=name, value=EVERY)


def check_references(tables: Parsed, gathering: Gathering) -> None:
    """Find cells, and items of lists, that name something the table they refer to does not hold."""
    for parsed in tables.values():
        for column in parsed.table.columns:
            if not column.refers:
                continue
            target_table, target_column = column.refers.split(".")
            target = tables[target_table]
            if not target.present or not len(target.frame) or bool((~target.good(target_column)).all()):
                continue  # What is wrong there is already said; every reference would only repeat it.
            values = target.frame[target_column]
            known = Allowed([*texts(values[target.good(target_column)]), *([EVERY] if column.wildcard else [])])
            if column.kind is Kind.LIST:
                _check_list(parsed, column, known, gathering)
            else:
                _check_cells(parsed, column, known, gathering)


def _unmatched(parsed: ParsedTable, column: Column, position: int, value: str, known: Allowed) -> Finding:
    message = f"{value[:100]!r} is no {column.refers.split('.')[1]} of table {column.refers.split('.')[0]}."
    return parsed.finding(
        "unmatched-reference", message, position=position, column=column.name, value=value[:100], allowed=known.shown, nearest=known.nearest(value)
    )


def _check_cells(parsed: ParsedTable, column: Column, known: Allowed, gathering: Gathering) -> None:
    cells = parsed.frame[column.name]
    wrong = ~within(cells, known.values) & (cells != "").to_numpy(dtype=bool) & parsed.good(column.name)
    gathering.add_each(np.flatnonzero(wrong).tolist(), lambda at: _unmatched(parsed, column, at, cells.iloc[at], known))


def _check_list(parsed: ParsedTable, column: Column, known: Allowed, gathering: Gathering) -> None:
    names = set(known.values)
    for position, text in enumerate(texts(parsed.frame[column.name])):
        for item in list_items(text):
            if item not in names:
                gathering.add(_unmatched(parsed, column, position, item, known))


def check_coverage(tables: Parsed, gathering: Gathering) -> None:
    """Warn of what stands in the tables and can never take part: bodies without a baseline, services without bands, volumes that fit nowhere.

    A centre's own bands for a service replace those that ``*`` gives every centre; that is not a fault.
    """
    _check_baseline(tables, gathering)
    _check_bands(tables, gathering)
    _check_powers(tables, gathering)


def check_headcount(tables: Parsed, appraisal: Appraisal, rules: Iterable[RuleSetting], gathering: Gathering) -> None:
    """Find bodies whose employees are not known although a setting divides money by them."""
    asked = [f"rule.{rule.name}.key" for rule in rules if rule.parameters.get("key") == HEADCOUNT]
    if appraisal.cost_share_key == HEADCOUNT:
        asked.insert(0, "appraisal.cost_share_key")
    if not asked:
        return
    bodies = tables["bodies"]
    takes_part = within(bodies.frame["body"], texts(tables["baseline"].frame["body"]))
    unknown = bodies.frame["employees"].isna().to_numpy(dtype=bool) & takes_part & bodies.good("body", "employees")

    def no_employees(position: int) -> Finding:
        message = f"{asked[0]} divides money by headcount, and the employees of body {bodies.frame['body'].iloc[position]!r} are not given."
        return bodies.finding("headcount-missing", message, position=position, column="employees")

    gathering.add_each(np.flatnonzero(unknown).tolist(), no_employees)


def _check_baseline(tables: Parsed, gathering: Gathering) -> None:
    bodies, baseline = tables["bodies"], tables["baseline"]
    if not len(baseline.frame):
        return
    idle = ~within(bodies.frame["body"], texts(baseline.frame["body"])) & bodies.good("body")

    def no_baseline(position: int) -> Finding:
        value = bodies.frame["body"].iloc[position]
        message = f"Body {value!r} has no row in baseline, so it takes no part."
        return bodies.finding("no-baseline", message, Severity.WARNING, position, column="body", value=value)

    gathering.add_each(np.flatnonzero(idle).tolist(), no_baseline)
    grades = baseline.frame["confidence_grade"].value_counts()
    spelt = ", ".join(f"{grade}: {int(grades.get(grade, 0)):,}" for grade in TABLE_BY_NAME["baseline"].column("confidence_grade").choices)
    gathering.add(baseline.finding("confidence-grades", f"Rows of baseline by confidence grade: {spelt}.", Severity.NOTE, column="confidence_grade"))


def _check_bands(tables: Parsed, gathering: Gathering) -> None:
    services, bands, baseline = tables["services"], tables["bands"], tables["baseline"]
    if not len(bands.frame):
        return
    empty = (bands.frame["capacity"] == 0).to_numpy() & bands.good("capacity")

    def no_capacity(position: int) -> Finding:
        return bands.finding("capacity-zero", "A band of capacity 0 can serve no one.", Severity.WARNING, position, column="capacity", value="0")

    gathering.add_each(np.flatnonzero(empty).tolist(), no_capacity)
    bare = ~within(services.frame["service"], texts(bands.frame["service"])) & services.good("service")

    def no_bands(position: int) -> Finding:
        value = services.frame["service"].iloc[position]
        message = f"No centre has a band for service {value!r}, so every body keeps it alone."
        return services.finding("service-without-bands", message, Severity.WARNING, position, column="service", value=value)

    gathering.add_each(np.flatnonzero(bare).tolist(), no_bands)
    if not bands.good("centre", "service", "capacity").all():
        return
    largest = baseline.frame["service"].map(_largest_capacity(bands.frame, tables["centres"].frame["centre"])).to_numpy(dtype=float)
    with np.errstate(invalid="ignore"):
        outgrown = (baseline.frame["volume"].to_numpy(dtype=float) > largest) & baseline.good("service", "volume")

    def fits_nowhere(position: int) -> Finding:
        body, service, volume = (baseline.frame[name].iloc[position] for name in ("body", "service", "volume"))
        message = f"The volume of {service!r} at body {body!r} is above the largest band anywhere ({largest[position]:,.0f}), so it stays alone."
        return baseline.finding("fits-nowhere", message, Severity.WARNING, position, column="volume", value=str(volume))

    gathering.add_each(np.flatnonzero(outgrown).tolist(), fits_nowhere)


def _largest_capacity(bands: pd.DataFrame, centres: pd.Series[str]) -> dict[str, int]:
    """Return the largest capacity on offer for each service, where bands for ``*`` count only if some centre has none of its own."""
    largest: dict[str, int] = {}
    for service, rows in bands.groupby("service", sort=False):
        shared = (rows["centre"] == EVERY).to_numpy()
        own = rows["centre"][~shared].nunique()
        counted: npt.NDArray[np.bool_] = np.ones(len(rows), dtype=bool) if own < centres.nunique() else ~shared
        if counted.any():
            largest[str(service)] = int(rows["capacity"].to_numpy()[counted].max())
    return largest


def _check_powers(tables: Parsed, gathering: Gathering) -> None:
    bodies, powers = tables["bodies"], tables["powers"]
    if not len(powers.frame) or not len(bodies.frame):
        return
    types = bodies.frame["legal_type"]
    granted = Allowed(texts(powers.frame["legal_type"]))
    bare = ~within(types, granted.values) & ~types.duplicated().to_numpy() & bodies.good("legal_type")

    def no_powers(position: int) -> Finding:
        value = types.iloc[position]
        message = f"Table powers has no row for legal type {value!r}, so its bodies stay alone."
        return bodies.finding(
            "legal-type-without-powers", message, Severity.WARNING, position, column="legal_type", value=value, nearest=granted.nearest(value)
        )

    gathering.add_each(np.flatnonzero(bare).tolist(), no_powers)
    held = Allowed(texts(types))
    _check_led_types(powers, Allowed([*held.values, *granted.values]), gathering)
    column = powers.frame["legal_type"]
    unused = ~within(column, held.values) & ~column.duplicated().to_numpy() & powers.good("legal_type")
    for position in np.flatnonzero(unused).tolist():
        value = column.iloc[position]
        message = f"No body is of legal type {value!r}."
        near = held.nearest(value)
        severity = Severity.WARNING if near else Severity.NOTE
        gathering.add(powers.finding("unused-legal-type", message, severity, position, column="legal_type", value=value, nearest=near))


def _check_led_types(powers: ParsedTable, known: Allowed, gathering: Gathering) -> None:
    """Find legal types in ``lead_for`` that stand nowhere else: the power then reaches nobody of that type. One spelt like another is doubtful."""
    for position, text in enumerate(powers.frame["lead_for"].tolist()):
        for item in list_items(text):
            if item not in known.values:
                message = f"No body is of legal type {item!r} and no power is given to it."
                near = known.nearest(item)
                severity = Severity.WARNING if near else Severity.NOTE
                gathering.add(powers.finding("unused-legal-type", message, severity, position, column="lead_for", value=item, nearest=near))

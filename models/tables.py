"""Reads, checks and writes instances: the door between files or loose frames and a validated :class:`~models.instance.Instance`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models.cells import ParsedTable, RawTable, empty_table, parse
from models.contradictions import check_contradictions
from models.cross_checks import check_coverage, check_headcount, check_keys, check_references
from models.evidence import UNMARKED, check_evidence, evidence_counts
from models.findings import Finding, InvalidInstance, Severity
from models.gathering import Allowed, Gathering, Place
from models.instance import Appraisal, Instance, RuleSetting, Settings
from models.instance_settings import SETTING_NAMES, appraisal_structure, read_settings, rule_structure, settings_structure
from models.rule_checks import check_rules
from models.rule_contradictions import check_owner_numbers
from models.rules import active_rules
from models.schema import TABLE_BY_NAME, TABLES, Kind, list_items
from models.table_files import SETTINGS_FILE, read_raw
from models.table_writing import plain_cells, write
from models.unenforced import check_unenforced


def read_instance(path: str | Path) -> Instance:
    """Return the instance at ``path``: a folder of CSV files, a ``.xlsx`` workbook, a ``.json`` file, or ``-`` for JSON on standard input.

    Raises
    ------
    models.findings.InvalidInstance
        With every error found, when there is any; also when nothing is there to read.
    """
    instance, findings = check_instance(path)
    if instance is None:
        raise InvalidInstance(finding for finding in findings if finding.severity is Severity.ERROR)
    return instance


def check_instance(path: str | Path, *, reach: bool = False) -> tuple[Instance | None, tuple[Finding, ...]]:
    """Return the instance at ``path`` (``None`` when it has an error) and all findings about it: errors, warnings and notes, by file and row.

    With ``reach`` also what no rule allows anywhere is sought, which takes a look at bodies and centres together.
    """
    gathering = Gathering()
    raw = read_raw(path, gathering)
    if not raw.readable:
        return None, gathering.result()
    read = {finding.sheet or Path(finding.file).stem for finding in gathering.result() if finding.severity is Severity.ERROR}
    tables: dict[str, ParsedTable] = {}
    for table in TABLES:
        one_file = raw.settings_place.sheet != ""
        place = Place(raw.settings_place.file, table.name) if one_file else Place(f"{table.name}.csv")
        if table.name in raw.tables:
            tables[table.name] = _parsed(raw.tables[table.name], gathering)
        else:
            tables[table.name] = empty_table(table, place)
            if table.name not in read:
                _report_missing(tables[table.name], gathering)
    settings, appraisal, rules = read_settings(raw.settings, raw.settings_place, gathering)
    instance, findings = _assembled(tables, settings, appraisal, rules, raw.settings_place, gathering)
    if instance is None or not reach:
        return instance, findings
    from models.reach import check_reach

    check_reach(instance, tables, gathering)
    return None if gathering.failed else instance, gathering.result()


def from_frames(
    tables: Mapping[str, pd.DataFrame],
    settings: Settings | None = None,
    appraisal: Appraisal | None = None,
    rules: Iterable[RuleSetting] = (),
) -> Instance:
    """Return a validated instance from loose frames.

    Parameters
    ----------
    tables
        Frames by table name. Their columns may be of any type; absent columns and empty cells take their defaults, optional tables may be left out.
    settings, appraisal, rules
        As in :class:`~models.instance.Instance`.

    Raises
    ------
    models.findings.InvalidInstance
        With every error found. Rows count as in a spreadsheet: the first row of a frame is row 2.
    """
    gathering = Gathering()
    parsed: dict[str, ParsedTable] = {}
    for name in tables:
        if name not in TABLE_BY_NAME:
            known = Allowed(TABLE_BY_NAME)
            message, near = f"The schema has no table {name!r}.", known.nearest(str(name))
            gathering.add(Finding("unknown-table", message, sheet=str(name), allowed=known.values, nearest=near))
    for table in TABLES:
        place = Place("", table.name)
        if table.name in tables:
            frame = tables[table.name].reset_index(drop=True)
            frame.columns = pd.Index([str(name).strip() for name in frame.columns], dtype=object)
            repeated = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
            for name in repeated:
                message = f"The frame names column {name!r} twice."
                gathering.add(Finding("duplicated-header", message, sheet=table.name, row=1, column=name, value=name))
            frame = frame.loc[:, ~frame.columns.duplicated()]
            parsed[table.name] = _parsed(RawTable(table, place, frame, np.arange(2, len(frame) + 2, dtype=np.int64)), gathering)
        else:
            parsed[table.name] = empty_table(table, place)
            _report_missing(parsed[table.name], gathering)
    structure = settings_structure(settings or Settings(), appraisal or Appraisal(), rules)
    place = Place(SETTINGS_FILE)
    instance, findings = _assembled(parsed, *read_settings(structure, place, gathering), place, gathering)
    if instance is None:
        raise InvalidInstance(finding for finding in findings if finding.severity is Severity.ERROR)
    return instance


def validated(instance: Instance) -> Instance:
    """Return the instance with complete, typed tables, every check made anew.

    Raises
    ------
    models.findings.InvalidInstance
        With every error found.
    """
    return from_frames(instance.tables, instance.settings, instance.appraisal, instance.rules)


def write_instance(instance: Instance, path: str | Path, *, force: bool = False) -> None:
    """Write an instance whole or not at all: a folder, or a ``.xlsx`` or ``.json`` file by the suffix, or JSON on standard output for ``-``.

    With ``force`` an instance that stands there is replaced, and nothing else ever is: a folder with other files, a device or a pipe is left alone.

    Raises
    ------
    FileExistsError
        When something stands there and ``force`` is not given, or it is no instance.
    ValueError
        When the suffix is none of these.
    models.findings.InvalidInstance
        When a workbook cannot hold the instance (a cell too long, too many rows).
    """
    write(instance, path, force=force)


def canonical_json(instance: Instance) -> str:
    """Return everything that bears on the answer as stable text: schema columns with rows sorted by key, appraisal, rules and limits.

    Left out: unknown columns, the evidence table, and settings that only describe (title, currency, price year, sources).
    """
    whole: dict[str, Any] = {}
    for table in TABLES:
        if table.name == "evidence":
            continue
        frame = instance.tables[table.name][[column.name for column in table.columns]].sort_values(list(table.key), kind="stable")
        columns: dict[str, list[Any]] = {}
        for column in table.columns:
            cells = plain_cells(frame[column.name])
            # Few lists differ, however many bodies there are.
            spelt = {cell: "; ".join(sorted(set(list_items(cell)))) for cell in set(cells)} if column.kind is Kind.LIST else {}
            columns[column.name] = [spelt[cell] for cell in cells] if column.kind is Kind.LIST else cells
        whole[table.name] = columns
    # Rates bear on the answer by what they are, not by what they are called.
    named = {name: value for name, value in appraisal_structure(instance.appraisal).items() if name != "rates"}
    whole["appraisal"] = {**named, "discount_rates": instance.appraisal.rate_steps}
    whole["rules"] = sorted((rule_structure(rule) for rule in instance.rules), key=lambda rule: str(rule["name"]))
    whole["extra"] = {name: value for name, value in instance.settings.extra.items() if name not in SETTING_NAMES}
    return json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _parsed(raw: RawTable, gathering: Gathering) -> ParsedTable:
    parsed = parse(raw, gathering)
    if not raw.table.optional and not len(raw.frame):
        gathering.add(parsed.finding("empty-table", f"Table {raw.table.name} needs at least one row: {raw.table.row}."))
    return parsed


def _report_missing(parsed: ParsedTable, gathering: Gathering) -> None:
    if parsed.table.optional:
        message = f"There is no table {parsed.table.name}; it counts as empty."
        gathering.add(parsed.finding("default-used", message, Severity.NOTE, value="empty"))
    else:
        gathering.add(parsed.finding("missing-table", f"Table {parsed.table.name} is missing; each of its rows is {parsed.table.row}."))


def _assembled(
    tables: Mapping[str, ParsedTable], settings: Settings, appraisal: Appraisal, rules: tuple[RuleSetting, ...], settings_place: Place, gathering: Gathering
) -> tuple[Instance | None, tuple[Finding, ...]]:
    check_keys(tables, gathering)
    check_references(tables, gathering)
    check_contradictions(tables, gathering)
    check_coverage(tables, gathering)
    check_headcount(tables, appraisal, rules, gathering)
    check_evidence(tables, gathering)
    check_unenforced(tables, rules, gathering)
    if gathering.failed:
        return None, gathering.result()
    check_owner_numbers(tables, rules, gathering)
    instance = Instance({name: parsed.frame for name, parsed in tables.items()}, settings, appraisal, rules)
    check_rules(instance, tables, settings_place, gathering)
    _check_hard_rules(instance, tables, gathering)
    if gathering.failed:
        return None, gathering.result()
    counts = evidence_counts(instance)
    message = (
        f"Of {sum(counts.values()):,} figures {counts['A']:,} are assumptions, {counts['M']:,} from memory and {counts[UNMARKED]:,} unmarked; "
        f"{counts['V']:,} are checked and {counts['D']:,} worked out from checked figures."
    )
    gathering.add(tables["evidence"].finding("assumptions", message, Severity.NOTE, value=str(counts["A"])))
    return instance, gathering.result()


def _check_hard_rules(instance: Instance, tables: Mapping[str, ParsedTable], gathering: Gathering) -> None:
    """Let each hard rule in force say what in the tables no plan could keep."""
    for one in active_rules(instance):
        if one.penalty is None:
            for finding in one.rule.contradictions(tables, instance, one.parameters):
                gathering.add(finding)

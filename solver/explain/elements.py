"""What a conflict may name: a rule, or rows of the instance's tables that a rule holds plans to, in the planner's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models.schema import EVERY, TABLE_BY_NAME

if TYPE_CHECKING:
    from models.instance import Instance
    from models.rules import ActiveRule


@dataclass(frozen=True)
class DataRow:
    """A row of a table, by the number a spreadsheet shows (the header is row 1) and by its key; ``None`` stands for a row that is not there."""

    table: str
    row: int | None
    key: str

    def place(self, suffix: str = "") -> str:
        """Return where it stands, in words; ``suffix`` is that of the table's file, such as ``.csv``."""
        if self.row is None:
            return f"{self.table}{suffix} has no row for {self.key}"
        return f"{self.table}{suffix} row {self.row} ({self.key})"


@dataclass(frozen=True)
class Element:
    """One member of a conflict.

    Attributes
    ----------
    rule, statement
        The rule's name and what it asks, in plain English.
    rows
        The rows it holds plans to; none when the rule's parameters are all there is to it.
    text
        What the rows (or the parameters) say here.
    breach_unit
        What one unit of breach is; empty when the rule is kept or broken and nothing between.
    definition
        Whether it says what a plan is, so that no relaxation may give it up.
    """

    rule: str
    statement: str
    rows: tuple[DataRow, ...]
    text: str
    breach_unit: str = ""
    definition: bool = False

    def where(self, suffix: str = "") -> str:
        """Return where it stands, in words: its rows, or the rule itself; ``suffix`` is that of a table's file, such as ``.csv``."""
        return ", ".join(row.place(suffix) for row in self.rows) if self.rows else f"rule {self.rule}"

    @property
    def whole(self) -> bool:
        """Whether it is one row of ``links`` or ``pairs``, which is kept or given up as a whole however many rows of a program say it."""
        return bool(self.rows) and self.rows[0].table in ("links", "pairs")

    def as_dict(self) -> dict[str, Any]:
        """Return the element as plain values, ready for JSON."""
        rows = [{"table": one.table, "row": one.row, "key": one.key} for one in self.rows]
        return {"rule": self.rule, "statement": self.statement, "text": self.text, "where": self.where(), "rows": rows}


def rule_element(one: ActiveRule) -> Element:
    """Return the element of a rule as a whole."""
    parameters = "; ".join(f"{name} = {value}" for name, value in one.parameters.items() if value is not None)
    return _element(one, (), parameters or one.rule.statement)


def keyed_element(one: ActiveRule, instance: Instance, key: Mapping[str, str], table: str = "", columns: tuple[str, ...] = ()) -> Element:
    """Return the element of the rows under ``key`` (column to value) of the table the rule rests on, or of another one's ``columns``."""
    own = not table
    table = table or one.rule.rests_on[0].partition(".")[0]
    columns = columns or tuple(name.partition(".")[2] for name in one.rule.rests_on)
    positions = _positions(instance, table, key)
    named = " ".join(key.values())
    if not positions.size:
        missing = DataRow(table, None, ", ".join(f"{column}={value}" for column, value in key.items()))
        return _element(one, (missing,), f"{named}: nothing is allowed", own)
    said = {column: [_cell(value) for value in instance.tables[table][column].iloc[positions]] for column in columns}
    text = "; ".join(f"{column} {', '.join(dict.fromkeys(values))}" for column, values in said.items())
    return _element(one, tuple(data_row(instance, table, int(position)) for position in positions), f"{named}: {text}", own)


def link_element(one: ActiveRule, instance: Instance, position: int) -> Element:
    """Return the element of a row of ``links``."""
    record = instance.tables["links"].iloc[position]
    refused = record["status"] == "forbidden"
    where = ("any centre" if refused else "some centre") if record["centre"] == EVERY else record["centre"]
    what = "" if record["service"] == EVERY else f" for {record['service']}"
    text = f"{record['body']} {'may not use' if refused else 'must use'} {where}{what}"
    return _element(one, (data_row(instance, "links", position),), text)


def pair_element(one: ActiveRule, instance: Instance, position: int) -> Element:
    """Return the element of a row of ``pairs``."""
    record = instance.tables["pairs"].iloc[position]
    words = {"must-share": "must share", "must-not-share": "must not share", "together-or-alone": "use the same centres or none"}
    text = f"{record['body_a']} and {record['body_b']} {words[record['relation']]}"
    return _element(one, (data_row(instance, "pairs", position),), text)


def data_row(instance: Instance, table: str, position: int) -> DataRow:
    """Return the row at a position counted from 0."""
    record = instance.tables[table].iloc[position]
    return DataRow(table, position + 2, ", ".join(f"{column}={record[column]}" for column in TABLE_BY_NAME[table].key))


def _element(one: ActiveRule, rows: tuple[DataRow, ...], text: str, own: bool = True) -> Element:
    """Return an element; what another table than the rule's ``own`` says is data, whatever the rule is."""
    return Element(one.rule.name, one.rule.statement, rows, text, one.rule.breach_unit, own and one.rule.definition)


def _positions(instance: Instance, table: str, key: Mapping[str, str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the rows whose cells are those of ``key``; where none names a value itself, those that say ``*``."""
    frame = instance.tables[table]
    kept = np.arange(len(frame), dtype=np.int64)
    for column, value in key.items():
        cells = frame[column].iloc[kept]
        exact = kept[(cells == value).to_numpy(dtype=bool)]
        kept = exact if exact.size or not TABLE_BY_NAME[table].column(column).wildcard else kept[(cells == EVERY).to_numpy(dtype=bool)]
    return kept


def _cell(value: Any) -> str:
    if pd.isna(value):
        return "not given"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int | np.integer) else str(value)

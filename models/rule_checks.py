"""Finds what the rules asked for make of the tables: names they do not hold, and bodies tied together that a rule keeps apart."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.cells import ParsedTable
from models.findings import Finding, Severity
from models.gathering import Allowed, Gathering, Place
from models.positions import texts
from models.schema import EVERY

if TYPE_CHECKING:
    from models.instance import Instance
    from models.rules import ActiveRule


_LISTED = 20


@dataclass(frozen=True)
class _Tied:
    """Bodies that rows of a table tie to one centre; ``loosely`` when they may also all stay alone."""

    table: str
    bodies: tuple[str, ...]
    positions: tuple[int, ...]
    how: str
    loosely: bool = False


def check_rules(instance: Instance, tables: Mapping[str, ParsedTable], settings_place: Place, gathering: Gathering) -> None:
    """Find names in rules' parameters that the tables do not hold, and rows that tie bodies together against a hard rule, naming them."""
    from models.rules import active_rules

    active = active_rules(instance)
    for one in active:
        _check_names(one, tables, settings_place, gathering)
    separating = [one for one in active if one.rule.keeps_apart is not None and one.penalty is None]
    tied = [*_tied_by_pairs(tables["pairs"]), *_tied_by_links(tables["links"])]
    if not separating or not tied:
        return
    from models.arrays import instance_arrays

    arrays = instance_arrays(instance)
    for group, one in itertools.product(tied, separating):
        # Pairs that contradict one another are found where pairs are checked, also while there is no instance yet.
        if one.rule.keeps_apart is not None and not (group.table == "pairs" and one.rule.always):
            positions = np.array([arrays.body_position[body] for body in group.bodies], dtype=np.int64)
            apart = np.argwhere(np.triu(one.rule.keeps_apart(arrays, positions, positions, one.parameters)))
            if len(apart):
                first, second = (group.bodies[at] for at in apart[0])
                gathering.add(_contradiction(group, one.rule.name, first, second, tables[group.table]))


def _check_names(one: ActiveRule, tables: Mapping[str, ParsedTable], place: Place, gathering: Gathering) -> None:
    for parameter in one.rule.parameters:
        if not parameter.refers:
            continue
        table, column = parameter.refers.split(".")
        known = Allowed(sorted(set(texts(tables[table].frame[column])) - {""}))
        for name in dict.fromkeys(part.strip() for part in re.split("[+;]", str(one.parameters[parameter.name]))):
            if name and name not in known.values:
                near = known.nearest(name)
                severity = Severity.WARNING if near else Severity.NOTE
                message = f"Rule {one.rule.name!r} names {name!r}, which is no {column} of table {table}."
                setting = f"rule.{one.rule.name}.{parameter.name}"
                gathering.add(Finding("unknown-name", message, severity, place.file, place.sheet, None, setting, name, known.shown, near))


def _tied_by_pairs(pairs: ParsedTable) -> Iterator[_Tied]:
    """Yield the bodies that chains of pairs tie together."""
    frame = pairs.frame[pairs.frame["relation"] != "must-not-share"]
    chain: dict[str, str] = {}

    def end(body: str) -> str:
        while chain.get(body, body) != body:
            body = chain[body]
        return body

    for first, second in zip(frame["body_a"], frame["body_b"], strict=True):
        chain[end(first)] = end(second)
    groups: dict[str, list[int]] = defaultdict(list)
    for position, first in zip(np.flatnonzero(pairs.frame["relation"] != "must-not-share"), frame["body_a"], strict=True):
        groups[end(first)].append(int(position))
    for positions in groups.values():
        some = pairs.frame.iloc[positions]
        bodies = tuple(sorted({*some["body_a"], *some["body_b"]}))
        loosely = not bool((some["relation"] == "must-share").any())
        yield _Tied("pairs", bodies, tuple(positions), "keep them together or alone" if loosely else "tie them together", loosely)


def _tied_by_links(links: ParsedTable) -> Iterator[_Tied]:
    """Yield the bodies that are required at one centre."""
    required = (links.frame["status"] == "required") & (links.frame["centre"] != EVERY)
    for centre, some in links.frame[required].groupby("centre", sort=True):
        bodies = tuple(sorted(set(some["body"])))
        if len(bodies) > 1:
            yield _Tied("links", bodies, tuple(int(position) for position in some.index), f"require both at {centre!r}")


def _contradiction(group: _Tied, rule: str, first: str, second: str, parsed: ParsedTable) -> Finding:
    rows = sorted(int(parsed.rows[position]) for position in group.positions)
    listed = ", ".join(str(row) for row in rows[:_LISTED]) + (f" and {len(rows) - _LISTED:,} more" if len(rows) > _LISTED else "")
    message = f"Rule {rule!r} keeps {first!r} and {second!r} apart, yet rows {listed} {group.how}"
    position, value = min(group.positions), f"{first}, {second}"
    if group.loosely:
        message += ", so all of them stay alone."
        return parsed.finding("rule-forces-alone", message, Severity.WARNING, position, column="relation", value=value)
    column = "relation" if group.table == "pairs" else "status"
    return parsed.finding("contradictory-rule", f"{message}.", position=position, column=column, value=value)

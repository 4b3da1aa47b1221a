"""Finds rows that no plan could obey together: pairs, links and commercial models that contradict themselves."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from models.cells import ParsedTable
from models.findings import Severity
from models.gathering import Gathering
from models.positions import texts, within
from models.schema import EVERY, FORMS_WITH_LEAD, JOINT_FORMS, Form

_TOGETHER = frozenset({"must-share", "together-or-alone"})


def check_contradictions(tables: Mapping[str, ParsedTable], gathering: Gathering) -> None:
    """Find what contradicts itself in ``pairs``, ``links`` and ``commercial_models``, naming the rows."""
    _check_pairs(tables["pairs"], gathering)
    _check_links(tables["links"], gathering)
    _check_models(tables["commercial_models"], gathering)
    _check_uses(tables, gathering)


def _check_pairs(pairs: ParsedTable, gathering: Gathering) -> None:
    frame = pairs.frame
    usable = np.flatnonzero(pairs.good("body_a", "body_b", "relation")).tolist()
    first_row: dict[tuple[str, str], int] = {}
    joined: dict[str, list[tuple[str, int]]] = defaultdict(list)
    apart = []
    for position in usable:
        first, second, relation = (str(frame[name].iloc[position]) for name in ("body_a", "body_b", "relation"))
        if first == second:
            gathering.add(pairs.finding("pair-with-itself", f"Body {first!r} is paired with itself.", position=position, column="body_b", value=second))
            continue
        pair = (min(first, second), max(first, second))
        if pair in first_row:
            # The same pair in the same order is a duplicate key, which is reported as such.
            other = frame.iloc[first_row[pair]]
            if str(other["body_a"]) != first:
                message = f"Row {int(pairs.rows[first_row[pair]])} already pairs {first!r} and {second!r}."
                gathering.add(pairs.finding("pair-twice", message, position=position, column="body_a, body_b", value=f"{first}, {second}"))
        first_row.setdefault(pair, position)
        if relation in _TOGETHER:
            joined[first].append((second, position))
            joined[second].append((first, position))
        else:
            apart.append((first, second, position))
    for first, second, position in apart:
        _check_apart(pairs, joined, (first, second, position), gathering)


def _check_apart(pairs: ParsedTable, joined: Mapping[str, list[tuple[str, int]]], apart: tuple[str, str, int], gathering: Gathering) -> None:
    """Find whether two bodies that must not share are tied together by a chain of other pairs.

    Pairs that go together use the same centres or none; one pair that must share anywhere in the chain's component takes "none" away.
    """
    first, second, position = apart
    came_from: dict[str, tuple[str, int] | None] = {first: None}
    queue = deque([first])
    forced: int | None = None
    while queue:
        body = queue.popleft()
        for other, row in joined.get(body, ()):
            if forced is None and pairs.frame["relation"].iloc[row] == "must-share":
                forced = row
            if other not in came_from:
                came_from[other] = (body, row)
                queue.append(other)
    if second not in came_from:
        return
    chain, rows, step = [second], [], came_from[second]
    while step is not None:
        chain.append(step[0])
        rows.append(step[1])
        step = came_from[step[0]]
    if forced is not None and forced not in rows:
        rows.append(forced)
    listed = ", ".join(str(row) for row in sorted(int(pairs.rows[row]) for row in rows))
    tied = " - ".join(reversed(chain))
    value = f"{first}, {second}"
    if forced is not None:
        message = f"{first!r} and {second!r} must not share, yet rows {listed} tie them together ({tied})."
        gathering.add(pairs.finding("contradictory-pairs", message, position=position, column="relation", value=value))
    else:
        message = f"{first!r} and {second!r} must not share and rows {listed} keep them together or alone ({tied}), so all of them stay alone."
        gathering.add(pairs.finding("pairs-force-alone", message, Severity.WARNING, position, column="relation", value=value))


def _covers(wide: str, narrow: str) -> bool:
    return wide in {EVERY, narrow}


def _check_links(links: ParsedTable, gathering: Gathering) -> None:
    frame = links.frame
    usable = links.good("body", "centre", "service", "status") & (frame["status"] != "").to_numpy(dtype=bool)
    by_body: dict[str, list[tuple[int, str, str, str]]] = defaultdict(list)
    for position in np.flatnonzero(usable).tolist():
        body, centre, service, status = (str(frame[name].iloc[position]) for name in ("body", "centre", "service", "status"))
        by_body[body].append((position, centre, service, status))
    for body, rows in by_body.items():
        # Forbidden rows are looked up by what they could cover, so that a body with thousands of links stays quick.
        forbidden = {(centre, service): position for position, centre, service, status in rows if status == "forbidden"}
        served: dict[str, tuple[int, str]] = {}
        for position, centre, service, status in rows:
            if status != "required":
                continue
            cover = next((forbidden[key] for key in _wider(centre, service) if key in forbidden), None)
            if cover is not None:
                message = f"Body {body!r} is required here and forbidden by row {int(links.rows[cover])}."
                gathering.add(links.finding("contradictory-links", message, position=position, column="status", value="required"))
            if EVERY in {centre, service}:
                _report_overlap(links, rows, (position, centre, service), gathering)
                continue
            if service in served and served[service][1] != centre:
                row, elsewhere = int(links.rows[served[service][0]]), served[service][1]
                message = f"Body {body!r} is required for service {service!r} at {centre!r} and, by row {row}, at {elsewhere!r}."
                gathering.add(links.finding("contradictory-links", message, position=position, column="status", value="required"))
            served.setdefault(service, (position, centre))


def _wider(centre: str, service: str) -> list[tuple[str, str]]:
    return [(centre, service), (centre, EVERY), (EVERY, service), (EVERY, EVERY)]


def _report_overlap(links: ParsedTable, rows: list[tuple[int, str, str, str]], required: tuple[int, str, str], gathering: Gathering) -> None:
    """Warn when a required row with a wildcard is narrowed, but not denied, by forbidden rows."""
    position, centre, service = required
    for other, other_centre, other_service, status in rows:
        denied = _covers(other_centre, centre) and _covers(other_service, service)
        meets = (_covers(centre, other_centre) or _covers(other_centre, centre)) and (_covers(service, other_service) or _covers(other_service, service))
        if status == "forbidden" and meets and not denied:
            message = f"Row {int(links.rows[other])} forbids part of what this row requires; the rest must still be used."
            gathering.add(links.finding("links-overlap", message, Severity.WARNING, position, column="status", value="required"))
            return


def _known(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _check_models(models: ParsedTable, gathering: Gathering) -> None:
    good = models.good("form")
    for position, record in enumerate(models.frame.to_dict("records")):
        for what in ("members", "owners"):
            low, high = _known(record[f"minimum_{what}"]), _known(record[f"maximum_{what}"])
            if low is not None and high is not None and low > high:
                message = f"minimum_{what} {low} is above maximum_{what} {high}."
                gathering.add(models.finding("minimum-above-maximum", message, position=position, column=f"minimum_{what}", value=str(low)))
        if not good[position]:
            continue
        form, low, high = record["form"], _known(record["minimum_owners"]), _known(record["maximum_owners"])
        if form in JOINT_FORMS:
            for column, value in (("minimum_owners", low), ("maximum_owners", high)):
                if value is not None and value < 2:
                    message = f"A {form} has at least two owners."
                    gathering.add(models.finding("owners-of-form", message, position=position, column=column, value=str(value), allowed=("2 or more",)))
        elif form == Form.UNITARY and low is not None and low != 1:
            message = "A unitary model has one owner, its lead."
            gathering.add(models.finding("owners-of-form", message, position=position, column="minimum_owners", value=str(low), allowed=("1",)))


def _check_uses(tables: Mapping[str, ParsedTable], gathering: Gathering) -> None:
    """Warn of commercial models that no body has the power to lead, own or use."""
    models, powers, bodies = tables["commercial_models"], tables["powers"], tables["bodies"]
    if not len(powers.frame) or not len(bodies.frame) or not models.present:
        return
    held = within(powers.frame["legal_type"], texts(bodies.frame["legal_type"]))
    able = {verb: set(powers.frame["commercial_model"][held & powers.frame[f"may_{verb}"]]) for verb in ("lead", "own", "use")}
    for position in np.flatnonzero(models.good("commercial_model", "form")).tolist():
        name, form = models.frame["commercial_model"].iloc[position], models.frame["form"].iloc[position]
        owned = form != Form.UNITARY and _known(models.frame["minimum_owners"].iloc[position]) != 0
        needed = [verb for verb, asked in (("lead", form in FORMS_WITH_LEAD), ("own", owned), ("use", True)) if asked]
        for verb in needed:
            if name not in able[verb]:
                message = f"No body's legal type may {verb} under commercial model {name!r}, so it is never used."
                gathering.add(models.finding(f"no-one-may-{verb}", message, Severity.WARNING, position, column="commercial_model", value=name))

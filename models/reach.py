"""Finds bodies and services that no rule allows anywhere, and says which rule took the last possibility."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from models.arrays import InstanceArrays, instance_arrays
from models.findings import Finding, Severity
from models.geography import nearest_centres
from models.positions import ANY
from models.rules import ActiveRule, active_rules, body_centre_tests, option_tests, served_tests

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.candidates import BodyCentreTest, OptionTest
    from models.cells import ParsedTable
    from models.gathering import Gathering
    from models.instance import Instance

    Whole = NDArray[np.int64]
    Test = Callable[[Whole, Whole, Whole], NDArray[np.bool_]]

CAPACITY = "capacity"
"""Stands for having no band that holds the volume, which is tested before any rule."""
_POSSIBLE = ""
_NEAREST = 8
_BLOCK = 2_000_000


def check_reach(instance: Instance, tables: Mapping[str, ParsedTable], gathering: Gathering) -> None:
    """Find bodies and services that no rule allows at any centre (a warning), and what is required all the same (an error).

    Parameters
    ----------
    instance
        A valid instance.
    tables
        Its tables with the rows they stand in.
    gathering
        Takes the findings.
    """
    arrays = instance_arrays(instance)
    tests = _tests(arrays, active_rules(instance))
    taken_by = _taken_by(arrays, tests)
    dead = np.array([rule != _POSSIBLE for rule in taken_by], dtype=np.bool_)
    _report_units(arrays, tables, taken_by, dead, gathering)
    _report_links(arrays, tables["links"], tests, gathering)
    _report_pairs(arrays, tables["pairs"], dead, gathering)


def _tests(arrays: InstanceArrays, active: Sequence[ActiveRule]) -> list[tuple[str, Test]]:
    """Return the tests of (unit, centre, model) by the name of their rule."""
    tests: list[tuple[str, Test]] = [(CAPACITY, partial(_fits, arrays))]
    for one in active:
        tests += [(one.rule.name, partial(_by_body, arrays, test)) for test in body_centre_tests([one])]
        tests += [(one.rule.name, partial(_by_option, arrays, test)) for test in option_tests([one])]
        tests += [(one.rule.name, partial(test, arrays)) for test in served_tests([one])]
    return tests


def _by_body(arrays: InstanceArrays, test: BodyCentreTest, unit: Whole, centre: Whole, _model: Whole) -> NDArray[np.bool_]:
    return test(arrays, arrays.unit_body[unit], centre)


def _by_option(arrays: InstanceArrays, test: OptionTest, _unit: Whole, centre: Whole, model: Whole) -> NDArray[np.bool_]:
    return test(arrays, centre, model)


def _fits(arrays: InstanceArrays, unit: Whole, centre: Whole, _model: Whole) -> NDArray[np.bool_]:
    largest = np.full((len(arrays.centres), len(arrays.services)), -1, dtype=np.int64)
    np.maximum.at(largest, (arrays.band_centre, arrays.band_service), arrays.band_capacity)
    return np.asarray(arrays.unit_volume[unit] <= largest[centre, arrays.unit_service[unit]], dtype=np.bool_)


def _taken_by(arrays: InstanceArrays, tests: Sequence[tuple[str, Test]]) -> list[str]:
    """(units,) the rule that took the last possibility of each unit, empty where one is left.

    Nearly every unit has a possibility close by, so that few are tried at all centres.
    """
    units = np.arange(arrays.unit_body.shape[0], dtype=np.int64)
    taken_by = [_POSSIBLE] * units.shape[0]
    count = min(_NEAREST, len(arrays.centres))
    near = nearest_centres(arrays.body_latitude, arrays.body_longitude, arrays.centre_latitude, arrays.centre_longitude, count)
    left = [rule != _POSSIBLE for rule in _sieved(arrays, tests, np.repeat(units, count), near[arrays.unit_body].reshape(-1), units)]
    doubtful = units[np.array(left, dtype=np.bool_)]
    every = np.arange(len(arrays.centres), dtype=np.int64)
    size = max(1, _BLOCK // max(1, arrays.centre_allows.size))
    for first in range(0, doubtful.shape[0], size):
        some = doubtful[first : first + size]
        found = _sieved(arrays, tests, np.repeat(some, every.shape[0]), np.tile(every, some.shape[0]), some)
        for unit, rule in zip(some.tolist(), found, strict=True):
            taken_by[unit] = rule
    return taken_by


def _sieved(arrays: InstanceArrays, tests: Sequence[tuple[str, Test]], unit: Whole, centre: Whole, asked: Whole) -> list[str]:
    """Return for each unit asked about which test left it without any of the (unit, centre) given, under any model; empty where some are left."""
    which, model = (positions.astype(np.int64) for positions in np.nonzero(arrays.centre_allows[centre]))
    unit, centre = unit[which], centre[which]
    taken_by = np.full(arrays.unit_body.shape[0], "no commercial model allowed there", dtype=object)
    taken_by[unit] = _POSSIBLE
    for name, test in tests:
        before = np.unique(unit)
        kept = test(unit, centre, model)
        unit, centre, model = unit[kept], centre[kept], model[kept]
        taken_by[np.setdiff1d(before, unit, assume_unique=False)] = name
    return [str(rule) for rule in taken_by[asked]]


def _report_units(arrays: InstanceArrays, tables: Mapping[str, ParsedTable], taken_by: list[str], dead: NDArray[np.bool_], gathering: Gathering) -> None:
    """Warn of bodies without any possibility, and of single services of the others; volumes that fit nowhere have findings of their own."""
    bodies, baseline = tables["bodies"], tables["baseline"]
    possible = np.zeros(len(arrays.bodies), dtype=np.bool_)
    possible[arrays.unit_body[~dead]] = True
    row_of_body = {str(body): row for row, body in enumerate(bodies.frame["body"].tolist())}
    row_of_unit = {pair: row for row, pair in enumerate(zip(baseline.frame["body"].tolist(), baseline.frame["service"].tolist(), strict=True))}
    reported: set[int] = set()
    for unit in np.flatnonzero(dead).tolist():
        position, rule = int(arrays.unit_body[unit]), taken_by[unit]
        body, service = arrays.bodies[position], arrays.services[int(arrays.unit_service[unit])]
        if rule == CAPACITY or position in reported:
            continue
        if possible[position]:
            message = f"No rule allows service {service!r} of body {body!r} anywhere, so it stays alone; {rule} took the last possibility."
            at = row_of_unit[body, service]
            gathering.add(baseline.finding("nowhere-possible", message, Severity.WARNING, at, column="service", value=service))
        else:
            reported.add(position)
            message = f"No rule allows body {body!r} anywhere, so it stays alone; {rule} took the last possibility."
            gathering.add(bodies.finding("nowhere-possible", message, Severity.WARNING, row_of_body[body], column="body", value=body))


def _report_links(arrays: InstanceArrays, links: ParsedTable, tests: Sequence[tuple[str, Test]], gathering: Gathering) -> None:
    """Find required links that no unit of their body can obey."""
    body_at, service_at, centre_at = ({name: at for at, name in enumerate(names)} for names in (arrays.bodies, arrays.services, arrays.centres))
    every = np.arange(len(arrays.centres), dtype=np.int64)
    for position in np.flatnonzero((links.frame["status"] == "required").to_numpy(dtype=bool)).tolist():
        body, centre, service = (str(links.frame[name].iloc[position]) for name in ("body", "centre", "service"))
        of_body = arrays.unit_body == body_at[body]
        units = np.flatnonzero(of_body & ((service_at.get(service, ANY) == ANY) | (arrays.unit_service == service_at.get(service, ANY))))
        centres = every if centre not in centre_at else every[[centre_at[centre]]]
        found = _sieved(arrays, tests, np.repeat(units, centres.shape[0]), np.tile(centres, units.shape[0]), units)
        if _POSSIBLE not in found:
            why = f"{found[-1]} took the last possibility" if found else "it does not run the service"
            gathering.add(_required(links, position, f"Body {body!r} is required here and cannot be served here: {why}.", "status", "required"))


def _report_pairs(arrays: InstanceArrays, pairs: ParsedTable, dead: NDArray[np.bool_], gathering: Gathering) -> None:
    """Find bodies that must share and can be served nowhere."""
    possible = {arrays.bodies[body] for body in np.unique(arrays.unit_body[~dead]).tolist()}
    for position in np.flatnonzero((pairs.frame["relation"] == "must-share").to_numpy(dtype=bool)).tolist():
        for column in ("body_a", "body_b"):
            body = str(pairs.frame[column].iloc[position])
            if body not in possible:
                gathering.add(_required(pairs, position, f"Body {body!r} must share and can be served nowhere.", column, body))


def _required(parsed: ParsedTable, position: int, message: str, column: str, value: str) -> Finding:
    return parsed.finding("required-nowhere", message, position=position, column=column, value=value)

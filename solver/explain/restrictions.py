"""An instance's program taken apart: which rule, and which rows of the tables, each row and each missing choice comes from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.arrays import instance_arrays
from models.formulation import Formulation, formulate_candidates
from models.program import Program
from models.rules import active_rules
from models.schema import Form
from solver.explain.elements import Element, keyed_element, link_element, pair_element, rule_element
from solver.explain.opening import NOBODY, Subjects, open_candidates, row_subjects, subjects

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from models.columns import Columns
    from models.instance import Instance
    from models.rules import ActiveRule

    Whole = NDArray[np.int64]

ALWAYS = -1
"""Element of a row that no conflict names and no relaxation gives up: it only ties decisions together."""
_LARGEST = 3_000_000
"""Pairs of a body's service and an option up to which every body is offered everything; beyond, rule nearest-centres stays in force unasked."""


@dataclass(frozen=True)
class Restrictions:
    """A program in which nothing is left out beforehand, and what holds plans back in it.

    Attributes
    ----------
    formulation
        Columns for everything on offer; its rows are all rows of the rules in force.
    elements
        What may be named in a conflict.
    row_element
        (rows,) the element a row belongs to, or :data:`ALWAYS`.
    barred_column, barred_element
        Aligned: the column must be 0 because of the element. A column may be barred several times.
    subjects, row_subjects
        Whom columns and rows concern.
    """

    instance: Instance
    formulation: Formulation
    elements: tuple[Element, ...]
    row_element: Whole
    barred_column: Whole
    barred_element: Whole
    subjects: Subjects
    row_subjects: Subjects

    def kept(self, elements: Sequence[int]) -> Program:
        """Return the program, free of cost, under some of the elements alone."""
        program = self.formulation.program
        held = np.zeros(len(self.elements) + 1, dtype=np.bool_)
        held[list(elements)] = True
        held[ALWAYS] = True
        rows = np.flatnonzero(held[self.row_element])
        upper = program.upper.copy()
        upper[self.barred_column[held[self.barred_element]]] = 0
        return dataclasses.replace(
            program,
            cost=np.zeros_like(program.cost),
            upper=upper,
            matrix=program.matrix[rows],
            row_lower=program.row_lower[rows],
            row_upper=program.row_upper[rows],
            row_tag=program.row_tag[rows],
        )


class _Elements:
    """Elements in the making: each key once."""

    def __init__(self) -> None:
        self.found: list[Element] = []
        self._at: dict[tuple[str, ...], int] = {}

    def number(self, key: tuple[str, ...], element: Element) -> int:
        if key not in self._at:
            self._at[key] = len(self.found)
            self.found.append(element)
        return self._at[key]


def restrictions(instance: Instance) -> Restrictions:
    """Return the program of ``instance`` taken apart."""
    active = active_rules(instance)
    candidates = open_candidates(instance, active, _opened(instance, active))
    formulation = formulate_candidates(candidates, active)
    elements = _Elements()
    program, row_element = _rows(instance, active, formulation, elements)
    columns = formulation.columns
    whom = subjects(columns, program.columns)
    barred = list(_barred(instance, active, columns, whom, elements))
    empty = np.zeros(0, dtype=np.int64)
    return Restrictions(
        instance=instance,
        formulation=dataclasses.replace(formulation, program=program),
        elements=tuple(elements.found),
        row_element=row_element,
        barred_column=np.concatenate([empty, *(column for column, _ in barred)]),
        barred_element=np.concatenate([empty, *(np.full(column.shape, element, dtype=np.int64) for column, element in barred)]),
        subjects=whom,
        row_subjects=row_subjects(whom, program.matrix),
    )


def _opened(instance: Instance, active: Sequence[ActiveRule]) -> frozenset[str]:
    every = frozenset(one.rule.name for one in active)
    pairs = len(instance.tables["baseline"]) * len(instance.tables["centres"]) * len(instance.tables["commercial_models"])
    return every if pairs <= _LARGEST else every - {"nearest-centres"}


def _table(one: ActiveRule) -> str:
    return one.rule.rests_on[0].partition(".")[0] if one.rule.rests_on else ""


# Rows


def _rows(instance: Instance, active: Sequence[ActiveRule], formulation: Formulation, elements: _Elements) -> tuple[Program, Whole]:
    """Return the program with the rows of ``links`` and ``pairs`` one by one, and the element of each row."""
    program, columns = formulation.program, formulation.columns
    row_element = np.full(program.rows, ALWAYS, dtype=np.int64)
    kept = np.ones(program.rows, dtype=np.bool_)
    whose = row_subjects(subjects(columns, program.columns), program.matrix)
    parts: list[Program] = []
    part_elements: list[Whole] = [row_element]
    for number, one in enumerate(active):
        own = np.flatnonzero(program.row_tag == number)
        # Rows that tie a rule's own columns to the decisions come before the rule's and belong to no conflict.
        own = own[own.shape[0] - one.rule.rows(columns, one.parameters).lower.shape[0] :]
        if one.penalty is not None or one.rule.name == "one-model":
            continue
        if _table(one) in ("links", "pairs") and not one.rule.blocks(columns, one.parameters):
            kept[own] = False
            for element, part in _row_by_row(instance, one, formulation, elements):
                parts.append(dataclasses.replace(part, row_tag=np.full(part.rows, number, dtype=np.int32)))
                part_elements.append(np.full(part.rows, element, dtype=np.int64))
            continue
        if one.rule.name == "capacity":
            needless, own = _volume_rows(columns, program.matrix, own)
            kept[needless] = False
        elif one.rule.name == "lead":
            own = own[_bounds_any(program.matrix, own, columns.pair)]
        for key, rows in _by_key(instance, one, columns, whose, own):
            row_element[rows] = _numbered(elements, instance, one, key)
    part_elements[0] = row_element[kept]
    return _joined(program, kept, parts), np.concatenate(part_elements)


def _row_by_row(instance: Instance, one: ActiveRule, formulation: Formulation, elements: _Elements) -> Iterator[tuple[int, Program]]:
    """Yield (element, rows) of each row of ``links`` or ``pairs``, the rule asked as if it were the only row."""
    table = _table(one)
    candidates = formulation.columns.candidates
    for position in _stated(instance, table):
        alone = dataclasses.replace(candidates, arrays=instance_arrays(_only(instance, table, position)))
        part = formulate_candidates(alone, [one]).program
        if part.rows:
            element = (link_element if table == "links" else pair_element)(one, instance, position)
            yield elements.number((one.rule.name, table, str(position)), element), part


def _stated(instance: Instance, table: str) -> list[int]:
    """Return the positions of the rows of ``links`` or ``pairs`` that ask for anything."""
    frame = instance.tables[table]
    asked = frame["status"] != "" if table == "links" else frame["relation"] != ""
    return [int(position) for position in np.flatnonzero(asked.to_numpy(dtype=bool))]


def _only(instance: Instance, table: str, position: int) -> Instance:
    """Return the instance in which one row of ``links`` or ``pairs`` alone asks for anything; distances and costs stay."""
    frame = instance.tables[table]
    if table == "pairs":
        return dataclasses.replace(instance, tables={**instance.tables, "pairs": frame.iloc[[position]]})
    status = frame["status"].where(np.arange(len(frame)) == position, "")
    return dataclasses.replace(instance, tables={**instance.tables, "links": frame.assign(status=status)})


def _volume_rows(columns: Columns, matrix: csr_array, own: Whole) -> tuple[Whole, Whole]:
    """Return (rows that another implies, rows that hold volume to a capacity); the rest ties units to bands that are built.

    A unit larger than every band has a row of its own that says so, which its volume says as well.
    """
    pair, band = np.zeros(matrix.shape[1], dtype=np.bool_), np.zeros(matrix.shape[1], dtype=np.bool_)
    pair[columns.pair], band[columns.band] = True, True
    needless, volume = [], []
    for row in own:
        entries = slice(matrix.indptr[row], matrix.indptr[row + 1])
        column, value = matrix.indices[entries], matrix.data[entries]
        of_pair, of_band = value[pair[column]], value[band[column]]
        if not of_pair.size:
            continue
        if of_pair.size == 1 and of_pair[0] == 1 and not of_band.size:
            needless.append(row)
        elif of_pair.size > 1 or of_pair[0] != 1 or (of_band != -1).any():
            volume.append(row)
    return np.array(needless, dtype=np.int64), np.array(volume, dtype=np.int64)


def _bounds_any(matrix: csr_array, rows: Whole, columns: Whole) -> NDArray[np.bool_]:
    """Tell which rows hold back any of the columns: a lead that has to be a member stands the other way round, also where the member is a pair."""
    asked = np.zeros(matrix.shape[1], dtype=np.int64)
    asked[columns] = 1
    return np.asarray((matrix[rows].maximum(0) @ asked) > 0, dtype=np.bool_)


def _joined(program: Program, kept: NDArray[np.bool_], parts: Sequence[Program]) -> Program:
    from scipy.sparse import csr_array, vstack

    wide = [csr_array((part.matrix.data, part.matrix.indices, part.matrix.indptr), shape=(part.rows, program.columns)) for part in parts]
    matrix = csr_array(vstack([program.matrix[np.flatnonzero(kept)], *wide], format="csr"))
    return dataclasses.replace(
        program,
        matrix=matrix,
        row_lower=np.concatenate([program.row_lower[kept], *(part.row_lower for part in parts)]),
        row_upper=np.concatenate([program.row_upper[kept], *(part.row_upper for part in parts)]),
        row_tag=np.concatenate([program.row_tag[kept], *(part.row_tag for part in parts)]),
    )


# What is barred


def _barred(instance: Instance, active: Sequence[ActiveRule], columns: Columns, whom: Subjects, elements: _Elements) -> Iterator[tuple[Whole, int]]:
    """Yield (columns, element that bars them)."""
    offered, arrays = columns.candidates, columns.candidates.arrays
    option = offered.pair_option
    for one in active:
        rule, parameters = one.rule, one.parameters
        if rule.body_centre_test is not None:
            good = rule.body_centre_test(arrays, offered.member_body, offered.option_centre[offered.member_option], parameters)
            yield from _barred_by(instance, one, columns, whom, columns.member[~good], elements)
        if rule.option_test is not None:
            good = rule.option_test(arrays, offered.option_centre, offered.option_model, parameters)
            yield from _barred_by(instance, one, columns, whom, columns.option[~good], elements)
        if rule.served_test is not None:
            good = rule.served_test(arrays, offered.pair_unit, offered.option_centre[option], offered.option_model[option], parameters)
            if _table(one) == "links":
                yield from _barred_by_links(instance, one, columns, np.flatnonzero(~good), elements)
            else:
                yield from _barred_by(instance, one, columns, whom, columns.pair[~good], elements)
        if rule.name == "one-model":
            shut = columns.option[~arrays.centre_allows[offered.option_centre, offered.option_model]]
            yield from _barred_at(instance, one, columns, whom, shut, "allowed_models", elements)
        if rule.name == "lead":
            yield from _barred_at(instance, one, columns, whom, columns.lead[_not_host(columns)], "host_body", elements)


def _barred_by(instance: Instance, one: ActiveRule, columns: Columns, whom: Subjects, barred: Whole, elements: _Elements) -> Iterator[tuple[Whole, int]]:
    for key, some in _by_key(instance, one, columns, whom, barred):
        yield some, _numbered(elements, instance, one, key)


def _barred_by_links(instance: Instance, one: ActiveRule, columns: Columns, pairs: Whole, elements: _Elements) -> Iterator[tuple[Whole, int]]:
    offered, test = columns.candidates, one.rule.served_test
    assert test is not None
    option = offered.pair_option[pairs]
    for position in _stated(instance, "links") if pairs.size else []:
        arrays = instance_arrays(_only(instance, "links", position))
        shut = ~test(arrays, offered.pair_unit[pairs], offered.option_centre[option], offered.option_model[option], one.parameters)
        if shut.any():
            yield columns.pair[pairs[shut]], elements.number((one.rule.name, "links", str(position)), link_element(one, instance, position))


def _barred_at(
    instance: Instance, one: ActiveRule, columns: Columns, whom: Subjects, barred: Whole, cell: str, elements: _Elements
) -> Iterator[tuple[Whole, int]]:
    """Yield what a cell of ``centres`` bars."""
    centres = columns.candidates.arrays.centres
    for centre in np.unique(whom.centre[barred]):
        element = keyed_element(one, instance, {"centre": centres[centre]}, "centres", (cell,))
        yield barred[whom.centre[barred] == centre], elements.number((one.rule.name, "centres", centres[centre], cell), element)


def _not_host(columns: Columns) -> NDArray[np.bool_]:
    offered, arrays = columns.candidates, columns.candidates.arrays
    option = offered.member_option[offered.lead_member]
    host = arrays.centre_host[offered.option_centre[option]]
    unitary = np.array([arrays.model_form[model] is Form.UNITARY for model in offered.option_model[option]], dtype=np.bool_)
    return np.asarray(unitary & (host != NOBODY) & (host != offered.member_body[offered.lead_member]), dtype=np.bool_)


# Keys of the tables


def _numbered(elements: _Elements, instance: Instance, one: ActiveRule, key: Mapping[str, str]) -> int:
    if not key:
        return elements.number((one.rule.name,), rule_element(one))
    return elements.number((one.rule.name, *key.values()), keyed_element(one, instance, key))


def _by_key(instance: Instance, one: ActiveRule, columns: Columns, whose: Subjects, which: Whole) -> Iterator[tuple[dict[str, str], Whole]]:
    """Yield (key of the table the rule rests on, those of ``which`` that it concerns); an empty key where they do not have one in common."""
    arrays = columns.candidates.arrays
    legal_types = sorted(set(instance.tables["bodies"]["legal_type"]))
    body, centre, model, service = (values[which] for values in (whose.body, whose.centre, whose.model, whose.service))
    known = body != NOBODY
    legal_type = np.full(which.shape, NOBODY, dtype=np.int64)
    legal_type[known] = arrays.body_legal_type[body[known]]
    keys: dict[str, tuple[tuple[str, Whole, Sequence[str]], ...]] = {
        "bodies": (("body", body, arrays.bodies),),
        "services": (("service", service, arrays.services),),
        "centres": (("centre", centre, arrays.centres),),
        "commercial_models": (("commercial_model", model, arrays.commercial_models),),
        "bands": (("service", service, arrays.services), ("centre", centre, arrays.centres)),
        "powers": (("legal_type", legal_type, legal_types), ("commercial_model", model, arrays.commercial_models)),
    }
    parts = keys.get(_table(one), ())
    if not which.size:
        return
    if not parts:
        yield {}, which
        return
    distinct, group = np.unique(np.stack([values for _, values, _ in parts], axis=1), axis=0, return_inverse=True)
    for number, positions in enumerate(distinct):
        whole = bool((positions == NOBODY).any())
        key = {} if whole else {column: names[position] for (column, _, names), position in zip(parts, positions, strict=True)}
        yield key, which[group.reshape(-1) == number]

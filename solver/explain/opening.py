"""Candidates with more in them than the rules allow, so that what a rule takes away can be given back."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models.arrays import InstanceArrays, instance_arrays
from models.candidates import Candidates, build_candidates
from models.rules import body_centre_lists, body_centre_tests, option_tests, served_tests
from models.schema import EVERY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from models.candidates import BodyCentreList
    from models.columns import Columns
    from models.instance import Instance
    from models.rules import ActiveRule

    Whole = NDArray[np.int64]

NOBODY = -1
_POWERS_OF = {"legal-powers": ("may_own", "may_use"), "lead": ("may_lead",)}


@dataclass(frozen=True)
class Subjects:
    """Whom each column of a program concerns: positions, shape (columns,), :data:`NOBODY` where it concerns none or several."""

    body: Whole
    centre: Whole
    model: Whole
    service: Whole


def open_candidates(instance: Instance, active: Sequence[ActiveRule], opened: frozenset[str]) -> Candidates:
    """Return the candidates of ``instance`` as if the rules named in ``opened`` forbade nothing; the other ``active`` rules still do.

    The arrays are the instance's own, so that rows made from them say what the rules say.
    """
    arrays = instance_arrays(instance)
    closed = [one for one in active if one.rule.name not in opened]
    wide = build_candidates(
        _widened(instance, opened),
        [_of(arrays, test) for test in body_centre_tests(closed)],
        [_of(arrays, test) for test in option_tests(closed)],
        [_of(arrays, test) for test in served_tests(closed)],
        [partial(_listed, arrays, listing) for listing in body_centre_lists(closed)],
    )
    return dataclasses.replace(wide, arrays=arrays)


def _of(arrays: InstanceArrays, test: Any) -> Callable[..., NDArray[np.bool_]]:
    """Have ``test`` judge by ``arrays`` instead of those it is given."""
    return lambda _wide, *positions: test(arrays, *positions)


def _listed(arrays: InstanceArrays, listing: BodyCentreList, _wide: InstanceArrays) -> tuple[Whole, Whole]:
    """Have ``listing`` go by ``arrays`` instead of those it is given."""
    return listing(arrays)


def _widened(instance: Instance, opened: frozenset[str]) -> Instance:
    """Return an instance whose tables allow what candidates leave out of themselves, beyond the tests of the rules."""
    tables = dict(instance.tables)
    granted = tuple(power for rule, powers in _POWERS_OF.items() if rule in opened for power in powers)
    if granted:
        tables["powers"] = _with_powers(instance, granted)
    if "one-model" in opened:
        tables["centres"] = tables["centres"].assign(allowed_models="")
    if "lead" in opened:
        tables["centres"] = tables["centres"].assign(host_body="")
    if "capacity" in opened:
        # The same for every band, so that the bands keep their order, which positions go by.
        largest = int(instance.tables["baseline"]["volume"].max())
        tables["bands"] = tables["bands"].assign(capacity=tables["bands"]["capacity"] + largest)
    return dataclasses.replace(instance, tables=tables)


def _with_powers(instance: Instance, granted: tuple[str, ...]) -> pd.DataFrame:
    powers = instance.tables["powers"]
    every = pd.MultiIndex.from_product(
        [sorted(set(instance.tables["bodies"]["legal_type"])), sorted(set(instance.tables["commercial_models"]["commercial_model"]))],
        names=["legal_type", "commercial_model"],
    ).to_frame(index=False)
    stated = powers[powers["service"] == EVERY]
    lacking = every[~pd.MultiIndex.from_frame(every).isin(pd.MultiIndex.from_frame(stated[["legal_type", "commercial_model"]]))]
    added = lacking.assign(service=EVERY, may_lead=False, may_own=False, may_use=False, lead_for="")
    widened = pd.concat([powers[added.columns], added], ignore_index=True).assign(**dict.fromkeys(granted, True))
    return widened.assign(lead_for="") if "may_lead" in granted else widened


def subjects(columns: Columns, count: int) -> Subjects:
    """Return whom each of the first ``count`` columns concerns; columns that rules add concern nobody."""
    offered = columns.candidates
    body, centre, model, service = (np.full(count, NOBODY, dtype=np.int64) for _ in range(4))
    arrays = offered.arrays
    centre[columns.option], model[columns.option] = offered.option_centre, offered.option_model
    band_option = offered.group_option[offered.band_group]
    centre[columns.band], model[columns.band] = offered.option_centre[band_option], offered.option_model[band_option]
    service[columns.band] = offered.group_service[offered.band_group]
    centre[columns.pair], model[columns.pair] = offered.option_centre[offered.pair_option], offered.option_model[offered.pair_option]
    body[columns.pair], service[columns.pair] = arrays.unit_body[offered.pair_unit], arrays.unit_service[offered.pair_unit]
    body[columns.alone], service[columns.alone] = arrays.unit_body, arrays.unit_service
    every = np.arange(offered.member_body.shape[0], dtype=np.int64)
    for column, member in ((columns.member, every), (columns.owner, offered.owner_member), (columns.lead, offered.lead_member)):
        option = offered.member_option[member]
        body[column], centre[column], model[column] = offered.member_body[member], offered.option_centre[option], offered.option_model[option]
    return Subjects(body, centre, model, service)


def row_subjects(of_column: Subjects, matrix: csr_array) -> Subjects:
    """Return whom each row of ``matrix`` concerns: what all its columns that concern anybody have in common."""
    return Subjects(*(_in_common(getattr(of_column, one.name), matrix) for one in dataclasses.fields(Subjects)))


def _in_common(of_column: Whole, matrix: csr_array) -> Whole:
    rows = int(matrix.shape[0])
    row = np.repeat(np.arange(rows, dtype=np.int64), np.diff(matrix.indptr))
    value = of_column[matrix.indices]
    told = value != NOBODY
    least, most = np.full(rows, np.iinfo(np.int64).max), np.full(rows, NOBODY, dtype=np.int64)
    np.minimum.at(least, row[told], value[told])
    np.maximum.at(most, row[told], value[told])
    return np.where(least == most, most, NOBODY)

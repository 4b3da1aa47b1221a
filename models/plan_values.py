"""A plan as values of a program's columns, to start a solver from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.candidates import EVERY_BAND
from models.program import UNBOUNDED
from models.schema import Form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.formulation import Formulation
    from models.plan import Plan


def plan_values(formulation: Formulation, plan: Plan) -> NDArray[np.int64]:
    """Return values (columns,) of ``plan``; blocks of rules follow, slack columns take the breach of their row, the rest stays 0."""
    columns = formulation.columns
    offered, arrays = columns.candidates, columns.candidates.arrays
    values = np.zeros(formulation.program.columns, dtype=np.int64)
    option_at = {
        (arrays.centres[centre], arrays.commercial_models[model]): option
        for option, (centre, model) in enumerate(zip(offered.option_centre, offered.option_model, strict=True))
    }
    option_of_centre: dict[str, int] = {}
    chosen_bands: set[int] = set()
    owners: set[tuple[int, int]] = set()
    leads: set[tuple[int, int]] = set()
    for cluster in plan.clusters:
        option = option_at.get((cluster.centre, cluster.commercial_model))
        if option is None:
            continue
        option_of_centre[cluster.centre] = option
        values[columns.option[option]] = 1
        unitary = arrays.model_form[int(offered.option_model[option])] is Form.UNITARY
        owners |= {(option, arrays.body_position.get(owner, -1)) for owner in cluster.owners if not unitary}
        leads.add((option, arrays.body_position.get(cluster.lead, -1)))
        chosen_bands |= _bands_of(formulation, option, dict(cluster.bands))
    values[columns.band[sorted(chosen_bands)]] = 1
    _set_served(formulation, plan, option_of_centre, chosen_bands, values)
    _set_members(formulation, owners, leads, values)
    # Twice, because a block may go by the values of one that another rule brings after it.
    for block in (*columns.blocks, *columns.blocks):
        values[columns.block(block.name)] = block.fill(columns, values)
    _set_slacks(formulation, values)
    return values


def _bands_of(formulation: Formulation, option: int, bands: dict[str, str]) -> set[int]:
    offered, arrays = formulation.columns.candidates, formulation.columns.candidates.arrays
    found = set()
    for group in np.flatnonzero(offered.group_option == option):
        name = bands.get(arrays.services[offered.group_service[group]])
        found |= {int(band) for band in np.flatnonzero(offered.band_group == group) if arrays.band_name[offered.band_row[band]] == name}
    return found


def _set_served(formulation: Formulation, plan: Plan, option_of_centre: dict[str, int], chosen_bands: set[int], values: NDArray[np.int64]) -> None:
    columns = formulation.columns
    offered, arrays = columns.candidates, columns.candidates.arrays
    option_of_unit = np.full(arrays.unit_body.shape, -1, dtype=np.int64)
    for one in plan.assignments:
        unit = arrays.unit_position.get((arrays.body_position.get(one.body, -1), arrays.service_position.get(one.service, -1)))
        if unit is not None and one.centre:
            option_of_unit[unit] = option_of_centre.get(one.centre, -1)
    built = np.isin(offered.pair_band, [EVERY_BAND, *chosen_bands])
    served = np.flatnonzero((offered.pair_option == option_of_unit[offered.pair_unit]) & built)
    values[columns.pair[served]] = 1
    values[columns.member[offered.pair_member[served]]] = 1
    values[columns.alone] = 1
    values[columns.alone[offered.pair_unit[served]]] = 0


def _set_members(formulation: Formulation, owners: set[tuple[int, int]], leads: set[tuple[int, int]], values: NDArray[np.int64]) -> None:
    columns = formulation.columns
    offered = columns.candidates
    for chosen, members, column in ((owners, offered.owner_member, columns.owner), (leads, offered.lead_member, columns.lead)):
        keys = zip(offered.member_option[members], offered.member_body[members], strict=True)
        values[column[[at for at, key in enumerate(keys) if (int(key[0]), int(key[1])) in chosen]]] = 1


def _set_slacks(formulation: Formulation, values: NDArray[np.int64]) -> None:
    program = formulation.program
    first = formulation.columns.count
    if program.columns == first:
        return
    activity = program.matrix @ values
    short = np.where(program.row_lower > -UNBOUNDED, program.row_lower - activity, 0)
    over = np.where(program.row_upper < UNBOUNDED, activity - program.row_upper, 0)
    breach = np.maximum(np.maximum(short, over), 0)
    by_column = program.matrix.tocsc()[:, first:]
    row_of_slack = by_column.indices[by_column.indptr[:-1]]
    values[first:] = np.minimum(breach[row_of_slack], program.upper[first:])

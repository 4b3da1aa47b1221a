"""A plan as values of a program's columns, to start a solver from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.candidates import EVERY_BAND
from models.program import UNBOUNDED
from models.schema import Form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from models.candidates import Candidates
    from models.formulation import Formulation
    from models.plan import Cluster, Plan


def plan_values(formulation: Formulation, plan: Plan) -> NDArray[np.int64]:
    """Return values (columns,) of ``plan``; blocks of rules follow, slack columns take the breach of their row, the rest stays 0."""
    columns = formulation.columns
    offered, arrays = columns.candidates, columns.candidates.arrays
    values = np.zeros(formulation.program.columns, dtype=np.int64)
    option_of_centre: dict[str, int] = {}
    chosen_bands: set[int] = set()
    owners: list[tuple[int, str]] = []
    leads: list[tuple[int, str]] = []
    for cluster, option in clusters_run(offered, plan):
        option_of_centre[cluster.centre] = option
        values[columns.option[option]] = 1
        unitary = arrays.model_form[int(offered.option_model[option])] is Form.UNITARY
        owners += [(option, owner) for owner in cluster.owners if not unitary]
        leads.append((option, cluster.lead))
        chosen_bands |= bands_of(offered, option, cluster.bands)
    values[columns.band[sorted(chosen_bands)]] = 1
    _set_served(formulation, plan, option_of_centre, chosen_bands, values)
    values[columns.owner[_chosen(offered, offered.owner_member, owners)]] = 1
    values[columns.lead[_chosen(offered, offered.lead_member, leads)]] = 1
    _set_supplies(formulation, values)
    # Twice, because a block may go by the values of one that another rule brings after it.
    for block in (*columns.blocks, *columns.blocks):
        values[columns.block(block.name)] = block.fill(columns, values)
    _set_slacks(formulation, values)
    return values


def clusters_run(offered: Candidates, plan: Plan) -> list[tuple[Cluster, int]]:
    """Return each cluster of a plan with the option that it runs, those that are not eligible left out."""
    arrays = offered.arrays
    option_at = {
        (arrays.centres[centre], arrays.commercial_models[model]): option
        for option, (centre, model) in enumerate(zip(offered.option_centre, offered.option_model, strict=True))
    }
    found = ((cluster, option_at.get((cluster.centre, cluster.commercial_model))) for cluster in plan.clusters)
    return [(cluster, option) for cluster, option in found if option is not None]


def bands_of(offered: Candidates, option: int, bands: Mapping[str, str]) -> set[int]:
    """Return the bands on offer that an option builds, given the name of the band of each service."""
    arrays = offered.arrays
    groups = np.searchsorted(offered.group_option, [option, option + 1])
    first, after = np.searchsorted(offered.band_group, groups)
    names = {arrays.service_position[service]: name for service, name in bands.items() if service in arrays.service_position}
    services = offered.group_service[offered.band_group[first:after]].tolist()
    return {band for band, service in enumerate(services, start=int(first)) if names.get(service) == arrays.band_name[offered.band_row[band]]}


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


def _chosen(offered: Candidates, members: NDArray[np.int64], named: list[tuple[int, str]]) -> NDArray[np.bool_]:
    """Tell which of ``members`` (positions of members) stand in ``named``: pairs of an option's position and a body's id."""
    bodies, position = len(offered.arrays.bodies), offered.arrays.body_position
    keys = np.array([option * bodies + position[body] for option, body in named if body in position], dtype=np.int64)
    return np.isin(offered.member_option[members] * bodies + offered.member_body[members], keys)


def _set_supplies(formulation: Formulation, values: NDArray[np.int64]) -> None:
    columns, offered = formulation.columns, formulation.columns.candidates
    lead, group, able = offered.leads_by_group()
    leading = values[columns.lead[lead]] == 1
    values[columns.supply] = np.bincount(group[able & leading], minlength=offered.group_option.shape[0])[offered.supply_group]


def _set_slacks(formulation: Formulation, values: NDArray[np.int64]) -> None:
    program = formulation.program
    first = formulation.columns.count
    if program.columns == first:
        return
    activity = program.matrix @ values
    short = np.where(program.row_lower > -UNBOUNDED, program.row_lower - activity, 0)
    over = np.where(program.row_upper < UNBOUNDED, activity - program.row_upper, 0)
    breach = np.maximum(np.maximum(short, over), 0)
    entry = np.flatnonzero(program.matrix.indices >= first)
    slack = program.matrix.indices[entry]
    values[slack] = np.minimum(breach[np.searchsorted(program.matrix.indptr, entry, side="right") - 1], program.upper[slack])

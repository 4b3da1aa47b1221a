"""G24: few sectors in one cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.columns import Block, Columns
from models.plan_view import Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows
from models.rules.shared_presence import Presence, kinds_of, presence, presence_block

if TYPE_CHECKING:
    from models.candidates import Candidates

_BLOCK = "sector"


def _present(offered: Candidates, parameters: Parameters) -> Presence:
    """Return the sectors that may be present in options that could have more than the most."""
    _, sector = kinds_of(offered.arrays.body_sector)
    found = presence(offered, sector)
    sectors = np.bincount(found.option, minlength=offered.option_centre.shape[0])
    return presence(offered, sector, sectors > int(parameters["maximum"]))


def _blocks(columns: Columns, parameters: Parameters) -> tuple[Block, ...]:
    return (presence_block(_BLOCK, _present(columns.candidates, parameters)),)


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    found = _present(columns.candidates, parameters)
    options, row = np.unique(found.option, return_inverse=True)
    each = np.arange(options.shape[0], dtype=np.int64)
    limit = (each, columns.option[options], -int(parameters["maximum"]))
    return rows(options.shape[0], [(row.reshape(-1), columns.block(_BLOCK), 1), limit], upper=0)


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    most = int(parameters["maximum"])
    breaches = []
    for cluster in view.clusters:
        members = view.members.get(cluster.centre, frozenset())
        sectors = sorted({view.arrays.body_sector[member] for member in members} - {""})
        if len(sectors) > most:
            centre = view.centre(cluster.centre)
            text = f"centre {centre} has {len(sectors)} sectors ({', '.join(sectors)}); the most is {most}"
            breaches.append(Breach("sectors", text, len(sectors) - most, centre=centre))
    return breaches


RULE = Rule(
    id="G24",
    name="sectors",
    statement="The members of a cluster come from few sectors; bodies without a stated sector do not count.",
    formula="e[i,j,m] <= sec[a,j,m] for i of sector a; sum_a sec[a,j,m] <= N y[j,m]",
    basis="Southwest One mixed councils and police and split; the default of three is our assumption",
    mark="A",
    soft=True,
    breach_unit="sector too many",
    parameters=(Parameter("maximum", "sectors a cluster", 3, 1, 1000),),
    blocks=_blocks,
    rows=_rows,
    check=_check,
)

"""G26: bodies under different law do not share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.cliques import clique_cover
from models.columns import Block, Columns
from models.plan_view import Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows, stack
from models.rules.shared_presence import UNSTATED, Presence, kinds_of, presence, presence_block
from models.schema import Form, list_items

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.candidates import Candidates

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_BLOCK = "nation"


def together(text: str) -> tuple[frozenset[str], ...]:
    """Return the groups of nations that may share, from text such as ``England+Wales; Scotland+Northern Ireland``."""
    return tuple(frozenset(name.strip() for name in group.split("+") if name.strip()) for group in list_items(text))


def _apart(nations: tuple[str, ...], parameters: Parameters) -> Flags:
    """Return which nations may not share, (nations, nations)."""
    apart = ~np.eye(len(nations), dtype=np.bool_)
    for group in together(parameters["together"]):
        at = [position for position, nation in enumerate(nations) if nation in group]
        apart[np.ix_(at, at)] = False
    return apart


def _bodies_apart(nation: Whole, other: Whole, apart: Flags) -> Flags:
    """Return ``apart`` for aligned or broadcast nations of bodies; a nation not stated is apart from none."""
    stated = (nation != UNSTATED) & (other != UNSTATED)
    if not apart.size:
        return np.zeros(stated.shape, dtype=np.bool_)
    return np.asarray(stated & apart[nation, other], dtype=np.bool_)


def _kept_apart(arrays: InstanceArrays, bodies: Whole, others: Whole, parameters: Parameters) -> Flags:
    nations, nation = kinds_of(arrays.body_nation)
    return _bodies_apart(nation[bodies][:, None], nation[others][None, :], _apart(nations, parameters))


def _under_the_law_of_its_host(arrays: InstanceArrays, unit: Whole, centre: Whole, model: Whole, parameters: Parameters) -> Flags:
    """Tell where the host of a unitary cluster, always a member, may share with the body; elsewhere rows decide."""
    nations, nation = kinds_of(arrays.body_nation)
    unitary = np.array([form is Form.UNITARY for form in arrays.model_form], dtype=np.bool_)[model]
    host = arrays.centre_host[centre]
    host_nation = np.where(unitary & (host >= 0), nation[host], UNSTATED)
    return ~_bodies_apart(nation[arrays.unit_body[unit]], host_nation, _apart(nations, parameters))


def _present(offered: Candidates, parameters: Parameters) -> tuple[Presence, Flags]:
    """Return the nations that may be present in options where two of them are apart, and which nations are."""
    nations, nation = kinds_of(offered.arrays.body_nation)
    apart = _apart(nations, parameters)
    found = presence(offered, nation)
    possible = np.zeros((offered.option_centre.shape[0], len(nations)), dtype=np.bool_)
    possible[found.option, found.kind] = True
    mixed = np.asarray(((possible @ apart) & possible).any(axis=1), dtype=np.bool_)
    return presence(offered, nation, mixed), apart


def _blocks(columns: Columns, parameters: Parameters) -> tuple[Block, ...]:
    found, _ = _present(columns.candidates, parameters)
    return (presence_block(_BLOCK, found),)


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    """One row for each option and each clique of nations that are all apart."""
    found, apart = _present(columns.candidates, parameters)
    options, row = np.unique(found.option, return_inverse=True)
    each = np.arange(options.shape[0], dtype=np.int64)
    blocks = []
    for clique in clique_cover(apart):
        some = np.isin(found.kind, clique)
        present = (row.reshape(-1)[some], columns.block(_BLOCK)[some], 1)
        blocks.append(rows(options.shape[0], [present, (each, columns.option[options], -1)], upper=0))
    return stack(blocks)


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    nations, nation = kinds_of(view.arrays.body_nation)
    apart = _apart(nations, parameters)
    breaches = []
    for centre, members in sorted(view.members.items()):
        found = sorted({int(nation[member]) for member in members} - {UNSTATED})
        for first, second in np.argwhere(np.triu(apart[np.ix_(found, found)])):
            text = f"centre {view.centre(centre)} has members from {nations[found[first]]} and {nations[found[second]]}, which do not share"
            breaches.append(Breach("jurisdiction", text, 1, centre=view.centre(centre)))
    return breaches


RULE = Rule(
    id="G26",
    name="jurisdiction",
    statement=(
        "Bodies of different nations do not use the same centre, unless their nations are listed together, as in England+Wales; "
        "a body without a stated nation goes with all."
    ),
    formula="e[i,j,m] <= nat[a,j,m] for i of nation a; sum_{a in C} nat[a,j,m] <= y[j,m] for cliques C of nations apart",
    basis="nations have different law on local government, procurement and employment; which of them can work together is our assumption, none by default",
    mark="A",
    parameters=(Parameter("together", "nations that may share, joined by + and listed with ;", "", text=True, refers="bodies.nation"),),
    blocks=_blocks,
    rows=_rows,
    check=_check,
    served_test=_under_the_law_of_its_host,
    keeps_apart=_kept_apart,
)

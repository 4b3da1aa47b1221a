"""G23: bodies in one cluster are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.columns import Block, Columns
from models.plan_view import Breach, PlanView
from models.rules.base import Parameter, Parameters, Rows, Rule, rows, stack
from models.rules.shared_conflicts import cliques_by_centre, user_blocks, user_rows
from models.schema import FORMS_WITH_LEAD, Form
from models.similarity import PARTS, SAME, UNKNOWN, Weights, likeness, traits, weights_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.similarity import Traits

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_MEMBERS, _LEAD = "members", "lead"


def _unlike(of: Traits, bodies: Whole, others: Whole, parameters: Parameters) -> Flags:
    """Return which are known to be less alike than the minimum, (bodies, others); no body is unlike itself."""
    whole = likeness(of, bodies, others, weights_in(parameters)).whole
    least = round(SAME * float(parameters["minimum"]))
    return np.asarray((whole != UNKNOWN) & (whole < least) & (bodies[:, None] != others[None, :]), dtype=np.bool_)


def _kept_apart(arrays: InstanceArrays, bodies: Whole, others: Whole, parameters: Parameters) -> Flags:
    if parameters["to"] == _LEAD:
        return np.zeros((bodies.shape[0], others.shape[0]), dtype=np.bool_)
    return _unlike(traits(arrays), bodies, others, parameters)


def _like_its_host(arrays: InstanceArrays, unit: Whole, centre: Whole, model: Whole, parameters: Parameters) -> Flags:
    """Tell where a unitary cluster's host, which leads it, is like the body; elsewhere rows decide."""
    host = arrays.centre_host[centre]
    unitary = np.array([form is Form.UNITARY for form in arrays.model_form], dtype=np.bool_)[model]
    like = np.ones(unit.shape, dtype=np.bool_)
    led = np.flatnonzero(unitary & (host >= 0))
    if parameters["to"] == _LEAD and led.size:
        of = traits(arrays)
        # Host by host, so that 40,000 bodies by 1,500 hosts never stand in memory at once.
        for lead in np.unique(host[led]):
            some = led[host[led] == lead]
            bodies, at = np.unique(arrays.unit_body[unit[some]], return_inverse=True)
            like[some] = ~_unlike(of, bodies, np.array([lead]), parameters)[at.reshape(-1), 0]
    return like


def _conflicts(of: Traits, parameters: Parameters) -> Callable[[Whole], Flags]:
    return lambda bodies: _unlike(of, bodies, bodies, parameters)


def _blocks(columns: Columns, parameters: Parameters) -> tuple[Block, ...]:
    if parameters["to"] == _LEAD:
        return ()
    offered = columns.candidates
    return user_blocks(offered, _conflicts(traits(offered.arrays), parameters))


def _rows(columns: Columns, parameters: Parameters) -> Rows:
    offered = columns.candidates
    of = traits(offered.arrays)
    if parameters["to"] == _LEAD:
        return _lead_rows(columns, of, parameters)
    every = np.arange(len(offered.arrays.bodies), dtype=np.int64)
    conflicts = _conflicts(of, parameters)
    return user_rows(columns, conflicts, cliques_by_centre(offered, every, conflicts))


def _lead_rows(columns: Columns, of: Traits, parameters: Parameters) -> Rows:
    """One row for each member with an unlike possible lead; as an option has one lead, either the leads unlike it or the others make the row."""
    offered = columns.candidates
    lead_option = offered.member_option[offered.lead_member]
    blocks = []
    for option in np.unique(lead_option):
        members, leads = np.flatnonzero(offered.member_option == option), np.flatnonzero(lead_option == option)
        lead_body = offered.member_body[offered.lead_member[leads]]
        unlike = _unlike(of, offered.member_body[members], lead_body, parameters)
        few = unlike.sum(axis=1) * 2 <= leads.shape[0]
        kept = unlike.any(axis=1) & few
        row, lead = np.nonzero(unlike[kept])
        each = np.arange(int(kept.sum()), dtype=np.int64)
        is_open = np.full(each.shape, columns.option[option])
        blocks.append(rows(each.shape[0], [(each, columns.member[members[kept]], 1), (row, columns.lead[leads[lead]], 1), (each, is_open, -1)], upper=0))
        row, lead = np.nonzero(~unlike[~few])
        each = np.arange(int((~few).sum()), dtype=np.int64)
        blocks.append(rows(each.shape[0], [(each, columns.member[members[~few]], 1), (row, columns.lead[leads[lead]], -1)], upper=0))
    return stack(blocks)


def _check(view: PlanView, parameters: Parameters) -> list[Breach]:
    of = traits(view.arrays)
    if parameters["to"] == _LEAD:
        return _unlike_lead(view, of, parameters)
    breaches = []
    for centre, members in sorted(view.members.items()):
        bodies = np.array(sorted(members), dtype=np.int64)
        for first, second in np.argwhere(np.triu(_unlike(of, bodies, bodies, parameters))):
            names = view.body(int(bodies[first])), view.body(int(bodies[second]))
            text = f"{names[0]} and {names[1]} are too unlike to share, yet both use {view.centre(centre)}"
            breaches.append(Breach("similar-aims", text, 1, names[0], view.centre(centre)))
    return breaches


def _unlike_lead(view: PlanView, of: Traits, parameters: Parameters) -> list[Breach]:
    breaches = []
    for cluster in view.clusters:
        if cluster.lead is None or view.arrays.model_form[cluster.model] not in FORMS_WITH_LEAD:
            continue
        bodies = np.array(sorted(view.members.get(cluster.centre, frozenset())), dtype=np.int64)
        for at in np.flatnonzero(_unlike(of, bodies, np.array([cluster.lead], dtype=np.int64), parameters)[:, 0]):
            body, centre = view.body(int(bodies[at])), view.centre(cluster.centre)
            breaches.append(Breach("similar-aims", f"{body} is too unlike {view.body(cluster.lead)}, which leads {centre}", 1, body, centre))
    return breaches


RULE = Rule(
    id="G23",
    name="similar-aims",
    statement=(
        "No two members of a cluster, or with to = lead no member and its lead, are less alike than a minimum in aims, size, services and systems; "
        "what is not known of a body counts neither way, and a cluster without a lead has none to be unlike."
    ),
    formula=(
        "sum_{i in C} u[i,j] <= o[j] for cliques C of sim[i,k] < g, u[i,j] = sum_m e[i,j,m], o[j] = sum_m y[j,m]; "
        "to lead: e[i,j,m] + sum_{k: sim[i,k] < g} lead[k,j,m] <= y[j,m]"
    ),
    basis="partners who want different things fall out; the measure, its weights and the default minimum of 0.25 are our assumption",
    mark="A",
    parameters=(
        Parameter("minimum", "likeness, 0 nothing alike to 1 the same", 0.25, 0.0, 1.0, whole=False),
        Parameter("to", "whom each member is compared with", _MEMBERS, text=True, choices=(_MEMBERS, _LEAD)),
        *(Parameter(part, f"weight of {part}", getattr(Weights(), part), 0, 1000) for part in PARTS),
    ),
    blocks=_blocks,
    rows=_rows,
    check=_check,
    served_test=_like_its_host,
    keeps_apart=_kept_apart,
)

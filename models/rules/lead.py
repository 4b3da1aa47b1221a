"""G7: the lead is a member and has power to supply every member."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.columns import Block, Columns
from models.findings import Finding, Severity
from models.plan_view import Breach, PlanView
from models.positions import texts, within
from models.rules.base import Parameters, Rows, Rule, rows, stack
from models.rules.shared_lead_types import lead_type_blocks, out_of_reach_rows
from models.schema import FORMS_WITH_LEAD, Form, list_items

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from models.cells import ParsedTable
    from models.instance import Instance


def _blocks(columns: Columns, _parameters: Parameters) -> tuple[Block, ...]:
    return lead_type_blocks(columns)


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    offered = columns.candidates
    leads = np.arange(offered.lead_member.shape[0], dtype=np.int64)
    member_leads = rows(leads.shape[0], [(leads, columns.lead, 1), (leads, columns.member[offered.lead_member], -1)], upper=0)
    return stack([member_leads, _supplied(columns), _supplies(columns), out_of_reach_rows(columns)])


def _supplied(columns: Columns) -> Rows:
    """One row for each pair whose option has a possible lead without power over the pair's service; elsewhere the row follows from others.

    A body may always lead itself. Of the others, those with power are one entry: the only one of them, or their sum, ``supply``.
    """
    offered = columns.candidates
    lead, group, able = offered.leads_by_group()
    lacking = np.zeros(offered.group_option.shape, dtype=np.bool_)
    lacking[group[~able]] = True
    pairs = np.flatnonzero(lacking[offered.pair_group])
    supplier = np.full(offered.group_option.shape, -1, dtype=np.int64)
    supplier[group[able]] = columns.lead[lead[able]]
    supplier[offered.supply_group] = columns.supply
    itself = _own_lead(columns, pairs)
    each, others = np.arange(pairs.shape[0], dtype=np.int64), supplier[offered.pair_group[pairs]]
    by_others, by_itself = np.flatnonzero(others >= 0), np.flatnonzero(itself >= 0)
    return rows(pairs.shape[0], [(each, columns.pair[pairs], 1), (by_others, others[by_others], -1), (by_itself, itself[by_itself], -1)], upper=0)


def _own_lead(columns: Columns, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """(pairs,) column by which the pair's body leads the option; -1 where it cannot, or has power over the service like any other lead."""
    offered, arrays = columns.candidates, columns.candidates.arrays
    lead_of_member = np.full(offered.member_body.shape, -1, dtype=np.int64)
    lead_of_member[offered.lead_member] = columns.lead
    unit, model = offered.pair_unit[pairs], offered.option_model[offered.pair_option[pairs]]
    able = arrays.may_lead[arrays.body_legal_type[arrays.unit_body[unit]], model, arrays.unit_service[unit]]
    return np.where(able, -1, lead_of_member[offered.pair_member[pairs]])


def _supplies(columns: Columns) -> Rows:
    """Make each ``supply`` the sum of the leads with power over its service."""
    offered = columns.candidates
    lead, group, able = offered.leads_by_group()
    row_of = np.full(offered.group_option.shape, -1, dtype=np.int64)
    row_of[offered.supply_group] = np.arange(offered.supply_group.shape[0])
    summed = np.flatnonzero(able & (row_of[group] >= 0))
    each = row_of[offered.supply_group]
    return rows(each.shape[0], [(each, columns.supply, 1), (row_of[group[summed]], columns.lead[lead[summed]], -1)], lower=0, upper=0)


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    breaches = []
    for cluster in view.clusters:
        form = view.arrays.model_form[cluster.model]
        if form not in FORMS_WITH_LEAD or cluster.lead is None:
            continue
        centre, lead = view.centre(cluster.centre), view.body(cluster.lead)
        if cluster.lead not in view.members.get(cluster.centre, frozenset()):
            breaches.append(Breach("lead", f"{lead} leads {centre} without being a member", body=lead, centre=centre))
        host = int(view.arrays.centre_host[cluster.centre])
        if form is Form.UNITARY and host not in (-1, cluster.lead):
            breaches.append(Breach("lead", f"{lead} leads {centre}, which {view.body(host)} hosts", body=lead, centre=centre))
        power = view.arrays.may_supply[view.arrays.body_legal_type[cluster.lead], cluster.model]
        units = view.units_served_at(cluster.centre)
        bodies, services = view.arrays.unit_body[units], view.arrays.unit_service[units]
        for at in np.flatnonzero((bodies != cluster.lead) & ~power[services, view.arrays.body_legal_type[bodies]]):
            body, supplied = view.body(int(bodies[at])), view.service(int(services[at]))
            breaches.append(Breach("lead", f"{lead} has no power to supply {supplied} to {body}", 1, body, centre, supplied))
    return breaches


def _contradictions(tables: Mapping[str, ParsedTable], _instance: Instance, _parameters: Parameters) -> list[Finding]:
    """Find centres whose every allowed model needs a lead that no body can be, and rows that require a body there all the same."""
    centres, links, models = tables["centres"], tables["links"], tables["commercial_models"].frame
    form = dict(zip(models["commercial_model"], models["form"], strict=True))
    able = _able_to_lead(tables, form)
    types = dict(zip(texts(tables["bodies"].frame["body"]), texts(tables["bodies"].frame["legal_type"]), strict=True))
    required = links.frame.index[links.frame["status"] == "required"]
    found = []
    for position, (centre, host, allowed) in enumerate(centres.frame[["centre", "host_body", "allowed_models"]].itertuples(index=False, name=None)):
        named = list_items(allowed) or list(form)
        if any(form[model] not in FORMS_WITH_LEAD or _led(able[model], form[model], types.get(host)) for model in named):
            continue
        message = f"No body can lead centre {centre!r} under any model it is allowed ({', '.join(named)}), so it is never opened."
        found.append(centres.finding("no-one-can-lead", message, Severity.WARNING, position, column="allowed_models", value=allowed))
        for link in required[links.frame["centre"].loc[required] == centre]:
            message = f"Body {links.frame['body'].loc[link]!r} is required at {centre!r}, which no body can lead (centres row {int(centres.rows[position])})."
            found.append(links.finding("no-one-can-lead", message, position=int(link), column="status", value="required"))
    return found


def _able_to_lead(tables: Mapping[str, ParsedTable], form: Mapping[str, str]) -> dict[str, set[str]]:
    """Return by model the legal types that may be its lead: members at least, in a committee also owners with power to supply something."""
    powers, types = tables["powers"].frame, set(texts(tables["bodies"].frame["legal_type"]))
    able: dict[str, set[str]] = {model: set() for model in form}
    held = powers[within(powers["legal_type"], types)]
    for model in able:
        rows_of_model = held[held["commercial_model"] == model]
        by_type = rows_of_model.groupby("legal_type")[["may_lead", "may_own", "may_use"]].any()
        asked = ["may_use"] if form[model] == Form.UNITARY else ["may_lead", "may_own", "may_use"]
        able[model] = set(by_type.index[by_type[asked].all(axis=1)])
    return able


def _led(able: set[str], form: str, host_type: str | None) -> bool:
    """Tell whether any body can lead: in a unitary cluster at a hosted centre only the host."""
    return host_type in able if form == Form.UNITARY and host_type is not None else bool(able)


RULE = Rule(
    id="G7",
    name="lead",
    statement=(
        "The lead is itself a member (in a unitary cluster at a hosted centre it is the host) and has power to supply every other member's services "
        "to bodies of that member's legal type."
    ),
    formula="lead[i,j,m] <= e[i,j,m]; x[i,s,j,m] <= sum_{k: allow[k,i,s]} lead[k,j,m]; allow[i,i,s] = 1",
    basis="Local Government Act 1972 s.101, s.113; Local Authorities (Goods and Services) Act 1970 s.1",
    mark="V",
    always=True,
    rows=_rows,
    check=_check,
    blocks=_blocks,
    contradictions=_contradictions,
)

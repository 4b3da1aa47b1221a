"""G7: the lead is a member and has power to supply every member."""

from __future__ import annotations

import numpy as np

from models.columns import Block, Columns
from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rows, Rule, rows, stack
from models.rules.shared_lead_types import lead_type_blocks, out_of_reach_rows
from models.schema import FORMS_WITH_LEAD, Form


def _blocks(columns: Columns, _parameters: Parameters) -> tuple[Block, ...]:
    return lead_type_blocks(columns)


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    offered = columns.candidates
    leads = np.arange(offered.lead_member.shape[0], dtype=np.int64)
    member_leads = rows(leads.shape[0], [(leads, columns.lead, 1), (leads, columns.member[offered.lead_member], -1)], upper=0)
    return stack([member_leads, _supplied(columns), out_of_reach_rows(columns)])


def _supplied(columns: Columns) -> Rows:
    """One row for each pair whose option has a possible lead without power over the pair's service; elsewhere the row follows from others."""
    offered, arrays = columns.candidates, columns.candidates.arrays
    lead_option = offered.member_option[offered.lead_member]
    lead_body = offered.member_body[offered.lead_member]
    power = arrays.may_lead[arrays.body_legal_type[lead_body], offered.option_model[lead_option], :]
    lacking = np.zeros((offered.option_centre.shape[0], len(arrays.services)), dtype=np.bool_)
    np.logical_or.at(lacking, lead_option, ~power)
    pairs = np.flatnonzero(lacking[offered.pair_option, arrays.unit_service[offered.pair_unit]])
    leads_by_option: dict[int, list[int]] = {}
    for lead, option in enumerate(lead_option):
        leads_by_option.setdefault(int(option), []).append(lead)
    row, column = [], []
    for at, pair in enumerate(pairs):
        unit = offered.pair_unit[pair]
        for lead in leads_by_option[int(offered.pair_option[pair])]:
            if power[lead, arrays.unit_service[unit]] or lead_body[lead] == arrays.unit_body[unit]:
                row.append(at)
                column.append(columns.lead[lead])
    each = np.arange(pairs.shape[0], dtype=np.int64)
    supplying = (np.array(row, dtype=np.int64), np.array(column, dtype=np.int64), -1)
    return rows(pairs.shape[0], [(each, columns.pair[pairs], 1), supplying], upper=0)


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
        for unit in view.units_at.get(cluster.centre, []):
            body, service = int(view.arrays.unit_body[unit]), int(view.arrays.unit_service[unit])
            if body != cluster.lead and not power[service, view.arrays.body_legal_type[body]]:
                supplied = view.service(service)
                breaches.append(Breach("lead", f"{lead} has no power to supply {supplied} to {view.body(body)}", 1, view.body(body), centre, supplied))
    return breaches


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
)

"""G10: one lead where the form has no staff of its own; none otherwise."""

from __future__ import annotations

import numpy as np

from models.columns import Columns
from models.plan_view import Breach, PlanView
from models.rules.base import Parameters, Rows, Rule, rows, stack
from models.schema import FORMS_WITH_LEAD, Form


def _rows(columns: Columns, _parameters: Parameters) -> Rows:
    offered = columns.candidates
    forms = offered.option_form()
    with_lead = np.flatnonzero([form in FORMS_WITH_LEAD for form in forms]).astype(np.int64)
    row_of = np.full(len(forms), -1, dtype=np.int64)
    row_of[with_lead] = np.arange(with_lead.shape[0])
    lead_option = offered.member_option[offered.lead_member]
    one_lead = rows(
        with_lead.shape[0],
        [(row_of[lead_option], columns.lead, 1), (np.arange(with_lead.shape[0]), columns.option[with_lead], -1)],
        lower=0,
        upper=0,
    )
    committee = np.array([form is Form.JOINT_COMMITTEE for form in forms], dtype=np.bool_)
    leads = np.flatnonzero(committee[lead_option])
    owner_of_member = np.full(offered.member_body.shape[0], -1, dtype=np.int64)
    owner_of_member[offered.owner_member] = np.arange(offered.owner_member.shape[0])
    each = np.arange(leads.shape[0], dtype=np.int64)
    lead_owns = rows(leads.shape[0], [(each, columns.lead[leads], 1), (each, columns.owner[owner_of_member[offered.lead_member[leads]]], -1)], upper=0)
    return stack([one_lead, lead_owns])


def _check(view: PlanView, _parameters: Parameters) -> list[Breach]:
    breaches = []
    for cluster in view.clusters:
        centre = view.centre(cluster.centre)
        form = view.arrays.model_form[cluster.model]
        if form in FORMS_WITH_LEAD and cluster.lead is None:
            breaches.append(Breach("lead-form", f"centre {centre} is {form} and has no lead", centre=centre))
        elif form not in FORMS_WITH_LEAD and cluster.lead is not None:
            breaches.append(Breach("lead-form", f"centre {centre} is {form} and employs in its own name, yet has a lead", centre=centre))
        elif form is Form.JOINT_COMMITTEE and cluster.lead not in cluster.owners:
            breaches.append(Breach("lead-form", f"the lead of committee {centre} is not one of its owners", centre=centre))
        elif form is Form.UNITARY and cluster.owners not in ((), (cluster.lead,)):
            breaches.append(Breach("lead-form", f"unitary centre {centre} has owners beside its lead", len(cluster.owners), centre=centre))
    return breaches


RULE = Rule(
    id="G10",
    name="lead-form",
    statement="A unitary cluster or joint committee has exactly one lead, in a committee one of the owners; a company or provider has none.",
    formula="sum_i lead[i,j,m] = y[j,m] for unitary and committee; lead[i,j,m] <= own[i,j,m] for committee",
    basis="a committee has no legal personality and cannot employ (Local Government Act 1972 s.102); a company employs in its own name",
    mark="V",
    always=True,
    rows=_rows,
    check=_check,
    definition=True,
)

"""Who may supply whom: the rows of rule ``lead`` against the sentence they stand for, and the sums they share."""

from dataclasses import replace

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from instances.generate import Recipe, generate
from models.candidates import build_candidates
from models.columns import Columns
from models.formulation import formulate_candidates
from models.plan import Cluster, Plan
from models.program import UNBOUNDED
from models.rules import ActiveRule, registry

RECIPE = Recipe(bodies=6, centres=2, services=3, models=("unitary", "joint-committee"), seed=3)
INSTANCE = generate(RECIPE).replace(centres=generate(RECIPE).table("centres").assign(host_body=""))
OFFERED = build_candidates(INSTANCE)
LEAD = registry()["lead"]
untimed = settings(deadline=None)


@st.composite
def candidates(draw):
    """Return candidates whose bodies have any powers, and any of whose members may lead."""
    shape = OFFERED.arrays.may_lead.shape
    may_lead = np.array(draw(st.lists(st.booleans(), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))).reshape(shape)
    leads = draw(st.sets(st.integers(0, OFFERED.member_body.shape[0] - 1)))
    lead_member = np.array(sorted(leads), dtype=np.int64)
    may_supply = np.broadcast_to(may_lead[..., None], (*shape, shape[0]))
    arrays = replace(OFFERED.arrays, may_lead=may_lead, may_supply=may_supply)
    return replace(OFFERED, arrays=arrays, lead_member=lead_member, lead_cost=np.zeros(lead_member.shape, dtype=np.int64))


def suppliers(offered, pair):
    """Return the columns of the leads that may supply a pair: those with power over its service, and its own body."""
    arrays, unit, option = offered.arrays, offered.pair_unit[pair], offered.pair_option[pair]
    found = set()
    for lead, member in enumerate(offered.lead_member):
        body = offered.member_body[member]
        power = arrays.may_lead[arrays.body_legal_type[body], offered.option_model[option], arrays.unit_service[unit]]
        if offered.member_option[member] == option and (power or body == arrays.unit_body[unit]):
            found.add(int(Columns(offered).lead[lead]))
    return found


def plain(block):
    found = [{} for _ in range(block.count)]
    for row, column, value in zip(block.row.tolist(), block.column.tolist(), block.value.tolist(), strict=True):
        found[row][column] = value
    return found


@untimed
@given(candidates())
def test_a_pair_is_served_only_under_a_lead_that_may_supply_it(offered):
    columns = Columns(offered)
    block = LEAD.rows(columns, {})
    written = plain(block)
    leads, sums = offered.lead_member.shape[0], columns.supply.shape[0]
    assert written[:leads] == [{int(columns.lead[k]): 1, int(columns.member[member]): -1} for k, member in enumerate(offered.lead_member)]
    defined = {}
    for row, supply in zip(written[block.count - sums :], columns.supply.tolist(), strict=True):
        assert row.pop(supply) == 1
        assert set(row.values()) == {-1}
        defined[supply] = set(row)
    of_pair = {}
    for row in written[leads : block.count - sums]:
        (pair,) = (column for column, value in row.items() if value == 1)
        named = [defined.get(column, {column}) for column in row if column != pair]
        of_pair[pair] = set().union(*named)
        # Adding up to the union means that putting the sums back gives each lead once: nothing is weaker for sharing them.
        assert sum(map(len, named)) == len(of_pair[pair])
    for pair, column in enumerate(columns.pair.tolist()):
        option = offered.pair_option[pair]
        every = {int(columns.lead[k]) for k, member in enumerate(offered.lead_member) if offered.member_option[member] == option}
        may = suppliers(offered, pair)
        # A row left out follows: the leads of an option add up to y, and x <= e <= y.
        assert of_pair[column] == may if column in of_pair else may == every
    assert block.lower.tolist() == [-UNBOUNDED] * (block.count - sums) + [0] * sums
    assert not block.upper.any()


@untimed
@given(candidates(), st.integers(0, 10**6))
def test_a_plan_sets_each_shared_sum(offered, choice):
    assume(offered.lead_member.size)
    columns, arrays = Columns(offered), offered.arrays
    member = offered.lead_member[choice % offered.lead_member.shape[0]]
    option, body = offered.member_option[member], offered.member_body[member]
    model = offered.option_model[option]
    lead = arrays.bodies[body]
    cluster = Cluster(arrays.centres[offered.option_centre[option]], arrays.commercial_models[model], lead, (lead,), {})
    values = formulate_candidates(offered, [ActiveRule(LEAD, {})]).values(Plan((cluster,), ()))
    expected = [
        offered.group_option[group] == option and arrays.may_lead[arrays.body_legal_type[body], model, offered.group_service[group]]
        for group in offered.supply_group
    ]
    assert values[columns.supply].tolist() == expected


def test_many_bodies_and_leads_share_sums_instead_of_multiplying():
    instance = generate(replace(RECIPE, bodies=60))
    offered = build_candidates(instance.replace(centres=instance.table("centres").assign(host_body="")))
    pairs, leads, services = offered.pair_unit.shape[0], offered.lead_member.shape[0], len(offered.arrays.services)
    multiplied = sum(len(suppliers(offered, pair)) for pair in range(pairs) if offered.pair_group[pair] in offered.supply_group)
    assert multiplied > 10 * pairs
    assert LEAD.rows(Columns(offered), {}).value.shape[0] <= 3 * pairs + (2 + services) * leads

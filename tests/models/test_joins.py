"""Joins by sorted keys do what a loop over every row does."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from instances.generate import Recipe, generate
from models.candidates import build_candidates
from models.columns import Columns
from models.geography import great_circle_km
from models.joins import find, join, ranges
from models.links import Links
from models.positions import ANY
from models.program import UNBOUNDED
from models.rules import registry

BODIES, CENTRES, SERVICES = 5, 3, 2
OFFERED = build_candidates(generate(Recipe(bodies=BODIES, centres=CENTRES, services=SERVICES, models=("unitary", "joint-company"))))
KEYS = st.lists(st.integers(-3, 6), max_size=8)
untimed = settings(deadline=None)


@untimed
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=6))
def test_ranges_list_every_position_in_turn(spans):
    first, size = (np.array([span[k] for span in spans], dtype=np.int64) for k in (0, 1))
    which, position = ranges(first, first + size)
    assert list(zip(which.tolist(), position.tolist(), strict=True)) == [(k, at) for k, (start, n) in enumerate(spans) for at in range(start, start + n)]


@untimed
@given(KEYS, KEYS)
def test_a_join_finds_every_two_that_are_equal(wanted, keys):
    which, at = join(np.array(wanted, dtype=np.int64), np.array(keys, dtype=np.int64))
    found = [(i, j) for i, one in enumerate(wanted) for j, other in enumerate(keys) if one == other]
    assert list(zip(which.tolist(), at.tolist(), strict=True)) == found


@untimed
@given(KEYS, st.sets(st.integers(-3, 6)))
def test_find_tells_where_each_key_stands(wanted, keys):
    in_order = sorted(keys)
    which, at = find(np.array(wanted, dtype=np.int64), np.array(in_order, dtype=np.int64))
    assert list(zip(which.tolist(), at.tolist(), strict=True)) == [(i, in_order.index(one)) for i, one in enumerate(wanted) if one in keys]


@st.composite
def links(draw):
    key = st.tuples(st.integers(0, BODIES - 1), st.integers(ANY, CENTRES - 1), st.integers(ANY, SERVICES - 1))
    keys = draw(st.lists(key, unique=True, max_size=12))
    each = [draw(st.tuples(st.sampled_from(["", "forbidden", "required"]), st.sampled_from([np.nan, 5.0, 70.0]), *[st.integers(-3, 3)] * 2)) for _ in keys]
    body, centre, service = (np.array([one[k] for one in keys], dtype=np.int64) for k in range(3))
    status, distance, annual, one_off = ([one[k] for one in each] for k in range(4))
    return Links(body, centre, service, tuple(status), np.array(distance, dtype=np.float64), *(np.array(cost, dtype=np.int64) for cost in (annual, one_off)))


def with_links(some):
    return replace(OFFERED, arrays=replace(OFFERED.arrays, links=some))


def every_place():
    """Return aligned (body, centre, service) of every place there is, out of order, some of them twice."""
    places = [(b, c, s) for b in range(BODIES) for c in range(CENTRES) for s in range(SERVICES)]
    return (np.array(part, dtype=np.int64) for part in zip(*places[::-1], *places[::3], strict=True))


def covering(some, body, centre, service):
    """Yield every link that covers a place; with ``service`` None, only links for every service."""
    for link in range(len(some.status)):
        if some.body[link] == body and some.centre[link] in (ANY, centre) and some.service[link] in (ANY, service):
            yield link


@untimed
@given(links(), st.booleans())
def test_link_costs_add_up_over_the_links_that_cover_a_place(some, whole):
    body, centre, service = every_place()
    annual, one_off = with_links(some).arrays.link_costs(body, centre, None if whole else service)
    for at in range(body.shape[0]):
        found = [link for link in covering(some, body[at], centre[at], None if whole else service[at]) if (some.service[link] == ANY) == whole]
        assert annual[at] == sum(some.extra_annual_cost[link] for link in found)
        assert one_off[at] == sum(some.extra_one_off_cost[link] for link in found)


@untimed
@given(links(), st.booleans())
def test_the_most_particular_link_states_the_distance(some, whole):
    arrays = with_links(some).arrays
    body, centre, service = every_place()
    distance = arrays.distance_km(body, centre, None if whole else service)
    straight = great_circle_km(arrays.body_latitude[body], arrays.body_longitude[body], arrays.centre_latitude[centre], arrays.centre_longitude[centre])
    for at in range(body.shape[0]):
        stated = [link for link in covering(some, body[at], centre[at], None if whole else service[at]) if not np.isnan(some.distance_km[link])]
        best = max(stated, key=lambda link: (some.service[link] != ANY, some.centre[link] != ANY), default=None)
        assert distance[at] == (straight[at] if best is None else some.distance_km[best])


def plain(block):
    """Return each row as ({column: value}, lower, upper)."""
    found = [({}, int(lower), int(upper)) for lower, upper in zip(block.lower, block.upper, strict=True)]
    for row, column, value in zip(block.row.tolist(), block.column.tolist(), block.value.tolist(), strict=True):
        found[row][0][column] = value
    return found


def member_columns(columns, body, *, centre=None, option=None):
    offered = columns.candidates
    return [
        int(columns.member[member])
        for member in range(offered.member_body.shape[0])
        if offered.member_body[member] == body
        and (centre is None or offered.option_centre[offered.member_option[member]] == centre)
        and (option is None or offered.member_option[member] == option)
    ]


@untimed
@given(links())
def test_willingness_refuses_and_requires_as_the_links_say(some):
    offered = with_links(some)
    columns, arrays, rule = Columns(offered), offered.arrays, registry()["willingness"]
    option = offered.pair_option
    allowed = rule.served_test(arrays, offered.pair_unit, offered.option_centre[option], offered.option_model[option], {})
    expected = []
    for link in [link for link, status in enumerate(some.status) if status == "required"]:
        if some.service[link] == ANY:
            centre = None if some.centre[link] == ANY else some.centre[link]
            expected.append((dict.fromkeys(member_columns(columns, some.body[link], centre=centre), 1), 1, UNBOUNDED))
            continue
        expected.append(({}, 1, UNBOUNDED))
    required = [link for link, status in enumerate(some.status) if status == "required"]
    for pair, unit in enumerate(offered.pair_unit):
        found = list(covering(some, arrays.unit_body[unit], offered.option_centre[option[pair]], arrays.unit_service[unit]))
        assert allowed[pair] == all(some.status[link] != "forbidden" for link in found)
        for link in found:
            if some.status[link] == "required" and some.service[link] != ANY:
                expected[required.index(link)][0][int(columns.pair[pair])] = 1
    assert plain(rule.rows(columns, {})) == expected


@st.composite
def pairs(draw):
    two = draw(st.lists(st.lists(st.integers(0, BODIES - 1), min_size=2, max_size=2, unique=True), max_size=6))
    return [(a, b, draw(st.sampled_from(["must-share", "must-not-share", "together-or-alone"]))) for a, b in two]


@st.composite
def members(draw):
    """Return which members there are: bodies need not all be offered the same options."""
    return np.array(sorted(draw(st.sets(st.integers(0, OFFERED.member_body.shape[0] - 1), min_size=1))), dtype=np.int64)


def kept_apart(columns, rows_found):
    """Return which two members no row lets stand together, of different bodies; each row keeps any two of its bodies apart, at most one being 1."""
    body = dict(zip(columns.member.tolist(), columns.candidates.member_body.tolist(), strict=True))
    found = set()
    for terms, _, upper in rows_found:
        assert upper == 0
        users = [column for column, value in terms.items() if value == 1]
        assert {value for column, value in terms.items() if column not in users} == {-1}
        found |= {frozenset((one, other)) for one in users for other in users if body[one] != body[other]}
    return found


@untimed
@given(pairs(), members())
def test_pairs_share_or_stay_apart_option_by_option(related, kept):
    part = [np.array([one[k] for one in related], dtype=np.int64) for k in (0, 1)]
    arrays = replace(OFFERED.arrays, pair_a=part[0], pair_b=part[1], pair_relation=tuple(relation for *_, relation in related))
    names = ("member_body", "member_option", "member_cost")
    nobody = dict.fromkeys(("owner_member", "owner_cost", "lead_member", "lead_cost"), np.zeros(0, dtype=np.int64))
    columns = Columns(replace(OFFERED, arrays=arrays, **nobody, **{name: getattr(OFFERED, name)[kept] for name in names}))
    apart, same, somewhere = set(), [], []
    for a, b, relation in related:
        if relation == "must-not-share":
            for centre in range(CENTRES):
                apart |= {frozenset((one, other)) for one in member_columns(columns, a, centre=centre) for other in member_columns(columns, b, centre=centre)}
            continue
        for option in range(OFFERED.option_centre.shape[0]):
            both = dict.fromkeys(member_columns(columns, a, option=option), 1) | dict.fromkeys(member_columns(columns, b, option=option), -1)
            same += [(both, 0, 0)] if both else []
        if relation == "must-share":
            somewhere.append((dict.fromkeys(member_columns(columns, a), 1), 1, UNBOUNDED))
    assert kept_apart(columns, plain(registry()["must-not-share"].rows(columns, {}))) == apart
    assert plain(registry()["must-share"].rows(columns, {})) == same + somewhere


@untimed
@given(links(), st.integers(1, CENTRES), st.sets(st.integers(0, BODIES * CENTRES - 1), min_size=1))
def test_near_are_the_nearest_the_own_and_the_required_centres(some, count, asked):
    arrays = with_links(some).arrays
    body, centre = (part.astype(np.int64) for part in np.divmod(np.array(sorted(asked)), CENTRES))
    near = registry()["nearest-centres"].body_centre_test(arrays, body, centre, {"count": count})
    for at in range(body.shape[0]):
        i, j = int(body[at]), int(centre[at])
        distance = great_circle_km(arrays.body_latitude[i], arrays.body_longitude[i], arrays.centre_latitude, arrays.centre_longitude)
        nearest = sorted(range(CENTRES), key=lambda one: (round(float(distance[one]), 6), one))[:count]
        required = any(some.status[k] == "required" and (some.body[k], some.centre[k]) == (i, j) for k in range(len(some.status)))
        assert near[at] == (j in nearest or arrays.centre_host[j] == i or required)

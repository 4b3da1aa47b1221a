"""Lines of cost kept as columns read as if they stood one by one."""

import numpy as np
import pytest

from instances import path
from models.arrays import instance_arrays
from models.cost_lines import COMPONENT_NAMES, cost_lines, joined, lines_one_by_one
from models.plan_view import CostLine
from models.tables import read_instance

ARRAYS = instance_arrays(read_instance(path("tiny")))


@pytest.fixture
def lines():
    return lines_one_by_one(ARRAYS, stated())


def stated():
    """Return lines by ids that the instance has."""
    body, other = ARRAYS.bodies[:2]
    service, centre, model = ARRAYS.services[0], ARRAYS.centres[0], ARRAYS.commercial_models[0]
    return [
        CostLine("service_charge", 12.5, 40, body, service, centre, model),
        CostLine("governance", 3.0, 9, "", "", centre, model),
        CostLine("penalty", 1.0, 1),
        CostLine("joining", -2.0, -2, other, "", centre, model),
    ]


def test_what_is_stated_one_by_one_is_read_back(lines):
    assert list(lines) == stated()
    assert [lines[at] for at in range(len(lines))] == stated()
    assert lines[-1] == stated()[-1]
    assert list(lines[1:3]) == stated()[1:3]
    assert list(lines.rows(np.array([True, False, False, True]))) == [stated()[0], stated()[3]]
    with pytest.raises(IndexError):
        lines[len(lines)]


def test_lines_are_equal_when_each_is(lines):
    assert lines == lines_one_by_one(ARRAYS, stated())
    assert lines != lines_one_by_one(ARRAYS, reversed(stated()))
    assert lines != lines[:-1]


def test_parts_are_joined_in_turn_and_what_costs_nought_is_left_out():
    some = cost_lines(ARRAYS, "joining", np.array([1.0, 0.2, 5.0]), np.array([2, 0, 7]), body=np.array([0, 1, 1]), centre=0)
    body, centre = ARRAYS.bodies, ARRAYS.centres[0]
    expected = [CostLine("joining", 1.0, 2, body[0], "", centre), CostLine("joining", 5.0, 7, body[1], "", centre)]
    assert list(some) == expected
    assert list(joined([some, lines_one_by_one(ARRAYS, stated()), some[:0]])) == [*expected, *stated()]


def test_components_are_known_by_name(lines):
    assert {name: int(lines.of_component(name).sum()) for name in COMPONENT_NAMES if lines.of_component(name).any()} == {
        "service_charge": 1,
        "governance": 1,
        "penalty": 1,
        "joining": 1,
    }


def test_an_id_that_the_instance_lacks_is_refused():
    with pytest.raises(KeyError):
        lines_one_by_one(ARRAYS, [CostLine("joining", 1.0, 1, "nobody known")])

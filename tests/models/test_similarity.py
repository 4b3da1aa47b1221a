"""How alike two bodies are: hand-worked figures, what is not known, and properties."""

import numpy as np
import pandas as pd
import pytest

from models.arrays import instance_arrays
from models.similarity import PARTS, SAME, UNKNOWN, Weights, likeness, traits
from tests.rule_cases import paper
from tests.rule_instances import rule_instance


def compared(instance, weights=None):
    arrays = instance_arrays(instance)
    every = np.arange(len(arrays.bodies))
    return likeness(traits(arrays), every, every, weights or Weights())


def test_hand_worked():
    """Ash (10 units) and birch (20): one aim of three, half the size, the same service, one system of two."""
    found = compared(paper(bodies={"aims": ["care; growth", "growth; green", ""], "systems": ["sap", "sap; oracle", ""]}))
    assert [int(getattr(found, part)[0, 1]) for part in PARTS] == [333, 500, 1000, 500]
    assert found.whole[0, 1] == round((40 * 333 + 20 * 500 + 20 * 1000 + 20 * 500) / 100)


def test_what_is_not_known_of_either_is_left_out():
    """Of cedar (30 units) neither aims nor systems are known: size 667 and services 1000 make up the whole."""
    found = compared(paper(bodies={"aims": ["care", "care", ""], "systems": ["sap", "", "sap"]}))
    assert found.aims[1, 2] == found.systems[1, 2] == UNKNOWN
    assert found.size[1, 2] == 667
    assert found.whole[1, 2] == round((20 * 667 + 20 * 1000) / 40)


def test_nothing_known_is_unknown_and_not_unlike():
    aims_only = Weights(aims=1, size=0, services=0, systems=0)
    found = compared(paper(bodies={"aims": ["care", "growth", ""]}), aims_only)
    assert (found.whole[0, 1], found.whole[0, 2]) == (0, UNKNOWN)


def test_a_body_that_runs_nothing_has_neither_size_nor_services():
    instance = paper()
    found = compared(instance.replace(baseline=instance.table("baseline").iloc[:2]))
    assert found.size[0, 2] == found.services[0, 2] == found.whole[0, 2] == UNKNOWN


def test_halves_round_up():
    """1/16 is 62.5 thousandths."""
    assert compared(paper(baseline={"volume": [1, 16, 30]})).size[0, 1] == 63


def test_large_workloads_do_not_overflow():
    services = pd.DataFrame({"service": ["payroll"], "workload_per_unit": [8.0]})
    found = compared(paper(baseline={"volume": [5 * 10**14, 10**15, 10]}, services=services))
    assert (found.size[0, 1], found.size[0, 2]) == (500, 0)


@pytest.mark.parametrize("seed", range(20))
def test_symmetric_within_range_and_same_as_itself(seed):
    found = compared(rule_instance(seed, bodies=6, services=3))
    for part in (*PARTS, "whole"):
        value = getattr(found, part)
        assert (value == value.T).all()
        assert ((value == UNKNOWN) | ((value >= 0) & (value <= SAME))).all()
        assert (np.isin(value.diagonal(), [UNKNOWN, SAME])).all()


@pytest.mark.parametrize("seed", range(5))
def test_some_rows_are_those_of_the_whole(seed):
    arrays = instance_arrays(rule_instance(seed, bodies=6, services=2))
    every, some, others = np.arange(6), np.array([4, 1]), np.array([0, 5, 1])
    whole, part = (likeness(traits(arrays), *asked, Weights()).whole for asked in ((every, every), (some, others)))
    assert (part == whole[np.ix_(some, others)]).all()

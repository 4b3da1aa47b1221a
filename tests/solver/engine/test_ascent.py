"""What the ascent tells of options belongs to its best prices."""

import math

import numpy as np
import pytest

pytest.importorskip("numba")

from instances.generate import Recipe, generate
from models.formulation import eligible
from models.rules import active_rules
from solver.construction.building import prepare
from solver.engine.ascent import Ascent
from solver.engine.relaxation import relax

pytestmark = pytest.mark.timeout(900)


def test_a_look_that_gains_nothing_changes_no_option():
    instance = generate(Recipe(bodies=40, centres=8, services=2, seed=3))
    active = active_rules(instance)
    ascent = Ascent(relax(prepare(eligible(instance, active), active).layout, active))
    gained = []
    for look in range(1, 61):
        bound, worth = ascent.found.bound, ascent.worth.copy()
        ascent.climb(math.inf, lambda: False, look)
        gained.append(ascent.found.bound > bound)
        assert gained[-1] or np.array_equal(ascent.worth, worth)
    assert any(gained)
    assert not all(gained)

"""Bodies exchanged for others at full centres: a case worked by hand, and running figures that stay true."""

import numpy as np
import pytest

pytest.importorskip("numba")

from instances.generate import Recipe, generate
from models.formulation import eligible
from models.rules import active_rules
from solver.construction.building import prepare
from solver.engine.moves.ground import BAND, BODY, MEMBER, NEAR, NO_LIMIT, OPTION, UNIT, Ground, Prices, ground_of
from solver.engine.moves.improving import Cooling, Mover
from solver.engine.moves.state import ALONE

# Compiling moves for the first time takes a minute, and more on a busy machine.
pytestmark = pytest.mark.timeout(900)

_JOINING = 95


def records(kind, **columns):
    made = np.zeros(len(next(iter(columns.values()))), kind)
    for name, column in columns.items():
        made[name] = column
    return made


def two_centres(*, room: int) -> Ground:
    """Return three bodies with two services each, 100 each alone, and two centres: one with room for 2, for the first two, and one for the last two.

    Serving costs 10, for the second body at the second centre 15; joining costs nearly as much as one service alone.
    """
    slots = [(0, 0), (1, 0), (1, 1), (2, 1)]
    member_of = {pair: nth for nth, pair in enumerate(sorted(slots, key=lambda pair: (pair[1], pair[0])))}
    cost = np.array([[[10], [10]], [[10], [10]], [[15], [15]], [[10], [10]]])
    near = sorted(
        (2 * body + service, int(cost[member_of[body, centre], service, 0]), slot) for slot, (body, centre) in enumerate(slots) for service in range(2)
    )
    volumes = np.array([2, 2, 1])
    volume = np.append(np.repeat(volumes, 2), 0)
    return Ground(
        unit=records(
            UNIT,
            alone=[100] * 6 + [0],
            body=[0, 0, 1, 1, 2, 2, 3],
            service=[0, 1] * 3 + [0],
            volume=volume,
            workload=volume,
            first_near=np.searchsorted([unit for unit, _, _ in near], np.arange(7)),
        ),
        near=records(NEAR, slot=[slot for _, _, slot in near], least=[least for _, least, _ in near]),
        unit_of=np.arange(6).reshape(3, 2),
        body=records(BODY, legal_type=[0] * 4, first_slot=[0, 1, 3, 4]),
        slot_centre=np.array([centre for _, centre in slots]),
        slot_member=np.array([[member_of[pair]] for pair in slots]),
        first_option=np.arange(3),
        option=records(
            OPTION,
            first_member=[0, 2, 4],
            centre=[0, 1, 0],
            offered=[1, 1, 0],
            most_owners=[NO_LIMIT] * 3,
            most_members=[NO_LIMIT] * 3,
        ),
        member=records(MEMBER, body=[0, 1, 1, 2], option=[0, 0, 1, 1], joining=[_JOINING] * 4),
        cost=cost,
        may_own=np.ones((1, 1, 2), dtype=np.bool_),
        supplies=np.ones((1, 1, 2, 1), dtype=np.bool_),
        band=records(BAND, capacity=[2, 2, room, room], cost=[1] * 4).reshape(2, 2, 1),
        price=Prices(NO_LIMIT, *5 * (-1,)),
    )


def test_all_that_a_body_has_goes_where_another_leaves_room():
    # The first body saves 200 - 20 - 95 = 85 where the second leaves for 2 more; one service by itself, 100 - 10 - 95, never pays.
    mover = Mover(two_centres(room=3), 0)
    at_start = np.array([ALONE, ALONE, 0, 0, 1, 1])
    mover.set(at_start)
    assert mover.place.cost == 200 + (20 + 95) + (20 + 95) + 4
    mover.descend(np.zeros(0, dtype=np.int64))
    assert mover.place.cost == 3 * (20 + 95) + 10 + 4
    assert mover.place.at.tolist() == [0, 0, 1, 1, 1, 1]


def test_nobody_is_put_where_there_is_no_room():
    # The second body would have to stay alone, at 200 for the 115 it cost: no more than the first one saves, so nothing moves.
    mover = Mover(two_centres(room=1), 0)
    at_start = np.array([ALONE, ALONE, 0, 0, 1, 1])
    mover.set(at_start)
    mover.descend(np.zeros(0, dtype=np.int64))
    assert mover.place.at.tolist() == at_start.tolist()
    assert mover.place.breaches == 0


@pytest.mark.parametrize("seed", range(6))
def test_running_figures_are_those_of_the_place(seed):
    instance = generate(Recipe(bodies=30, centres=6, services=3, seed=seed))
    active = active_rules(instance)
    ground = ground_of(prepare(eligible(instance, active), active), active)
    options = np.arange(ground.option.shape[0] - 1)
    mover, anew = Mover(ground, seed), Mover(ground, seed)
    mover.open(options)
    mover.anneal(options, Cooling(mover.typical_cost, 1.0, 200_000))
    anew.set(mover.place.at)
    assert (anew.place.cost, anew.place.breaches) == (mover.place.cost, mover.place.breaches)

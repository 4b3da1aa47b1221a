"""The nearest centres are those a look at every distance finds, wherever on the globe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.geography import great_circle_km, nearest_centres

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _by_looking_at_all(places: list[NDArray[np.float64]], count: int) -> NDArray[np.int64]:
    distance = np.round(great_circle_km(places[0][:, None], places[1][:, None], places[2], places[3]), 6)
    return np.argsort(distance, axis=1, kind="stable")[:, :count]


@pytest.mark.parametrize(
    ("south", "north", "west", "east"),
    [(-90, 90, -180, 180), (50, 51, 179.5, 180.5), (89.5, 90, -180, 180), (42, 51, -5, 8)],
    ids=["all over", "at the date line", "at the pole", "one country"],
)
@pytest.mark.parametrize(("bodies", "centres", "count"), [(1, 1, 1), (3, 40, 5), (700, 60, 12), (700, 4, 9)])
def test_nearest_centres_are_those_of_a_look_at_every_distance(south, north, west, east, bodies, centres, count):
    rng = np.random.default_rng(bodies + centres)
    places = [rng.uniform(*limits, size) for size in (bodies, centres) for limits in ((south, north), (west, east))]
    assert np.array_equal(nearest_centres(*places, count), _by_looking_at_all(places, count))


def test_a_body_far_from_all_others_has_its_nearest_too():
    rng = np.random.default_rng(1)
    places = [rng.uniform(*limits, size) for size in (300, 50) for limits in ((42, 51), (-5, 8))]
    places[0][7], places[1][7] = -21.1, 55.5
    assert np.array_equal(nearest_centres(*places, 3), _by_looking_at_all(places, 3))


def test_of_centres_equally_far_the_first_come_first():
    body, centre = np.zeros(200), np.zeros(5)
    assert nearest_centres(body, body, centre, centre, 3).tolist() == [[0, 1, 2]] * 200

"""Where generated bodies stand: towns of Zipf size in a country-size box, grouped into regions and nations around their capitals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SOUTH, NORTH, WEST, EAST = 50.5, 55.0, -4.0, 1.5
"""The box in WGS84 degrees, about 500 km by 370 km."""

KM_PER_DEGREE = 111.2

_FIRST = [
    "Ash",
    "Black",
    "Brad",
    "Brook",
    "Burn",
    "Clay",
    "Cold",
    "Dale",
    "East",
    "Elm",
    "Fair",
    "Fern",
    "Glen",
    "Green",
    "Hal",
    "Hart",
    "Hay",
    "Hazel",
    "Kings",
    "Lang",
    "Lin",
    "Long",
    "Marl",
    "Mel",
    "Mill",
    "New",
    "Nor",
    "Oak",
    "Red",
    "Rock",
    "Sand",
    "Shel",
    "Stan",
    "Stone",
    "Sutter",
    "Thorn",
    "Wal",
    "West",
    "Whit",
    "Wood",
]
_LAST = [
    "borough",
    "bridge",
    "bury",
    "by",
    "combe",
    "dale",
    "den",
    "field",
    "ford",
    "ham",
    "hurst",
    "ley",
    "mere",
    "minster",
    "mouth",
    "port",
    "stead",
    "ton",
    "well",
    "wick",
    "worth",
]


@dataclass(frozen=True)
class Places:
    """Towns and the bodies in them.

    Attributes
    ----------
    town_name
        Names, largest town first; shape (towns,).
    pull
        Weight of each town over the mean weight; shape (towns,).
    town
        Town of each body; shape (bodies,).
    latitude, longitude
        Of each body in WGS84 degrees; shape (bodies,).
    region, nation
        Names, one per body; shape (bodies,).
    """

    town_name: npt.NDArray[np.str_]
    pull: npt.NDArray[np.float64]
    town: npt.NDArray[np.int64]
    latitude: npt.NDArray[np.float64]
    longitude: npt.NDArray[np.float64]
    region: npt.NDArray[np.str_]
    nation: npt.NDArray[np.str_]


def places(generator: np.random.Generator, bodies: int, regions: int, nations: int) -> Places:
    """Draw towns and put each body in one.

    Parameters
    ----------
    generator
        Source of every draw.
    bodies, regions, nations
        How many of each; there are never more regions than towns, nor more nations than regions.

    Returns
    -------
    Places
        Towns hold bodies in proportion to 1 / rank. A region is the towns nearest one of the largest towns; nations split the regions from north to south.
    """
    towns = max(regions, round(3 * bodies**0.5), 2)
    weight = 1.0 / np.arange(1, towns + 1)
    # Drawn inside the box with a margin, so that clipping a suburb at the border stays rare.
    town_latitude = generator.uniform(SOUTH + 0.2, NORTH - 0.2, towns)
    town_longitude = generator.uniform(WEST + 0.3, EAST - 0.3, towns)
    town = generator.choice(towns, size=bodies, p=weight / weight.sum())
    spread_km = 2.0 + 10.0 * np.sqrt(weight / weight[0])
    offset_km = generator.standard_normal((2, bodies)) * spread_km[town]
    latitude = town_latitude[town] + offset_km[0] / KM_PER_DEGREE
    longitude = town_longitude[town] + offset_km[1] / (KM_PER_DEGREE * np.cos(np.radians(latitude)))

    capital = _nearest_capital(town_latitude, town_longitude, regions)
    nation_of_region = np.empty(regions, dtype=np.int64)
    nation_of_region[np.argsort(-town_latitude[:regions], kind="stable")] = np.arange(regions) * nations // regions
    return Places(
        town_name=_names(generator, towns),
        pull=weight / weight.mean(),
        town=town,
        latitude=np.clip(latitude, SOUTH, NORTH).round(5),
        longitude=np.clip(longitude, WEST, EAST).round(5),
        region=np.char.add("region-", (capital[town] + 1).astype(np.str_)),
        nation=np.char.add("nation-", (nation_of_region[capital[town]] + 1).astype(np.str_)),
    )


def _nearest_capital(latitude: npt.NDArray[np.float64], longitude: npt.NDArray[np.float64], regions: int) -> npt.NDArray[np.int64]:
    """Return for each town the nearest of the ``regions`` largest towns (flat earth is near enough to draw a border)."""
    narrow = np.cos(np.radians((SOUTH + NORTH) / 2))
    north = latitude[:, None] - latitude[None, :regions]
    east = (longitude[:, None] - longitude[None, :regions]) * narrow
    closest: npt.NDArray[np.int64] = np.argmin(north**2 + east**2, axis=1)
    return closest


def _names(generator: np.random.Generator, towns: int) -> npt.NDArray[np.str_]:
    """Return distinct town names; when the made-up names run out, a number tells towns apart."""
    known = np.array([first + last for first in _FIRST for last in _LAST])
    order = generator.permutation(known.size)
    number = np.arange(towns) // known.size
    name = known[order[np.arange(towns) % known.size]]
    return np.where(number == 0, name, np.char.add(np.char.add(name, " "), (number + 1).astype(np.str_)))

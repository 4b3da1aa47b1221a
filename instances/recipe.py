"""The recipe of a generated instance: what may be asked for, and how it is told to a reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from instances.laws import MODELS, SECTORS, SERVICES
from models.findings import nearest as nearest_name
from models.instance import RuleSetting

_DEFAULT_MIX = (("council", 0.35), ("nhs-trust", 0.15), ("academy-trust", 0.4), ("agency", 0.1))


@dataclass(frozen=True)
class Recipe:
    """What to generate.

    Attributes
    ----------
    bodies, centres
        How many; at least 2 bodies, at least 1 centre and no more centres than bodies (each centre has a host body).
    services
        Names out of finance, hr, it, payroll and procurement, or how many of them, taken in that order.
    seed
        Same recipe and seed, same instance.
    nearest
        Each body may use only this many nearest centres (rule ``nearest-centres``); 0 leaves the rule out.
    tightness
        Capacity of every centre at its largest band, summed, over the volume of all bodies; the same for every service.
    sectors
        Pairs (sector, weight) out of council, nhs-trust, academy-trust and agency; weights need not sum to 1.
    models
        Commercial models out of unitary, joint-committee, joint-company and outsourced.
    horizon
        Years appraised.
    regions, nations
        How many of each.
    coverage
        Share of (body, service) pairs that exist; every body runs at least one service.
    links
        Share of bodies with a row in the table of links: half may not use some centre, half would pay extra there.
    pairs
        Rows in the table of pairs, two thirds ``must-not-share`` and one third ``together-or-alone``: carrying on alone always stays feasible.
    rules
        Further rules to ask for, hard or soft.
    """

    bodies: int = 100
    services: tuple[str, ...] | int = 5
    centres: int = 10
    seed: int = 1
    nearest: int = 0
    tightness: float = 2.0
    sectors: tuple[tuple[str, float], ...] = _DEFAULT_MIX
    models: tuple[str, ...] = tuple(MODELS)
    horizon: int = 10
    regions: int = 4
    nations: int = 1
    coverage: float = 1.0
    links: float = 0.0
    pairs: int = 0
    rules: tuple[RuleSetting, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be generated.

        Raises
        ------
        ValueError
            Naming the field, the value and what is allowed.
        """
        _within("bodies", self.bodies, 2, 1_000_000)
        _within("centres", self.centres, 1, self.bodies)
        _within("seed", self.seed, 0, 2**63 - 1)
        _within("nearest", self.nearest, 0, self.centres)
        _within("tightness", self.tightness, 0.01, 1_000)
        _within("horizon", self.horizon, 1, 100)
        _within("nations", self.nations, 1, 20)
        _within("regions", self.regions, self.nations, 100)
        _within("coverage", self.coverage, 0, 1)
        _within("links", self.links, 0, 1)
        _within("pairs", self.pairs, 0, self.bodies * (self.bodies - 1) // 2)
        if isinstance(self.services, int):
            _within("services", self.services, 1, len(SERVICES))
        else:
            _known("services", self.services, SERVICES)
        _known("models", self.models, MODELS)
        _known("sectors", tuple(sector for sector, _ in self.sectors), SECTORS)
        if min(weight for _, weight in self.sectors) < 0 or sum(weight for _, weight in self.sectors) <= 0:
            raise ValueError("sectors: weights must not be negative and at least one must be positive")

    @property
    def service_names(self) -> tuple[str, ...]:
        """The services, in the order of the reference list whatever order they were asked in."""
        if isinstance(self.services, int):
            return tuple(SERVICES)[: self.services]
        return tuple(service for service in SERVICES if service in self.services)

    @property
    def model_names(self) -> tuple[str, ...]:
        """The commercial models, in the order of the reference list whatever order they were asked in."""
        return tuple(model for model in MODELS if model in self.models)

    def as_dict(self) -> dict[str, Any]:
        """Return the recipe as plain values, ready for TOML or JSON."""
        return {
            "bodies": self.bodies,
            "services": list(self.service_names),
            "centres": self.centres,
            "seed": self.seed,
            "nearest": self.nearest,
            "tightness": float(self.tightness),
            "sectors": {sector: float(weight) for sector, weight in sorted(self.sectors)},
            "models": list(self.model_names),
            "horizon": self.horizon,
            "regions": self.regions,
            "nations": self.nations,
            "coverage": float(self.coverage),
            "links": float(self.links),
            "pairs": self.pairs,
        }


def recipe_text(recipe: Recipe) -> str:
    """Return the recipe in words: one paragraph that lets a reader judge, and with the seed repeat, what was generated."""
    weights = sum(weight for _, weight in recipe.sectors)
    mix = ", ".join(f"{sector} {weight / weights:.0%}" for sector, weight in sorted(recipe.sectors) if weight > 0)
    within = f"each body may use its {recipe.nearest} nearest centres" if recipe.nearest else "each body may use any centre within the service's distance limit"
    extras = [
        f"{recipe.coverage:.0%} of the pairs of body and service exist" if recipe.coverage < 1 else "",
        f"{recipe.links:.0%} of bodies are barred from a centre or pay extra at one" if recipe.links else "",
        f"{recipe.pairs} pairs of bodies may not share or only share together" if recipe.pairs else "",
    ]
    return " ".join(
        [
            f"Generated, not real: {recipe.bodies} bodies ({mix}), services {', '.join(recipe.service_names)},",
            f"{recipe.centres} centres at larger bodies, seed {recipe.seed}.",
            f"Bodies cluster around towns of Zipf size in a country-size box with {recipe.regions} region(s) and {recipe.nations} nation(s).",
            "Sizes are heavy-tailed by sector; volumes follow employees and annual costs a scale curve, both with noise.",
            f"The largest bands of all centres together hold {recipe.tightness:g} times the volume; {within}.",
            f"Commercial models {', '.join(recipe.model_names)}; {recipe.horizon} years appraised.",
            *(extra[0].upper() + extra[1:] + "." for extra in extras if extra),
            "Every figure is an assumption.",
        ]
    )


def _within(name: str, value: float, minimum: float, maximum: float) -> None:
    if not minimum <= value <= maximum:
        raise ValueError(f"{name}: {value} is not between {minimum} and {maximum}")


def _known(name: str, values: tuple[str, ...], allowed: Mapping[str, object]) -> None:
    if not values:
        raise ValueError(f"{name}: none given; choose from {', '.join(allowed)}")
    if len(set(values)) < len(values):
        raise ValueError(f"{name}: a name is given twice")
    for value in values:
        if value not in allowed:
            close = nearest_name(value, allowed)
            raise ValueError(f"{name}: {value!r} is not one of {', '.join(allowed)}" + (f"; did you mean {close!r}?" if close else ""))

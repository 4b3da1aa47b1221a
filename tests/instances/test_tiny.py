"""The tiny instance by plain arithmetic: nothing of the project is used but the folder's place.

Every split of the eight (body, service) units over alone, north and south is tried, with every model and every set of owners, in exact fractions.
"""

from __future__ import annotations

import csv
import itertools
import tomllib
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

import pytest

from instances import path

OPTIMUM = 4_868_800
ALONE = 5_310_000
COMPONENTS = {
    "baseline_alone": 1_350_000,
    "baseline_until_transfer": 1_320_000,
    "service_charge": 1_090_800,
    "provider_margin": 0,
    "client_side": 132_000,
    "migration": 66_000,
    "dual_running": 330_000,
    "joining": 30_000,
    "set_up": 270_000,
    "centre_running": 160_000,
    "governance": 60_000,
    "owner_governance": 60_000,
    "procurement": 0,
}

TINY = path("tiny")
README = (TINY / "README.md").read_text(encoding="utf-8")
Members = tuple[tuple[str, ...], ...]


def rows(table: str) -> list[dict[str, str]]:
    with (TINY / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


APPRAISAL = tomllib.loads((TINY / "instance.toml").read_text(encoding="utf-8"))["appraisal"]
BODIES = [row["body"] for row in rows("bodies")]
LEGAL_TYPE = {row["body"]: row["legal_type"] for row in rows("bodies")}
SERVICES = [row["service"] for row in rows("services")]
VOLUME = {(row["body"], row["service"]): Fraction(row["volume"]) for row in rows("baseline")}
BASELINE = {(row["body"], row["service"]): Fraction(row["annual_cost"]) for row in rows("baseline")}
MODELS = {row["commercial_model"]: row for row in rows("commercial_models")}
CENTRES = {row["centre"]: row for row in rows("centres")}
POWERS = {(row["legal_type"], row["commercial_model"]): row for row in rows("powers")}


def annuities() -> tuple[Fraction, Fraction, Fraction]:
    (step,) = APPRAISAL["discount_rates"]
    assert step == [0, 0.0]
    ramp = [Fraction(str(APPRAISAL["saving_ramp"][min(year, 1)])) for year in range(APPRAISAL["horizon_years"])]
    return Fraction(len(ramp)), sum(ramp, Fraction()), sum((1 - share for share in ramp), Fraction())


ALL, NEW, OLD = annuities()


def served(body: str, service: str, centre: str, model: str) -> dict[str, int]:
    """Return each component of moving one unit; rounded once each, half to even as ``round`` does on fractions."""
    row, annual = MODELS[model], BASELINE[body, service]
    charge = NEW * VOLUME[body, service] * bands(centre, service)[0][3] * (1 - Fraction(row["process_saving_rate"]))
    return {
        "baseline_until_transfer": round(OLD * annual),
        "service_charge": round(charge),
        "provider_margin": round(charge * Fraction(row["margin_rate"])),
        "client_side": round(NEW * Fraction(row["client_side_rate"]) * annual),
        "migration": round(Fraction(str(APPRAISAL["migration_rate"])) * annual),
        "dual_running": round(Fraction(str(APPRAISAL["dual_running_months"])) / 12 * annual),
    }


@cache
def bands(centre: str, service: str) -> list[tuple[int, int, int, Fraction]]:
    """Return (capacity, set-up component, running component, unit cost), smallest first."""
    uplift = 1 + Fraction(str(APPRAISAL["optimism_bias"]["set_up"]))
    found = [row for row in rows("bands") if row["service"] == service and row["centre"] in (centre, "*")]
    assert len({row["unit_cost"] for row in found}) == 1
    return sorted(
        (int(row["capacity"]), round(int(row["set_up_cost"]) * uplift), round(NEW * int(row["fixed_cost"])), Fraction(row["unit_cost"])) for row in found
    )


def may(power: str, body: str, model: str) -> bool:
    return POWERS.get((LEGAL_TYPE[body], model), {}).get(f"may_{power}") == "yes"


def owner_counts(centre: str, model: str, members: set[str]) -> Iterator[int]:
    """Yield the sizes of the owner sets the form allows, each owner with its power and a lead among them where the form has one."""
    form, host = MODELS[model]["form"], CENTRES[centre]["host_body"]
    for size in range(1, len(members) + 1):
        for owners in itertools.combinations(sorted(members), size):
            if not all(may("own", body, model) for body in owners):
                continue
            leads = [body for body in owners if may("lead", body, model)]
            if form == "unitary":
                leads = [body for body in leads if host in ("", body)]
            enough = {"unitary": size == 1 and leads, "joint-committee": size >= 2 and leads, "joint-company": size >= 2, "outsourced": True}[form]
            if enough:
                yield size


@cache
def clusters(centre: str, members: Members) -> tuple[tuple[int, str, tuple[tuple[str, int], ...]], ...]:
    """Return every way to run a centre for these members by service: (cost, model, components)."""
    joined = set(itertools.chain.from_iterable(members))
    if not joined:
        return ((0, "", ()),)
    ways = []
    for model in CENTRES[centre]["allowed_models"].split("; "):
        if not all(may("use", body, model) for body in joined):
            continue
        row = MODELS[model]
        sizes = [
            [band for band in bands(centre, service) if band[0] >= sum(VOLUME[body, service] for body in group)]
            for service, group in zip(SERVICES, members, strict=True)
            if group
        ]
        for chosen in itertools.product(*sizes):
            for owners in set(owner_counts(centre, model, joined)):
                parts = {
                    "joining": APPRAISAL["migration_cost"] * len(joined),
                    "set_up": sum(band[1] for band in chosen),
                    "centre_running": sum(band[2] for band in chosen),
                    "governance": round(NEW * int(row["governance_cost"])),
                    "owner_governance": owners * round(NEW * int(row["owner_cost"])),
                    "procurement": int(row["procurement_cost"]),
                }
                for service, group in zip(SERVICES, members, strict=True):
                    for body in group:
                        for name, amount in served(body, service, centre, model).items():
                            parts[name] = parts.get(name, 0) + amount
                ways.append((sum(parts.values()), model, tuple(parts.items())))
    return tuple(ways)


def plans() -> Iterator[tuple[int, dict[str, tuple[str, Members]], dict[str, int]]]:
    """Yield every feasible plan: its cost, model and members by centre, and components."""
    units = [(body, service) for service in SERVICES for body in BODIES]
    for places in itertools.product(("", *CENTRES), repeat=len(units)):
        alone = sum(round(ALL * BASELINE[unit]) for unit, place in zip(units, places, strict=True) if not place)
        members = {
            centre: tuple(
                tuple(body for (body, service), place in zip(units, places, strict=True) if place == centre and service == wanted) for wanted in SERVICES
            )
            for centre in CENTRES
        }
        for ways in itertools.product(*(clusters(centre, members[centre]) for centre in CENTRES)):
            parts = {"baseline_alone": alone}
            for _, _, found in ways:
                for name, amount in found:
                    parts[name] = parts.get(name, 0) + amount
            yield sum(parts.values()), {centre: (way[1], members[centre]) for centre, way in zip(CENTRES, ways, strict=True)}, parts


@pytest.fixture(scope="module")
def ranked() -> list[tuple[int, dict[str, tuple[str, Members]], dict[str, int]]]:
    return sorted(plans(), key=lambda plan: plan[0])


def test_optimum_is_the_one_on_paper_and_unique(ranked):
    cost, centres, parts = ranked[0]
    assert cost == OPTIMUM == sum(COMPONENTS.values())
    assert {name: parts.get(name, 0) for name in COMPONENTS} == COMPONENTS
    three = ("alder", "birch", "dogwood")
    assert centres == {"north": ("", ((), ())), "south": ("joint-board", (three, three))}
    assert ranked[1][0] > OPTIMUM


def test_naive_plans_cost_what_the_readme_says(ranked):
    def cheapest(**wanted):
        return min(cost for cost, centres, _ in ranked if all(centres[centre] == value for centre, value in wanted.items()))

    everyone, three, closed = tuple(BODIES), ("alder", "birch", "dogwood"), ("", ((), ()))
    costs = [
        cheapest(north=closed, south=closed),
        cheapest(north=closed, south=("joint-board", (everyone, everyone))),
        cheapest(north=("joint-board", (three, three)), south=closed),
        cheapest(north=("lead-council", (three, three)), south=closed),
        cheapest(north=closed, south=("supplier", (three, three))),
    ]
    assert costs[0] == ALONE
    for cost in costs:
        assert f"| {cost:,} | {cost - OPTIMUM:,} |" in README


def test_best_plan_of_each_choice_of_models_stands_in_the_readme(ranked):
    best: dict[tuple[str, str], int] = {}
    for cost, centres, _ in ranked:
        best.setdefault((centres["north"][0], centres["south"][0]), ALONE - cost)
    assert len(best) == 9
    for models, saving in best.items():
        if any(models):
            assert any(line.rstrip("| *").endswith(f"{saving:,}") for line in README.splitlines()), models


def test_moves_in_the_readme():
    for model, service, body in itertools.product(MODELS, SERVICES, BODIES):
        parts = list(served(body, service, "south", model).values())
        alone = round(ALL * BASELINE[body, service])
        cells = " | ".join(f"{amount:,}".replace("-", "−") for amount in (*parts, sum(parts), alone, alone - sum(parts)))
        assert f"| {model} | {body} | {service} | {cells} |" in README


def test_sets_of_members_in_the_readme():
    columns = [("north", "lead-council"), ("north", "joint-board"), ("south", "joint-board"), ("south", "supplier")]
    for service, size in itertools.product(SERVICES, range(1, len(BODIES) + 1)):
        for group in itertools.combinations(BODIES, size):
            volume = sum(VOLUME[body, service] for body in group)
            cells = []
            for centre, model in columns:
                band = next(band for band in bands(centre, service) if band[0] >= volume)
                saving = sum(round(ALL * BASELINE[body, service]) - sum(served(body, service, centre, model).values()) for body in group)
                able = all(may("use", body, model) for body in group)
                cells.append(f"{saving - band[1] - band[2]:,}".replace("-", "−") if able else "no power")
            name = "small" if volume <= bands("north", service)[0][0] else "large"
            assert f"| {' + '.join(group)} | {int(volume):,} | {name} | {' | '.join(cells)} |" in README


def test_components_in_the_readme():
    for name, amount in COMPONENTS.items():
        line = next(line for line in README.splitlines() if line.startswith(f"| {name} |"))
        assert line.endswith(f"| {amount:,} |")

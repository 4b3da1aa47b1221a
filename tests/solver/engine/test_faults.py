"""What an engine meets at the edges: degenerate instances, memory that runs out, a stop at any moment. A right answer or a clear stop, never a wrong bound."""

from __future__ import annotations

import importlib
import math
import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("numba")

from instances.generate import Recipe, generate
from instances.published.problem import Problem, instance_of
from models.audit import audit
from models.findings import TooLarge
from models.formulation import eligible, formulate_candidates
from models.instance import Instance
from models.rules import active_rules
from solver import engine
from solver.engine.certificate_file import proven_by
from solver.engine.single_source.structure import structure_of
from solver.memory import limited
from solver.preparing import Phase
from solver.solve import Run, Stop, solve
from tests import enumeration
from tests.rule_cases import paper
from tests.solver.engine.drawn import stated

RUN = importlib.import_module("solver.engine.run")
SEARCH = importlib.import_module("solver.engine.single_source.run")
LARGEST = 10**15
"""What one cell of money may hold; several together leave the range that the certificate or the program can count in."""


def edited(name: str, **columns: object) -> Instance:
    """Return the paper instance with columns of one table set, unread, so that nothing is refused before it gets to the engine."""
    plain = paper()
    return replace(plain, tables={**plain.tables, name: plain.table(name).assign(**columns)})


def sites(capacity: list[int], fixed_cost: list[int], demand: list[int], cost: list[list[int]]) -> Problem:
    return Problem(np.array(capacity), np.array(fixed_cost), np.array(demand), np.array(cost))


GENERAL: dict[str, Callable[[], Instance]] = {
    "no eligible pair": lambda: edited("powers", may_use=False),
    "one body": lambda: paper(bodies={}, baseline={}).replace(baseline=paper().table("baseline").iloc[:1], bodies=paper().table("bodies").iloc[:1]),
    "all bodies alone": lambda: edited("baseline", annual_cost=1),
    "nothing costs anything": lambda: edited("baseline", annual_cost=0),
    "zero volumes": lambda: edited("baseline", volume=0),
    "capacity of one unit": lambda: edited("bands", capacity=1),
    "ones everywhere": lambda: replace(edited("bands", capacity=1, fixed_cost=1), tables={**edited("bands", capacity=2, fixed_cost=1).tables, **ones()}),
    "beyond the certificate": lambda: edited("baseline", annual_cost=LARGEST),
}
SINGLE_SOURCE: dict[str, Callable[[], Instance]] = {
    "no place to go": lambda: stated(sites([3, 3], [1, 1], [4, 5], [[1, 1], [1, 1]])),
    "one centre": lambda: stated(sites([9], [5], [4, 5], [[1, 2]])),
    "all bodies alone": lambda: stated(sites([9, 9], [50, 50], [4, 5], [[1, 2], [2, 1]]), np.array([3, 3])),
    "nothing costs anything": lambda: stated(sites([9, 9], [0, 0], [4, 5], [[0, 0], [0, 0]])),
    "zero volumes": lambda: stated(sites([1, 1], [7, 5], [0, 0, 0], [[1, 2, 3], [3, 2, 1]])),
    "capacities of one unit": lambda: stated(sites([1, 1, 1], [3, 2, 1], [1, 1, 1], [[1, 2, 3], [3, 1, 2], [2, 3, 1]])),
    "ties everywhere": lambda: stated(sites([4, 4, 4], [1, 1, 1], [2, 2, 2, 2, 2], [[1] * 5] * 3)),
    "just within the search": lambda: stated(sites([9, 9], [2**42, 2**42 + 1], [4, 5], [[2**41, 2**42], [2**42, 2**41 + 1]])),
    "beyond the certificate": lambda: stated(sites([5, 5], [LARGEST, LARGEST], [4, 5], [[LARGEST, 1], [2, LARGEST]])),
}


def ones() -> dict[str, object]:
    return {"baseline": paper().table("baseline").assign(volume=1, annual_cost=1)}


def optimum(instance: Instance) -> float:
    """Return the least cost of any plan, infinite when there is none."""
    active = active_rules(instance)
    found = enumeration.optimum(formulate_candidates(eligible(instance, active), active).program)
    return math.inf if found is None else found[1]


def hold(instance: Instance, run: Run) -> None:
    """Fail unless what the run says is so, whatever it says."""
    assert not run.disagreement
    best = optimum(instance)
    assert run.bound is None or run.bound <= best
    if run.plan is not None:
        judged = audit(instance, run.plan)
        assert judged.ok
        assert judged.cost == run.cost >= best
    if run.certificate is not None:
        assert proven_by(instance, run.certificate) == run.certificate["bound"] <= best


@pytest.mark.parametrize("case", GENERAL)
def test_the_general_engine_at_the_edges(case: str) -> None:
    instance = GENERAL[case]()
    run = solve(instance, engine.NAME)
    hold(instance, run)
    assert run.stop is Stop.PROVED
    assert run.cost == run.bound == optimum(instance)


@pytest.mark.parametrize("case", SINGLE_SOURCE)
def test_the_search_at_the_edges(case: str) -> None:
    instance = SINGLE_SOURCE[case]()
    active = active_rules(instance)
    assert (structure_of(eligible(instance, active), active) is None) == (case == "beyond the certificate")
    run = solve(instance, engine.NAME)
    hold(instance, run)
    best = optimum(instance)
    if best == math.inf:
        assert run.stop is Stop.INFEASIBLE
    else:
        assert run.stop is Stop.PROVED
        assert run.cost == best


def test_costs_that_back_ends_cannot_count_are_right_or_shouted() -> None:
    instance = edited("baseline", annual_cost=2**53 - 1)
    run = solve(instance, engine.NAME)
    best = enumeration.cheapest(instance)
    assert best is not None
    if run.disagreement:
        assert run.stop is Stop.FAILED
    else:
        assert run.bound <= best[1].cost <= run.cost


def test_costs_beyond_all_counting_are_refused_in_words() -> None:
    huge = edited("baseline", annual_cost=10 * LARGEST)
    with pytest.raises(TooLarge, match="use a larger"):
        solve(huge, engine.NAME)


@pytest.fixture(scope="module")
def general() -> Instance:
    return generate(Recipe(bodies=25, centres=6, services=2, seed=5))


@pytest.fixture(scope="module")
def single_source() -> Instance:
    draw = np.random.default_rng(4)
    demand = draw.integers(5, 40, 80)
    capacity = np.full(16, int(demand.sum() * 2.2 / 16))
    return instance_of(Problem(capacity, draw.integers(200, 900, 16), demand, draw.integers(1, 200, (16, 80))), "drawn", "holmberg")


def after(calls: int, function: Callable[..., object]) -> Callable[..., object]:
    """Return the function as it is for so many calls; then memory has run out."""
    left = [calls]

    def wrapped(*arguments: object, **named: object) -> object:
        left[0] -= 1
        if left[0] < 0:
            raise MemoryError
        return function(*arguments, **named)

    return wrapped


@pytest.mark.parametrize("rounds", [0, 1])
def test_out_of_memory_the_best_plan_and_bound_are_kept(general: Instance, rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RUN.Planner, "descend", after(rounds, RUN.Planner.descend))
    run = solve(general, engine.NAME, memory_mb=8000)
    assert (run.stop, run.reason) == (Stop.LIMIT, "memory-limit")
    assert "needs more than the 8000 MiB" in run.message
    assert run.audit is not None
    assert run.audit.ok
    assert run.certificate is not None
    assert run.bound is not None
    assert run.bound <= run.cost
    assert proven_by(general, run.certificate) <= run.bound


def test_out_of_memory_the_search_keeps_what_it_has(single_source: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solver.engine.single_source.search.fix", after(1, importlib.import_module("solver.engine.single_source.search").fix))
    run = solve(single_source, engine.NAME)
    assert (run.stop, run.reason) == (Stop.LIMIT, "memory-limit")
    assert run.message.startswith("Memory ran out")
    assert run.bound is not None
    assert run.cost is None or run.bound <= run.cost


def test_out_of_memory_before_there_is_any_plan(general: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solver.preparing.eligible", after(0, eligible))
    run = solve(general, engine.NAME)
    assert (run.stop, run.reason) == (Stop.LIMIT, "memory-limit")


def test_a_limit_holds_for_a_while_and_only_then() -> None:
    with limited(100), pytest.raises(MemoryError):
        np.ones(50_000_000)
    assert np.ones(50_000_000).shape == (50_000_000,)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("path", ["general", "single_source"])
def test_stopped_at_any_moment_it_is_back_within_a_second(path: str, seed: int, request: pytest.FixtureRequest) -> None:
    instance, cancel, stopped = request.getfixturevalue(path), threading.Event(), []

    def stop() -> None:
        # Seconds of this process's own work, as other work on the machine is no fault of the engine.
        stopped.append(time.process_time())
        cancel.set()

    timer = threading.Timer(random.Random(seed).choice([0.0, 0.05, 0.3, 0.8]), stop)

    def begin(phase: Phase, _why: str) -> None:
        if phase is Phase.BOUNDING:
            RUN.compile_once()
            SEARCH.compile_once()
            timer.start()

    run = solve(instance, engine.NAME, gap=0.0, cancel=cancel, on_phase=begin)
    timer.join()
    assert run.stop in (Stop.CANCELLED, Stop.PROVED)
    assert run.stop is Stop.PROVED or time.process_time() - stopped[0] < 1.0
    assert run.bound is None or run.cost is None or run.bound <= run.cost
    if run.plan is not None:
        assert audit(instance, run.plan).ok
    if run.certificate is not None:
        assert run.bound is not None
        assert proven_by(instance, run.certificate) <= run.bound

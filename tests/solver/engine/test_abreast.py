"""Two threads: what one proves the other has, and whatever goes wrong in either is seen."""

from __future__ import annotations

import threading
from typing import Any

import pytest

pytest.importorskip("numba")

from instances.generate import Recipe, generate
from models.instance import Instance
from solver import engine
from solver.engine.moves.improving import Mover
from solver.engine.tree.search import Tree
from solver.solve import Stop, solve


@pytest.fixture(scope="module")
def instance() -> Instance:
    return generate(Recipe(bodies=25, centres=6, services=2, seed=5))


def searchers() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name == "searcher"]


def test_two_threads_prove_no_less_and_leave_nobody_at_work(instance: Instance) -> None:
    alone, two = (solve(instance, engine.NAME, gap=0.01, threads=threads) for threads in (1, 2))
    assert alone.stop is two.stop is Stop.PROVED
    assert two.audit is not None
    assert two.audit.ok
    assert two.bound <= alone.cost
    assert alone.bound <= two.cost
    assert not searchers()


def test_what_the_other_thread_proves_is_told_while_plans_are_looked_for(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    searched = []
    go_on = Tree.go_on

    def noted(self: Tree, *arguments: object) -> None:
        searched.append(threading.current_thread().name)
        go_on(self, *arguments)

    monkeypatch.setattr(Tree, "go_on", noted)
    sources = []
    solve(instance, engine.NAME, gap=0.0, time_limit=3.0, threads=2, on_event=lambda event: sources.append((event.source, threading.current_thread().name)))
    assert set(searched) == {"searcher"}
    assert "search" in {source for source, _ in sources}
    assert "searcher" not in {name for _, name in sources}


def test_out_of_memory_in_the_other_thread_the_best_plan_and_bound_are_kept(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Tree, "go_on", full)
    run = solve(instance, engine.NAME, gap=0.0, threads=2)
    assert (run.stop, run.reason) == (Stop.LIMIT, "memory-limit")
    assert run.audit is not None
    assert run.audit.ok
    assert run.bound is not None
    assert run.bound <= run.cost
    assert not searchers()


def test_a_fault_in_the_other_thread_is_no_silent_one(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("seen")

    monkeypatch.setattr(Tree, "go_on", broken)
    with pytest.raises(ZeroDivisionError, match="seen"):
        solve(instance, engine.NAME, gap=0.0, threads=2)
    assert not searchers()


def test_too_little_memory_for_another_thread_is_too_little_memory(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("solver.engine.abreast.threading.Thread.start", full)
    run = solve(instance, engine.NAME, gap=0.0, threads=2)
    assert (run.stop, run.reason) == (Stop.LIMIT, "memory-limit")
    assert run.audit is not None
    assert run.audit.ok


def test_with_many_clusters_each_thread_anneals_a_region(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solver.engine.run._FEW_CLUSTERS", 0)
    monkeypatch.setattr("solver.engine.run._LEAST_REGION", 0.1)
    alone = solve(instance, engine.NAME, gap=0.0, time_limit=3.0)
    names: set[str] = set()
    anneal = Mover.anneal

    def noted(self: Mover, *arguments: Any, **named: Any) -> None:
        names.add(threading.current_thread().name)
        anneal(self, *arguments, **named)

    monkeypatch.setattr(Mover, "anneal", noted)
    two = solve(instance, engine.NAME, gap=0.0, time_limit=3.0, threads=2)
    assert len(names) > 1
    assert "MainThread" not in names
    assert two.audit is not None
    assert two.audit.ok
    assert two.bound <= alone.cost
    assert two.cost <= 1.01 * alone.cost
    assert not searchers()

"""Lets the engine at an instance before any back end: a certified bound, and better plans to start from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import metadata
from typing import TYPE_CHECKING, Any

from models.columns import Columns
from solver import engine
from solver.memory import limited

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.candidates import Candidates
    from models.instance import Instance
    from models.rules import ActiveRule
    from solver.beginning import Beginning
    from solver.engine.run import Engine
    from solver.engine.single_source.structure import Structure
    from solver.preparing import Listeners

WORTH_A_BOUND = 20_000
"""Columns from which ``auto`` lets the engine at an instance first: below, a back end alone proves the shipped instances in a second or two; at 118,000
and 447,000 columns (drafted councils with hospitals, drafted England) none came to a bound within a minute and the engine to one within 1 % of its plan.
From here on the engine also has all of the time there is: at 512,000 columns a back end gained nothing in eight minutes."""


@dataclass(frozen=True)
class Order:
    """What is asked of the engine: seconds in all (``None``: as long as something is gained), relative gap, seed, threads; ``least`` columns to be worth it.

    ``memory_mb`` is how many MiB this process may use meanwhile.
    """

    seconds: float | None
    gap: float
    seed: int
    threads: int = 1
    least: int = 0
    memory_mb: int | None = None

    def wants(self, candidates: Candidates) -> bool:
        """Tell whether the engine is to be used on ``candidates``."""
        return Columns(candidates).count >= self.least


@dataclass(frozen=True)
class Pursuit:
    """What came of it: whole pounds no plan can cost less than, the certificate of that, whether plan and bound meet, seconds, and what to record.

    ``exhausted`` tells that memory ran out.
    """

    bound: int | None
    certificate: Mapping[str, Any] | None
    proved: bool
    seconds: float
    record: Mapping[str, Any]
    exhausted: bool = False


def order_for(solver: str, seconds: float | None, gap: float, seed: int, threads: int = 1, memory_mb: int | None = None) -> Order | None:
    """Return what ``solver`` asks of the engine, ``None`` for nothing: a back end asked for by name is left to itself."""
    if solver == engine.NAME:
        return Order(seconds, gap, seed, threads, memory_mb=memory_mb)
    if solver == "auto" and not engine.trouble():
        return Order(seconds, gap, seed, threads, WORTH_A_BOUND, memory_mb)
    return None


def pursue(
    instance: Instance,
    candidates: Candidates,
    active: Sequence[ActiveRule],
    structure: Structure | None,
    first: Beginning,
    order: Order,
    listeners: Listeners,
) -> tuple[Beginning, Pursuit]:
    """Return what to start from now, and what is proven; ``structure`` is the single-source problem that the instance is, if it is one."""
    from solver.engine.certificate_file import certificate_record
    from solver.engine.run import run_engine, start_engine

    columns = Columns(candidates).count
    run = start_engine(
        instance,
        candidates,
        active,
        structure,
        seconds=None if order.seconds is None else max(0.0, order.seconds - first.seconds),
        gap=order.gap,
        seed=order.seed,
        told=lambda event: listeners.event(event.later(first.seconds)),
        cancel=listeners.cancel,
        patient=columns >= WORTH_A_BOUND,
        threads=order.threads,
    )
    standing = [(judged.cost, plan, judged) for _, plan, judged in first.audited if judged.ok]
    if standing:
        _, run.plan, run.judged = min(standing, key=lambda one: one[0])
    before = run.plan
    with limited(order.memory_mb):
        run_engine(run)
    seconds = run.elapsed
    better = replace(first, seconds=first.seconds + seconds, events=(*first.events, *(event.later(first.seconds) for event in run.events)))
    if run.plan is not None and run.judged is not None and run.plan is not before:
        better = replace(better, name=engine.NAME, plan=run.plan, audited=(*first.audited, (engine.NAME, run.plan, run.judged)))
    certificate = None
    if run.certified is not None and run.certificate is not None:
        certificate = certificate_record(instance, run.prepared.layout, run.certificate, run.certified)
    return better, Pursuit(run.bound, certificate, run.proved, seconds, _record(run, columns, seconds), run.exhausted)


def _record(run: Engine, columns: int, seconds: float) -> dict[str, Any]:
    return {
        "solver": engine.NAME,
        "solver_version": metadata.version("consortia"),
        "columns": columns,
        "rows": None,
        "nonzeros": None,
        "engine_s": round(seconds, 3),
        "engine_bound": run.certified,
        "bound_without": list(run.without),
        "search_bound": run.bound if run.structure is not None or run.bound != run.certified else None,
        "engine_cost": None if run.judged is None else run.judged.cost,
        "floor": run.bound,
    }

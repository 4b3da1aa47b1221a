"""From an instance to what a solver is given: candidates, a plan to start from, the program; given up as soon as somebody asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from models.formulation import Formulation, Strength, eligible, formulate_candidates
from models.rules import active_rules
from solver.backends.contracts import Event
from solver.beginning import Beginning, beginning
from solver.construct import construct
from solver.construction.terms import terms_of
from solver.engine.single_source.structure import structure_of
from solver.pursuit import Order, Pursuit, pursue

if TYPE_CHECKING:
    import threading

    from models.candidates import Candidates
    from models.instance import Instance
    from models.plan import Plan
    from models.rules import ActiveRule
    from solver.engine.single_source.structure import Structure


_LEAST_TIME_S = 2.0
"""With less than this left a back end is not begun: it would hardly have read the program."""


_MOVED = 100_000
"""Pairs from which :mod:`solver.engine.moves` has a plan sooner than construction."""


class Phase(StrEnum):
    """What a run is at."""

    READING = "reading"
    BUILDING = "building"
    CONSTRUCTING = "constructing"
    BOUNDING = "bounding"
    SOLVING = "solving"


@dataclass(frozen=True)
class Listeners:
    """Who hears of events and of phases, and the signal to stop."""

    event: Callable[[Event], None]
    phase: Callable[[Phase, str], None]
    cancel: threading.Event | None

    def look(self) -> None:
        """Raise :class:`Stopped` when asked to stop."""
        if self.cancel is not None and self.cancel.is_set():
            raise Stopped


class Stopped(Exception):
    """Raised between two steps when somebody asked to stop."""


@dataclass(frozen=True)
class Prepared:
    """What there is before a back end begins.

    Attributes
    ----------
    first
        What to start from.
    formulation
        The program; ``None`` when stopped before it was whole, or when the engine left nothing to do or no time to do it in.
    building
        Seconds of building.
    pursuit
        What the engine came to, where it was used.
    stopped
        Whether somebody asked to stop.
    exhausted
        Whether memory ran out.
    """

    first: Beginning
    formulation: Formulation | None
    building: float
    pursuit: Pursuit | None = None
    stopped: bool = False
    exhausted: bool = False


def prepare(
    instance: Instance,
    start: Plan | None,
    listeners: Listeners,
    *,
    constructs: bool,
    time_limit: float | None,
    order: Order | None = None,
    strength: Strength = Strength.STRONG,
) -> Prepared:
    """Return what a back end is given; ``time_limit`` is for construction alone, ``order`` what is asked of the engine, if anything."""
    began = time.monotonic()
    first, pursuit = beginning(instance, start, None, 0.0), None
    try:
        listeners.phase(Phase.BUILDING, "")
        active = active_rules(instance)
        candidates = eligible(instance, active)
        listeners.look()
        structure = None if order is None else structure_of(candidates, active)
        wanted = order is not None and (structure is not None or order.wants(candidates))
        if constructs and not (wanted and _finds_its_own(candidates, active, structure)):
            listeners.phase(Phase.CONSTRUCTING, "")
            first = _constructed(instance, candidates, active, start, listeners, time_limit)
            listeners.look()
        if order is not None and wanted:
            listeners.phase(Phase.BOUNDING, "")
            first, pursuit = pursue(instance, candidates, active, structure, first, order, listeners)
            listeners.look()
            if pursuit.exhausted:
                raise MemoryError
            if pursuit.proved or (order.seconds is not None and order.seconds - first.seconds < _LEAST_TIME_S):
                return Prepared(first, None, time.monotonic() - began - first.seconds, pursuit)
        listeners.phase(Phase.BUILDING, "")
        name = instance.settings.title or "consortia"
        formulation = formulate_candidates(candidates, active, name=name, strength=strength, between=listeners.look)
        listeners.look()
    except Stopped:
        return Prepared(first, None, time.monotonic() - began - first.seconds, pursuit, stopped=True)
    except MemoryError:
        return Prepared(first, None, time.monotonic() - began - first.seconds, pursuit, exhausted=True)
    return Prepared(first, formulation, time.monotonic() - began - first.seconds, pursuit)


def _finds_its_own(candidates: Candidates, active: Sequence[ActiveRule], structure: Structure | None) -> bool:
    """Tell whether the engine has a plan sooner than construction: a search of its own within a second or two, moves not where bonds tie bodies."""
    return structure is not None or (candidates.pair_unit.size >= _MOVED and not terms_of(candidates, active).bonds)


def _constructed(
    instance: Instance, candidates: Candidates, active: Sequence[ActiveRule], start: Plan | None, listeners: Listeners, time_limit: float | None
) -> Beginning:
    began = time.monotonic()
    built = construct(instance, candidates, active, time_limit=time_limit, cancel=listeners.cancel)
    first = beginning(instance, start, built, time.monotonic() - began)
    for event in first.events:
        listeners.event(event)
    return first


def told(event: Event, seconds: float, floor: int) -> Event:
    """Return a solver's ``event`` with its clock begun ``seconds`` earlier and no bound below ``floor``, which holds without any solver."""
    return replace(event.later(seconds), bound=None if event.bound is None else max(event.bound, float(floor)))

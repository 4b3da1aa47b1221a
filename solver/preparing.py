"""From an instance to what a solver is given: candidates, a plan to start from, the program; given up as soon as somebody asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from models.formulation import Formulation, eligible, formulate_candidates
from models.rules import active_rules
from solver.backends.contracts import Event
from solver.beginning import Beginning, beginning
from solver.construct import construct

if TYPE_CHECKING:
    import threading

    from models.candidates import Candidates
    from models.instance import Instance
    from models.plan import Plan
    from models.rules import ActiveRule


class Phase(StrEnum):
    """What a run is at."""

    READING = "reading"
    BUILDING = "building"
    CONSTRUCTING = "constructing"
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
    """What there is before the solver begins: what to start from, the program (``None`` when stopped before it was whole), and seconds of building."""

    first: Beginning
    formulation: Formulation | None
    building: float


def prepare(instance: Instance, start: Plan | None, listeners: Listeners, *, constructs: bool, time_limit: float | None) -> Prepared:
    """Return what a solver is given; ``time_limit`` is for construction alone."""
    began = time.monotonic()
    first = beginning(instance, start, None, 0.0)
    try:
        listeners.phase(Phase.BUILDING, "")
        active = active_rules(instance)
        candidates = eligible(instance, active)
        listeners.look()
        if constructs:
            listeners.phase(Phase.CONSTRUCTING, "")
            first = _constructed(instance, candidates, active, start, listeners, time_limit)
            listeners.look()
            listeners.phase(Phase.BUILDING, "")
        formulation = formulate_candidates(candidates, active, name=instance.settings.title or "consortia", between=listeners.look)
        listeners.look()
    except Stopped:
        return Prepared(first, None, time.monotonic() - began - first.seconds)
    return Prepared(first, formulation, time.monotonic() - began - first.seconds)


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
    return replace(event, seconds=event.seconds + seconds, bound=None if event.bound is None else max(event.bound, float(floor)))

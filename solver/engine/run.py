"""The engine at work: raise a bound, look for plans where its prices say they lie, then search what is left between the two."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.audit import audit
from solver.backends.contracts import Event
from solver.construction.building import Budget, prepare
from solver.engine.abreast import Searcher
from solver.engine.ascent import Ascent, compile_once
from solver.engine.bettering import Bettering
from solver.engine.certificate import Certificate, certified_bound
from solver.engine.moves.ground import ground_of
from solver.engine.moves.improving import compile_once as compile_moves
from solver.engine.moves.planning import Planner
from solver.engine.relaxation import left_out, relax
from solver.engine.single_source.run import compile_once as compile_search
from solver.engine.single_source.run import run_search
from solver.engine.tree.search import Tree

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from models.audit import Audit
    from models.candidates import Candidates
    from models.instance import Instance
    from models.plan import Plan
    from models.rules import ActiveRule
    from solver.construction.building import Prepared
    from solver.engine.moves.ground import Ground
    from solver.engine.relaxation import Relaxation
    from solver.engine.single_source.structure import Structure

    Real = NDArray[np.float64]

_CLIMB_SHARE, _MOST_CLIMB_SHARE = 0.2, 0.4
"""How much of the time may go into the bound before plans are looked for, and how much while it still rises."""
_RISES = 1e-4
"""A bound that gains as much between two events still rises, as a share of it. Three services in France are then: 0.75 % were to be had in as long again."""
_LONGEST_CLIMB_S = 300.0
_WORK_BETWEEN_TELLS = 60_000_000
"""Members looked at between two events: by work and not by the clock, so that a run can be repeated; about a second's."""
_LOOKS_A_CERTIFICATE = 40
"""A certificate takes as long as ten to twenty looks where there are many members: once prices have begun to rise, so many lie between two at least."""
_MOVES_BETWEEN_TELLS = 1_000_000
"""Members looked at for better plans each time the bound is told; about a second's."""
_IDLE_ROUNDS = 4
"""Rounds of annealing in a row without a better plan after which most of the time goes to the search."""
_TURN, _TURN_WHEN_IDLE = 0.5, 8.0
"""How many times as long as a round of annealing the search takes, before and then."""
_FEW_CLUSTERS = 30
"""Where the relaxation opens more than so many, whether it is half a one more or less weighs little: the search waits until annealing finds nothing."""
_LEAST_REGION = 30
"""How many clusters the relaxation opens for each region that a thread anneals, at least: small ones are mostly border."""
_LOOKS_TO_MOVES, _LEAST_LOOKS = 16, 40
"""Members that a look passes over in the time in which a move passes over one; and looks that a turn of the search has at least."""
_GAIN, _LONGER_REST, _LONGEST_REST = 0.01, 4, 16
"""A turn as long as a round of annealing that closes less of the gap is not repeated for so many times as many rounds, nor is one twice as long that
closes less than twice as much; but after so many rounds there is always another. On drafted England the search raised the bound by 0.01 % in all of nine
minutes, while annealing by itself came to plans 0.05 and 0.15 % cheaper in 200 s than whole runs of 60 and 240 s had (two seeds)."""
_LOOKS_A_MEMBER = 10
"""How many looks for each possible member the search has where a back end comes after it, which is quick where there are few."""
_SHARE_BEFORE_BACK_END, _LONGEST_S = 0.5, 300.0
"""How much of what is left of the time goes to this then, and until when it goes on where there is no limit."""


@dataclass
class Engine:
    """One run: the best plan and bound so far, and what to tell.

    Attributes
    ----------
    seconds
        How long the run may take; ``None`` for as long as something is gained.
    patient
        Whether to go on until the time is over, as a back end would do no better with the rest of it.
    threads
        How many threads may look at centres at a time; with more than one, each anneals a region where there are many clusters, or, where there are few, one
        searches while another looks for plans.
    active
        The rules in force.
    without
        Rules that the certificate's bound knows nothing of.
    plan, judged
        The best plan that stands, with its audit; ``None`` until there is one.
    bound
        No plan costs less.
    certified, certificate
        What ``certificate`` proves of that: less than ``bound`` where a search came further.
    exhausted
        Whether it ended because memory ran out.
    structure
        The single-source problem that the instance is, if it is one.
    ground
        What moves need to know of it otherwise.
    audit_s
        Seconds that the longest audit took.
    searcher
        Who searches in another thread, if anybody does.
    """

    instance: Instance
    prepared: Prepared
    relaxation: Relaxation
    gap: float
    seed: int
    seconds: float | None
    told: Callable[[Event], None]
    cancel: threading.Event | None
    patient: bool = False
    threads: int = 1
    active: tuple[ActiveRule, ...] = ()
    without: tuple[str, ...] = ()
    plan: Plan | None = None
    judged: Audit | None = None
    bound: int | None = None
    certified: int | None = None
    certificate: Certificate | None = None
    exhausted: bool = False
    structure: Structure | None = None
    ground: Ground | None = None
    audit_s: float = 0.0
    searcher: Searcher | None = None
    events: list[Event] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    @property
    def cost(self) -> float:
        """Cost of the best plan, infinite without one."""
        return float("inf") if self.judged is None else float(self.judged.cost)

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.began

    def spent(self, share: float = 1.0) -> bool:
        """Tell whether it is time to stop: proved, cancelled, or at that share of the time."""
        cancelled = self.cancel is not None and self.cancel.is_set()
        late = self.seconds is not None and self.elapsed >= share * self.seconds
        return cancelled or late or self.proved

    @property
    def proved(self) -> bool:
        """Whether bound and plan meet within the asked gap."""
        return self.judged is not None and self.bound is not None and self.cost - self.bound <= self.gap * abs(self.cost)

    def tell(self, source: str) -> None:
        """Tell the best cost and bound."""
        event = Event(self.elapsed, None if self.judged is None else self.judged.cost, self.bound, source)
        self.events.append(event)
        self.told(event)

    def take_bound(self, certificate: Certificate) -> None:
        """Keep what prices prove when it is the best bound; costs beyond what 64 bits can add up exactly prove nothing."""
        try:
            bound = certified_bound(self.relaxation, certificate)
        except OverflowError:
            return
        if self.certified is None or bound > self.certified:
            self.certified, self.certificate = bound, certificate
        if self.bound is None or bound > self.bound:
            self.bound = bound
            self.tell("bound")

    def take_searched(self, bound: int) -> None:
        """Keep a bound that a search proves and no certificate shows."""
        if self.bound is None or bound > self.bound:
            self.bound = bound
            self.tell("search")

    def take_audited(self, plan: Plan) -> Audit:
        """Return what the audit says of a plan; keep the plan when nothing is against it and it is the best."""
        began = time.monotonic()
        judged = audit(self.instance, plan)
        self.audit_s = max(self.audit_s, time.monotonic() - began)
        if judged.ok and judged.cost < self.cost:
            self.plan, self.judged = plan, judged
            self.tell("plan")
        return judged

    def ending(self) -> bool:
        """Tell whether there is only time for one more audit, with what another thread has proven meanwhile."""
        if self.searcher is not None:
            self.searcher.collect()
        return self.spent() or (self.seconds is not None and self.elapsed + self.audit_s >= self.seconds)


def start_engine(
    instance: Instance,
    candidates: Candidates,
    active: Sequence[ActiveRule],
    structure: Structure | None = None,
    *,
    seconds: float | None,
    gap: float,
    seed: int,
    told: Callable[[Event], None],
    cancel: threading.Event | None = None,
    patient: bool = False,
    threads: int = 1,
) -> Engine:
    """Return an engine that has all it needs and has done nothing yet; its clock runs from here on."""
    if structure is None:
        compile_once()
        compile_moves()
    else:
        compile_search()
    prepared = prepare(candidates, active)
    relaxation = relax(prepared.layout, active)
    ground = ground_of(prepared, active) if structure is None else None
    return Engine(
        instance,
        prepared,
        relaxation,
        gap,
        seed,
        seconds,
        told,
        cancel,
        patient and seconds is not None,
        threads,
        tuple(active),
        left_out(active),
        structure=structure,
        ground=ground,
    )


def run_engine(engine: Engine) -> Engine:
    """Raise the bound, with plans by its prices, until it settles or its share of the time is over; then look for plans until a back end may do better.

    What there is when memory runs out is kept.
    """
    try:
        if engine.structure is not None:
            run_search(engine, engine.structure)
        elif engine.ground is not None:
            _bound_and_plans(engine, engine.ground)
    except MemoryError:
        engine.exhausted = True
    except RuntimeError as problem:
        # All that keeps a thread from starting is want of memory for it, and Python has no other name for that.
        if "can't start new thread" not in str(problem):
            raise
        engine.exhausted = True
    return engine


def _bound_and_plans(engine: Engine, ground: Ground) -> None:
    planner = Planner(engine.prepared, ground, engine.take_audited, engine.ending, engine.seed, engine.threads)
    planner.begin(engine.plan, Budget(deadline=None if engine.seconds is None else engine.began + engine.seconds, cancel=engine.cancel))
    ascent = _climb(engine, planner)
    _anneal_and_search(engine, planner, ascent)


def _climb(engine: Engine, planner: Planner) -> Ascent:
    """Raise the bound, and look for plans by its prices in between; return how far that came."""
    ascent = Ascent(engine.relaxation, engine.threads)
    began, due = time.monotonic(), 0
    engine.take_bound(ascent.certificate())
    slice_of = _looks_for(engine.relaxation)
    rising = True
    while not ascent.found.settled and not engine.spent(_MOST_CLIMB_SHARE if rising else _CLIMB_SHARE) and time.monotonic() - began < _LONGEST_CLIMB_S:
        before = ascent.found.bound
        ascent.climb(engine.cost, lambda: engine.spent(_MOST_CLIMB_SHARE), ascent.looks + slice_of)
        rising = ascent.found.bound - before >= _RISES * abs(ascent.found.bound)
        slice_of = max(slice_of, min(2 * slice_of, _LOOKS_A_CERTIFICATE))
        engine.take_bound(ascent.certificate())
        if ascent.found.bound >= engine.cost:
            break
        if ascent.looks >= due:
            planner.start(ascent.found.opened, ascent.worth)
            due = 2 * ascent.looks
        planner.descend(ascent.worth, _MOVES_BETWEEN_TELLS)
    return ascent


def _until(engine: Engine) -> float:
    """Return until when to look for plans; where a back end comes after this, that leaves it some time."""
    share = 1.0 if engine.patient else _SHARE_BEFORE_BACK_END
    return _LONGEST_S if engine.seconds is None else engine.elapsed + share * (engine.seconds - engine.elapsed)


def _most_looks(engine: Engine) -> float:
    """Return how many looks a search has."""
    return math.inf if engine.patient else _LOOKS_A_MEMBER * engine.relaxation.unit.size


def _anneal_and_search(engine: Engine, planner: Planner, ascent: Ascent) -> None:
    """Look for better plans and search for a proof; where a back end comes after this, leave it some time."""
    clusters = float(ascent.found.opened.sum())
    many = clusters > _FEW_CLUSTERS
    tree = None if engine.certified is None else Tree(engine.relaxation, ascent.found, engine.certified, engine.gap)
    abreast = tree is not None and not many and engine.threads > 1
    regions = 1 if abreast else max(1, min(engine.threads, int(clusters // _LEAST_REGION)))
    plans = Bettering(engine, planner, ascent.worth, ascent.found.price, _until(engine), regions)
    if tree is not None and abreast:
        _abreast(engine, plans, tree)
    else:
        _by_turns(engine, plans, tree, many=many)
        plans.finish()


def _abreast(engine: Engine, plans: Bettering, tree: Tree) -> None:
    """Search in one thread while another looks for plans."""
    with Searcher(engine, tree, _looks_for(engine.relaxation), _most_looks(engine)) as searcher:
        idle = 0
        # Whoever searches waits for a plan, which must not become waiting for each other.
        while plans.time_for_a_round() and (engine.patient or idle < _IDLE_ROUNDS or (engine.judged is not None and searcher.working)):
            before = plans.work
            idle = 0 if plans.found_better() else idle + 1
            if plans.work == before:
                searcher.wait()
        plans.finish()


def _by_turns(engine: Engine, plans: Bettering, tree: Tree | None, *, many: bool) -> None:
    """Look for plans and search by turns, whichever gains less the less often; where there are ``many`` clusters, search only when no better plan is found."""
    idle, rest, rounds, most_looks = 0, 1, 0, _most_looks(engine)
    while plans.time_for_a_round():
        before = plans.work
        idle = 0 if plans.found_better() else idle + 1
        rounds += 1
        if tree is None or tree.done or engine.judged is None or tree.looks >= most_looks:
            if idle >= _IDLE_ROUNDS and not engine.patient:
                return
            continue
        if rounds % rest or (idle == 0 and many):
            continue
        turn = _TURN_WHEN_IDLE if idle >= _IDLE_ROUNDS else _TURN
        most = min(most_looks, tree.looks + _looks_worth(engine, turn * (plans.work - before)))
        gained = _search(engine, tree, most, lambda: not plans.time_for_a_round())
        rest = 1 if gained >= turn * _GAIN else min(_LONGEST_REST, _LONGER_REST * rest)


def _search(engine: Engine, tree: Tree, until: float, enough: Callable[[], bool]) -> float:
    """Search until so many looks are made or it is ``enough``; return which part of what lay between bound and plan that closed."""
    cost, before = engine.cost, tree.bound
    slice_of = _looks_for(engine.relaxation)
    while tree.looks < until and not (tree.done or enough()):
        tree.go_on(int(engine.cost), tree.looks + slice_of, enough)
        engine.take_searched(int(min(tree.bound, engine.cost)))
    return 1.0 if tree.done else (tree.bound - before) / max(1.0, cost - before)


def _looks_worth(engine: Engine, work: float) -> int:
    """Return how many looks take about as long as so many members looked at by moves."""
    return max(_LEAST_LOOKS, int(_LOOKS_TO_MOVES * work) // max(1, engine.relaxation.unit.size))


def _looks_for(relaxation: Relaxation) -> int:
    """Return how many looks go between two events."""
    return max(5, min(100, _WORK_BETWEEN_TELLS // max(1, relaxation.unit.size)))

"""Plans for a run of the engine: from the first prices on, better as they get better, each audited before it counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from models.plan_values import clusters_run
from solver.construct import REBUILDS, bars_for, cut_out
from solver.construction.building import Bars, build, written
from solver.construction.layout import NEVER
from solver.engine.moves.ground import NO_LIMIT, barred
from solver.engine.moves.improving import Cooling, Mover, Place
from solver.engine.moves.regions import anneal_by_regions
from solver.engine.moves.state import ALONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from models.audit import Audit
    from models.candidates import Candidates
    from models.plan import Plan
    from solver.construction.building import Budget, Prepared
    from solver.engine.moves.ground import Ground

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]

THRESHOLDS = (0.02, 0.05, 0.1, 0.2)
"""Options that the relaxation opens at least this far on average are opened at the start; the cheapest of what comes out counts."""
_LIKELY = 0.01
"""Options that prices find dearer than this share of what a cluster typically costs to run are left out of annealing. On drafted France (34,869 bodies)
drawing from half of all options instead came to plans 0.2 % dearer in the same work."""
_WARM, _WARM_IF_MANY = (0.15, 0.3, 0.5, 0.4), (0.15,)
_COLD, _COLD_IF_MANY = 0.002, 0.005
"""Temperatures between which plans are annealed, as shares of what a cluster typically costs to run; rounds begin at each in turn. Where there are few
clusters, which bands run where is a lottery: drafted England comes out anywhere between 0.4 and 1 % above its bound, whether rounds begin at 0.3 or at 2, and
however long they are from 28 million on; so many rounds, most of them hot, do more than long ones: 0.50 % after 50 s (mean of eight seeds), where ever longer
ones that began at 0.15 and 0.1 had come to 0.59 (four). France with three services is 0.01 to 0.04 % dearer begun at 0.3 (two seeds). Ended at 0.005,
England came out 0.06 % dearer (four seeds), and France 0.03 % cheaper (three): passes over all moves save there what the last cooling would."""
_LOOKS_EACH, _LEAST_ROUND = 20, 20_000
"""How often, in the first round of annealing, each possible member is looked at for each service; and the least work. On drafted France with three services
(104,607 units) rounds of 20 million found nothing after the first; one of 60 million came to plans 0.12 % cheaper."""
_SHORT = 8
"""Where there are many units a round of one in so many parts comes before the first, or it would be long until there is a plan that is any good."""
_LONGER, _LONGEST, _LONG_ENOUGH = 1.5, 4, 20_000_000
"""How many times the work of the one before each later round has, and how much at most: so much, or, where that is more, so many times that of the first if
there are many units, and as much as the first if there are few. With rounds of 2.5 million at most, drafted trusts (236) came out 0.02 % dearer in 36 s, and
councils and trusts (589) 0.08 % (two seeds each). Of drafted England rounds of 5 and 15 million come to 0.62 and 0.56 % (means of ten and six), the former
thrice as often."""
_WORTH_A_PASS = 1e-5
"""What a pass over all moves has to save, as a share, for another one where each takes a second."""
_WORTH_AUDITING = 1e-3
"""By what share a plan has to be cheaper to be audited at once where audits take long; others are when there is nothing better to do."""
_QUICK_UNITS = 5_000
"""Units up to which an audit, and a pass over all moves, takes next to no time."""


class Planner:
    """Looks for plans; whoever runs it says how long and by which prices."""

    def __init__(self, prepared: Prepared, ground: Ground, audited: Callable[[Plan], Audit], stop: Callable[[], bool], seed: int, threads: int = 1) -> None:
        self._threads = threads
        self._prepared, self._whole, self._ground = prepared, ground, ground
        self._audited, self._stop, self._seed = audited, stop, seed
        self._bars = Bars()
        self._mover = Mover(ground, seed, stop)
        self._best: Place | None = None
        self._told: float = np.inf
        self._rounds = enumerate(_rounds(max(_LEAST_ROUND, _LOOKS_EACH * ground.cost.shape[0] * ground.cost.shape[1]), many=not self.quick))
        self._annealed = 0

    @property
    def cost(self) -> float:
        """Cost of the best place by the rules that moves know, infinite while it breaks any of them."""
        return np.inf if self._best is None or self._best.breaches else float(self._best.cost)

    @property
    def work(self) -> int:
        """Members that annealing has looked at so far."""
        return self._annealed

    @property
    def quick(self) -> bool:
        """Whether there is so little that audits and passes take next to no time."""
        return bool(self._whole.unit.shape[0] <= _QUICK_UNITS)

    def begin(self, plan: Plan | None, budget: Budget) -> None:
        """Start from a plan, where there is one; where bonds tie bodies construction has to find one."""
        if plan is None and self._ground.body["frozen"].any():
            plan = build(self._prepared, budget).plan
            self._audited(plan)
        if plan is not None:
            self._mover.set(place_of(self._prepared.layout.candidates, plan))
            self._best = self._mover.place
            self._told = self.cost

    def start(self, opened: Real, worth: Real) -> None:
        """Open what the relaxation opens on average, those first that prices favour most; go on from there where it is cheaper."""
        if self._ground.body["frozen"].any():
            return

        def scouted(threshold: float) -> Place:
            scout = Mover(self._ground, self._seed, self._stop)
            scout.open(_favoured(np.where(opened >= threshold, worth, np.inf)))
            return scout.place

        found = min(_at_a_time(self._threads, scouted, THRESHOLDS), key=lambda place: (place.breaches, place.cost))
        if found.beats(self._best):
            self._mover.set(found.at)
            self._best = found

    def descend(self, worth: Real, work: int) -> None:
        """Make moves that save, with options in the order in which prices favour them, until no pass is worth it or so much work is done."""
        self._mover.last = self._mover.work + work
        self._descend(worth)
        self._take(worth, at_once=self._told == np.inf)

    def anneal(self, worth: Real, late: Callable[[], float], regions: int = 1, *, apart: bool = False) -> bool:
        """Anneal for a round, each longer than the one before, but over when ``late`` says 1, and descend; return whether that found a cheaper place.

        With several ``regions`` each has a thread, and the round as much more work. With one, the cheapest place met is what remains, or what the round comes
        to ``apart`` from where it began.
        """
        self._mover.last = NO_LIMIT
        before, clusters, begun = self._best, self._mover.typical_cost, self._mover.work
        favoured = _favoured(worth)
        likely = favoured[worth[favoured] <= _LIKELY * clusters]
        if clusters > 0 and likely.size:
            nth, (work, warm) = next(self._rounds)
            cold = _COLD if self.quick else _COLD_IF_MANY
            cooling = Cooling(warm * clusters, cold * clusters, work, late)
            self._anneal(likely, cooling, regions, self._seed + nth, apart=apart)
            # After a short round passes over all moves go on saving for longer than the next, longer round is worth waiting for.
            self._mover.last = NO_LIMIT if self.quick else self._mover.work + work
        self._descend(worth)
        self._annealed += self._mover.work - begun
        self._take(worth)
        return self._best is not before

    def _anneal(self, options: Whole, cooling: Cooling, regions: int, seed: int, *, apart: bool) -> None:
        if regions == 1:
            self._mover.anneal(options, cooling, to_the_end=apart)
            return
        longer = replace(cooling, work=regions * cooling.work)
        at, work = anneal_by_regions(self._ground, self._mover.place.at, options, longer, regions, seed, self._stop)
        self._mover.set(at)
        self._annealed += work

    def latest(self, most: float) -> Plan | None:
        """Return the plan at hand, not audited, if it costs no more than ``most`` and breaks no rule that moves know."""
        place = self._mover.place
        return None if place.breaches or place.cost > most else written(self._prepared, place.at).plan

    def adopt(self, plan: Plan) -> None:
        """Go on from a plan that somebody else found, and that is audited, where it is the cheapest."""
        before = self._mover.place
        self._mover.set(place_of(self._prepared.layout.candidates, plan))
        place = self._mover.place
        if place.beats(self._best):
            self._best = place
            self._told = min(self._told, place.cost)
        else:
            self._mover.set(before.at)

    def finish(self, worth: Real) -> None:
        """See to it that the best place is audited."""
        if self._best is not None and self._best.cost < self._told:
            self._audit(self._best, worth)

    def _descend(self, worth: Real) -> None:
        before = self._mover.place
        while not self._stop() and self._mover.descend(_favoured(worth)):
            place = self._mover.place
            if not self.quick and place.breaches == before.breaches and before.cost - place.cost < _WORTH_A_PASS * abs(place.cost):
                return
            before = place

    def _take(self, worth: Real, *, at_once: bool = False) -> None:
        """Keep the mover's place when it is the best, and have it audited when that is worth the time."""
        place = self._mover.place
        if place.beats(self._best):
            self._best = place
        enough = self._told * (1 if self.quick else 1 - _WORTH_AUDITING)
        if self._best is not None and self._best.breaches == 0 and (at_once or self._best.cost < enough) and self._best.cost < self._told:
            self._audit(self._best, worth)

    def _audit(self, place: Place, worth: Real) -> None:
        """Have a place audited; where rules that moves do not know object, mend it."""
        self._told = place.cost
        plan = written(self._prepared, place.at).plan
        judged = self._audited(plan)
        for _ in range(REBUILDS):
            more = bars_for(self._prepared.layout.candidates, plan, judged.breaches)
            if judged.ok or not more:
                break
            self._bar(more, place)
            if not self._stop():
                self._mover.descend(_favoured(worth))
            place = self._mover.place
            plan = written(self._prepared, place.at).plan
            judged = self._audited(plan)
            self._best, self._told = place, place.cost
        cut_out(plan, judged, self._audited)

    def _bar(self, more: Bars, place: Place) -> None:
        """Do without what the audit objects to from now on."""
        self._bars |= more
        self._ground = barred(self._whole, self._bars)
        self._mover = Mover(self._ground, self._seed, self._stop)
        self._mover.set(place.at)


def _at_a_time(threads: int, scouted: Callable[[float], Place], some: Sequence[float]) -> list[Place]:
    """Return what ``scouted`` returns for each of some; with one thread, the caller's own, as memory may be too short for another."""
    if threads == 1:
        return [scouted(one) for one in some]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(scouted, some))


def _rounds(first: int, *, many: bool) -> Iterator[tuple[int, float]]:
    """Yield how much work each round of annealing is, and at which temperature it begins."""
    if many:
        yield first // _SHORT, _WARM_IF_MANY[0]
    work, longest = first, max(_LONGEST * first if many else first, _LONG_ENOUGH)
    for warm in cycle(_WARM_IF_MANY if many else _WARM):
        yield work, warm
        work = min(longest, int(_LONGER * work))


def _favoured(worth: Real) -> Whole:
    """Return the options that can be open, those first that prices favour most."""
    return np.argsort(worth, kind="stable")[: int((worth < NEVER).sum())]


def place_of(candidates: Candidates, plan: Plan) -> Whole:
    """Return (units,) the option that serves each unit in a plan."""
    arrays = candidates.arrays
    option_at = {cluster.centre: option for cluster, option in clusters_run(candidates, plan)}
    where = {(one.body, one.service): option_at.get(one.centre, ALONE) for one in plan.assignments}
    units = zip(arrays.unit_body.tolist(), arrays.unit_service.tolist(), strict=True)
    return np.array([where.get((arrays.bodies[body], arrays.services[service]), ALONE) for body, service in units], dtype=np.int64)

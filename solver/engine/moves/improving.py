"""Moves on one plan, for whoever has prices: open what they say, pass over everything until nothing saves, anneal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from solver.construction.layout import NEVER
from solver.engine.moves.filling import desk_for
from solver.engine.moves.ground import NO_LIMIT, smallest
from solver.engine.moves.searching import CLOSING, COURSE, EXCHANGING, JOB, OPENING, SHIFTING, SWAPPING, go_on
from solver.engine.moves.state import ALONE, CLOSED, all_alone, keep, put_all, run, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from solver.engine.moves.ground import Ground
    from solver.engine.moves.state import State

    Real = NDArray[np.float64]
    Whole = NDArray[np.int64]
    Records = NDArray[np.void]

_SLICE = 20_000
"""Members looked at between two looks at the clock: some hundredths of a second."""
_EXCHANGES, _BY_COST = 6, 0.7
"""Exchanges tried for each opening while plans are annealed, and how far large bodies are preferred: bodies are drawn by this power of what they cost alone.
On drafted France with three services (104,607 units, half a minute, mean of four seeds) plans were 0.14 % dearer without them; twice as many gained nothing."""
_DRAWS = 8
"""How often while it anneals a plan has other moves to draw from."""
_SEED = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Place:
    """Where every unit is.

    Attributes
    ----------
    at
        (units,) option that serves each unit, :data:`~solver.engine.moves.state.ALONE` for none.
    cost, breaches
        Net present cost by the rules that moves know, and hard ones among them that are broken.
    """

    at: Whole
    cost: int
    breaches: int

    def beats(self, other: Place | None) -> bool:
        """Tell whether this is better than ``other``: fewer breaches, then less cost."""
        return other is None or (self.breaches, self.cost) < (other.breaches, other.cost)


@dataclass(frozen=True)
class Cooling:
    """How annealing goes.

    Attributes
    ----------
    warm, cold
        From which temperature to which.
    work
        Over how many members looked at.
    late
        Tells which share of the time is over: where that is more than of the work is done it cools by the time, and at 1 it ends.
    """

    warm: float
    cold: float
    work: int
    late: Callable[[], float] = lambda: 0.0

    def part(self, nth: int, count: int, among: int) -> Cooling:
        """Return one of ``count`` parts that are equally long, with its work shared ``among`` so many."""
        step = (self.cold / self.warm) ** (1 / count)
        return Cooling(self.warm * step**nth, self.warm * step ** (nth + 1), max(1, self.work // (count * among)), lambda: self.late() * count - nth)


def compile_once() -> None:
    """Have moves compiled, or read from the cache, before any clock runs: the first time on a machine takes a minute."""
    mover, first = Mover(smallest(), 0), np.zeros(1, dtype=np.int64)
    mover.set(first)
    mover.open(first)


class Mover:
    """Moves on one plan: the same by the same seed and work; ``enough`` only stops them, and only annealing may be hurried.

    Attributes
    ----------
    work
        Members looked at so far.
    last
        When so many have been, every method returns.
    """

    def __init__(self, ground: Ground, seed: int, enough: Callable[[], bool] = lambda: False) -> None:
        self.ground, self.work, self.last = ground, 0, NO_LIMIT
        self._stop = enough
        self._state, self._desk = all_alone(ground), desk_for(ground)
        self._seen = np.full(ground.option.shape[0], -1, dtype=np.int64)
        self._random = np.array([(_SEED * (2 * seed + 1)) % 2**64 | 1], dtype=np.uint64)

    def _enough(self) -> bool:
        return self.work >= self.last or self._stop()

    @property
    def place(self) -> Place:
        """The plan as it is."""
        return Place(_options_at(self.ground, self._state), int(self._state.tally[0]["money"]), int(self._state.tally[0]["breaches"]))

    @property
    def typical_cost(self) -> float:
        """What a cluster typically costs to run at all; 0 where there is none."""
        fixed = self._state.centre["fixed"][self._state.centre["members"] > 0]
        return float(np.median(fixed)) if fixed.size else 0.0

    def set(self, place: Whole) -> None:
        """Begin anew from where every unit is (units,)."""
        ground, self._state = self.ground, all_alone(self.ground)
        self._seen[:] = -1
        member = members_at(ground, place)
        for option in np.unique(ground.member["option"][member[member != ALONE]]).tolist():
            run(self._state, int(ground.option["centre"][option]), option)
        put_all(ground, self._state, np.append(member, ALONE))
        settle(ground, self._state)
        keep(ground, self._state)

    def open(self, options: Whole) -> None:
        """Open options, in the order given, as far as they save."""
        self._do(_jobs((OPENING, options)))

    def descend(self, options: Whole, share_borne: float = 0.0) -> bool:
        """Pass once over options in order, centres and bodies; return whether anything was saved."""
        ground, before = self.ground, (self.place.breaches, self.place.cost)
        centres, bodies, units = (np.arange(count) for count in (ground.first_option.shape[0] - 1, ground.unit_of.shape[0], ground.unit.shape[0] - 1))
        self._do(_jobs((OPENING, options), (CLOSING, centres), (SHIFTING, bodies), (SWAPPING, units), (EXCHANGING, bodies)), share_borne)
        return (self.place.breaches, self.place.cost) < before

    def anneal(self, options: Whole, cooling: Cooling, *, to_the_end: bool = False) -> None:
        """Anneal, opening any of ``options``; the cheapest plan met is what remains, or the last one where it goes ``to_the_end``."""
        if not options.size:
            return
        chance = np.random.default_rng(int(self._random[0]))
        # No plan is cheaper than itself, so none is kept on the way where only the last one counts.
        best = self._state if to_the_end else self._copied()
        slope, over = cooling.cold / cooling.warm, cooling.late()
        course = np.array([(cooling.warm, slope ** (1.0 / cooling.work), 0.0, 0)], dtype=COURSE)
        others = self._others(options)
        for nth in range(1, _DRAWS + 1):
            if over >= 1 or self._enough():
                break
            jobs = _jobs((OPENING, np.repeat(options, 4)), *((other.kind, other.drawn(chance)) for other in others))
            while over < 1 and course[0]["done"] < cooling.work * nth / _DRAWS and not self._enough():
                self._go_on(jobs, 0, best, course)
                over = cooling.late()
                if over > course[0]["done"] / cooling.work:
                    course[0]["heat"] = min(float(course[0]["heat"]), cooling.warm * slope**over)
        if not to_the_end:
            self.set(_options_at(self.ground, best))

    def _others(self, options: Whole) -> list[_Drawn]:
        """Return the moves that annealing draws from besides openings of ``options``: where something runs or may, and of bodies that may move."""
        ground, count = self.ground, 4 * options.shape[0]
        movable = ground.body["frozen"][:-1] == 0
        bodies, units = np.flatnonzero(movable), np.flatnonzero(movable[ground.unit["body"][:-1]])
        option, running = ground.option[:-1], self._state.centre["option"]
        centres = np.union1d(option["centre"][option["offered"] > 0], np.flatnonzero(running != CLOSED))
        return [
            _Drawn(CLOSING, centres, count // 4),
            _Drawn(SHIFTING, bodies, count // 2),
            _Drawn(SWAPPING, units, count // 2),
            _Drawn(EXCHANGING, bodies, _EXCHANGES * count, _by_size(ground)[bodies]),
        ]

    def _copied(self) -> State:
        """Return a state with where every unit is and what that costs, to be made that of the cheapest plan met."""
        copy = all_alone(self.ground)
        copy.at[:], copy.tally[:] = self._state.at, self._state.tally
        return copy

    def _do(self, jobs: Records, share_borne: float = 0.0) -> None:
        course, first = np.array([(0.0, 1.0, share_borne, 0)], dtype=COURSE), 0
        while first < jobs.shape[0] and not self._enough():
            first = self._go_on(jobs, first, self._state, course)

    def _go_on(self, jobs: Records, first: int, best: State, course: Records) -> int:
        before = int(course[0]["done"])
        first = go_on(self.ground, self._state, self._desk, jobs, first, self._seen, self._random, best, course, _SLICE)
        self.work += int(course[0]["done"]) - before
        return int(first)


@dataclass(frozen=True)
class _Drawn:
    """Moves of a kind, ``count`` of them drawn at a time, any as ``likely`` as another or else in that proportion; none where there are none."""

    kind: int
    of: Whole
    count: int
    likely: Real | None = None

    def drawn(self, chance: np.random.Generator) -> Whole:
        """Return what is drawn."""
        if not self.of.size:
            return self.of
        return chance.choice(self.of, self.count, p=None if self.likely is None else self.likely / self.likely.sum())


def _options_at(ground: Ground, state: State) -> Whole:
    """Return (units,) the option that serves each unit, :data:`~solver.engine.moves.state.ALONE` for none."""
    at = state.at[:-1].copy()
    at[at != ALONE] = ground.member["option"][at[at != ALONE]]
    return at


def _by_size(ground: Ground) -> Real:
    """Return (bodies,) how likely each is drawn for an exchange."""
    unit = ground.unit[:-1]
    alone = np.bincount(unit["body"], np.maximum(1, unit["alone"]).astype(np.float64), ground.unit_of.shape[0])
    return np.asarray(np.maximum(1.0, alone) ** _BY_COST)


def _jobs(*some: tuple[int, Whole]) -> Records:
    jobs = np.zeros(sum(which.shape[0] for _, which in some), JOB)
    jobs["kind"] = np.repeat([kind for kind, _ in some], [which.shape[0] for _, which in some])
    jobs["which"] = np.concatenate([which for _, which in some])
    return jobs


def members_at(ground: Ground, place: Whole) -> Whole:
    """Return (units,) the member as which each unit is served where it is placed; :data:`ALONE` where it cannot be."""
    bodies, unit = ground.unit_of.shape[0] + 1, ground.unit[:-1]
    key = ground.member["option"] * bodies + ground.member["body"]
    wanted = place * bodies + unit["body"]
    nth = np.minimum(np.searchsorted(key, wanted), key.shape[0] - 1)
    if not key.shape[0]:
        return np.full(place.shape, ALONE, dtype=np.int64)
    there = (place != ALONE) & (key[nth] == wanted) & (ground.cost[nth, unit["service"]].min(axis=1) < NEVER)
    return np.where(there & (ground.option["offered"][ground.member["option"][nth]] > 0), nth, ALONE)

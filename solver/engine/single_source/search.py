"""Best-first search: centres are settled first, then units at settled centres; every node has a bound that holds."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from solver.engine.single_source.climbing import Mean, climb, fresh, near_pairs, places_of, worths
from solver.engine.single_source.covering import FREE, OPEN, SHUT
from solver.engine.single_source.exchanging import Exchanges
from solver.engine.single_source.fixing import fix
from solver.engine.single_source.knapsack import bench_for
from solver.engine.single_source.pieces import Pieces
from solver.engine.single_source.plans import PATIENCE, PATIENCE_SETTLED, Plans
from solver.engine.single_source.problem import NEVER, Scale, refined, scale_for
from solver.engine.single_source.settled import WORK_OF_A_STEP, Leaf, Settled
from solver.engine.single_source.starting import first_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from solver.engine.single_source.problem import Problem

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    States = NDArray[np.int8]

_ROOT_LOOKS, _ROOT_SLICE, _ROOT_STEP = 600, 100, 0.5
_ROOT_WORK, _LOOKS_A_PLAN = 200_000_000, 200
"""Pairs looked at in the root, about, where that is less than all looks; and looks between two plans made the quick way."""
_NODE_LOOKS, _NODE_STEP = 60, 0.15
_DIVE_LOOKS, _DIVE_STEP = 40, 0.1
_SPARES = (0.0, 0.003, 0.006, 0.01, 0.0, 0.003)
"""How much more the centres of each dive hold than they must, as a share of all volumes: a set that only just holds everything may leave no good split."""
_LARGE = 400_000
"""Pairs from which plans begin with the quickest way there is, and dives are too slow."""
_LEAST_OPEN = 30
"""Open centres from which plans are bettered piece by piece; with fewer, a piece is most of the problem."""
_WORK_IN_A_PIECE = 30_000_000
"""Cells of tables of exact loads looked at in one go for a piece, which is to take no second."""
_PATIENCE = 6
"""Pieces in a row without gain after which the search goes on, once all have had their turn."""
_UNTOLD = 8
"""Better pieces in a row before the plan is told of."""
_PLAIN_LOOKS, _LEAST_LOOKS = 150, 3
_WORK_OF_A_STEP = 20_000_000
"""Pairs looked at between two looks at the clock."""


@dataclass(frozen=True)
class Node:
    """Part of the plans: what is settled, prices to go on from, the centre to branch on; ``eligible`` in packed bits."""

    price: Whole
    eligible: NDArray[np.uint8]
    state: States
    branch: int


@dataclass
class Search:
    """The search over one problem.

    Attributes
    ----------
    problem
        What to solve.
    gap
        Relative gap that is near enough.
    seed
        For disturbances of plans and for dives.
    enough
        Asked between steps whether to stop.
    told
        Called when there is a better plan or bound.
    """

    problem: Problem
    gap: float
    seed: int
    enough: Callable[[], bool]
    told: Callable[[Search], None]
    start: Whole | None = None
    is_piece: bool = False
    bound: int | None = None
    root_price: Whole | None = None
    nodes: int = 0
    _heap: list[tuple[int, int, Node | Leaf]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)
    _pieces: Pieces | None = None
    _looks_made: int = 0

    def __post_init__(self) -> None:
        """Lay out the problem in fine units, by what a plan may cost."""
        problem = self.problem
        share = problem.opening[:, None] * problem.volume[None, :] / np.maximum(problem.capacity, 1)[:, None]
        whole = np.where(problem.eligible, problem.cost + share, np.inf)
        self._first_price = whole.min(axis=0)
        most = int(2 * self._first_price.sum()) if np.isfinite(self._first_price).all() else 1
        if self.start is not None and problem.fits(self.start):
            most = max(problem.total(self.start), 1)
        self.scale: Scale = scale_for(most + int(problem.opening.max(initial=0)))
        self.plans = Plans(problem, self.scale, self.gap, self.seed, self.enough, PATIENCE if self.is_piece else PATIENCE_SETTLED)
        if self.start is not None:
            self.plans.take(self.start)
        self.fine = refined(problem, self.scale)
        self._is_large = problem.cost.size >= _LARGE
        self._near, self._most_price = near_pairs(self.fine.cost)
        self._bench = bench_for(max(problem.units, problem.centres))
        self._need = int(problem.volume.sum())
        self._exchanges = Exchanges(problem, self.plans)
        self._settled = Settled(problem, self.fine, self.scale, self.plans, _WORK_IN_A_PIECE if self.is_piece else WORK_OF_A_STEP)

    def _places(self, eligible: Flags, state: States) -> tuple[Whole, Whole]:
        return places_of(eligible if self._near is None else eligible & self._near, state)

    def _climb(self, eligible: Flags, state: States, price: Whole, mean: Mean, looks: int, need: int, enough: int) -> int:
        """Raise ``price`` and return the bound there; fewer looks are made on large problems, as between climbs the clock is looked at."""
        first, unit = self._places(eligible, state)
        made = max(_LEAST_LOOKS, min(looks, _WORK_OF_A_STEP // max(1, unit.size)))
        self._looks_made = made
        return int(climb(self.fine, first, unit, state, price, self._most_price, mean, self._bench, need, made, self.plans.upper, enough))

    def run(self) -> Search:
        """Search until the gap is closed or ``enough``."""
        if not self.problem.eligible.any(axis=0).all():
            return self
        self._root()
        while self._heap and not self.enough():
            self._report()
            self._better_centres()
            self._better_pieces()
            if self.enough():
                break
            bound, _, one = heapq.heappop(self._heap)
            if bound > self.plans.enough:
                continue
            if isinstance(one, Leaf):
                self._settled.work(one, self.enough)
                self._push_leaf(one)
            else:
                self._branch(bound, one)
        self._report()
        return self

    def _better_centres(self) -> None:
        """Exchange centres of the best plan, where they are few: with many, pieces do that."""
        centre_of = self.plans.centre_of
        if self.is_piece or self._is_large or centre_of is None or np.unique(centre_of).size >= _LEAST_OPEN:
            return
        while not self.enough() and self._exchanges.better(self.enough):
            self.told(self)

    def _better_pieces(self) -> None:
        """Better the plan piece by piece until a round of them gains nothing."""
        if self.is_piece or self.plans.centre_of is None or self.root_price is None:
            return
        count = np.unique(self.plans.centre_of).size
        if count < _LEAST_OPEN:
            return
        patience = _PATIENCE
        if self._pieces is None:
            patience = 2 * count
            self._pieces = Pieces(self.problem, self.scale.money(self.root_price), self._dear(), self.search_piece, self.seed)
        idle, untold = 0, 0
        while idle < patience and not self.enough():
            found = self._pieces.better(self.plans.centre_of, self.enough)
            better = found is not None and self.plans.take(found)
            idle, untold = (0, untold + 1) if better else (idle + 1, untold)
            # Telling has the whole plan audited, which on large problems takes as long as a piece.
            if untold >= _UNTOLD:
                untold = 0
                self.told(self)
        self.told(self)

    def _dear(self) -> Whole:
        """Return (centres,) in whole money what each centre costs at the root's prices, less what its room is worth there."""
        assert self.root_price is not None
        worth, toll = self._at_root(self.problem.eligible, np.full(self.problem.centres, FREE, dtype=np.int8))
        return self.scale.money((worth - toll * self.fine.capacity).astype(np.int64))

    def search_piece(self, piece: Problem, at: Whole, enough: Callable[[], bool]) -> tuple[Whole, bool]:
        """Return where the units of a piece, which are ``at`` some centre of it each, are best, and whether that is proven."""
        search = Search(piece, self.gap, self.seed, enough, lambda _search: None, at, is_piece=True).run()
        assert search.plans.centre_of is not None
        return search.plans.centre_of, not search.left

    @property
    def left(self) -> bool:
        """Whether anything is left that may hold a better plan."""
        return bool(self._heap)

    def plain_price(self) -> Whole:
        """Return (units,) prices for those who know of no cover, in fine units.

        That open centres hold all volumes together follows from serving every unit and from capacities, so its price may go on units by their volume and on
        room in every centre; a short climb without it then mends what rounding and integer loads leave.
        """
        assert self.root_price is not None
        problem, price = self.problem, self.root_price.copy()
        eligible, state = problem.eligible, np.full(problem.centres, FREE, dtype=np.int8)
        price += (self._at_root(eligible, state)[1] * problem.volume).astype(np.int64)
        self._climb(eligible, state, price, fresh(problem.units, problem.centres, _NODE_STEP), _PLAIN_LOOKS, 0, NEVER)
        return price

    def _at_root(self, eligible: Flags, state: States) -> tuple[Whole, float]:
        """Return what each centre costs when filled at its best at the root's prices, and the first that is not needed to hold all for a unit of volume."""
        assert self.root_price is not None
        worth = worths(self.fine, *self._places(eligible, state), state, self.root_price, self._bench)
        ratio = worth / np.maximum(self.fine.capacity, 1)
        order = np.argsort(ratio, kind="stable")
        over = np.flatnonzero(np.cumsum(self.fine.capacity[order]) >= self._need)
        return worth, max(0.0, float(ratio[order[over[0]]])) if over.size else 0.0

    def _report(self) -> None:
        """Tell of the best plan and of the bound of all that is left."""
        left = [self.scale.at_least(self._heap[0][0])] if self._heap else []
        closed = [] if self.plans.target is None else [self.plans.target + 1, self._settled.closed]
        bound = min(left + closed, default=None)
        if bound is not None and bound < NEVER and (self.bound is None or bound > self.bound):
            self.bound = bound
        self.told(self)

    def _root(self) -> None:
        problem = self.problem
        eligible, state = problem.eligible.copy(), np.full(problem.centres, FREE, dtype=np.int8)
        price = np.array([self.scale.down(int(one)) for one in self._first_price], dtype=np.int64)
        mean = fresh(problem.units, problem.centres, _ROOT_STEP)
        best, looks, planned = -NEVER, 0, -_LOOKS_A_PLAN
        most = min(_ROOT_LOOKS, max(_LOOKS_A_PLAN, _ROOT_WORK // max(1, self._places(eligible, state)[1].size)))
        while looks < most and not (looks and self.enough()):
            found = self._climb(eligible, state, price, mean, _ROOT_SLICE, self._need, self.plans.enough)
            looks += self._looks_made
            gained, best = found - best, max(best, found)
            if best >= NEVER:
                return
            self.bound, self.root_price = self.scale.at_least(best), price
            self.told(self)
            if self._is_large and looks - planned >= _LOOKS_A_PLAN:
                planned = looks
                self._start_plan(mean.openness)
            elif not self._is_large:
                self.plans.try_centres(mean.opened)
            if best > self.plans.enough or (gained <= 1e-6 * abs(best) and not self._is_large):
                break
        if self._is_large and planned < looks:
            self._start_plan(mean.openness)
        if best <= self.plans.enough:
            self._better_centres()
        self._enter(best, price, eligible, state, mean.openness, dives=0 if self._plans_quickly else len(_SPARES))

    @property
    def _plans_quickly(self) -> bool:
        """Whether plans are left to pieces, as anything else takes too long; not before there is one."""
        return self._is_large and self.plans.centre_of is not None

    def _start_plan(self, openness: NDArray[np.float64]) -> None:
        """Look for a plan the quick way."""
        found = first_plan(self.problem, openness)
        if found is not None and self.plans.take(found):
            self.told(self)

    def _enter(self, bound: int, price: Whole, eligible: Flags, state: States, openness: NDArray[np.float64], dives: int = 0) -> None:
        """Fix what can be fixed at a node, and put what is left of it on the heap."""
        self.nodes += 1
        if bound > self.plans.enough or not fix(self.fine, eligible, state, price, self._need, self.plans.enough, self._bench):
            return
        for nth in range(dives):
            if self.enough() or not (state == FREE).any():
                break
            self._dive(price, eligible, state, openness, nth)
            self.told(self)
        if dives and not fix(self.fine, eligible, state, price, self._need, self.plans.enough, self._bench):
            return
        if not (state == FREE).any():
            self._push_leaf(self._settled.leaf(bound, price, eligible, state))
            return
        undecided = np.where(state == FREE, np.minimum(openness, 1 - openness), -1.0)
        node = Node(price, np.packbits(eligible), state, int(undecided.argmax()))
        heapq.heappush(self._heap, (bound, next(self._numbers), node))

    def _push_leaf(self, leaf: Leaf | None) -> None:
        if leaf is not None and (bound := leaf.bound(self.plans.enough)) is not None:
            heapq.heappush(self._heap, (bound, next(self._numbers), leaf))

    def _branch(self, bound: int, node: Node) -> None:
        shape = self.problem.cost.shape
        for choice in (OPEN, SHUT):
            state, price = node.state.copy(), node.price.copy()
            eligible = np.unpackbits(node.eligible, count=shape[0] * shape[1]).reshape(shape).astype(np.bool_)
            state[node.branch] = choice
            if choice == SHUT:
                eligible[node.branch] = False
            if not (state == FREE).any():
                self._push_leaf(self._settled.leaf(bound, price, eligible, state))
                continue
            mean = fresh(self.problem.units, self.problem.centres, _NODE_STEP)
            found = self._climb(eligible, state, price, mean, _NODE_LOOKS, self._need, self.plans.enough)
            if found <= self.plans.enough and not self._plans_quickly:
                self.plans.try_centres(mean.opened)
            self._enter(max(bound, found), price, eligible, state, mean.openness)

    def _dive(self, price: Whole, eligible: Flags, state: States, openness: NDArray[np.float64], nth: int) -> None:
        """Settle centres one after another as the averages have it, for the sake of a plan."""
        # A piece has a plan already, and only a better one is of use; otherwise any will do.
        allowed = eligible if self.is_piece else self.problem.eligible
        draw = np.random.default_rng((self.seed, nth))
        price, eligible, state, openness = price.copy(), eligible.copy(), state.copy(), openness.copy()
        need = self._need + int(_SPARES[nth] * self._need)
        while (free := np.flatnonzero(state == FREE)).size and not self.enough():
            liked = openness[free] + draw.uniform(-0.1, 0.1, free.size)
            state[free[liked > 0.9]] = OPEN
            state[free[openness[free] < 0.02]] = SHUT
            state[free[liked.argmax()]] = OPEN
            eligible[state == SHUT] = False
            mean = fresh(self.problem.units, self.problem.centres, _DIVE_STEP)
            mean.openness[:] = openness
            found = self._climb(eligible, state, price, mean, _DIVE_LOOKS, need, self.plans.enough)
            if found > self.plans.enough:
                return
            openness = mean.openness
            if self.problem.capacity[state == OPEN].sum() >= need and not mean.opened[state == FREE].any():
                state[state == FREE] = SHUT
        eligible = allowed & (state == OPEN)[:, None]
        self._settled.leaf(-NEVER, price, eligible, state)

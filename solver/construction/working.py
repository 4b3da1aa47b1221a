"""A plan under construction: where every unit is, what that costs to the pound, and moves that can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from solver.construction.layout import members_of
from solver.construction.standing import Standing, standing
from solver.construction.terms import HARD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.construction.bonds import Bonds
    from solver.construction.layout import Layout
    from solver.construction.terms import Terms

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Flags = NDArray[np.bool_]

ALONE = -1
_NOWHERE = -2


@dataclass(frozen=True)
class Running:
    """The option that runs at a centre, and how its cluster stands."""

    option: int
    stands: Standing


class WorkingPlan:
    """Places of all units and the clusters they make.

    A move is any number of :meth:`put`, :meth:`settle` and :meth:`reckon_bodies`, then :meth:`keep` or :meth:`take_back`.

    Attributes
    ----------
    place
        (units + 1,) option that serves each unit, or :data:`ALONE`; the last one stands for a unit that does not exist.
    running
        What runs at each open centre.
    cost
        Net present cost, with :data:`~solver.construction.terms.HARD` for each breach of a hard rule that construction knows.
    staying
        (units + 1,) what staying alone counts for in proposals: its cost, or a price put on the unit.
    present, borne
        (units + 1,) what each unit costs where it is, with its share of the body's joining, and its share of its cluster's fixed costs.
    changed
        (bodies,) after how many moves kept the present costs of each body's units last changed; ``moves`` counts them.
    work
        How many units have been looked at: the measure of effort.
    """

    def __init__(self, layout: Layout, terms: Terms, bonds: Bonds) -> None:
        self.layout, self.terms, self.bonds = layout, terms, bonds
        self.alone_cost = np.concatenate([layout.candidates.alone_cost, [0]])
        self.bonus = 1e6 + float(np.abs(self.alone_cost).sum())
        """What a bond is worth in proposals: more than any money."""
        self._centre_of_option = np.concatenate([layout.option_centre, [_NOWHERE, ALONE]])
        self.place = np.full(layout.units + 1, ALONE, dtype=np.int64)
        self.place[-1] = _NOWHERE
        self.running: dict[int, Running] = {}
        self.staying = self.present = self.borne = np.zeros(layout.units + 1)
        self.value_alone(self.alone_cost[:-1])
        self.changed = np.zeros(layout.bodies, dtype=np.int64)
        self.moves = self.work = 0
        self._over = np.zeros(layout.bodies, dtype=np.int64)
        self._broken = {number for number in bonds.conditions_on(np.arange(layout.bodies)) if bonds.broken(number, self.centre_of(self.place))}
        self.cost = int(self.alone_cost.sum()) + HARD * len(self._broken)
        self._forget()

    def value_alone(self, price: NDArray[np.int64] | Real) -> None:
        """Let units that are alone count for ``price`` (units,) in proposals."""
        self.staying = np.concatenate([price, [0]]) + self.bonus * self.bonds.must_move
        self.present = np.where(self.place == ALONE, self.staying, self.present)

    def centre_of(self, options: Whole) -> Whole:
        """Return the centre of each option, :data:`ALONE` for alone."""
        return self._centre_of_option[options]

    def served(self, option: int) -> Flags:
        """Return (n, services) the units of an option's block that it serves now."""
        here: Flags = self.place[self.layout.block(option).unit] == option
        return here

    def put(self, units: Whole, option: int) -> None:
        """Place units at an option or :data:`ALONE`."""
        before = self.place[units]
        self._moved.append((units, before))
        self.place[units] = option
        self.cost += int(self.alone_cost[units].sum() if option == ALONE else 0) - int(self.alone_cost[units[before == ALONE]].sum())

    def settle(self, option: int) -> None:
        """Make the cluster at the option's centre what the units placed at the option say."""
        block = self.layout.block(option)
        before = self.running.get(block.centre)
        self._ran.setdefault(block.centre, before)
        self.cost -= before.stands.cost if before is not None else 0
        chosen = self.served(option)
        self.work += chosen.size
        if not chosen.any():
            self.running.pop(block.centre, None)
            return
        self.running[block.centre] = Running(option, standing(block, self.terms, chosen))
        self.cost += self.running[block.centre].stands.cost

    def reckon_bodies(self) -> None:
        """Bring what rules ask of the bodies moved so far up to date with their places."""
        if not self._moved or (self.terms.provider is None and not self.bonds.any):
            return
        bodies = np.unique(self.layout.unit_body[np.concatenate([units for units, _ in self._moved])])
        if self.terms.provider is not None:
            over = np.maximum(self.centres_used(bodies) - int(self.terms.provider.parameters["maximum"]), 0)
            self._was_over.append((bodies, self._over[bodies]))
            self.cost += self._price_over(over) - self._price_over(self._over[bodies])
            self._over[bodies] = over
        if self.bonds.any:
            centres = self.centre_of(self.place)
            concerned = self.bonds.conditions_on(bodies)
            now = {number for number in concerned if self.bonds.broken(number, centres)}
            self.cost += HARD * (len(now) - len(self._broken & concerned))
            self._broken = (self._broken - concerned) | now

    def centres_used(self, bodies: Whole, but: int = ALONE) -> Whole:
        """(bodies,) how many centres each uses, not counting centre ``but``."""
        centres = self.centre_of(self.place[self.layout.unit_of[bodies]])
        ordered = np.sort(np.where(centres == but, ALONE, centres), axis=1)
        used: Whole = (ordered[:, :1] >= 0).sum(axis=1) + ((ordered[:, 1:] != ordered[:, :-1]) & (ordered[:, 1:] >= 0)).sum(axis=1)
        return used

    def _price_over(self, over: Whole) -> int:
        assert self.terms.provider is not None
        penalty = self.terms.provider.penalty
        return HARD * int((over > 0).sum()) if penalty is None else penalty * int(over.sum())

    def keep(self) -> None:
        """Accept the move."""
        self.moves += 1
        for units, _ in self._moved:
            gone = units[self.place[units] == ALONE]
            self.present[gone], self.borne[gone] = self.staying[gone], 0.0
            self.changed[self.layout.unit_body[units]] = self.moves
        for centre in self._ran:
            if centre in self.running:
                self._note_costs(self.running[centre])
        self._forget()

    def take_back(self) -> None:
        """Undo the move."""
        for units, before in reversed(self._moved):
            self.place[units] = before
        for bodies, over in reversed(self._was_over):
            self._over[bodies] = over
        for centre, before_running in self._ran.items():
            if before_running is None:
                self.running.pop(centre, None)
            else:
                self.running[centre] = before_running
        self.cost, self._broken = self._was
        self._forget()

    def _forget(self) -> None:
        self._moved: list[tuple[Whole, Whole]] = []
        self._ran: dict[int, Running | None] = {}
        self._was_over: list[tuple[Whole, Whole]] = []
        self._was = (self.cost, self._broken)

    def _note_costs(self, running: Running) -> None:
        block, stands = self.layout.block(running.option), running.stands
        chosen = self.served(running.option)
        joining = block.joining / np.maximum(chosen.sum(axis=1), 1)
        units = block.unit[chosen]
        self.changed[block.body[members_of(chosen)]] = self.moves
        self.present[units] = (block.serving_cost(stands.nth_band) + joining[:, None])[chosen]
        size = (block.volume / np.maximum(stands.load, 1))[chosen]
        self.borne[units] = (stands.fixed % HARD) * size / max(float(size.sum()), 1.0)

"""Conflicts that sums alone can show: what must be done and can be done nowhere. No solver is asked."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from models.rules import active_rules
from solver.explain.conflict import Conflict
from solver.explain.hitting import minimum_hitting_set

if TYPE_CHECKING:
    from collections.abc import Iterable

    from solver.explain.restrictions import Restrictions

_MOST_WAYS = 5_000
"""Ways to meet a demand beyond which the sums are left to the solver."""


def arithmetic_conflict(found: Restrictions) -> Conflict | None:
    """Return a conflict that sums show, the smallest of those found, or ``None``; none of its members can be left out."""
    sums = _Sums(found)
    conflicts = [*sums.nowhere_to_go(), *sums.no_room(), *sums.below_every_minimum()]
    return min(conflicts, key=lambda one: (len(one.elements), one.elements), default=None)


class _Sums:
    """The sums over one program taken apart."""

    def __init__(self, found: Restrictions) -> None:
        self._found = found
        self._columns = found.formulation.columns
        self._offered = self._columns.candidates
        self._arrays = self._offered.arrays
        self._bars: dict[int, set[int]] = defaultdict(set)
        for column, element in zip(found.barred_column.tolist(), found.barred_element.tolist(), strict=True):
            self._bars[column].add(element)

    def nowhere_to_go(self) -> Iterable[Conflict]:
        """Yield demands of ``links`` and ``pairs`` whose every way is barred, each with the fewest elements that bar them all."""
        for number, element in enumerate(self._found.elements):
            demand = self._demanded(number)
            if demand is None:
                continue
            first = element.rows[0]
            ways = self._ways(demand) if first.table == "links" or first.row is None else self._ways_together(demand, first.row)
            if ways is None or not all(ways):
                continue
            what = "every way to is barred" if ways else "there is nothing there for it to use: no work of its own, or no band for it"
            yield Conflict((number, *sorted(minimum_hitting_set(ways))), True, False, "arithmetic", f"{element.text}, but {what}")

    def no_room(self) -> Iterable[Conflict]:
        """Yield centres at which the bodies required there for a service have more volume than any of its bands holds."""
        required: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for number in range(len(self._found.elements)):
            if not (demand := self._demanded(number)):
                continue
            ways = {(int(self._offered.pair_unit[pair]), self._place(int(self._columns.pair[pair]))) for pair in self._pairs_of(demand)}
            if len(ways) == 1:
                unit, place = ways.pop()
                required[place].append((int(self._arrays.unit_volume[unit]), number))
        for (centre, service), demands in sorted(required.items()):
            room, holder = self._room.get((centre, service), (0, None))
            if holder is None or sum(volume for volume, _ in demands) <= room:
                continue
            some, total = [], 0
            for volume, number in sorted(demands, key=lambda one: (-one[0], one[1])):
                some.append(number)
                total += volume
                if total > room:
                    break
            at, what = self._arrays.centres[centre], self._arrays.services[service]
            reason = f"{at} holds {room:,} of {what} at most, and those required there have {total:,}"
            yield Conflict((*sorted(some), holder), True, False, "arithmetic", reason)

    def below_every_minimum(self) -> Iterable[Conflict]:
        """Yield demands for a centre that under every model it is allowed needs more members or work than there are."""
        short = self._unreachable_models()
        for number, element in enumerate(self._found.elements):
            if not (demand := self._demanded(number)):
                continue
            options = {int(option) for option in self._option[demand]}
            ways = [frozenset(self._bars[int(self._columns.option[option])]) | short[int(self._offered.option_model[option])] for option in options]
            if all(ways) and any(short[int(self._offered.option_model[option])] for option in options):
                reason = f"{element.text}, but under every model allowed there the minimum is above all there is"
                yield Conflict((number, *sorted(minimum_hitting_set(ways))), True, False, "arithmetic", reason)

    def _unreachable_models(self) -> dict[int, frozenset[int]]:
        """Return by model the elements whose minimum all bodies together do not reach."""
        arrays, hard = self._arrays, {one.rule.name for one in active_rules(self._found.instance) if one.penalty is None}
        bodies, work = len(set(arrays.unit_body.tolist())), int(arrays.unit_workload.sum())
        short: dict[int, frozenset[int]] = {}
        for model, name in enumerate(arrays.commercial_models):
            beyond = {
                "minimum-volume": arrays.model_minimum_volume[model] > work,
                "member-limits": arrays.model_minimum_members[model] > bodies,
            }
            key = f"commercial_model={name}"
            short[model] = frozenset(
                number
                for number, element in enumerate(self._found.elements)
                if beyond.get(element.rule, False) and element.rule in hard and element.rows and element.rows[0].key == key
            )
        return short

    def _demanded(self, number: int) -> list[int] | None:
        """Return the columns one of which a row of ``links`` or ``pairs`` asks for; ``None`` when the element asks for nothing."""
        program = self._found.formulation.program
        if not self._found.elements[number].whole:
            return None
        for row in np.flatnonzero((self._found.row_element == number) & (program.row_lower == 1)):
            entries = slice(program.matrix.indptr[row], program.matrix.indptr[row + 1])
            if bool((program.matrix.data[entries] == 1).all()):
                return [int(column) for column in program.matrix.indices[entries]]
        return None

    def _ways(self, demand: list[int]) -> list[frozenset[int]] | None:
        """Return what bars each pair of a unit and an option that would do."""
        pairs = self._pairs_of(demand)
        return None if len(pairs) > _MOST_WAYS else [self._bars_of(pair) for pair in pairs]

    def _ways_together(self, demand: list[int], row: int) -> list[frozenset[int]] | None:
        """Return what bars each two pairs, one of either body of a row of ``pairs``, at one option."""
        second = self._arrays.body_position[self._found.instance.tables["pairs"]["body_b"].iloc[row - 2]]
        at: dict[int, list[frozenset[int]]] = defaultdict(list)
        for other in np.flatnonzero(self._arrays.unit_body[self._offered.pair_unit] == second):
            at[int(self._offered.pair_option[other])].append(self._bars_of(int(other)))
        ways: list[frozenset[int]] = []
        for pair in self._pairs_of(demand):
            mine = self._bars_of(pair)
            ways += [mine | others for others in at[int(self._offered.pair_option[pair])]]
            if len(ways) > _MOST_WAYS:
                return None
        return ways

    def _pairs_of(self, columns: list[int]) -> list[int]:
        """Return the pairs that a set of columns of pairs and members stands for."""
        direct = np.isin(self._columns.pair, columns)
        by_member = np.isin(self._columns.member[self._offered.pair_member], columns)
        return [int(pair) for pair in np.flatnonzero(direct | by_member)]

    def _bars_of(self, pair: int) -> frozenset[int]:
        """Return the elements each of which alone bars a pair: at the pair itself, its member, its option, or by a volume above every band."""
        member, option = int(self._offered.pair_member[pair]), int(self._offered.pair_option[pair])
        own = (self._columns.pair[pair], self._columns.member[member], self._columns.option[option])
        bars = {element for column in own for element in self._bars.get(int(column), ())}
        room, holder = self._room.get(self._place(int(self._columns.pair[pair])), (0, None))
        if holder is not None and int(self._offered.pair_volume[pair]) > room:
            bars.add(holder)
        return frozenset(bars)

    def _place(self, column: int) -> tuple[int, int]:
        return int(self._found.subjects.centre[column]), int(self._found.subjects.service[column])

    @cached_property
    def _option(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        option = np.full(self._found.formulation.program.columns, -1, dtype=np.int64)
        option[self._columns.pair] = self._offered.pair_option
        option[self._columns.member] = self._offered.member_option
        return option

    @cached_property
    def _room(self) -> dict[tuple[int, int], tuple[int, int | None]]:
        """The largest band at each (centre, service), and the element that says so."""
        arrays = self._arrays
        largest: dict[tuple[int, int], int] = {}
        for centre, service, capacity in zip(arrays.band_centre.tolist(), arrays.band_service.tolist(), arrays.band_capacity.tolist(), strict=True):
            largest[centre, service] = max(largest.get((centre, service), 0), capacity)
        holder = {}
        for row in np.flatnonzero(self._found.row_element >= 0):
            number = int(self._found.row_element[row])
            if self._found.elements[number].rule == "capacity":
                holder[int(self._found.row_subjects.centre[row]), int(self._found.row_subjects.service[row])] = number
        return {place: (capacity, holder.get(place)) for place, capacity in largest.items()}

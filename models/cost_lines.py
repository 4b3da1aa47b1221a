"""Lines of cost kept as columns, because a plan of a whole country has a million of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from models.economics import COMPONENTS
from models.plan_view import CostLine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Flags = NDArray[np.bool_]

NOBODY = -1
"""Position of a body, service, centre or commercial model where a line has none."""
COMPONENT_NAMES = tuple(COMPONENTS)
COMPONENT_AT = {name: at for at, name in enumerate(COMPONENT_NAMES)}


@dataclass(frozen=True, eq=False)
class CostLines(Sequence[CostLine]):
    """Lines of cost by position, each array of shape (lines,); one by one they read as :class:`~models.plan_view.CostLine`.

    Attributes
    ----------
    arrays
        The instance whose positions these are.
    component
        Position in :data:`COMPONENT_NAMES`.
    amount
        Money a year or once, as the component's profile says, not discounted.
    present
        Net present cost in whole money.
    body, service, centre, model
        Whom it concerns, :data:`NOBODY` where no one in particular.
    """

    arrays: InstanceArrays
    component: Whole
    amount: Real
    present: Whole
    body: Whole
    service: Whole
    centre: Whole
    model: Whole

    def __len__(self) -> int:
        return int(self.present.shape[0])

    @overload
    def __getitem__(self, at: int) -> CostLine: ...
    @overload
    def __getitem__(self, at: slice) -> CostLines: ...
    def __getitem__(self, at: int | slice) -> CostLine | CostLines:
        if isinstance(at, slice):
            return self.rows(np.arange(len(self), dtype=np.int64)[at])
        return next(iter(self.rows(np.array([range(len(self))[at]], dtype=np.int64))))

    def __iter__(self) -> Iterator[CostLine]:
        amount, present = self.amount.tolist(), self.present.tolist()
        names = (self.component_names, amount, present, self.body_names, self.service_names, self.centre_names, self.model_names)
        return (CostLine(*line) for line in zip(*names, strict=True))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CostLines) and len(self) == len(other) and all(map(CostLine.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]

    def rows(self, chosen: Whole | Flags) -> CostLines:
        """Return some of the lines, by mask or position."""
        places = (column[chosen] for column in (self.body, self.service, self.centre, self.model))
        return CostLines(self.arrays, self.component[chosen], self.amount[chosen], self.present[chosen], *places)

    def of_component(self, name: str) -> Flags:
        """(lines,) which are of a component."""
        return np.asarray(self.component == COMPONENT_AT[name], dtype=np.bool_)

    @property
    def component_names(self) -> list[str]:
        """Name of each line's component."""
        return _named(COMPONENT_NAMES, self.component)

    @property
    def body_names(self) -> list[str]:
        """Id of each line's body, empty without one."""
        return _named(self.arrays.bodies, self.body)

    @property
    def service_names(self) -> list[str]:
        """Id of each line's service, empty without one."""
        return _named(self.arrays.services, self.service)

    @property
    def centre_names(self) -> list[str]:
        """Id of each line's centre, empty without one."""
        return _named(self.arrays.centres, self.centre)

    @property
    def model_names(self) -> list[str]:
        """Id of each line's commercial model, empty without one."""
        return _named(self.arrays.commercial_models, self.model)


def cost_lines(
    arrays: InstanceArrays,
    component: str,
    amount: Real,
    present: Whole,
    *,
    body: Whole | int = NOBODY,
    service: Whole | int = NOBODY,
    centre: Whole | int = NOBODY,
    model: Whole | int = NOBODY,
) -> CostLines:
    """Return lines of one component from arrays that align, or one position for all; what costs nought is left out."""
    count = present.shape
    places = (np.broadcast_to(np.asarray(place, dtype=np.int64), count) for place in (body, service, centre, model))
    whole = CostLines(arrays, np.full(count, COMPONENT_AT[component], dtype=np.int64), amount, present, *places)
    return whole.rows(present != 0)


def lines_one_by_one(arrays: InstanceArrays, lines: Iterable[CostLine]) -> CostLines:
    """Return lines stated one by one as columns; raise ``KeyError`` for an id that the instance lacks."""
    stated = list(lines)

    def whole(values: Iterable[int]) -> Whole:
        return np.array(list(values), dtype=np.int64)

    return CostLines(
        arrays,
        whole(COMPONENT_AT[line.component] for line in stated),
        np.array([line.amount for line in stated], dtype=np.float64),
        whole(line.net_present_cost for line in stated),
        whole(arrays.body_position[line.body] if line.body else NOBODY for line in stated),
        whole(arrays.service_position[line.service] if line.service else NOBODY for line in stated),
        whole(arrays.centre_position[line.centre] if line.centre else NOBODY for line in stated),
        whole(arrays.model_position[line.commercial_model] if line.commercial_model else NOBODY for line in stated),
    )


def joined(parts: Sequence[CostLines]) -> CostLines:
    """Return the lines of several parts, of which there is at least one, in turn."""
    columns = ("component", "amount", "present", "body", "service", "centre", "model")
    return CostLines(parts[0].arrays, *(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


def _named(names: Sequence[str], at: Whole) -> list[str]:
    # NOBODY is -1, so that it finds the empty name at the end.
    found: list[str] = np.array((*names, ""), dtype=object)[at].tolist()
    return found

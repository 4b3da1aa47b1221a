"""How much of a plan's cost is optimism bias, by cost type, beside the published bounds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.appraisal_tables import appraisal_tables
from models.cost_lines import COMPONENT_NAMES

if TYPE_CHECKING:
    from models.cost_lines import CostLines
    from models.instance import Appraisal


@dataclass(frozen=True)
class BiasEffect:
    """One cost type: its uplift and bounds (shares), its present cost with the uplift, and how much of that the uplift is (whole money)."""

    cost_type: str
    uplift: float
    upper: float
    lower: float
    present_cost: int
    of_which_uplift: int
    source: str
    mark: str

    def as_dict(self) -> dict[str, Any]:
        """Return the effect as plain values."""
        return asdict(self)


def bias_effects(appraisal: Appraisal, lines: CostLines) -> tuple[BiasEffect, ...]:
    """Return every cost type in ``lines``, the cost of a plan; the uplift's part of a cost is cost x uplift / (1 + uplift), rounded once."""
    effects = []
    for name, bounds in appraisal_tables().optimism_bias.items():
        uplift = float(appraisal.optimism_bias.get(name, 0.0))
        counted = np.array([component in bounds.components for component in COMPONENT_NAMES], dtype=np.bool_)[lines.component]
        if bounds.forms:
            counted &= np.array([form in bounds.forms for form in lines.arrays.model_form] + [False], dtype=np.bool_)[lines.model]
        cost = int(lines.present[counted].sum())
        part = round(cost * uplift / (1.0 + uplift))
        effects.append(BiasEffect(name, uplift, bounds.upper, bounds.lower, cost, part, bounds.provenance.stated(), bounds.provenance.mark))
    return tuple(effects)


def bias_notes(appraisal: Appraisal) -> list[str]:
    """Return a sentence for each uplift outside its published bounds."""
    notes = []
    for name, bounds in appraisal_tables().optimism_bias.items():
        uplift = float(appraisal.optimism_bias.get(name, 0.0))
        if not bounds.lower <= uplift <= bounds.upper:
            side = "under the lower" if uplift < bounds.lower else "over the upper"
            limit = bounds.lower if uplift < bounds.lower else bounds.upper
            notes.append(f"The optimism bias of {name} is {uplift:.0%}, {side} bound of {limit:.0%} ({bounds.provenance.stated()}).")
    return notes

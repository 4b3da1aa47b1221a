"""Which back end ``auto`` takes, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solver.backends.registry import installed

if TYPE_CHECKING:
    from models.program import Program

PREFERENCE = ("cp-sat", "scip", "cbc", "highs")
"""Open back ends, best first, by the runs kept in ``benchmarks/results``: seconds to prove London and Lancashire were 1.2 and 1.9, 2.3 and 2.4, 2.9 and 2.4,
11.5 and 4.7; on the drafted England (447,000 columns) cp-sat alone came to a bound worth having in ten minutes."""
LARGE = 1_000_000
"""Columns from which memory decides: in those ten minutes cp-sat came to 6.3 GB and scip to 7.5, highs to 1.4 and cbc to 0.4."""
PREFERENCE_LARGE = ("highs", "cbc", "cp-sat", "scip")
"""Neither highs nor cbc found a plan of its own on that England; which of the two does better on larger ones is not measured."""


def choose(program: Program) -> tuple[str, str]:
    """Return (back end, why) for ``program``.

    Raises
    ------
    KeyError
        When no open back end is installed.
    """
    large = program.columns >= LARGE
    present = {one.name for one in installed()}
    for name in PREFERENCE_LARGE if large else PREFERENCE:
        if name in present:
            merit = "sparing of memory, as so large a program asks" if large else "soonest done with the shipped instances"
            return name, f"of those installed, {merit}; the program has {program.columns:,} columns"
    raise KeyError("no solver is installed; `pip install consortia` brings highs, cp-sat and cbc")

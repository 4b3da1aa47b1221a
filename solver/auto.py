"""Which back end ``auto`` takes, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solver.backends.registry import installed

if TYPE_CHECKING:
    from models.program import Program

PREFERENCE = ("cp-sat", "highs", "scip", "cbc")
"""Open back ends, best first, by the runs kept in ``benchmarks/``."""


def choose(program: Program) -> tuple[str, str]:
    """Return (back end, why) for ``program``.

    Raises
    ------
    KeyError
        When no open back end is installed.
    """
    present = {one.name for one in installed()}
    for name in PREFERENCE:
        if name in present:
            return name, f"first of {', '.join(PREFERENCE)} that is installed, for a program of {program.columns} columns"
    raise KeyError("no solver is installed; `pip install consortia` brings highs, cp-sat and cbc")

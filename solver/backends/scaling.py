"""Money for solvers that work in floating point: divided by a power of two, so that nothing is lost on the way there and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.program import Program

LARGEST_BITS = 13
"""Costs come to at most some 8,000, where absolute tolerances of 1e-6 to 1e-9 mean what their makers meant."""


def objective_shift(program: Program, largest_bits: int = LARGEST_BITS) -> int:
    """Return the power of two by which to divide costs so that the largest has ``largest_bits`` bits before the point; 0 when it has no more."""
    largest = int(np.abs(program.cost).max(initial=0))
    return max(0, largest.bit_length() - largest_bits)

"""What a user would write first: the formulation of textbooks, given to PuLP's CBC as PuLP gives it, with nothing to start from.

A contender for comparisons: what the formulation, the construction and the choice of solvers are worth shows beside it. ``auto`` never takes it.
"""

from __future__ import annotations

from models.formulation import Strength

NAME = "textbook"
BACK_END = "cbc"
STRENGTH = Strength.AGGREGATED
OPTIONS = {"primalTolerance": "1e-7", "integerTolerance": "1e-6"}
"""CBC's own defaults, which PuLP leaves as they are; gap, time limit, threads and seed are those of every contender."""
WHY = "rows added up as in textbooks, CBC as PuLP calls it, no plan to start from"

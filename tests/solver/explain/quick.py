"""A judge that asks SciPy's solver in this process, so that hundreds of small programs can be tried; the real one is tried on a few."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from models.program import UNBOUNDED
from solver.backends.contracts import Outcome
from solver.explain.conflict import Judge
from solver.explain.restrictions import restrictions


def optimum(program):
    """Return (values, cost) of an optimal plan of a program, or ``None`` when it has none."""
    if not program.rows:
        values = np.where(program.cost < 0, program.upper, program.lower)
        return values, program.objective(values)
    rows = LinearConstraint(program.matrix.astype(float), _open(program.row_lower), _open(program.row_upper))
    found = milp(
        program.cost.astype(float),
        constraints=[rows],
        integrality=np.ones(program.columns),
        bounds=Bounds(program.lower.astype(float), program.upper.astype(float)),
        options={"mip_rel_gap": 0.0},
    )
    if found.x is None:
        assert found.status == 2, found.message
        return None
    values = np.rint(found.x).astype(np.int64)
    assert not program.violations(values)
    return values, program.objective(values)


class QuickJudge(Judge):
    def run(self, programs, _start=None):
        self.asked += len(programs)
        found = [optimum(program) for program in programs]
        return [Outcome("infeasible") if one is None else Outcome("proved", values=one[0], bound=float(one[1]), cost=one[1]) for one in found]


def quick(instance):
    return QuickJudge(restrictions(instance), "highs")


def _open(limits):
    return np.where(np.abs(limits) >= UNBOUNDED, np.copysign(np.inf, limits), limits.astype(float))

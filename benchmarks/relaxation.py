"""Linear relaxation of the strong form against the aggregated one: bound, time and size, side by side in one run.

Small programs go to HiGHS's interior point method, which solves them to the end. On large ones it does not finish, so those go to PDLP, a first-order
method whose answer is only near the optimum; from its row prices a bound is computed that holds whatever their quality.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from common import instance_named, keep

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.program import Program

MONEY_SCALE = 2.0**13
"""Costs are divided by this before a solver sees them, so that they are of the size of its tolerances."""


def bound_from_prices(program: Program, price: NDArray[np.float64]) -> float:
    """Return a lower bound on the relaxation from any row prices (rows,).

    Weak duality for columns in [0, upper]: sum over rows of price x the limit it presses on, plus sum over columns of upper x min(0, reduced cost). A
    price that presses on an open limit is taken as 0.
    """
    lower, upper = _limits(program)
    price = np.where((price > 0) & np.isfinite(lower) | (price < 0) & np.isfinite(upper), price, 0.0)
    pressed = np.where(price > 0, lower, np.where(price < 0, upper, 0.0))
    reduced = program.cost - program.matrix.T @ price
    return float(price @ np.where(price == 0, 0.0, pressed) + program.upper @ np.minimum(0.0, reduced)) + program.constant


def _limits(program: Program) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from models.program import UNBOUNDED

    lower, upper = program.row_lower.astype(float), program.row_upper.astype(float)
    lower[program.row_lower <= -UNBOUNDED], upper[program.row_upper >= UNBOUNDED] = -np.inf, np.inf
    return lower, upper


def by_interior_point(program: Program, limit: float) -> dict[str, Any]:
    """Solve by HiGHS's interior point method without crossover, one thread."""
    import highspy

    from solver.backends.highs import highs_model

    solver = highspy.Highs()
    options = {"output_flag": False, "threads": 1, "time_limit": limit, "solve_relaxation": True, "solver": "ipm", "run_crossover": "off"}
    for option, value in options.items():
        solver.setOptionValue(option, value)
    solver.passModel(highs_model(program, 13))
    solver.run()
    status = solver.modelStatusToString(solver.getModelStatus())
    bound = solver.getInfo().objective_function_value * MONEY_SCALE
    return {"method": "HiGHS interior point", "status": status, "bound": round(bound) if status == "Optimal" else None}


def by_first_order(program: Program, limit: float) -> dict[str, Any]:
    """Approach by PDLP (OR-Tools), one thread, to a relative gap of 1e-5 or the limit."""
    from ortools.pdlp import solve_log_pb2, solvers_pb2
    from ortools.pdlp.python import pdlp
    from scipy.sparse import csc_matrix

    problem = pdlp.QuadraticProgram()
    problem.objective_vector = program.cost / MONEY_SCALE
    problem.constraint_matrix = csc_matrix(program.matrix.astype(float))
    problem.constraint_lower_bounds, problem.constraint_upper_bounds = _limits(program)
    problem.variable_lower_bounds, problem.variable_upper_bounds = program.lower.astype(float), program.upper.astype(float)
    parameters = solvers_pb2.PrimalDualHybridGradientParams()
    parameters.num_threads = 1
    parameters.termination_criteria.time_sec_limit = limit
    parameters.termination_criteria.simple_optimality_criteria.eps_optimal_relative = 1e-5
    parameters.termination_criteria.simple_optimality_criteria.eps_optimal_absolute = 1e-5
    result = pdlp.primal_dual_hybrid_gradient(problem, parameters)
    reason = solve_log_pb2.TerminationReason.Name(result.solve_log.termination_reason).removeprefix("TERMINATION_REASON_").lower()
    return {
        "method": "PDLP",
        "status": reason,
        "bound": round(bound_from_prices(program, np.array(result.dual_solution) * MONEY_SCALE)),
        "near_value": round(float(program.cost @ np.array(result.primal_solution))),
        "iterations": result.solve_log.iteration_count,
    }


METHODS = {"ipm": by_interior_point, "pdlp": by_first_order}


def relax(name: str, strength: str, method: str, limit: float) -> dict[str, Any]:
    """Return size, bound and time of one relaxation."""
    from models.formulation import Strength, formulate

    program = formulate(instance_named(name), strength=Strength(strength)).program
    began, worked = time.monotonic(), time.process_time()
    found = METHODS[method](program, limit)
    spent = {"seconds": round(time.monotonic() - began, 2), "processor_seconds": round(time.process_time() - worked, 2)}
    size = {"columns": program.columns, "rows": program.rows, "nonzeros": program.nonzeros}
    return {"instance": name, "form": strength, **size, **found, **spent}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instances", nargs="*", default=["london", "england"])
    parser.add_argument("--method", choices=METHODS, default="ipm")
    parser.add_argument("--limit", type=float, default=900.0)
    parser.add_argument("--label", default="")
    arguments = parser.parse_args()
    rows = []
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for name in arguments.instances:
            for strength in ("aggregated", "strong"):
                rows.append(pool.apply(relax, (name, strength, arguments.method, arguments.limit)))
                print(rows[-1], flush=True)
                keep(f"relaxation{arguments.label}", {"rows": rows})


if __name__ == "__main__":
    main()

"""Linear relaxation of the strong form against the aggregated one: bound, time and size, side by side in one run."""

from __future__ import annotations

import argparse
import multiprocessing
import time

from common import instance_named, keep


def relax(name: str, strength: str, limit: float) -> dict[str, object]:
    """Return the bound of the linear relaxation by HiGHS's dual simplex or interior point, whichever it chooses; one thread."""
    import highspy

    from models.formulation import Strength, formulate
    from solver.backends.highs import highs_model

    program = formulate(instance_named(name), strength=Strength(strength)).program
    solver = highspy.Highs()
    options = {"output_flag": False, "threads": 1, "time_limit": limit, "solve_relaxation": True, "solver": "ipm", "run_crossover": "off"}
    for option, value in options.items():
        solver.setOptionValue(option, value)
    shift = 13
    solver.passModel(highs_model(program, shift))
    began = time.monotonic()
    solver.run()
    status = solver.modelStatusToString(solver.getModelStatus())
    return {
        "instance": name,
        "form": strength,
        "columns": program.columns,
        "rows": program.rows,
        "nonzeros": program.nonzeros,
        "status": status,
        "bound": round(solver.getInfo().objective_function_value * 2.0**shift) if status == "Optimal" else None,
        "seconds": round(time.monotonic() - began, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instances", nargs="*", default=["london", "england"])
    parser.add_argument("--limit", type=float, default=900.0)
    parser.add_argument("--label", default="")
    arguments = parser.parse_args()
    rows = []
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for name in arguments.instances:
            for strength in ("aggregated", "strong"):
                rows.append(pool.apply(relax, (name, strength, arguments.limit)))
                print(rows[-1], flush=True)
                keep(f"relaxation{arguments.label}", {"solver": "HiGHS interior point, no crossover, one thread", "rows": rows})


if __name__ == "__main__":
    main()

"""Each open back end on one instance, for given time limits: cost, bound, gap, time. Runs follow one another, so each has the machine to itself."""

from __future__ import annotations

import argparse

from common import instance_named, keep


def main() -> None:
    from solver.backends.registry import installed
    from solver.solve import solve

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance")
    parser.add_argument("--limits", type=float, nargs="+", default=[60.0])
    parser.add_argument("--solvers", nargs="+", default=[one.name for one in installed() if one.open_source])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--option", nargs="*", default=[], help="KEY=VALUE passed through to the solver")
    parser.add_argument("--label", default="")
    parser.add_argument("--no-construct", action="store_true", help="let the solvers find their first plan by themselves")
    arguments = parser.parse_args()
    instance = instance_named(arguments.instance)
    options = dict(pair.split("=", 1) for pair in arguments.option)
    runs = []
    for limit in arguments.limits:
        for name in arguments.solvers:
            run = solve(instance, name, time_limit=limit, threads=arguments.threads, solver_options=options, construct=not arguments.no_construct)
            found = run.provenance
            first = next((event.seconds for event in run.events if event.cost is not None), None)
            runs.append(
                {
                    "solver": name,
                    "version": found["solver_version"],
                    "limit_s": limit,
                    "threads": arguments.threads,
                    "options": options,
                    "stop": str(run.stop),
                    "cost": run.cost,
                    "bound": run.bound,
                    "gap": run.gap,
                    "plan_from": found.get("plan_from"),
                    "do_nothing_cost": run.audit.do_nothing_cost if run.audit else None,
                    "clusters": len(run.plan.clusters) if run.plan else None,
                    "start": found["start"],
                    "construct_s": found["construct_s"],
                    "construct_cost": found["construct_cost"],
                    "first_plan_s": first,
                    "build_s": found["build_s"],
                    "solve_s": found["solve_s"],
                    "peak_memory_mb": round(found["peak_memory_mb"]),
                    "disagreement": run.disagreement,
                    "message": run.message,
                }
            )
            print(runs[-1], flush=True)
            size = {key: found[key] for key in ("columns", "rows", "nonzeros", "digest")}
            keep(f"backends-{arguments.instance}{arguments.label}", {"instance": arguments.instance, "size": size, "runs": runs})


if __name__ == "__main__":
    main()

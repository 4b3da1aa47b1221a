"""What each family of governance rules costs in time: size of program, first plan, and how good the plan is within given limits."""

from __future__ import annotations

import argparse
import time
from typing import Any

from common import instance_named, keep

FAMILIES = {
    "owners": ("dominance", "board-seats", "veto-block", "owned-company", "cooperation", "no-private-capital"),
    "members": ("similar-aims", "sectors", "jurisdiction", "resilience", "one-leaver"),
    "suppliers": ("tender", "supplier-exposure"),
    "money": ("no-body-worse-off",),
}
"""The optional rules of a full draft, by what they are about; the core rules stand in every row."""


def main() -> None:
    from solver.solve import solve

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance", nargs="?", default="england-full")
    parser.add_argument("--solver", default="auto")
    parser.add_argument("--limits", type=float, nargs="+", default=[60.0], help="the families one by one are run at the first of them only")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    full = instance_named(arguments.instance)
    optional = {name for names in FAMILIES.values() for name in names}
    core = tuple(rule for rule in full.rules if rule.name not in optional)
    cases = {"core": core}
    for family, names in FAMILIES.items():
        cases[family] = core + tuple(rule for rule in full.rules if rule.name in names)
    cases["full"] = full.rules
    rows: list[dict[str, Any]] = []
    for limit in arguments.limits:
        for case, rules in cases.items():
            if limit != arguments.limits[0] and case != "full":
                continue
            began = time.monotonic()
            run = solve(full.replace(rules=rules), arguments.solver, time_limit=limit, threads=arguments.threads)
            found = run.provenance
            rows.append(
                {
                    "rules": case,
                    "count": len(rules),
                    "limit_s": limit,
                    "solver": found["solver"],
                    "columns": found["columns"],
                    "rows": found["rows"],
                    "nonzeros": found["nonzeros"],
                    "build_s": found["build_s"],
                    "construct_cost": found["construct_cost"],
                    "first_plan_s": next((round(event.seconds, 2) for event in run.events if event.cost is not None), None),
                    "stop": str(run.stop),
                    "cost": run.cost,
                    "bound": run.bound,
                    "gap": run.gap,
                    "saving": run.audit.saving if run.audit else None,
                    "clusters": len(run.plan.clusters) if run.plan else None,
                    "whole_s": round(time.monotonic() - began, 2),
                    "peak_memory_mb": round(found["peak_memory_mb"]),
                }
            )
            print(rows[-1], flush=True)
            keep(f"rules-{arguments.instance}", {"instance": arguments.instance, "digest": full.digest(), "threads": arguments.threads, "rows": rows})


if __name__ == "__main__":
    main()

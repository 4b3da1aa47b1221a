"""The plan a run starts from, without a solver: seconds, cost, and gap to the proven optimum where one is kept among the results."""

from __future__ import annotations

import argparse
import json
import time

from common import RESULTS, instance_named, keep


def constructed(name: str) -> dict[str, object]:
    """Return what construction makes of one instance."""
    from models.formulation import eligible
    from models.rules import active_rules
    from solver.construct import construct

    instance = instance_named(name)
    active = active_rules(instance)
    candidates = eligible(instance, active)
    began = time.process_time()
    found = construct(instance, candidates, active)
    if found is None:
        return {"instance": name, "digest": instance.digest(), "cost": None}
    proven = _proven(name, instance.digest())
    return {
        "instance": name,
        "digest": instance.digest(),
        "seconds": round(found.seconds, 2),
        "processor_seconds": round(time.process_time() - began, 2),
        "cost": found.cost,
        "do_nothing_cost": found.audit.do_nothing_cost,
        "clusters": len(found.plan.clusters),
        "proven_optimum": proven,
        "gap": None if proven is None else (found.cost - proven) / proven,
    }


def _proven(name: str, digest: str) -> int | None:
    """Return the optimum that a kept run proved for this very instance."""
    file = RESULTS / f"backends-{name}.json"
    if not file.exists():
        return None
    kept = json.loads(file.read_text())
    return next((run["cost"] for run in kept["runs"] if run["stop"] == "proved" and kept["size"]["digest"] == digest), None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instances", nargs="+")
    rows = []
    for name in parser.parse_args().instances:
        rows.append(constructed(name))
        print(rows[-1], flush=True)
    keep("construct", {"rows": rows})


if __name__ == "__main__":
    main()

"""The engine on whole published sets, one file after another in one process: cost, bound, gap and seconds to the asked gap, beside the best cost known.

``CONSORTIA_SETS`` names the folder of the sets. Seconds are those of the run (`counted_s`): reading the file, building and compiling stand apart.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import statistics
import sys
from pathlib import Path
from typing import Any

from common import keep

SETS = {
    "diaz-fernandez": ("sscflp_diaz_fernandez", "diaz-fernandez"),
    "holmberg": ("sscflp_holmberg", "holmberg"),
    "yang": ("sscflp_yang", "yang"),
    "gadegaard": ("sscflp_gadegaard", "gadegaard"),
    "tbed1": ("tbed1", "tbed1"),
    "coursera": ("coursera_fl", "coursera"),
    "dual-ascent": ("sscflp_dual_ascent", "dual-ascent"),
}


def main() -> None:
    """Run the sets named on the command line and keep one file of results each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", choices=sorted(SETS))
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each file")
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--every", type=int, default=1, help="take every n-th file in the order of names")
    parser.add_argument("--solver", default="consortia")
    asked = parser.parse_args()
    for name in asked.sets:
        rows = [_run(path, SETS[name][1], asked) for path in _files(SETS[name][0])[:: asked.every]]
        solved = [row for row in rows if row["stop"] == "proved"]
        seconds = [row["seconds"] for row in rows]
        print(f"{name}: {len(solved)} of {len(rows)} proven, median {statistics.median(seconds):.2f} s, most {max(seconds):.2f} s", file=sys.stderr)
        keep(f"published-{name}", {"solver": asked.solver, "limit": asked.limit, "gap": asked.gap, "every": asked.every, "rows": rows})


def _files(folder: str) -> list[Path]:
    places = Path(os.environ["CONSORTIA_SETS"]) / folder
    return sorted(one for one in places.iterdir() if one.suffix not in (".csv", ".md"))


def _run(path: Path, form: str, asked: argparse.Namespace) -> dict[str, Any]:
    from instances.published import check_published
    from models.published_unit import published_unit
    from solver.solve import solve

    name = path.name.split(".")[0]
    instance, findings = check_published(path, form)
    if instance is None:
        return {"instance": name, "stop": "not read", "seconds": 0.0, "message": findings[0].message}
    run = solve(instance, asked.solver, time_limit=asked.limit, gap=asked.gap)
    unit = published_unit(instance.settings)
    assert unit is not None
    cost, known = None if run.cost is None else unit.number(run.cost), _best_known(path, name)
    row = {
        "instance": name, "sites": len(instance.table("centres")), "customers": len(instance.table("bodies")), "stop": run.stop.value, "cost": cost,
        "bound": None if run.bound is None else unit.number(run.bound), "gap": run.gap, "seconds": run.provenance["counted_s"], "best_known": known,
        "above_best_known": None if cost is None or known is None or math.isnan(known) else cost / known - 1,
        "audit": None if run.audit is None else run.audit.ok,
    }  # fmt: skip
    print(row, file=sys.stderr)
    return row


def _best_known(path: Path, name: str) -> float | None:
    with (path.parent / "best_known.csv").open(encoding="utf-8") as table:
        found = [row["best_known"] for row in csv.DictReader(table) if row["instance"] == name]
    return float(found[0]) if found and found[0] else None


if __name__ == "__main__":
    main()

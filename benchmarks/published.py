"""The engine on whole published sets, one file after another in one process: cost, bound, gap and seconds to the asked gap, beside the best cost known.

``CONSORTIA_SETS`` names the folder of the sets. Seconds are those of the run (`counted_s`): reading the file, building and compiling stand apart.
Files with more pairs than an instance may have are searched as bare numbers (``direct`` in the results).
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import statistics
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from common import keep

SETS = {
    "diaz-fernandez": ("sscflp_diaz_fernandez", "diaz-fernandez"),
    "holmberg": ("sscflp_holmberg", "holmberg"),
    "yang": ("sscflp_yang", "yang"),
    "gadegaard": ("sscflp_gadegaard", "gadegaard"),
    "tbed1": ("tbed1", "tbed1"),
    "orlib-cap": ("orlib_cap", "orlib"),
    "coursera": ("coursera_fl", "coursera"),
    "dual-ascent": ("sscflp_dual_ascent", "dual-ascent"),
}
LEFT_OPEN = {"capa": (8000, 10000, 12000, 14000), "capb": (5000, 6000, 7000, 8000), "capc": (5000, 5750, 6500, 7250)}
"""Capacities that are instances of the files which leave them open."""
MOST_PAIRS = 40_000_000


def main() -> None:
    """Run the sets named on the command line and keep one file of results each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", choices=sorted(SETS))
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each file")
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--every", type=int, default=1, help="take every n-th file in the order of names")
    parser.add_argument("--files", default="*", help="take only files whose names match, such as 'i500_*'")
    parser.add_argument("--name", default="", help="added to the name of the file of results")
    parser.add_argument("--solver", default="consortia")
    asked = parser.parse_args()
    for name in asked.sets:
        rows = [_run(path, form, asked) for path, form in _files(*SETS[name])[:: asked.every] if fnmatch(path.name, asked.files)]
        solved = [row for row in rows if row["stop"] == "proved"]
        seconds = [row["seconds"] for row in rows]
        print(f"{name}: {len(solved)} of {len(rows)} proven, median {statistics.median(seconds):.2f} s, most {max(seconds):.2f} s", file=sys.stderr)
        keep(f"published-{name}{asked.name}", {"solver": asked.solver, "limit": asked.limit, "gap": asked.gap, "every": asked.every, "rows": rows})


def _files(folder: str, form: str) -> list[tuple[Path, str]]:
    """Return the files of a set, each with its format."""
    places = Path(os.environ["CONSORTIA_SETS"]) / folder
    tables = ("capopt", "uncapopt", "sscflp_opt")
    found = sorted(one for one in places.iterdir() if one.suffix not in (".csv", ".md") and one.stem not in tables)
    return [(one, f"{form}:{capacity}" if capacity else form) for one in found for capacity in LEFT_OPEN.get(one.name.split(".")[0], (0,))]


def _run(path: Path, form: str, asked: argparse.Namespace) -> dict[str, Any]:
    from instances.published import check_published
    from models.published_unit import published_unit
    from solver.solve import solve

    name = path.name.split(".")[0] + form[len(form.partition(":")[0]) :].replace(":", "_")
    instance, findings = check_published(path, form)
    if instance is None and any(finding.code == "too-large" for finding in findings):
        return _run_directly(path, form, name, asked)
    if instance is None:
        return {"instance": name, "stop": "not read", "seconds": 0.0, "message": findings[0].message}
    run = solve(instance, asked.solver, time_limit=asked.limit, gap=asked.gap)
    unit = published_unit(instance.settings)
    assert unit is not None
    cost = None if run.cost is None else unit.number(run.cost)
    row = {
        "instance": name, "sites": len(instance.table("centres")), "customers": len(instance.table("bodies")), "stop": run.stop.value,
        "cost": cost, "bound": None if run.bound is None else unit.number(run.bound), "gap": run.gap,
        "seconds": run.provenance["counted_s"], **_against_best_known(path, name, cost),
        "audit": None if run.audit is None else run.audit.ok,
    }  # fmt: skip
    print(row, file=sys.stderr)
    return row


def _run_directly(path: Path, form: str, name: str, asked: argparse.Namespace) -> dict[str, Any]:
    from instances.published import read_problem
    from models.published_unit import amount_number
    from solver.engine.single_source.direct import search_directly
    from solver.engine.single_source.problem import Problem

    bare, findings = read_problem(path, form, MOST_PAIRS)
    if bare is None:
        return {"instance": name, "stop": "not read", "seconds": 0.0, "message": findings[0].message}
    problem = Problem(bare.capacity, bare.fixed_cost, bare.demand, bare.cost)
    found = search_directly(problem, asked.limit, asked.gap)
    cost = None if found.cost is None else amount_number(found.cost, bare.money_scale)
    row = {
        "instance": name, "sites": problem.centres, "customers": problem.units, "stop": "proved" if found.near(asked.gap) else "limit", "cost": cost,
        "bound": None if found.bound is None else amount_number(found.bound, bare.money_scale),
        "gap": None if found.cost is None or found.bound is None else 1 - found.bound / found.cost, "seconds": round(found.seconds, 3),
        **_against_best_known(path, name, cost), "audit": None if found.centre_of is None else problem.fits(found.centre_of), "direct": True,
    }  # fmt: skip
    print(row, file=sys.stderr)
    return row


def _against_best_known(path: Path, name: str, cost: float | None) -> dict[str, float | None]:
    with (path.parent / "best_known.csv").open(encoding="utf-8") as table:
        found = [row["best_known"] for row in csv.DictReader(table) if row["instance"] == name]
    known = float(found[0]) if found and found[0] else None
    return {"best_known": known, "above_best_known": None if cost is None or known is None or math.isnan(known) else cost / known - 1}


if __name__ == "__main__":
    main()

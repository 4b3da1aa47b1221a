"""Whole countries from table to audited plan, each step in a process of its own: seconds of every step, gaps and when they were reached, peak memory.

``CONSORTIA_DATA`` names the folder of the tables. Seconds of ``solve`` count from the start of its process, reading and building included.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from common import COMMUNES, ROOT, keep, table_of

GAPS = (0.01, 0.003, 0.001, 0.0005)
UNITED_STATES = "us_local_governments.csv.gz"
COMMON = ("--nearest", "12", "--models", "joint-committee,outsourced,unitary")
NEAR_20 = "-near-20"
"""Ends the name of a case with the 20 nearest centres for each body instead of 12: two thirds more pairs, and centres that stand in for one another better."""
THREE_SERVICES = "finance,hr,procurement"
GROWTH = (2_000, 5_000, 10_000, 20_000, 34_869)
_STEP = """
import json, sys, time
from pathlib import Path
began = time.monotonic()
from models.tables import read_instance
instance = read_instance(sys.argv[1])
read = time.monotonic()
from models.formulation import eligible
from models.rules import active_rules
offered = eligible(instance, active_rules(instance))
print(json.dumps({"read_s": round(read - began, 2), "build_s": round(time.monotonic() - read, 2), "units": len(offered.alone_cost),
    "pairs": len(offered.pair_cost), "bodies": len(offered.arrays.bodies), "centres": len(offered.arrays.centres)}))
"""


@dataclass(frozen=True)
class Case:
    """A table of bodies, what is drafted from it, how many of its rows are taken (all: ``None``), and whether centres lack their largest band."""

    name: str
    table: str
    options: tuple[str, ...]
    rows: int | None = None
    scarce: bool = False


def cases(name: str) -> list[Case]:
    """Return the instances of a case; fewer bodies have fewer centres in proportion."""
    if name.endswith(NEAR_20):
        return [replace(case, name=name, options=(*case.options, "--nearest", "20")) for case in cases(name.removesuffix(NEAR_20))]
    france = ("--centres", "1250", *COMMON)
    if name in ("us", "us-scarce"):
        return [Case(name, UNITED_STATES, ("--centres", "1423", "--services", "finance", *COMMON), scarce=name == "us-scarce")]
    if name == "france":
        return [Case("france", COMMUNES, (*france, "--services", "finance"))]
    if name == "france-3-services":
        return [Case("france-3-services", COMMUNES, (*france, "--services", THREE_SERVICES))]
    sampled = [Case(f"france-{rows}", COMMUNES, ("--centres", str(max(20, rows * 1250 // 34_869)), *COMMON, "--services", "finance"), rows) for rows in GROWTH]
    return [*sampled, Case("france-3-services", COMMUNES, (*france, "--services", THREE_SERVICES))]


def main() -> None:
    """Measure the cases named on the command line, and keep one file of results each."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = ("france", "france-3-services", "us", "us-scarce")
    parser.add_argument("cases", nargs="+", choices=(*names, *(f"{name}{NEAR_20}" for name in names), "growth"))
    parser.add_argument("--limits", type=float, nargs="+", default=[60.0], help="seconds for construction and the solver, one run each")
    parser.add_argument("--threads", type=int, default=1, help="for the solver; with more than one the results have it in their name")
    parser.add_argument("--most-bodies", type=int, default=None, help="leave out larger samples of growth, for a quick look")
    asked = parser.parse_args()
    for name in asked.cases:
        rows: list[dict[str, Any]] = []
        for case in cases(name):
            if asked.most_bodies is None or (case.rows is not None and case.rows <= asked.most_bodies):
                rows += _measured(case, asked.limits, asked.threads)
                print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
                several = f"-{asked.threads}-threads" if asked.threads > 1 else ""
                keep(f"national-{name}{several}", {"solver": "consortia", "limits": asked.limits, "threads": asked.threads, **_growth(rows), "rows": rows})


def _measured(case: Case, limits: list[float], threads: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="national-") as scratch:
        folder = Path(scratch)
        table = table_of(case.table) if case.rows is None else _sample(table_of(case.table), case.rows, folder / "sample.csv")
        draft = _timed(["cli_start.py", "draft", str(table), "-o", str(folder / "instance"), *case.options])
        if case.scarce:
            _drop_largest_band(folder / "instance" / "bands.csv")
        built = _timed(["-c", _STEP, str(folder / "instance")])
        steps = {"instance": case.name, "draft_s": draft.seconds, **json.loads(built.output)}
        return [{**steps, **_solved(folder, limit, threads)} for limit in limits]


def _sample(table: Path, count: int, target: Path) -> Path:
    """Write ``count`` rows of ``table``, drawn alike each time."""
    with gzip.open(table, "rt", encoding="utf-8", newline="") as stream:
        header, *rows = list(csv.reader(stream))
    with target.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *(rows[at] for at in sorted(random.Random(1).sample(range(len(rows)), min(count, len(rows)))))])
    return target


def _drop_largest_band(table: Path) -> None:
    """Leave the largest band out, so that all centres together cannot hold what all bodies have: in the United States they hold nine tenths then."""
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    largest = max(rows, key=lambda row: float(row["capacity"]))["band"]
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(row for row in rows if row["band"] != largest)


def _solved(folder: Path, limit: float, threads: int) -> dict[str, Any]:
    """Return what a run of the instance in ``folder`` came to and how long its plan takes to audit."""
    run = folder / "run"
    how = ["--solver", "consortia", "-t", str(limit), "--threads", str(threads), "-o", str(run), "--force", "--exit-zero"]
    solved = _timed(["cli_start.py", "solve", str(folder / "instance"), *how])
    audited = _timed(["cli_start.py", "audit", str(run)])
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    events = [json.loads(line) for line in (run / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    # Events count from construction on: what came before it, and what came after the last of them, stands outside the limit.
    before = record["provenance"]["build_s"]
    cost, bound, today = record["cost"], record["bound"], record["do_nothing_cost"]
    return {
        "limit_s": limit, "whole_s": solved.seconds, "time_s": record["time_s"], "counted_s": record["provenance"]["counted_s"], "solve_build_s": before,
        "first_plan_s": _shown(solved.errors), **_reached(events), "stop": record["stop"], "cost": cost, "bound": bound, "gap": record["gap"],
        "saving_gap": None if bound is None or today == bound else round((cost - bound) / (today - bound), 6),
        "clusters": record["clusters"], "audit_s": audited.seconds, "audit": record["audit"] if isinstance(record["audit"], str) else "breaches",
        "peak_memory_mb": solved.memory_mb, "audit_memory_mb": audited.memory_mb,
    }  # fmt: skip


def _shown(progress: str) -> float | None:
    """Return when the first plan that has a bound was shown, in seconds from the start of the command."""
    lines = (line for line in progress.splitlines() if "cost" in line and "gap" in line)
    first = next(lines, None)
    return None if first is None else float(first.lstrip("* ").split(" ")[0])


def _reached(events: list[dict[str, Any]]) -> dict[str, float | None]:
    """Return when there was a plan with a bound and when each gap was first reached, by the clock of the events."""
    asked = {"certified_s": math.inf, **{f"gap_{share:.2%}_s": share for share in GAPS}}
    reached: dict[str, float | None] = dict.fromkeys(asked)
    cost, bound = math.inf, -math.inf
    for event in events:
        cost, bound = min(cost, event["cost"] or math.inf), max(bound, event["bound"] or -math.inf)
        for name, share in asked.items():
            if reached[name] is None and math.isfinite(cost) and math.isfinite(bound) and cost - bound <= share * abs(cost):
                reached[name] = round(event["t"], 2)
    return reached


def _growth(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Return the exponent by which the time to a gap of 1 % grows with the units, from the slope of the logarithms; nothing from under three sizes."""
    points = [(math.log(row["units"]), math.log(row["gap_1.00%_s"])) for row in rows if row["gap_1.00%_s"]]
    if len({size for size, _ in points}) < 3:
        return {}
    across, up = (sum(values) / len(points) for values in zip(*points, strict=True))
    slope = sum((size - across) * (seconds - up) for size, seconds in points) / sum((size - across) ** 2 for size, _ in points)
    return {"growth_exponent": round(slope, 3)}


@dataclass(frozen=True)
class Step:
    """A command that ran to its end: seconds, most memory (MiB), and what it printed."""

    seconds: float
    memory_mb: int
    output: str
    errors: str


def _timed(arguments: list[str]) -> Step:
    """Run Python on ``arguments`` in a process of its own; leave with what it printed when it fails."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        began = time.monotonic()
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=output, stderr=errors, env={**os.environ, "PYTHONPATH": str(ROOT)})
        _, status, used = os.wait4(process.pid, 0)
        seconds = round(time.monotonic() - began, 2)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        step = Step(seconds, round(used.ru_maxrss / 1024), output.read(), errors.read())
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments[:2])} left with {process.returncode}:\n{step.errors}")
    return step


if __name__ == "__main__":
    main()

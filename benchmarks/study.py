"""What a study costs beside its solvers: the overhead of each run, and writing and summarising 10,000 records of runs that take no time."""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from unittest import mock

from common import ROOT, instance_named, keep

from solver.study import runner
from solver.study.attempt import Attempt, blank
from solver.study.conduct import conduct, subject
from solver.study.contents import contents
from solver.study.planned import Contender, Limits, Source, Study, Subject
from solver.study.records import Record, record_from_dict
from solver.study.runner import usable_cores

SIZE = {"bodies": 100, "services": 4, "centres": 20, "commercial_models": 4}


def overhead(name: str, solvers: tuple[str, ...], runs: int) -> dict[str, Any]:
    """Return the seconds that runs of a shipped instance take beyond what counts as the solver's."""
    study = Study((Source(str(ROOT / "instances" / name)),), tuple(map(Contender, solvers)), tuple(range(runs)), Limits(60.0))
    with tempfile.TemporaryDirectory() as folder, contents() as kept:
        subjects = [subject(study.instances[0], instance_named(name), kept)]
        records, _ = conduct(study, subjects, Path(folder) / "study", cancel=threading.Event(), contents=kept, on_begin=unheard, on_record=unheard)
    found = {}
    for solver in solvers:
        beyond = [record.wall_s - record.seconds for record in records if record.solver == solver]
        found[solver] = {"least": round(min(beyond), 3), "median": round(statistics.median(beyond), 3), "most": round(max(beyond), 3)}
    return found


def many(count: int, folder: Path) -> dict[str, float]:
    """Return the seconds to write ``count`` records as the runner does and to make tables and page of them."""
    from report.comparison import comparison, frame
    from report.comparison_page import write_comparison_page

    instances, seeds, contenders = count // 20, range(5), [Contender(name) for name in ("cbc", "highs", "cp-sat", "consortia")]
    study = Study(tuple(Source(f"{number}.json") for number in range(instances)), tuple(contenders), tuple(seeds), Limits(60.0))
    subjects = [Subject(source.path, source.path, f"{number:016x}", "", SIZE) for number, source in enumerate(study.instances)]
    with mock.patch.object(runner, "run_one", at_once):
        began = time.perf_counter()
        records, missing = conduct(
            study, subjects, folder / "study", jobs=len(usable_cores()) or 1, cancel=threading.Event(), on_begin=unheard, on_record=unheard
        )
        written = time.perf_counter()
    found = comparison(records, missing)
    for name in ("solvers", "classes", "pairs", "profile", "instances", "verdicts"):
        frame(found, name)
    tables = time.perf_counter()
    write_comparison_page(found, folder / "study.html", force=False)
    page = time.perf_counter()
    assert len(records) == count
    return {"write_s": round(written - began, 2), "tables_s": round(tables - written, 2), "page_s": round(page - tables, 2), "all_s": round(page - began, 2)}


def at_once(attempt: Attempt, _folder: Path, cores: tuple[int, ...], *_: Any, **__: Any) -> Record:
    """Return a record of a run that took no time, with a trace of ten events."""
    run = attempt.run
    part = int(run.key[:4], 16) / 65536
    seconds = 0.1 + 50 * part
    told = {"stop": "proved", "cost": 1_000_000, "bound": 1_000_000, "gap": 0.0, "audit": "ok", "seconds": seconds, "machine": {"system": "none"}}
    events = [(seconds * step / 10, 1_100_000 - 10_000 * step, 900_000.0 + 10_000 * step) for step in range(1, 11)]
    return record_from_dict({**blank(attempt, cores, "2026-01-01T00:00:00+00:00").as_dict(), **told, "events": events})


def unheard(*_: object) -> None:
    """Take in what nobody wants to know of."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", nargs="+", default=["tiny", "london"])
    parser.add_argument("--solvers", nargs="+", default=["cbc", "highs", "cp-sat"])
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--records", type=int, default=10_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # Whatever else the machine was doing adds to every figure, to the median and the most above all.
        record: dict[str, Any] = {"load_before": round(os.getloadavg()[0], 1), "records": asked.records, **many(asked.records, Path(folder))}
        print(record)
    record["overhead_s"] = {name: overhead(name, tuple(asked.solvers), asked.runs) for name in asked.instances}
    record["peak_memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(record["overhead_s"])
    keep("study", record)


if __name__ == "__main__":
    main()

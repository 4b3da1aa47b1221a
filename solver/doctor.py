"""What this machine has: solvers, licences, canaries, cores and memory as a container sees them."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from solver import engine
from solver.backends.canaries import CanaryResult, Verdict, run_canaries
from solver.backends.registry import backends, probe

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

PACKAGES = ("consortia", "pulp", "ortools", "highspy", "pyscipopt", "numba", "pandas", "numpy", "scipy", "typer")


def diagnosis() -> pd.DataFrame:
    """Return one row for the engine and each back end: whether it is here, its version, licence and whether it answers tiny models rightly."""
    import pandas as pd

    rows = [_engine_row()]
    for one in backends():
        found = probe(one.name)
        canaries, note = "-", found.message
        if found.available and found.licence_ok:
            results = run_canaries(one.name)
            canaries, missed = worst(results), [result for result in results if not result.ok]
            note = "; ".join(f"{one.name}: expected {_words(one.expected)}, got {_words(one.found)}" for one in missed)
        rows.append(
            {
                "solver": one.name,
                "version": found.version,
                "installed": "yes" if found.available else "no",
                "licence": one.licence if found.licence_ok or not found.available else "not valid",
                "size_limit": one.size_limit,
                "canaries": str(canaries),
                "abilities": " ".join(sorted(one.abilities)),
                "note": note,
            }
        )
    return pd.DataFrame(rows)


def _engine_row() -> dict[str, str]:
    """Return what there is to say of the engine: it has no canaries, as its every plan is audited and its bound is certified."""
    problem = engine.trouble()
    return {
        "solver": engine.NAME,
        "version": metadata.version("consortia"),
        "installed": "no" if problem else "yes",
        "licence": "Apache-2.0",
        "size_limit": "",
        "canaries": "-",
        "abilities": " ".join(engine.ABILITIES),
        "note": problem,
    }


def worst(results: Sequence[CanaryResult]) -> Verdict:
    """Return the verdict on a back end: the worst there is on any canary."""
    return max((result.verdict for result in results), key=list(Verdict).index, default=Verdict.OK)


def _words(answer: int | str | None) -> str:
    return "no plan" if answer is None else str(answer)


def machine_lines() -> list[str]:
    """Return versions, cores and memory, a line each."""
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{package} absent")
    return [
        f"python     {sys.version.split()[0]} on {platform.system()} {platform.machine()}",
        f"packages   {', '.join(versions)}",
        f"cores      {_usable_cores()} usable of {os.cpu_count()}",
        f"memory     {_memory_gib():.1f} GiB" + (f", container limit {limit:.1f} GiB" if (limit := _container_limit_gib()) else ""),
    ]


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _container_limit_gib() -> float | None:
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit() and int(text) < 2**50:
            return int(text) / 2**30
    return None

"""Whole-process time of ``consortia --help``: what a user waits before anything is imported that the command does not need."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

from common import ROOT, keep


def seconds() -> float:
    """Return the wall time of one fresh process."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "cli", "--help"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    # The first process fills the caches of the disk and of compiled modules, which is not what is measured.
    seconds()
    times = [seconds() for _ in range(runs)]
    record = {"runs": runs, "min": round(min(times), 3), "median": round(statistics.median(times), 3), "max": round(max(times), 3)}
    print(record)
    keep("help_time", {"command": "consortia --help", "unit": "s", **record})


if __name__ == "__main__":
    main()

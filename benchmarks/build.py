"""Instance to Program, Program into HiGHS, Program into PuLP: time and peak memory, each in a fresh process."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from pathlib import Path

from common import instance_named, keep


def to_program(name: str) -> dict[str, object]:
    """Return the time from an instance in memory to its program, with the peak memory of the process before and after.

    ``processor_s`` is the time the process itself was given, which other work on the machine does not lengthen.
    """
    from models.formulation import formulate

    instance = instance_named(name)
    before, began, given = _peak(), time.monotonic(), time.process_time()
    program = formulate(instance).program
    seconds, processor = time.monotonic() - began, time.process_time() - given
    size = {"columns": program.columns, "rows": program.rows, "nonzeros": program.nonzeros}
    timed = {"seconds": round(seconds, 2), "processor_s": round(processor, 2), "memory_before_gb": before, "peak_memory_gb": _peak()}
    return {"step": "instance to program", **timed, **size}


def into_highs(name: str) -> dict[str, object]:
    """Return the time from a program to a loaded HiGHS model, by way of the files a child process reads."""
    import highspy

    from models.formulation import formulate
    from solver.backends.contracts import Options
    from solver.backends.handover import read_job, write_job
    from solver.backends.highs import highs_model

    program = formulate(instance_named(name)).program
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        write_job(Path(folder) / "job", program, Options(), None)
        handed = read_job(Path(folder) / "job").program
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.passModel(highs_model(handed, 0))
        seconds = time.monotonic() - began
    return {"step": "program into HiGHS, hand-over to the child included", "seconds": round(seconds, 2), "peak_memory_gb": _peak()}


def into_pulp(name: str) -> dict[str, object]:
    """Return the time from a program to a PuLP problem, and from that to the MPS file PuLP hands to its solvers."""
    from models.formulation import formulate
    from solver.backends.pulp_models import build, import_pulp

    program = formulate(instance_named(name)).program
    pulp = import_pulp()
    began = time.monotonic()
    problem, _ = build(pulp, program)
    built = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        problem.writeMPS(str(Path(folder) / "model.mps"))
    written = time.monotonic()
    return {"step": "program into PuLP", "seconds": round(built - began, 2), "write_mps_s": round(written - built, 2), "peak_memory_gb": _peak()}


def own_mps(name: str) -> dict[str, object]:
    """Return the time our own writer takes for the same MPS file."""
    from models.formulation import formulate
    from models.program_files import write_mps

    program = formulate(instance_named(name)).program
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        write_mps(program, Path(folder) / "model.mps")
        seconds = time.monotonic() - began
    return {"step": "program into an MPS file, own writer", "seconds": round(seconds, 2), "peak_memory_gb": _peak()}


def _peak() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)


STEPS = {"program": to_program, "highs": into_highs, "mps": own_mps, "pulp": into_pulp}


def measure(name: str, steps: list[str]) -> None:
    """Run the steps on one instance, each in a fresh process, and keep what they took and how busy the machine was."""
    load = round(os.getloadavg()[0], 1)
    found = []
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for step in steps:
            found.append(pool.apply(STEPS[step], (name,)))
            print(name, found[-1], flush=True)
    keep(f"build-{name}", {"instance": name, "load_at_start": load, "steps": found})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instances", nargs="*", default=["england"])
    parser.add_argument("--steps", nargs="+", choices=tuple(STEPS), default=list(STEPS), help="PuLP takes more memory than most machines have for the us")
    arguments = parser.parse_args()
    for name in arguments.instances:
        measure(name, arguments.steps)


if __name__ == "__main__":
    main()

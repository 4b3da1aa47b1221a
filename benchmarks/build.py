"""Instance to Program, Program into HiGHS, Program into PuLP: time and peak memory, each in a fresh process."""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

from common import instance_named, keep


def to_program(name: str) -> dict[str, object]:
    """Return the time from an instance in memory to its program, with the peak memory of the process, reading and all."""
    from models.formulation import formulate

    instance = instance_named(name)
    began = time.monotonic()
    program = formulate(instance).program
    seconds = time.monotonic() - began
    size = {"columns": program.columns, "rows": program.rows, "nonzeros": program.nonzeros}
    return {"step": "instance to program", "seconds": round(seconds, 2), "peak_memory_gb": _peak(), **size}


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance", nargs="?", default="england")
    arguments = parser.parse_args()
    steps = []
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for step in (to_program, into_highs, own_mps, into_pulp):
            steps.append(pool.apply(step, (arguments.instance,)))
            print(steps[-1], flush=True)
    keep(f"build-{arguments.instance}", {"instance": arguments.instance, "steps": steps})


if __name__ == "__main__":
    main()

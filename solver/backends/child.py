"""The child process: ``python -m solver.backends.child BACKEND DESCRIPTOR [JOB...]`` loads one solver, works through the jobs, reports by the pipe.

Standard input is the parent's leash: the line ``stop`` asks the running solver to give up, end of file means that the parent is gone.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import importlib
import json
import os
import resource
import signal
import sys
import threading
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from solver.backends.contracts import LicenceRefused, OptionRefused, RawResult
from solver.backends.judging import speaks_of_memory
from solver.backends.reporting import JobReporter, Pipe, StopSignal
from solver.memory import address_space

SOLVER_PACKAGES = ("highspy", "ortools", "pulp", "pyscipopt", "gurobipy", "cplex", "xpress", "coptpy")
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the one that started it ends; on systems without that, the leash has to do."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def module_of(backend: str) -> Any:
    """Import the back end's module (not yet its solver)."""
    return importlib.import_module(f"solver.backends.{backend.replace('-', '_')}")


def main(arguments: list[str]) -> int:
    """Work through the jobs; every way out, good or bad, is told by the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()
    backend, descriptor, *folders = arguments
    pipe = Pipe(int(descriptor))
    stop = StopSignal()
    module = module_of(backend)
    if folders == ["--probe"]:
        _probe(module, pipe)
        return 0
    threading.Thread(target=_hold_leash, args=(stop,), daemon=True).start()
    from solver.backends.handover import read_job

    limit = json.loads((Path(folders[0]) / "job.json").read_text(encoding="utf-8"))["options"]["memory_mb"]
    if limit is not None:
        _limit_memory(limit)
    try:
        module.load()
    except (ImportError, MemoryError, OSError, SystemError) as error:
        if limit is not None and (isinstance(error, MemoryError) or speaks_of_memory(str(error))):
            message = f"The {limit} MiB it was given do not suffice to load {module.INFO.title}."
            pipe.send({"kind": "unloadable", "status": "limit", "reason": "memory-limit", "message": message})
        else:
            pipe.send({"kind": "unloadable", "status": "failed", "reason": "missing", "message": f"{module.INFO.title} cannot be loaded: {error}"})
        return 0
    version = _version(module)
    for number, folder in enumerate(folders):
        started = time.monotonic()
        pipe.send({"kind": "start", "job": number, "version": version})
        _work(module, read_job, Path(folder), number, pipe, stop, started, limit)
    return 0


def _version(module: Any) -> str:
    """Return the solver's own version, told before it begins so that it is known of one that never answers."""
    try:
        return str(module.version())
    except Exception:
        return ""


def _without_files(error: OSError, folder: Path, limit: int | None) -> RawResult:
    """Return what an error of the system means: even reading a module fails as one where memory has run out."""
    if error.errno == errno.ENOMEM or speaks_of_memory(str(error)):
        return _out_of_memory(limit)
    message = f"{error.filename or folder.parent}: {error.strerror or error}; the solver's files could not be written."
    return RawResult("failed", "no place for files", message=message, reason="disk")


def _work(module: Any, read_job: Any, folder: Path, number: int, pipe: Pipe, stop: StopSignal, started: float, limit: int | None) -> None:
    reporter: JobReporter | None = None
    try:
        job = read_job(folder)
        reporter = JobReporter(job, number, pipe, stop, started)
        if job.start is not None:
            reporter.incumbent(job.start, "start")
        result = module.run(job, reporter)
    except OptionRefused as error:
        result = RawResult("failed", "option refused", message=str(error), reason="option")
    except LicenceRefused as error:
        result = RawResult("failed", "licence refused", message=str(error), reason="licence")
    except MemoryError:
        result = _out_of_memory(limit)
    except OSError as error:
        result = _without_files(error, folder, limit)
    except Exception as error:
        traceback.print_exc()
        if speaks_of_memory(str(error)):
            result = _out_of_memory(limit)
        else:
            result = RawResult("failed", type(error).__name__, message=f"The back end failed: {error}", reason="crash")
    if reporter is not None:
        reporter.finish()
    record = asdict(result)
    record.update(
        kind="result",
        job=number,
        seconds=time.monotonic() - started,
        memory_mb=peak_memory_mb(),
        dropped_rows=reporter.dropped_rows if reporter is not None else 0,
        modules=[name for name in SOLVER_PACKAGES if sys.modules.get(name) is not None],
    )
    pipe.send(record)


def _out_of_memory(limit: int | None) -> RawResult:
    message = "The solver ran out of memory." if limit is None else f"The run needs more than the {limit} MiB it was given."
    return RawResult("limit", "out of memory", message=message, reason="memory-limit")


def peak_memory_mb() -> float:
    """Return the highest resident memory of this process or of any it started, in MiB."""
    from solver.backends.process import resident_peak_mb

    # The system's own figure for this process would include the parent's size at the moment of forking; /proc counts afresh.
    started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return max(resident_peak_mb(os.getpid()), started)


def _limit_memory(megabytes: int) -> None:
    size = address_space(megabytes)
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _hold_leash(stop: StopSignal) -> None:
    for line in sys.stdin:
        if line.strip() == "stop":
            stop.ask()
    # End of file: the parent is gone, and nobody will read what this process finds.
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _probe(module: Any, pipe: Pipe) -> None:
    record: dict[str, Any] = {"kind": "probe", "available": False, "version": "", "licence_ok": False, "message": ""}
    try:
        module.load()
        record["version"] = module.version()
        record["available"] = True
        record["message"] = module.licence_trouble()
        record["licence_ok"] = not record["message"]
    except Exception as error:
        record["message"] = f"{type(error).__name__}: {error}"
    pipe.send(record)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).fflush(None)
    # Some solver libraries crash or wait in their clean-up at interpreter exit; everything that matters has been sent and written.
    os._exit(code)

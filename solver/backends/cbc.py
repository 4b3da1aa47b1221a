"""CBC: the program that comes with PuLP, driven by our own MPS, start and solution files; its log is read while it runs.

Its words are not taken at face value: under a time limit an old CBC writes "Optimal" at the head of files it should not, so the
log's closing lines decide, and costs come from the values.
"""

from __future__ import annotations

import contextlib
import re
import resource
import signal
import subprocess
import sys
import time
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.program_files import write_mps
from solver.backends.child import die_with_parent
from solver.backends.contracts import ABILITIES, BackendInfo, Job, OptionRefused, RawResult, RawStatus, Reason, Reporter, StartUse
from solver.backends.scaling import objective_shift

if TYPE_CHECKING:
    from numpy.typing import NDArray

INFO = BackendInfo(
    name="cbc",
    title="CBC",
    requires="pulp",
    distribution="PuLP",
    licence="EPL-2.0 (PuLP: MIT)",
    open_source=True,
    abilities=ABILITIES,
)
_LARGEST_BITS = 24
"""CBC gains from seeing whole costs (plans then differ by at least 1) and bears larger ones than the others: measured."""
_FOUND = re.compile(r"Integer solution of (\S+) found")
_BEST_POSSIBLE = re.compile(r"best possible (\S+)")
_LOWER_BOUND = re.compile(r"^(?:Lower bound:|Continuous objective value is)\s*(\S+)")
_OBJECTIVE = re.compile(r"^Objective value:\s+(\S+)")
_REFUSED = ("No match for", "is not valid", "invalid value", "was provided for", "not known")


def load() -> None:
    """Find the program."""
    if not binary().exists():
        raise ImportError("PuLP brings no CBC for this system")


@cache
def binary() -> Path:
    """Return where PuLP keeps its CBC, asked of PuLP with every other solver's package hidden from it."""
    from solver.backends.pulp_models import import_pulp

    return Path(import_pulp().PULP_CBC_CMD.pulp_cbc_path).resolve()


def version() -> str:
    """Return the solver's version."""
    said = subprocess.run([str(binary()), "-quit"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL).stdout
    found = re.search(r"Version: (\S+)", said)
    return found.group(1) if found else ""


def licence_trouble() -> str:
    """Return an empty string: free software."""
    return ""


def run(job: Job, reporter: Reporter) -> RawResult:
    """Solve the job's program."""
    shift = objective_shift(job.program, _LARGEST_BITS)
    factor = 2.0**shift
    write_mps(job.program, job.folder / "program.mps", shift=shift)
    start_use = _write_start(job)
    effective = _settings(job, reporter)
    if _out_of_time(reporter):
        # Given no time at all this CBC crashes.
        return RawResult("limit", "no time left to begin", version=version(), effective=effective, start_use=start_use)
    command = [str(binary()), "program.mps"]
    if start_use == "accepted":
        command += ["-mips", "start.mst"]
    for name, value in effective.items():
        command += [f"-{name}", value] if value else [f"-{name}"]
    command += ["-solve", "-solution", "plan.txt"]
    heard = _Listener(reporter, factor)
    with subprocess.Popen(
        command,
        cwd=job.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=_before_program,  # noqa: PLW1509 - no other thread of this child holds a lock that the two calls in it need
    ) as process:
        reporter.on_stop(lambda: _interrupt(process))
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            heard.line(line)
    if heard.refused:
        raise OptionRefused(f"CBC does not take an option: {heard.refused}")
    if process.returncode:
        status, reason, message = _why_it_died(process.returncode, heard.last, job, reporter)
        return RawResult(status, heard.last, message=message, reason=reason, version=version(), effective=effective, start_use=start_use)
    values, head = _read_solution(job.folder / "plan.txt", job.program.columns)
    if values is not None:
        reporter.incumbent(values, "cbc")
    if start_use == "accepted" and not heard.start_taken:
        start_use = "unknown"
    status, reason = _status(heard, head, reporter)
    bound = heard.bound
    if status == "optimal" and heard.objective is not None:
        # Once its search is completed CBC tells no bound: what it left aside is within the gap of its plan.
        completed = heard.objective - job.options.gap * abs(heard.objective)
        bound = completed if bound is None else max(bound, completed)
    return RawResult(
        status,
        heard.verdict or head,
        bound=None if bound is None or status == "infeasible" else bound * factor,
        reason=reason,
        version=version(),
        effective=effective,
        start_use=start_use,
    )


def _out_of_time(reporter: Reporter) -> bool:
    remaining = reporter.remaining()
    return remaining is not None and remaining <= 0.1


def _why_it_died(code: int, last_words: str, job: Job, reporter: Reporter) -> tuple[RawStatus, Reason, str]:
    limit = job.options.memory_mb
    # CBC does not look whether it was given the memory it asked for: where memory is limited, that is what kills it.
    large = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10
    if "bad_alloc" in last_words or (limit is not None and code in {-signal.SIGSEGV, -signal.SIGABRT} and large >= limit / 4):
        return "limit", "memory-limit", "CBC ran out of the memory it was given."
    if _out_of_time(reporter):
        return "limit", "time-limit", "CBC crashed as its time ran out."
    return "failed", "crash", f"CBC crashed with {'signal' if code < 0 else 'code'} {abs(code)}."


def _before_program() -> None:
    # The child ignores Ctrl-C, and what it starts would inherit that; but this is how CBC is asked to stop.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    die_with_parent()


def _interrupt(process: subprocess.Popen[str]) -> None:
    # Before CBC has put up its own handler the signal would end it; a second one ends it in any case.
    time.sleep(0.2)
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)


def _settings(job: Job, reporter: Reporter) -> dict[str, str]:
    asked = job.options
    settings = {
        "ratioGap": repr(asked.gap),
        "allowableGap": "0",
        "primalTolerance": "1e-9",
        "integerTolerance": "1e-9",
        "randomSeed": str(asked.seed + 1),
        "randomCbcSeed": str(asked.seed + 1),
        "threads": str(asked.threads if asked.threads > 1 else 0),
        "timeMode": "elapsed",
    }
    remaining = reporter.remaining()
    if remaining is not None:
        settings["seconds"] = f"{remaining:.3f}"
    return {**settings, **asked.solver_options}


def _write_start(job: Job) -> StartUse:
    if job.start is None:
        return "none"
    if job.program.violations(job.start):
        return "rejected"
    with (job.folder / "start.mst").open("w", encoding="ascii") as file:
        file.write("Stopped on iterations - objective value 0\n")
        file.writelines(f"{column} c{column} {value} 0\n" for column, value in enumerate(job.start.tolist()))
    return "accepted"


class _Listener:
    """Gathers from the log what CBC tells nowhere else."""

    def __init__(self, reporter: Reporter, factor: float) -> None:
        self._reporter, self._factor = reporter, factor
        self.bound: float | None = None
        self.objective: float | None = None
        self.start_taken = False
        self.infeasible = False
        self.verdict = self.last = self.refused = ""

    def line(self, line: str) -> None:
        """Take one line of the log."""
        text = line.strip()
        if not text:
            return
        self.last = text
        if text.startswith("Result - "):
            self.verdict = text.removeprefix("Result - ")
        if "infeasible" in text.lower() and ("Result" in text or "Problem is infeasible" in text or "proven infeasible" in text.lower()):
            self.infeasible = True
        if text.startswith("Cbc0045I MIPStart provided solution") or "MIPStart solution provided values" in text:
            self.start_taken = True
        if any(words in text for words in _REFUSED) and not text.startswith("Cbc"):
            self.refused = f"{self.refused} {text}".strip()
        self._costs(text)

    def _costs(self, text: str) -> None:
        for pattern in (_BEST_POSSIBLE, _LOWER_BOUND):
            found = pattern.search(text)
            if found and (value := _number(found.group(1), -1)) is not None and (self.bound is None or value > self.bound):
                self.bound = value
                self._reporter.bound(value * self._factor, "cbc log")
        found = _FOUND.search(text)
        if found and (value := _number(found.group(1), 1)) is not None:
            self._reporter.logged_cost(int(np.ceil(value * self._factor)), "cbc log")
        found = _OBJECTIVE.search(text)
        if found:
            self.objective = _number(found.group(1), -1)


def _number(text: str, away: int) -> float | None:
    """Read a number of the log, moved by one in its last digit the way ``away`` points: the log shows some digits only and must not promise too much."""
    try:
        value = Decimal(text.rstrip(",;)"))
    except InvalidOperation:
        return None
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or abs(value) > Decimal(10) ** 40:
        return None
    return float(value + away * Decimal(10) ** exponent)


def _read_solution(path: Path, columns: int) -> tuple[NDArray[np.float64] | None, str]:
    """Return the values of a solution file (columns it does not name are 0) and its head line."""
    if not path.exists():
        return None, ""
    values = np.zeros(columns)
    with path.open(encoding="ascii", errors="replace") as file:
        head = file.readline().strip()
        for line in file:
            words: list[Any] = line.replace("**", "  ").split()
            if len(words) >= 3 and words[1].startswith("c"):
                values[int(words[1][1:])] = float(words[2])
    return (None if "infeasible" in head.lower() else values), head


def _status(heard: _Listener, head: str, reporter: Reporter) -> tuple[RawStatus, Reason]:
    words = f"{head} {heard.verdict}".lower()
    if "stopped" in words or "user ctrl-c" in words:
        return ("interrupted", "") if reporter.stopping else ("limit", "time-limit" if "time" in words else "limit")
    if heard.infeasible or "infeasible" in words:
        return "infeasible", ""
    if "optimal" in words:
        return "optimal", ""
    return "failed", "crash"

"""Turns a back end's claims into an :class:`Outcome`: plans are checked exactly, and a proof counts only when checked cost and bound agree."""

from __future__ import annotations

import math
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from solver.backends.contracts import Event, Options, Outcome, Reason, StartUse, Stop

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.program import Program

Ended = Literal["answered", "cancelled", "overran", "died"]
_OUT_OF_MEMORY = (
    "bad_alloc",
    "memoryerror",
    "cannot allocate memory",
    "out of memory",
    "not enough memory",
    "failed to allocate",
    "failed to map segment",
    "can't start new thread",
)
BEFORE_THE_SOLVER = "Stopped before the solver began; the best plan so far is kept."
_TAIL = 20_000
_EARLY_S = 0.2
"""Solvers that look at the clock now and then stop a little before their time."""


@dataclass
class Evidence:
    """What the parent gathered about one job.

    Attributes
    ----------
    ended
        How the child came to its end on this job; ``overran`` when the watchdog had to step in.
    began
        Whether the child had begun on the job.
    version
        Of the solver, as the child said when it began.
    record
        The child's closing words; ``None`` when it died before them.
    plan
        The best plan found on disk, not yet checked.
    """

    ended: Ended = "died"
    record: dict[str, Any] | None = None
    plan: NDArray[np.int64] | None = None
    events: list[Event] = field(default_factory=list)
    seconds: float = 0.0
    memory_mb: float = 0.0
    return_code: int = 0
    log: Path | None = None
    began: bool = True
    version: str = ""


def tolerance(cost: int) -> float:
    """Return by how much money a floating-point bound may miss an exact cost and still count as meeting it."""
    return 1e-6 + 1e-9 * abs(cost)


def meets(cost: int, bound: float, gap: float) -> bool:
    """Tell whether ``bound`` proves ``cost`` within ``gap``."""
    return cost - bound <= gap * abs(cost) + tolerance(cost)


def judge(program: Program, options: Options, start: NDArray[np.int64] | None, evidence: Evidence) -> Outcome:
    """Return what may be believed of one run."""
    values, trouble = evidence.plan, ""
    if values is not None:
        broken = program.violations(values)
        if broken:
            values, trouble = None, f"The solver's plan breaks {len(broken)} rows and was dropped."
    cost = None if values is None else program.objective(values)
    record = evidence.record or {}
    bound = _bound(record, evidence.events)
    dropped = int(record.get("dropped_rows", 0))
    if dropped and not trouble:
        trouble = f"The solver offered a plan that breaks {dropped} rows; it was dropped."
    if evidence.record is None:
        stop, reason, message = _without_answer(options, evidence)
    else:
        stop, reason, message, bound = _with_answer(record, options, evidence.ended, cost, bound, dropped)
    if cost is not None and bound is not None and stop != "failed":
        if bound > cost + tolerance(cost):
            stop, reason = "failed", "lied"
            message = f"The solver says that no plan costs less than {bound:.2f}, but one costing {cost} is at hand."
            bound = None
        else:
            bound = min(bound, float(cost))
            if stop in {"limit", "cancelled"} and not reason.startswith("hang") and meets(cost, bound, options.gap):
                stop, reason, message = "proved", "", ""
    if stop == "failed":
        bound = None
    return Outcome(
        stop=stop,
        raw_status=str(record.get("raw_status", "")),
        message=" ".join(part for part in (message, trouble) if part),
        values=values,
        bound=bound,
        events=tuple(evidence.events),
        seconds=float(record.get("seconds", evidence.seconds)),
        peak_memory_mb=max(float(record.get("memory_mb", 0.0)), evidence.memory_mb),
        version=str(record.get("version") or evidence.version),
        effective={str(key): str(value) for key, value in record.get("effective", {}).items()},
        start_use=_start_use(start, record),
        reason=reason,
        modules=tuple(record.get("modules", ())),
        cost=cost,
    )


def _start_use(start: NDArray[np.int64] | None, record: dict[str, Any]) -> StartUse:
    if start is None:
        return "none"
    claimed = record.get("start_use", "unknown")
    return "unknown" if claimed == "none" else cast("StartUse", claimed)


def _bound(record: dict[str, Any], events: list[Event]) -> float | None:
    bounds = [event.bound for event in events if event.bound is not None]
    final = record.get("bound")
    if final is not None and math.isfinite(final) and abs(final) < 1e19:
        bounds.append(float(final))
    return max(bounds, default=None)


def _with_answer(
    record: dict[str, Any], options: Options, ended: Ended, cost: int | None, bound: float | None, dropped: int
) -> tuple[Stop, Reason, str, float | None]:
    status, message = record["status"], str(record.get("message", ""))
    reason = cast("Reason", record.get("reason", ""))
    if status == "optimal":
        return _claimed_optimal(options, cost, bound, dropped, message)
    if status == "infeasible":
        if cost is not None:
            return "failed", "lied", f"The solver says that there is no plan, but one costing {cost} is at hand.", None
        return "infeasible", "", message or "No plan keeps every rule.", None
    if status == "failed":
        return "failed", reason or "crash", message, bound
    return *_stopped_short(_which_limit(reason, record, options), ended, message, str(record.get("raw_status", ""))), bound


def _which_limit(reason: Reason, record: dict[str, Any], options: Options) -> Reason:
    """Return which limit ended a run: the time limit only where one was asked for, whoever says so."""
    limit = options.time_limit
    if reason == "memory-limit":
        return reason
    if limit is None or reason == "limit":
        return "limit"
    reached = float(record.get("seconds", 0.0)) >= limit - max(_EARLY_S, 0.05 * limit)
    return "time-limit" if reached or reason == "time-limit" else "limit"


def _stopped_short(reason: Reason, ended: Ended, message: str, words: str) -> tuple[Stop, Reason, str]:
    if reason == "memory-limit":
        return "limit", reason, message or "The memory limit was reached."
    if ended == "cancelled":
        return "cancelled", "", message or "Stopped when asked; the best plan so far is kept."
    if ended == "overran":
        return "limit", "time-limit", "Ran past the time limit and stopped when asked."
    if reason == "time-limit":
        return "limit", reason, message or "The time limit was reached."
    return "limit", "limit", message or f"The solver stopped at a limit of its own, in its words: {words or 'none'}."


def _claimed_optimal(options: Options, cost: int | None, bound: float | None, dropped: int, message: str) -> tuple[Stop, Reason, str, float | None]:
    if cost is None:
        return "failed", "lied", "The solver claims an optimal plan but gave none that keeps every rule.", None
    if bound is None:
        # A solver that gives no bound still claims one: nothing is cheaper than its plan by more than the gap it was asked for.
        bound = cost - options.gap * abs(cost)
    if meets(cost, bound, options.gap):
        return "proved", "", message, bound
    if dropped:
        return "failed", "lied", "The solver claims an optimal plan, but the plan it gave breaks rows.", None
    return "limit", "", f"The solver calls its plan optimal, but its bound {bound:.2f} does not meet the checked cost {cost}.", bound


def _without_answer(options: Options, evidence: Evidence) -> tuple[Stop, Reason, str]:
    if evidence.ended == "overran":
        return "limit", "hang", "The solver hung past its limit and was stopped."
    if evidence.ended == "cancelled" and not evidence.began:
        return "cancelled", "", BEFORE_THE_SOLVER
    if evidence.ended == "cancelled":
        return "cancelled", "", "The solver did not stop when asked and was ended; the best plan so far is kept."
    if options.memory_mb is not None and (_ran_out_of_memory(evidence.log) or _died_large(options.memory_mb, evidence)):
        return "limit", "memory-limit", f"The solver ran out of the {options.memory_mb} MiB it was given."
    if evidence.return_code < 0:
        number = -evidence.return_code
        try:
            name = signal.Signals(number).name
        except ValueError:
            name = "unknown"
        hint = " A system short of memory also ends programs this way." if name == "SIGKILL" else ""
        return "failed", "crash", f"The solver crashed with signal {number} ({name}).{hint}"
    return "failed", "crash", f"The solver's process ended with code {evidence.return_code} and no answer."


def _died_large(limit_mb: int, evidence: Evidence) -> bool:
    """Tell whether a crash looks like the use of memory that was refused: libraries that do not check for that crash, Python cannot always say why it ends."""
    return evidence.return_code in {-signal.SIGSEGV, -signal.SIGABRT, 1} and evidence.memory_mb >= 0.5 * limit_mb


def _ran_out_of_memory(log: Path | None) -> bool:
    if log is None or not log.exists():
        return False
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL))
        tail = file.read().decode("utf-8", "replace")
    return speaks_of_memory(tail)


def speaks_of_memory(text: str) -> bool:
    """Tell whether an error says that memory was refused, in the words of Python, of the loader of libraries or of C++."""
    return any(words in text.lower() for words in _OUT_OF_MEMORY)

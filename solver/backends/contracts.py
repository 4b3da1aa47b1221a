"""What parent, child and back ends say to each other: options, events, outcomes, abilities. No solver is imported here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.program import Program

Stop = Literal["proved", "limit", "cancelled", "infeasible", "failed"]
Reason = Literal["", "time-limit", "memory-limit", "limit", "crash", "hang", "licence", "missing", "option", "lied", "disk"]
StartUse = Literal["none", "accepted", "repaired", "rejected", "unknown"]
RawStatus = Literal["optimal", "infeasible", "limit", "interrupted", "failed"]
ABILITIES = frozenset({"start", "events", "bounds", "gap", "threads", "seed", "memory", "interrupt", "determinism"})


@dataclass(frozen=True)
class Options:
    """What every back end is asked for, set explicitly because their defaults differ.

    Attributes
    ----------
    time_limit
        Seconds from the moment the child starts on the program, loading included; ``None``: none.
    gap
        Stop when (cost - bound) <= gap * |cost|.
    threads, seed
        As the solver understands them; the outcome's ``effective`` tells what it took.
    memory_mb
        Memory the child may use, in MiB; ``None``: no limit.
    solver_options
        Raw options by the solver's own names.
    """

    time_limit: float | None = None
    gap: float = 0.0
    threads: int = 1
    seed: int = 0
    memory_mb: int | None = None
    solver_options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """The best cost and bound known ``seconds`` after the child started on the program, and who said so."""

    seconds: float
    cost: int | None
    bound: float | None
    source: str

    def later(self, seconds: float) -> Event:
        """Return the event on a clock begun so many seconds earlier."""
        return replace(self, seconds=self.seconds + seconds)


@dataclass(frozen=True)
class Outcome:
    """What one run gave, after the parent checked it.

    Attributes
    ----------
    stop
        ``proved`` only when the checked cost and the bound meet the asked gap.
    raw_status
        The solver's own words.
    message
        One plain sentence; empty when there is nothing to add.
    values
        (columns,) int64, a feasible plan; ``None`` when there is none.
    bound
        No plan costs less, as far as the solver proved.
    events
        In time order, costs falling and bounds rising.
    seconds
        From the start of work on the program to the answer.
    peak_memory_mb
        Highest resident memory of the child and the programs it started, in MiB.
    version
        Of the solver, as it said itself; empty when it never did.
    effective
        The options as the solver took them.
    start_use
        What became of the given start.
    reason
        Why the run stopped short, as a code.
    modules
        Which solver packages the child had loaded in the end.
    cost
        Exact cost of ``values``.
    """

    stop: Stop
    raw_status: str = ""
    message: str = ""
    values: NDArray[np.int64] | None = None
    bound: float | None = None
    events: tuple[Event, ...] = ()
    seconds: float = 0.0
    peak_memory_mb: float = 0.0
    version: str = ""
    effective: Mapping[str, str] = field(default_factory=dict)
    start_use: StartUse = "none"
    reason: Reason = ""
    modules: tuple[str, ...] = ()
    cost: int | None = None


@dataclass(frozen=True)
class BackendInfo:
    """What a back end is and can do.

    Attributes
    ----------
    requires
        The package that must be importable.
    distribution
        The name under which it is installed.
    excluded
        Versions never used, with the reason.
    size_limit
        What the licence that comes with the package allows; empty when there is no limit.
    extra
        Which optional dependency group brings it; empty for the core.
    """

    name: str
    title: str
    requires: str
    distribution: str
    licence: str
    open_source: bool
    abilities: frozenset[str]
    size_limit: str = ""
    excluded: Mapping[str, str] = field(default_factory=dict)
    extra: str = ""


@dataclass(frozen=True)
class Probe:
    """Whether a back end works here; found out in a child process."""

    available: bool
    version: str
    licence_ok: bool
    message: str


@dataclass(frozen=True)
class Job:
    """What a back end is given in the child."""

    program: Program
    options: Options
    start: NDArray[np.int64] | None
    folder: Path


@dataclass(frozen=True)
class RawResult:
    """What a back end claims; nobody believes it before it is checked.

    Attributes
    ----------
    status
        The claim: ``optimal`` means proven within the asked gap.
    raw_status
        The solver's own words.
    bound
        In the program's money, constant included; ``None`` when the solver gives none.
    reason
        Of a status ``limit``: which one, where the solver says so; empty where it does not.
    """

    status: RawStatus
    raw_status: str
    bound: float | None = None
    message: str = ""
    reason: Reason = ""
    version: str = ""
    effective: Mapping[str, str] = field(default_factory=dict)
    start_use: StartUse = "none"


class Reporter(Protocol):
    """What a back end can say, and ask, while it runs."""

    def incumbent(self, values: NDArray[np.float64] | NDArray[np.int64], source: str = "") -> None:
        """Hand in a plan; it is rounded, checked and kept when it is the best so far."""

    def logged_cost(self, cost: int, source: str = "") -> None:
        """Tell of a plan whose values cannot be had yet."""

    def bound(self, value: float, source: str = "") -> None:
        """Tell of a bound, in the program's money."""

    def remaining(self) -> float | None:
        """Return the seconds left, at least a twentieth of one; ``None`` without a limit."""

    def on_stop(self, interrupt: Callable[[], None]) -> None:
        """Have ``interrupt`` called when the parent asks to stop; at once when it already has."""

    @property
    def stopping(self) -> bool:
        """Whether the parent asked to stop."""


class OptionRefused(ValueError):
    """Raised by a back end when the solver does not know an option or refuses its value."""


class LicenceRefused(RuntimeError):
    """Raised by a back end when the solver's licence does not allow the run."""

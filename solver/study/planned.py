"""What a study is to run: instances by contenders by seeds, all under the same limits, each run with a key of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

KEY_LENGTH = 24
"""Hexadecimal digits of a key: 96 bits, so that two of a million runs share one with a chance of about 6e-18."""


@dataclass(frozen=True)
class Limits:
    """What every run of a study is held to; ``time_limit`` in seconds, ``gap`` a fraction, ``memory_mb`` MiB of the solver's process."""

    time_limit: float | None = None
    gap: float = 0.0
    threads: int = 1
    memory_mb: int | None = None
    construct: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Return the limits as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Contender:
    """A solver with raw options of its own; ``label`` is what tables call the two together."""

    solver: str
    options: Mapping[str, str] = field(default_factory=dict)
    label: str = ""

    @property
    def name(self) -> str:
        """Return the label, or else solver and options in a word."""
        return self.label or " ".join([self.solver, *(f"{key}={value}" for key, value in sorted(self.options.items()))])


@dataclass(frozen=True)
class Source:
    """Where an instance is read from, the class of instances it counts to (empty when classes do not matter), and its format (empty for our own)."""

    path: str
    group: str = ""
    form: str = ""


@dataclass(frozen=True)
class Study:
    """What is compared."""

    instances: tuple[Source, ...]
    contenders: tuple[Contender, ...]
    seeds: tuple[int, ...] = (0,)
    limits: Limits = Limits()


@dataclass(frozen=True)
class Subject:
    """An instance as a study knows it.

    Attributes
    ----------
    path, name, digest, group, size
        Where from, its name, digest, class, and counts of bodies, services, centres and commercial models.
    form
        Its format; empty for our own.
    money_scale
        How many units of its whole costs are one of the file's own unit.
    """

    path: str
    name: str
    digest: str
    group: str
    size: Mapping[str, int]
    form: str = ""
    money_scale: int = 1


@dataclass(frozen=True)
class PlannedRun:
    """One run of a study."""

    subject: Subject
    contender: Contender
    seed: int
    limits: Limits

    @cached_property
    def key(self) -> str:
        """A digest of everything that is run, and of nothing else: neither names nor places."""
        asked = {
            "instance": self.subject.digest,
            "solver": self.contender.solver,
            "options": dict(self.contender.options),
            "seed": self.seed,
            "limits": {**self.limits.as_dict(), "gap": float(self.limits.gap), "time_limit": _number(self.limits.time_limit)},
        }
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:KEY_LENGTH]


class StudyError(ValueError):
    """Raised when a study cannot be done as asked; the message says why and what would help."""


def planned_runs(study: Study, subjects: Sequence[Subject]) -> tuple[PlannedRun, ...]:
    """Return every run of ``study``: seed by seed, in it instance by instance, in that contender by contender, so that an early stop leaves whole rows.

    Raises
    ------
    StudyError
        When two of them are the same run, or two contenders bear one name.
    """
    names = [contender.name for contender in study.contenders]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise StudyError(f"two contenders are called {twice!r}; give each a label of its own")
    runs = tuple(PlannedRun(subject, contender, seed, study.limits) for seed in study.seeds for subject in subjects for contender in study.contenders)
    seen: dict[str, PlannedRun] = {}
    for run in runs:
        other = seen.setdefault(run.key, run)
        if other is not run:
            raise StudyError(f"{_words(other)} and {_words(run)} are the same run")
    return runs


def _number(value: float | None) -> float | None:
    """Return a limit as one kind of number: 60 and 60.0 are the same limit."""
    return None if value is None else float(value)


def _words(run: PlannedRun) -> str:
    return f"{run.contender.name} on {run.subject.path} with seed {run.seed}"

"""One attempt at a run, in a process of its own that is watched until it ends, and the record of it whatever became of it."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import IO, Any, Protocol

from solver.study.nursery import Begun, Nursery, kill_group
from solver.study.planned import PlannedRun
from solver.study.records import Record, record_from_dict
from solver.study.store import LOGS_FOLDER

_TICK_S = 0.1
_STOPS_WITHIN_S = 15.0
"""How long a run may take to stop when asked; a solver has its own, shorter grace inside."""
HANGS_AFTER_S = 900.0
"""How long a run may take beyond its time limit, for which the solver is held to the limit itself: to read, build, start up and audit."""


@dataclass(frozen=True)
class Attempt:
    """A planned run and the how-manieth time it is done."""

    run: PlannedRun
    number: int = 1

    @property
    def log(self) -> str:
        """Return where its log goes, relative to the study's folder."""
        return f"{LOGS_FOLDER}/{self.run.key}-{self.number}.log"


class Asked(Protocol):
    """Something that is asked for or not: an event, or what may be read off elsewhere."""

    def is_set(self) -> bool:
        """Tell whether it is asked for."""


@dataclass(frozen=True)
class Stopping:
    """What makes runs stop: ``cancel`` asks them to, ``leaving`` ends them, for nobody listens any more."""

    cancel: Asked
    leaving: Asked = field(default_factory=threading.Event)

    @property
    def asked(self) -> bool:
        """Tell whether runs are to stop, one way or the other."""
        return self.cancel.is_set() or self.leaving.is_set()


@dataclass(frozen=True)
class _Heard:
    """What a run's process said: its answer, whether it had been asked to stop, and whether it was ended because it hung."""

    content: bytes = b""
    cut_short: bool = False
    hung: bool = False


def run_one(attempt: Attempt, folder: Path, cores: tuple[int, ...], stopping: Stopping, *, nursery: Nursery | None = None, content: str = "") -> Record | None:
    """Do one run in a process of its own; ``None`` when it was cut short because somebody asked to stop.

    Parameters
    ----------
    attempt
        What to do.
    folder
        The study's folder, which has one for logs.
    cores
        What the run is held to; nothing when it is not.
    stopping
        Looked at while the run goes on.
    nursery
        Where its process comes from; a new Python without one.
    content
        Where its instance is kept (:mod:`solver.study.contents`); read from its own files when empty.
    """
    run = attempt.run
    job = {
        "path": run.subject.path,
        "format": run.subject.form,
        "content": content,
        "digest": run.subject.digest,
        "solver": run.contender.solver,
        "options": dict(run.contender.options),
        "seed": run.seed,
        "limits": run.limits.as_dict(),
        "cores": list(cores),
        "log": str((folder / attempt.log).absolute()),
    }
    began, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    heard, died = _done(job, stopping, nursery or Nursery())
    answer = _answer(heard.content)
    if heard.cut_short and answer.get("stop") in (None, "cancelled"):
        return None
    if heard.hung:
        answer = {"stop": "failed", "reason": "hang", "message": _hung(run.limits.time_limit or 0.0)}
    found = answer or {"stop": "failed", "reason": "crash", "message": died}
    log = attempt.log if (folder / attempt.log).is_file() else ""
    return record_from_dict({**blank(attempt, cores, began).as_dict(), "log": log, **found, "wall_s": round(time.monotonic() - clock, 3)})


def blank(attempt: Attempt, cores: tuple[int, ...], began: str) -> Record:
    """Return the record of a run of which nothing is known but what was asked: it failed."""
    run = attempt.run
    return Record(
        key=run.key, attempt=attempt.number, instance=run.subject.name, path=run.subject.path, group=run.subject.group, digest=run.subject.digest,
        size=dict(run.subject.size), contender=run.contender.name, solver=run.contender.solver, solver_version="", back_end="",
        version=_version(), options=dict(run.contender.options), seed=run.seed, limits=run.limits.as_dict(), machine={},
        cores=cores, began=began, stop="failed", reason="", message="", raw_status="", cost=None, bound=None, gap=None, audit="", disagreement="",
        seconds=0.0, build_s=0.0, time_s=0.0, wall_s=0.0, peak_memory_mb=0.0, run_memory_mb=0.0, events=(), log="", money_scale=run.subject.money_scale,
    )  # fmt: skip


@cache
def _version() -> str:
    return metadata.version("consortia")


def _done(job: Mapping[str, Any], stopping: Stopping, nursery: Nursery) -> tuple[_Heard, str]:
    """Return what the run's process said, and how it ended."""
    with contextlib.ExitStack() as stack:
        said = stack.enter_context(tempfile.TemporaryFile())
        reader, writer = os.pipe()
        stack.callback(os.close, reader)
        held, leash = (os.fdopen(one, mode) for one, mode in zip(os.pipe(), ("rb", "wb"), strict=True))
        stack.callback(_let_go, leash)
        try:
            process = nursery.begin(held.fileno(), said, writer)
        finally:
            os.close(writer)
            held.close()
        stack.callback(process.end)
        with contextlib.suppress(BrokenPipeError):
            leash.write(json.dumps(job).encode() + b"\n")
            leash.flush()
        limit = job["limits"]["time_limit"]
        heard = _listen(process, reader, leash, stopping, None if limit is None else time.monotonic() + limit + HANGS_AFTER_S)
        return heard, _last_words(said, _code(process))


def _listen(process: Begun, reader: int, leash: IO[bytes], stopping: Stopping, hangs_at: float | None) -> _Heard:
    """Return all that the process writes, once it has closed its pipe; kill it when it stops for nothing."""
    content, asked, hung = b"", 0.0, False
    with selectors.DefaultSelector() as selector:
        selector.register(reader, selectors.EVENT_READ)
        while True:
            if selector.select(_TICK_S):
                chunk = os.read(reader, 1 << 16)
                if not chunk:
                    return _Heard(content, asked > 0, hung)
                content += chunk
            now = time.monotonic()
            if hangs_at is not None and now > hangs_at:
                hung = True
                kill_group(process.pid)
            if not asked and stopping.asked:
                asked = now
                _let_go(leash)
            elif stopping.leaving.is_set() or (asked and now - asked > _STOPS_WITHIN_S):
                kill_group(process.pid)


def _code(process: Begun) -> int:
    """Return how a process ended that has closed its pipe and so has nothing more to do; one that does not end is ended."""
    code = process.code(_STOPS_WITHIN_S)
    if code is None:
        kill_group(process.pid)
        code = process.code(_STOPS_WITHIN_S)
    return -signal.SIGKILL if code is None else code


def _let_go(leash: IO[bytes]) -> None:
    with contextlib.suppress(OSError):
        leash.close()


def _answer(content: bytes) -> dict[str, Any]:
    """Return what a run answered; nothing when it died before it had done so."""
    try:
        return dict(json.loads(content))
    except ValueError:
        return {}


def _hung(limit: float) -> str:
    return f"it had not ended {HANGS_AFTER_S:g} s after its time limit of {limit:g} s, and was killed"


def _last_words(said: IO[bytes], code: int) -> str:
    said.seek(0, os.SEEK_END)
    said.seek(max(0, said.tell() - 4096))
    words = said.read().decode("utf-8", "replace").strip().splitlines()
    return f"its process ended with code {code}" + (f": {words[-1]}" if words else "")

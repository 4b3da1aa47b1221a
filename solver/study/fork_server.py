"""Where runs come from on Linux: ``python -m solver.study.fork_server SOCKET`` imports once what every run needs and forks each run from there.

Importing takes longer than a short run does. No solver is imported here, so each run still loads its own in a process of its own; and no thread is
started, for a fork would leave it behind, holding its locks.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import socket
import sys
from collections.abc import Callable
from pathlib import Path

READY, UNFIT = b"ready", b"unfit"
ENGINE = "engine"
"""Second argument of a server whose runs are the engine's own; others would only carry its memory."""
HANDED_OVER = 4
"""Descriptors that come with each request: what the run reads, where its words go, where its answer goes, and the socket on which its end is told."""
_LEASH, _SAID, _ANSWER, _STATUS = range(HANDED_OVER)
_ANSWER_IN_RUN = 3
_PRELOADED = (
    "instances.reading",
    "models.cliques",
    "models.contract_value",
    "models.plan_values",
    "models.similarity",
    "models.tables",
    "pandas.core.methods.to_dict",
    "scipy.sparse",
    "solver.construct",
    "solver.programs.mps_file",
    "solver.programs.program_run",
    "solver.solve",
    "solver.study.contents",
    "solver.study.one_run",
)


def main(arguments: list[str]) -> int:
    """Fork a run for each request until nobody can ask any more."""
    channel = socket.socket(fileno=int(arguments[0]))
    _preload()
    if arguments[1:] == [ENGINE]:
        _preload_engine()
    gc.collect()
    # What is never collected is never written to, so that runs share it.
    gc.freeze()
    if _threads() != 1:
        channel.sendall(UNFIT)
        return 1
    channel.sendall(READY)
    return _Server(channel).serve()


class _Server:
    """Forks, and tells how runs ended. Whoever is left alone by the one who asked for it stops by itself: its leash is let go."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)
        self._heard: dict[int, Callable[[], None]] = {}

    def serve(self) -> int:
        while True:
            ready = [descriptor for descriptor, _ in self._poll.poll()]
            for descriptor in ready:
                if descriptor != self._channel.fileno():
                    self._heard.get(descriptor, _nothing)()
            # Last: a new run may be given the descriptor of one that has just been forgotten.
            if self._channel.fileno() in ready and not self._begin():
                return 0

    def _begin(self) -> bool:
        """Fork one run; tell that there are no more to come when the other end is gone."""
        said, descriptors, _, _ = socket.recv_fds(self._channel, 1, HANDED_OVER)
        if not said:
            return False
        run = os.fork()
        if run == 0:
            _become_run(descriptors)
        for descriptor in descriptors[:_STATUS]:
            os.close(descriptor)
        self._channel.sendall(run.to_bytes(4, "little"))
        self._watch(run, socket.socket(fileno=descriptors[_STATUS]))
        return True

    def _watch(self, run: int, status: socket.socket) -> None:
        """Tell how ``run`` ended; its number is given to no other process until whoever asked for it has let go."""
        ended = os.pidfd_open(run)

        def tell() -> None:
            self._forget(ended)
            os.close(ended)
            found = os.waitid(os.P_PID, run, os.WEXITED | os.WNOWAIT)
            assert found is not None
            code = found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
            with contextlib.suppress(OSError):
                status.sendall(code.to_bytes(4, "little", signed=True))
            self._listen(status.fileno(), let_go)

        def let_go() -> None:
            self._forget(status.fileno())
            status.close()
            os.waitpid(run, 0)

        self._listen(ended, tell)

    def _listen(self, descriptor: int, heard: Callable[[], None]) -> None:
        self._heard[descriptor] = heard
        self._poll.register(descriptor, select.POLLIN)

    def _forget(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)
        del self._heard[descriptor]


def _become_run(descriptors: list[int]) -> None:
    """Go on as the run that was asked for, in a session of its own and with nothing of the server's open."""
    from solver.study import one_run

    code = 1
    try:
        os.setsid()
        for descriptor, place in ((_LEASH, 0), (_SAID, 1), (_SAID, 2), (_ANSWER, _ANSWER_IN_RUN)):
            os.dup2(descriptors[descriptor], place)
        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
            if int(name) > _ANSWER_IN_RUN:
                with contextlib.suppress(OSError):
                    os.close(int(name))
        code = one_run.main([str(_ANSWER_IN_RUN)])
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        one_run.leave(code)


def _preload() -> None:
    """Import what every run imports, and read what every run reads from this program's own files."""
    for name in _PRELOADED:
        importlib.import_module(name)
    from models.appraisal_tables import appraisal_tables
    from models.rules import registry
    from solver.backends.registry import backends

    registry()
    backends()
    appraisal_tables()


def _preload_engine() -> None:
    """Import the engine with its compiler; what that compiled earlier is loaded by each run itself."""
    for name in ("solver.engine.certificate", "solver.engine.run", "solver.engine.sweep"):
        importlib.import_module(name)


def _threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def _nothing() -> None:
    """Pass over what was heard of a run that is gone."""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

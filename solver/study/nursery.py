"""How the process of a run is begun, watched and ended: forked from a server where that is safe, else started afresh."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import IO, Protocol

from solver.backends.process import child_environment
from solver.study.fork_server import ENGINE, READY

_READY_WITHIN_S = 60.0


class Begun(Protocol):
    """A run's process. It leads a group of its own, and stops when its leash is let go."""

    @property
    def pid(self) -> int:
        """The process, and its group."""

    def code(self, patience: float) -> int | None:
        """Return how it ended, negative when by a signal, or ``None`` when it has not within ``patience`` seconds."""

    def end(self) -> None:
        """Kill what is left of its group and forget it."""


class Nursery:
    """Begins runs; without a server each is a new Python, which takes a second longer."""

    def __init__(self, channel: socket.socket | None = None) -> None:
        self._channel = channel
        self._one_at_a_time = threading.Lock()

    @property
    def forks(self) -> bool:
        """Tell whether there is a server."""
        return self._channel is not None

    def begin(self, leash: int, said: IO[bytes], answer: int) -> Begun:
        """Begin a run that reads its job from ``leash``, prints into ``said`` and writes what came of it to ``answer``."""
        if self._channel is not None:
            try:
                return self._forked(self._channel, leash, said, answer)
            except OSError:
                # The server is gone, and new processes do as well.
                self._channel = None
        return _Started(leash, said, answer)

    def _forked(self, channel: socket.socket, leash: int, said: IO[bytes], answer: int) -> Begun:
        status, theirs = socket.socketpair()
        with theirs, self._one_at_a_time:
            try:
                socket.send_fds(channel, [b"r"], [leash, said.fileno(), answer, theirs.fileno()])
                pid = int.from_bytes(channel.recv(4), "little")
                if not pid:
                    raise ConnectionError("the fork server is gone")
            except BaseException:
                status.close()
                raise
        return _Forked(pid, status)


@contextlib.contextmanager
def nursery(*, for_engine: bool = False) -> Iterator[Nursery]:
    """Give a nursery with a server, where that can be had, for as long as runs are to be begun; ``for_engine`` where they are the engine's own.

    Only Linux has all it takes. On macOS the system's own libraries, numpy's algebra among them, must not be used in a process that was merely forked.
    """
    if sys.platform != "linux":
        yield Nursery()
        return
    ours, theirs = socket.socketpair()
    environment = {
        **child_environment(None),
        # Its allocator, where pyarrow is installed, would start a thread, and only a process without threads can be forked safely.
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
    }
    command = [sys.executable, "-m", "solver.study.fork_server", str(theirs.fileno()), *([ENGINE] if for_engine else [])]
    with ours:
        with theirs, tempfile.TemporaryFile() as unheard:
            server = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=unheard,
                stderr=unheard,
                pass_fds=(theirs.fileno(),),
                env=environment,
                start_new_session=True,
            )
        try:
            yield Nursery(ours if _ready(ours) else None)
        finally:
            ours.close()
            _join(server)


class _Forked:
    def __init__(self, pid: int, status: socket.socket) -> None:
        self.pid = pid
        self._status = status

    def code(self, patience: float) -> int | None:
        ended = select.poll()
        ended.register(self._status, select.POLLIN)
        if not ended.poll(1000 * patience):
            return None
        told = self._status.recv(4)
        # Nothing is told when the server itself is gone.
        return int.from_bytes(told, "little", signed=True) if told else -signal.SIGKILL

    def end(self) -> None:
        kill_group(self.pid)
        self._status.close()


class _Started:
    def __init__(self, leash: int, said: IO[bytes], answer: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "solver.study.one_run", str(answer)],
            stdin=leash,
            stdout=said,
            stderr=subprocess.STDOUT,
            pass_fds=(answer,),
            env=child_environment(None),
            start_new_session=True,
        )
        self.pid = self._process.pid

    def code(self, patience: float) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(patience)
        return None

    def end(self) -> None:
        kill_group(self.pid)
        self._process.wait()


def kill_group(leader: int) -> None:
    """Kill a run and whatever it started and did not give a group of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _ready(channel: socket.socket) -> bool:
    channel.settimeout(_READY_WITHIN_S)
    with contextlib.suppress(OSError):
        found = channel.recv(len(READY))
        channel.settimeout(None)
        return found == READY
    return False


def _join(server: subprocess.Popen[bytes]) -> None:
    try:
        server.wait(5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()

"""The instances of a study as they were when it began, each read once: runs take them from here, wherever they are done and whatever became of the files."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pickle
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

_PREFIX = "consortia-study-"


class Contents:
    """A folder with a file for each instance, named after its digest.

    The files are pickles: made by this program for itself, in a folder that only its user can write, or handed over by the study that a worker works for.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, digest: str, content: object) -> None:
        """Keep an instance under its digest."""
        self.keep_bytes(digest, pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL))

    def keep_bytes(self, digest: str, content: bytes) -> None:
        """Keep what :meth:`bytes_of` returned elsewhere; whole or not at all, for others may be doing the same."""
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as scratch:
            scratch.write(content)
        Path(scratch.name).replace(self._folder / digest)

    def bytes_of(self, digest: str) -> bytes:
        """Return what is kept of an instance; nothing when it is not, and then runs read its own files."""
        path = self.path(digest)
        return Path(path).read_bytes() if path else b""

    def path(self, digest: str) -> str:
        """Return where an instance is kept, or an empty string when it is not."""
        path = self._folder / digest
        return str(path) if path.is_file() else ""


@contextlib.contextmanager
def contents() -> Iterator[Contents]:
    """Give a folder for instances that lasts as long as the study is being run; what a study that was killed left is cleared away first."""
    _clear()
    with ExitStack() as stack:
        while True:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True)))
            # Whoever clears away may have come between making and locking it.
            if stack.enter_context(_held(folder)):
                break
        yield Contents(folder)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Lock a folder, which the system lets go however this process ends; tell whether that could be done at once and the folder is still there."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder.is_dir()
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)


def _clear() -> None:
    """Remove the folders that nobody holds: their studies were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with _held(folder) as ours:
            if ours:
                shutil.rmtree(folder, ignore_errors=True)


def content_at(path: str) -> Any:
    """Return the instance kept in a file."""
    return pickle.loads(Path(path).read_bytes())

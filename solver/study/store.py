"""Where a study keeps its records: one file of JSON lines, only ever added to, each line on the disk before the next run is counted as done."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from solver.study.planned import StudyError
from solver.study.records import Record, record_from_dict

RECORDS_FILE = "records.jsonl"
LOGS_FOLDER = "logs"


class Store:
    """An open store: whoever has it holds the lock, so that no two programs run one study at a time."""

    def __init__(self, descriptor: int, records: list[Record]) -> None:
        self._descriptor = descriptor
        self._keys = {(record.key, record.attempt) for record in records}
        self.records = records

    def append(self, *records: Record) -> None:
        """Add records, whole and on the disk when this returns: one wait for the disk serves all that ended meanwhile.

        Raises
        ------
        StudyError
            When there is a record of that key and attempt already; then none of them is added.
        OSError
            When they cannot be written; what was written of them is taken off again.
        """
        keys: set[tuple[str, int]] = set()
        for record in records:
            key = (record.key, record.attempt)
            if key in self._keys or key in keys:
                raise StudyError(f"attempt {record.attempt} of run {record.key} is in the store already")
            keys.add(key)
        lines = memoryview(b"".join(_line(record) for record in records))
        end = os.fstat(self._descriptor).st_size
        try:
            while lines:
                lines = lines[os.write(self._descriptor, lines) :]
            os.fsync(self._descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, end)
            raise
        self._keys |= keys
        self.records.extend(records)


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Store]:
    """Give the store of the study in ``folder``, made when it is not there; a last line torn by a crash is taken off, so that its run is done again.

    Raises
    ------
    StudyError
        When another program has it open, or a line that is not the last one cannot be read.
    OSError
        When the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / LOGS_FOLDER).mkdir(exist_ok=True)
    path = folder / RECORDS_FILE
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        _lock(descriptor, folder)
        # A file is only as lasting as its name in the folder.
        _sync(folder)
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(descriptor, whole)
            os.fsync(descriptor)
        yield Store(descriptor, list(_records(content[:whole], path)))
    finally:
        os.close(descriptor)


def read_records(folder: Path) -> tuple[Record, ...]:
    """Return every record of a study, all attempts, in the order in which they were written; a torn last line is passed over.

    Raises
    ------
    StudyError
        When there is no study, or a line that is not the last one cannot be read.
    """
    path = folder / RECORDS_FILE
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise StudyError(f"{folder} is no study: it has no {RECORDS_FILE}") from None
    return tuple(_records(content[: content.rfind(b"\n") + 1], path))


def _line(record: Record) -> bytes:
    return json.dumps(record.as_dict(), separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _records(content: bytes, path: Path) -> Iterator[Record]:
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            values: Any = json.loads(line)
            yield record_from_dict(values)
        except (ValueError, TypeError, AttributeError) as error:
            raise StudyError(f"{path} line {number} cannot be read: {error}") from error


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            raise StudyError(f"{folder} is being run by another program") from None
        raise


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

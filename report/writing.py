"""Writes files and folders whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_files(paths: Collection[Path], *, force: bool) -> Iterator[tuple[Path, ...]]:
    """Give a scratch file for each of ``paths`` (all in one folder); on leaving without an exception they take their places.

    Raises
    ------
    FileExistsError
        When one of them exists and ``force`` is not given, or is a folder.
    """
    paths = tuple(paths)
    for path in paths:
        if path.is_dir() or (path.exists() and not force):
            raise FileExistsError(f"{path} exists" + (" and is a folder" if path.is_dir() else ""))
    folder = paths[0].parent
    folder.mkdir(parents=True, exist_ok=True)
    with _scratch(paths[0]) as scratch:
        yield tuple(scratch / path.name for path in paths)
        for path in paths:
            (scratch / path.name).replace(path)


@contextmanager
def whole_folder(path: Path, names: Collection[str], *, force: bool) -> Iterator[Path]:
    """Give a scratch folder to fill with files called ``names``; on leaving without an exception it becomes ``path``.

    Raises
    ------
    FileExistsError
        When ``path`` holds something and ``force`` is not given, or holds files that are not ours to replace.
    """
    if path.exists():
        if not path.is_dir():
            raise FileExistsError(f"{path} exists and is not a folder")
        held = {one.name for one in path.iterdir()}
        if held and not force:
            raise FileExistsError(f"{path} exists")
        if held - set(names):
            raise FileExistsError(f"{path} holds other files, such as {sorted(held - set(names))[0]!r}, so it is left alone")
    path.parent.mkdir(parents=True, exist_ok=True)
    with _scratch(path) as scratch:
        new = scratch / "new"
        new.mkdir()
        yield new
        if path.exists():
            path.rename(scratch / "old")
        new.rename(path)


@contextmanager
def _scratch(path: Path) -> Iterator[Path]:
    """Give a folder on the same disk as ``path``, so that renaming out of it is one step."""
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)

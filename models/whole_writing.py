"""Writes files and folders whole or not at all, in place of nothing but an earlier writing of the same kind."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

_ALONE = "so it is left alone even with --force"


@contextmanager
def whole_files(paths: Collection[Path], *, force: bool) -> Iterator[tuple[Path, ...]]:
    """Give a scratch file for each of ``paths``; on leaving without an exception they take their places.

    Raises
    ------
    FileExistsError
        When one of them exists and ``force`` is not given, or is anything but a regular file or a link to one; a link stays and its target is written.
    OSError
        When the place cannot be written, with the place as its file name.
    """
    paths = tuple(paths)
    for path in paths:
        refuse_file(path, force=force)
    places = [path.resolve() for path in paths]
    with ExitStack() as stack:
        stack.enter_context(_named(paths[0]))
        scratches = tuple(stack.enter_context(_scratch(place)) / place.name for place in places)
        yield scratches
        # Something may have come there while the files were made.
        for path in paths:
            refuse_file(path, force=force)
        for scratch, place in zip(scratches, places, strict=True):
            scratch.replace(place)


@contextmanager
def whole_folder(path: Path, names: Collection[str], *, marker: str, force: bool) -> Iterator[Path]:
    """Give a scratch folder to fill with files called ``names``; on leaving without an exception they are what ``path`` holds.

    Parameters
    ----------
    path
        Made when it is not there; a link to a folder stays and its target is written.
    names
        Names of the files such a folder may hold.
    marker
        The one of ``names`` without which a folder that holds something is not of this kind.
    force
        Replace an earlier folder of this kind.

    Raises
    ------
    FileExistsError
        As :func:`refuse_folder` says.
    OSError
        When the place cannot be written, with the place as its file name.
    """
    refuse_folder(path, names, marker=marker, force=force)
    place = path.resolve()
    with _named(path), _scratch(place) as scratch:
        new = scratch / "new"
        new.mkdir()
        yield new
        if place.exists():
            old = scratch / "old"
            old.mkdir()
            # Something may have come there while the files were made.
            refuse_folder(path, names, marker=marker, force=force)
            _exchange(place, new, old)
        else:
            new.rename(place)


def refuse_file(path: Path, *, force: bool) -> None:
    """Raise ``FileExistsError`` when writing a file to ``path`` would replace something it should not."""
    _refuse_dangling(path)
    if not path.exists():
        return
    if not path.is_file():
        raise FileExistsError(f"{path} {'is a folder' if path.is_dir() else 'is not a regular file'}, {_ALONE}")
    if not force:
        raise FileExistsError(f"{path} exists; --force replaces it")


def refuse_folder(path: Path, names: Collection[str], *, marker: str, force: bool) -> None:
    """Raise ``FileExistsError`` when writing a folder to ``path`` would replace something it should not.

    That is a folder that holds something when ``force`` is not given; one without ``marker``, with files of other names or with anything but
    regular files; and whatever is no folder.
    """
    _refuse_dangling(path)
    if not path.exists():
        return
    if not path.is_dir():
        raise FileExistsError(f"{path} is not a folder, {_ALONE}")
    held = {one.name: one for one in path.iterdir()}
    if held and not force:
        raise FileExistsError(f"{path} exists; --force replaces it")
    if foreign := held.keys() - set(names):
        raise FileExistsError(f"{path} holds other files, such as {min(foreign)!r}, {_ALONE}")
    if held and marker not in held:
        raise FileExistsError(f"{path} lacks {marker} and so is of another kind, {_ALONE}")
    for name, one in sorted(held.items()):
        if one.is_symlink() or not one.is_file():
            raise FileExistsError(f"{path} holds {name!r}, which is not a regular file, {_ALONE}")


def refuse_unwritable(path: Path) -> None:
    """Raise ``OSError`` when nothing could be written to ``path``: better known before long work than after."""
    with _named(path), _scratch(path.resolve()):
        pass


def _refuse_dangling(path: Path) -> None:
    if path.is_symlink() and not path.exists():
        raise FileExistsError(f"{path} is a link that points at nothing, {_ALONE}")


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Let an error of the disk name the place the user asked for: of itself it names a scratch file, or, of a full disk, none."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def _scratch(place: Path) -> Iterator[Path]:
    """Give a folder on the same disk as ``place``, so that renaming out of it is one step; it is removed afterwards."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(place.parent)) from None
    folder = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _exchange(place: Path, new: Path, old: Path) -> None:
    """Put the files of ``new`` in place of those at ``place``, or leave everything as it was; the folder itself stays, as one may stand in it."""
    moved: list[tuple[Path, Path]] = []
    try:
        for source, target in ((place, old), (new, place)):
            for name in sorted(file.name for file in source.iterdir()):
                (source / name).rename(target / name)
                moved.append((source / name, target / name))
    except BaseException:
        for source_file, target_file in reversed(moved):
            target_file.rename(source_file)
        raise

"""Where compiled code is kept, so that compiling takes a minute once and not at each run; whatever is compiled imports ``njit`` from here.

Left to itself Numba fails where neither the folder of the source nor the user's cache can be written, as when an administrator installed the package and
a service without a home runs it; and it keeps what it compiled when a function that is called changes in another file, as at an upgrade.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import config

__all__ = ["config", "njit", "place_for", "sources"]

Compiled = TypeVar("Compiled", bound=Callable[..., Any])

_ENGINE = Path(__file__).parent
_IMPORT = re.compile(r"^from solver\.([\w.]+) import", re.MULTILINE)


def sources() -> str:
    """Return what compiled code is made from, in short: files with compiled functions and all they import, as code compiled from others is of no use."""
    found: dict[Path, bytes] = {}
    left = [file for file in _ENGINE.rglob("*.py") if "@njit(" in file.read_text(encoding="utf-8")]
    while left:
        file = left.pop()
        found[file] = file.read_bytes()
        imported = (_ENGINE.parent.joinpath(*name.split(".")).with_suffix(".py") for name in _IMPORT.findall(found[file].decode()))
        left += [one for one in imported if one.is_file() and one not in found and one not in left]
    return hashlib.sha256(b"".join(found[file] for file in sorted(found))).hexdigest()[:16]


def place_for(name: str) -> str:
    """Return the first folder for compiled code that can be written, or an empty string when there is none."""
    return next((str(folder) for place in _places() if _writable(folder := place / name)), "")


def _places() -> Iterator[Path]:
    if asked := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(asked)
    yield _ENGINE / "__pycache__"
    yield Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "consortia"
    try:
        shared = Path(tempfile.gettempdir()) / f"consortia-compiled-{os.getuid()}"
        shared.mkdir(mode=0o700, exist_ok=True)
        found = shared.lstat()
    except OSError:
        return
    # What stands there is run: nobody else may have put it there.
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022:
        yield shared


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


config.CACHE_DIR = place_for(f"compiled-{sources()}")  # type: ignore[attr-defined]


def njit(*, cache: bool, nogil: bool, fastmath: set[str] | None = None) -> Callable[[Compiled], Compiled]:
    """Return Numba's decorator, which keeps what it compiles unless there is no place to."""
    return cast("Callable[[Compiled], Compiled]", numba.njit(cache=cache and bool(config.CACHE_DIR), nogil=nogil, fastmath=fastmath or False))  # type: ignore[attr-defined]

"""Limits of memory: for a process that a back end has to itself, and for as long as the engine works in this one."""

from __future__ import annotations

import contextlib
import resource
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def address_space(megabytes: int) -> int:
    """Return how large this process may become, in bytes, to use ``megabytes``.

    What is already mapped but not resident, such as the libraries of numpy, is the program's overhead and not the solver's use.
    """
    idle = 0
    with contextlib.suppress(OSError, ValueError):
        mapped, resident = Path("/proc/self/statm").read_text(encoding="ascii").split()[:2]
        idle = (int(mapped) - int(resident)) * resource.getpagesize()
    return megabytes * 2**20 + idle


@contextlib.contextmanager
def limited(megabytes: int | None) -> Iterator[None]:
    """Have Python raise ``MemoryError`` where this process would use more than ``megabytes``; ``None`` is no limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if megabytes is not None:
        size = address_space(megabytes)
        size = size if soft == resource.RLIM_INFINITY else min(size, soft)
        # Not every system lets a process limit itself so.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))

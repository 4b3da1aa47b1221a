"""How moves are compiled: what only compiled code calls, without the means to be called from outside, which take longer to make than the code itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np

from solver.engine.compiling import config

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = TypeVar("Function", bound=Callable[..., object])

_OPTIONS: dict[str, Any] = {"cache": bool(config.CACHE_DIR), "nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # type: ignore[attr-defined]


def inner(function: Function) -> Function:
    """Return a function compiled for calls from compiled code alone."""
    compiled: Function = numba.njit(**_OPTIONS)(function)
    return compiled


def whole(number: int) -> int:
    """Return a number that compiled code takes like any other: of a function given a plain constant it makes another one for that constant."""
    return cast("int", np.int64(number))

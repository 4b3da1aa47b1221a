"""How a plan is found: ``from solver import solve`` is the one entry point, ``Run`` what it returns; back ends and the engine live in subpackages."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from solver.solve import Run as Run
    from solver.solve import solve as solve

__all__ = ["Run", "solve"]


def __getattr__(name: str) -> Any:
    """Load :mod:`solver.solve` on first use, so that a back end's child process never imports more than its own solver."""
    if name == "Run":
        return importlib.import_module("solver.solve").Run
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Room(ModuleType):
    """Keeps ``solver.solve`` the function: importing the module of that name would otherwise put the module in its place."""

    @property
    def solve(self) -> Any:
        return importlib.import_module("solver.solve").solve

    @solve.setter
    def solve(self, value: object) -> None:
        """Ignore the import system's binding of the submodule."""


sys.modules[__name__].__class__ = _Room

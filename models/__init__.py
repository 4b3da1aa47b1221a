"""What is decided: the instance, what it costs, the rules, the program and the plan. No solver is imported here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.instance import Instance
    from models.plan import Plan
    from models.tables import read_instance, write_instance

__all__ = ["Instance", "Plan", "read_instance", "write_instance"]

_HOMES = {"Instance": "models.instance", "Plan": "models.plan", "read_instance": "models.tables", "write_instance": "models.tables"}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that importing the package stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'models' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)

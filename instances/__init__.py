"""Instances: those shipped with the program, each a folder with its own README of sources, and generated ones.

:func:`shipped` names the folders, :func:`path` finds one, and :mod:`instances.generate` makes new ones from a recipe and a seed.
"""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def shipped() -> tuple[str, ...]:
    """Return the names of the instances shipped with the program, sorted."""
    return tuple(sorted(folder.parent.name for folder in _HERE.glob("*/instance.toml")))


def path(name: str) -> Path:
    """Return the folder of a shipped instance.

    Raises
    ------
    KeyError
        When no shipped instance has that name; the message lists those that exist.
    """
    if name not in shipped():
        raise KeyError(f"no shipped instance {name!r}; there are: {', '.join(shipped())}")
    return _HERE / name

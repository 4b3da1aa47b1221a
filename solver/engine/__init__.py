"""The engine: bounds from prices, plans that follow them, and a certificate that anyone can check."""

from __future__ import annotations

import importlib.util

NAME = "consortia"
"""What a user calls it, beside the names of the back ends."""
ABILITIES = ("bounds", "certificate", "events", "gap", "interrupt", "seed", "start")


def trouble() -> str:
    """Return in a sentence why the engine cannot be used here, or an empty string."""
    return "" if importlib.util.find_spec("numba") else "The engine's compiler is not installed: pip install 'consortia[engine]'."

"""Which back ends there are, which are installed, and what each can do: found by looking through this package, so a new one adds only its module."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import pkgutil
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from models.findings import nearest
from solver.backends.contracts import BackendInfo, Probe

__all__ = ["BackendInfo", "Probe", "backends", "info", "installed", "probe", "trouble"]


@cache
def backends() -> tuple[BackendInfo, ...]:
    """Return every back end, open-source ones first, then by name."""
    package = Path(__file__).parent
    modules = (importlib.import_module(f"solver.backends.{module.name}") for module in pkgutil.iter_modules([str(package)]) if module.name not in _NOT_BACKENDS)
    found = [module.INFO for module in modules if hasattr(module, "INFO")]
    return tuple(sorted(found, key=lambda entry: (not entry.open_source, entry.name)))


# Importing these from here would go round in a circle, or start work.
_NOT_BACKENDS = frozenset({"child", "process", "registry", "canaries", "contracts"})


def info(name: str) -> BackendInfo:
    """Return what is known of a back end; raise :class:`KeyError` naming the nearest one when there is none of that name."""
    known = {entry.name: entry for entry in backends()}
    if name in known:
        return known[name]
    close = nearest(name, known)
    raise KeyError(f"no back end is called {name!r}" + (f"; did you mean {close!r}?" if close else f"; there are {', '.join(known)}"))


def trouble(name: str) -> str:
    """Return in a sentence why a back end cannot be used here (not installed, an excluded version), or an empty string. Imports no solver."""
    entry = info(name)
    if importlib.util.find_spec(entry.requires) is None:
        how = f"'consortia[{entry.extra}]'" if entry.extra else entry.distribution
        return f"{entry.title} is not installed: pip install {how}."
    try:
        version = metadata.version(entry.distribution)
    except metadata.PackageNotFoundError:
        return ""
    if version in entry.excluded:
        return f"{entry.title} {version} is never used: {entry.excluded[version]}."
    return ""


def installed() -> tuple[BackendInfo, ...]:
    """Return the back ends whose package is here in a usable version; whether they run is :func:`probe`'s question."""
    return tuple(entry for entry in backends() if not trouble(entry.name))


def probe(name: str, timeout: float = 60.0) -> Probe:
    """Load a back end in a child process and ask for its version and licence."""
    from solver.backends.process import child_environment

    problem = trouble(name)
    if problem:
        return Probe(False, "", False, problem)
    reader, writer = os.pipe()
    try:
        finished = subprocess.run(
            [sys.executable, "-m", "solver.backends.child", name, str(writer), "--probe"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            pass_fds=(writer,),
            env=child_environment(None),
            start_new_session=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Probe(False, "", False, f"It did not answer within {timeout:.0f} seconds.")
    finally:
        os.close(writer)
        with os.fdopen(reader, "rb") as stream:
            said = stream.read()
    if not said:
        words = finished.stderr.decode("utf-8", "replace").strip().splitlines()
        return Probe(False, "", False, words[-1] if words else f"Its process ended with code {finished.returncode}.")
    record: dict[str, Any] = json.loads(said)
    return Probe(record["available"], record["version"], record["licence_ok"], record["message"])

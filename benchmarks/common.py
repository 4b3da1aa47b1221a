"""What the benchmark scripts share: instances by name, the machine, and where results go."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from models.instance import Instance

RESULTS = Path(__file__).with_name("results")


def machine() -> dict[str, Any]:
    """Return what a reader needs to judge the figures."""
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "unknown")
    return {"processor": model, "cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}


def instance_named(name: str) -> Instance:
    """Return a shipped instance, ``england`` (drafted), or ``generated-BODIESxCENTRESxSERVICES``."""
    import instances
    from models.tables import read_instance

    if name == "england":
        return _england()
    if name.startswith("generated-"):
        from instances.generate import Recipe, generate

        bodies, centres, services = (int(part) for part in name.removeprefix("generated-").split("x"))
        return generate(Recipe(bodies=bodies, centres=centres, services=services, seed=1))
    return read_instance(instances.path(name))


def _england() -> Instance:
    from models.draft import DRAFTED_ENGLAND, draft, read_bodies

    folder = os.environ.get("CONSORTIA_DATA")
    if not folder:
        raise SystemExit("set CONSORTIA_DATA to the folder that holds england_councils_2017_18.csv, or use generated-353x60x4")
    return draft(read_bodies(Path(folder) / "england_councils_2017_18.csv"), options=DRAFTED_ENGLAND).instance


def keep(name: str, record: dict[str, Any]) -> None:
    """Write a result, with its machine, whole or not at all."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    staging = file.with_suffix(".part")
    staging.write_text(json.dumps({"machine": machine(), **record}, indent=1) + "\n")
    staging.rename(file)
    print(f"kept in {file.relative_to(ROOT)}", file=sys.stderr)

"""What the benchmark scripts share: instances by name, the machine, and where results go."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from models.draft import DraftOptions
    from models.instance import Instance

COMMUNES = "fr_communes_2026.csv.gz"
RESULTS = Path(__file__).with_name("results")


def machine() -> dict[str, Any]:
    """Return what a reader needs to judge the figures."""
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "unknown")
    return {"processor": model, "cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}


def instance_named(name: str) -> Instance:
    """Return a shipped instance, a drafted one (``england``, ``mixed``, ``france``, ``us``; with ``-full`` under the full set of rules), or a generated one.

    ``generated-BODIESxCENTRESxSERVICES`` is plain; ``linked-BODIESxCENTRESxSERVICES`` has a link for every body, a pair for every second one, and
    eight centres near each body. ``communes-DEPARTEMENTSxCENTRES`` are the communes of French départements, such as ``communes-29x12`` or
    ``communes-22+29+35+56x45``, with one service to share.
    """
    import instances
    from models.draft import DRAFTED_ENGLAND, DraftOptions
    from models.tables import read_instance

    drafted = {
        "england": ("england_councils_2017_18.csv", DRAFTED_ENGLAND),
        "mixed": ("england_councils_and_nhs_trusts_589.csv", DraftOptions(centres=60, nearest=8, title="Drafted councils and NHS trusts")),
        "france": (COMMUNES, _communes_options(1250, "Communes of France")),
        "us": ("us_local_governments.csv.gz", DraftOptions(title="Drafted United States")),
    }
    plain = name.removesuffix("-full")
    if plain in drafted:
        table, options = drafted[plain]
        return _drafted(table, replace(options, rules="core" if plain == name else "full"))
    kind, _, size = name.partition("-")
    if kind in ("generated", "linked"):
        return _generated(size, linked=kind == "linked")
    if kind == "communes":
        return _communes(*size.split("x"))
    return read_instance(instances.path(name))


def _generated(size: str, *, linked: bool) -> Instance:
    from instances.generate import Recipe, generate

    bodies, centres, services = (int(part) for part in size.split("x"))
    recipe = Recipe(bodies=bodies, centres=centres, services=services, seed=1)
    return generate(replace(recipe, links=1.0, pairs=bodies // 2, nearest=min(8, centres)) if linked else recipe)


def _communes(departements: str, centres: str) -> Instance:
    from models.draft import draft, read_bodies

    bodies = read_bodies(table_of(COMMUNES))
    some = bodies[bodies["departement_code"].isin(departements.split("+"))].reset_index(drop=True)
    return draft(some, options=_communes_options(int(centres), f"Communes of {departements}")).instance


def _communes_options(centres: int, title: str) -> DraftOptions:
    from models.draft import DraftOptions

    models = ("joint-committee", "outsourced", "unitary")
    return DraftOptions(services=("finance",), models=models, centres=centres, nearest=12, title=title)


def table_of(name: str) -> Path:
    """Return where the table of bodies ``name`` is, in the folder that CONSORTIA_DATA names; leave with what is missing."""
    folder = os.environ.get("CONSORTIA_DATA")
    found = sorted(Path(folder).rglob(name)) if folder else []
    if not found:
        raise SystemExit(f"set CONSORTIA_DATA to a folder that holds {name}, or use generated-353x60x4")
    return found[0]


def _drafted(table: str, options: DraftOptions) -> Instance:
    from models.draft import draft, read_bodies

    return draft(read_bodies(table_of(table)), options=options).instance


def keep(name: str, record: dict[str, Any]) -> None:
    """Write a result, with its machine, whole or not at all."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    staging = file.with_suffix(".part")
    staging.write_text(json.dumps({"machine": machine(), **record}, indent=1) + "\n")
    staging.rename(file)
    print(f"kept in {file.relative_to(ROOT)}", file=sys.stderr)

"""The study of record: every open solver, the engine, and what a user would write first, on shipped, drafted and published instances.

``CONSORTIA_DATA`` names the folder with the tables of bodies, ``CONSORTIA_SETS`` that with the published sets. What is done is not done again, so it may
be stopped and started at will; another study file of this folder may follow (``peers.toml``), then options of `consortia compare`, such as ``--jobs 2``
or ``--dry-run``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from common import ROOT, table_of

TEMPLATES = Path(__file__).parent
DRAFTS = {
    "councils-15": ("lancashire_councils_15.csv", []),
    "boroughs-33": ("london_boroughs_33_2017_18.csv", []),
    "trusts-236": ("nhs_trusts_england_2016_17.csv", ["--centres", "60", "--nearest", "8"]),
    "england-353": ("england_councils_2017_18.csv", ["--centres", "60"]),
    "councils-and-trusts-589": ("england_councils_and_nhs_trusts_589.csv", ["--centres", "60", "--nearest", "8"]),
}


def main(folder: Path, template: str, options: list[str]) -> int:
    """Draft, write the study file into ``folder`` and run it; return the exit code of the study."""
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    drafts = folder / "drafts"
    drafts.mkdir(parents=True, exist_ok=True)
    for name, (table, how) in DRAFTS.items() if "{drafts}" in text else ():
        target = drafts / f"{name}.json"
        if not target.exists():
            _consortia("draft", str(table_of(table)), "--output", str(target), "--title", name, *how)
    study = folder / "study.toml"
    places = {"{drafts}": str(drafts.resolve()), "{sets}": os.environ["CONSORTIA_SETS"], "../instances": str(ROOT / "instances")}
    for name, place in places.items():
        text = text.replace(name, place)
    study.write_text(text, encoding="utf-8")
    resumed = ["--resume"] if (folder / "record" / "records.jsonl").exists() else []
    return _consortia("compare", str(study), "--output", str(folder / "record"), *resumed, *options)


def _consortia(*arguments: str) -> int:
    return subprocess.run([sys.executable, str(ROOT / "cli_start.py"), *arguments], check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}).returncode


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit("usage: python benchmarks/record.py FOLDER [STUDY.toml] [options of consortia compare]")
    named = sys.argv[2:3] if sys.argv[2:3] and sys.argv[2].endswith(".toml") else []
    sys.exit(main(Path(sys.argv[1]), named[0] if named else "record.toml", sys.argv[2 + len(named) :]))

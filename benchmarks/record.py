"""The study of record: every open solver, the engine, and what a user would write first, on shipped, drafted and published instances.

``CONSORTIA_DATA`` names the folder with the tables of bodies, ``CONSORTIA_SETS`` that with the published sets. What is done is not done again, so it may
be stopped and started at will; options of `consortia compare` may follow, such as ``--jobs 2`` or ``--dry-run``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from common import ROOT, table_of

TEMPLATE = Path(__file__).with_name("record.toml")
DRAFTS = {
    "councils-15": ("lancashire_councils_15.csv", []),
    "boroughs-33": ("london_boroughs_33_2017_18.csv", []),
    "trusts-236": ("nhs_trusts_england_2016_17.csv", ["--centres", "60", "--nearest", "8"]),
    "england-353": ("england_councils_2017_18.csv", ["--centres", "60"]),
    "councils-and-trusts-589": ("england_councils_and_nhs_trusts_589.csv", ["--centres", "60", "--nearest", "8"]),
}


def main(folder: Path, options: list[str]) -> int:
    """Draft, write the study file into ``folder`` and run it; return the exit code of the study."""
    drafts = folder / "drafts"
    drafts.mkdir(parents=True, exist_ok=True)
    for name, (table, how) in DRAFTS.items():
        target = drafts / f"{name}.json"
        if not target.exists():
            _consortia("draft", str(table_of(table)), "--output", str(target), "--title", name, *how)
    study = folder / "study.toml"
    places = {"{drafts}": str(drafts.resolve()), "{sets}": os.environ["CONSORTIA_SETS"], "../instances": str(ROOT / "instances")}
    text = TEMPLATE.read_text(encoding="utf-8")
    for name, place in places.items():
        text = text.replace(name, place)
    study.write_text(text, encoding="utf-8")
    resumed = ["--resume"] if (folder / "record" / "records.jsonl").exists() else []
    return _consortia("compare", str(study), "--output", str(folder / "record"), *resumed, *options)


def _consortia(*arguments: str) -> int:
    return subprocess.run([sys.executable, str(ROOT / "cli_start.py"), *arguments], check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}).returncode


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit("usage: python benchmarks/record.py FOLDER [options of consortia compare]")
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))

"""Drafting works on every table of real public bodies at hand; the tables are not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from models.draft import DRAFTED_ENGLAND, DraftResult, draft, read_bodies

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("CONSORTIA_SHARED", ROOT.parent / "shared")) / "data"
NOT_BODIES = "service_lines"
LARGEST = "us_local_governments.csv.gz"
FILES = sorted(path for pattern in ("*/*.csv", "*/*.csv.gz") for path in DATA.glob(pattern) if NOT_BODIES not in path.name)

pytestmark = pytest.mark.skipif(not FILES, reason=f"no tables of real bodies: set CONSORTIA_SHARED to a folder with data/ (looked in {DATA.parent.name}/data)")


def check(result: DraftResult, rows: int) -> None:
    instance = result.instance
    baseline = instance.table("baseline")
    assert len(instance.table("bodies")) + len(result.left_out) == rows
    assert (baseline["volume"] >= 1).all()
    assert (baseline["annual_cost"] >= 1).all()
    told = sum(int(finding.value) for finding in result.findings if finding.code in ("no-coordinates", "no-size"))
    assert told == len(result.left_out)


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name, marks=[pytest.mark.slow] if path.name == LARGEST else []) for path in FILES])
def test_every_table_drafts(path: Path) -> None:
    frame = read_bodies(path)
    check(draft(frame), len(frame))


def test_drafted_england_is_as_large_as_said() -> None:
    path = DATA / "gb_council_spend_2017_18" / "england_councils_2017_18.csv"
    if not path.exists():
        pytest.skip("the table of English councils is not at hand")
    result = draft(read_bodies(path), options=DRAFTED_ENGLAND)
    instance = result.instance
    sizes = [len(instance.table(name)) for name in ("bodies", "services", "centres", "commercial_models")]
    assert sizes == [353, 4, 60, 4]
    assert {finding.code: finding.value for finding in result.findings if finding.code.startswith("spend")} == {"spend-missing": "1", "spend-not-positive": "6"}


def test_a_long_table_is_refused() -> None:
    from models.findings import InvalidInstance

    path = next(iter(DATA.glob(f"*/*{NOT_BODIES}*.csv")), None)
    if path is None:
        pytest.skip("the long table is not at hand")
    frame = read_bodies(path)
    with pytest.raises(InvalidInstance) as raised:
        draft(frame)
    assert "missing-column" in {finding.code for finding in raised.value.findings}

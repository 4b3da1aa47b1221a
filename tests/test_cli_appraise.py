"""`consortia appraise` as a user meets it, and the figures of an appraisal that stand with every run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from report.console import Exit
from tests.test_cli import TINY, consortia, pieces


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    consortia("solve", TINY, "--output", folder, "--quiet")
    return folder


@pytest.fixture
def run(stored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stored, tmp_path / "run"))


def test_json_holds_measures_of_both_views_and_their_definitions(stored: Path) -> None:
    found = json.loads(consortia("appraise", stored, "--format", "json").stdout)
    assert (found["view"], found["npsv"], found["plan_npsc"], found["bcr"]) == ("economic", 441_200, 4_868_800, 1.2007)
    assert (found["payback_year"], found["peak_funding"], found["peak_funding_year"]) == (2028, 696_000, 2026)
    assert found["other_view"]["view"] == "cash"
    assert found["haircuts"]["cashable"]["mark"] == "A"
    assert found["definitions"]["npsv"]
    assert found["breaches"] == 0
    assert json.loads(consortia("appraise", stored, "--format", "json", "--view", "cash").stdout)["view"] == "cash"


def test_the_terminal_tells_it_in_words(stored: Path) -> None:
    text = consortia("appraise", stored, "--wording", "dft").stdout
    for words in (
        "economic view",
        "cash view",
        "441,200",
        "paid back: by the end of 2028",
        "696,000 (2026)",
        "is called low (dft)",
        "doing the minimum is doing nothing",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("by", "column", "rows"), [("cluster", "cluster", 2), ("body", "body", 4), ("sector", "sector", 3), ("year", "year", 3), ("body-year", "body", 12)]
)
def test_by_account_in_every_format(stored: Path, by: str, column: str, rows: int) -> None:
    table = pieces(consortia("appraise", stored, "--by", by, "--format", "csv").stdout)
    assert len(table) == rows
    assert column in table[0]
    whole = json.loads(consortia("appraise", stored, "--by", by, "--format", "json").stdout)
    assert (whole["by"], len(whole["rows"])) == (by, rows)
    for form in ("table", "md"):
        assert column in consortia("appraise", stored, "--by", by, "--format", form).stdout
    if by in ("cluster", "body", "sector"):
        assert sum(int(row["npsv"]) for row in table) == 441_200
    assert "2,028" not in consortia("appraise", stored, "--by", by).stdout


def test_members_divide_common_cost_by_the_key_asked_for(stored: Path) -> None:
    by = {}
    for key in ("volume", "equal"):
        found = json.loads(consortia("appraise", stored, "--by", "body", "--key", key, "--format", "json").stdout)
        by[key] = {row["body"]: row["npsv"] for row in found["rows"]}
        assert any(f"by {key}:" in note for note in found["notes"])
    assert by["volume"] != by["equal"]
    assert sum(by["volume"].values()) == sum(by["equal"].values()) == 441_200
    shared = json.loads(consortia("show", stored, "--table", "bodies", "--format", "json").stdout)
    # The appraisal rounds each line of cost, who pays what each cluster's common cost.
    assert by["volume"] == pytest.approx({row["body"]: row["saving"] for row in shared}, abs=5)


def test_headcounts_that_are_not_known_are_asked_for(stored: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(TINY, tmp_path / "silent"))
    rows = [line.split(",") for line in (folder / "bodies.csv").read_text(encoding="utf-8").splitlines()]
    at = rows[0].index("employees")
    (folder / "bodies.csv").write_text("".join(",".join(row[:at] + row[at + 1 :]) + "\n" for row in rows), encoding="utf-8")
    done = consortia("appraise", stored / "plan.json", "--instance", folder, "--key", "headcount", code=Exit.USAGE)
    assert "bodies.employees" in done.stderr


def test_a_longer_horizon_prices_the_same_plan(stored: Path) -> None:
    # Two more years of 568,600.
    found = json.loads(consortia("appraise", stored, "--horizon", 5, "--format", "json").stdout)
    assert (found["horizon_years"], found["npsv"]) == (5, 441_200 + 2 * 568_600)


def test_a_plan_file_needs_its_instance(stored: Path) -> None:
    assert "--instance" in consortia("appraise", stored / "plan.json", code=Exit.USAGE).stderr
    found = json.loads(consortia("appraise", stored / "plan.json", "--instance", TINY, "--format", "json").stdout)
    assert found["npsv"] == 441_200


@pytest.mark.parametrize("arguments", [["--by", "town"], ["--view", "nominal"], ["--horizon", "0"], ["--wording", "nao"], ["--format", "yaml"]])
def test_bad_usage(stored: Path, arguments: list[str]) -> None:
    done = consortia("appraise", stored, *arguments, code=Exit.USAGE)
    assert done.stdout == ""


def test_a_plan_that_breaks_rules_is_told(run: Path) -> None:
    record = json.loads((run / "plan.json").read_text(encoding="utf-8"))
    record["clusters"][0]["owners"] = ["alder"]
    (run / "plan.json").write_text(json.dumps(record), encoding="utf-8")
    done = consortia("appraise", run, "--format", "json")
    assert "breaks hard rules" in done.stderr
    assert json.loads(done.stdout)["breaches"] > 0


def test_main_figures_stand_with_every_run_and_are_checked(run: Path) -> None:
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert record["appraisal"]["bcr"] == 1.2007
    assert json.loads((run / "plan.json").read_text(encoding="utf-8"))["run"]["appraisal"] == record["appraisal"]
    shown = consortia("show", run).stdout
    assert "1.20" in shown
    assert "by end of 2028" in shown
    assert consortia("audit", run).returncode == 0
    record["appraisal"]["peak_funding"] = 1
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")
    assert "peak_funding 1, recomputed 696000" in consortia("audit", run, code=Exit.DISAGREEMENT).stdout


def test_a_run_without_an_appraisal_still_shows(run: Path) -> None:
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    del record["appraisal"]
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")
    assert "proved: no plan is better" in consortia("show", run).stdout
    assert "run.json lacks appraisal" in consortia("audit", run, code=Exit.DISAGREEMENT).stdout

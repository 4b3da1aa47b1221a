"""`consortia sensitivity` as a user meets it."""

import csv
import io
import json
from pathlib import Path

import pytest

from report.console import Exit
from report.sensitivity import TITLES
from solver.sensitivity.analysis import TABLES
from tests.test_cli import TINY, consortia


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    consortia("solve", TINY, "--solver", "highs", "--output", folder)
    return folder


def test_every_table_is_printed(run: Path) -> None:
    done = consortia("sensitivity", run)
    assert "saving 441,200" in done.stdout
    assert all(title in done.stdout for title in TITLES.values())
    assert "-0.364026" in done.stdout
    assert "Not re-solved" in done.stdout
    assert "a stress and not what to expect" in done.stdout.lower()
    assert [line for line in done.stderr.splitlines() if line.startswith("working out")] == [f"working out {name}" for name in TABLES]


def test_json_holds_every_table(run: Path) -> None:
    record = json.loads(consortia("sensitivity", run, "--format", "json", "--quiet").stdout)
    assert record["saving"] == 441_200
    assert record["resolved"] is False
    assert set(record["tables"]) == set(TABLES)
    assert all(row["how"] == "re-priced" for rows in record["tables"].values() for row in rows)


def test_one_table_as_csv_and_markdown(run: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(consortia("sensitivity", run, "--table", "leavers", "--format", "csv", "--quiet").stdout)))
    assert [row["body"] for row in rows] == ["alder", "birch", "dogwood"]
    assert "| line |" in consortia("sensitivity", run, "--table", "stress", "--format", "md", "--quiet").stdout


def test_a_plan_file_needs_an_instance(run: Path) -> None:
    assert "--instance" in consortia("sensitivity", run / "plan.json", code=Exit.USAGE).stderr
    done = consortia("sensitivity", run / "plan.json", "--instance", TINY, "--table", "stress", "--quiet")
    assert "441,200" in done.stdout


def test_re_solving_is_told(run: Path) -> None:
    done = consortia("sensitivity", run, "--table", "tornado", "--resolve", "--solver", "highs", "--format", "json", "--quiet")
    rows = {(row["parameter"], row["end"]): row for row in json.loads(done.stdout)["tables"]["tornado"]}
    assert rows["today's cost", "low"]["how"] == "re-solved"
    # With every cost of today 30 % lower nothing is worth sharing.
    assert rows["today's cost", "low"]["best_saving"] == 0
    assert rows["today's cost", "low"]["best_differs"] is True
    assert rows["margin", "high"]["best_differs"] is False
    assert all(row["best_cost"] <= row["cost"] for row in rows.values() if not row["note"])


@pytest.mark.parametrize("arguments", [["--format", "csv"], ["--table", "tornadoes"], ["--resolve", "--solver", "hihgs"], ["--time-limit", "-1"]])
def test_bad_usage_is_2(arguments: list[str], run: Path) -> None:
    done = consortia("sensitivity", run, *arguments, code=Exit.USAGE)
    assert done.stdout == ""
    assert done.stderr


def test_no_plan_is_told(tmp_path: Path) -> None:
    assert consortia("sensitivity", tmp_path / "nothing", code=Exit.USAGE).stderr

"""`consortia explain` as a user meets it."""

import json
from pathlib import Path

import pytest

from report.console import Exit
from tests.test_cli import TINY, consortia, variant

LINKS = [{"body": body, "centre": "south", "service": "payroll", "status": "required"} for body in ("alder", "birch", "cedar")]
BANDS = [{"centre": "*", "service": service, "band": "only", "capacity": 85_000, "unit_cost": 4} for service in ("payroll", "invoices")]


@pytest.fixture(scope="module")
def without_a_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return variant(tmp_path_factory.mktemp("variant"), links=LINKS, bands=BANDS)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    consortia("solve", TINY, "--solver", "highs", "--output", folder)
    return folder


def test_a_conflict_is_explained_and_leaves_with_0(without_a_plan: Path) -> None:
    done = consortia("explain", without_a_plan)
    assert "alder must use south for payroll" in done.stdout
    assert "links row 2 (body=alder, centre=south, service=payroll)" in done.stdout
    assert "raise the capacity of south for payroll by 35,000" in done.stdout
    assert "no smaller set is in conflict" in done.stdout


def test_a_conflict_as_json(without_a_plan: Path) -> None:
    record = json.loads(consortia("explain", without_a_plan, "--format", "json", "--ways-out", 1).stdout)
    assert record["feasible"] is False
    assert record["smallest"] is True
    assert [row["table"] for one in record["conflict"] for row in one["rows"]] == ["links", "links", "bands"]
    (way_out,) = record["relaxations"]
    assert way_out["price"] == 1.0
    assert way_out["cost"] >= way_out["bound"]


def test_weights_choose_the_way_out(without_a_plan: Path) -> None:
    done = consortia("explain", without_a_plan, "--ways-out", 1, "--weight", "willingness=9", "--weight", "capacity=0.5")
    assert "raise the capacity of south for payroll" in done.stdout
    assert "capacity 0.5; willingness 9" in done.stdout


def test_an_instance_with_a_plan_points_to_the_rules() -> None:
    assert "--rules" in consortia("explain", TINY).stdout


def test_prices_of_a_run(run: Path) -> None:
    done = consortia("explain", TINY, "--rules", "--run", run, "--format", "json")
    record = json.loads(done.stdout)
    assert (record["cost"], record["bound"]) == (4_868_800, 4_868_800)
    verdicts = {one["rule"]: one["verdict"] for one in record["rules"]}
    assert verdicts["serve-once"] == "definition"
    assert verdicts["legal-powers"] == "idle"
    assert "re-solving" in done.stderr


def test_a_body_is_explained(run: Path) -> None:
    done = consortia("explain", TINY, "--body", "alder", "--run", run)
    assert "4,888,800" in done.stdout
    record = json.loads(consortia("explain", TINY, "--body", "cedar", "--centre", "south", "--run", run, "--format", "json").stdout)
    assert record["comparisons"][0]["centres"] == ["south"]


def test_commercial_models_are_explained_in_every_format(run: Path) -> None:
    told = consortia("explain", TINY, "--models", "--run", run).stdout
    assert "joint-board: £131,100 cheaper than supplier" in told
    assert "centre south may not run under lead-council" in told
    record = json.loads(consortia("explain", TINY, "--models", "--run", run, "--format", "json").stdout)
    (cluster,) = record["clusters"]
    assert [(one["commercial_model"], one["more"]) for one in cluster["others"]] == [("supplier", 131_100), ("lead-council", None)]
    assert cluster["others"][0]["components"]["procurement"] == 150_000
    csv = consortia("explain", TINY, "--models", "--centre", "south", "--run", run, "--format", "csv").stdout
    assert csv.startswith("centre,commercial_model,members,other_model,stands,more,")
    assert "| supplier" in consortia("explain", TINY, "--models", "--run", run, "--format", "md").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rules", "--body", "alder"],
        ["--rules", "--models"],
        ["--models", "--centre", "nowhere"],
        ["--centre", "south"],
        ["--body", "nobody"],
        ["--body", "alder", "--centre", "nowhere"],
        ["--weight", "securty=2"],
        ["--weight", "security=dear"],
        ["--weight", "security=0"],
        ["--format", "csv"],
        ["--rules", "--format", "md"],
        ["--solver", "hihgs"],
    ],
)
def test_bad_usage_is_2(arguments: list[str]) -> None:
    done = consortia("explain", TINY, *arguments, code=Exit.USAGE)
    assert done.stdout == ""
    assert done.stderr


def test_a_closed_centre_has_no_commercial_model(run: Path) -> None:
    assert "north is closed in this plan" in consortia("explain", TINY, "--models", "--centre", "north", "--run", run, code=Exit.USAGE).stderr


def test_a_run_that_breaks_the_rules_is_refused(run: Path, tmp_path: Path) -> None:
    apart = variant(tmp_path, pairs=[{"body_a": "alder", "body_b": "birch", "relation": "must-not-share"}])
    assert "breaks" in consortia("explain", apart, "--rules", "--run", run, code=Exit.INVALID).stderr


def test_no_plan_to_price_points_to_the_conflict(without_a_plan: Path) -> None:
    assert "consortia explain" in consortia("explain", without_a_plan, "--rules", "--quiet", code=Exit.NO_PLAN).stderr


def test_what_loosens_nothing_is_compared_in_words(run: Path, tmp_path: Path) -> None:
    ruled = variant(tmp_path)
    record = json.loads(ruled.read_text(encoding="utf-8"))
    record["instance"]["rule"] = [{"name": "utilisation-floor", "share": 0.6}, {"name": "tender"}]
    ruled.write_text(json.dumps(record), encoding="utf-8")
    told = consortia("explain", ruled, "--rules", "--run", run, "--quiet").stdout
    assert "compared, not priced: what was changed loosens nothing: capacity, tender" in told
    assert "capacity, bands.capacity +1 everywhere, is no relaxation: rule utilisation-floor asks for a share of it" in told
    assert "tender, without it, is no relaxation: it forbids no plan and says how plans are counted" in told

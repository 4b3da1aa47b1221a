"""No figure of a run folder can be altered, and no file of figures taken away, without the audit naming it."""

import csv
import dataclasses
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from models import read_instance
from models.instance import RuleSetting
from models.plan_tables import plan_tables
from solver.checking import audit_stored, stored_breaches
from solver.run_folder import TABLES, read_plan, stored_bound, write_run
from solver.solve import solve
from solver.stored_record import expected_figures, record_breaches
from solver.stored_tables import WORDS, table_breaches

TINY = Path(__file__).resolve().parents[2] / "instances" / "tiny"


@pytest.fixture(scope="module")
def tiny():
    return read_instance(TINY)


@pytest.fixture(scope="module")
def solved(tiny):
    return solve(tiny, "highs")


@pytest.fixture(scope="module")
def stored(tiny, solved, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    write_run(solved, tiny, folder)
    return folder


@pytest.fixture
def run(stored, tmp_path):
    return Path(shutil.copytree(stored, tmp_path / "run"))


def breaches_of(tiny, run):
    return audit_stored(tiny, read_plan(run), run)["breaches"]


def numeric(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_what_was_written_holds(tiny, run):
    assert breaches_of(tiny, run) == []


def test_a_table_as_it_was_written_need_not_be_taken_apart(tmp_path, monkeypatch):
    table = pd.DataFrame(
        {
            "name": ["plain", 'a "quoted", one', "two\nlines", ""],
            "amount": [0.1, 1e16, float("nan"), -2.50],
            "whole": pd.array([1, None, -3, 10**15], dtype="Int64"),
            "count": [1, 2, 3, 4],
            "shared": [True, False, True, False],
        }
    )
    table.to_csv(tmp_path / "odd.csv", index=False)
    assert table_breaches(tmp_path, {"odd": table}) == []
    monkeypatch.setattr("solver.stored_tables._of_table", lambda *_: ["taken apart"])
    assert table_breaches(tmp_path, {"odd": table}) == []
    assert table_breaches(tmp_path, {"odd": table.assign(count=[1, 2, 3, 5])}) == ["taken apart"]


@pytest.mark.parametrize("table", TABLES)
def test_every_number_of_every_table_is_held_against_the_plan(tiny, solved, stored, tmp_path, table):
    made = {table: plan_tables(tiny, solved.plan, solved.audit)[table]}
    with (stored / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        header, first, *others = list(csv.reader(stream))
    walked = 0
    for position, column in enumerate(header):
        if not numeric(first[position]):
            continue
        for altered in (str(float(first[position]) + 1), "", "x"):
            row = [*first[:position], altered, *first[position + 1 :]]
            with (tmp_path / f"{table}.csv").open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows([header, row, *others])
            breaches = table_breaches(tmp_path, made)
            assert breaches, (column, altered)
            assert all(breach.rule == "stored-table" and f"{table}.csv says {column} " in breach.message for breach in breaches), breaches
            walked += 1
    assert walked


@pytest.mark.parametrize("table", TABLES)
def test_every_column_but_sentences_is_held_against_the_plan(tiny, solved, stored, tmp_path, table):
    made = plan_tables(tiny, solved.plan, solved.audit)[table]
    for column in made.columns:
        altered = made.copy().astype({column: object})
        altered.loc[0, column] = "another"
        altered.to_csv(tmp_path / f"{table}.csv", index=False)
        assert bool(table_breaches(tmp_path, {table: made})) != (column in WORDS.get(table, ())), column


def test_the_order_of_rows_and_the_way_a_number_is_written_do_not_matter(tiny, run):
    for table in TABLES:
        frame = pd.read_csv(run / f"{table}.csv", dtype={"body": str}).iloc[::-1]
        whole = frame.select_dtypes("int64").columns
        frame.astype(dict.fromkeys(whole, "float64")).to_csv(run / f"{table}.csv", index=False)
    assert breaches_of(tiny, run) == []


@pytest.mark.parametrize("table", TABLES)
def test_a_missing_table_column_or_row_is_named(tiny, run, table):
    file = run / f"{table}.csv"
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    frame.drop(columns=frame.columns[0]).to_csv(file, index=False)
    assert {(breach["rule"], breach["message"]) for breach in breaches_of(tiny, run)} == {
        ("stored-missing", f"{table}.csv lacks the column {frame.columns[0]}"),
    }
    frame.iloc[1:].to_csv(file, index=False)
    assert [f"{table}.csv lacks " in breach["message"] for breach in breaches_of(tiny, run)] == [True]
    pd.concat([frame, frame.iloc[:1]]).to_csv(file, index=False)
    assert [f"{table}.csv has " in breach["message"] for breach in breaches_of(tiny, run)] == [True]
    file.write_bytes(b"\xff\xfe")
    assert [breach["rule"] for breach in breaches_of(tiny, run)] == ["stored-table"]
    file.unlink()
    assert [(breach["rule"], breach["message"]) for breach in breaches_of(tiny, run)] == [("stored-missing", f"{table}.csv is missing")]


def test_a_column_that_stands_twice_is_named(tiny, run):
    frame = pd.read_csv(run / "clusters.csv", dtype=str, keep_default_na=False)
    frame.insert(0, "saving", "999", allow_duplicates=True)
    frame.to_csv(run / "clusters.csv", index=False)
    assert ["saving more than once" in breach["message"] for breach in breaches_of(tiny, run)] == [True]


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_a_missing_or_unreadable_record_is_named(tiny, solved, run, content):
    for name in ("run.json", "plan.json"):
        file = run / name
        before = file.read_bytes()
        file.unlink() if content is None else file.write_text(content, encoding="utf-8")
        breaches = stored_breaches(tiny, solved.plan, solved.audit, run)
        assert [breach.rule for breach in breaches] == ["stored-missing"]
        assert name in breaches[0].message
        file.write_bytes(before)


def leaves(value, path=()):
    if isinstance(value, dict):
        return [found for key, one in value.items() for found in leaves(one, (*path, key))]
    if isinstance(value, list):
        return [found for position, one in enumerate(value) for found in leaves(one, (*path, position))]
    return [(path, value)]


def with_leaf(record, path, value):
    copied = json.loads(json.dumps(record))
    at = copied
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return copied


def test_every_number_of_the_record_that_follows_from_the_plan_is_held_against_it(tiny, solved, stored):
    record = json.loads((stored / "run.json").read_text(encoding="utf-8"))
    expected = expected_figures(tiny, solved.plan, solved.audit)
    walked = [(path, value) for path, value in leaves(record) if path[0] in {*expected, "bound", "gap"} and isinstance(value, int | float)]
    assert {"cost", "bound", "gap", "clusters", "components", "worse_off", "appraisal"} <= {path[0] for path, _ in walked}
    assert record_breaches("run.json", record, expected, 0.0) == []
    for path, value in walked:
        for altered in (value + 1, value - 1, str(value), None, float("inf"), float("nan")):
            breaches = record_breaches("run.json", with_leaf(record, path, altered), expected, 0.0)
            assert any("run.json" in breach.message for breach in breaches), (path, altered)


@pytest.mark.parametrize("key", ["cost", "components", "audit", "clusters", "stop", "bound", "gap", "digest", "appraisal", "worse_off"])
def test_a_key_that_is_gone_is_named(tiny, run, key):
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    del record[key]
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")
    assert [(breach["rule"], breach["message"]) for breach in breaches_of(tiny, run)] == [("stored-missing", f"run.json lacks {key}")]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"stop": "limit"}, "stored-stop"),
        ({"stop": "infeasible"}, "stored-stop"),
        ({"stop": "finished"}, "stored-stop"),
        ({"bound": None, "gap": None}, "stored-stop"),
        ({"bound": None}, "stored-bound"),
        ({"audit": []}, "stored-audit"),
        ({"audit": None}, "stored-audit"),
        ({"clusters": True}, "stored-clusters"),
        ({"components": {"set_up": 1}}, "stored-cost"),
        ({"appraisal": None}, "stored-appraisal"),
    ],
)
def test_words_of_the_record_follow_from_its_figures(tiny, run, change, rule):
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    (run / "run.json").write_text(json.dumps(record | change), encoding="utf-8")
    assert rule in {breach["rule"] for breach in breaches_of(tiny, run)}


def test_a_run_stopped_at_the_gap_it_was_asked_for_holds(tiny, solved, tmp_path):
    bound = solved.cost - 1000
    gap = (solved.cost - bound) / solved.cost
    options = {**solved.provenance["options"], "gap": 0.01}
    write_run(dataclasses.replace(solved, bound=bound, gap=gap, provenance={**solved.provenance, "options": options}), tiny, tmp_path / "run")
    assert breaches_of(tiny, tmp_path / "run") == []


def test_a_stored_bound_that_the_plan_belies_is_no_bound(solved, run):
    digest = json.loads((run / "run.json").read_text(encoding="utf-8"))["digest"]
    for path in (run, run / "plan.json"):
        assert stored_bound(path, digest, solved.cost) == solved.bound
        assert stored_bound(path, digest, solved.bound - 1) is None
        assert stored_bound(path, "0" * 16, solved.cost) is None


def test_a_run_says_within_what_limits_its_bound_holds(tiny, solved):
    assert solved.provenance["proven_within"] == []
    near = solve(tiny.replace(rules=(RuleSetting("nearest-centres", {"count": 1}),)), "highs")
    assert near.provenance["proven_within"] == ["each body uses only its nearest centre"]

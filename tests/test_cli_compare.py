"""`consortia compare` as a user meets it, killed and stopped included."""

import csv
import io
import json
import random
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from report.comparison import TITLES
from report.console import Exit
from solver.study.frame import read_study
from solver.study.records import latest
from solver.study.store import RECORDS_FILE, opened, read_records
from tests.test_cli import TINY, consortia, started

ANSWER = 4_868_800


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("studies") / "tiny"
    consortia("compare", TINY, "--solvers", "cbc,highs", "--seeds", "0,1", "--time-limit", 60, "--output", folder)
    return folder


@pytest.fixture
def study(done: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(done, tmp_path / "study"))


def test_every_solver_meets_every_seed_and_all_agree(study: Path) -> None:
    table = read_study(study)
    assert sorted(zip(table["contender"], table["seed"], strict=True)) == [("cbc", 0), ("cbc", 1), ("highs", 0), ("highs", 1)]
    assert set(table["cost"]) == set(table["bound"]) == {ANSWER}
    assert set(table["audit"]) == {"ok"}
    assert all((study / log).is_file() for log in table["log"])


def test_a_study_that_is_done_is_only_told_again(study: Path) -> None:
    before = (study / RECORDS_FILE).read_bytes()
    again = consortia("compare", "--output", study, "--resume")
    assert (study / RECORDS_FILE).read_bytes() == before
    assert "4 runs, 4 done before" in again.stderr
    assert "4 runs of 2 solvers on 1 instance." in again.stdout
    assert "virtual best" in again.stdout
    assert "times will not be comparable" in consortia("compare", "--output", study, "--resume", "--jobs", 1024).stderr


def test_a_dry_run_says_what_is_left_and_for_how_long_and_runs_nothing(study: Path, tmp_path: Path) -> None:
    before = (study / RECORDS_FILE).read_bytes()
    arguments = ("compare", TINY, "--solvers", "cbc,highs", "--dry-run")
    more = consortia(*arguments, "--seeds", "0,1,2,3", "--output", study, "--resume", "--jobs", 3)
    assert "8 runs, 4 done before, 4 to do; nothing was run." in more.stdout
    assert "cbc  seed 3" in more.stdout
    assert "cbc  seed 0" not in more.stdout
    assert "At most 2 min of solving, 3 at a time." in more.stdout
    assert (study / RECORDS_FILE).read_bytes() == before
    fresh = tmp_path / "fresh"
    assert "2 runs, 0 done before, 2 to do" in consortia(*arguments, "--output", fresh).stdout
    assert not fresh.exists()
    assert "--resume" in consortia(*arguments, "--output", study, code=Exit.USAGE).stderr


def test_a_scheduler_that_is_not_there_is_said_and_what_is_done_kept(study: Path) -> None:
    pytest.importorskip("distributed", reason="needs consortia[dask]")
    before = (study / RECORDS_FILE).read_bytes()
    arguments = ("compare", TINY, "--solvers", "cbc,highs", "--seeds", "0,1,2", "--output", study, "--resume")
    told = consortia(*arguments, "--scheduler", "tcp://127.0.0.1:1", "--patience", 0.2, code=Exit.SOLVER)
    assert "no scheduler answers at tcp://127.0.0.1:1" in told.stderr
    assert f"next: consortia compare --output {study} --resume --scheduler tcp://127.0.0.1:1" in told.stderr
    assert (study / RECORDS_FILE).read_bytes() == before


def test_every_format(study: Path, tmp_path: Path) -> None:
    record = json.loads(consortia("compare", "--output", study, "--resume", "--format", "json", "--quiet").stdout)
    assert set(record["tables"]) == set(TITLES)
    assert (record["runs"], record["missing"], record["incomplete"]) == (4, 0, 0)
    rows = list(csv.DictReader(io.StringIO(consortia("compare", "--output", study, "--resume", "--table", "solvers", "--format", "csv", "--quiet").stdout)))
    assert [(row["contender"], row["solved"]) for row in rows] == [("cbc", "2"), ("highs", "2"), ("virtual best", "2")]
    assert "| contender |" in consortia("compare", "--output", study, "--resume", "--table", "solvers", "--format", "md", "--quiet").stdout
    consortia("compare", "--output", study, "--resume", "--export", tmp_path / "runs.parquet", "--quiet")
    assert len(pd.read_parquet(tmp_path / "runs.parquet")) == 4
    consortia("compare", "--output", study, "--resume", "--export", tmp_path / "runs.parquet", code=Exit.USAGE)
    consortia("compare", "--output", study, "--resume", "--report", tmp_path / "study.html", "--quiet")
    page = (tmp_path / "study.html").read_text(encoding="utf-8")
    assert "virtual best" in page
    assert f'href="study/{read_records(study)[0].log}"' in page
    consortia("compare", "--output", study, "--resume", "--pictures", tmp_path / "pictures", "--quiet")
    assert {one.suffix for one in (tmp_path / "pictures").iterdir()} == {".svg", ".png", ".json"}
    assert set(record["pictures"]) == set(json.loads((tmp_path / "pictures" / "pictures.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("option", "name", "said"), [("--report", "there", "--force"), ("--pictures", "there", "is not a folder"), ("--export", "runs.txt", ".parquet")]
)
def test_what_could_not_be_written_is_said_before_the_first_run(option: str, name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    told = consortia("compare", TINY, "--output", tmp_path / "study", option, tmp_path / name, code=Exit.USAGE)
    assert said in told.stderr
    assert not (tmp_path / "study").exists()


def test_more_seeds_and_failures_are_done_on_asking_and_nothing_else(study: Path) -> None:
    runs = read_records(study)
    (study / RECORDS_FILE).unlink()
    with opened(study) as store:
        store.append(replace(runs[0], stop="failed", cost=None, bound=None, gap=None, audit=""))
        for run in runs[1:]:
            store.append(run)
    arguments = ("compare", TINY, "--solvers", "cbc,highs", "--seeds", "0,1", "--output", study, "--resume")
    assert "--retry failed" in consortia(*arguments, code=Exit.SOLVER).stderr
    assert len(read_records(study)) == 4
    consortia(*arguments, "--retry", "failed")
    assert len(read_records(study)) == 5
    assert latest(read_records(study))[runs[0].key].attempt == 2
    consortia("compare", TINY, "--solvers", "cbc", "--seeds", "0,1,2", "--output", study, "--resume")
    assert sorted(run.seed for run in read_records(study) if run.solver == "cbc") == [0, 0, 1, 2]


def test_a_contradiction_is_shouted(study: Path) -> None:
    runs = read_records(study)
    (study / RECORDS_FILE).unlink()
    with opened(study) as store:
        store.append(replace(runs[0], cost=ANSWER + 100_000, bound=ANSWER + 100_000))
        for run in runs[1:]:
            store.append(run)
    told = consortia("compare", "--output", study, "--resume", code=Exit.DISAGREEMENT)
    assert "claims that no plan costs less than 4,968,800" in told.stderr
    assert "believe none" in told.stderr
    assert "bound-above-plan" in told.stdout


def test_a_study_file(tmp_path: Path) -> None:
    shutil.copytree(TINY, tmp_path / "tiny")
    (tmp_path / "study.toml").write_text(
        'instances = [{path = "tiny", class = "small"}]\ntime_limit = 60\n'
        'solvers = [{name = "highs", label = "as it comes"}, {name = "highs", label = "bare", options = {presolve = "off"}}]\n'
    )
    consortia("compare", tmp_path / "study.toml", "--output", tmp_path / "study")
    table = read_study(tmp_path / "study")
    assert list(table["contender"]) == ["as it comes", "bare"]
    assert [json.loads(one) for one in table["options"]] == [{}, {"presolve": "off"}]
    assert set(table["group"]) == {"small"}
    (tmp_path / "bad.toml").write_text('instances = ["tiny"]\nsolvers = ["highs"]\nseed = 1\n')
    assert "'seeds'" in consortia("compare", tmp_path / "bad.toml", "--output", tmp_path / "other", code=Exit.INVALID).stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-"], "standard input"),
        ([], "name instances"),
        (["--resume"], "no study to resume"),
        ([TINY, "--resume"], "no study to resume"),
        ([TINY, "--retry", "failed"], "--resume"),
        ([TINY, "--solvers", "hihgs"], "Did you mean highs?"),
        ([TINY, "--solvers", ","], "names no solver"),
        ([TINY, "--seeds", "0,x"], "--seeds"),
        ([TINY, "--seeds", "1,1"], "--seeds"),
        ([TINY, TINY, "--solvers", "highs"], "same run"),
        ([TINY, "--table", "solver"], "Did you mean solvers?"),
        ([TINY, "--format", "csv"], "--table"),
        (["a.toml", TINY], "stands alone"),
        (["a.toml", "--gap", 0.1], "--gap goes with instances"),
        (["--resume", "--no-construct"], "--construct goes with instances"),
        ([TINY, "--patience", 5], "--patience goes with --scheduler"),
        ([TINY, "--scheduler", "tcp://127.0.0.1:1", "--jobs", 2], "--jobs goes with runs on this machine"),
    ],
)
def test_bad_usage_is_2_and_leaves_nothing(arguments: list[object], said: str, tmp_path: Path) -> None:
    told = consortia("compare", *arguments, "--output", tmp_path / "study", code=Exit.USAGE)
    assert told.stdout == ""
    assert said in told.stderr
    assert not (tmp_path / "study").exists()


def test_a_folder_of_something_else_or_of_other_limits_is_left_alone(study: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").touch()
    assert "left alone" in consortia("compare", TINY, "--output", tmp_path / "other", code=Exit.USAGE).stderr
    assert "--resume" in consortia("compare", TINY, "--output", study, code=Exit.USAGE).stderr
    assert "other limits" in consortia("compare", TINY, "--time-limit", 5, "--output", study, "--resume", code=Exit.USAGE).stderr


@pytest.mark.slow
def test_killed_at_any_moment_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    folder, moments = tmp_path / "study", random.Random(7)
    arguments = ("compare", TINY, "--solvers", "highs", "--seeds", "0,1,2,3,4", "--time-limit", 60, "--output", folder)
    kept: list[str] = []
    for _ in range(3):
        again = ("--resume",) if (folder / RECORDS_FILE).exists() else ()
        with started(*arguments, *again) as process:
            time.sleep(moments.uniform(0.5, 6.0))
            process.kill()
        if (folder / RECORDS_FILE).exists():
            now = [run.key for run in read_records(folder)]
            assert now[: len(kept)] == kept
            kept = now
    consortia(*arguments, *(("--resume",) if (folder / RECORDS_FILE).exists() else ()))
    runs = read_records(folder)
    assert sorted(run.seed for run in runs) == [0, 1, 2, 3, 4]
    assert {run.cost for run in runs} == {ANSWER}


@pytest.mark.slow
def test_a_stop_keeps_what_is_done_and_says_how_to_go_on(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    with started("compare", TINY, "--solvers", "highs", "--seeds", "0,1,2,3,4,5,6,7", "--output", folder) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("1/8"):
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
    assert process.returncode == Exit.INTERRUPTED
    assert "what is done is kept" in rest
    assert "--resume" in rest
    assert 1 <= len(read_records(folder)) < 8


def test_programs_and_published_files_beside_instances(tmp_path: Path) -> None:
    (tmp_path / "paper.txt").write_text("2 3\n10 5\n8 3\n4 5 6\n1 2 9\n8 3 2\n")
    (tmp_path / "one.mps").write_text(
        "NAME one\nROWS\n N  cost\n G  least\nCOLUMNS\n    M 'MARKER' 'INTORG'\n    a cost 2.5 least 1\n    M 'MARKER' 'INTEND'\n"
        "RHS\n    rhs least 1\nBOUNDS\n UP bnd a 3\nENDATA\n"
    )
    files = (tmp_path / "paper.txt", tmp_path / "one.mps")
    done = consortia("compare", *files, "--input-format", "holmberg", "--solvers", "highs,textbook", "--output", tmp_path / "study", "--format", "json")
    runs = {(run["instance"], run["solver"]): (run["stop"], run["cost"]) for run in json.loads(done.stdout)["tables"]["runs"]}
    one = next(run for run in json.loads(done.stdout)["tables"]["runs"] if run["instance"].startswith("one.mps"))
    assert (one["published_cost"], one["published_bound"], one["money_scale"]) == (2.5, 2.5, 10)
    assert "cost 2.5" in done.stderr
    assert runs == {
        ("paper (holmberg)", "highs"): ("proved", 13),
        ("paper (holmberg)", "textbook"): ("proved", 13),
        ("one.mps (costs x 10)", "highs"): ("proved", 25),
        ("one.mps (costs x 10)", "textbook"): ("not-applicable", None),
    }
    assert "--input-format" in consortia("compare", files[0], "--output", tmp_path / "other", code=Exit.INVALID).stderr
    assert "missing-file" in consortia("compare", tmp_path / "two.mps", "--output", tmp_path / "other", code=Exit.INVALID).stderr
    (tmp_path / "one.mps").write_text("nothing")
    assert "no MPS file" in consortia("compare", files[1], "--output", tmp_path / "other", code=Exit.INVALID).stderr

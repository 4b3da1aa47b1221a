"""The command as a user meets it: what it prints where, how it leaves, what it leaves behind."""

import contextlib
import csv
import errno
import io
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.main import get_command

from cli import app
from report.console import Exit, guarded
from report.export import FORMATS
from solver.run_folder import OWN_FILES, TABLES

ROOT = Path(__file__).resolve().parents[1]
TINY = ROOT / "instances" / "tiny"
RUN_KEYS = {"schema_version", "instance", "digest", "solver", "stop", "cost", "bound", "gap", "time_s", "audit", "clusters", "run"}
ENVIRONMENT = {**os.environ, "TYPER_USE_RICH": "0", "COLUMNS": "120", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def consortia(*arguments: object, code: int | None = 0, stdin: str = "", cwd: Path = ROOT) -> Done:
    """Run the command in this process, hold it to ``code``, and never let it show a traceback."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        patch.setenv("COLUMNS", "120")
        patch.chdir(cwd)
        returned = guarded(lambda: app([str(one) for one in arguments], prog_name="consortia"))
    done = Done(returned, out.getvalue(), err.getvalue())
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done


def started(*arguments: object, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "cli", *map(str, arguments)], cwd=ROOT, env=ENVIRONMENT, text=True, stderr=subprocess.PIPE, **options)


@pytest.fixture(autouse=True)
def hang_up_counts() -> Iterator[None]:
    """Let a hang-up end what tests start, also where they are run under nohup, which has it ignored."""
    earlier = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, earlier)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    consortia("solve", TINY, "--output", folder)
    return folder


@pytest.fixture
def run(stored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stored, tmp_path / "run"))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance that takes any solver much longer than a test."""
    file = tmp_path_factory.mktemp("instances") / "large.json"
    consortia("generate", "--bodies", 150, "--centres", 10, "--output", file)
    return file


def variant(folder: Path, **tables: list[dict[str, object]]) -> Path:
    """Write the tiny instance as JSON with some tables replaced or added."""
    consortia("solve", TINY, "--output", folder / "base", "--quiet")
    record = json.loads((folder / "base" / "instance.json").read_text(encoding="utf-8"))
    record.update(tables)
    file = folder / "instance.json"
    file.write_text(json.dumps(record), encoding="utf-8")
    return file


def pieces(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# Exit codes


def test_proved_is_0_and_stdout_holds_the_answer_only(tmp_path: Path) -> None:
    done = consortia("solve", TINY, "--format", "json", "--output", tmp_path / "run")
    record = json.loads(done.stdout)
    assert record.keys() >= RUN_KEYS
    assert (record["stop"], record["audit"], record["cost"], record["bound"], record["gap"]) == ("proved", "ok", 4_868_800, 4_868_800, 0)
    assert "cost" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["nosuch"],
        ["solve"],
        ["solve", TINY, "--gap", "nan"],
        ["solve", TINY, "--time-limit", "-1"],
        ["solve", TINY, "--threads", "100000000"],
        ["solve", TINY, "--seed", "99999999999999"],
        ["solve", TINY, "--solver", "hihgs"],
        ["solve", TINY, "--solver-option", "nothing"],
        ["solve", TINY, "--format", "yaml"],
        ["generate", "--output", "-", "--services", "²"],
        ["generate", "--output", "-", "--bodies", "1"],
        ["generate", "--output", "x.txt", "--bodies", "20", "--centres", "2"],
        ["generate", "--output", "-", "--tightness", "nan"],
        ["audit", "nosuch"],
    ],
)
def test_bad_usage_is_2(arguments: list[str], tmp_path: Path) -> None:
    done = consortia(*arguments, code=Exit.USAGE, cwd=tmp_path)
    assert done.stdout == ""
    assert done.stderr
    assert not list(tmp_path.iterdir())


def test_a_limit_with_a_plan_is_3(large: Path) -> None:
    record = json.loads(consortia("solve", large, "--time-limit", "2", "--format", "json", code=Exit.LIMIT).stdout)
    assert (record["stop"], record["audit"]) == ("limit", "ok")
    assert record["bound"] is None or record["bound"] <= record["cost"]


def test_infeasible_is_4_and_leaves_a_run_without_a_plan(tmp_path: Path) -> None:
    # Each body fits the centre it must use and so passes the checks; the three together do not.
    links = [{"body": body, "centre": "south", "service": "payroll", "status": "required"} for body in ("alder", "birch", "cedar")]
    bands = [{"centre": "*", "service": service, "band": "only", "capacity": 85_000, "unit_cost": 4} for service in ("payroll", "invoices")]
    file = variant(tmp_path, links=links, bands=bands)
    done = consortia("solve", file, "--format", "json", "--output", tmp_path / "run", code=Exit.INFEASIBLE)
    record = json.loads(done.stdout)
    assert (record["stop"], record["cost"], record["clusters"]) == ("infeasible", None, None)
    assert not (tmp_path / "run" / "plan.json").exists()
    assert "none" in consortia("show", tmp_path / "run").stdout
    for arguments in (["show", tmp_path / "run", "--table", "costs"], ["audit", tmp_path / "run"]):
        assert "no plan" in consortia(*arguments, code=Exit.NO_PLAN).stderr.replace("without a plan", "no plan")
    consortia("export", tmp_path / "run", "--to", "csv", code=Exit.USAGE)
    consortia("export", tmp_path / "run", "--to", "lp")
    consortia("report", tmp_path / "run")


def test_no_plan_in_time_is_5(large: Path, tmp_path: Path) -> None:
    record = json.loads(large.read_text(encoding="utf-8"))
    body, other = record["bodies"][0]["body"], record["bodies"][1]["body"]
    # Carrying on as today is then no plan.
    record["pairs"] = [{"body_a": body, "body_b": other, "relation": "must-share"}]
    file = tmp_path / "pairs.json"
    file.write_text(json.dumps(record), encoding="utf-8")
    assert json.loads(consortia("solve", file, "--time-limit", "0", "--format", "json", code=Exit.NO_PLAN).stdout)["cost"] is None


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"bodies": 3}', '{"instance": {}}', "\x00"])
def test_invalid_data_is_6_from_file_and_standard_input(content: str, tmp_path: Path) -> None:
    file = tmp_path / "instance.json"
    file.write_text(content, encoding="utf-8")
    for source, stdin in ((file, None), ("-", content)):
        done = consortia("solve", source, code=Exit.INVALID, stdin=stdin or "")
        assert done.stdout == ""
        assert "error(s)" in done.stderr


def test_every_way_of_not_being_an_instance_is_6(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "text.txt").write_text("x", encoding="utf-8")
    (tmp_path / "book.xlsx").write_text("not a workbook", encoding="utf-8")
    for name in ("folder", "folder.json", "text.txt", "book.xlsx", "nosuch"):
        consortia("check", tmp_path / name, code=Exit.INVALID)
        consortia("check", tmp_path / name, "--exit-zero")


def test_a_licence_too_small_is_7(large: Path) -> None:
    pytest.importorskip("gurobipy")
    record = json.loads(consortia("solve", large, "--solver", "gurobi", "--format", "json", code=Exit.SOLVER).stdout)
    assert (record["stop"], record["reason"]) == ("failed", "licence")


def test_an_option_the_solver_does_not_take_is_2() -> None:
    done = consortia("solve", TINY, "--solver", "highs", "--solver-option", "nosuch=1", code=Exit.USAGE)
    assert (done.stdout, "HiGHS does not take the option nosuch" in done.stderr) == ("", True)
    consortia("solve", TINY, "--solver", "highs", "--solver-option", "presolve=off", "--dry-run")
    # What auto takes is known only once the program is, so here there is a run, and a plan constructed.
    assert "nosuch" in consortia("solve", TINY, "--solver-option", "nosuch=1", code=Exit.USAGE).stdout


def test_exit_zero_neutralises(large: Path) -> None:
    consortia("solve", large, "--time-limit", "0.5", "--exit-zero", "--quiet")


def _rewrite(file: Path, change: object) -> None:
    record = json.loads(file.read_text(encoding="utf-8"))
    change(record)  # type: ignore[operator]
    file.write_text(json.dumps(record), encoding="utf-8")


def _move_body(run: Path) -> None:
    _rewrite(run / "plan.json", lambda plan: plan["assignments"][0].update(centre=""))


def _overfill(run: Path) -> None:
    def change(plan: dict[str, list[dict[str, str]]]) -> None:
        for one in plan["assignments"]:
            one["centre"] = "south"

    _rewrite(run / "plan.json", change)


def _drop_body(run: Path) -> None:
    _rewrite(run / "plan.json", lambda plan: plan["assignments"].pop())


def _cost_in_plan(run: Path) -> None:
    _rewrite(run / "plan.json", lambda plan: plan["run"].update(cost=plan["run"]["cost"] - 1))


def _cost_in_run(run: Path) -> None:
    _rewrite(run / "run.json", lambda record: record.update(cost=record["cost"] - 1))


def _bound_in_run(run: Path) -> None:
    _rewrite(run / "run.json", lambda record: record.update(bound=record["bound"] + 0.5))


def _gap_in_run(run: Path) -> None:
    _rewrite(run / "run.json", lambda record: record.update(bound=record["bound"] - 1_000_000))


def _components_in_run(run: Path) -> None:
    _rewrite(run / "run.json", lambda record: record["components"].update(joining=0))


def _cost_in_table(run: Path) -> None:
    text = (run / "costs.csv").read_text(encoding="utf-8")
    (run / "costs.csv").write_text(text.replace("630000", "630001"), encoding="utf-8")


def _line_from_table(run: Path) -> None:
    lines = (run / "costs.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (run / "costs.csv").write_text("".join(lines[:-1]), encoding="utf-8")


def _centre_in_table(run: Path) -> None:
    text = (run / "assignments.csv").read_text(encoding="utf-8")
    (run / "assignments.csv").write_text(text.replace("south", "north", 1), encoding="utf-8")


def _lead_in_table(run: Path) -> None:
    text = (run / "clusters.csv").read_text(encoding="utf-8")
    (run / "clusters.csv").write_text(text.replace(",alder,", ",birch,", 1), encoding="utf-8")


def _cost_of_a_cluster(run: Path) -> None:
    text = (run / "clusters.csv").read_text(encoding="utf-8")
    (run / "clusters.csv").write_text(text.replace(",3518800,441200,", ",1,3959999,", 1), encoding="utf-8")


def _no_table(run: Path) -> None:
    (run / "costs.csv").unlink()


def _no_record(run: Path) -> None:
    (run / "run.json").unlink()


def _broken_record(run: Path) -> None:
    (run / "run.json").write_text("{", encoding="utf-8")


def _other_instance(run: Path) -> None:
    text = (run / "instance.json").read_text(encoding="utf-8")
    (run / "instance.json").write_text(text.replace("240000", "240001"), encoding="utf-8")


@pytest.mark.parametrize(
    "forge",
    [
        _move_body,
        _overfill,
        _drop_body,
        _cost_in_plan,
        _cost_in_run,
        _bound_in_run,
        _gap_in_run,
        _components_in_run,
        _cost_in_table,
        _line_from_table,
        _centre_in_table,
        _lead_in_table,
        _cost_of_a_cluster,
        _no_table,
        _no_record,
        _broken_record,
        _other_instance,
    ],
)
def test_audit_catches_every_forgery_with_70(run: Path, forge: object) -> None:
    before = {file.name: file.read_bytes() for file in run.iterdir()}
    forge(run)  # type: ignore[operator]
    assert {file.name: file.read_bytes() for file in run.iterdir()} != before
    done = consortia("audit", run, "--format", "json", code=Exit.DISAGREEMENT)
    assert json.loads(done.stdout)["breaches"]


def test_every_breach_is_a_row_of_the_audits_table(run: Path) -> None:
    _move_body(run)
    breaches = json.loads(consortia("audit", run, "--format", "json", code=Exit.DISAGREEMENT).stdout)["breaches"]
    rows = [row for row in pieces(consortia("audit", run, "--format", "csv", code=Exit.DISAGREEMENT).stdout) if row["kind"] == "breach"]
    assert [(row["name"], row["message"], int(row["amount"]), row["body"]) for row in rows] == [
        (breach["rule"], breach["message"], breach["amount"], breach["body"]) for breach in breaches
    ]


def test_a_plan_that_the_record_tells_of_and_is_gone_is_70(run: Path) -> None:
    (run / "plan.json").unlink()
    assert "plan.json is missing" in consortia("audit", run, code=Exit.DISAGREEMENT).stderr


def test_audit_of_what_was_written_is_ok_in_every_format(run: Path) -> None:
    assert json.loads(consortia("audit", run, "--format", "json").stdout)["audit"] == "ok"
    assert "audit: ok" in consortia("audit", run).stdout
    rows = pieces(consortia("audit", run, "--format", "csv").stdout)
    assert (rows[0]["kind"], rows[0]["message"], rows[0]["amount"]) == ("verdict", "ok", "0")
    amounts = {(row["kind"], row["name"]): row["amount"] for row in rows}
    assert amounts["figure", "cost"] == "4868800"
    assert amounts["figure", "saving"] == "441200"
    assert amounts["component", "joining"] == "30000"
    assert {row["kind"] for row in rows} == {"verdict", "figure", "component"}
    assert consortia("audit", run, "--format", "md").stdout.startswith("| kind |")
    assert json.loads(consortia("audit", run / "plan.json", "--instance", TINY, "--format", "json").stdout)["cost"] == 4_868_800
    consortia("audit", run / "plan.json", code=Exit.USAGE)


def _first_line_with_something_to_keep(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return next(line for line in iter(process.stderr.readline, "") if "reading" not in line)


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_keeps_the_best_plan_with_130(large: Path, tmp_path: Path, signal_number: int) -> None:
    process = started("solve", large, "--output", tmp_path / "run", "--format", "json", stdout=subprocess.PIPE)
    first = _first_line_with_something_to_keep(process)
    assert any(words in first for words in ("building", "constructing", "solving", "cost"))
    process.send_signal(signal_number)
    out, err = process.communicate(timeout=40)
    assert process.returncode == Exit.INTERRUPTED, (first, out, err)
    assert "Traceback" not in err
    record = json.loads(out)
    assert (record["stop"], record["audit"]) == ("cancelled", "ok")
    assert {file.name for file in (tmp_path / "run").iterdir()} <= OWN_FILES
    consortia("audit", tmp_path / "run")


def test_an_interrupt_during_the_first_imports_is_silent(tmp_path: Path) -> None:
    (tmp_path / "cli.py").write_text("import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(5)\n", encoding="utf-8")
    # As from a terminal, also where the tests themselves run with interrupts ignored, as a shell has it for what it starts in the background.
    plain = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)"
    script = f"{plain}; sys.path.insert(0, {str(ROOT)!r}); sys.path.insert(0, {str(tmp_path)!r}); import cli_start; cli_start.main()"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_the_way_in_runs_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli_start", "check", TINY], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_second_interrupt_leaves_at_once_and_leaves_nothing(large: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {**ENVIRONMENT, "TMPDIR": str(scratch)}
    command = [sys.executable, "-m", "cli", "solve", str(large), "--output", str(tmp_path / "run"), "--solver", "cbc"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert _first_line_with_something_to_keep(process)
    assert process.stderr is not None
    process.send_signal(signal.SIGINT)
    assert any("stopping" in line for line in iter(process.stderr.readline, ""))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == Exit.INTERRUPTED
    assert "Traceback" not in err
    # A solver that answers the first request at once is a run like any other.
    if not out:
        assert not (tmp_path / "run").exists()
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [["check", TINY], ["solve", TINY, "--quiet"], ["show", "RUN", "--table", "costs"], ["export", "RUN", "--to", "json"], ["solve", "--help"]]
)
def test_a_closed_pipe_is_141_and_silent(arguments: list[str], stored: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        process = started(*[stored if one == "RUN" else one for one in arguments], stdout=writer)
    finally:
        os.close(writer)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (Exit.BROKEN_PIPE, "")


def test_closed_streams_do_not_mix_progress_into_the_answer(tmp_path: Path) -> None:
    command = f'"{sys.executable}" -m cli solve "{TINY}" --format json'
    done = subprocess.run(["/bin/sh", "-c", f"{command} 2>&-"], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0
    json.loads(done.stdout)
    done = subprocess.run(["/bin/sh", "-c", f"{command} >&-"], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


# Answers and formats


@pytest.mark.parametrize("form", ["table", "json", "csv", "md"])
def test_every_format_of_every_command(form: str, stored: Path) -> None:
    commands = [["check", TINY], ["solve", TINY], ["solve", TINY, "--dry-run"], *(["show", stored, "--table", name] for name in ("summary", "costs"))]
    for command in commands:
        out = consortia(*command, "--format", form).stdout
        if form == "json":
            json.loads(out)
        elif form == "csv":
            rows = list(csv.reader(io.StringIO(out)))
            assert len({len(row) for row in rows}) == 1
        elif form == "md":
            assert out.startswith("| ")
        else:
            assert out.strip()


@pytest.mark.parametrize("table", TABLES)
def test_show_gives_every_table_as_stored(stored: Path, table: str) -> None:
    shown = consortia("show", stored, "--table", table, "--format", "csv").stdout
    assert pieces(shown) == pieces((stored / f"{table}.csv").read_text(encoding="utf-8"))


def test_show_names_the_tables_there_are(stored: Path) -> None:
    assert "Did you mean clusters?" in consortia("show", stored, "--table", "cluster", code=Exit.USAGE).stderr


def test_show_says_when_the_stored_figures_are_not_the_plans(run: Path) -> None:
    _move_body(run)
    done = consortia("show", run)
    assert "consortia audit" in done.stderr
    assert "audit      BREACHES" in done.stdout
    assert (
        json.loads(consortia("show", run, "--format", "json").stdout)["audit"]
        == json.loads(consortia("audit", run, "--format", "json", code=Exit.DISAGREEMENT).stdout)["breaches"]
    )
    assert "breaches" in pieces(consortia("show", run, "--format", "csv").stdout)[0]["audit"]
    assert " breaches " in consortia("show", run, "--format", "md").stdout


def test_show_and_solve_say_who_shares_with_whom(stored: Path) -> None:
    for arguments in (["solve", TINY, "--quiet"], ["show", stored]):
        out = consortia(*arguments).stdout
        assert "Southgate Business Park: joint-board, led by Aldershire County Council" in out
        assert "GBP, net present cost over 3 years" in out


@pytest.mark.parametrize("record", ["", "{", "[]", '{"schema_version": 1}', '{"schema_version": 9}'])
def test_a_run_folder_that_is_none_is_6(run: Path, record: str) -> None:
    (run / "run.json").write_text(record, encoding="utf-8")
    for command in (["show", run], ["report", run], ["export", run, "--to", "json"]):
        assert "run" in consortia(*command, code=Exit.INVALID).stderr


def test_records_with_figures_that_are_none_are_6(run: Path) -> None:
    for key, value in (("cost", "dear"), ("saving", None), ("provenance", []), ("components", {"joining": "x"}), ("worse_off", {"key": []})):
        kept = (run / "run.json").read_text(encoding="utf-8")
        _rewrite(run / "run.json", lambda record, key=key, value=value: record.update({key: value}))
        consortia("show", run, code=Exit.INVALID)
        (run / "run.json").write_text(kept, encoding="utf-8")


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_export_writes_every_format_into_folders_that_are_not_there_yet(stored: Path, tmp_path: Path, form: str) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    target = tmp_path / "missing" / "deeper" / f"plan.{form}"
    consortia("export", stored, "--to", form, "--output", target)
    assert target.exists()
    consortia("export", stored, "--to", form, "--output", target, code=Exit.USAGE)
    consortia("export", stored, "--to", form, "--output", target, "--force")
    done = consortia("export", stored, "--to", form, "--output", "-", code=Exit.USAGE if form in ("xlsx", "parquet") else 0)
    if form in ("json", "geojson"):
        json.loads(done.stdout)
    left = {one.name for one in target.parent.iterdir()} - {target.name, "plan.names.csv"}
    assert not left


def test_export_refuses_formats_and_places_that_cannot_be(stored: Path, tmp_path: Path) -> None:
    consortia("export", stored, "--to", "docx", code=Exit.USAGE)
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    consortia("export", stored, "--to", "json", "--output", tmp_path / "file" / "x.json", code=Exit.USAGE)
    consortia("export", stored, "--to", "json", "--output", tmp_path, "--force", code=Exit.USAGE)
    consortia("export", stored, "--to", "csv", "--output", tmp_path, "--force", code=Exit.USAGE)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_report_writes_a_page_beside_the_run_or_where_told(run: Path, tmp_path: Path) -> None:
    assert consortia("report", run).stdout.strip() == str(run / "report.html")
    consortia("report", run)
    consortia("report", run, "--output", tmp_path / "a" / "page.html")
    consortia("report", run, "--output", tmp_path / "a" / "page.html", code=Exit.USAGE)
    assert "<script src" not in (run / "report.html").read_text(encoding="utf-8")


def test_a_generated_instance_goes_through_a_pipe(tmp_path: Path) -> None:
    made = consortia("generate", "--bodies", 12, "--centres", 2, "--services", "finance", "--output", "-")
    record = json.loads(consortia("solve", "-", "--format", "json", "--time-limit", "20", stdin=made.stdout, code=None).stdout)
    assert record["audit"] == "ok"
    for name in ("folder", "book.xlsx", "file.json"):
        consortia("generate", "--bodies", 12, "--centres", 2, "--services", "finance", "--output", tmp_path / name)
        consortia("generate", "--bodies", 12, "--centres", 2, "--services", "finance", "--output", tmp_path / name, code=Exit.USAGE)
        again = json.loads(consortia("solve", tmp_path / name, "--dry-run", "--format", "json").stdout)
        assert again["columns"] > 0


def test_start_takes_a_run_folder_or_a_plan(stored: Path, tmp_path: Path) -> None:
    for start in (stored, stored / "plan.json"):
        done = consortia("solve", TINY, "--start", start, "--no-construct", "--format", "json")
        record = json.loads(done.stdout)
        assert (record["cost"], record["start"]) == (4_868_800, "accepted")
        assert "start accepted" in done.stderr
    other = tmp_path / "other"
    consortia("generate", "--bodies", 12, "--centres", 2, "--services", "finance", "--output", other)
    done = consortia("solve", other, "--start", stored, "--time-limit", 5, "--solver", "highs", "--quiet", code=None)
    assert "start rejected: made for another instance; " in done.stderr
    consortia("solve", TINY, "--start", tmp_path / "nosuch", code=Exit.INVALID)
    consortia("solve", TINY, "--start", TINY, code=Exit.INVALID)


# Run folders


def test_a_run_folder_holds_what_it_promises(stored: Path) -> None:
    held = {file.name for file in stored.iterdir()}
    promised = {"plan.json", "assignments.csv", "clusters.csv", "bodies.csv", "costs.csv", "rules.csv", "events.jsonl", "solver.log", "run.json"}
    assert promised <= held <= OWN_FILES
    record = json.loads((stored / "run.json").read_text(encoding="utf-8"))
    assert record.keys() >= RUN_KEYS
    assert record["provenance"].keys() >= {"digest", "solver_version", "options", "machine", "time_s"}
    assert record["provenance"]["options"].keys() >= {"seed", "threads", "gap", "time_limit"}
    plan = json.loads((stored / "plan.json").read_text(encoding="utf-8"))
    assert plan["schema_version"] == 1
    assert {(one["choice"], one["figure"]) for one in plan["resting"]} == {
        ("south open under joint-board", "annual_cost of all 6 done at south, together"),
        ("south open under joint-board", "unit_cost of invoices, payroll at south"),
    }
    events = [json.loads(line) for line in (stored / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert all(event.keys() == {"t", "cost", "bound", "source"} for event in events)


def test_show_lists_the_choices_that_rest_on_doubtful_figures(run: Path) -> None:
    rows = json.loads(consortia("show", run, "--table", "choices", "--format", "json").stdout)
    assert {(one["choice"], one["grade"], one["how"]) for one in rows} == {("south open under joint-board", "D", "re-priced")}


def test_output_refuses_to_overwrite_without_force(run: Path) -> None:
    before = (run / "run.json").read_text(encoding="utf-8")
    done = consortia("solve", TINY, "--output", run, code=Exit.USAGE)
    assert "--force" in done.stderr
    assert (run / "run.json").read_text(encoding="utf-8") == before
    consortia("solve", TINY, "--output", run, "--force")
    assert (run / "run.json").read_text(encoding="utf-8") != before


def test_foreign_files_are_left_alone_even_with_force(run: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "run.json").write_text('{"scripts": {}}', encoding="utf-8")
    (run / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for target in (foreign, run, tmp_path / "file", tmp_path):
        consortia("solve", TINY, "--output", target, "--force", code=Exit.USAGE)
    assert (run / "notes.txt").exists()
    assert (foreign / "run.json").read_text(encoding="utf-8") == '{"scripts": {}}'


def test_no_writing_command_replaces_a_pipe_or_a_folder_of_another_kind(stored: Path, run: Path, tmp_path: Path) -> None:
    small = ["generate", "--bodies", 12, "--centres", 2, "--services", "finance", "--force", "--output"]
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    (tmp_path / "link.json").symlink_to(pipe)
    before = {file.name: file.read_bytes() for file in run.iterdir()}
    for place in (pipe, tmp_path / "link.json"):
        commands = [[*small, place], ["solve", TINY, "--force", "--output", place], ["report", stored, "--force", "--output", place]]
        for command in [*commands, *(["export", stored, "--to", form, "--force", "--output", place] for form in ("json", "csv", "mps", "xlsx"))]:
            assert "left alone" in consortia(*command, code=Exit.USAGE).stderr
    assert pipe.is_fifo()
    for command in ([*small, run], ["export", stored, "--to", "csv", "--force", "--output", run]):
        assert "left alone" in consortia(*command, code=Exit.USAGE).stderr
    assert {file.name: file.read_bytes() for file in run.iterdir()} == before


# A sheet goes through a file of its own first, so a workbook meets the end of the disk early or late.
@pytest.mark.parametrize(
    ("command", "largest"),
    [
        ("generate a.xlsx", 2_000),
        ("generate a.xlsx", 12_000),
        ("generate a.json", 12_000),
        ("generate folder", 12_000),
        ("export a.xlsx", 2_000),
        ("export a.xlsx", 12_000),
        ("export a.json", 2_000),
        ("report a.html", 2_000),
    ],
)
def test_a_disk_that_fills_while_writing_names_the_place(stored: Path, tmp_path: Path, command: str, largest: int) -> None:
    # No file may grow beyond the limit, which is how a full disk looks to a writer.
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    name, place = command.split()
    options = {
        "generate": ["--bodies", "500", "--centres", "2"],
        "export": [str(stored), "--to", place.rpartition(".")[2]],
        "report": [str(stored)],
    }[name]
    call = [sys.executable, "-m", "cli", name, *options, "--output", str(tmp_path / place)]
    done = subprocess.run(call, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False, preexec_fn=limit)
    assert (done.returncode, done.stderr.splitlines()) == (Exit.USAGE, [f"consortia: {tmp_path / place}: File too large"])
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_told_before_solving(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    done = consortia("solve", TINY, "--output", tmp_path / "file" / "run", code=Exit.USAGE)
    assert done.stdout == ""


def test_a_full_disk_is_named_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("models.tables.write_instance", full)
    done = consortia("generate", "--bodies", 12, "--centres", 2, "--output", tmp_path / "x", code=Exit.USAGE)
    assert f"{tmp_path / 'x'}: No space left on device" in done.stderr
    monkeypatch.setattr("solver.run_folder.write_run", full)
    done = consortia("solve", TINY, "--solver", "highs", "--output", tmp_path / "run", code=Exit.USAGE)
    assert "4,868,800" in done.stdout
    assert f"{tmp_path / 'run'}: No space left on device" in done.stderr
    assert "kept nowhere but in what is printed here" in done.stderr


def test_a_run_through_a_link_and_into_the_working_folder(run: Path, tmp_path: Path) -> None:
    link = tmp_path / "latest"
    link.symlink_to(run, target_is_directory=True)
    consortia("solve", TINY, "--output", link, "--force", "--quiet")
    assert link.is_symlink()
    consortia("audit", run)
    here = tmp_path / "here"
    here.mkdir()
    consortia("solve", TINY, "--output", ".", "--force", "--quiet", cwd=here)
    consortia("audit", here)


def test_two_runs_into_one_folder_lose_neither(tmp_path: Path) -> None:
    target = tmp_path / "run"
    both = [started("solve", TINY, "--output", target, "--format", "json", stdout=subprocess.PIPE) for _ in range(2)]
    answers = [(*process.communicate(timeout=60), process.returncode) for process in both]
    assert sorted(code for *_, code in answers) == [0, Exit.USAGE]
    consortia("audit", target)
    for out, err, code in answers:
        assert "Traceback" not in err
        if code == Exit.USAGE and out:
            kept = Path(json.loads(out)["run"])
            consortia("audit", kept)
            shutil.rmtree(kept.parent)
    assert [one.name for one in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("delay", [0.4, 0.9, 1.3])
def test_a_run_folder_is_whole_or_absent_when_killed(tmp_path: Path, delay: float) -> None:
    process = started("solve", TINY, "--output", tmp_path / "run", stdout=subprocess.DEVNULL)
    time.sleep(delay)
    process.kill()
    process.communicate()
    if (tmp_path / "run").exists():
        consortia("audit", tmp_path / "run")
        assert len(list((tmp_path / "run").iterdir())) >= 10


# Help and documentation


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_has_help(command: str) -> None:
    text = consortia(command, "--help").stdout
    assert COMMANDS[command].help
    for parameter in COMMANDS[command].params:
        assert all(option in text for option in parameter.opts if option.startswith("-"))
        assert getattr(parameter, "help", None), f"{command}: {parameter.name} is not explained"


def test_readme_documents_every_command_and_exit_code_and_shows_options_there_are() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(COMMANDS) == set(re.findall(r"^\| `consortia (\w+)` \|", text, re.MULTILINE))
    section = text[text.index("### Exit codes") :].split("\n## ")[0]
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)}
    assert codes == {int(code) for code in Exit}
    for line in re.findall(r"^consortia (.+?)\s*(?:#.*)?$", text, re.MULTILINE):
        command, *rest = line.split()
        known = consortia(command, "--help").stdout
        assert all(option in known for option in rest if option.startswith("-"))


def test_doctor_tells_solvers_and_machine() -> None:
    done = consortia("doctor", "--format", "json")
    rows = {row["solver"]: row for row in json.loads(done.stdout)}
    assert rows["highs"]["canaries"] == rows["cp-sat"]["canaries"] == rows["cbc"]["canaries"] == "ok"
    assert done.stderr == ""

"""`consortia partners` as a user meets it."""

import csv
import io
import json

from report.console import Exit
from tests.test_cli import TINY, consortia


def test_every_body_by_default():
    done = consortia("partners", TINY, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["body"] for row in rows[::3]] == ["alder", "birch", "cedar", "dogwood"]
    assert all(row["may_share"] == "invoices; payroll" for row in rows)
    assert done.stderr == ""


def test_one_body_as_json():
    done = consortia("partners", TINY, "--body", "cedar", "--top", "1", "--format", "json")
    (row,) = json.loads(done.stdout)
    assert (row["partner"], row["rank"], row["aims"], row["services"]) == ("alder", 1, None, 1.0)


def test_a_table_says_how_it_was_worked_out():
    done = consortia("partners", TINY, "--body", "cedar")
    assert done.stdout.splitlines()[0].split()[:2] == ["body", "name"]
    assert "aims 40, size 20, services 20, systems 20, an assumption" in done.stderr


def test_markdown():
    assert consortia("partners", TINY, "--format", "md").stdout.startswith("| body |")


def test_an_unknown_body():
    assert "Did you mean cedar?" in consortia("partners", TINY, "--body", "ceder", code=Exit.USAGE).stderr

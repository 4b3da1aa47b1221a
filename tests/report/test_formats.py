from __future__ import annotations

import io
import json

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.findings import Finding
from report.commands import Format, print_findings
from report.formats import FORMATS, records, render
from report.money import counted, exact_money, percent, short_money

TABLE = pd.DataFrame(
    {
        "body": ["alder", "birch | <b>"],
        "net_present_cost": [1_234_567, -5],
        "utilisation": [0.5, float("nan")],
        "limit": pd.array([3, None], dtype="Int64"),
        "year": [2026, 2027],
        "open": [True, False],
    }
)


def test_plain_table_lines_up_and_separates_thousands():
    lines = render(TABLE, "table").splitlines()
    assert lines[0].split() == ["body", "net_present_cost", "utilisation", "limit", "year", "open"]
    assert "1,234,567" in lines[2]
    assert "2026" in lines[2]
    assert lines[2].index("1,234,567") + len("1,234,567") == lines[3].index("-5") + 2 == lines[0].index("net_present_cost") + len("net_present_cost")


def test_json_and_csv_are_for_machines():
    assert json.loads(render(TABLE, "json")) == [
        {"body": "alder", "net_present_cost": 1234567, "utilisation": 0.5, "limit": 3, "year": 2026, "open": True},
        {"body": "birch | <b>", "net_present_cost": -5, "utilisation": None, "limit": None, "year": 2027, "open": False},
    ]
    assert "1234567" in render(TABLE, "csv")
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(render(TABLE, "csv")))[["body", "year"]], TABLE[["body", "year"]])


def test_markdown_escapes_what_would_break_the_table():
    lines = render(TABLE, "md").splitlines()
    assert lines[1].count("--:") == 4
    assert r"birch \| \<b\>" in lines[3]
    assert "1,234,567" in lines[2]


def test_long_text_is_cut_only_on_terminals():
    long = pd.DataFrame({"name": ["x" * 200], "cost": [1_000_000]})
    assert "x" * 200 in render(long, "table")
    narrow = render(long, "table", width=40)
    assert all(len(line) <= 40 for line in narrow.splitlines())
    assert "…" in narrow
    assert "1,000,000" in narrow


def test_control_characters_never_reach_the_terminal():
    text = render(pd.DataFrame({"name": ["a\x1b[31mred\nline"]}), "table")
    assert "\x1b" not in text
    assert len(text.splitlines()) == 3


def test_empty_tables_and_unknown_formats():
    empty = TABLE.head(0)
    assert "(no rows)" in render(empty, "table")
    assert json.loads(render(empty, "json")) == []
    assert records(pd.DataFrame()) == []
    with pytest.raises(ValueError, match="no format 'xml'"):
        render(TABLE, "xml")


@given(
    st.lists(st.tuples(st.text(max_size=30), st.integers(-(10**12), 10**12), st.floats(allow_nan=True, allow_infinity=True)), max_size=6),
    st.one_of(st.none(), st.integers(1, 120)),
)
@example([("\u2028\x85", 0, 0.0)], None)
def test_any_table_renders_in_any_format(rows, width):
    table = pd.DataFrame(rows, columns=["text", "whole", "real"])
    for form in FORMATS:
        text = render(table, form, width=width)
        if form in ("table", "md"):
            assert len(text.splitlines()) == (2 + max(len(rows), 1) if form == "table" else 2 + len(rows))
    assert [row["text"] for row in json.loads(render(table, "json"))] == [row[0] for row in rows]


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "£0"),
        (441_200, "£441,200"),
        (999_999, "£1.00m"),
        (12_345_678, "£12.3m"),
        (-999_600_000, "−£1.00bn"),
        (123_456_789_000, "£123bn"),
        (813_408_148, "£813m"),
    ],
)
def test_money_for_headlines(amount, text):
    assert short_money(amount, "GBP") == text


def test_money_to_the_last_unit():
    assert exact_money(-4_868_800, "GBP") == "−£4,868,800"
    assert exact_money(5, "EUR") == "€5"
    assert exact_money(5, "CHF") == "CHF\N{NO-BREAK SPACE}5"


def test_shares_and_counts_read_well():
    assert percent(0.0831) == "8.3%"
    assert percent(0.00001, 2) == "under 0.01%"
    assert percent(0.0, 2) == "0.00%"
    assert counted(1, "body", "bodies") == "1 body"
    assert counted(1200, "body", "bodies") == "1,200 bodies"


@pytest.mark.filterwarnings("error")
def test_findings_as_csv_have_whole_rows_and_allowed_values(capsys) -> None:
    findings = [Finding("negative", "Cannot be.", file="a.csv", row=2, value="-1", allowed=("0", "1")), Finding("missing-file", "None.", file="b.csv")]
    print_findings(findings, Format.CSV)
    assert capsys.readouterr().out.splitlines()[1:] == ["error,negative,a.csv,,2,,-1,0; 1,,Cannot be.", "error,missing-file,b.csv,,,,,,,None."]

"""One test for each finding about files, cells and settings."""

from __future__ import annotations

import csv
import io
import json
import sys

import pytest

from models.findings import Finding, InvalidInstance, Severity
from models.instance import RuleSetting
from models.tables import check_instance, from_frames, read_instance, write_instance
from tests.models.frames import small, with_cells


@pytest.fixture
def folder(tmp_path):
    write_instance(from_frames(small()), tmp_path / "one")
    return tmp_path / "one"


def found(path, code: str) -> Finding:
    _, findings = check_instance(path)
    assert list(findings) == sorted(findings, key=lambda one: (one.file, one.sheet, "more of the same" in one.message, one.row or 0))
    matching = [finding for finding in findings if finding.code == code]
    assert matching, [str(finding) for finding in findings]
    return matching[0]


def found_in(tables, code: str, **more) -> Finding:
    with pytest.raises(InvalidInstance) as raised:
        from_frames(tables, **more)
    matching = [finding for finding in raised.value.findings if finding.code == code]
    assert matching, [str(finding) for finding in raised.value.findings]
    return matching[0]


def change(folder, name: str, old: str, new: str) -> None:
    file = folder / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("text", "code", "nearest"),
    [
        ('"12,000"', "not-a-number", "12000"),
        ('"£12,000"', "not-a-number", "12000"),
        ("1.2m", "not-a-number", "1200000"),
        ("lots", "not-a-number", ""),
        ("50000.6", "fraction", "50001"),
        ("nan", "not-finite", ""),
        ("-inf", "not-finite", ""),
        ("-4", "negative", ""),
        ("9999999999999999", "out-of-range", ""),
        ("", "empty-cell", ""),
    ],
)
def test_a_money_cell(folder, text, code, nearest):
    change(folder, "baseline.csv", "50000", text)
    finding = found(folder, code)
    assert (finding.file, finding.row, finding.column, finding.nearest) == ("baseline.csv", 2, "annual_cost", nearest)
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("table", "column", "value", "code", "nearest"),
    [
        ("bodies", "latitude", 91, "out-of-range", ""),
        ("bodies", "longitude", "0,5", "not-a-number", "0.5"),
        ("commercial_models", "margin_rate", "5%", "not-a-number", "0.05"),
        ("commercial_models", "margin_rate", 5, "out-of-range", "0.05"),
        ("commercial_models", "form", "Joint Committee", "bad-choice", "joint-committee"),
        ("baseline", "confidence_grade", "a", "bad-choice", "A"),
        ("powers", "may_lead", "yep", "bad-choice", "yes"),
        ("bodies", "body", "001 ", "blanks-around-id", "001"),
        ("bodies", "legal_type", " ", "empty-cell", ""),
        ("bodies", "name", "a\x07b", "control-character", "ab"),
        ("bodies", "aims", {"a": 1}, "not-a-cell", ""),
    ],
)
def test_a_cell(table, column, value, code, nearest):
    finding = found_in(with_cells(table, 0, **{column: value}), code)
    assert (finding.sheet, finding.row, finding.column, finding.nearest) == (table, 2, column, nearest)


def test_rows_count_as_a_spreadsheet_does_past_blank_lines(folder):
    change(folder, "baseline.csv", "001,payments,200", ",,,,\n\n001,payments,2.5")
    assert found(folder, "fraction").row == 5


def test_findings_of_one_kind_are_capped(folder):
    rows = "".join(f"x{one},payroll,1.5,1,A\n" for one in range(120))
    with (folder / "baseline.csv").open("a") as file:
        file.write(rows)
    _, findings = check_instance(folder)
    fractions = [finding for finding in findings if finding.code == "fraction"]
    assert len(fractions) == 51
    assert fractions[-1].message.startswith("70 more")
    assert sum(finding.code == "unmatched-reference" for finding in findings) == 51


def test_files_that_are_not_there(tmp_path, folder):
    assert found(tmp_path / "on", "missing-file").nearest == "one"
    assert found(tmp_path / "nowhere" / "x", "missing-file")
    (tmp_path / "one.csv").write_text("a")
    assert found(tmp_path / "one.csv", "unknown-format").allowed
    with pytest.raises(InvalidInstance):
        read_instance(tmp_path / "none.xlsx")
    assert found("nul\0byte", "unreadable-file")


def test_missing_tables_and_columns(folder):
    (folder / "baseline.csv").rename(folder / "base_line.csv")
    change(folder, "bodies.csv", "legal_type", "Legal Type")
    change(folder, "bodies.csv", "employees", "employes")
    finding = found(folder, "missing-table")
    assert (finding.file, finding.severity) == ("baseline.csv", Severity.ERROR)
    assert found(folder, "unknown-table").nearest == "baseline"
    assert found(folder, "missing-column").nearest == "Legal Type"
    unknown = [finding for finding in check_instance(folder)[1] if finding.code == "unknown-column"]
    assert {(one.column, one.nearest, one.severity) for one in unknown} >= {
        ("Legal Type", "legal_type", Severity.WARNING),
        ("employes", "employees", Severity.WARNING),
        ("ward code", "", Severity.NOTE),
    }
    default = [finding for finding in check_instance(folder)[1] if finding.code == "default-used" and finding.column == "employees"]
    assert default[0].value == "not known"
    assert default[0].severity is Severity.NOTE


def test_settings_absent_are_defaults(folder):
    (folder / "instance.toml").unlink()
    instance, findings = check_instance(folder)
    assert instance is not None
    assert [one.file for one in findings if one.code == "default-used" and one.file == "instance.toml"]
    (folder / "instance.toml").write_text("[appraisal]\nhorizon_years = 5\n")
    assert "appraisal.start_year" in {one.column for one in check_instance(folder)[1]}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-table"),
        (b"\n\n", "empty-table"),
        (b"service\n", "empty-table"),
        (b"\nservice\npayroll\n", "missing-header"),
        (b"service;volume_unit\npayroll;x\n", "wrong-separator"),
        (b"service,volume_unit\npayroll\npayments,x\n", "ragged-row"),
        (b"service,volume_unit\npayroll,a,b\npayments,x\n", "ragged-row"),
        (b"service,service\npayroll,a\npayments,x\n", "duplicated-header"),
        (b"service,,x\npayroll,a,\npayments,x,\n", "unnamed-column"),
        (b"service\npayroll\nCaf\xe9\n", "not-utf-8"),
        (b'service\n"' + b"x" * 200_000 + b'"\n', "malformed-csv"),
    ],
)
def test_a_faulty_csv(folder, content, code):
    (folder / "services.csv").write_bytes(content)
    finding = found(folder, code)
    assert finding.file == "services.csv"
    if code == "not-utf-8":
        assert (finding.row, finding.value) == (3, "byte 19")
    assert not [one for one in check_instance(folder)[1] if one.code == "missing-table"]


def test_a_byte_order_mark_and_windows_line_ends_are_fine(folder):
    for file in folder.glob("*.*"):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert read_instance(folder).digest() == from_frames(small()).digest()


def test_a_faulty_workbook(folder, tmp_path):
    from openpyxl import Workbook

    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04 nothing of the kind")
    assert found(tmp_path / "bad.xlsx", "unreadable-workbook").file == "bad.xlsx"
    book = Workbook()
    book.active.title = "instance"
    book.active.append(["title = 'x'", "stray"])
    book.create_sheet("Bodies").append(["body"])
    book.save(tmp_path / "odd.xlsx")
    assert found(tmp_path / "odd.xlsx", "malformed-toml").row == 1
    assert found(tmp_path / "odd.xlsx", "unknown-table").nearest == "bodies"
    assert found(tmp_path / "odd.xlsx", "missing-table").sheet


def test_faulty_json(tmp_path):
    for text, row in (("{\n,", 2), ("[]", None), ('{"bodies": 3}', None), ('{"instance": 3}', None), ('{"a": 1, "a": 2}', None), ("[" * 100_000, None)):
        (tmp_path / "one.json").write_text(text)
        assert found(tmp_path / "one.json", "malformed-json").row == row
    (tmp_path / "one.json").write_text(json.dumps({"bodies": [{"body": {"a": 1}, "": 1, "name": "\ud800", "latitude": float("nan")}, {" body": 1}]}))
    for code in ("not-a-cell", "unnamed-column", "control-character", "not-finite", "duplicated-header"):
        assert found(tmp_path / "one.json", code).sheet == "bodies"


def test_faulty_json_on_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff")))
    assert found("-", "not-utf-8").file == "-"


SETTINGS = [
    ("title = ", "malformed-toml", ""),
    ("schema_version = 2", "unknown-schema-version", "schema_version"),
    ("title = 3", "wrong-type", "title"),
    ("sources = 'x'", "wrong-type", "sources"),
    ("price_year = 20.5", "fraction", "price_year"),
    ("limits = {a = 'x'}", "wrong-type", "limits"),
    ("rule = 3", "wrong-type", "rule"),
    ("appraisal = 3", "wrong-type", "appraisal"),
    ("x = inf", "not-finite", "x"),
    ("x = 99999999999999999999", "out-of-range", "x"),
    ("[appraisal]\nhorizon = 3", "unknown-setting", "horizon"),
    ("[appraisal]\nhorizon_years = 0", "out-of-range", "appraisal.horizon_years"),
    ("[appraisal]\nhorizon_years = 1.5", "fraction", "appraisal.horizon_years"),
    ("[appraisal]\nhorizon_years = true", "wrong-type", "appraisal.horizon_years"),
    ("[appraisal]\nmigration_cost = -1", "out-of-range", "appraisal.migration_cost"),
    ("[appraisal]\ndiscount_rates = [[0, 1.0]]", "out-of-range", "appraisal.discount_rates"),
    ("[appraisal]\ndiscount_rates = [[0, -0.5]]", "out-of-range", "appraisal.discount_rates"),
    ("[appraisal]\ndiscount_rates = [0.035]", "wrong-type", "appraisal.discount_rates"),
    ("[appraisal]\ndiscount_rates = [[1, 0.03]]", "discount-steps", "appraisal.discount_rates"),
    ("[appraisal]\ndiscount_rates = [[0, 0.03], [0, 0.02]]", "discount-steps", "appraisal.discount_rates"),
    ("[appraisal]\nsaving_ramp = []", "wrong-type", "appraisal.saving_ramp"),
    ("[appraisal]\nsaving_ramp = [0, 1.5]", "out-of-range", "appraisal.saving_ramp"),
    ("[appraisal]\nsaving_ramp = [0.5, 0.2]", "ramp-decreases", "appraisal.saving_ramp"),
    ("[appraisal]\nview = 'cahs'", "bad-choice", "appraisal.view"),
    ("[appraisal]\nview = 1", "bad-choice", "appraisal.view"),
    ("[appraisal]\nrates = 'green book'", "bad-choice", "appraisal.rates"),
    ("[appraisal]\nrates = 'green-book'\ndiscount_rates = [[0, 0.03]]", "rates-overridden", "appraisal.rates"),
    ("[appraisal]\ncashable_share = 1.5", "out-of-range", "appraisal.cashable_share"),
    ("[appraisal]\ndo_minimum_once = -5", "out-of-range", "appraisal.do_minimum_once"),
    ("[appraisal]\ndo_minimum_annual_rate = -2", "out-of-range", "appraisal.do_minimum_annual_rate"),
    ("[appraisal]\nvat_rate = 20", "out-of-range", "appraisal.vat_rate"),
    ("[appraisal]\nposts_removed_rate = -0.1", "out-of-range", "appraisal.posts_removed_rate"),
    ("[appraisal]\nexit_payment_per_post = 0.5", "fraction", "appraisal.exit_payment_per_post"),
    ("[appraisal.optimism_bias]\nset_up = -1", "out-of-range", "appraisal.optimism_bias.set_up"),
    ("[appraisal.optimism_bias]\nsetup = 1", "unknown-setting", "setup"),
    ("[[rule]]\npenalty = 1", "missing-rule-name", "rule.name"),
    ("[[rule]]\nname = 'provider limit'", "unknown-rule", "rule.name"),
    ("[[rule]]\nname = 'provider-limit'\n[[rule]]\nname = 'provider-limit'", "duplicate-rule", "rule.provider-limit"),
    ("[[rule]]\nname = 'provider-limit'\nmax = 3", "unknown-parameter", "rule.provider-limit.max"),
    ("[[rule]]\nname = 'provider-limit'\nmaximum = 'x'", "parameter-type", "rule.provider-limit.maximum"),
    ("[[rule]]\nname = 'provider-limit'\nmaximum = 2.5", "parameter-type", "rule.provider-limit.maximum"),
    ("[[rule]]\nname = 'provider-limit'\nmaximum = -1", "parameter-out-of-range", "rule.provider-limit.maximum"),
    ("[[rule]]\nname = 'provider-limit'\npenalty = -1", "out-of-range", "rule.provider-limit.penalty"),
    ("[[rule]]\nname = 'provider-limit'\npenalty = 1.5", "fraction", "rule.provider-limit.penalty"),
    ("[[rule]]\nname = 'distance'\npenalty = 1", "penalty-on-hard-rule", "rule.distance.penalty"),
    ("[[rule]]\nname = 'nearest-centres'", "missing-parameter", "rule.nearest-centres.count"),
]


@pytest.mark.parametrize(("text", "code", "column"), SETTINGS)
def test_a_faulty_setting(folder, text, code, column):
    (folder / "instance.toml").write_text(text + "\n")
    finding = found(folder, code)
    assert (finding.file, finding.column) == ("instance.toml", column)
    assert (check_instance(folder)[0] is None) == (code not in {"ramp-decreases", "rates-overridden"})
    if code == "unknown-rule":
        assert finding.nearest == "provider-limit"
        assert "capacity" in finding.allowed
    if code == "malformed-toml":
        assert finding.row == 1


def test_settings_from_python_are_checked_too():
    assert found_in(small(), "unknown-rule", rules=[RuleSetting("nonsense")])
    assert found_in({**small(), "body": small()["bodies"]}, "unknown-table").nearest == "bodies"
    doubled = small()
    doubled["bodies"] = doubled["bodies"].assign(x=1).rename(columns={"x": "body"})
    assert found_in(doubled, "duplicated-header")


def test_null_settings_in_json(tmp_path):
    (tmp_path / "one.json").write_text(json.dumps({"instance": {"title": None, "x": "\ud800", "date": "2020"}}))
    assert found(tmp_path / "one.json", "wrong-type").column == "title"
    assert found(tmp_path / "one.json", "control-character").column == "x"


def test_dates_and_unknown_settings_are_kept(folder):
    (folder / "instance.toml").write_text("made = 2026-01-02\ntitel = 'x'\n")
    instance = read_instance(folder)
    assert instance.settings.extra == {"made": "2026-01-02", "titel": "x"}
    finding = next(one for one in check_instance(folder)[1] if one.column == "titel")
    assert (finding.code, finding.nearest, finding.severity) == ("unknown-setting", "title", Severity.WARNING)


def test_assumptions_are_noted(folder):
    assert found(folder, "assumptions").severity is Severity.NOTE
    assert found(folder, "confidence-grades").severity is Severity.NOTE


@pytest.mark.parametrize(
    ("value", "shown"),
    [("#N/A", "#N/A"), ("#DIV/0!", "#DIV/0!"), ("=1/0", "=1/0")],
)
@pytest.mark.parametrize(("sheet", "place", "column"), [("bands", "G2", "unit_cost"), ("bodies", "B2", "name"), ("baseline", "C2", "volume")])
def test_a_workbook_cell_without_a_value_is_an_error(tmp_path, sheet, place, column, value, shown):
    openpyxl = pytest.importorskip("openpyxl")
    write_instance(from_frames(small()), tmp_path / "one.xlsx")
    workbook = openpyxl.load_workbook(tmp_path / "one.xlsx")
    header = [cell.value for cell in workbook[sheet][1]]
    assert header["ABCDEFG".index(place[0])] == column
    workbook[sheet][place] = value
    workbook.save(tmp_path / "one.xlsx")
    instance, findings = check_instance(tmp_path / "one.xlsx")
    at_cell = [one for one in findings if (one.sheet, one.row, one.column) == (sheet, 2, column)]
    assert instance is None
    assert [(one.code, one.severity, one.value) for one in at_cell] == [("error-cell", Severity.ERROR, shown)]


def test_an_error_cell_past_the_last_value_of_a_sheet_is_seen(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    write_instance(from_frames(small()), tmp_path / "one.xlsx")
    workbook = openpyxl.load_workbook(tmp_path / "one.xlsx")
    workbook["bands"]["G5"] = "#REF!"
    workbook.save(tmp_path / "one.xlsx")
    finding = found(tmp_path / "one.xlsx", "error-cell")
    assert (finding.sheet, finding.row, finding.column, finding.value) == ("bands", 5, "unit_cost", "#REF!")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("bands", "set_up_cost"),
        ("bands", "fixed_cost"),
        ("bands", "unit_cost"),
        ("commercial_models", "governance_cost"),
        ("commercial_models", "owner_cost"),
        ("commercial_models", "procurement_cost"),
    ],
)
def test_a_blank_cost_is_doubted(folder, table, column):
    file = folder / f"{table}.csv"
    with file.open(newline="") as source:
        header, first, *rest = list(csv.reader(source))
    first[header.index(column)] = ""
    with file.open("w", newline="") as target:
        csv.writer(target).writerows([header, first, *rest])
    finding = found(folder, "blank-cost")
    assert (finding.file, finding.row, finding.column, finding.severity) == (f"{table}.csv", 2, column, Severity.WARNING)

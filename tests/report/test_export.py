from __future__ import annotations

import csv
import io
import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.audit import audit
from models.formulation import formulate
from models.instance import RuleSetting
from models.plan import plan_from_dict
from models.plan_tables import plan_tables
from report.export import FORMATS, ExportError, MissingExtra, export
from report.program_export import column_names
from solver.run_folder import TABLES


@pytest.fixture
def tables(tiny, best):
    return plan_tables(tiny, best, audit(tiny, best))


def test_csv_folder_holds_every_table(tiny_run, tables, tmp_path: Path):
    export(tiny_run, "csv", tmp_path / "out")
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == sorted(f"{name}.csv" for name in TABLES)
    costs = pd.read_csv(tmp_path / "out" / "costs.csv", keep_default_na=False)
    assert int(costs["net_present_cost"].sum()) == 4_868_800


def test_json_holds_run_plan_audit_and_tables(tiny_run, best, tmp_path: Path):
    export(tiny_run, "json", tmp_path / "plan.json")
    whole = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert plan_from_dict(whole["plan"]) == best
    assert whole["run"]["cost"] == whole["audit"]["cost"] == 4_868_800
    assert set(whole["tables"]) == set(TABLES)
    alone = [row for row in whole["tables"]["assignments"] if row["body"] == "cedar"]
    assert {row["distance_km"] for row in alone} == {None}


def test_json_without_a_plan_still_tells_the_run(store, tiny, capsys):
    export(store(tiny, None, stop="infeasible", cost=None), "json", None)
    whole = json.loads(capsys.readouterr().out)
    assert whole["plan"] is None
    assert whole["run"]["stop"] == "infeasible"


def test_workbook_has_a_sheet_a_table_with_numbers_as_numbers(tiny_run, tables, tmp_path: Path):
    from openpyxl import load_workbook

    export(tiny_run, "xlsx", tmp_path / "plan.xlsx")
    book = load_workbook(tmp_path / "plan.xlsx")
    assert book.sheetnames == ["summary", *TABLES]
    sheet = book["costs"]
    assert sheet.freeze_panes == "A2"
    headers = [cell.value for cell in sheet[1]]
    at = headers.index("net_present_cost")
    rows = list(sheet.iter_rows(min_row=2))
    assert len(rows) == len(tables["costs"])
    assert sum(row[at].value for row in rows) == 4_868_800
    assert rows[0][at].number_format == "#,##0"


def test_workbook_claims_no_bound_that_the_record_does_not_bear_out(store, tiny, best, tmp_path: Path):
    from openpyxl import load_workbook

    for name, changes, bound in (("good", {}, 4_868_800), ("high", {"bound": 4_868_801}, None), ("other", {"digest": "0" * 16}, None)):
        export(store(tiny, best, **changes), "xlsx", tmp_path / f"{name}.xlsx")
        rows = {row[0]: row[1] for row in load_workbook(tmp_path / f"{name}.xlsx")["summary"].iter_rows(values_only=True)}
        assert rows["bound: no plan costs less, penalties included"] == bound
        assert (rows["stop"] == "proved") == (bound is not None)


def test_workbook_never_holds_a_formula(store, tiny, best, tmp_path: Path):
    from openpyxl import load_workbook

    nasty = ["=HYPERLINK(1)", "+1+1", "-2", "@SUM(A1)", "#N/A", "bell\x07"]
    bodies = tiny.table("bodies")
    bodies["name"] = nasty[:4]
    bodies["sector"] = [nasty[4], "=1", "x", "x"]
    export(store(tiny.replace(bodies=bodies), best), "xlsx", tmp_path / "plan.xlsx")
    book = load_workbook(tmp_path / "plan.xlsx")
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type in ("f", "e")]
    found = [cell for cell in cells if cell.value == "=HYPERLINK(1)"]
    assert found
    assert all(cell.quotePrefix for cell in found)
    assert [cell for cell in cells if cell.value == "#N/A"]


def test_geojson_has_longitude_first_and_a_spoke_for_each_use(tiny_run, tiny, capsys):
    export(tiny_run, "geojson", None)
    collection = json.loads(capsys.readouterr().out)
    assert collection["type"] == "FeatureCollection"
    features = {one["id"]: one for one in collection["features"]}
    assert features["body:alder"]["geometry"] == {"type": "Point", "coordinates": [-2.8, 54.0]}
    assert features["centre:south"]["properties"]["open"] is True
    assert features["centre:north"]["properties"]["open"] is False
    spokes = [one for one in collection["features"] if one["properties"]["kind"] == "spoke"]
    assert {one["properties"]["body"] for one in spokes} == {"alder", "birch", "dogwood"}
    alder = features["spoke:alder:south"]
    assert alder["geometry"] == {"type": "LineString", "coordinates": [[-2.8, 54.0], [-2.6, 53.75]]}
    assert alder["properties"]["commercial_model"] == "joint-board"
    assert alder["properties"]["services"] == ["invoices", "payroll"]
    assert alder["properties"]["volume"] == {"invoices": 20000, "payroll": 50000}
    assert alder["properties"]["workload"] == 80000
    assert alder["properties"]["annual_cost"] == 600_000


def test_csv_on_standard_output_is_the_assignments(tiny_run, capsys):
    export(tiny_run, "csv", None)
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 8
    assert {row["centre"] for row in rows if row["body"] == "cedar"} == {""}


def test_parquet_keeps_types(tiny_run, tables, tmp_path: Path):
    pytest.importorskip("pyarrow")
    export(tiny_run, "parquet", tmp_path / "out")
    back = pd.read_parquet(tmp_path / "out" / "costs.parquet")
    assert int(back["net_present_cost"].sum()) == 4_868_800
    assert sorted(one.stem for one in (tmp_path / "out").iterdir()) == sorted(TABLES)


def test_missing_pyarrow_names_the_extra(tiny_run, tmp_path: Path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtra, match=r"consortia\[parquet\]"):
        export(tiny_run, "parquet", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("form", ["mps", "lp"])
def test_program_comes_with_the_meaning_of_its_columns(store, tiny, form, tmp_path: Path, capsys):
    stored = store(tiny, None)
    export(stored, form, tmp_path / f"program.{form}")
    text = (tmp_path / f"program.{form}").read_text(encoding="ascii")
    names = pd.read_csv(tmp_path / "program.names.csv", keep_default_na=False)
    assert set(re.findall(r"\bc\d+\b", text)) <= set(names["column"])
    assert len(names) == formulate(tiny).program.columns
    export(stored, form, None)
    assert capsys.readouterr().out == text
    with pytest.raises(FileExistsError):
        export(stored, form, tmp_path / f"program.{form}")


def test_column_names_spell_out_the_plan(tiny, best):
    asked = tiny.replace(rules=(RuleSetting("provider-limit", {"maximum": 1}, penalty=500),))
    formulation = formulate(asked)
    chosen = column_names(formulation)[np.asarray(formulation.values(best)) > 0]
    pairs = chosen[chosen["kind"] == "pair"]
    assert {(row.body, row.service, row.centre, row.commercial_model) for row in pairs.itertuples()} == {
        (one.body, one.service, "south", "joint-board") for one in best.assignments if one.centre
    }
    assert set(chosen.loc[chosen["kind"] == "alone", "body"]) == {"cedar"}
    assert chosen.loc[chosen["kind"] == "lead", "body"].tolist() == ["alder"]
    assert sorted(chosen.loc[chosen["kind"] == "owner", "body"]) == ["alder", "birch"]
    assert chosen.loc[chosen["kind"] == "band", "band"].tolist() == ["small", "small"]
    every = column_names(formulation)
    assert set(every.loc[every["kind"] == "slack", "rule"]) == {"provider-limit"}


def test_refusals_say_what_would_help(store, tiny, tiny_run, tmp_path: Path):
    with pytest.raises(ExportError, match="no format 'pdf'"):
        export(tiny_run, "pdf", None)
    with pytest.raises(ExportError, match="--output"):
        export(tiny_run, "xlsx", None)
    for form in ("csv", "xlsx", "geojson", "parquet"):
        with pytest.raises(ExportError, match="no plan to export"):
            export(store(tiny, None), form, tmp_path / "x")
    assert set(FORMATS) == {"csv", "json", "xlsx", "geojson", "parquet", "mps", "lp"}


def test_nothing_is_replaced_unasked_and_foreign_folders_never(tiny_run, tmp_path: Path):
    target = tmp_path / "out"
    export(tiny_run, "csv", target)
    with pytest.raises(FileExistsError):
        export(tiny_run, "csv", target)
    export(tiny_run, "csv", target, force=True)
    (target / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match=r"letter\.txt"):
        export(tiny_run, "csv", target, force=True)
    assert (target / "letter.txt").read_text(encoding="utf-8") == "mine"
    with pytest.raises(FileExistsError):
        export(tiny_run, "json", target, force=True)

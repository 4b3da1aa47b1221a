"""Reading, writing and round trips."""

from __future__ import annotations

import dataclasses
import io
import string
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.evidence import evidence_counts
from models.findings import InvalidInstance, Severity
from models.instance import Appraisal, Instance, RuleSetting, Settings
from models.schema import TABLES, Kind
from models.tables import canonical_json, check_instance, from_frames, read_instance, validated, write_instance
from tests.models.frames import small, with_cells

FORMATS = ("folder", "book.xlsx", "one.json")


def same(first: Instance, second: Instance) -> None:
    for table in TABLES:
        pd.testing.assert_frame_equal(first.tables[table.name], second.tables[table.name])
    assert first.settings == second.settings
    assert first.appraisal == second.appraisal
    assert first.rules == second.rules
    assert canonical_json(first) == canonical_json(second)


def test_types_are_those_of_the_schema():
    instance = from_frames(small())
    for table in TABLES:
        frame = instance.tables[table.name]
        assert list(frame.columns[: len(table.columns)]) == [column.name for column in table.columns]
        assert isinstance(frame.index, pd.RangeIndex)
        for column in table.columns:
            dtype = frame[column.name].dtype
            if column.kind in {Kind.MONEY, Kind.WHOLE}:
                assert dtype == ("int64" if column.required or column.default is not None else "Int64")
            elif column.kind is Kind.YES_NO:
                assert dtype == np.dtype(bool)
            elif column.kind in {Kind.TEXT, Kind.LIST}:
                assert dtype == "str"
            else:
                assert dtype == "float64"


def test_a_validated_instance_is_itself():
    instance = from_frames(small())
    same(instance, validated(instance))


def test_every_format_keeps_everything(tmp_path):
    everything = from_frames(
        small(),
        Settings("Ash & co", "EUR", 2025, ("a, b", "=c"), extra={"limits": {"budget": 3}, "note": "é", "list": [{"a": 1.5}]}),
        Appraisal(2027, 12, ((0, 0.03), (5, -0.01)), (0.0, 1.0), {"set_up": 0.4}, 7, 0.25, 1.5),
        (RuleSetting("provider-limit", {"maximum": 3}, 10), RuleSetting("utilisation-floor", {"share": 0.5})),
    )
    before = everything
    for form in FORMATS:
        write_instance(before, tmp_path / form)
        after = read_instance(tmp_path / form)
        same(everything, after)
        before = after


def test_ids_keep_their_zeros_and_workbook_numbers_lose_their_point(tmp_path):
    from openpyxl import Workbook, load_workbook

    write_instance(from_frames(small()), tmp_path / "one.xlsx")
    assert read_instance(tmp_path / "one.xlsx").tables["bodies"]["body"].tolist() == ["001", "002", "003"]
    book = load_workbook(tmp_path / "one.xlsx")
    assert isinstance(book, Workbook)
    for name, columns in (("bodies", [1]), ("baseline", [1]), ("centres", [3])):
        for row in book[name].iter_rows(min_row=2):
            for column in columns:
                cell = row[column - 1]
                if cell.value:
                    cell.value = 100.0 + float(cell.value)
    book.save(tmp_path / "two.xlsx")
    assert read_instance(tmp_path / "two.xlsx").tables["bodies"]["body"].tolist() == ["101", "102", "103"]


NASTY = ["=1+1", "#N/A", "_x0041_", "a,b", 'say "so"', "two\nlines", "é ✓", "0012", "1.0", " padded ", "'quoted", "TRUE", "1e5", "\t", "\tx\t", "a;b"]
words = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=8))
ids = st.text(string.ascii_letters + string.digits + "-=#_é", min_size=1, max_size=6)
reals = st.floats(0, 1e9, allow_nan=False)


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_round_trip(tmp_path_factory, data):
    tables = small()
    names = data.draw(st.lists(ids, min_size=3, max_size=3, unique=True))
    old = dict(zip(["001", "002", "003"], names, strict=True))
    tables["bodies"]["body"] = names
    tables["baseline"]["body"] = tables["baseline"]["body"].map(old)
    tables["centres"]["host_body"] = [names[0], ""]
    for column in ("name", "ward code", "aims"):
        tables["bodies"][column] = data.draw(st.lists(words, min_size=3, max_size=3))
    tables["bands"]["unit_cost"] = data.draw(st.lists(reals, min_size=3, max_size=3))
    tables["baseline"]["annual_cost"] = data.draw(st.lists(st.integers(0, 10**15), min_size=4, max_size=4))
    described = Settings(data.draw(words), sources=tuple(data.draw(st.lists(words, max_size=2))))
    instance = from_frames(tables, described)
    folder = tmp_path_factory.mktemp("round")
    for form in FORMATS:
        write_instance(instance, folder / form)
        same(instance, read_instance(folder / form))


def test_row_order_and_unknown_columns_do_not_change_the_digest():
    instance = from_frames(small())
    shuffled = {name: frame.sample(frac=1, random_state=3) for name, frame in small().items()}
    shuffled["bodies"] = shuffled["bodies"].drop(columns="ward code")
    other = from_frames(shuffled, Settings(title="another name"))
    assert other.digest() == instance.digest()
    dearer = small()
    dearer["baseline"].loc[0, "annual_cost"] += 1
    assert from_frames(dearer).digest() != instance.digest()
    assert from_frames(small(), appraisal=Appraisal(horizon_years=9)).digest() != instance.digest()


def test_writing_refuses_to_replace_what_is_no_instance(tmp_path):
    instance = from_frames(small())
    for form in FORMATS:
        write_instance(instance, tmp_path / form)
        with pytest.raises(FileExistsError):
            write_instance(instance, tmp_path / form)
    folder = tmp_path / "folder"
    (folder / "pairs.csv").write_text("body_a,body_b,relation\n001,002,must-share\n")
    (folder / "letter.txt").write_text("keep me")
    with pytest.raises(FileExistsError, match=r"letter\.txt"):
        write_instance(instance, folder, force=True)
    (folder / "letter.txt").rename(tmp_path / "letter.txt")
    write_instance(instance, folder, force=True)
    assert not (folder / "pairs.csv").exists()
    for form in FORMATS[1:]:
        write_instance(instance, tmp_path / form, force=True)
        same(instance, read_instance(tmp_path / form))
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([*FORMATS, "letter.txt"])
    bodies = tmp_path / "bodies"
    bodies.mkdir()
    (bodies / "bodies.csv").write_text("id,name\n")
    with pytest.raises(FileExistsError, match=r"instance\.toml"):
        write_instance(instance, bodies, force=True)
    with pytest.raises(ValueError, match=r"\.csv"):
        write_instance(instance, tmp_path / "one.csv")


def test_a_cell_too_long_for_a_workbook_is_a_finding(tmp_path):
    instance = from_frames(with_cells("bodies", 0, name="x" * 40_000))
    with pytest.raises(InvalidInstance) as raised:
        write_instance(instance, tmp_path / "long.xlsx")
    assert raised.value.findings[0].code == "cell-too-long"
    assert not list(tmp_path.iterdir())
    write_instance(instance, tmp_path / "long.json")
    same(instance, read_instance(tmp_path / "long.json"))


def test_standard_streams(monkeypatch, capsys):
    instance = from_frames(small())
    write_instance(instance, "-")
    written = capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(written.encode())))
    same(instance, read_instance("-"))


def test_the_package_offers_its_names_lazily():
    import models

    assert models.Instance is Instance
    assert models.read_instance is read_instance
    with pytest.raises(AttributeError):
        models.nonsense  # noqa: B018


def test_evidence_counts_prefer_the_more_specific_row():
    tables = small()
    tables["evidence"] = pd.DataFrame(
        [
            {"table": "baseline", "column": "volume", "where": "body=001; service=payroll", "mark": "V"},
            {"table": "baseline", "column": "volume", "where": "", "mark": "A"},
            {"table": "baseline", "column": "annual_cost", "where": "", "mark": "M"},
            {"table": "instance.toml", "column": "migration_cost", "where": "", "mark": "D"},
            {"table": "instance.toml", "column": "appraisal.saving_ramp", "where": "", "mark": "A"},
        ]
    )
    instance = from_frames(tables)
    counts = evidence_counts(instance)
    unmarked = evidence_counts(from_frames(small()))["unmarked"]
    # The table of discount rates carries a V of its own.
    assert counts == {"V": 2, "D": 1, "A": 4, "M": 4, "unmarked": unmarked - 10}


def test_a_large_baseline_reads(tmp_path):
    count = 200_000
    bodies, services = count // 20, 20
    tables = small()
    tables["services"] = pd.DataFrame({"service": [f"s{one}" for one in range(services)]})
    tables["bodies"] = pd.DataFrame({"body": [f"b{one:05}" for one in range(bodies)], "legal_type": "district", "latitude": 51.0, "longitude": 0.5})
    at = np.arange(count)
    tables["baseline"] = pd.DataFrame(
        {"body": [f"b{one:05}" for one in at // services], "service": [f"s{one}" for one in at % services], "volume": at % 997, "annual_cost": at * 3}
    )
    tables["centres"]["host_body"] = ""
    tables["bands"] = pd.DataFrame({"centre": "*", "service": tables["services"]["service"], "band": "all", "capacity": 900})
    instance = from_frames(tables)
    write_instance(instance, tmp_path / "large")
    again, findings = check_instance(tmp_path / "large")
    assert again is not None
    same(instance, again)
    assert sum(finding.code == "fits-nowhere" for finding in findings) == 51
    assert not any(finding.severity is Severity.ERROR for finding in findings)
    text = (tmp_path / "large" / "baseline.csv").read_text().replace(",s1,", ",sx,")
    (tmp_path / "large" / "baseline.csv").write_text(text)
    broken, findings = check_instance(tmp_path / "large")
    assert broken is None
    assert sum(finding.code == "unmatched-reference" for finding in findings) == 51


def test_text_without_arrow_reads_the_same(tmp_path):
    instance = from_frames(small())
    write_instance(instance, tmp_path / "folder")
    with pd.option_context("mode.string_storage", "python"):
        assert canonical_json(read_instance(tmp_path / "folder")) == canonical_json(instance)


def test_replace_checks_the_variant():
    instance = from_frames(small())
    assert instance.replace(appraisal=dataclasses.replace(instance.appraisal, horizon_years=5)).appraisal.horizon_years == 5
    with pytest.raises(InvalidInstance):
        instance.replace(baseline=instance.table("baseline").assign(volume=-1))

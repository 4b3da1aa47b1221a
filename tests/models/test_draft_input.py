"""What a table of bodies may hold that drafting cannot use is said."""

from __future__ import annotations

import io
import sys

import pandas as pd
import pytest

from models.draft import draft, read_bodies
from models.findings import Finding, InvalidInstance
from tests.models.test_draft import councils


def findings_of(path: object) -> tuple[Finding, ...]:
    with pytest.raises(InvalidInstance) as raised:
        read_bodies(path)  # type: ignore[arg-type]
    return tuple(raised.value.findings)


def codes_of(path: object) -> list[tuple[str, int | None]]:
    return [(one.code, one.row) for one in findings_of(path)]


def test_a_duplicated_header_and_ragged_rows_are_errors(tmp_path):
    file = tmp_path / "bodies.csv"
    file.write_text("id,name,name\na,b,c\nd,e\nf,g,h,i\n")
    assert codes_of(file) == [("duplicated-header", 1), ("ragged-row", 3), ("ragged-row", 4)]
    file.write_text("id;name\na;b\nd\n")
    assert findings_of(file)[0].column == "name"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_every_separator_gives_the_same_draft_and_others_than_commas_are_noted(tmp_path, separator):
    table = councils(name='Ash, "Elm"; Oak\tYew')
    file = tmp_path / "bodies.csv"
    table.to_csv(file, index=False, sep=separator)
    read = read_bodies(file)
    pd.testing.assert_frame_equal(read, table.astype("str"))
    found = {one.code: one.value for one in draft(read).findings if one.code == "separator-found"}
    assert found == ({} if separator == "," else {"separator-found": separator})


def test_coordinates_with_a_comma_before_the_decimals_are_the_same_place():
    table = councils()
    commas = table.assign(latitude=table["latitude"].str.replace(".", ","), longitude=table["longitude"].str.replace(".", ","))
    for name in ("latitude", "longitude"):
        assert draft(commas).instance.table("bodies")[name].tolist() == draft(table).instance.table("bodies")[name].tolist()


def test_what_is_not_utf_8_is_named_by_row_and_column(tmp_path):
    file = tmp_path / "bodies.csv"
    file.write_bytes("id;name;region\n1;Ash;x\n2;Köln;y\n".encode("latin-1"))
    found = findings_of(file)
    assert [(one.code, one.row, one.column) for one in found] == [("not-utf-8", 3, "name")]
    assert "codec" not in str(found[0])


def test_a_folder_and_a_missing_file_are_said_plainly(tmp_path):
    for path in (tmp_path, tmp_path / "nosuch.csv", tmp_path / "nosuch.xlsx"):
        found = findings_of(path)
        assert [one.code for one in found] == ["unreadable-file"]
        assert "Errno" not in str(found[0])


def test_standard_input_is_read(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"id,name\n01,Ash\n")))
    assert read_bodies("-").to_dict("records") == [{"id": "01", "name": "Ash"}]


def test_money_not_used_and_sectors_not_known_are_noted():
    table = councils(sector="Zeppelin works", back_office_spend_gbp="1000000")
    notes = {(one.code, one.column) for one in draft(table).findings}
    assert {("spend-not-used", "back_office_spend_gbp"), ("unknown-sector", "sector")} <= notes

"""What a table of bodies may hold that drafting cannot use is said."""

from __future__ import annotations

import io
import sys

import pytest

from models.draft import draft, read_bodies
from models.findings import InvalidInstance
from tests.models.test_draft import councils


def codes_of(path: object) -> list[tuple[str, int | None]]:
    with pytest.raises(InvalidInstance) as raised:
        read_bodies(path)  # type: ignore[arg-type]
    return [(one.code, one.row) for one in raised.value.findings]


def test_a_duplicated_header_and_ragged_rows_are_errors(tmp_path):
    file = tmp_path / "bodies.csv"
    file.write_text("id,name,name\na,b,c\nd,e\nf,g,h,i\n")
    assert codes_of(file) == [("duplicated-header", 1), ("ragged-row", 3), ("ragged-row", 4)]


def test_standard_input_is_read(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"id,name\n01,Ash\n")))
    assert read_bodies("-").to_dict("records") == [{"id": "01", "name": "Ash"}]


def test_money_not_used_and_sectors_not_known_are_noted():
    table = councils(sector="Zeppelin works", back_office_spend_gbp="1000000")
    notes = {(one.code, one.column) for one in draft(table).findings}
    assert {("spend-not-used", "back_office_spend_gbp"), ("unknown-sector", "sector")} <= notes

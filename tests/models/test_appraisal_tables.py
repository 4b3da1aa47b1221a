"""The published conventions are whole, and files that are not are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.appraisal_tables import TABLES, appraisal_tables, ratio_name, read_appraisal_tables
from models.economics import COMPONENTS


def test_every_entry_says_where_it_comes_from() -> None:
    tables = appraisal_tables()
    entries = [*tables.rates.values(), *tables.optimism_bias.values(), *tables.haircuts.values()]
    assert all(one.provenance.source and one.provenance.edition for one in entries)
    assert all(set(one.components) <= COMPONENTS.keys() for one in tables.optimism_bias.values())
    assert {"cashable", "non_cashable", "stress"} <= tables.haircuts.keys()


def test_uplift_is_what_is_not_managed_and_never_under_the_lower_bound() -> None:
    bounds = appraisal_tables().optimism_bias
    assert bounds["set_up"].applied(0.8) == pytest.approx(0.4)
    assert bounds["set_up"].applied(1.0) == pytest.approx(0.1)
    assert bounds["operating"].applied(0.0) == pytest.approx(0.41)
    assert bounds["operating"].applied(1.0) == pytest.approx(0.0)


@pytest.mark.parametrize(("ratio", "name"), [(-2.0, "poor"), (0.99, "poor"), (1.0, "low"), (1.5, "medium"), (2.0, "high"), (3.99, "high"), (4.0, "very high")])
def test_names_of_ratios(ratio: float, name: str) -> None:
    assert ratio_name(ratio, "dft") == name


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[[0, 0.06]]", "[[1, 0.06]]", "beginning with 0"),
        ("lower = 0.10", "lower = 3.0", "out of order"),
        ('edition = "none"\nmark = "A"', 'edition = "none"\nmark = "X"', "mark 'X'"),
        ('from = "1.5"', 'from = "9"', "must increase"),
    ],
)
def test_tables_out_of_order_are_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = TABLES.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "tables.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        read_appraisal_tables(file)

"""Equivalents, and the page on the first claims recomputed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.appraisal.equivalents import COMMUNICATION_ONLY, EQUIVALENTS, Equivalents, basket, check_claim, equivalents, read_basket
from models.schema import EVIDENCE_MARKS

PAGE = (Path(__file__).parents[3] / "docs" / "seed-figures.md").read_text(encoding="utf-8")


def number(label: str, column: int = 1) -> float:
    """Return a figure of the page's tables: the cell of the row that begins with ``label``."""
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| {label}"))
    return float(re.split(r"\s*\|\s*", row.strip("| "))[column].replace(",", ""))


def test_the_basket_adds_up_to_the_claim() -> None:
    known = basket()
    assert [(item.count, item.unit_value) for item in known.items] == [(15, 243_333_333), (200, 22_500_000), (30, 20_000_000), (50, 5_000_000)]
    assert round(sum(item.count * item.unit_value for item in known.items), -3) == known.total == 9_000_000_000
    assert all(item.mark in EVIDENCE_MARKS and item.source for item in known.items)
    assert known.deflator_mark == "M"


def test_the_page_says_what_the_sums_say() -> None:
    found = check_claim()
    assert number("claimed a year") == found.yearly / 1e9
    assert number("claimed over a decade") == found.decade / 1e9
    assert number("ten years at £9bn") == 10 * found.yearly / 1e9
    assert number("straight ramp to £9bn") == sum(0.9 * year for year in range(1, 11))
    assert number("the same, at 3.5%") == round(sum(0.9 * year / 1.035**year for year in range(1, 11)), 1) == round(found.ramp_present_value / 1e9, 1)
    assert found.share_of_plain_sum == pytest.approx(4 / 9)
    assert "4/9 of the plain £90bn" in PAGE
    assert f"£{found.finance_and_hr_cost / 1e9:.1f}bn for 2006" in PAGE
    assert f"£{found.finance_and_hr_saving / 1e9:.1f}bn" in PAGE
    for label, item in zip(("hospital H", "mile of motorway M", "secondary school S", "primary school P"), basket().items, strict=True):
        assert number(label) == round(item.unit_value / 1e6, 1)
        assert number(label, 2) == item.count
        assert number(label, 3) == round(item.count * item.unit_value / 1e6)
        assert f"| {item.mark} |" in next(line for line in PAGE.splitlines() if line.startswith(f"| {label}"))
    assert round((9_000 - 200 * 30 - 600 - 250) / 15) == 143


def test_the_whole_basket_is_itself_and_a_tenth_a_tenth() -> None:
    for share in (1.0, 0.1):
        found = equivalents(round(9e9 * share), 2005, "GBP", "annual saving")
        assert isinstance(found, Equivalents)
        assert found.share == pytest.approx(share)
        assert [one.number for one in found.items] == pytest.approx([15 * share, 200 * share, 30 * share, 50 * share])
        assert COMMUNICATION_ONLY in found.notes
        assert "residual" in " ".join(found.notes)


def test_money_is_first_put_into_the_prices_of_the_basket() -> None:
    known = basket()
    found = equivalents(1_000_000, 2024, "GBP", "annual saving")
    assert isinstance(found, Equivalents)
    assert found.money == round(1_000_000 * known.deflator[2005] / known.deflator[2024])
    assert found.sentence().startswith("Annual saving: ")
    assert "prices of 2005-06" in found.sentence()


def test_no_equivalents_without_pounds_or_a_known_price_year() -> None:
    assert "not EUR" in equivalents(1, 2024, "EUR", "x")
    assert "price year" in equivalents(1, None, "GBP", "x")
    assert "price year" in equivalents(1, 1066, "GBP", "x")


def test_a_basket_that_does_not_add_up_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "one.toml"
    file.write_text(EQUIVALENTS.read_text(encoding="utf-8").replace("unit_value = 5000000", "unit_value = 6000000"), encoding="utf-8")
    with pytest.raises(ValueError, match="not 9,000,000,000"):
        read_basket(file)

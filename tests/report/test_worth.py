"""The section on what a plan is worth."""

from __future__ import annotations

import dataclasses
import re
from xml.etree import ElementTree

from report.charts import Curve, curves
from report.page import page
from report.view import run_view
from report.worth import worth
from tests.report.test_page import words


def test_measures_and_payback_are_on_the_page(tiny_run):
    text = words(page(tiny_run))
    section = text.split("What it is worth")[1].split("Money by year")[0]
    for expected in ("£441,200", "1.20", "£696,000 in 2026", "by the end of 2028", "£270,620", "£483,310", "council", "£90,000 of £270,000"):
        assert expected in section
    assert "economic view" in section
    assert "cash view" in section


def test_the_curve_runs_through_the_savings_so_far(tiny_run):
    found = worth(run_view(tiny_run))
    assert found is not None
    root = ElementTree.fromstring(str(found.curve))
    titles = [circle.find("title").text for circle in root.iter("circle")]
    assert titles[:3] == ["2026, as paid: −£696,000", "2027, as paid: −£127,400", "2028, as paid: £441,200"]
    heights = [float(circle.get("cy")) for circle in root.iter("circle")][:3]
    # Up on the page is more; equal steps of money are equal steps of height.
    assert heights[0] > heights[1] > heights[2]
    assert abs((heights[0] - heights[1]) - (heights[1] - heights[2])) < 0.2
    assert "stroke-dasharray" in str(found.curve)


def test_a_curve_never_below_nought_names_no_depth():
    drawing = str(curves(["1", "2"], [Curve("a", (0, 5))], lambda amount: f"<{amount}>", "label"))
    assert 'class="strong"' not in drawing
    assert "<text" in drawing


def test_a_plan_that_shares_nothing_has_no_such_section(store, tiny, alone):
    assert "What it is worth" not in page(store(tiny, alone))
    assert worth(run_view(store(tiny, None, cost=None, bound=None))) is None


def test_sectors_add_up_to_the_whole(tiny_run):
    found = worth(run_view(tiny_run))
    assert found is not None
    assert sum(row["npsv"] for row in found.sectors) == 441_200


def test_the_view_the_plan_was_chosen_in_comes_first(store, tiny, best):
    from models.schema import View

    cash = tiny.replace(appraisal=dataclasses.replace(tiny.appraisal, view=View.CASH))
    text = page(store(cash, best))
    assert re.search(r"cash view</th><th class=\"n\">economic view", text)

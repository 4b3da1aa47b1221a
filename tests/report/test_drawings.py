from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.economics import COMPONENTS
from models.plan import Assignment, Plan
from report.charts import Bar, Curve, curves, paired_columns, share_bar, stacked_bars, ticks
from report.colouring import colours_apart
from report.labels import Anchor, Box, place
from report.map import WIDTH, draw_map
from report.money import short_money
from report.sections import GROUPS
from report.symbols import COLOURS
from report.view import run_view

amounts = st.lists(st.integers(-(10**10), 10**10), min_size=1, max_size=12)


def money(amount: float) -> str:
    return short_money(amount, "GBP")


@given(amounts, amounts)
def test_charts_are_well_formed_and_hold_no_nonsense(first, second):
    size = min(len(first), len(second))
    names = [f"<{number}>" for number in range(size)]
    drawings = [
        stacked_bars([Bar("a & b", tuple(first[:4])), Bar("<c>", tuple(second[:4]))], ("p", "q", "r", "s"), money, "label"),
        paired_columns(names, first[:size], second[:size], ("today", "plan"), money, "label"),
        curves(names, [Curve("paid & so", tuple(first[:size])), Curve("<discounted>", tuple(second[:size]), dashed=True)], money, "label"),
        share_bar(first[0] / 1e9),
    ]
    for drawing in drawings:
        root = ElementTree.fromstring(str(drawing))
        assert "nan" not in str(drawing)
        for rect in root.iter("rect"):
            assert float(rect.get("width", "0")) >= 0
            assert float(rect.get("height", "0")) >= 0


def test_the_chart_shows_every_component_anyone_pays_once():
    shown = [name for names in GROUPS.values() for name in names]
    assert sorted(shown) == sorted(COMPONENTS.keys() - {"penalty"})


@given(st.integers(-(10**12), 0), st.integers(0, 10**12))
def test_ticks_are_even_and_cover_the_range(low, high):
    found = ticks(low, high)
    assert found[0] <= low
    assert found[-1] >= high - 1e-6 * max(1.0, high)
    assert 2 <= len(found) <= 14


def test_the_map_puts_north_up_and_east_right(tiny_run):
    drawing = draw_map(run_view(tiny_run))
    root = ElementTree.fromstring(str(drawing.svg))
    at = {}
    for circle in root.iter("circle"):
        title = circle.find("title")
        if title is not None and title.text:
            at[title.text.partition(":")[0]] = (float(circle.get("cx", "nan")), float(circle.get("cy", "nan")))
    north, south = at["Aldershire County Council"], at["Cedar Vale Hospitals Trust"]
    assert north[1] < south[1]
    assert at["Dogwood Academy Trust"][0] > north[0]
    assert len(list(root.iter("line"))) == 3
    assert any("joint-board" in entry.text for entry in drawing.legend)
    assert any("stays alone" in entry.text for entry in drawing.legend)


def test_the_scale_bar_is_true(tiny_run):
    text = str(draw_map(run_view(tiny_run)).svg)
    km = float(re.search(r">([\d.]+) km<", text).group(1))
    pixels = float(re.search(r"v5h([\d.]+)v-5", text).group(1))
    root = ElementTree.fromstring(text)
    at = {circle.find("title").text.partition(":")[0]: float(circle.get("cy")) for circle in root.iter("circle") if circle.find("title") is not None}
    # Alder stands 0.3 degrees of latitude north of Cedar.
    drawn = (at["Cedar Vale Hospitals Trust"] - at["Aldershire County Council"]) * km / pixels
    assert drawn == pytest.approx(0.3 * 111.195, rel=0.01)


@pytest.mark.parametrize(("latitudes", "longitudes"), [([51.5] * 4, [-0.1] * 4), ([-17.0, -17.5, -18.0, -16.5], [179.5, -179.5, 178.0, -178.5])])
def test_odd_places_still_make_a_map(store, tiny, best, latitudes, longitudes):
    bodies, centres = tiny.table("bodies"), tiny.table("centres")
    bodies["latitude"], bodies["longitude"] = latitudes, longitudes
    centres["latitude"], centres["longitude"] = latitudes[:2], longitudes[:2]
    text = str(draw_map(run_view(store(tiny.replace(bodies=bodies, centres=centres), best))).svg)
    ElementTree.fromstring(text)
    assert "nan" not in text
    across = [float(x) for x in re.findall(r'cx="([-\d.]+)"', text)]
    assert all(0 <= x <= WIDTH for x in across)
    if longitudes[0] > 0:
        assert max(across) - min(across) > 100


def _drawn(store, tiny, latitudes, longitudes):
    ids, few = [f"b{one}" for one in range(len(latitudes))], tiny.table("bodies")
    bodies = few.iloc[[0] * len(ids)].reset_index(drop=True).assign(body=ids, name=ids, latitude=latitudes, longitude=longitudes)
    baseline = tiny.table("baseline")
    baseline = baseline.iloc[[0] * len(bodies)].reset_index(drop=True).assign(body=bodies["body"])
    centres = tiny.table("centres").assign(latitude=latitudes[0], longitude=longitudes[0], host_body="")
    made = tiny.replace(bodies=bodies, baseline=baseline, centres=centres)
    plan = Plan((), tuple(Assignment(body, baseline["service"].iloc[0]) for body in bodies["body"]))
    drawing = draw_map(run_view(store(made, plan)))
    circles = [one for one in ElementTree.fromstring(str(drawing.svg)).iter("circle") if one.find("title") is not None]
    return {one.find("title").text.partition(":")[0]: (float(one.get("cx")), float(one.get("cy"))) for one in circles}, drawing.notes


def test_a_few_far_places_stand_at_the_edge_and_leave_the_sheet_to_the_others(store, tiny):
    latitudes, longitudes = [50 + one / 100 for one in range(300)], [(one * 7 % 300) / 100 for one in range(300)]
    near, notes = _drawn(store, tiny, latitudes, longitudes)
    assert not any("edge of the map" in note for note in notes)
    far, notes = _drawn(store, tiny, [*latitudes, 0.0], [*longitudes, 60.0])
    assert any("1 body far from all others is drawn at the edge of the map" in note for note in notes)
    assert far["b300"][0] > max(x for body, (x, _) in far.items() if body != "b300")
    for axis in (0, 1):
        spread = [
            max(at[axis] for body, at in every.items() if body != "b300") - min(at[axis] for body, at in every.items() if body != "b300")
            for every in (near, far)
        ]
        assert spread[1] > 0.9 * spread[0]


def test_neighbouring_clusters_have_different_colours():
    places = [(float(x), float(y)) for x in range(0, 600, 100) for y in range(0, 500, 100)]
    members = [[(x + 30, y), (x, y - 30)] for x, y in places]
    colours = colours_apart(places, members, len(COLOURS))
    assert set(colours) == set(range(len(COLOURS)))
    alike = [(one, other) for one in range(len(places)) for other in range(one) if colours[one] == colours[other]]
    assert all(math.dist(places[one], places[other]) > 100 for one, other in alike)


def test_a_cluster_that_reaches_far_is_a_neighbour_of_what_it_reaches():
    # The second stands far from the third, but its member next to it.
    colours = colours_apart([(0, 0), (500, 0), (900, 0)], [[(1, 0)], [(880, 0)], [(901, 0)]], 2)
    assert colours[2] != colours[1]
    assert colours_apart([], [], 7) == []


@given(st.lists(st.tuples(st.floats(0, 900), st.floats(0, 600)), max_size=25))
def test_labels_that_may_be_left_out_never_overlap(places):
    labels = place([Anchor(x, y, 4.0, f"body {number}") for number, (x, y) in enumerate(places)], 960, 640)
    boxes = []
    for label in labels:
        wide = len(label.text) * 6.1
        left = label.x - {"start": 0.0, "middle": wide / 2, "end": wide}[label.align]
        boxes.append(Box(left, label.y - 10, left + wide, label.y + 3))
    assert all(one.overlap(other) < 1e-6 for at, one in enumerate(boxes) for other in boxes[:at])


def test_a_needed_label_is_placed_even_in_a_crowd():
    crowd = [Anchor(10, 10, 30, "x" * 20) for _ in range(5)] + [Anchor(10, 10, 30, "centre", needed=True)]
    assert "centre" in {label.text for label in place(crowd, 100, 100)}

"""A comparison as tables and as a page."""

import re
from html.parser import HTMLParser

import pytest

from report.comparison import TITLES, comparison, frame, headline
from report.comparison_page import comparison_page, gap_chart, profile_chart, write_comparison_page
from report.step_chart import StepLine, decades, step_chart
from tests.solver.study.made import record, timed_out

RUNS = [
    record(events=((0.5, 150, 50.0), (2.0, 100, 100.0)), machine={"system": "Linux", "cores": 2}),
    timed_out(contender="<b>cbc", events=((4.0, 110, 90.0),)),
]


class Reader(HTMLParser):
    """Fails on tags that do not close in order, and gathers which there are."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag, attrs):  # noqa: ARG002
        self.seen.add(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):  # noqa: ARG002
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_every_table_has_its_frame():
    found = comparison(RUNS, missing=3)
    assert [len(frame(found, name)) for name in TITLES] == [3, 0, 1, 2, 1, 2, 0]
    assert headline(found) == "2 runs of 2 solvers on 1 instances; 3 not done yet."
    outcomes = frame(found, "instances").iloc[0]
    assert (outcomes["highs"], outcomes["<b>cbc"], outcomes["winner"]) == ("proved 2.0 s", "gap 18.18%", "highs")


def test_incomplete_rows_and_failures_are_said():
    failed = record("two", stop="failed", reason="crash", cost=None, bound=None, gap=None, audit="")
    found = comparison([*RUNS, failed], missing=0)
    assert "1 failed" in headline(found)
    assert "1 instances and seeds that not every solver has run are left out" in headline(found)


def test_the_page_stands_alone_and_escapes_what_it_is_given():
    text = comparison_page(comparison(RUNS, missing=0))
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert "b" not in reader.seen
    assert "&lt;b&gt;cbc" in text
    assert not re.search(r"https?://|src=|@import|url\(", text)
    assert "10 seconds, asked for proof, 1 thread, from a constructed plan" in text
    assert "believe none" not in text


def test_the_page_shouts():
    assert "believe none" in comparison_page(comparison([RUNS[0], timed_out(contender="cbc", cost=300, bound=200)], missing=0))


def test_nothing_solved_is_no_profile_and_no_runs_no_page_of_pictures():
    assert profile_chart(comparison([timed_out()], missing=0)) is None
    assert gap_chart(comparison([], missing=2)) is None
    assert "0 runs" in comparison_page(comparison([], missing=2))


def test_the_profile_reaches_as_far_as_any_line_rises():
    drawn = str(profile_chart(comparison([record(seconds=0.01), record(contender="cbc", seconds=50.0)], missing=0)))
    # 5,000 times the fastest is shown, and cbc ends at the top with the other.
    assert ">1000</text>" in drawn
    assert all(points.endswith("704.0,28.0") for points in re.findall(r'<polyline points="([^"]+)"', drawn))


def test_bands_are_drawn_for_a_few_only():
    few, many = ([record(contender=name) for name in names] for names in ("abc", "abcd"))
    assert str(gap_chart(comparison(few, missing=0))).count("<polygon") == 3
    assert str(gap_chart(comparison(many, missing=0))).count("<polygon") == 0


def test_an_earlier_page_stays_unless_told(tmp_path):
    found = comparison(RUNS, missing=0)
    write_comparison_page(found, tmp_path / "a.html")
    with pytest.raises(FileExistsError):
        write_comparison_page(found, tmp_path / "a.html")
    write_comparison_page(found, tmp_path / "a.html", force=True)


def test_steps_keep_their_height_until_the_next_place():
    drawn = str(step_chart([StepLine("one", (1.0, 10.0, 100.0), (0.0, 0.5, 1.0))], across="a", up="b", label="c"))
    points = re.search(r'<polyline points="([^"]+)"', drawn)
    assert points is not None
    # 640 wide from 64, 250 high down to 278: half way across at the second place, half way up there.
    assert points.group(1) == "64.0,278.0 384.0,278.0 384.0,153.0 704.0,153.0 704.0,28.0"


def test_round_numbers_of_a_logarithmic_axis():
    assert decades(0.5, 20) == [0.5, 1.0, 2.0, 5.0, 10.0, 20.0]
    assert decades(0.01, 1000) == pytest.approx([0.01, 0.1, 1, 10, 100, 1000])

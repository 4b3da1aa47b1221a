"""A comparison as tables and as a page."""

import re
from html.parser import HTMLParser

import pytest

from report.comparison import TITLES, as_dict, comparison, frame, headline, tables
from report.comparison_facts import conditions, facts
from report.comparison_page import comparison_page, write_comparison_page
from report.comparison_words import reasons, verdict
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
    assert [len(frame(found, name)) for name in TITLES] == [3, 0, 1, 2, 2, 1, 2, 0]
    assert headline(found) == "2 runs of 2 solvers on 1 instance; 3 not done yet."
    outcomes = frame(found, "instances").iloc[0]
    assert (outcomes["highs"], outcomes["<b>cbc"], outcomes["winner"]) == ("proved 2.0 s", "gap 18.18%", "highs")


def test_incomplete_rows_and_failures_are_said():
    failed = record("two", stop="failed", reason="crash", cost=None, bound=None, gap=None, audit="")
    found = comparison([*RUNS, failed], missing=0)
    assert "1 failed" in headline(found)
    assert "left out of averages and pictures: 1 instance and seed that not every solver has run" in headline(found)


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


def test_a_page_of_no_runs_and_one_of_nothing_solved():
    assert "No run is done yet." in comparison_page(comparison([], missing=2))
    assert "Nobody solved anything" in comparison_page(comparison([timed_out(), timed_out(contender="cbc")], missing=0))


def test_outcomes_lead_to_their_runs_and_runs_to_their_logs():
    text = comparison_page(comparison([record(log="logs/a b.log"), timed_out(contender="cbc")], missing=0), study="../study")
    assert '<td class=" best"><a href="#run-one/highs/0">proved 2.0 s</a></td>' in text
    assert '<tr id="run-one/highs/0">' in text
    assert 'href="../study/logs/a%20b.log"' in text
    assert "logs/a" not in comparison_page(comparison([record(log="logs/a b.log")], missing=0))


def six(first_s, second_s):
    return [run for at in range(6) for run in (record(f"i{at}", "a", seconds=first_s[at]), record(f"i{at}", "b", seconds=second_s[at]))]


def test_the_verdict_says_who_wins_and_whether_it_is_more_than_noise():
    clear = comparison(six([1.0] * 6, [7.0] * 6), missing=0)
    assert verdict(clear) == "a is the fastest of 2 solvers on 6 instances"
    assert (
        reasons(clear)[0]
        == "a solved 6 of 6 runs, in 1 s on average. b, the next, takes 4 times as long (4 to 4 in 95 % of resampled instances), more than noise; it solved 6."
    )
    noisy = comparison(six([1.0, 8.0, 1.0, 8.0, 1.0, 8.0], [8.0, 1.0, 8.0, 1.0, 9.0, 1.0]), missing=0)
    assert verdict(noisy) == "a looks the fastest of 2 solvers on 6 instances, but not by more than noise"
    assert "no more than noise" in reasons(noisy)[0]
    few = comparison([record(contender="a"), record(contender="b", seconds=3.0)], missing=0)
    assert verdict(few) == "a was the fastest of 2 solvers on 1 instance, too few to tell it from noise"


def test_the_verdict_where_there_is_nothing_to_win():
    failed = {"stop": "failed", "reason": "crash", "audit": "", "cost": None, "bound": None, "gap": None}
    assert verdict(comparison([record(**failed), record(contender="b", **failed)], missing=0)) == "Every run failed"
    assert verdict(comparison([record(), record("two", "b")], missing=2)) == "No instance has been run by every solver yet"
    assert verdict(comparison([timed_out(), timed_out(contender="b")], missing=0)) == "Nobody solved any of 1 instance within 10 s"
    assert verdict(comparison([record()], missing=0)) == "highs solved 1 of 1 run on 1 instance"
    assert verdict(comparison([RUNS[0], timed_out(contender="cbc", cost=300, bound=200)], missing=0)).startswith("Somebody is wrong")


def test_classes_are_told_where_they_differ():
    runs = [record("s", "a", group="small", seconds=1.0), record("s", "b", group="small"), timed_out("l", "a", group="large"), record("l", "b", group="large")]
    assert reasons(comparison(runs, missing=0))[-1].startswith("By class the best are: small, a solved 1 of 1 run, in 1 s on average; large, b solved")


def test_facts_tell_limits_machines_versions_and_what_is_missing():
    failed = record("two", "cbc", stop="failed", reason="crash", solver_version="2.1", machine={"system": "Linux", "cores": 8})
    found = comparison([*RUNS, failed], missing=3)
    told = dict(facts(found))
    assert told["Each run"] == "10 seconds, asked for proof, 1 thread, from a constructed plan"
    assert told["Machine"].endswith("(times on different machines do not compare)")
    assert told["Versions"] == "consortia 0; highs 1; <b>cbc 1; cbc 2.1"
    assert told["Missing"] == "3 runs not done yet; 1 run failed (cbc crash 1)"
    assert told["Begun"] == "2026-01-01 00:00 to 2026-01-01 00:00 UTC; the runs took 0.1 minutes"
    assert conditions(found)["versions"] == ["0"]
    assert conditions(found)["solver_versions"] == {"highs": "1", "<b>cbc": "1", "cbc": "2.1"}


def test_everything_is_there_for_programs():
    told = as_dict(comparison(RUNS, missing=3))
    assert (told["verdict"], told["limits"]["time_limit"], told["failed"]) == (verdict(comparison(RUNS, missing=3)), 10.0, 0)
    assert set(told["pictures"]) == {"performance-profile", "solved-over-time", "gap-over-time", "primal-integral", "face-to-face"}


def test_an_earlier_page_stays_unless_told(tmp_path):
    found = comparison(RUNS, missing=0)
    write_comparison_page(found, tmp_path / "a.html")
    with pytest.raises(FileExistsError):
        write_comparison_page(found, tmp_path / "a.html")
    write_comparison_page(found, tmp_path / "a.html", force=True)


def test_costs_of_published_files_are_told_as_the_files_count() -> None:
    runs = [record(cost=12_999_999_998, bound=12_999_999_998, money_scale=10**9), record("ours")]
    found = comparison(runs, missing=0)
    assert [(one["cost"], one["published_cost"]) for one in tables(found)["runs"]] == [(12_999_999_998, 12.999999998), (100, None)]
    assert [one["published_best_known"] for one in tables(found)["instances"]] == [12.999999998, None]
    assert "published_cost" not in frame(comparison([record()], missing=0), "runs").columns
    above = comparison([record(cost=125, bound=125, money_scale=10), record(contender="cbc", cost=130, bound=128, money_scale=10)], missing=0)
    assert "claims that no plan costs less than 12.8, yet highs (seed 0) has one, audited at 12.5" in above.shouted[0].message

"""Pictures of a study: what they show, that they are well formed, and as files."""

import json
import re
import struct
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from report import picture_files
from report.comparison import comparison
from report.picture_files import refuse_pictures, standalone, write_pictures
from report.plot import LEAST_GAP, count_axis, decades, gap_axis, seconds_axis, shortened
from report.study_pictures import pictures
from report.study_series import series
from solver.study.planned import StudyError
from tests.solver.study.made import record, timed_out


def drawn(runs):
    found = comparison(runs, missing=0)
    return {one.name: one for one in pictures(series(found.table, found.records))}


def two(**changed):
    return [record(events=((0.5, 150, 50.0), (2.0, 100, 100.0)), **changed), timed_out(contender="<b>cbc", events=((4.0, 110, 90.0),), **changed)]


STUDIES = {
    "two": two(),
    "alone": [record()],
    "nobody solves": [timed_out(), timed_out(contender="cbc")],
    "all fail": [record(contender=name, stop="failed", audit="", cost=None, bound=None, gap=None, seconds=0.0) for name in "ab"],
    "in no time": [record(seconds=0.0), record(contender="cbc", seconds=0.0)],
    "without a limit": two(limits={**record().limits, "time_limit": None}),
    "ten": [record(f"i{at}", f"c{who}", seconds=0.001 + at * who, group="xyz"[at % 3]) for at in range(6) for who in range(10)],
    "long names": [record(contender=first + " and so on" * 30, group="g" * 90) for first in "ab"],
}


@pytest.mark.parametrize("study", STUDIES)
def test_every_picture_is_well_formed_and_holds_no_nonsense(study):
    for picture in drawn(STUDIES[study]).values():
        root = ElementTree.fromstring(standalone(picture))
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        numbers = [float(one) for value in root.iter() for one in re.findall(r"-?[0-9.]+", value.get("points", ""))]
        assert all(-1 <= one <= 5000 for one in numbers)
        assert not re.search(r"\b(nan|inf|None)\b", str(picture.drawing))


def test_which_pictures_there_are():
    assert list(drawn(STUDIES["two"])) == ["performance-profile", "solved-over-time", "gap-over-time", "primal-integral", "face-to-face-1"]
    assert list(drawn(STUDIES["alone"])) == ["solved-over-time", "gap-over-time", "primal-integral"]
    assert list(drawn(STUDIES["nobody solves"])) == ["gap-over-time", "primal-integral"]
    assert list(drawn(STUDIES["all fail"])) == ["gap-over-time"]
    assert len([name for name in drawn(STUDIES["ten"]) if name.startswith("face-to-face-")]) == 9
    assert drawn([]) == {}


def test_the_profile_reaches_as_far_as_any_line_rises():
    profile = str(drawn([record(seconds=0.01), record(contender="cbc", seconds=50.0)])["performance-profile"].drawing)
    # 5,000 times the fastest is shown, and cbc ends at the top with the other.
    assert ">1000</text>" in profile
    ends = [points.split()[-1] for points in re.findall(r'<polyline points="([^"]+)"', profile)]
    assert len(ends) == 2
    assert len(set(ends)) == 1


def test_the_cactus_rises_by_one_a_run_solved():
    solved = str(drawn([record(), record("two", seconds=4.0), timed_out("three")])["solved-over-time"].drawing)
    (points,) = re.findall(r'<polyline points="([^"]+)"', solved)
    heights = list(dict.fromkeys(one.split(",")[1] for one in points.split()))
    # 260 high for three runs.
    assert [float(one) - float(other) for one, other in pairwise(heights)] == pytest.approx([260 / 3, 260 / 3], abs=0.11)


def test_each_contender_has_its_band():
    assert str(drawn(STUDIES["ten"])["gap-over-time"].drawing).count("<polygon") == 10
    assert str(drawn(STUDIES["alone"])["gap-over-time"].drawing).count("<polygon") == 1


def test_runs_not_solved_stand_on_the_border_and_say_so():
    duel = str(drawn(STUDIES["two"])["face-to-face-1"].drawing)
    assert "&lt;b&gt;cbc not solved" in duel
    assert duel.count('class="border"') == 2


def test_series_hold_what_is_drawn():
    found = comparison(STUDIES["two"], missing=0)
    told = json.loads(json.dumps(series(found.table, found.records).as_dict(), allow_nan=False))
    assert told["solved-over-time"] == {"runs": 1, "solved_at_s": {"highs": [2.0], "<b>cbc": []}}
    assert told["face-to-face"][0]["meetings"] == [{"instance": "one", "group": "", "seed": 0, "first_s": 2.0, "second_s": None}]
    assert set(told["gap-over-time"]["gap"]["highs"]) == {"low", "median", "high"}
    assert [one["contender"] for one in told["primal-integral"]] == ["highs", "<b>cbc"]
    assert told["performance-profile"]["share_solved"]["highs"][0] == 1.0


def test_files(tmp_path):
    pytest.importorskip("resvg_py")
    folder = tmp_path / "pictures"
    found = comparison(STUDIES["ten"], missing=0)
    shown = series(found.table, found.records)
    write_pictures(shown, folder)
    names = {one.name for one in folder.iterdir()}
    assert len(names) == 1 + 2 * len(pictures(shown))
    assert json.loads((folder / "pictures.json").read_text()) == json.loads(json.dumps(shown.as_dict()))
    header = (folder / "gap-over-time.png").read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", header[16:20]) == (1440,)
    with pytest.raises(FileExistsError, match="--force"):
        write_pictures(shown, folder)
    fewer = comparison(STUDIES["two"], missing=0)
    write_pictures(series(fewer.table, fewer.records), folder, force=True)
    assert len(list(folder.iterdir())) == 11
    (folder / "letter.txt").touch()
    with pytest.raises(FileExistsError, match="letter"):
        write_pictures(shown, folder, force=True)


def test_what_draws_png_is_asked_for_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(picture_files.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(StudyError, match=r"consortia\[pictures\]"):
        refuse_pictures(tmp_path / "pictures", force=False)


def test_axes():
    assert decades(0.5, 20) == [0.5, 1.0, 2.0, 5.0, 10.0, 20.0]
    assert decades(0.01, 1000) == pytest.approx([0.01, 0.1, 1, 10, 100, 1000])
    assert decades(1e-6, 1e6, most=5) == pytest.approx([1e-6, 1e-3, 1, 1e3, 1e6])
    assert decades(2.1, 2.9) == [2.1, 2.9]
    assert decades(1, 4) == [1, 1.5, 2, 3, 4]
    assert [value for value, _ in count_axis("runs", 150).marks] == [0, 50, 100, 150]
    assert [value for value, _ in count_axis("runs", 1).marks] == [0, 1]
    gaps = gap_axis("gap")
    assert (gaps.share(0.0), gaps.share(LEAST_GAP), gaps.share(1.0)) == (0.0, 0.0, 1.0)
    assert gaps.share(0.01) == pytest.approx(0.5)
    seconds = seconds_axis(0.0, 100.0)
    assert (seconds.low, seconds.share(0.0), seconds.share(1.0)) == (0.01, 0.0, pytest.approx(0.5))


def test_long_names_are_cut_in_the_middle():
    assert shortened("highs presolve=on", 70) == "highs…e=on"
    assert shortened("highs", 70) == "highs"

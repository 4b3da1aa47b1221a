"""A study as a frame, and as files for other programs."""

import json

import pandas as pd
import pytest

from solver.study.frame import frame, read_study, write_frame
from solver.study.planned import StudyError
from solver.study.store import opened
from tests.solver.study.made import record, timed_out


def test_a_row_a_run_with_the_last_attempt_of_each(tmp_path):
    with opened(tmp_path) as store:
        store.append(record(stop="failed", cost=None, bound=None, gap=None, audit=""))
        store.append(timed_out(contender="cbc", events=((1.0, 120, 80.0),)))
        store.append(record(attempt=2))
    table = read_study(tmp_path)
    assert list(table["attempt"]) == [2, 1]
    assert list(table["cost"]) == [100, 110]
    assert list(table["best_known"]) == [100, 100]
    assert list(table["time_limit"]) == [10.0, 10.0]
    assert list(table["gap"]) == [record().gap, timed_out().gap]
    assert list(table["asked_gap"]) == [0.0, 0.0]
    assert list(table["bodies"]) == [4, 4]
    assert json.loads(table["events"][1]) == [[1.0, 120, 80.0]]


def test_files_read_back(tmp_path):
    table = frame([record(), timed_out(contender="cbc", cost=None, gap=None, audit="")])
    for name, read in (("a.csv", pd.read_csv), ("a.parquet", pd.read_parquet)):
        write_frame(table, tmp_path / name, force=False)
        back = read(tmp_path / name)
        assert list(back.columns) == list(table.columns)
        assert back["bound"].tolist() == [100, 90]
        with pytest.raises(FileExistsError):
            write_frame(table, tmp_path / name, force=False)
    with pytest.raises(StudyError, match="neither"):
        write_frame(table, tmp_path / "a.xls", force=False)


def test_no_runs_are_no_rows():
    assert len(frame([])) == 0

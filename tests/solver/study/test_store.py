"""The store: what is written stays, what is torn is taken off, nothing is there twice."""

import json
import subprocess
import sys

import pytest

from solver.study.planned import StudyError
from solver.study.records import latest
from solver.study.store import RECORDS_FILE, opened, read_records
from tests.solver.study.made import record


def test_records_come_back_as_they_were(tmp_path):
    kept = [record(), record("two", events=((0.5, 120, None), (1.0, 100, 99.5))), record("three", cost=None, bound=None, gap=None, audit="")]
    with opened(tmp_path / "study") as store:
        for one in kept:
            store.append(one)
    assert list(read_records(tmp_path / "study")) == kept
    with opened(tmp_path / "study") as store:
        assert store.records == kept


def test_the_same_attempt_is_refused_and_the_last_one_counts(tmp_path):
    with opened(tmp_path) as store:
        store.append(record(stop="failed"))
        with pytest.raises(StudyError, match="already"):
            store.append(record())
        store.append(record(attempt=2))
    assert [one.attempt for one in read_records(tmp_path)] == [1, 2]
    assert latest(read_records(tmp_path))["one/highs/0"].stop == "proved"


def test_records_that_ended_together_are_added_together_or_not_at_all(tmp_path):
    with opened(tmp_path) as store:
        store.append(record(), record("two"))
        for twice in ([record("three"), record("two")], [record("three"), record("three")]):
            with pytest.raises(StudyError, match="already"):
                store.append(*twice)
        store.append(record("three"))
    assert [one.instance for one in read_records(tmp_path)] == ["one", "two", "three"]


def test_a_line_torn_anywhere_is_redone_and_the_others_stay(tmp_path):
    with opened(tmp_path) as store:
        store.append(record())
        store.append(record("two"))
    path = tmp_path / RECORDS_FILE
    content = path.read_bytes()
    first = content.index(b"\n") + 1
    for cut in [*range(first, len(content), 97), len(content) - 1]:
        path.write_bytes(content[:cut])
        assert [one.instance for one in read_records(tmp_path)] == ["one"]
        with opened(tmp_path) as store:
            assert [one.instance for one in store.records] == ["one"]
            store.append(record("two"))
        assert path.read_bytes() == content


def test_a_broken_line_in_the_middle_is_named(tmp_path):
    with opened(tmp_path) as store:
        store.append(record())
    path = tmp_path / RECORDS_FILE
    whole = path.read_text()
    without = json.dumps({key: value for key, value in json.loads(whole).items() if key != "bound"})
    for bad in ("{nonsense\n", "[]\n", "7\n", f"{without}\n", whole.replace('"schema_version":1', '"schema_version":99')):
        path.write_text(bad + whole)
        with pytest.raises(StudyError, match="line 1"):
            read_records(tmp_path)


def test_what_is_no_study_is_told(tmp_path):
    with pytest.raises(StudyError, match="no study"):
        read_records(tmp_path)


def test_one_program_at_a_time(tmp_path):
    code = f"from pathlib import Path; from solver.study.store import opened\nwith opened(Path({str(tmp_path)!r})): pass"
    with opened(tmp_path):
        refused = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "being run by another program" in refused.stderr
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_a_full_disk_left_of_a_record_is_taken_off(tmp_path, monkeypatch):
    import os

    write = os.write
    with opened(tmp_path) as store:
        store.append(record())

        def full(descriptor, data):
            if len(data) < 500:
                raise OSError(28, "No space left on device")
            return write(descriptor, data[:200])

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            store.append(record("two"))
        monkeypatch.undo()
        store.append(record("two"))
    assert [one.instance for one in read_records(tmp_path)] == ["one", "two"]

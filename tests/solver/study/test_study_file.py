"""A study file: what it may say, and what is told of one that cannot be used."""

import pytest

from solver.study.planned import Contender, Limits, Source, Study
from solver.study.study_file import InvalidStudy, read_study_file, write_study_file

WHOLE = """
instances = ["tiny", {path = "drafts/england.json", class = "large"}]
solvers = ["cbc", {name = "highs", label = "highs without presolve", options = {presolve = "off", mip_abs_gap = 0, flag = true}}]
seeds = [0, 7]
time_limit = 60
gap = 0.001
threads = 2
memory_mb = 4000
construct = false
"""


def test_a_whole_file(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(WHOLE)
    highs = Contender("highs", {"presolve": "off", "mip_abs_gap": "0", "flag": "true"}, "highs without presolve")
    sources = (Source(str(tmp_path / "tiny")), Source(str(tmp_path / "drafts/england.json"), "large"))
    assert read_study_file(path) == Study(sources, (Contender("cbc"), highs), (0, 7), Limits(60.0, 0.001, 2, 4000, False))


@pytest.mark.parametrize("text", [WHOLE, 'instances = ["a"]\nsolvers = ["cbc"]\n'])
def test_what_is_written_reads_back(text, tmp_path):
    (tmp_path / "one.toml").write_text(text)
    study = read_study_file(tmp_path / "one.toml")
    (tmp_path / "elsewhere").mkdir()
    write_study_file(study, tmp_path / "elsewhere" / "study.toml")
    assert read_study_file(tmp_path / "elsewhere" / "study.toml") == study


def test_every_fault_is_told_at_once(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(
        'instances = [7, {path = "a", klass = "b"}]\nsolver = ["cbc"]\nseeds = [0, 0]\ntime_limit = -1\ngap = true\nthreads = 0\nmemory_mb = 1.5\n'
        "construct = 1\n"
    )
    with pytest.raises(InvalidStudy) as raised:
        read_study_file(path)
    found = {finding.column or finding.nearest: finding.code for finding in raised.value.findings}
    wrong = ("instances[1]", "solvers", "seeds", "time_limit", "gap", "threads", "memory_mb", "construct")
    assert {key: code for key, code in found.items() if code == "invalid-value"} == dict.fromkeys(wrong, "invalid-value")
    unknown = [finding for finding in raised.value.findings if finding.code == "unknown-key"]
    assert [finding.nearest for finding in unknown] == ["solvers", "class"]


@pytest.mark.parametrize("text", ["solvers = [", 'instances = ["a"]\nsolvers = [{name = "cbc", options = {a = [1]}}]\n', 'instances = ["a"]\nsolvers = [""]\n'])
def test_what_cannot_be_used_is_refused(text, tmp_path):
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(InvalidStudy):
        read_study_file(tmp_path / "study.toml")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InvalidStudy, match="no file"):
        read_study_file(tmp_path / "study.toml")


def test_patterns_take_every_nth_file_in_the_order_of_names(tmp_path):
    (tmp_path / "set").mkdir()
    for name in ("p1", "p10", "p2", "p3", "known.csv"):
        (tmp_path / "set" / name).write_text("1 1")
    path = tmp_path / "study.toml"
    path.write_text('instances = [{path = "set/p*", every = 2, format = "holmberg", class = "small"}, "tiny"]\nsolvers = ["cbc"]\n')
    study = read_study_file(path)
    assert study.instances == (
        Source(str(tmp_path / "set" / "p1"), "small", "holmberg"),
        Source(str(tmp_path / "set" / "p2"), "small", "holmberg"),
        Source(str(tmp_path / "tiny")),
    )
    write_study_file(study, tmp_path / "again.toml")
    assert read_study_file(tmp_path / "again.toml") == study


@pytest.mark.parametrize(
    ("entry", "place"),
    [('{path = "none*"}', "path"), ('{path = "*", every = 0}', "every"), ('{path = "*", every = true}', "every"), ('{path = "one", every = 2}', "every")],
)
def test_patterns_that_cannot_be_used(tmp_path, entry, place):
    (tmp_path / "study.toml").write_text(f'instances = [{entry}]\nsolvers = ["cbc"]\n')
    with pytest.raises(InvalidStudy) as raised:
        read_study_file(tmp_path / "study.toml")
    assert [finding.column for finding in raised.value.findings] == [f"instances[1].{place}"]

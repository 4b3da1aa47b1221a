"""MPS files as programs: read exactly or refused, whatever wrote them, and judged in whole numbers."""

import gzip
import threading
from pathlib import Path

import numpy as np
import pytest

from instances import path
from models.findings import InvalidInstance
from models.formulation import formulate
from models.program import UNBOUNDED
from models.program_files import write_mps
from models.tables import read_instance
from solver.programs.mps_file import is_program, read_mps
from solver.programs.program_run import NEEDS_INSTANCE, program_outcome
from solver.study.conduct import program_subject
from solver.study.contents import Contents
from solver.study.planned import Source

# Minimise 1.5 a + 2 b + 0.25 c: at least two of the three, and 0.5 a + 0.5 b <= 0.75, so not a and b: a and c at 1.75 are best.
PAPER = """NAME paper
ROWS
 N  cost
 G  two
 L  apart
COLUMNS
    MARKER 'MARKER' 'INTORG'
    a cost 1.5 two 1
    a apart 0.5
    b cost 2 two 1
    b apart 0.5
    c cost 0.25 two 1
    MARKER 'MARKER' 'INTEND'
RHS
    rhs two 2 apart 0.75
BOUNDS
 UP bnd a 1
 UP bnd b 1
 UP bnd c 1
ENDATA
"""


def written(tmp_path, text=PAPER, name="paper.mps"):
    file = tmp_path / name
    file.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return str(file)


def job(file, solver, digest=None, **changes):
    limits = {"time_limit": 30.0, "gap": 0.0, "threads": 1, "memory_mb": None}
    whole = {"path": file, "content": "", "digest": digest or read_mps(file).digest, "solver": solver, "options": {}, "seed": 0, "limits": limits, "log": ""}
    return {**whole, **changes}


@pytest.mark.parametrize("name", ["paper.mps", "paper.mps.gz"])
def test_decimals_are_moved_away_exactly(tmp_path, name):
    found = read_mps(written(tmp_path, name=name))
    program = found.program
    assert (found.cost_scale, program.cost.tolist(), program.upper.tolist()) == (100, [150, 200, 25], [1, 1, 1])
    assert program.matrix.toarray().tolist() == [[1, 1, 1], [5, 5, 0]]
    # 5 a + 5 b <= 7.5 is 5 a + 5 b <= 7 in whole numbers.
    assert program.row_upper.tolist() == [UNBOUNDED, 7]
    assert program.row_lower.tolist() == [2, -UNBOUNDED]


def test_our_own_programs_read_back_as_they_were_written(tmp_path):
    program = formulate(read_instance(path("tiny"))).program
    write_mps(program, tmp_path / "tiny.mps")
    found = read_mps(str(tmp_path / "tiny.mps")).program
    assert np.array_equal(found.cost, program.cost)
    assert (found.constant, found.columns) == (program.constant, program.columns)
    bounded = (program.row_lower > -UNBOUNDED) | (program.row_upper < UNBOUNDED)
    assert np.array_equal(found.row_lower, program.row_lower[bounded])
    assert np.array_equal(found.row_upper, program.row_upper[bounded])
    assert (found.matrix != program.matrix[np.flatnonzero(bounded)]).nnz == 0


@pytest.mark.parametrize("solver", ["highs", "cbc", "cp-sat", "auto"])
def test_back_ends_prove_it_and_their_values_are_judged(tmp_path, solver):
    file = written(tmp_path)
    found = program_outcome(job(file, solver, log=str(tmp_path / "log")), threading.Event())
    assert (found["stop"], found["cost"], found["bound"], found["gap"], found["audit"], found["disagreement"]) == ("proved", 175, 175, 0.0, "ok", "")


@pytest.mark.parametrize("solver", sorted(NEEDS_INSTANCE))
def test_what_starts_from_an_instance_does_not_apply(tmp_path, solver):
    assert program_outcome(job(written(tmp_path), solver), threading.Event())["stop"] == "not-applicable"


def test_what_was_read_once_is_run_without_its_file(tmp_path):
    file = written(tmp_path)
    kept = Contents(tmp_path)
    found = program_subject(Source(file), read_mps(file), kept)
    asked = job(file, "highs", content=kept.path(found.digest), log=str(tmp_path / "log"))
    Path(file).unlink()
    assert program_outcome(asked, threading.Event())["cost"] == 175


def test_a_file_that_changed_is_not_run(tmp_path):
    assert program_outcome(job(written(tmp_path), "highs", digest="other"), threading.Event())["stop"] == "failed"


REFUSED = {
    "continuous": (PAPER.replace("    MARKER 'MARKER' 'INTORG'\n", "").replace("    MARKER 'MARKER' 'INTEND'\n", ""), "continuous-column"),
    "unbounded": (PAPER.replace(" UP bnd a 1\n", " PL bnd a\n"), "unbounded-column"),
    "maximise": (PAPER.replace("ROWS", "OBJSENSE\n    MAX\nROWS", 1), "maximise"),
    "third": (PAPER.replace("a apart 0.5", "a apart 0.33333333333333333"), "fraction"),
    "third of a cost": (PAPER.replace("b cost 2", "b cost 0.66666666666666667"), "fraction"),
    "huge": (PAPER.replace("b cost 2", "b cost 1e17"), "out-of-range"),
    "no MPS": ("hello\n", "unreadable-file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused(tmp_path, case):
    text, code = REFUSED[case]
    with pytest.raises(InvalidInstance) as raised:
        read_mps(written(tmp_path, text))
    assert [finding.code for finding in raised.value.findings] == [code]


def test_programs_are_known_by_their_names():
    assert [is_program(name, form) for name, form in (("a.MPS", ""), ("a.mps.gz", ""), ("a.gz", ""), ("a", "mps"), ("a.mps", "orlib"))] == [
        True,
        True,
        False,
        True,
        False,
    ]
    with pytest.raises(InvalidInstance):
        read_mps("nowhere.mps")

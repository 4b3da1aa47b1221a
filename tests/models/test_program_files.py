from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from scipy.sparse import csr_array

from models.program import UNBOUNDED, Program
from models.program_files import write_lp, write_mps


def small_program(constant: int = 7) -> Program:
    """Every kind of row and column limit once: equality, upper, lower, two-sided, open; binary, fixed, negative, zero cost."""
    matrix = csr_array(np.array([[1, 1, 0, 0], [3, 0, -2, 0], [0, 1, 1, 0], [1, 2, 3, 0], [1, 1, 1, 0]], dtype=np.int64))
    return Program(
        cost=np.array([10**9 + 1, -3, 5, 0]),
        lower=np.array([0, 0, -4, 2]),
        upper=np.array([1, 1, 9, 2]),
        matrix=matrix,
        row_lower=np.array([1, -UNBOUNDED, -3, 0, -UNBOUNDED]),
        row_upper=np.array([1, 6, UNBOUNDED, 8, UNBOUNDED]),
        row_tag=np.zeros(5, dtype=np.int32),
        tags=("t",),
        constant=constant,
        name="näme of it",
    )


def test_mps_text_says_what_the_program_says(tmp_path):
    write_mps(small_program(), tmp_path / "p.mps")
    text = (tmp_path / "p.mps").read_text(encoding="ascii")
    assert text.startswith("NAME n-me-of-it\n")
    for line in (
        " E  r0",
        " L  r1",
        " G  r2",
        " L  r3",
        "    c0 cost 1000000001",
        "    c3 cost 0",
        "    RHS cost -7",
        "    RNG r3 8",
        " BV BND c0",
        " FX BND c3 2",
        " LO BND c2 -4",
    ):
        assert f"\n{line}\n" in text
    assert "r4" not in text, "a row open on both sides says nothing and is left out"


def test_shift_divides_money_exactly(tmp_path):
    write_mps(small_program(), tmp_path / "p.mps", shift=17)
    cost = next(line.split()[2] for line in (tmp_path / "p.mps").read_text().splitlines() if line.startswith("    c0 cost"))
    assert float(cost) * 2**17 == 10**9 + 1


@pytest.mark.parametrize("suffix", ["mps", "lp"])
@pytest.mark.parametrize("constant", [7, -7, 0])
def test_highs_reads_back_the_same_program(tmp_path, suffix, constant):
    if importlib.util.find_spec("highspy") is None:
        pytest.skip("highspy is not installed")
    program = small_program(constant)
    path = tmp_path / f"p.{suffix}"
    (write_mps if suffix == "mps" else write_lp)(program, path)
    found = _read_with_highs(path)
    assert found["offset"] == constant
    by_name = dict(zip(found["names"], zip(found["cost"], found["lower"], found["upper"], strict=True), strict=True))
    for column in range(program.columns):
        assert by_name[f"c{column}"] == (program.cost[column], program.lower[column], program.upper[column])
    assert found["integral"] == program.columns
    limits = dict(zip(found["row_names"], zip(found["row_lower"], found["row_upper"], strict=True), strict=True))
    assert limits["r0"] == (1, 1)
    assert limits["r1"] == (-np.inf, 6)
    assert limits["r2"] == (-3, np.inf)
    if suffix == "mps":
        assert limits["r3"] == (0, 8)
    else:
        assert limits["r3"] == (0, np.inf)
        assert limits["r3_upper"] == (-np.inf, 8)


def test_rows_longer_than_a_line_are_wrapped(tmp_path):
    columns = 500
    program = Program(
        cost=np.ones(columns, dtype=np.int64),
        lower=np.zeros(columns, dtype=np.int64),
        upper=np.ones(columns, dtype=np.int64),
        matrix=csr_array(np.ones((1, columns), dtype=np.int64)),
        row_lower=np.array([3]),
        row_upper=np.array([UNBOUNDED]),
        row_tag=np.zeros(1, dtype=np.int32),
        tags=("t",),
    )
    write_lp(program, tmp_path / "p.lp")
    assert max(map(len, (tmp_path / "p.lp").read_text().splitlines())) < 250


def _read_with_highs(path):
    """Read in a child: highspy and the tests' other solvers cannot share a process."""
    import json
    import subprocess
    import sys

    script = (
        "import highspy, json, sys; h = highspy.Highs(); h.silent(); h.readModel(sys.argv[1]); lp = h.getLp();"
        "print(json.dumps(dict(offset=lp.offset_, names=list(lp.col_names_), cost=list(lp.col_cost_), lower=list(lp.col_lower_), upper=list(lp.col_upper_),"
        "row_names=list(lp.row_names_), row_lower=list(lp.row_lower_), row_upper=list(lp.row_upper_),"
        "integral=sum(kind == highspy.HighsVarType.kInteger for kind in lp.integrality_))))"
    )
    said = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True).stdout
    return json.loads(said.splitlines()[-1])

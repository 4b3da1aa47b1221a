"""From an MPS file to a :class:`~models.program.Program`: exact, or refused with a finding."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.findings import Finding, InvalidInstance, TooLarge
from models.program import UNBOUNDED, Program
from solver.backends.process import child_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Real = NDArray[np.float64]
    Whole = NDArray[np.int64]

FORM = "mps"
"""The format of a source that is a program and no instance."""
_SUFFIXES = (".mps", ".mps.gz")
MOST_DECIMALS = 9
_LARGEST = 2.0**52
_ULPS = 4.0
"""A decimal number read and multiplied by a power of ten is off by less than so many units in the last place."""


@dataclass(frozen=True)
class ReadProgram:
    """A program as read: ``cost_scale`` of its units of cost make one of the file's, a power of ten."""

    program: Program
    cost_scale: int

    @property
    def digest(self) -> str:
        """A hash of the program, names apart."""
        found, program = hashlib.sha256(), self.program
        matrix = program.matrix
        parts = (program.cost, program.lower, program.upper, program.row_lower, program.row_upper, matrix.indptr, matrix.indices, matrix.data)
        for part in parts:
            found.update(np.ascontiguousarray(part, dtype=np.int64).tobytes())
        found.update(str((program.constant, self.cost_scale)).encode())
        return found.hexdigest()[:16]


def is_program(path: str, form: str) -> bool:
    """Tell whether a source is a program: said to be one, or named like one."""
    return form == FORM or (not form and path.lower().endswith(_SUFFIXES))


def read_mps(path: str) -> ReadProgram:
    """Return the program in an MPS file, packed by gzip or not.

    Raises
    ------
    models.findings.InvalidInstance
        When it cannot be read, or is no minimisation over bounded integers with coefficients that are whole after moving the decimal point.
    """
    arrays = _arrays(Path(path))
    refused = list(_refusals(arrays, Path(path).name))
    if refused:
        raise InvalidInstance(refused)
    return _program(arrays, Path(path).name)


def _arrays(path: Path) -> Mapping[str, Any]:
    try:
        packed = path.read_bytes()
        text = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
    except FileNotFoundError:
        raise InvalidInstance([Finding("missing-file", f"There is no file {str(path)!r}.", file=path.name)]) from None
    except (OSError, EOFError, ValueError) as error:
        raise InvalidInstance([Finding("unreadable-file", f"{str(path)!r} cannot be read: {error}.", file=path.name)]) from None
    with tempfile.TemporaryDirectory(prefix="consortia-") as folder:
        file, arrays = Path(folder) / "program.mps", Path(folder) / "arrays.npz"
        file.write_bytes(text)
        command = [sys.executable, "-m", "solver.programs.mps_child", str(file), str(arrays)]
        done = subprocess.run(command, env=child_environment(None), stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode or not arrays.is_file():
            raise InvalidInstance([Finding("unreadable-file", f"{path.name!r} is no MPS file that HiGHS can read.", file=path.name)])
        with np.load(arrays) as found:
            return dict(found)


def _refusals(found: Mapping[str, Any], file: str) -> list[Finding]:
    """Return what of the file does not fit a program over bounded integers."""
    refused = []

    def refuse(code: str, wrong: NDArray[np.bool_], what: str, names: str, allowed: str) -> None:
        count = int(wrong.sum())
        if count:
            first = int(np.flatnonzero(wrong)[0])
            name = str(found[names][first]) if found[names].size else f"number {first + 1}"
            refused.append(Finding(code, f"{count:,} {what}, the first of them {name!r}.", file=file, column=name, allowed=(allowed,)))

    if not bool(found["minimise"]):
        refused.append(Finding("maximise", "The objective is maximised.", file=file, allowed=("minimise",)))
    refuse("continuous-column", found["whole"] == 0, "columns are continuous", "columns", "integer")
    refuse(
        "unbounded-column", ~(np.isfinite(found["lower"]) & np.isfinite(found["upper"])), "columns have no lower or no upper limit", "columns", "both limits"
    )
    refuse("fraction", _decimals(found["cost"]) > MOST_DECIMALS, f"costs have more than {MOST_DECIMALS} decimals", "columns", "fewer decimals")
    of_row = np.zeros(found["row_lower"].shape[0], dtype=np.int64)
    np.maximum.at(of_row, found["row"], _decimals(found["value"]))
    refuse("fraction", of_row > MOST_DECIMALS, f"rows have coefficients of more than {MOST_DECIMALS} decimals", "rows", "fewer decimals")
    if float(_decimals(np.atleast_1d(found["offset"]))[0]) > MOST_DECIMALS:
        refused.append(Finding("fraction", f"The constant of the objective has more than {MOST_DECIMALS} decimals.", file=file))
    return refused


def _program(found: Mapping[str, Any], file: str) -> ReadProgram:
    from scipy.sparse import csc_array

    offset = np.atleast_1d(found["offset"])
    cost_decimals = int(max(_decimals(found["cost"]).max(initial=0), _decimals(offset).max(initial=0)))
    of_row = np.zeros(found["row_lower"].shape[0], dtype=np.int64)
    np.maximum.at(of_row, found["row"], _decimals(found["value"]))
    scale = 10.0**of_row
    try:
        matrix = csc_array(
            (_rounded(found["value"] * scale[found["row"]]), found["row"], found["start"]), shape=(of_row.shape[0], found["cost"].shape[0])
        ).tocsr()
        matrix.eliminate_zeros()
        matrix.sort_indices()
        program = Program(
            cost=_rounded(found["cost"] * 10.0**cost_decimals),
            # A whole number is above 0.5 when it is at least 1; limits of rows of whole numbers likewise.
            lower=_rounded(np.ceil(found["lower"] - 1e-9)),
            upper=_rounded(np.floor(found["upper"] + 1e-9)),
            matrix=matrix,
            row_lower=_limits(found["row_lower"] * scale, np.ceil, -1),
            row_upper=_limits(found["row_upper"] * scale, np.floor, 1),
            row_tag=np.zeros(of_row.shape[0], dtype=np.int32),
            tags=("row",),
            constant=int(_rounded(offset * 10.0**cost_decimals)[0]),
            name=file,
        )
        program.check_range()
    except TooLarge as error:
        raise InvalidInstance([Finding("out-of-range", f"{error}.", file=file)]) from None
    return ReadProgram(program, 10**cost_decimals)


def _decimals(values: Real) -> Whole:
    """Return how many decimals each number has, one more than :data:`MOST_DECIMALS` where that is more."""
    needed = np.full(values.shape, MOST_DECIMALS + 1, dtype=np.int64)
    for decimals in range(MOST_DECIMALS, -1, -1):
        moved = np.abs(values) * 10.0**decimals
        fits = np.abs(moved - np.rint(moved)) <= _ULPS * np.finfo(np.float64).eps * moved
        needed[fits] = decimals
    return needed


def _limits(values: Real, towards: Any, side: int) -> Whole:
    """Return the limits of rows as whole numbers, drawn in to the next one within; infinite ones as :data:`UNBOUNDED`."""
    finite = np.isfinite(values)
    stated = values[finite]
    near = np.rint(stated)
    limits = np.full(values.shape, side * int(UNBOUNDED), dtype=np.int64)
    limits[finite] = _rounded(np.where(np.abs(stated - near) <= 1e-9 * np.maximum(1.0, np.abs(stated)), near, towards(stated)))
    return limits


def _rounded(values: Real) -> Whole:
    largest = float(np.abs(values).max(initial=0.0))
    if largest >= _LARGEST:
        raise TooLarge(f"a number comes to {largest:.4g} when decimals are moved away; whole numbers are exact below {_LARGEST:.4g}")
    return np.rint(values).astype(np.int64)

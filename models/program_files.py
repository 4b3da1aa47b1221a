"""Writes a :class:`Program` as the MPS or LP text that other solvers read: columns ``c0..``, rows ``r0..``, the objective ``cost``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np

from models.program import UNBOUNDED, Program

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHUNK = 200_000
_TERMS_A_LINE = 8


def write_mps(program: Program, path: str | Path, *, shift: int = 0) -> None:
    """Write free-format MPS that fixed-format readers also accept while there are fewer than ten million rows and columns.

    Parameters
    ----------
    program
        What to write. Rows open on both sides are left out; names still count them, so ``r7`` is always row 7.
    path
        The file; replaced when it exists.
    shift
        Costs and constant are divided by two to this power. Division by a power of two is exact in floating point, so a solver that
        works in floating point gets smaller numbers and loses nothing.
    """
    bounded = (program.row_lower > -UNBOUNDED) | (program.row_upper < UNBOUNDED)
    with Path(path).open("w", encoding="ascii", newline="\n") as file:
        file.write(f"NAME {_safe(program.name)}\nROWS\n N  cost\n")
        _write_row_types(file, program, np.flatnonzero(bounded))
        file.write("COLUMNS\n    MARKER                 'MARKER'                 'INTORG'\n")
        _write_columns(file, program, bounded, shift)
        file.write("    MARKER                 'MARKER'                 'INTEND'\nRHS\n")
        if program.constant:
            file.write(f"    RHS cost {_money(-program.constant, shift)}\n")
        _write_right_hand_sides(file, program, np.flatnonzero(bounded))
        file.write("BOUNDS\n")
        _write_limits(file, program)
        file.write("ENDATA\n")


def write_lp(program: Program, path: str | Path, *, shift: int = 0) -> None:
    """Write the CPLEX LP format, for reading by people as much as by solvers; ``shift`` as in :func:`write_mps`.

    A row with two different finite limits becomes two rows, ``r7`` and ``r7_upper``.
    """
    with Path(path).open("w", encoding="ascii", newline="\n") as file:
        file.write(f"\\ {_safe(program.name)}\nMinimize\n cost:")
        _write_lp_objective(file, program, shift)
        file.write("Subject To\n")
        _write_lp_rows(file, program)
        file.write("Bounds\n")
        plain = np.flatnonzero(~_binary(program))
        _write_rows_of(file, " %d <= c%d <= %d\n", np.column_stack((program.lower[plain], plain, program.upper[plain])))
        for title, chosen in (("Binaries", np.flatnonzero(_binary(program))), ("Generals", plain)):
            if chosen.size:
                file.write(f"{title}\n")
                _write_rows_of(file, " c%d\n", chosen[:, None])
        file.write("End\n")


def _safe(name: str) -> str:
    kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "-" for letter in name)
    return kept or "program"


def _binary(program: Program) -> NDArray[np.bool_]:
    return np.asarray((program.lower == 0) & (program.upper == 1))


def _money(amount: int, shift: int) -> str:
    if not shift:
        return str(amount)
    return repr(amount / 2**shift)


def _costs(program: Program, shift: int) -> list[str]:
    return [_money(amount, shift) for amount in program.cost.tolist()]


def _write_rows_of(file: TextIO, line: str, numbers: NDArray[np.int64]) -> None:
    """Write one line per row of ``numbers``; one large format operation is some ten times quicker than a loop."""
    for start in range(0, numbers.shape[0], _CHUNK):
        part = numbers[start : start + _CHUNK]
        file.write((line * part.shape[0]) % tuple(part.ravel().tolist()))


def _write_row_types(file: TextIO, program: Program, rows: NDArray[np.intp]) -> None:
    lower, upper = program.row_lower[rows], program.row_upper[rows]
    kinds = np.where(lower == upper, "E", np.where(upper < UNBOUNDED, "L", "G")).tolist()
    file.writelines(f" {kind}  r{row}\n" for kind, row in zip(kinds, rows.tolist(), strict=True))


def _write_columns(file: TextIO, program: Program, bounded: NDArray[np.bool_], shift: int) -> None:
    by_column = program.matrix.tocsc()
    costs = _costs(program, shift)
    starts, rows, entries = by_column.indptr, by_column.indices, by_column.data
    step = max(1, _CHUNK * program.columns // max(1, program.nonzeros + program.columns))
    for first in range(0, program.columns, step):
        last = min(first + step, program.columns)
        inside = slice(int(starts[first]), int(starts[last]))
        kept = bounded[rows[inside]]
        columns = np.repeat(np.arange(first, last), np.diff(starts[first : last + 1]))[kept]
        numbers = np.column_stack((columns, rows[inside][kept], entries[inside][kept]))
        lines = (("    c%d r%d %d\n" * numbers.shape[0]) % tuple(numbers.ravel().tolist())).splitlines(keepends=True)
        ends = np.searchsorted(columns, np.arange(first, last), side="right").tolist()
        begin = 0
        for column, end in zip(range(first, last), ends, strict=True):
            # Every column has an objective entry, zero too: a column without entries would not be declared at all.
            file.write(f"    c{column} cost {costs[column]}\n")
            file.writelines(lines[begin:end])
            begin = end


def _write_right_hand_sides(file: TextIO, program: Program, rows: NDArray[np.intp]) -> None:
    lower, upper = program.row_lower[rows], program.row_upper[rows]
    sides = np.where(upper < UNBOUNDED, upper, lower)
    stated = sides != 0
    _write_rows_of(file, "    RHS r%d %d\n", np.column_stack((rows[stated], sides[stated])))
    two_sided = (lower > -UNBOUNDED) & (upper < UNBOUNDED) & (lower != upper)
    if two_sided.any():
        file.write("RANGES\n")
        _write_rows_of(file, "    RNG r%d %d\n", np.column_stack((rows[two_sided], (upper - lower)[two_sided])))


def _write_limits(file: TextIO, program: Program) -> None:
    binary, fixed = _binary(program), program.lower == program.upper
    _write_rows_of(file, " BV BND c%d\n", np.flatnonzero(binary)[:, None])
    chosen = np.flatnonzero(fixed)
    _write_rows_of(file, " FX BND c%d %d\n", np.column_stack((chosen, program.lower[chosen])))
    chosen = np.flatnonzero(~binary & ~fixed)
    numbers = np.column_stack((chosen, program.lower[chosen], chosen, program.upper[chosen]))
    _write_rows_of(file, " LO BND c%d %d\n UP BND c%d %d\n", numbers)


def _write_lp_objective(file: TextIO, program: Program, shift: int) -> None:
    for position, amount in enumerate(program.cost.tolist()):
        if amount:
            file.write(f" {'+' if amount > 0 else '-'} {_money(abs(amount), shift)} c{position}\n")
    if program.constant:
        file.write(f" {'+' if program.constant > 0 else '-'} {_money(abs(program.constant), shift)}\n")
    if not program.constant and not program.cost.any():
        file.write(" 0 c0\n" if program.columns else " 0\n")


def _write_lp_rows(file: TextIO, program: Program) -> None:
    matrix = program.matrix
    starts = matrix.indptr.tolist()
    lower, upper = program.row_lower.tolist(), program.row_upper.tolist()
    for first in range(0, program.rows, _CHUNK):
        last = min(first + _CHUNK, program.rows)
        inside = slice(starts[first], starts[last])
        numbers = np.column_stack((matrix.data[inside], matrix.indices[inside]))
        terms = (("%+d c%d\n" * numbers.shape[0]) % tuple(numbers.ravel().tolist())).splitlines()
        for row in range(first, last):
            body = terms[starts[row] - starts[first] : starts[row + 1] - starts[first]] or (["0 c0"] if program.columns else [])
            # LP readers cut lines at a few hundred characters.
            text = "\n  ".join(" ".join(body[at : at + _TERMS_A_LINE]) for at in range(0, len(body), _TERMS_A_LINE))
            if lower[row] == upper[row]:
                file.write(f" r{row}: {text} = {lower[row]}\n")
                continue
            if lower[row] > -UNBOUNDED:
                file.write(f" r{row}: {text} >= {lower[row]}\n")
            if upper[row] < UNBOUNDED:
                name = f"r{row}_upper" if lower[row] > -UNBOUNDED else f"r{row}"
                file.write(f" {name}: {text} <= {upper[row]}\n")

"""Rows of a program in CP-SAT's words.

OR-Tools 9.15 adds up a row's Boolean terms in 32 bits at one step of its presolve (google/or-tools#5293): a row whose terms come to
2**31 or more may turn into a wrong proof. Such rows are split, exactly, into part sums held by integer columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from models.program import UNBOUNDED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.program import Program

SAFE_TOTAL = 2**31
"""A row's terms must come to less."""
_PART_TOTAL = 2**30
"""A part's terms; with the part's own column the row that defines it stays below :data:`SAFE_TOTAL`."""
_OPEN = 2**62


def add_rows(proto: Any, program: Program) -> bool:
    """Add every row to the model ``proto``, whose first columns are the program's; return whether any row had to be split."""
    matrix = program.matrix
    binary = (program.lower >= 0) & (program.upper <= 1)
    reach = np.maximum(np.abs(program.lower), np.abs(program.upper)).astype(np.float64)
    totals = abs(matrix).astype(np.float64) @ np.maximum(reach, 1.0)
    every_binary = _each_row_all(matrix.indptr, binary[matrix.indices])
    starts, indices, data = matrix.indptr.tolist(), matrix.indices.tolist(), matrix.data.tolist()
    lower, upper = program.row_lower.tolist(), program.row_upper.tolist()
    split = False
    for row in range(program.rows):
        inside = slice(starts[row], starts[row + 1])
        columns, weights = indices[inside], data[inside]
        low = None if lower[row] <= -UNBOUNDED else lower[row]
        high = None if upper[row] >= UNBOUNDED else upper[row]
        if low is None and high is None:
            continue
        weights, low, high = _reduced(weights, low, high)
        if low is not None and high is not None and low > high:
            proto.constraints.add().bool_or.literals.extend([])
            continue
        if every_binary[row] and _add_logical(proto, columns, weights, low, high):
            continue
        if totals[row] >= SAFE_TOTAL and sum(abs(weight) * int(reach[column]) for column, weight in zip(columns, weights, strict=True)) >= SAFE_TOTAL:
            _add_split(proto, program, columns, weights, low, high)
            split = True
        else:
            _add_linear(proto, columns, weights, low, high)
    return split


def _each_row_all(starts: NDArray[np.int32], flags: NDArray[np.bool_]) -> list[bool]:
    """Tell for each row whether all its flags are set."""
    unset = np.concatenate(([0], np.cumsum(~flags)))
    result: list[bool] = (unset[starts[1:]] == unset[starts[:-1]]).tolist()
    return result


def _reduced(weights: list[int], low: int | None, high: int | None) -> tuple[list[int], int | None, int | None]:
    """Divide a row by what its weights have in common; limits are rounded inwards, which whole numbers allow."""
    divisor = int(np.gcd.reduce(weights)) if weights else 1
    if divisor <= 1:
        return weights, low, high
    return [weight // divisor for weight in weights], None if low is None else -(-low // divisor), None if high is None else high // divisor


def _add_logical(proto: Any, columns: list[int], weights: list[int], low: int | None, high: int | None) -> bool:
    """Add a row over binary columns as a logical constraint where it is one."""
    count = len(weights)
    if weights and all(weight == 1 for weight in weights):
        return _add_counting(proto, columns, low, high)
    if weights and all(weight == -1 for weight in weights):
        return _add_counting(proto, columns, None if high is None else -high, None if low is None else -low)
    if count == 2 and sorted(weights) == [-1, 1]:
        first, second = (columns[0], columns[1]) if weights[0] == 1 else (columns[1], columns[0])
        if high == 0 and (low is None or low <= -1):
            _imply(proto, first, second)
            return True
        if low == 0 and (high is None or high >= 1):
            _imply(proto, second, first)
            return True
    return False


def _add_counting(proto: Any, columns: list[int], low: int | None, high: int | None) -> bool:
    at_least, at_most = low is not None and low >= 1, high is not None and high < len(columns)
    if low == 1 and high == 1:
        proto.constraints.add().exactly_one.literals.extend(columns)
    elif high == 1 and not at_least and at_most:
        proto.constraints.add().at_most_one.literals.extend(columns)
    elif low == 1 and not at_most:
        proto.constraints.add().bool_or.literals.extend(columns)
    else:
        return False
    return True


def _imply(proto: Any, cause: int, effect: int) -> None:
    constraint = proto.constraints.add()
    constraint.enforcement_literal.append(cause)
    constraint.bool_and.literals.append(effect)


def _add_linear(proto: Any, columns: list[int], weights: list[int], low: int | None, high: int | None) -> None:
    linear = proto.constraints.add().linear
    linear.vars.extend(columns)
    linear.coeffs.extend(weights)
    linear.domain.extend([-_OPEN if low is None else low, _OPEN if high is None else high])


def _add_split(proto: Any, program: Program, columns: list[int], weights: list[int], low: int | None, high: int | None) -> None:
    parts: list[int] = []
    chunk: list[tuple[int, int]] = []
    total = 0
    for column, weight in zip(columns, weights, strict=True):
        size = abs(weight) * max(abs(int(program.lower[column])), abs(int(program.upper[column])))
        if chunk and total + size >= _PART_TOTAL:
            parts.append(_add_part(proto, program, chunk))
            chunk, total = [], 0
        chunk.append((column, weight))
        total += size
    parts.append(_add_part(proto, program, chunk))
    _add_linear(proto, parts, [1] * len(parts), low, high)


def _add_part(proto: Any, program: Program, terms: list[tuple[int, int]]) -> int:
    """Add an integer column that equals the terms' sum; return its position."""
    ends = [(weight * int(program.lower[column]), weight * int(program.upper[column])) for column, weight in terms]
    position = len(proto.variables)
    proto.variables.add().domain.extend([sum(min(pair) for pair in ends), sum(max(pair) for pair in ends)])
    _add_linear(proto, [*(column for column, _ in terms), position], [*(weight for _, weight in terms), -1], 0, 0)
    return position

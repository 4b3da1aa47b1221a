"""The files by which parent and child pass programs, starts, options and plans."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.program import Program
from solver.backends.contracts import Job, Options

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLAN_FILE = "best.npy"
_ARRAYS = ("cost", "lower", "upper", "row_lower", "row_upper", "row_tag")


def write_job(folder: Path, program: Program, options: Options, start: NDArray[np.int64] | None) -> None:
    """Write one program and what is asked of it into ``folder``, which is made. Not compressed: reading back is what must be quick."""
    folder.mkdir(parents=True)
    arrays = {name: getattr(program, name) for name in _ARRAYS}
    matrix = program.matrix
    np.savez(folder / "program.npz", data=matrix.data, indices=matrix.indices, indptr=matrix.indptr, **arrays)
    if start is not None:
        np.save(folder / "start.npy", start)
    record = {
        "tags": list(program.tags),
        "constant": program.constant,
        "name": program.name,
        "options": {**asdict(options), "solver_options": dict(options.solver_options)},
    }
    (folder / "job.json").write_text(json.dumps(record), encoding="utf-8")


def read_job(folder: Path) -> Job:
    """Read what :func:`write_job` wrote."""
    from scipy.sparse import csr_array

    record: dict[str, Any] = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    with np.load(folder / "program.npz") as stored:
        arrays = {name: stored[name] for name in _ARRAYS}
        shape = (arrays["row_lower"].shape[0], arrays["cost"].shape[0])
        matrix = csr_array((stored["data"], stored["indices"], stored["indptr"]), shape=shape)
    program = Program(matrix=matrix, tags=tuple(record["tags"]), constant=record["constant"], name=record["name"], **arrays)
    start = np.load(folder / "start.npy") if (folder / "start.npy").exists() else None
    return Job(program=program, options=Options(**record["options"]), start=start, folder=folder)


def write_plan(folder: Path, values: NDArray[np.int64]) -> None:
    """Write the best plan so far so that a reader finds the old one or the new one, never half of one."""
    temporary = folder / "best.part"
    with temporary.open("wb") as file:
        np.save(file, values)
    os.replace(temporary, folder / PLAN_FILE)  # noqa: PTH105 - the atomic call, named as such


def read_plan(folder: Path, columns: int) -> NDArray[np.int64] | None:
    """Read the best plan, or ``None`` when there is none of (columns,) int64."""
    path = folder / PLAN_FILE
    if not path.exists():
        return None
    try:
        values: NDArray[np.int64] = np.load(path)
    except (OSError, ValueError, EOFError):
        return None
    return values if values.shape == (columns,) and values.dtype == np.int64 else None

"""Reads an MPS file by HiGHS in a process of its own: ``python -m solver.programs.mps_child FILE ARRAYS``.

HiGHS and OR-Tools cannot share a process, and the processes that ask for this have to load either.
"""

from __future__ import annotations

import sys

UNREADABLE = 3


def main(arguments: list[str]) -> int:
    """Write what HiGHS made of the file as plain arrays."""
    import highspy
    import numpy as np

    file, arrays = arguments
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    if solver.readModel(file) == highspy.HighsStatus.kError:
        return UNREADABLE
    found = solver.getLp()
    if found.a_matrix_.format_ != highspy.MatrixFormat.kColwise:
        found.ensureColwise()
    whole = np.array([int(kind == highspy.HighsVarType.kInteger) for kind in found.integrality_], dtype=np.int8)
    np.savez(
        arrays,
        cost=np.asarray(found.col_cost_, dtype=np.float64),
        lower=np.asarray(found.col_lower_, dtype=np.float64),
        upper=np.asarray(found.col_upper_, dtype=np.float64),
        row_lower=np.asarray(found.row_lower_, dtype=np.float64),
        row_upper=np.asarray(found.row_upper_, dtype=np.float64),
        start=np.asarray(found.a_matrix_.start_, dtype=np.int64),
        row=np.asarray(found.a_matrix_.index_, dtype=np.int64),
        value=np.asarray(found.a_matrix_.value_, dtype=np.float64),
        whole=whole if whole.size else np.zeros(found.num_col_, dtype=np.int8),
        offset=np.float64(found.offset_),
        minimise=np.bool_(found.sense_ == highspy.ObjSense.kMinimize),
        columns=np.array(list(found.col_names_), dtype=str),
        rows=np.array(list(found.row_names_), dtype=str),
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

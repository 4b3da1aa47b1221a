"""A study as a frame: a row a run, with the measures that follow from all its runs together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.whole_writing import refuse_file, whole_files
from solver.study.measures import all_measured
from solver.study.planned import StudyError
from solver.study.records import Record, latest
from solver.study.store import read_records

if TYPE_CHECKING:
    import pandas as pd

_WHOLE = ("cost", "bound", "best_known", "columns", "rows", "nonzeros")


def read_study(path: str | Path) -> pd.DataFrame:
    """Return the runs of a study, the last attempt of each.

    Parameters
    ----------
    path
        The study's folder.

    Returns
    -------
    pandas.DataFrame
        Columns as in :class:`solver.study.records.Record` and :class:`solver.study.measures.Measures`; sizes and limits have a
        column each (``asked_gap`` is the limit, ``gap`` what the run left), ``options``,
        ``machine``, ``cores`` and ``events`` are JSON text. Money is whole, and ``money_scale`` says how much of it is one of the published file's own unit;
        memory is in MiB, times in seconds, gaps are fractions.

    Raises
    ------
    StudyError
        When there is no study, or it cannot be read.
    """
    return frame(list(latest(read_records(Path(path))).values()))


def frame(records: Sequence[Record]) -> pd.DataFrame:
    """Return ``records`` as :func:`read_study` does; integrals and distances are against the best cost among them."""
    import pandas as pd

    rows = [{**_flat(record), **vars(measures)} for record, measures in zip(records, all_measured(records), strict=True)]
    table = pd.DataFrame(rows)
    for name in table.columns.intersection(list(_WHOLE)):
        table[name] = table[name].astype("Int64")
    return table


def write_frame(table: pd.DataFrame, path: Path, *, force: bool) -> None:
    """Write a frame as CSV or Parquet, by the name's ending, whole or not at all.

    Raises
    ------
    StudyError
        When the ending is neither, or Parquet's package is missing.
    FileExistsError
        When there is a file and ``force`` is not given.
    """
    refuse_frame(path, force=force)
    with whole_files([path], force=force) as (scratch,):
        if path.suffix.lower() == ".csv":
            table.to_csv(scratch, index=False, lineterminator="\n")
            return
        table.to_parquet(scratch, index=False)


def refuse_frame(path: Path, *, force: bool) -> None:
    """Find out before long work whether a frame can be written to ``path`` after it; raises as :func:`write_frame` does."""
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise StudyError(f"{path} ends neither in .csv nor in .parquet")
    if suffix == ".parquet" and find_spec("pyarrow") is None:
        raise StudyError("Parquet needs pyarrow: pip install 'consortia[parquet]'")
    refuse_file(path, force=force)


def _flat(record: Record) -> dict[str, Any]:
    values = record.as_dict()
    size, limits = values.pop("size"), values.pop("limits")
    texts = {name: json.dumps(values[name]) for name in ("options", "machine", "cores", "events")}
    asked = {"asked_gap" if name == "gap" else name: value for name, value in limits.items()}
    return {**values, **texts, **size, **asked, "failed": record.failed, "solved": record.solved}

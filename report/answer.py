"""A run's plan as data for other programs: a folder of CSV or Parquet tables, one JSON object, or the assignments alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from models.whole_writing import whole_folder
from report.formats import records

if TYPE_CHECKING:
    from pathlib import Path

    from report.view import RunView

ANSWER_SCHEMA_VERSION = 1


def answer_json(view: RunView) -> str:
    """Return one JSON object: the run's record, the plan, its audit and every table as a list of objects; ``null`` and ``{}`` without a plan."""
    whole: dict[str, Any] = {
        "schema_version": ANSWER_SCHEMA_VERSION,
        "run": dict(view.record),
        "plan": None if view.plan is None else view.plan.as_dict(),
        "audit": None if view.audit is None else view.audit.as_dict(),
        "tables": {name: records(table) for name, table in view.tables.items()},
    }
    return json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def assignments_csv(view: RunView) -> str:
    """Return the table of assignments as CSV."""
    return str(view.tables["assignments"].to_csv(index=False, lineterminator="\n"))


def write_csv(view: RunView, path: Path, *, force: bool) -> None:
    """Write one CSV file a table into a folder, whole or not at all; raise ``FileExistsError`` unless ``force``."""
    with whole_folder(path, [f"{name}.csv" for name in view.tables], marker="assignments.csv", force=force) as scratch:
        for name, table in view.tables.items():
            table.to_csv(scratch / f"{name}.csv", index=False, lineterminator="\n")


def write_parquet(view: RunView, path: Path, *, force: bool) -> None:
    """Write one Parquet file a table into a folder, whole or not at all; raise ``FileExistsError`` unless ``force``.

    Raises
    ------
    ImportError
        When pyarrow is not installed.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with whole_folder(path, [f"{name}.parquet" for name in view.tables], marker="assignments.parquet", force=force) as scratch:
        for name, table in view.tables.items():
            pq.write_table(pa.Table.from_pandas(table, preserve_index=False), scratch / f"{name}.parquet")

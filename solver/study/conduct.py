"""A study from its beginning or from where it stopped: what is asked is written down, what is done is not done again."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.published_unit import published_unit
from models.whole_writing import whole_files
from solver.programs.mps_file import FORM
from solver.programs.program_run import program_size
from solver.study.contents import Contents
from solver.study.one_run import size_of
from solver.study.planned import PlannedRun, Source, Study, StudyError, Subject, planned_runs
from solver.study.records import Record, latest
from solver.study.runner import run_all, to_do, warm_up
from solver.study.store import RECORDS_FILE, opened, read_records
from solver.study.study_file import STUDY_FILE, read_study_file, write_study_file

if TYPE_CHECKING:
    from models.instance import Instance
    from solver.programs.mps_file import ReadProgram
    from solver.study.attempt import Attempt
    from solver.study.cluster import Cluster


@dataclass(frozen=True)
class Resumption:
    """Whether an earlier study may go on, and whether its failed runs are done again."""

    resume: bool = False
    retry_failed: bool = False


def subject(source: Source, instance: Instance, contents: Contents | None = None) -> Subject:
    """Return an instance as a study knows it, kept in ``contents`` for its runs."""
    name, digest = instance.settings.title or Path(source.path).name, instance.digest()
    if contents is not None:
        contents.keep(digest, instance)
    unit = published_unit(instance.settings)
    return Subject(
        str(Path(source.path).absolute()), name, digest, source.group, size_of(instance), source.form, money_scale=1 if unit is None else unit.money_scale
    )


def program_subject(source: Source, found: ReadProgram, contents: Contents | None = None) -> Subject:
    """Return a program from elsewhere as a study knows it, kept in ``contents`` for its runs."""
    name = Path(source.path).name + (f" (costs x {found.cost_scale:,})" if found.cost_scale > 1 else "")
    if contents is not None:
        contents.keep(found.digest, found)
    return Subject(str(Path(source.path).absolute()), name, found.digest, source.group, program_size(found), FORM, found.cost_scale)


def refuse_source(path: str) -> None:
    """Raise ``StudyError`` for what cannot be compared: standard input, which each run would have to read anew."""
    if path == "-":
        raise StudyError("a study reads each instance again for each run, so it takes no standard input: name a file or folder")


def refuse_folder(study: Study, folder: Path, resumption: Resumption) -> None:
    """Raise ``StudyError`` when ``study`` cannot be done in ``folder``: one has been begun there and is not to go on, or it had other limits."""
    begun = (folder / RECORDS_FILE).exists()
    if not begun and resumption.resume and not (folder / STUDY_FILE).exists():
        raise StudyError(f"{folder} holds no study to resume")
    if not begun:
        if folder.exists() and (not folder.is_dir() or any(one.name != STUDY_FILE for one in folder.iterdir())):
            raise StudyError(f"{folder} exists and is no study, so it is left alone")
        return
    if not resumption.resume:
        raise StudyError(f"{folder} holds a study; --resume does what is left of it")
    # Killed at its very beginning, a study has no file as yet, and no records either.
    earlier = read_study_file(folder / STUDY_FILE) if (folder / STUDY_FILE).exists() else study
    if earlier.limits != study.limits:
        raise StudyError(f"{folder} has other limits ({json.dumps(earlier.limits.as_dict())}): what was run under them cannot be compared")


def outlook(study: Study, subjects: Sequence[Subject], folder: Path, resumption: Resumption) -> tuple[list[Attempt], int]:
    """Return what :func:`conduct` would do, and of how many runs in all; nothing is written.

    Raises
    ------
    StudyError
        When the folder cannot be used for it.
    """
    planned = planned_runs(study, subjects)
    refuse_folder(study, folder, resumption)
    records = read_records(folder) if (folder / RECORDS_FILE).exists() else ()
    return to_do(planned, latest(records), retry_failed=resumption.retry_failed), len(planned)


def conduct(
    study: Study,
    subjects: Sequence[Subject],
    folder: Path,
    *,
    jobs: int = 1,
    cluster: Cluster | None = None,
    resumption: Resumption = Resumption(),
    cancel: threading.Event,
    contents: Contents | None = None,
    on_begin: Callable[[int, int], None],
    on_record: Callable[[Record], None],
) -> tuple[tuple[Record, ...], int]:
    """Do what is left of ``study`` and return the records that count for it, with how many runs have none yet.

    Parameters
    ----------
    study, subjects
        What to compare, and its instances as they are now.
    folder
        Where it is kept.
    jobs
        Runs at a time on this machine.
    cluster
        Where runs are done instead, and then ``contents`` is needed; each worker has as many at a time as it has threads.
    resumption
        What to do about an earlier study.
    cancel
        Set it to stop; what is done is kept.
    contents
        The instances as they are now; those not in it are read again for each run.
    on_begin, on_record
        Told how many runs there are to do and how many in all, then each record.

    Raises
    ------
    StudyError
        When the folder cannot be used for it.
    OSError
        When nothing can be written there.
    """
    planned = planned_runs(study, subjects)
    refuse_folder(study, folder, resumption)
    with opened(folder) as store:
        # Whoever had the folder a moment ago may have begun a study in it.
        if store.records:
            refuse_folder(study, folder, resumption)
        with whole_files([folder / STUDY_FILE], force=True) as (scratch,):
            write_study_file(study, scratch)
        attempts = to_do(planned, latest(store.records), retry_failed=resumption.retry_failed)
        on_begin(len(attempts), len(planned))
        for records in _records(attempts, folder, jobs, cluster, cancel, contents):
            store.append(*records)
            for record in records:
                on_record(record)
        return counted(planned, store.records)


def _records(
    attempts: Sequence[Attempt], folder: Path, jobs: int, cluster: Cluster | None, cancel: threading.Event, contents: Contents | None
) -> Iterator[tuple[Record, ...]]:
    """Yield the records of ``attempts``, wherever they are done."""
    if cluster is None:
        warm_up(attempts, cancel, contents)
        yield from run_all(attempts, folder, jobs, cancel, contents)
    elif attempts:
        from solver.study.cluster import run_on

        assert contents is not None
        yield from run_on(cluster, attempts, folder, cancel, contents)


def counted(planned: Sequence[PlannedRun], records: Sequence[Record]) -> tuple[tuple[Record, ...], int]:
    """Return the records that count for ``planned``, in that order, and how many of its runs have none."""
    found = latest(records)
    kept = tuple(found[run.key] for run in planned if run.key in found)
    return kept, len(planned) - len(kept)

"""`consortia compare`: solvers against each other on the same instances under the same limits."""

from __future__ import annotations

import json
import math
import os
import shlex
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from report.commands import Format, fail, known_solver, load, names_in, print_table, refuse_options, say_findings, unwritable
from report.console import Exit, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from report.comparison import Comparison
    from solver.study.cluster import Cluster
    from solver.study.conduct import Resumption
    from solver.study.contents import Contents
    from solver.study.planned import Source, Study, Subject
    from solver.study.records import Record


_ALL = "all"
_UNLESS_GIVEN = {"solvers": "cbc,highs,cp-sat", "seeds": "0", "time-limit": 60.0, "gap": 0.0, "threads": 1, "construct": True}


class Retry(StrEnum):
    """Which earlier runs are done again."""

    FAILED = "failed"


def compare(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the study.")],
    instances: Annotated[
        list[str] | None,
        typer.Argument(help="Instance folders, .xlsx or .json, published files, .mps programs, or one study file (.toml).", metavar="INSTANCE..."),
    ] = None,
    input_format: Annotated[
        str, typer.Option("--input-format", help="How published files among the instances are written, as for `consortia solve`; our own stay what they are.")
    ] = "",
    solvers: Annotated[
        str | None, typer.Option("--solvers", "-s", help="Solvers, joined by commas; cbc,highs,cp-sat unless given. `consortia doctor` lists them.")
    ] = None,
    time_limit: Annotated[float | None, typer.Option("--time-limit", "-t", help="Seconds for each run; 60 unless given.", min=0.0)] = None,
    gap: Annotated[float | None, typer.Option("--gap", help="Relative gap to stop at, as a fraction; 0, which asks for proof, unless given.", min=0.0)] = None,
    seeds: Annotated[str | None, typer.Option("--seeds", help="Seeds, joined by commas, each a run of its own; 0 unless given.")] = None,
    threads: Annotated[int | None, typer.Option("--threads", help="Threads of each run; 1 unless given.", min=1, max=1024)] = None,
    memory: Annotated[int | None, typer.Option("--memory", help="Hard memory limit of the solver, MB.", min=1)] = None,
    construct: Annotated[
        bool | None, typer.Option("--construct/--no-construct", help="Construct a good plan first, for each solver to start from; so unless told otherwise.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Runs at a time, each on cores of its own.", min=1, max=1024)] = 1,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="Do the runs on the Dask cluster of this scheduler (tcp://host:port), one to each thread of a worker.")
    ] = None,
    patience: Annotated[
        float | None, typer.Option("--patience", help="With --scheduler: seconds to wait for it, or for a worker, when lost; 60 unless given.", min=0.0)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be run, and for how long at most; run nothing.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the study in the folder; without instances, with the same as before.")] = False,
    retry: Annotated[Retry | None, typer.Option("--retry", help="With --resume: do these again.")] = None,
    table: Annotated[
        str, typer.Option("--table", help="all (but runs), solvers, classes, pairs, integrals, profile, instances, runs or verdicts; json holds every one.")
    ] = _ALL,
    export: Annotated[Path | None, typer.Option("--export", help="Also write every run to this .csv or .parquet file.")] = None,
    report: Annotated[Path | None, typer.Option("--report", help="Also write one self-contained HTML page.")] = None,
    pictures: Annotated[Path | None, typer.Option("--pictures", help="Also write every picture to this folder, as SVG and PNG (extra: pictures).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the files of --export, --report and --pictures.")] = False,
    form: Annotated[Format, typer.Option("--format", "-f", help="How to print the answer; csv prints one --table.")] = Format.TABLE,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Run solvers on the same instances under the same limits, keep every run, and tell who is fast, who is good, and who is wrong."""
    from solver.interrupt import Interrupt
    from solver.study.contents import contents

    with Interrupt(keeping=False) as interrupt, contents() as kept:
        from report.comparison import comparison
        from solver.study.cluster import ClusterLost
        from solver.study.conduct import Resumption, conduct, refuse_folder
        from solver.study.planned import StudyError
        from solver.study.study_file import InvalidStudy

        asked = _asked(table, form)
        resumption = Resumption(resume, retry is Retry.FAILED)
        if retry is not None and not resume:
            fail(Exit.USAGE, "--retry goes with --resume")
        try:
            study = _study(
                instances or [],
                output,
                input_format,
                resume=resume,
                options={
                    "solvers": solvers, "seeds": seeds, "time-limit": time_limit, "gap": gap, "threads": threads, "memory": memory, "construct": construct,
                },
            )  # fmt: skip
            refuse_folder(study, output, resumption)
            _refuse_outputs(export, report, pictures, force=force)
            _refuse_contenders(study)
            subjects = [_subject(source, kept) for source in study.instances]
            cluster = _cluster(scheduler, patience, jobs)
            if dry_run:
                _say_planned(study, subjects, output, resumption, jobs=jobs, clustered=cluster is not None)
                return
            if cluster is None:
                _warn(study, jobs)
            interrupt.keep("stopping; what is done is kept (again to leave at once)")
            progress = _Progress(quiet=quiet)
            records, missing = conduct(
                study, subjects, output, jobs=jobs, cluster=cluster, resumption=resumption, cancel=interrupt.cancel, contents=kept,
                on_begin=progress.begin, on_record=progress.record,
            )  # fmt: skip
            found = comparison(records, missing)
            _write(found, export, report, pictures, output, force=force)
        except InvalidStudy as error:
            say_findings(error.findings)
            raise SystemExit(int(Exit.INVALID)) from None
        except ClusterLost as error:
            fail(Exit.SOLVER, f"{error}; what is done is kept; next: {_going_on(output, scheduler)}")
        except StudyError as error:
            fail(Exit.USAGE, str(error))
        except OSError as error:
            fail(Exit.USAGE, unwritable(error, error.filename or output))
        stopped = interrupt.cancel.is_set()
    _print(found, asked, form)
    _leave(found, output, _going_on(output, scheduler), stopped=stopped)


class _Progress:
    """Says how each run went, on standard error."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet, self._done, self._all = quiet, 0, 0

    def begin(self, left: int, planned: int) -> None:
        self._all = left
        if not self._quiet:
            say(f"{planned} runs, {planned - left} done before" if left < planned else f"{planned} runs")

    def record(self, record: Record) -> None:
        self._done += 1
        if not self._quiet:
            cost = "no plan" if record.cost is None else f"cost {record.text(record.cost)}"
            gap = "" if record.gap is None else f"  gap {record.gap:.3%}"
            why = f"  {record.message}" if record.failed else ""
            say(f"{self._done}/{self._all}  {record.instance}  {record.contender}  seed {record.seed}  {record.stop} {record.seconds:.1f} s  {cost}{gap}{why}")


def _subject(source: Source, kept: Contents) -> Subject:
    """Return an instance or a program as the study knows it, or leave with every finding printed."""
    from models.findings import InvalidInstance
    from solver.programs.mps_file import is_program, read_mps
    from solver.study.conduct import program_subject, subject

    if not is_program(source.path, source.form):
        return subject(source, load(source.path, source.form), kept)
    try:
        return program_subject(source, read_mps(source.path), kept)
    except InvalidInstance as error:
        say_findings(error.findings)
        raise SystemExit(int(Exit.INVALID)) from None


def _study(instances: list[str], output: Path, input_format: str, *, resume: bool, options: Mapping[str, Any]) -> Study:
    """Return what is asked for: by a study file, by the command line, or by the study that goes on."""
    from solver.study.conduct import refuse_source
    from solver.study.study_file import STUDY_FILE, read_study_file

    files = [one for one in instances if one.lower().endswith(".toml")]
    if files and len(instances) > 1:
        fail(Exit.USAGE, "a study file stands alone: it names its instances itself")
    given = [name for name, value in {**options, "input-format": input_format or None}.items() if value is not None]
    if given and (files or not instances):
        fail(Exit.USAGE, f"--{given[0]} goes with instances on the command line; a study file, or the study that goes on, has its own")
    if files:
        study = read_study_file(Path(files[0]))
    elif instances:
        study = _from_options(instances, input_format, options)
    elif resume and (output / STUDY_FILE).is_file():
        study = read_study_file(output / STUDY_FILE)
    else:
        fail(Exit.USAGE, f"{output} holds no study to resume" if resume else "name instances or a study file; --resume goes on with a study")
    for source in study.instances:
        refuse_source(source.path)
    return study


def _from_options(instances: list[str], input_format: str, options: Mapping[str, Any]) -> Study:
    from instances.reading import is_own
    from solver.programs.mps_file import is_program
    from solver.study.planned import Contender, Limits, Source, Study

    asked = {**_UNLESS_GIVEN, **{name: value for name, value in options.items() if value is not None}}
    limits = Limits(asked["time-limit"], asked["gap"], asked["threads"], asked.get("memory"), asked["construct"])
    sources = tuple(Source(path, form="" if is_own(path) or is_program(path, "") else input_format) for path in instances)
    return Study(sources, tuple(map(Contender, names_in(asked["solvers"]))), _whole_numbers(asked["seeds"]), limits)


def _whole_numbers(seeds: str) -> tuple[int, ...]:
    names = names_in(seeds)
    if not names or any(not name.isdecimal() or int(name) > 2**31 - 1 for name in names) or len(set(names)) < len(names):
        fail(Exit.USAGE, f"--seeds takes different whole numbers joined by commas, not {seeds!r}")
    return tuple(map(int, names))


def _refuse_contenders(study: Study) -> None:
    if not study.contenders:
        fail(Exit.USAGE, "--solvers names no solver")
    for name in dict.fromkeys(contender.solver for contender in study.contenders):
        known_solver(name)
    for contender in study.contenders:
        refuse_options(contender.solver, contender.options)


def _refuse_outputs(export: Path | None, report: Path | None, pictures: Path | None, *, force: bool) -> None:
    """Raise what writing these would: better known before hours of runs than after."""
    from models.whole_writing import refuse_file
    from report.picture_files import refuse_pictures
    from solver.study.frame import refuse_frame

    if export is not None:
        refuse_frame(export, force=force)
    if report is not None:
        refuse_file(report, force=force)
    if pictures is not None:
        refuse_pictures(pictures, force=force)


def _cluster(scheduler: str | None, patience: float | None, jobs: int) -> Cluster | None:
    """Return where runs are done when not on this machine."""
    from solver.study.cluster import PATIENCE_S, Cluster, missing

    if scheduler is None:
        if patience is not None:
            fail(Exit.USAGE, "--patience goes with --scheduler")
        return None
    if jobs != 1:
        fail(Exit.USAGE, "--jobs goes with runs on this machine; a cluster does as many at a time as its workers have threads")
    if missing():
        fail(Exit.USAGE, missing())
    return Cluster(scheduler, PATIENCE_S if patience is None else patience, say)


def _say_planned(study: Study, subjects: Sequence[Subject], output: Path, resumption: Resumption, *, jobs: int, clustered: bool) -> None:
    """Print what would be run and how long it takes at most."""
    from solver.study.attempt import HANGS_AFTER_S
    from solver.study.conduct import outlook

    attempts, planned = outlook(study, subjects, output, resumption)
    for attempt in attempts:
        run = attempt.run
        again = f"  attempt {attempt.number}" if attempt.number > 1 else ""
        print(f"{run.subject.name}  {run.contender.name}  seed {run.seed}{again}")
    print(f"{planned} runs, {planned - len(attempts)} done before, {len(attempts)} to do; nothing was run.")
    limit = study.limits.time_limit
    if limit is None:
        print("There is no time limit, so they take as long as they take.")
        return
    rounds = len(attempts) if clustered else -(-len(attempts) // jobs)
    at_a_time = "one after the other; the workers' threads share them" if clustered else f"{jobs} at a time"
    print(f"At most {_duration(rounds * limit)} of solving, {at_a_time}. Reading, building and starting come on top;")
    print(f"a run that has not ended {_duration(HANGS_AFTER_S)} after its limit is killed.")


def _duration(seconds: float) -> str:
    """Return seconds as a reader says them, rounded up to the minute beyond one."""
    if seconds < 60:
        return f"{seconds:g} s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def _warn(study: Study, jobs: int) -> None:
    from solver.study.runner import oversubscription, usable_cores

    warning = oversubscription(usable_cores(), jobs, study.limits.threads)
    if warning:
        say(f"warning: {warning}")


def _asked(table: str, form: Format) -> tuple[str, ...]:
    from models.findings import nearest
    from report.comparison import TITLES

    if table == _ALL:
        if form is Format.CSV:
            fail(Exit.USAGE, f"csv holds one table: name one with --table ({', '.join(TITLES)})")
        return tuple(name for name in TITLES if name != "runs")
    if table not in TITLES:
        close = nearest(table, TITLES)
        fail(Exit.USAGE, f"no table {table!r}; there are all, {', '.join(TITLES)}." + (f" Did you mean {close}?" if close else ""))
    return (table,)


def _write(found: Comparison, export: Path | None, report: Path | None, pictures: Path | None, output: Path, *, force: bool) -> None:
    if export is not None:
        from solver.study.frame import frame, write_frame

        write_frame(frame(found.records), export, force=force)
    if report is not None:
        from report.comparison_page import write_comparison_page

        write_comparison_page(found, report, study=os.path.relpath(output, report.parent), force=force)
    if pictures is not None:
        from report.picture_files import write_pictures
        from report.study_series import series

        write_pictures(series(found.table, found.records), pictures, force=force)


def _print(found: Comparison, asked: tuple[str, ...], form: Format) -> None:
    from report.comparison import TITLES, as_dict, frame, headline
    from report.comparison_facts import facts
    from report.comparison_words import reasons, verdict

    if form is Format.JSON:
        print(json.dumps(as_dict(found), indent=2, allow_nan=False))
        return
    if len(asked) == 1:
        print_table(frame(found, asked[0]), form)
        return
    print("\n".join([f"{verdict(found)}.", *reasons(found), headline(found)]))
    if form is Format.MARKDOWN:
        print("\n" + "\n".join(f"- {name}: {words}" for name, words in facts(found)))
    for name in asked:
        table = frame(found, name)
        if len(table):
            print(f"\n## {TITLES[name]}\n" if form is Format.MARKDOWN else f"\n{TITLES[name]}\n")
            print_table(table, form)


def _going_on(output: Path, scheduler: str | None) -> str:
    """Return the command that goes on with a study where it was being run."""
    command = ["consortia", "compare", "--output", str(output), "--resume", *([] if scheduler is None else ["--scheduler", scheduler])]
    return shlex.join(command)


def _leave(found: Comparison, output: Path, again: str, *, stopped: bool) -> NoReturn:
    """Shout what cannot be true, and leave with what matters most."""
    for verdict in found.shouted:
        say("!" * 78)
        say(f"{verdict.instance}: {verdict.message}")
    if found.shouted:
        say("!" * 78)
        say("Somebody is wrong: believe none of these figures. The runs and their logs are in " + str(output))
        raise SystemExit(int(Exit.DISAGREEMENT))
    if stopped:
        say(f"{found.missing} runs are left; next: {again}")
        raise SystemExit(int(Exit.INTERRUPTED))
    if any(record.failed for record in found.records):
        say(f"some runs failed; next: {again} --retry failed")
        raise SystemExit(int(Exit.SOLVER))
    raise SystemExit(int(Exit.PROVED))

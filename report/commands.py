"""What the commands have in common: reading what they are given, printing what they found, leaving with the right code."""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from report.console import Exit, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from models.findings import Finding
    from models.instance import Instance
    from models.plan import Plan
    from solver.run_folder import StoredRun
    from solver.solve import Run


class Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "md"


def fail(code: Exit, text: str) -> NoReturn:
    """Print one sentence to standard error and leave with ``code``."""
    say(f"consortia: {text}")
    raise SystemExit(int(code))


def print_table(table: pd.DataFrame, form: Format) -> None:
    """Print a table to standard output."""
    from report.formats import render

    width = os.get_terminal_size().columns if sys.stdout.isatty() else None
    print(render(table, str(form), width=width).rstrip("\n"))


def load(source: str, form: str = "") -> Instance:
    """Read an instance, or a published file written in ``form``, or leave with every finding printed."""
    from instances.reading import read
    from models.findings import InvalidInstance

    try:
        return read(source, form)
    except InvalidInstance as error:
        say_findings(error.findings)
        raise SystemExit(int(Exit.INVALID)) from None


def say_findings(findings: Sequence[Finding]) -> None:
    """Print findings to standard error."""
    for finding in findings:
        say(str(finding))
    errors = sum(finding.severity.value == "error" for finding in findings)
    if errors:
        say(f"{errors} error(s): nothing was done")


def print_findings(findings: Sequence[Finding], form: Format) -> None:
    """Print findings as the answer of a command, to standard output."""
    if form is Format.JSON:
        print(json.dumps([finding.as_dict() for finding in findings], indent=2))
    elif form is Format.TABLE:
        print("\n".join(str(finding) for finding in findings) or "no findings")
    else:
        import pandas as pd

        columns = ["severity", "code", "file", "sheet", "row", "column", "value", "allowed", "nearest", "message"]
        records = [{**finding.as_dict(), "allowed": "; ".join(finding.allowed)} for finding in findings]
        print_table(pd.DataFrame(records, columns=columns).astype({"row": "Int64"}), form)


def write(instance: Instance, output: str, *, force: bool) -> None:
    """Write an instance or leave with the reason."""
    from models.findings import InvalidInstance
    from models.tables import write_instance

    try:
        write_instance(instance, output, force=force)
    except BrokenPipeError:
        raise
    except OSError as error:
        fail(Exit.USAGE, unwritable(error, "standard output" if output == "-" else output))
    except InvalidInstance as error:
        say_findings(error.findings)
        raise SystemExit(int(Exit.INVALID)) from None
    except ValueError as error:
        fail(Exit.USAGE, str(error))


def unwritable(error: OSError, place: str | Path) -> str:
    """Return why nothing could be written to ``place``."""
    return str(error) if error.errno is None else f"{place}: {error.strerror}"


def earlier_plan(path: Path) -> Plan:
    """Read a plan or leave with the reason."""
    from models.plan import InvalidPlan
    from solver.run_folder import read_plan

    try:
        return read_plan(path)
    except InvalidPlan as error:
        fail(Exit.INVALID, str(error))


def stored_run(run: Path) -> StoredRun:
    """Read a run folder or leave with the reason."""
    from models.findings import InvalidInstance
    from models.plan import InvalidPlan
    from solver.run_folder import read_run

    try:
        return read_run(run)
    except InvalidPlan as error:
        fail(Exit.INVALID, str(error))
    except InvalidInstance as error:
        say_findings(error.findings)
        raise SystemExit(int(Exit.INVALID)) from None


def key_values(pairs: Sequence[str]) -> dict[str, str]:
    """Return ``KEY=VALUE`` texts as a mapping, or leave."""
    options = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator or not key:
            fail(Exit.USAGE, f"--solver-option takes KEY=VALUE, not {pair!r}")
        options[key] = value
    return options


def names_in(text: str) -> tuple[str, ...]:
    """Return names joined by commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def known_solver(name: str) -> str:
    """Return ``name`` when it is ``auto``, the engine or a back end, and can be used here; else leave."""
    from models.findings import nearest
    from solver import engine, textbook
    from solver.backends.registry import backends, probe

    names = [engine.NAME, textbook.NAME, *(one.name for one in backends())]
    if name == "auto":
        return name
    if name == engine.NAME:
        if engine.trouble():
            fail(Exit.SOLVER, engine.trouble())
        return name
    if name not in names:
        close = nearest(name, names)
        fail(Exit.USAGE, f"no solver {name!r}; there are auto, {', '.join(names)}." + (f" Did you mean {close}?" if close else ""))
    found = probe(textbook.BACK_END if name == textbook.NAME else name)
    if not found.available:
        fail(Exit.SOLVER, found.message)
    return name


def refuse_options(name: str, options: Mapping[str, str]) -> None:
    """Leave when the back end ``name`` does not take raw ``options``; what ``auto`` will choose is not known yet, so it is not asked."""
    from solver import engine, textbook
    from solver.backends.canaries import option_trouble

    trouble = "" if name in ("auto", engine.NAME) else option_trouble(textbook.BACK_END if name == textbook.NAME else name, options)
    if trouble:
        fail(Exit.USAGE, trouble)


def exit_code(run: Run) -> Exit:
    """Return the exit code that tells how a run ended."""
    from solver.judgement import Stop

    if run.disagreement:
        return Exit.DISAGREEMENT
    if run.stop is Stop.CANCELLED:
        return Exit.INTERRUPTED
    if run.stop is Stop.INFEASIBLE:
        return Exit.INFEASIBLE
    if run.stop is Stop.PROVED:
        return Exit.PROVED
    if run.reason == "option":
        return Exit.USAGE
    if run.stop is Stop.FAILED or run.reason in ("licence", "missing"):
        return Exit.SOLVER
    return Exit.LIMIT if run.plan is not None else Exit.NO_PLAN


def print_size(instance: Instance, solver: str, form: Format) -> None:
    """Print how large the program is and what would solve it."""
    import pandas as pd

    from models.formulation import formulate
    from solver.auto import choose

    program = formulate(instance).program
    name, why = choose(program) if solver == "auto" else (solver, "asked for")
    size = {"solver": name, "why": why, "columns": program.columns, "rows": program.rows, "nonzeros": program.nonzeros}
    if form is Format.JSON:
        print(json.dumps(size))
    else:
        print_table(pd.DataFrame([size]), form)


def print_record(record: Mapping[str, Any], form: Format) -> None:
    """Print the record of a run as one JSON object, or as a row of what fits in one."""
    import pandas as pd

    from report.summary import flat_record

    if form is Format.JSON:
        print(json.dumps(record))
    else:
        print_table(pd.DataFrame([flat_record(record)]), form)


def print_summary(stored: StoredRun, form: Format) -> None:
    """Print how a stored run ended, with the audit made now in place of the stored figures."""
    from report.summary import fresh_record, summary_lines
    from report.view import run_view
    from solver.checking import audit_stored

    view = run_view(stored)
    audited = {} if stored.plan is None else audit_stored(stored.instance, stored.plan, stored.folder)
    record = fresh_record(view, audited)
    if form is not Format.TABLE:
        print_record(record, form)
    else:
        print("\n".join(summary_lines(record, view.proof, stored.instance, stored.plan)))
        if stored.plan is not None and stored.plan.clusters:
            print()
            print_table(view.tables["clusters"][["centre", "name", "members", "do_nothing_cost", "plan_cost", "saving"]], form)
    if view.proof.doubt or audited.get("audit", "ok") != "ok":
        say(f"what is stored with this run does not hold; see consortia audit {stored.folder}")


def print_run(run: Run, instance: Instance, output: Path | None, form: Format) -> None:
    """Print how a run of ``instance`` ended, and shout when audit and solver disagree."""
    from models.rules import restrictions
    from report.proof import Proof
    from report.summary import summary_lines
    from solver.run_folder import run_record

    record = run_record(run, output)
    if form is Format.TABLE:
        believed = Proof(run.bound, run.cost, restrictions(instance), "the solver and the audit contradict each other" if run.disagreement else "")
        print("\n".join(summary_lines(record, believed, instance, run.plan)))
    else:
        print_record(record, form)
    if record["start"]:
        say(f"start {record['start']}")
    if run.disagreement:
        say("!" * 78)
        say(f"THE AUDIT AND THE SOLVER DISAGREE: {run.disagreement}")
        say("Believe neither figure. Please report it with the run folder.")
        say("!" * 78)
    if output is not None and form is Format.TABLE:
        say(f"written to {output}; next: consortia report {output}")

"""The `consortia` command: each subcommand calls one room below and prints. The answer goes to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli_appraise import appraise
from cli_compare import compare
from cli_draft import draft, generate
from cli_explain import explain
from cli_sensitivity import sensitivity
from report.commands import (
    Format,
    earlier_plan,
    exit_code,
    fail,
    key_values,
    known_solver,
    load,
    print_findings,
    print_run,
    print_size,
    print_summary,
    print_table,
    refuse_options,
    stored_run,
    unwritable,
)
from report.console import Exit, guarded, open_closed_streams, say

if TYPE_CHECKING:
    from models.instance import Instance
    from solver.solve import Run

app = typer.Typer(
    name="consortia",
    help="Which public bodies should share which services, where, under which commercial model, and is it worth it?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=True,
)

InstanceArgument = Annotated[str, typer.Argument(help="Instance folder, .xlsx or .json file, or - for JSON on standard input.", metavar="INSTANCE")]
RunArgument = Annotated[Path, typer.Argument(help="Run folder written by `consortia solve`.", metavar="RUN")]
InputFormatOption = Annotated[
    str, typer.Option("--input-format", help="How a published file is written: holmberg, diaz-fernandez, orlib[:CAPACITY], tbed1, coursera ...")
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print the answer.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is there.")]


@app.command()
def check(
    instance: InstanceArgument,
    input_format: InputFormatOption = "",
    form: FormatOption = Format.TABLE,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Leave with 0 whatever was found.")] = False,
) -> None:
    """Check an instance: every finding, with file, row, column and value, and how many figures are assumptions."""
    from instances.reading import check as check_input

    order = ("error", "warning", "note")
    _, found = check_input(instance, input_format, reach=True)
    findings = sorted(found, key=lambda finding: order.index(finding.severity.value))
    print_findings(findings, form)
    if any(finding.severity.value == "error" for finding in findings) and not exit_zero:
        raise typer.Exit(int(Exit.INVALID))


app.command()(draft)
app.command()(generate)


@app.command()
def partners(
    instance: InstanceArgument,
    body: Annotated[str | None, typer.Option("--body", help="Only this body's partners.")] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many partners of each body.")] = 5,
    form: FormatOption = Format.TABLE,
) -> None:
    """Rank whom each body could share with: alike in aims, size, services and systems, how far away, and what the law and the rules let them share."""
    from report.partners import print_partners

    print_partners(instance, body, top, form)


@app.command()
def rules(
    rule: Annotated[str | None, typer.Argument(help="Only this rule, with all there is to say of it.", metavar="RULE")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List the governance rules: what each says, whether it always holds, and its parameters."""
    from report.rule_list import print_rules

    print_rules(rule, form)


@app.command()
def solve(
    instance: InstanceArgument,
    input_format: InputFormatOption = "",
    solver: Annotated[str, typer.Option("--solver", "-s", help="A back end, or auto. `consortia doctor` lists them.")] = "auto",
    time_limit: Annotated[float | None, typer.Option("--time-limit", "-t", help="Seconds for construction and the solver.", min=0.0)] = None,
    gap: Annotated[float, typer.Option("--gap", help="Relative gap to stop at, as a fraction; 0 asks for proof.", min=0.0)] = 0.0,
    threads: Annotated[int, typer.Option("--threads", help="Threads the solver may use.", min=1, max=1024)] = 1,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the solver's random choices.", min=0, max=2**31 - 1)] = 0,
    memory: Annotated[int | None, typer.Option("--memory", help="Hard memory limit of the solver, MB.", min=1)] = None,
    solver_option: Annotated[list[str] | None, typer.Option("--solver-option", help="KEY=VALUE passed through to the solver; repeatable.")] = None,
    start: Annotated[Path | None, typer.Option("--start", help="Run folder or plan.json to start from.")] = None,
    construct: Annotated[bool, typer.Option("--construct/--no-construct", help="Construct a good plan first, for the solver to start from.")] = True,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Run folder to write.")] = None,
    force: ForceOption = False,
    form: FormatOption = Format.TABLE,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    show_log: Annotated[bool, typer.Option("--show-log", help="Print the solver's own log to standard error at the end.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the size of the program and what would run, and stop.")] = False,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Leave with 0 whatever came of it.")] = False,
) -> None:
    """Solve an instance and audit the plan."""
    # Before anything heavy is imported: Python loses an interrupt that falls into the middle of some imports.
    from solver.interrupt import Interrupt

    with Interrupt(keeping=False) as interrupt:
        import tempfile

        from solver.progress import Progress
        from solver.run_folder import stored_digest
        from solver.solve import solve as solve_instance

        options = key_values(solver_option or [])
        name = known_solver(solver)
        refuse_options(name, options)
        if output is not None and not dry_run:
            _refuse_output(output, force=force)
        earlier = earlier_plan(start) if start is not None else None
        if dry_run:
            print_size(load(instance, input_format), name, form)
            return
        with tempfile.TemporaryDirectory(prefix="consortia-") as scratch, Progress(quiet=quiet) as progress:
            loaded = load(instance, input_format)
            interrupt.keep()
            log = Path(scratch) / "solver.log"
            run = solve_instance(
                loaded,
                name,
                time_limit=time_limit,
                gap=gap,
                threads=threads,
                seed=seed,
                memory_mb=memory,
                solver_options=options,
                start=earlier,
                start_digest="" if start is None else stored_digest(start),
                construct=construct,
                on_event=progress.event,
                on_phase=progress.phase,
                log_path=log,
                cancel=interrupt.cancel,
            )
            if show_log and log.is_file():
                say(log.read_text(encoding="utf-8", errors="replace").rstrip())
            written = None if output is None else _write_run(run, loaded, output, log, force=force)
        print_run(run, loaded, written, form)
        if written != output:
            fail(Exit.USAGE, f"{output} could not be written; the run is kept " + (f"in {written}" if written else "nowhere but in what is printed here"))
    code = exit_code(run)
    raise typer.Exit(0 if exit_zero and code is not Exit.DISAGREEMENT else int(code))


def _refuse_output(output: Path, *, force: bool) -> None:
    from models.whole_writing import refuse_unwritable
    from solver.run_folder import refuse_overwrite

    try:
        refuse_overwrite(output, force=force)
        refuse_unwritable(output)
    except OSError as error:
        fail(Exit.USAGE, unwritable(error, output))


def _write_run(run: Run, instance: Instance, output: Path, log: Path, *, force: bool) -> Path | None:
    """Write the run to ``output``, or, because it may have taken hours, to a new folder when that became impossible; return where it is, if anywhere."""
    from solver.run_folder import write_run

    try:
        write_run(run, instance, output, log=log, force=force)
    except OSError as error:
        say(f"consortia: {unwritable(error, output)}")
        return _kept_elsewhere(run, instance, log)
    return output


def _kept_elsewhere(run: Run, instance: Instance, log: Path) -> Path | None:
    import tempfile

    from solver.run_folder import write_run

    try:
        output = Path(tempfile.mkdtemp(prefix="consortia-kept-")) / "run"
        write_run(run, instance, output, log=log)
    except OSError as error:
        say(f"consortia: {unwritable(error, tempfile.gettempdir())}")
        return None
    return output


@app.command()
def show(
    run: RunArgument,
    table: Annotated[
        str, typer.Option("--table", help="summary, assignments, clusters, cluster_services, owners, bodies, shares, sectors, costs, years, rules or choices.")
    ] = "summary",
    form: FormatOption = Format.TABLE,
) -> None:
    """Show a run: its summary, audited afresh, or one of its tables."""
    from models.audit import audit as audit_plan
    from models.findings import nearest
    from models.plan_tables import plan_tables
    from solver.run_folder import TABLES

    stored = stored_run(run)
    if table == "summary":
        print_summary(stored, form)
        return
    known = (*TABLES, "choices")
    if table not in known:
        close = nearest(table, known)
        fail(Exit.USAGE, f"no table {table!r}; there are summary, {', '.join(known)}." + (f" Did you mean {close}?" if close else ""))
    if stored.plan is None:
        fail(Exit.NO_PLAN, f"{run} has no plan: {stored.record.get('message') or stored.record.get('stop')}")
    if table == "choices":
        from report.sensitivity import choices_frame

        print_table(choices_frame(stored.instance, stored.plan), form)
        return
    print_table(plan_tables(stored.instance, stored.plan, audit_plan(stored.instance, stored.plan))[table], form)


@app.command()
def audit(
    plan: Annotated[Path, typer.Argument(help="Run folder or plan.json.", metavar="PLAN")],
    instance: Annotated[str | None, typer.Option("--instance", "-i", help="Instance to audit against; a run folder carries its own.")] = None,
    input_format: InputFormatOption = "",
    form: FormatOption = Format.TABLE,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Leave with 0 whatever was found.")] = False,
) -> None:
    """Recompute a plan's cost and every rule from instance and plan alone; leaves with 70 when the stored figures do not hold."""
    from report.auditing import audit_lines, audit_table
    from solver.checking import audit_stored, claims_plan

    if instance is None and not (plan.is_dir() and (plan / "instance.json").is_file()):
        fail(Exit.USAGE, f"{plan} carries no instance.json: name an instance with --instance")
    if plan.is_dir() and (plan / "run.json").is_file() and not (plan / "plan.json").exists():
        if claims_plan(plan):
            fail(Exit.DISAGREEMENT, f"stored-missing: {plan / 'run.json'} tells of a plan, but plan.json is missing: there is nothing to audit it by")
        fail(Exit.NO_PLAN, f"{plan} is a run without a plan: there is nothing to audit")
    loaded = load(str(plan / "instance.json")) if instance is None else load(instance, input_format)
    result = audit_stored(loaded, earlier_plan(plan), plan)
    if form is Format.JSON:
        print(json.dumps(result))
    elif form is Format.TABLE:
        print("\n".join(audit_lines(result)))
    else:
        print_table(audit_table(result), form)
    if result["audit"] != "ok" and not exit_zero:
        raise typer.Exit(int(Exit.DISAGREEMENT))


app.command()(appraise)


@app.command()
def export(
    run: RunArgument,
    to: Annotated[str, typer.Option("--to", help="csv, json, xlsx, geojson, parquet, mps or lp.")],
    output: Annotated[str, typer.Option("--output", "-o", help="File or folder to write; - for standard output.")] = "-",
    force: ForceOption = False,
) -> None:
    """Export a run's plan (csv, json, xlsx, geojson, parquet) or its integer program (mps, lp)."""
    from report.export import FORMATS, ExportError
    from report.export import export as export_run

    if to not in FORMATS:
        fail(Exit.USAGE, f"no format {to!r}; there are {', '.join(FORMATS)}")
    stored = stored_run(run)
    try:
        export_run(stored, to, None if output == "-" else Path(output), force=force)
    except ExportError as error:
        fail(Exit.USAGE, str(error))
    except BrokenPipeError:
        raise
    except OSError as error:
        fail(Exit.USAGE, unwritable(error, "standard output" if output == "-" else output))


@app.command()
def report(
    run: RunArgument,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Page to write; RUN/report.html unless given.")] = None,
    force: ForceOption = False,
) -> None:
    """Write one self-contained HTML page about a run."""
    from report.page import write_page

    stored = stored_run(run)
    target = output if output is not None else run / "report.html"
    try:
        write_page(stored, target, force=force or output is None)
    except OSError as error:
        fail(Exit.USAGE, unwritable(error, target))
    print(target)


@app.command()
def doctor(form: FormatOption = Format.TABLE) -> None:
    """Tell which solvers are installed, licensed and right on tiny models with known answers, and what this machine offers."""
    from solver.doctor import diagnosis, machine_lines

    table = diagnosis()
    if form is Format.TABLE:
        print("\n".join(machine_lines()))
        print()
    print_table(table, form)
    if bool((table["canaries"] == "WRONG").any()):
        raise typer.Exit(int(Exit.DISAGREEMENT))


app.command()(compare)
app.command()(explain)
app.command()(sensitivity)


def main() -> None:
    """Run the command; no traceback reaches the user unless ``--debug`` stands among the arguments or CONSORTIA_DEBUG is set."""
    open_closed_streams()
    debug = "--debug" in sys.argv or bool(os.environ.get("CONSORTIA_DEBUG"))
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    if debug:
        app()
    sys.exit(guarded(app))


if __name__ == "__main__":
    main()

"""The `consortia` command: each subcommand calls one room below and prints. The answer goes to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli_appraise import appraise
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
    names_in,
    print_findings,
    print_run,
    print_size,
    print_summary,
    print_table,
    say_findings,
    stored_run,
    write,
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
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print the answer.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is there.")]


@app.command()
def check(
    instance: InstanceArgument,
    form: FormatOption = Format.TABLE,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Leave with 0 whatever was found.")] = False,
) -> None:
    """Check an instance: every finding, with file, row, column and value, and how many figures are assumptions."""
    from models.tables import check_instance

    order = ("error", "warning", "note")
    _, found = check_instance(instance, reach=True)
    findings = sorted(found, key=lambda finding: order.index(finding.severity.value))
    print_findings(findings, form)
    if any(finding.severity.value == "error" for finding in findings) and not exit_zero:
        raise typer.Exit(int(Exit.INVALID))


@app.command()
def draft(
    bodies: Annotated[str, typer.Argument(help="Table of bodies: .csv, .csv.gz or .xlsx; - for CSV on standard input.", metavar="BODIES")],
    output: Annotated[str, typer.Option("--output", "-o", help="Folder, .xlsx or .json to write; - for JSON on standard output.")],
    mapping: Annotated[Path | None, typer.Option("--mapping", help="TOML that says which column is what.")] = None,
    column: Annotated[list[str] | None, typer.Option("--column", help="FIELD=HEADER, such as body=code; repeatable.")] = None,
    size: Annotated[list[str] | None, typer.Option("--size", help="HEADER=KIND, kind population, pupils or employees; repeatable.")] = None,
    spend: Annotated[str, typer.Option("--spend", help="HEADER=KIND, kind total, central-gross, central-net or in-scope.")] = "",
    services: Annotated[str, typer.Option("--services", help="Names joined by commas.")] = "",
    models: Annotated[str, typer.Option("--models", help="Commercial models joined by commas.")] = "",
    centres: Annotated[int | None, typer.Option("--centres", help="How many candidate centres.")] = None,
    nearest: Annotated[int | None, typer.Option("--nearest", help="Only so many nearest centres a body; 0 for all.")] = None,
    horizon: Annotated[int | None, typer.Option("--horizon", help="Years appraised.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", help="Of the money in the table.")] = None,
    title: Annotated[str, typer.Option("--title")] = "",
    force: ForceOption = False,
) -> None:
    """Turn a table of bodies into a first full instance, on reference figures that stay visible and editable."""
    from dataclasses import replace

    from models.draft import DraftOptions, read_bodies, read_mapping
    from models.draft import draft as draft_instance
    from models.draft_mapping import DraftMapping, told_mapping
    from models.evidence import evidence_counts
    from models.findings import InvalidInstance

    try:
        told = told_mapping(read_mapping(mapping) if mapping else DraftMapping(), column or [], size or [], spend)
        options = DraftOptions(centres=centres, nearest=nearest, horizon_years=horizon, currency=currency, title=title)
        if services:
            options = replace(options, services=names_in(services))
        if models:
            options = replace(options, models=names_in(models))
        result = draft_instance(read_bodies(bodies), told, options)
    except InvalidInstance as error:
        say_findings(error.findings)
        of_options = all(finding.code in {"bad-option", "unknown-option"} for finding in error.findings)
        raise typer.Exit(int(Exit.USAGE if of_options else Exit.INVALID)) from None
    say_findings(result.findings)
    write(result.instance, output, force=force)
    counts = evidence_counts(result.instance)
    drafted = f"{len(result.instance.table('bodies')):,} bodies, {len(result.instance.table('centres')):,} centres"
    say(f"drafted {drafted}; {len(result.left_out)} row(s) left out; {counts['A']:,} of {sum(counts.values()):,} figures are assumptions")
    if output != "-":
        say(f"written to {output}; next: consortia check {output}, edit what you know better, then consortia solve {output}")


@app.command()
def generate(
    output: Annotated[str, typer.Option("--output", "-o", help="Folder, .xlsx or .json to write; - for JSON on standard output.")],
    bodies: Annotated[int, typer.Option("--bodies", "-n", help="How many public bodies.")] = 100,
    centres: Annotated[int, typer.Option("--centres", help="How many candidate centres.")] = 10,
    services: Annotated[str, typer.Option("--services", help="A count, or names joined by commas: finance, hr, it, payroll, procurement.")] = "4",
    seed: Annotated[int, typer.Option("--seed", help="Same recipe and seed, same instance.")] = 1,
    nearest: Annotated[int, typer.Option("--nearest", help="Only so many nearest centres a body; 0 for all.")] = 0,
    tightness: Annotated[float, typer.Option("--tightness", help="Capacity of all centres over the volume of all bodies.")] = 2.0,
    horizon: Annotated[int, typer.Option("--horizon", help="Years appraised.")] = 10,
    regions: Annotated[int, typer.Option("--regions")] = 4,
    nations: Annotated[int, typer.Option("--nations")] = 1,
    coverage: Annotated[float, typer.Option("--coverage", help="Share of body-service pairs that exist.")] = 1.0,
    links: Annotated[float, typer.Option("--links", help="Share of bodies with a particular link to a centre.")] = 0.0,
    pairs: Annotated[int, typer.Option("--pairs", help="Pairs of bodies that must not share or go together.")] = 0,
    force: ForceOption = False,
) -> None:
    """Make a seeded instance of any size, with realistic places, sizes and sectors, and state its recipe."""
    from instances.generate import Recipe, recipe_text
    from instances.generate import generate as generate_instance

    asked = int(services) if services.isdecimal() else tuple(name.strip() for name in services.split(","))
    try:
        recipe = Recipe(
            bodies=bodies,
            centres=centres,
            services=asked,
            seed=seed,
            nearest=nearest,
            tightness=tightness,
            horizon=horizon,
            regions=regions,
            nations=nations,
            coverage=coverage,
            links=links,
            pairs=pairs,
        )
    except ValueError as error:
        fail(Exit.USAGE, str(error))
    made = generate_instance(recipe)
    write(made, output, force=force)
    say(recipe_text(recipe))


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
def solve(
    instance: InstanceArgument,
    solver: Annotated[str, typer.Option("--solver", "-s", help="A back end, or auto. `consortia doctor` lists them.")] = "auto",
    time_limit: Annotated[float | None, typer.Option("--time-limit", "-t", help="Seconds for construction and the solver.", min=0.0)] = None,
    gap: Annotated[float, typer.Option("--gap", help="Relative gap to stop at, as a fraction; 0 asks for proof.", min=0.0)] = 0.0,
    threads: Annotated[int, typer.Option("--threads", min=1, max=1024)] = 1,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1)] = 0,
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

    with Interrupt() as interrupt:
        import tempfile

        from solver.progress import Progress
        from solver.solve import solve as solve_instance

        options = key_values(solver_option or [])
        name = known_solver(solver)
        if output is not None and not dry_run:
            _refuse_output(output, force=force)
        loaded = load(instance)
        earlier = earlier_plan(start) if start is not None else None
        if dry_run:
            print_size(loaded, name, form)
            return
        with tempfile.TemporaryDirectory(prefix="consortia-") as scratch, Progress(quiet=quiet) as progress:
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
                construct=construct,
                on_event=progress.event,
                log_path=log,
                cancel=interrupt.cancel,
            )
            if show_log and log.is_file():
                say(log.read_text(encoding="utf-8", errors="replace").rstrip())
            written = None if output is None else _write_run(run, loaded, output, log, force=force)
        print_run(run, loaded, written, form)
        if written != output:
            fail(Exit.USAGE, f"{output} could not be written; the run is kept in {written}")
    code = exit_code(run)
    raise typer.Exit(0 if exit_zero and code is not Exit.DISAGREEMENT else int(code))


def _refuse_output(output: Path, *, force: bool) -> None:
    from solver import run_folder

    try:
        run_folder.refuse_overwrite(output, force=force)
        run_folder.refuse_unwritable(output)
    except FileExistsError as error:
        fail(Exit.USAGE, f"{output}: {error.strerror}" if error.strerror else str(error))
    except OSError as error:
        fail(Exit.USAGE, f"{output}: {error.strerror}")


def _write_run(run: Run, instance: Instance, output: Path, log: Path, *, force: bool) -> Path:
    """Write the run to ``output``, or, because it may have taken hours, to a new folder when that became impossible; return where it is."""
    import tempfile

    from solver.run_folder import write_run

    try:
        write_run(run, instance, output, log=log, force=force)
    except OSError as error:
        say(f"consortia: {output}: {error.strerror or error}")
        output = Path(tempfile.mkdtemp(prefix="consortia-kept-")) / "run"
        write_run(run, instance, output, log=log)
    return output


@app.command()
def show(
    run: RunArgument,
    table: Annotated[
        str, typer.Option("--table", help="summary, assignments, clusters, cluster_services, owners, bodies, shares, sectors, costs, years or rules.")
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
    if table not in TABLES:
        close = nearest(table, TABLES)
        fail(Exit.USAGE, f"no table {table!r}; there are summary, {', '.join(TABLES)}." + (f" Did you mean {close}?" if close else ""))
    if stored.plan is None:
        fail(Exit.NO_PLAN, f"{run} has no plan: {stored.record.get('message') or stored.record.get('stop')}")
    print_table(plan_tables(stored.instance, stored.plan, audit_plan(stored.instance, stored.plan))[table], form)


@app.command()
def audit(
    plan: Annotated[Path, typer.Argument(help="Run folder or plan.json.", metavar="PLAN")],
    instance: Annotated[str | None, typer.Option("--instance", "-i", help="Instance to audit against; a run folder carries its own.")] = None,
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
    loaded = load(instance if instance is not None else str(plan / "instance.json"))
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
    except (ExportError, FileExistsError) as error:
        fail(Exit.USAGE, str(error))
    except BrokenPipeError:
        raise
    except OSError as error:
        fail(Exit.USAGE, f"{output}: {error.strerror}")


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
    except FileExistsError as error:
        fail(Exit.USAGE, f"{error}; --force replaces it")
    except OSError as error:
        fail(Exit.USAGE, f"{target}: {error.strerror}")
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

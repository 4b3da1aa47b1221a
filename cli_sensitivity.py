"""`consortia sensitivity`: how far a plan rests on its figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from report.commands import Format, earlier_plan, fail, known_solver, load, print_table
from report.console import Exit, say

if TYPE_CHECKING:
    from models.instance import Instance
    from solver.sensitivity.analysis import Sensitivity


def sensitivity(
    plan: Annotated[Path, typer.Argument(help="Run folder or plan.json.", metavar="PLAN")],
    instance: Annotated[str | None, typer.Option("--instance", "-i", help="Instance the plan is for; a run folder carries its own.")] = None,
    table: Annotated[str, typer.Option("--table", help="all, grades, choices, switching, tornado, leavers or stress.")] = "all",
    resolve: Annotated[bool, typer.Option("--resolve/--no-resolve", help="Also re-solve, where another plan may become the best one.")] = False,
    solver: Annotated[str, typer.Option("--solver", "-s", help="A back end, or auto. `consortia doctor` lists them.")] = "auto",
    time_limit: Annotated[float, typer.Option("--time-limit", "-t", help="Seconds for each re-solve; there may be a few dozen.", min=0.1)] = 60.0,
    form: Annotated[Format, typer.Option("--format", "-f", help="How to print the answer; csv prints one --table.")] = Format.TABLE,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Tell what a plan rests on: intervals by grade, choices that flip, switching values, a tornado, leavers, and a reference-class stress."""
    from solver.sensitivity.analysis import TABLES
    from solver.sensitivity.analysis import sensitivity as analyse
    from solver.sensitivity.switching import Resolving

    asked = _asked(table, TABLES)
    if form is Format.CSV and len(asked) > 1:
        fail(Exit.USAGE, f"csv holds one table: name one with --table ({', '.join(TABLES)})")
    loaded = _instance(plan, instance)
    decided = earlier_plan(plan)
    resolving = Resolving(known_solver(solver), time_limit) if resolve else None
    tell = None if quiet else lambda name: say(f"working out {name}")
    found = analyse(loaded, decided, resolving, tables=asked, on_table=tell)
    if form is Format.JSON:
        print(json.dumps({"instance": loaded.settings.title, "digest": loaded.digest(), "resolved": resolve, **found.as_dict()}, indent=2))
    else:
        _print(found, asked, form)


def _asked(table: str, known: tuple[str, ...]) -> tuple[str, ...]:
    from models.findings import nearest

    if table == "all":
        return known
    if table not in known:
        close = nearest(table, known)
        fail(Exit.USAGE, f"no table {table!r}; there are all, {', '.join(known)}." + (f" Did you mean {close}?" if close else ""))
    return (table,)


def _instance(plan: Path, instance: str | None) -> Instance:
    if instance is not None:
        return load(instance)
    if not (plan.is_dir() and (plan / "instance.json").is_file()):
        fail(Exit.USAGE, f"{plan} carries no instance: name one with --instance")
    if not (plan / "plan.json").exists():
        fail(Exit.NO_PLAN, f"{plan} is a run without a plan")
    return load(str(plan / "instance.json"))


def _print(found: Sensitivity, asked: tuple[str, ...], form: Format) -> None:
    from report.sensitivity import TITLES, frame, headline

    if form is Format.CSV:
        print_table(frame(found, asked[0]), form)
        return
    print(headline(found))
    for name in asked:
        print(f"\n## {TITLES[name]}\n" if form is Format.MARKDOWN else f"\n{TITLES[name]}\n")
        print_table(frame(found, name), form)
        print()
        for note in found.notes[name]:
            print(f"- {note}" if form is Format.MARKDOWN else f"  {note}")

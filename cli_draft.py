"""`consortia draft` and `consortia generate`: where instances come from that nobody wrote by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from report.commands import fail, names_in, say_findings, write
from report.console import Exit, say

ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is there.")]


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
    rules: Annotated[str, typer.Option("--rules", help="core: the few any plan needs; full: all that a table of bodies can fill.")] = "core",
    horizon: Annotated[int | None, typer.Option("--horizon", help="Years appraised.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", help="Of the money in the table.")] = None,
    price_year: Annotated[int | None, typer.Option("--price-year", help="Year whose prices the money in the table is in.")] = None,
    title: Annotated[str, typer.Option("--title", help="Title of the instance; from the table's name unless given.")] = "",
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
        options = DraftOptions(centres=centres, nearest=nearest, horizon_years=horizon, currency=currency, price_year=price_year, title=title, rules=rules)
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


def generate(
    output: Annotated[str, typer.Option("--output", "-o", help="Folder, .xlsx or .json to write; - for JSON on standard output.")],
    bodies: Annotated[int, typer.Option("--bodies", "-n", help="How many public bodies.")] = 100,
    centres: Annotated[int, typer.Option("--centres", help="How many candidate centres.")] = 10,
    services: Annotated[str, typer.Option("--services", help="A count, or names joined by commas: finance, hr, it, payroll, procurement.")] = "4",
    seed: Annotated[int, typer.Option("--seed", help="Same recipe and seed, same instance.")] = 1,
    nearest: Annotated[int, typer.Option("--nearest", help="Only so many nearest centres a body; 0 for all.")] = 0,
    tightness: Annotated[float, typer.Option("--tightness", help="Capacity of all centres over the volume of all bodies.")] = 2.0,
    horizon: Annotated[int, typer.Option("--horizon", help="Years appraised.")] = 10,
    regions: Annotated[int, typer.Option("--regions", help="How many regions the bodies lie in.")] = 4,
    nations: Annotated[int, typer.Option("--nations", help="How many nations the regions belong to.")] = 1,
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

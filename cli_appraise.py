"""`consortia appraise`: what a plan is worth by the conventions of public money."""

from __future__ import annotations

import dataclasses
import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.schema import View
from report.commands import Format, earlier_plan, fail, load, print_table
from report.console import Exit, say

if TYPE_CHECKING:
    import pandas as pd

    from models.appraisal.appraise import PlanAppraisal


class By(StrEnum):
    """By what the figures are told apart."""

    CLUSTER = "cluster"
    BODY = "body"
    SECTOR = "sector"
    YEAR = "year"
    BODY_YEAR = "body-year"


class Key(StrEnum):
    """How the common cost of a cluster is divided among its members."""

    VOLUME = "volume"
    HEADCOUNT = "headcount"
    EQUAL = "equal"


def appraise(
    plan: Annotated[Path, typer.Argument(help="Run folder or plan.json.", metavar="PLAN")],
    instance: Annotated[str | None, typer.Option("--instance", "-i", help="Instance the plan is for; a run folder carries its own.")] = None,
    form: Annotated[Format, typer.Option("--format", "-f", help="How to print the answer.")] = Format.TABLE,
    view: Annotated[View | None, typer.Option("--view", help="Which costs count; that of the instance unless given.")] = None,
    by: Annotated[By | None, typer.Option("--by", help="Tell the figures apart.")] = None,
    key: Annotated[Key | None, typer.Option("--key", help="How members divide their cluster's common cost; that of the instance unless given.")] = None,
    horizon: Annotated[int | None, typer.Option("--horizon", help="Years appraised; those of the instance unless given.", min=1, max=500)] = None,
    wording: Annotated[str, typer.Option("--wording", help="Name the benefit-cost ratio as these words do: dft.")] = "",
) -> None:
    """Appraise a plan: worth against doing nothing and the minimum, benefit-cost ratio, payback, peak funding, in the economic and the cash view."""
    from models.appraisal.appraise import appraise as appraise_plan
    from models.appraisal.as_tables import as_dict
    from models.appraisal_tables import appraisal_tables
    from models.audit import audit
    from report.appraisal_text import appraisal_lines
    from report.formats import records

    known = tuple(appraisal_tables().ratio_names)
    if wording and wording not in known:
        fail(Exit.USAGE, f"no wording {wording!r}; there is {', '.join(known)}")
    if instance is None and not (plan.is_dir() and (plan / "instance.json").is_file()):
        fail(Exit.USAGE, f"{plan} carries no instance: name one with --instance")
    if plan.is_dir() and (plan / "run.json").is_file() and not (plan / "plan.json").exists():
        fail(Exit.NO_PLAN, f"{plan} is a run without a plan: there is nothing to appraise")
    loaded = load(instance if instance is not None else str(plan / "instance.json"))
    if horizon is not None:
        loaded = dataclasses.replace(loaded, appraisal=dataclasses.replace(loaded.appraisal, horizon_years=horizon))
    if key is Key.HEADCOUNT and (unknown := loaded.table("bodies").query("employees.isna()")["body"].tolist()):
        fail(Exit.USAGE, f"--key headcount needs bodies.employees, which {len(unknown)} bodies do not state, {unknown[0]} first")
    answer = earlier_plan(plan)
    found = audit(loaded, answer)
    if not found.ok:
        say(f"the plan breaks hard rules {len(found.breaches)} time(s), so it is no answer as it stands; see consortia audit {plan}")
    appraised = appraise_plan(loaded, answer, found, view=view, key=key)
    if form is Format.JSON:
        rows = {} if by is None else {"by": str(by), "rows": records(_table(appraised, by))}
        print(json.dumps({**as_dict(appraised), "breaches": len(found.breaches), **rows}))
    elif form is Format.TABLE and by is None:
        print("\n".join(appraisal_lines(appraised, wording)))
    else:
        print_table(_table(appraised, by), form)


def _table(appraised: PlanAppraisal, by: By | None) -> pd.DataFrame:
    from models.appraisal import as_tables
    from models.appraisal.accounts import Account

    if by is None:
        return as_tables.measure_table(appraised)
    if by is By.YEAR:
        return as_tables.year_table(appraised)
    if by is By.BODY_YEAR:
        return as_tables.body_year_table(appraised)
    return as_tables.account_table(appraised, Account(str(by)))

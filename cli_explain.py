"""`consortia explain`: why there is no plan, what each rule costs, why a body goes where it goes, why a cluster has its commercial model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from report.commands import Format, earlier_plan, fail, known_solver, load, print_table
from report.console import Exit, say

if TYPE_CHECKING:
    import threading

    from models.instance import Instance
    from solver.explain.prices import Known, RulePrice


def explain(
    instance: Annotated[str, typer.Argument(help="Instance folder, .xlsx or .json file, or - for JSON on standard input.", metavar="INSTANCE")],
    rules: Annotated[bool, typer.Option("--rules", help="What each rule in force costs: without it, and one unit looser.")] = False,
    body: Annotated[str, typer.Option("--body", help="Why this body goes where it goes.")] = "",
    models: Annotated[bool, typer.Option("--models", help="Why each cluster runs under its commercial model: every other one, by component.")] = False,
    centre: Annotated[
        str, typer.Option("--centre", help="With --body: against this centre instead of the next best one. With --models: only the cluster there.")
    ] = "",
    run: Annotated[Path | None, typer.Option("--run", help="Run folder or plan.json with the plan to explain; solved first when not given.")] = None,
    solver: Annotated[str, typer.Option("--solver", "-s", help="A back end, or auto. `consortia doctor` lists them.")] = "highs",
    time_limit: Annotated[float, typer.Option("--time-limit", "-t", help="Seconds for each solve; there may be a few dozen.", min=0.1)] = 60.0,
    weight: Annotated[list[str] | None, typer.Option("--weight", help="RULE=NUMBER: how dear it is to relax this rule, 1 by default; repeatable.")] = None,
    ways_out: Annotated[int, typer.Option("--ways-out", help="How many ways out of a conflict to list.", min=1, max=20)] = 3,
    form: Annotated[Format, typer.Option("--format", "-f", help="How to print the answer: table or json; with --models also csv or md.")] = Format.TABLE,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Explain an instance: the smallest conflict and the cheapest ways out when it has no plan; what rules cost; why a body goes where, or a cluster how."""
    from solver.interrupt import Interrupt

    with Interrupt() as interrupt:
        if form not in (Format.TABLE, Format.JSON) and not models:
            fail(Exit.USAGE, f"explain prints table or json, not {form}")
        if rules + bool(body) + models > 1:
            fail(Exit.USAGE, "--rules, --body and --models ask for different answers; give one of them")
        if centre and not (body or models):
            fail(Exit.USAGE, "--centre goes with --body or --models")
        weights = _weights(weight or [])
        loaded = load(instance)
        name = _back_end(loaded, known_solver(solver))
        if rules:
            _explain_rules(loaded, run, name, time_limit, form, interrupt.cancel, quiet=quiet)
        elif models:
            _explain_models(loaded, run, name, time_limit, form, centre, interrupt.cancel, quiet=quiet)
        elif body:
            _explain_body(loaded, run, name, time_limit, form, body, centre, quiet=quiet)
        else:
            _explain_conflict(loaded, name, time_limit, form, weights, ways_out, suffix=".csv" if Path(instance).is_dir() else "")


def _weights(pairs: list[str]) -> dict[str, float]:
    from models.findings import nearest
    from models.rules import registry

    weights = {}
    for pair in pairs:
        rule, _, text = pair.partition("=")
        if rule not in registry():
            close = nearest(rule, registry())
            fail(Exit.USAGE, f"there is no rule {rule!r}." + (f" Did you mean {close}?" if close else ""))
        try:
            weights[rule] = float(text)
        except ValueError:
            fail(Exit.USAGE, f"--weight takes RULE=NUMBER, not {pair!r}")
        if not 0.001 <= weights[rule] <= 1000:
            fail(Exit.USAGE, f"the weight of {rule} must be from 0.001 to 1000")
    return weights


def _back_end(instance: Instance, name: str) -> str:
    if name != "auto":
        return name
    from models.formulation import formulate
    from solver.auto import choose

    return choose(formulate(instance).program)[0]


def _explain_conflict(instance: Instance, solver: str, time_limit: float, form: Format, weights: dict[str, float], ways_out: int, *, suffix: str) -> None:
    from report.explanation import conflict_lines
    from solver.explain.infeasible import explain as explain_instance

    found = explain_instance(instance, solver, time_limit=time_limit, alternatives=ways_out, weights=weights)
    if form is Format.JSON:
        print(json.dumps({**found.as_dict(), "instance": instance.settings.title, "digest": instance.digest()}, indent=2))
    else:
        print("\n".join(conflict_lines(found, suffix)))
    if found.disagreement:
        fail(Exit.DISAGREEMENT, f"THE AUDIT AND THE SOLVER DISAGREE: {found.disagreement}")
    if found.feasible is None:
        raise typer.Exit(int(Exit.NO_PLAN))


def _known(instance: Instance, run: Path | None, solver: str, time_limit: float, cancel: threading.Event | None, *, quiet: bool) -> Known:
    """Return the plan to explain, with what is proven about it."""
    from models.audit import audit
    from solver.explain.prices import Known
    from solver.progress import Progress
    from solver.run_folder import stored_bound
    from solver.solve import solve

    if run is not None:
        plan = earlier_plan(run)
        found = audit(instance, plan)
        if not found.ok:
            fail(Exit.INVALID, f"the plan of {run} breaks {len(found.breaches)} rule(s) of this instance; first: {found.breaches[0].message}")
        return Known(plan, found.cost, stored_bound(run, instance.digest(), found.cost))
    with Progress(quiet=quiet) as progress:
        solved = solve(instance, solver, time_limit=time_limit, on_event=progress.event, cancel=cancel)
    if solved.disagreement:
        fail(Exit.DISAGREEMENT, solved.disagreement)
    if solved.plan is None or solved.cost is None:
        fail(Exit.NO_PLAN, f"there is no plan to explain ({solved.message or solved.stop}); consortia explain INSTANCE says why")
    return Known(solved.plan, solved.cost, solved.bound)


def _explain_rules(instance: Instance, run: Path | None, solver: str, time_limit: float, form: Format, cancel: threading.Event, *, quiet: bool) -> None:
    from models.rules import restrictions
    from report.explanation import price_lines, price_table
    from report.proof import Proof
    from solver.explain.prices import rule_prices

    known = _known(instance, run, solver, time_limit, cancel, quiet=quiet)
    tell = (lambda _what: None) if quiet else (lambda what: say(f"re-solving: {what}"))
    prices = list(rule_prices(instance, known, solver, time_limit=time_limit, on_rule=tell, cancel=cancel))
    if form is Format.JSON:
        record = {"schema_version": 1, "instance": instance.settings.title, "digest": instance.digest(), "cost": known.cost, "bound": known.bound}
        print(json.dumps({**record, "solver": solver, "rules": [one.as_dict() for one in prices]}, indent=2))
    else:
        print_table(price_table(prices), form)
        print()
        print("\n".join(price_lines(known, prices, Proof(known.bound, known.cost, restrictions(instance)).limits)))
    _shout(prices)
    if cancel.is_set():
        raise typer.Exit(int(Exit.INTERRUPTED))


def _shout(prices: list[RulePrice]) -> None:
    """Say what went wrong; a contradiction between solver and audit leaves with its own code."""
    every = [(one.rule, price) for one in prices for price in (one.without, one.looser) if price is not None]
    for rule, price in every:
        if price.trouble:
            say(f"{rule}, {price.what}: {price.trouble}")
    wrong = [(rule, price) for rule, price in every if price.disagreement]
    for rule, price in wrong:
        say(f"THE AUDIT AND THE SOLVER DISAGREE on {rule}, {price.what}: {price.disagreement}")
    if wrong:
        raise typer.Exit(int(Exit.DISAGREEMENT))


def _explain_body(instance: Instance, run: Path | None, solver: str, time_limit: float, form: Format, body: str, centre: str, *, quiet: bool) -> None:
    from report.explanation import placement_lines
    from solver.explain.placement import placement, refuse_unknown

    try:
        refuse_unknown(instance, body, centre)
    except KeyError as error:
        fail(Exit.USAGE, str(error.args[0]))
    known = _known(instance, run, solver, time_limit, None, quiet=quiet)
    found = placement(instance, known.plan, body, solver=solver, centre=centre, time_limit=time_limit)
    if form is Format.JSON:
        print(json.dumps({"schema_version": 1, "instance": instance.settings.title, "digest": instance.digest(), **found.as_dict()}, indent=2))
    else:
        print("\n".join(placement_lines(found)))


def _explain_models(
    instance: Instance, run: Path | None, solver: str, time_limit: float, form: Format, centre: str, cancel: threading.Event | None, *, quiet: bool
) -> None:
    from report.model_choices import choice_lines, choice_table
    from solver.explain.model_choice import model_choices
    from solver.explain.placement import refuse_unknown

    try:
        refuse_unknown(instance, "", centre)
    except KeyError as error:
        fail(Exit.USAGE, str(error.args[0]))
    known = _known(instance, run, solver, time_limit, cancel, quiet=quiet)
    if centre and centre not in {one.centre for one in known.plan.clusters}:
        fail(Exit.USAGE, f"{centre} is closed in this plan, so it has no commercial model")
    found = model_choices(instance, known.plan, (centre,) if centre else ())
    if form is Format.JSON:
        record = {"schema_version": 1, "instance": instance.settings.title, "digest": instance.digest(), "cost": known.cost}
        print(json.dumps({**record, "clusters": [one.as_dict() for one in found]}, indent=2))
    elif form is Format.TABLE:
        print("\n".join(choice_lines(found, instance.settings.currency)) if found else "Nothing is shared in this plan, so no commercial model is in use.")
    else:
        print_table(choice_table(found), form)

"""The one way to solve: instance in, audited plan, bound and proof out."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from models.appraisal.appraise import appraise, main_figures
from models.audit import Audit, audit
from models.formulation import Strength
from models.plan import Plan
from models.published_unit import published_unit
from models.rules import restrictions
from solver import engine, textbook
from solver.auto import choose
from solver.backends.contracts import Event, Options, Outcome, Reason
from solver.backends.judging import BEFORE_THE_SOLVER
from solver.backends.process import run_backend
from solver.backends.registry import info
from solver.beginning import Beginning, Handed, fate, handed
from solver.construct import do_nothing
from solver.floor import floor_of
from solver.judgement import Stop, believed_bound, false_proof, machine, relative_gap, stopped
from solver.preparing import Listeners, Phase, Prepared, prepare, told
from solver.pursuit import order_for

if TYPE_CHECKING:
    import threading
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from models.formulation import Formulation
    from models.instance import Instance
    from models.program import Program


@dataclass(frozen=True)
class Run:
    """What came of solving.

    Attributes
    ----------
    stop, message, raw_status
        Why it stopped: in one word, in a sentence, in the solver's own words.
    plan, cost
        The best audited plan and its net present cost with penalties; ``None`` when there is none.
    bound
        No plan of this instance costs less; whole money, rounded the safe way: the solver's, or what :func:`solver.floor.floor_of` says where that is
        higher. ``None`` when nothing is proven.
    gap
        (cost - bound) / cost, as a fraction; ``None`` without both.
    events
        Incumbents and bounds as they came.
    audit
        The audit of ``plan``.
    appraisal
        Main figures of what ``plan`` is worth, as plain values, where asked for.
    disagreement
        Empty, or how the audit and the solver contradict each other: then nothing here should be believed.
    provenance
        Everything needed to repeat the run.
    certificate
        Prices that prove a bound without any solver (``docs/certificate.md``), where the engine was used; ``bound`` may be a solver's and higher.
    """

    stop: Stop
    message: str
    raw_status: str
    plan: Plan | None
    cost: int | None
    bound: int | None
    gap: float | None
    events: tuple[Event, ...]
    audit: Audit | None
    appraisal: Mapping[str, Any] | None = None
    disagreement: str = ""
    reason: str = ""
    certificate: Mapping[str, Any] | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)


def solve(
    instance: Instance,
    solver: str = "auto",
    *,
    time_limit: float | None = None,
    gap: float = 0.0,
    threads: int = 1,
    seed: int = 0,
    memory_mb: int | None = None,
    solver_options: Mapping[str, str] | None = None,
    start: Plan | None = None,
    start_digest: str = "",
    construct: bool = True,
    appraises: bool = True,
    on_event: Callable[[Event], None] | None = None,
    on_phase: Callable[[Phase, str], None] | None = None,
    log_path: Path | None = None,
    cancel: threading.Event | None = None,
) -> Run:
    """Return the best plan found for ``instance``, audited, with what is proven about it.

    Parameters
    ----------
    instance
        The problem.
    solver
        Name of a back end; ``textbook``, which is :mod:`solver.textbook`; ``consortia`` for the engine, and a back end for the time it leaves; or
        ``auto``, which uses the engine on large programs (:mod:`solver.pursuit`) and chooses a back end by size (:mod:`solver.auto`).
    time_limit
        Seconds for construction and the solver together; ``None`` is no limit.
    gap
        Relative gap at which to stop, as a fraction; 0 asks for proof.
    threads, seed, memory_mb
        The same for every back end; memory is a hard limit on the solver's process, and on this one while the engine works in it.
    solver_options
        Passed through to the solver as they are.
    start
        A plan to start from, such as last year's.
    start_digest
        Digest of the instance for which ``start`` was made, where that is known.
    construct
        Whether to construct a plan first and start from that, unless ``start`` stands and costs less.
    appraises
        Whether to say what the plan is worth; a comparison only asks what it costs.
    on_event
        Called at each new incumbent or bound; its seconds count from the beginning of construction, time to write the program apart.
    on_phase
        Called as the run passes from building to constructing to solving, with what there is to say of it, such as what ``auto`` chose and why.
    log_path
        Where the solver's own log goes.
    cancel
        Set it to stop early and keep the best plan; it is looked at between any two steps of building, too.

    Raises
    ------
    KeyError
        When there is no such solver.
    models.findings.TooLarge
        When volumes or costs leave the range in which integers stay exact.
    """
    began = time.monotonic()
    listeners = Listeners(on_event or _unheard, on_phase or _unheard, cancel)
    naive = solver == textbook.NAME
    options = Options(time_limit, gap, threads, seed, memory_mb, {**(textbook.OPTIONS if naive else {}), **(solver_options or {})})
    order = order_for(solver, time_limit, gap, seed, threads, memory_mb)
    construct, strength = construct and not naive, textbook.STRENGTH if naive else Strength.STRONG
    prepared = prepare(instance, start, listeners, constructs=construct, time_limit=_share(time_limit), order=order, strength=strength)
    provenance = _provenance(instance, solver, options, construct, prepared)
    foreign = start_digest not in ("", instance.digest())
    if prepared.stopped:
        outcome = Outcome("cancelled", message=BEFORE_THE_SOLVER, events=prepared.first.events)
    elif prepared.exhausted:
        message = "Memory ran out" if memory_mb is None else f"The run needs more than the {memory_mb} MiB it was given"
        outcome = Outcome("limit", message=f"{message}; the best plan so far is kept.", events=prepared.first.events, reason="memory-limit")
    elif prepared.formulation is None:
        outcome, found = _without_back_end(prepared, foreign=foreign)
        provenance |= found
    else:
        outcome, found = _solved(prepared.formulation, prepared, solver, options, listeners, log_path, foreign=foreign)
        provenance |= found
    provenance["counted_s"] = round(prepared.first.seconds + outcome.seconds, 3)
    provenance["build_s"] = round(prepared.building, 3)
    provenance["time_s"] = round(time.monotonic() - began, 3)
    return _judged(instance, prepared, outcome, gap, provenance, appraises=appraises)


def _without_back_end(prepared: Prepared, *, foreign: bool) -> tuple[Outcome, dict[str, Any]]:
    """Return what the engine alone came to."""
    assert prepared.pursuit is not None
    pursuit, first = prepared.pursuit, prepared.first
    given = fate(first, Handed(None), "none", foreign=foreign)
    record = {"chosen": "", "given": given, "solve_s": round(pursuit.seconds, 3), "peak_memory_mb": _own_memory()}
    stop: Literal["proved", "limit"] = "proved" if pursuit.proved else "limit"
    reason: Reason = "" if pursuit.proved else "time-limit"
    message = "" if pursuit.proved else "The time limit was reached."
    return Outcome(stop, message=message, bound=pursuit.bound, events=first.events, reason=reason), record


def _own_memory() -> float:
    """Return the most memory this process has used, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _solved(
    formulation: Formulation, prepared: Prepared, solver: str, options: Options, listeners: Listeners, log_path: Path | None, *, foreign: bool
) -> tuple[Outcome, dict[str, Any]]:
    """Let a back end at the program; return what came of it and what is worth recording of it."""
    program, limit, first, pursuit = formulation.program, options.time_limit, prepared.first, prepared.pursuit
    begun, floor = handed(first, formulation), floor_of(program)
    if pursuit is not None and pursuit.bound is not None:
        floor = max(floor, pursuit.bound)
    name, why = _back_end(program, solver)
    listeners.phase(Phase.SOLVING, f"{solver} takes {name}: {why}" if solver in ("auto", engine.NAME) else "")
    outcome = run_backend(
        program,
        name,
        replace(options, time_limit=None if limit is None else max(0.0, limit - first.seconds)),
        start=begun.values,
        on_event=lambda event: listeners.event(told(event, first.seconds, floor)),
        log_path=log_path,
        cancel=listeners.cancel,
    )
    record = {
        "solver": name,
        "solver_version": outcome.version,
        "chosen": why,
        "effective_options": dict(outcome.effective),
        "start_use": outcome.start_use,
        "given": fate(first, begun, outcome.start_use, foreign=foreign),
        "floor": floor,
        "columns": program.columns,
        "rows": program.rows,
        "nonzeros": program.nonzeros,
        "solve_s": round(outcome.seconds, 3),
        "peak_memory_mb": outcome.peak_memory_mb,
    }
    if solver == textbook.NAME:
        record = {**record, "solver": solver, "back_end": name, "back_end_version": outcome.version}
    if pursuit is not None:
        # What was asked for is the engine; the back end had the time it left.
        asked = {"solver": engine.NAME, "solver_version": pursuit.record["solver_version"]}
        record = {**record, **asked, "back_end": name, "back_end_version": outcome.version}
    return replace(outcome, events=(*first.events, *(told(event, first.seconds, floor) for event in outcome.events))), record


def _back_end(program: Program, solver: str) -> tuple[str, str]:
    """Return which back end ``solver`` comes to for ``program``, and why."""
    if solver in ("auto", engine.NAME):
        return choose(program)
    return (textbook.BACK_END, textbook.WHY) if solver == textbook.NAME else (info(solver).name, "asked for")


def _share(time_limit: float | None) -> float | None:
    """Return how long construction may take: half of the limit, so that the solver has its share."""
    return None if time_limit is None else time_limit / 2


def _unheard(*_told: object) -> None:
    """Take in what nobody wants to know of."""


def _provenance(instance: Instance, solver: str, options: Options, construct: bool, prepared: Prepared) -> dict[str, Any]:
    """Return what is known of a run before a back end begins."""
    first, pursuit, unit = prepared.first, prepared.pursuit, published_unit(instance.settings)
    asked = {name: getattr(options, name) for name in ("time_limit", "gap", "threads", "seed", "memory_mb")}
    return {
        "instance": instance.settings.title,
        "digest": instance.digest(),
        "published": None if unit is None else unit.as_dict(),
        "proven_within": list(restrictions(instance)),
        "solver": solver,
        "options": {**asked, "construct": construct, **options.solver_options},
        "start": first.name,
        "construct_s": round(first.seconds - (0.0 if pursuit is None else pursuit.seconds), 3),
        "construct_cost": None if first.constructed is None else first.constructed.cost,
        "machine": machine(),
        **({} if pursuit is None else pursuit.record),
    }


def _judged(instance: Instance, prepared: Prepared, outcome: Outcome, asked_gap: float, provenance: dict[str, Any], *, appraises: bool) -> Run:
    """Audit what the solver returned and keep the best plan that stands, those there were before and carrying on as today included."""
    plan, found, disagreement = _audited(instance, prepared.formulation, outcome)
    if not disagreement:
        plan, found, source = _best(instance, plan, found, prepared.first)
        provenance["plan_from"] = source
        disagreement = _contradiction(plan, found, source, outcome)
    cost = None if found is None else found.cost
    bound = believed_bound(outcome, cost, provenance.get("floor"))
    gap = relative_gap(cost, bound)
    stop = stopped(outcome, gap, asked_gap, disagreement)
    finished = stop is Stop.PROVED and outcome.stop == "limit"
    return Run(
        stop=stop,
        # The plan there was meets the bound: the limit at which the solver stopped kept nothing back.
        message="" if finished else outcome.message,
        raw_status=outcome.raw_status,
        plan=plan,
        cost=cost,
        bound=bound,
        gap=gap,
        events=outcome.events,
        audit=found,
        appraisal=main_figures(appraise(instance, plan, found)) if appraises and plan is not None and found is not None else None,
        disagreement=disagreement,
        reason="" if finished else outcome.reason,
        certificate=None if prepared.pursuit is None else prepared.pursuit.certificate,
        provenance=provenance,
    )


def _audited(instance: Instance, formulation: Formulation | None, outcome: Outcome) -> tuple[Plan | None, Audit | None, str]:
    """Return the solver's plan, its audit, and how the two contradict each other."""
    disagreement = outcome.message if outcome.reason == "lied" else ""
    if formulation is None or outcome.values is None:
        return None, None, disagreement
    plan = formulation.plan(outcome.values)
    found = audit(instance, plan)
    return plan, found, disagreement or _disagreement(found, _least_cost(formulation, plan, outcome.values))


def _least_cost(formulation: Formulation, plan: Plan, values: NDArray[np.int64]) -> int:
    """Return what the program makes of the solver's plan: a solver stopped midway may leave slack it need not pay for, which is no part of the plan."""
    program, tight = formulation.program, formulation.values(plan)
    claimed = program.objective(values)
    return claimed if program.violations(tight) else min(claimed, program.objective(tight))


def _contradiction(plan: Plan | None, found: Audit | None, source: str, outcome: Outcome) -> str:
    """Return how a claim of the solver contradicts the best plan there is; empty when it does not."""
    if outcome.stop == "infeasible" and plan is not None:
        return f"the solver claims that no plan is feasible, yet an audited plan ({source}) stands"
    if found is not None and found.ok:
        return false_proof(found.cost, outcome, "an audited plan")
    return ""


def _best(instance: Instance, plan: Plan | None, found: Audit | None, first: Beginning) -> tuple[Plan | None, Audit | None, str]:
    best, best_audit, source = plan, found, "solver" if plan is not None else ""
    others = first.audited
    if first.constructed is None:
        today = do_nothing(instance)
        others = (*others, ("do nothing", today, audit(instance, today)))
    for name, other, other_audit in others:
        # A solver that only hands its start back has found nothing.
        better = best_audit is None or not best_audit.ok or other_audit.cost < best_audit.cost
        if other == best or (other_audit.ok and better):
            best, best_audit, source = other, other_audit, name
    return best, best_audit, source


def _disagreement(found: Audit, solver_cost: int) -> str:
    if found.breaches:
        return f"the solver's plan breaks {len(found.breaches)} rules; first: {found.breaches[0].message}"
    if found.cost != solver_cost:
        return f"the audit finds a cost of {found.cost}, the solver's program {solver_cost}"
    return ""

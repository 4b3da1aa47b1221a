"""Every plan of a very small instance, one by one, judged by the audit alone: what a solver's optimum is held against."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from models.arrays import InstanceArrays, instance_arrays
from models.audit import Audit, audit
from models.formulation import formulate
from models.instance import Instance
from models.plan import Assignment, Cluster, Plan
from models.program import UNBOUNDED
from models.schema import Form


def every_plan(instance: Instance) -> Iterator[Plan]:
    """Yield every plan without idle clusters: who is served where, models, bands, owners and leads in every combination."""
    arrays = instance_arrays(instance)
    units = [(arrays.bodies[body], arrays.services[service]) for body, service in zip(arrays.unit_body, arrays.unit_service, strict=True)]
    for served_at in itertools.product(["", *arrays.centres], repeat=len(units)):
        members: dict[str, set[tuple[str, str]]] = {}
        for unit, centre in zip(units, served_at, strict=True):
            if centre:
                members.setdefault(centre, set()).add(unit)
        assignments = tuple(Assignment(body, service, centre) for (body, service), centre in zip(units, served_at, strict=True))
        for clusters in itertools.product(*(list(clusters_of(arrays, centre, served)) for centre, served in sorted(members.items()))):
            yield Plan(clusters, assignments)


def standing(instance: Instance) -> Iterator[tuple[Plan, Audit]]:
    """Yield the plans that stand, each with its audit."""
    arrays = instance_arrays(instance)
    judged = ((plan, audit(instance, plan, arrays)) for plan in every_plan(instance))
    return ((plan, found) for plan, found in judged if found.ok)


_MAY_SAVE = frozenset({"tender"})
"""Rules that may make a plan cheaper: a contract below the threshold saves what procuring it costs."""


def cheapest(instance: Instance, *, complete: bool = False) -> tuple[Plan, Audit] | None:
    """Return the cheapest plan that stands and its audit; ``None`` when none stands.

    A rule that is asked for only takes plans away and adds to what they cost, so plans are gone through in the order of their cost without it, as far as
    they may still be the cheapest; ``complete`` lists them all afresh, as it has to be where a rule saves money.
    """
    if complete or any(setting.name in _MAY_SAVE for setting in instance.rules):
        return min(standing(instance), key=lambda one: one[1].cost, default=None)
    arrays, best = instance_arrays(instance), None
    for cost, plan in _without_rules(instance):
        if best is not None and cost >= best[1].cost:
            break
        found = audit(instance, plan, arrays)
        assert not found.ok or found.cost >= cost, "no rule makes a plan cheaper"
        if found.ok and (best is None or found.cost < best[1].cost):
            best = plan, found
    return best


_LISTED: dict[str, list[tuple[int, Plan]]] = {}


def _without_rules(instance: Instance) -> list[tuple[int, Plan]]:
    """Return the plans that stand when no rule is asked for, cheapest first; rules are tried by the dozen on the same tables."""
    free = replace(instance, rules=())
    if free.digest() not in _LISTED:
        _LISTED[free.digest()] = sorted(((found.cost, plan) for plan, found in standing(free)), key=lambda one: one[0])
    return _LISTED[free.digest()]


def clusters_of(arrays: InstanceArrays, centre: str, served: set[tuple[str, str]]) -> Iterator[Cluster]:
    """Yield every way to run a centre that serves these units: model, bands, lead and owners."""
    position = arrays.centre_position[centre]
    bodies = sorted({body for body, _ in served})
    services = sorted({service for _, service in served})
    bands = [_bands(arrays, position, arrays.service_position[service]) for service in services]
    for model, form in zip(arrays.commercial_models, arrays.model_form, strict=True):
        if not arrays.centre_allows[position, arrays.model_position[model]]:
            continue
        for chosen in itertools.product(*bands):
            for lead, owners in _control(form, bodies):
                yield Cluster(centre, model, lead, owners, dict(zip(services, chosen, strict=True)))


def _bands(arrays: InstanceArrays, centre: int, service: int) -> list[str]:
    return [name for at, of, name in zip(arrays.band_centre, arrays.band_service, arrays.band_name, strict=True) if at == centre and of == service]


def _control(form: Form, bodies: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield (lead, owners) as the form may have them."""
    if form is Form.UNITARY:
        yield from ((body, (body,)) for body in bodies)
        return
    for size in range(1, len(bodies) + 1):
        for owners in itertools.combinations(bodies, size):
            if form is Form.JOINT_COMMITTEE:
                yield from ((lead, owners) for lead in owners)
            else:
                yield "", owners


def optimum(program):
    """Return (values, cost) of an optimal plan of a program, or ``None`` when it has none."""
    if not program.rows:
        values = np.where(program.cost < 0, program.upper, program.lower)
        return values, program.objective(values)
    rows = LinearConstraint(program.matrix.astype(float), _open(program.row_lower), _open(program.row_upper))
    found = milp(
        program.cost.astype(float),
        constraints=[rows],
        integrality=np.ones(program.columns),
        bounds=Bounds(program.lower.astype(float), program.upper.astype(float)),
        options={"mip_rel_gap": 0.0},
    )
    if found.x is None:
        assert found.status == 2, found.message
        return None
    values = np.rint(found.x).astype(np.int64)
    assert not program.violations(values)
    return values, program.objective(values)


def program_optimum(instance: Instance) -> int | None:
    """Return the optimal cost of the instance's program by SciPy's solver, after holding the plan's audit against it; ``None`` when infeasible.

    Quicker than a back end in its own process, so that hundreds of instances can be tried; back ends are held against each other elsewhere.
    """
    formulation = formulate(instance)
    program = formulation.program
    found = optimum(program)
    if found is None:
        return None
    values, _ = found
    plan = formulation.plan(values)
    judged = audit(instance, plan)
    assert judged.ok, judged.breaches
    assert judged.cost == program.objective(values)
    filled = formulation.values(plan)
    assert not program.violations(filled), "a plan that stands must satisfy the rows, with the blocks of rules filled from it"
    assert program.objective(filled) == judged.cost
    return judged.cost


def _open(limits: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(np.abs(limits) >= UNBOUNDED, np.copysign(np.inf, limits), limits.astype(float))


def held_against_every_plan(instance: Instance, *, complete: bool = False) -> int | None:
    """Return the optimal cost, found alike by the program and by listing the plans as in :func:`cheapest`; fail when they differ."""
    best = cheapest(instance, complete=complete)
    optimum = program_optimum(instance)
    assert optimum == (None if best is None else best[1].cost)
    return optimum

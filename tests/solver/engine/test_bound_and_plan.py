"""On thousands of tiny instances: no bound above the optimum, no plan below it, every plan audited, every bound the certificate's own.

The suite tries some hundreds; ``CONSORTIA_CASES=3000`` tries as many of each kind.
"""

from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

pytest.importorskip("numba")

from models.audit import audit
from models.candidates import Candidates
from models.formulation import eligible, formulate_candidates
from models.instance import Instance
from models.rules import ActiveRule, active_rules
from solver.engine.certificate import certified_bound
from solver.engine.certificate_file import certificate_record, proven_by
from solver.engine.run import Engine, run_engine, start_engine
from solver.engine.single_source.structure import Structure, structure_of
from tests import enumeration, oracle
from tests.small_instances import first_valid
from tests.solver.engine.drawn import published, ruled

CASES = int(os.environ.get("CONSORTIA_CASES", "0"))
SUITE = {"ruled": 60, "listed": 30, "single source": 60}

pytestmark = pytest.mark.timeout(0 if CASES else 300)


@dataclass(frozen=True)
class Laid:
    """An instance with what an engine starts from."""

    instance: Instance
    candidates: Candidates
    active: tuple[ActiveRule, ...]

    @property
    def structure(self) -> Structure | None:
        return structure_of(self.candidates, self.active)


class After(threading.Event):
    """Is set once it has been looked at so many times: a run is cancelled anywhere, and the same anywhere again."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self._left = looks

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0


def laid(instance: Instance) -> Laid:
    active = tuple(active_rules(instance))
    return Laid(instance, eligible(instance, active), active)


def ran(one: Laid, seed: int, structure: Structure | None = None) -> tuple[Engine, bool]:
    """Return the engine after its end, or cancelled at some moment, most often early; and whether it was."""
    draw = np.random.default_rng([seed, 3])
    cancel = After(int(draw.choice([0, 1, 2, 3, 5, 8, 15, 40, 100]))) if draw.random() < 0.8 else None
    gap = float(draw.choice([0.0, 0.0, 0.03]))
    engine = start_engine(
        one.instance, one.candidates, one.active, structure,
        seconds=None, gap=gap, seed=seed, told=lambda _event: None, cancel=cancel, threads=1 + seed // 2 % 2,
    )  # fmt: skip
    return run_engine(engine), cancel is not None and cancel.is_set()


def hold(one: Laid, engine: Engine, optimum: float, *, written: bool) -> None:
    """Fail unless bounds and plans stand on their sides of the optimum, and are what they claim to be."""
    bounds = [event.bound for event in engine.events if event.bound is not None]
    costs = [event.cost for event in engine.events if event.cost is not None]
    assert bounds == sorted(bounds)
    assert costs == sorted(costs, reverse=True)
    assert all(bound <= optimum for bound in bounds)
    assert all(cost >= optimum for cost in costs)
    assert engine.bound is None or engine.bound <= optimum <= engine.cost
    if engine.plan is None:
        assert engine.cost == math.inf
    else:
        judged = audit(one.instance, engine.plan)
        assert judged.ok, judged.breaches
        assert judged.cost == engine.cost
    if engine.certificate is not None:
        assert certified_bound(engine.relaxation, engine.certificate) == engine.certified <= engine.bound
        if written:
            record = certificate_record(one.instance, engine.prepared.layout, engine.certificate, engine.certified)
            assert proven_by(one.instance, json.loads(json.dumps(record))) == engine.certified


def program_optimum(one: Laid) -> float:
    """Return the least cost of the instance's program by SciPy's solver, infinite when there is no plan; the program is held against listings elsewhere."""
    found = enumeration.optimum(formulate_candidates(one.candidates, one.active).program)
    return math.inf if found is None else found[1]


def hold_all(kind: str, cases: Callable[[int], tuple[Laid, float] | None], single: bool = False) -> list[tuple[float, float, bool]]:
    """Hold every case, and tell all that fail at once; return optimum, bound and whether each was cancelled."""
    held, wrong = [], []
    for seed in range(CASES or SUITE[kind]):
        one, optimum = cases(seed)
        for structure in (one.structure, None) if single else (None,):
            engine, cancelled = ran(one, seed, structure)
            try:
                hold(one, engine, optimum, written=seed % 5 == 0)
                # Of costs beyond some 2^28 the search counts only so many digits.
                near = engine.proved or engine.cost - (engine.bound or 0) <= 1e-7 * engine.cost
                assert structure is None or cancelled or optimum == math.inf or near, "the search ended with neither proof nor a stop"
            except (AssertionError, ArithmeticError) as error:
                wrong.append((seed, "searched" if structure else "climbed", optimum, engine.bound, engine.cost, str(error)[:200]))
            held.append((optimum, -math.inf if engine.bound is None else engine.bound, cancelled))
    assert not wrong, f"{len(wrong)} of {len(held)}: {wrong}"
    return held


def test_under_random_rules_hard_and_soft() -> None:
    def case(seed: int) -> tuple[Laid, float]:
        one = laid(ruled(seed))
        return one, program_optimum(one)

    held = hold_all("ruled", case)
    finite = [optimum for optimum, _, _ in held if optimum < math.inf]
    assert len(held) / 2 < len(finite) < len(held), "most have a plan, some have none"
    assert 0 < sum(cancelled for *_, cancelled in held) < len(held)


def test_against_an_optimum_listed_without_any_of_the_program() -> None:
    drawn = list(first_valid(CASES or SUITE["listed"]).values())
    hold_all("listed", lambda seed: (laid(drawn[seed]), oracle.optimum(drawn[seed])))


def test_single_source_by_the_search_and_by_prices() -> None:
    def case(seed: int) -> tuple[Laid, float]:
        one = laid(published(seed))
        assert one.structure is not None, seed
        return one, program_optimum(one)

    held = hold_all("single source", case, single=True)
    assert any(optimum == math.inf for optimum, *_ in held)
    assert any(optimum == bound for optimum, bound, _ in held)

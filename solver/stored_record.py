"""Hold the record of a run (`run.json`, and its copy in `plan.json`) against what is recomputed from instance and plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from models.appraisal.appraise import appraise, main_figures
from models.plan_view import Breach
from models.published_unit import published_unit
from solver.judgement import PROOF_TOLERANCE, Stop, relative_gap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.audit import Audit
    from models.instance import Instance
    from models.plan import Plan

_WORDS = frozenset({"notes", "message", "source", "mark"})
"""Keys that hold the program's own sentences, which another version may word otherwise."""
ABSENT = object()


def expected_figures(instance: Instance, plan: Plan, found: Audit) -> dict[str, Any]:
    """Return what a record must say of ``plan``: every key that follows from instance and plan alone, sentences left out."""
    unit = published_unit(instance.settings)
    expected = {
        "digest": instance.digest(),
        "cost": found.cost,
        "do_nothing_cost": found.do_nothing_cost,
        "saving": found.saving,
        "penalty": found.penalty,
        "components": found.by_component(),
        "worse_off": found.shares.as_dict(),
        "appraisal": main_figures(appraise(instance, plan, found)),
        "audit": found.as_dict()["audit"],
        "clusters": len(plan.clusters),
        **({} if unit is None else {"published_cost": unit.number(found.cost), "money_scale": unit.money_scale}),
    }
    return dict(_wordless(json.loads(json.dumps(expected))))


def record_breaches(name: str, record: Mapping[str, Any], expected: Mapping[str, Any], asked_gap: float | None) -> list[Breach]:
    """Return how ``record``, which file ``name`` holds, differs from ``expected``, and where its words of proof do not follow from its figures.

    ``asked_gap`` is the relative gap the run was asked for; ``None`` when that is not known.
    """
    breaches = []
    for key, right in expected.items():
        breaches += _value_breaches(name, key, record.get(key, ABSENT), right, _rule(key))
    return breaches + _proof_breaches(name, record, int(expected["cost"]), asked_gap)


def _rule(key: str) -> str:
    return {"digest": "stored-digest", "appraisal": "stored-appraisal", "audit": "stored-audit", "clusters": "stored-clusters"}.get(key, "stored-cost")


def _value_breaches(name: str, key: str, stored: Any, right: Any, rule: str) -> list[Breach]:
    """Compare one value with what it should be, going into objects, so that each breach names the figure that is wrong."""
    if stored is ABSENT:
        # Components that cost nothing are left out, so one that is absent says that it costs nothing.
        return [Breach(rule if key.startswith("components.") else "stored-missing", f"{name} lacks {key}")]
    if isinstance(right, dict) and isinstance(stored, dict):
        breaches = [Breach(rule, f"{name} says {key}.{one}, which is not so") for one in sorted(stored.keys() - right.keys() - _WORDS)]
        for one, value in right.items():
            breaches += _value_breaches(name, f"{key}.{one}", stored.get(one, ABSENT), value, rule)
        return breaches
    stored = _wordless(stored)
    if _same(stored, right):
        return []
    if rule == "stored-digest":
        return [Breach(rule, f"{name} was made for instance {stored}, this is {right}")]
    amount = max(1, abs(stored - right)) if isinstance(stored, int) and isinstance(right, int) else 1
    return [Breach(rule, f"{name} says {key} {stored!r}, recomputed {right!r}", amount)]


def _proof_breaches(name: str, record: Mapping[str, Any], cost: int, asked_gap: float | None) -> list[Breach]:
    bound, gap, stop = (record.get(key, ABSENT) for key in ("bound", "gap", "stop"))
    breaches = [Breach("stored-missing", f"{name} lacks {key}") for key, value in (("bound", bound), ("gap", gap), ("stop", stop)) if value is ABSENT]
    if breaches:
        return breaches
    if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int)):
        return [Breach("stored-bound", f"{name} says bound {bound!r}, which is not whole money")]
    if bound is not None and bound > cost:
        breaches.append(Breach("stored-bound", f"{name} claims no plan costs less than {bound}, but this one costs {cost}", bound - cost))
    follows = relative_gap(cost, bound)
    if not _same(gap, follows):
        breaches.append(Breach("stored-bound", f"{name} says gap {gap!r}; its bound and the recomputed cost make that {follows!r}"))
    contradiction = _stop_contradiction(stop, follows, asked_gap)
    if contradiction:
        breaches.append(Breach("stored-stop", f"{name} says that the run stopped with {stop!r}, {contradiction}"))
    return breaches


def _stop_contradiction(stop: Any, gap: float | None, asked_gap: float | None) -> str:
    if stop not in set(Stop):
        return "which is no way to stop"
    if stop == Stop.INFEASIBLE:
        return "yet there is a plan"
    if asked_gap is None:
        return ""
    proved = gap is not None and gap <= asked_gap + PROOF_TOLERANCE
    if stop == Stop.PROVED and not proved:
        return "but its gap is not within the one asked for"
    if stop == Stop.LIMIT and proved:
        return "but its gap is within the one asked for"
    return ""


def _wordless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _wordless(one) for key, one in value.items() if key not in _WORDS}
    return [_wordless(one) for one in value] if isinstance(value, list) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(stored: Any, right: Any) -> bool:
    """Tell whether two values are equal; a truth value or a text is never a number."""
    if isinstance(stored, dict) and isinstance(right, dict):
        return stored.keys() == right.keys() and all(_same(stored[key], right[key]) for key in right)
    if isinstance(stored, list) and isinstance(right, list):
        return len(stored) == len(right) and all(map(_same, stored, right))
    return _is_number(stored) == _is_number(right) and bool(stored == right) and isinstance(stored, bool) == isinstance(right, bool)

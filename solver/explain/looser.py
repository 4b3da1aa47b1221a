"""The same instance with one rule a unit looser, and what makes one setting looser than another."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.findings import InvalidInstance
from models.formulation import formulate, formulate_candidates
from models.instance import RuleSetting
from models.program import UNBOUNDED, Program
from models.rules import ActiveRule, active_rules
from solver.explain.opening import open_candidates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.candidates import Candidates
    from models.formulation import Formulation
    from models.instance import Instance
    from models.rules import Parameter

_HUNDREDTH = 0.01
"""A unit of a share."""
_DATA_STEPS = {"security": ("bodies", "security_level", -1), "distance": ("services", "distance_limit_km", 1), "capacity": ("bands", "capacity", 1)}
"""Always-on rules whose limits stand in a table: the column, and the step that loosens it."""
_RISES_WITH = {"capacity": "utilisation-floor"}
"""Rules whose limits another rule takes a share of."""
_HOW_PLANS_ARE_COUNTED = "it forbids no plan and says how plans are counted; without it they are counted otherwise"


@dataclass(frozen=True)
class Variant:
    """A problem that allows all that another one allows and perhaps more, unless it has a caveat.

    Attributes
    ----------
    what
        What was loosened, in words.
    formulation
        Its program.
    judge_by
        The instance by which its plans are audited.
    forgiven
        The rule whose breaches that audit must overlook, empty for none.
    caveat
        Why it is no relaxation all the same, so that plans may also cost more in it; empty when it is one.
    """

    what: str
    formulation: Formulation
    judge_by: Instance
    forgiven: str = ""
    caveat: str = ""


def without(instance: Instance, name: str) -> Variant:
    """Return the variant in which a rule in force does not hold."""
    active = active_rules(instance)
    others = [one for one in active if one.rule.name != name]
    candidates = open_candidates(instance, active, frozenset({name}))
    formulation = formulate_candidates(candidates, others)
    asked = tuple(setting for setting in instance.rules if setting.name != name)
    rule = next(one.rule for one in active if one.rule.name == name)
    caveat = _HOW_PLANS_ARE_COUNTED if rule.definition else ""
    return Variant("without it", formulation, dataclasses.replace(instance, rules=asked), name if rule.always else "", caveat)


def one_unit_looser(instance: Instance, name: str) -> Variant | None:
    """Return the variant in which a rule is one unit looser; ``None`` when the rule is kept or broken and nothing between.

    A rule with a parameter has its first one that can be loosened changed by one unit (a share by 0.01); one whose limits stand in a table has
    each of them changed by one; any other rule with degrees has each of its limits passed by one.
    """
    active = next(one for one in active_rules(instance) if one.rule.name == name)
    if name in _DATA_STEPS:
        table, column, step = _DATA_STEPS[name]
        changed = (instance.tables[table][column] + step).clip(lower=0)
        variant = instance.replace(**{table: instance.tables[table].assign(**{column: changed})})
        return Variant(f"{table}.{column} {step:+d} everywhere", formulate(variant), variant, caveat=_rising(instance, name))
    by_parameter = _by_parameter(instance, active)
    if by_parameter is not None:
        return by_parameter
    return _by_limits(instance, active) if active.rule.soft else None


def _rising(instance: Instance, name: str) -> str:
    """Say which rule in force takes a share of what a step changes, so that it asks for more as soon as there is more."""
    rising = _RISES_WITH.get(name)
    if rising not in {one.rule.name for one in active_rules(instance)}:
        return ""
    return f"rule {rising} asks for a share of it, which rises with it"


def _by_parameter(instance: Instance, active: ActiveRule) -> Variant | None:
    name = active.rule.name
    candidates = open_candidates(instance, active_rules(instance), frozenset({name}))
    for parameter in active.rule.parameters:
        value = active.parameters[parameter.name]
        if parameter.text or not isinstance(value, int | float):
            continue
        direction = _loosening(candidates, active, parameter)
        changed = round(value + direction * (1 if parameter.whole else _HUNDREDTH), 6)
        looser = _set(active, parameter, changed)
        if not direction or not parameter.minimum <= changed <= parameter.maximum or not is_looser(candidates, active, looser):
            continue
        setting = RuleSetting(name, dict(looser.parameters), active.penalty)
        try:
            variant = instance.replace(rules=(*(one for one in instance.rules if one.name != name), setting))
        except InvalidInstance:
            continue
        return Variant(f"{parameter.name} {value:g} -> {changed:g}", formulate(variant), variant)
    return None


def _loosening(candidates: Candidates, active: ActiveRule, parameter: Parameter) -> int:
    """Return 1 when more of a parameter is looser, -1 when less is, 0 when neither plainly is.

    Judged at the ends of its range, because one unit may change nothing that rounding leaves.
    """
    for direction, end in ((1, parameter.maximum), (-1, parameter.minimum)):
        loosest = _set(active, parameter, end)
        if is_looser(candidates, active, loosest) and not is_looser(candidates, loosest, active):
            return direction
    return 0


def _set(active: ActiveRule, parameter: Parameter, value: float) -> ActiveRule:
    whole = int(value) if parameter.whole else float(value)
    return dataclasses.replace(active, parameters={**active.parameters, parameter.name: whole})


def _by_limits(instance: Instance, active: ActiveRule) -> Variant:
    formulation = formulate(instance)
    program = formulation.program
    own = np.flatnonzero(program.row_tag == program.tags.index(active.rule.name))
    own = own[own.shape[0] - active.rule.rows(formulation.columns, active.parameters).lower.shape[0] :]
    below, above = program.row_lower.copy(), program.row_upper.copy()
    below[own[below[own] > -UNBOUNDED]] -= 1
    above[own[above[own] < UNBOUNDED]] += 1
    looser = dataclasses.replace(formulation, program=dataclasses.replace(program, row_lower=below, row_upper=above))
    return Variant("each limit passed by one", looser, instance, active.rule.name)


def is_looser(candidates: Candidates, tight: ActiveRule, loose: ActiveRule) -> bool:
    """Tell whether ``loose`` plainly allows whatever ``tight`` allows: judged row by row and test by test, so ``False`` may also mean "not plain".

    ``candidates`` must be those that the rule itself leaves alone. All columns run from 0, so a row ``a x <= b`` is no tighter when no entry of
    ``a`` grew and ``b`` did not shrink.
    """
    one, other = (formulate_candidates(candidates, [dataclasses.replace(rule, penalty=None)]).program for rule in (tight, loose))
    if one.matrix.shape != other.matrix.shape or bool((other.upper < one.upper).any()) or not _rows_no_tighter(one, other):
        return False
    return all(bool((after | ~before).all()) for before, after in zip(_tested(candidates, tight), _tested(candidates, loose), strict=True))


def _rows_no_tighter(one: Program, other: Program) -> bool:
    grown = (other.matrix - one.matrix).tocsr()
    row = np.repeat(np.arange(one.rows, dtype=np.int64), np.diff(grown.indptr))
    above, below = one.row_upper < UNBOUNDED, one.row_lower > -UNBOUNDED
    return not bool(
        ((grown.data > 0) & above[row]).any()
        or ((grown.data < 0) & below[row]).any()
        or (other.row_upper < one.row_upper).any()
        or (other.row_lower > one.row_lower).any()
    )


def _tested(candidates: Candidates, one: ActiveRule) -> Sequence[np.ndarray[Any, np.dtype[np.bool_]]]:
    rule, arrays = one.rule, candidates.arrays
    found = []
    if rule.body_centre_test is not None:
        found.append(rule.body_centre_test(arrays, candidates.member_body, candidates.option_centre[candidates.member_option], one.parameters))
    if rule.option_test is not None:
        found.append(rule.option_test(arrays, candidates.option_centre, candidates.option_model, one.parameters))
    if rule.served_test is not None:
        option = candidates.pair_option
        found.append(rule.served_test(arrays, candidates.pair_unit, candidates.option_centre[option], candidates.option_model[option], one.parameters))
    return found

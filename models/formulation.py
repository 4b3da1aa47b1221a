"""Candidates and rules to the integer program, once, for every solver; and a solver's values back to a plan."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from models.candidates import Candidates, build_candidates
from models.columns import Columns
from models.plan import Assignment, Cluster, Plan
from models.program import UNBOUNDED, Program
from models.rules import ActiveRule, active_rules, body_centre_tests, served_tests
from models.rules.base import Rows, relaxed, stack
from models.schema import Form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from models.instance import Instance


class Strength(StrEnum):
    """How rows that link a decision to what it needs are written.

    ``STRONG`` writes one row a decision. ``AGGREGATED`` adds them up by option, as textbooks do: fewer rows, the same plans, a weaker relaxation;
    it exists to be compared with.
    """

    STRONG = "strong"
    AGGREGATED = "aggregated"


@dataclass(frozen=True)
class Formulation:
    """An instance's program with what is needed to read its values: ``slack_rule`` names the soft rule of each slack column."""

    program: Program
    columns: Columns
    slack_rule: tuple[str, ...]

    def plan(self, values: NDArray[np.int64]) -> Plan:
        """Return the plan that integer ``values`` (columns,) stand for."""
        return _plan(self.columns, values)

    def values(self, plan: Plan) -> NDArray[np.int64]:
        """Return the values (columns,) of ``plan``, slacks at what they must be; parts of it that are not eligible are left at 0."""
        from models.plan_values import plan_values

        return plan_values(self, plan)


def formulate(instance: Instance, *, strength: Strength = Strength.STRONG) -> Formulation:
    """Return the integer program of ``instance``.

    Raises
    ------
    models.findings.TooLarge
        When volumes or costs leave the range in which integers stay exact.
    """
    active = active_rules(instance)
    return formulate_candidates(eligible(instance, active), active, name=instance.settings.title or "consortia", strength=strength)


def eligible(instance: Instance, active: Sequence[ActiveRule]) -> Candidates:
    """Return everything that may be decided in ``instance`` under the rules in force."""
    return build_candidates(instance, body_centre_tests(active), served_tests(active))


def formulate_candidates(candidates: Candidates, active: Sequence[ActiveRule], *, name: str = "consortia", strength: Strength = Strength.STRONG) -> Formulation:
    """Return the integer program of ``candidates`` under the rules in force."""
    columns = Columns(candidates)
    blocks, tags, slack_cost, slack_upper, slack_rule = [], [], [], [], []
    slacks = 0
    for number, one in enumerate(active):
        block = one.rule.rows(columns, one.parameters)
        if one.penalty is not None:
            soft = relaxed(block, columns.count + slacks)
            block = soft.rows
            slack_cost.append(np.full(soft.slack_upper.shape, one.penalty, dtype=np.int64))
            slack_upper.append(soft.slack_upper)
            slack_rule += [one.rule.name] * soft.slack_upper.shape[0]
            slacks += soft.slack_upper.shape[0]
        elif strength is Strength.AGGREGATED:
            block = _aggregated(block, columns)
        blocks.append(block)
        tags.append(np.full(block.lower.shape, number, dtype=np.int32))
    every = stack(blocks)
    program = Program(
        cost=np.concatenate([columns.cost, *slack_cost]),
        lower=np.zeros(columns.count + slacks, dtype=np.int64),
        upper=np.concatenate([np.ones(columns.count, dtype=np.int64), *slack_upper]),
        row_tag=np.concatenate([np.zeros(0, dtype=np.int32), *tags]),
        tags=tuple(one.rule.name for one in active),
        name=name,
        matrix=_matrix(every, columns.count + slacks),
        row_lower=every.lower,
        row_upper=every.upper,
    )
    program.check_range()
    return Formulation(program, columns, tuple(slack_rule))


def _matrix(block: Rows, columns: int) -> csr_array:
    from scipy.sparse import coo_array

    matrix = coo_array((block.value, (block.row, block.column)), shape=(block.lower.shape[0], columns)).tocsr()
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def _aggregated(block: Rows, columns: Columns) -> Rows:
    """Add up rows ``a <= b`` that share ``b``, such as x <= e over the services of e; rows of any other shape stay as they are."""
    count = block.lower.shape[0]
    plus, minus, other = (np.zeros(count, dtype=np.int64) for _ in range(3))
    np.add.at(plus, block.row[block.value > 0], block.value[block.value > 0])
    np.add.at(minus, block.row[block.value < 0], block.value[block.value < 0])
    np.maximum.at(other, block.row[block.value < 0], block.column[block.value < 0])
    links = (plus == 1) & (minus == -1) & (block.upper == 0) & (block.lower == -UNBOUNDED)
    key = np.where(links, other, columns.count + np.arange(count))
    _, new_row = np.unique(key, return_inverse=True)
    kept = int(new_row.max(initial=-1)) + 1
    lower, upper = np.full(kept, -UNBOUNDED, dtype=np.int64), np.full(kept, UNBOUNDED, dtype=np.int64)
    lower[new_row], upper[new_row] = block.lower, block.upper
    return Rows(new_row.astype(np.int64)[block.row], block.column, block.value, lower, upper)


def _plan(columns: Columns, values: NDArray[np.int64]) -> Plan:
    offered, arrays = columns.candidates, columns.candidates.arrays
    owners: dict[int, list[str]] = defaultdict(list)
    leads: dict[int, str] = {}
    bands: dict[int, dict[str, str]] = defaultdict(dict)
    for member in offered.owner_member[values[columns.owner] == 1]:
        owners[int(offered.member_option[member])].append(arrays.bodies[offered.member_body[member]])
    for member in offered.lead_member[values[columns.lead] == 1]:
        leads[int(offered.member_option[member])] = arrays.bodies[offered.member_body[member]]
    for band in np.flatnonzero(values[columns.band] == 1):
        group = offered.band_group[band]
        bands[int(offered.group_option[group])][arrays.services[offered.group_service[group]]] = arrays.band_name[offered.band_row[band]]
    clusters = []
    for option in np.flatnonzero(values[columns.option] == 1):
        model, lead = int(offered.option_model[option]), leads.get(int(option), "")
        unitary = arrays.model_form[model] is Form.UNITARY
        clusters.append(
            Cluster(
                centre=arrays.centres[offered.option_centre[option]],
                commercial_model=arrays.commercial_models[model],
                lead=lead,
                owners=(lead,) if unitary and lead else tuple(sorted(owners[int(option)])),
                bands=dict(sorted(bands[int(option)].items())),
            )
        )
    served = np.flatnonzero(values[columns.pair] == 1)
    centre_of = dict(zip(offered.pair_unit[served], offered.option_centre[offered.pair_option[served]], strict=True))
    assignments = [
        Assignment(arrays.bodies[body], arrays.services[service], arrays.centres[centre_of[unit]] if unit in centre_of else "")
        for unit, (body, service) in enumerate(zip(arrays.unit_body, arrays.unit_service, strict=True))
    ]
    return Plan(tuple(clusters), tuple(assignments))

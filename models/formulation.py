"""Candidates and rules to the integer program, once, for every solver; and a solver's values back to a plan."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from models.candidates import Candidates, build_candidates
from models.columns import Columns, distinct
from models.plan import Assignment, Cluster, Plan
from models.program import UNBOUNDED, Program
from models.rules import ActiveRule, active_rules, body_centre_lists, body_centre_tests, option_tests, served_tests
from models.rules.base import Rows, SoftRows, position_type, relaxed, rows
from models.schema import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    return build_candidates(instance, body_centre_tests(active), option_tests(active), served_tests(active), body_centre_lists(active))


def formulate_candidates(
    candidates: Candidates,
    active: Sequence[ActiveRule],
    *,
    name: str = "consortia",
    strength: Strength = Strength.STRONG,
    between: Callable[[], None] | None = None,
) -> Formulation:
    """Return the integer program of ``candidates`` under the rules in force; ``between`` is called after each rule's rows and may raise to stop the work."""
    columns, blocks, tags = _columns(candidates, active)
    softened: list[tuple[SoftRows, ActiveRule]] = []
    width = columns.count
    for number, one in enumerate(active):
        block = one.rule.rows(columns, one.parameters)
        if one.penalty is not None:
            softened.append((relaxed(block, width, columns.upper), one))
            block = softened[-1][0].rows
            width += block.count
        elif strength is Strength.AGGREGATED:
            block = _aggregated(block, columns)
        blocks.append(block)
        tags.append(number)
        if between is not None:
            between()
    program = Program(
        cost=np.concatenate([columns.cost, *(np.full(soft.slack_upper.shape, one.penalty, dtype=np.int64) for soft, one in softened)]),
        lower=np.zeros(width, dtype=np.int64),
        upper=np.concatenate([columns.upper, *(soft.slack_upper for soft, _ in softened)]),
        row_lower=np.concatenate([np.zeros(0, dtype=np.int64), *(block.lower for block in blocks)]),
        row_upper=np.concatenate([np.zeros(0, dtype=np.int64), *(block.upper for block in blocks)]),
        row_tag=np.repeat(np.array(tags, dtype=np.int32), [block.count for block in blocks]),
        tags=tuple(one.rule.name for one in active),
        name=name,
        matrix=_matrix(blocks, width),
    )
    program.check_range()
    return Formulation(program, columns, tuple(one.rule.name for soft, one in softened for _ in range(soft.slack_upper.shape[0])))


def _columns(candidates: Candidates, active: Sequence[ActiveRule]) -> tuple[Columns, list[Rows], list[int]]:
    """Return all columns, the rows of the blocks that rules bring, and for each block the number of the first rule that asks for it."""
    decisions = Columns(candidates)
    asked = [(block, number) for number, one in enumerate(active) for block in one.rule.blocks(decisions, one.parameters)]
    first_asker = {block.name: number for block, number in reversed(asked)}
    columns = Columns(candidates, distinct(block for block, _ in asked))
    return columns, [block.rows(columns) for block in columns.blocks], [first_asker[block.name] for block in columns.blocks]


def _matrix(blocks: list[Rows], columns: int) -> csr_array:
    """Return all rows in one matrix; ``blocks`` is emptied on the way, as at national scale each block and its copy would not stand side by side."""
    from scipy.sparse import csr_array

    count, entries = sum(block.count for block in blocks), sum(int(block.start[-1]) for block in blocks)
    narrow = position_type(max(count, entries, columns))
    start, column, value = np.zeros(count + 1, dtype=narrow), np.empty(entries, dtype=narrow), np.empty(entries, dtype=np.int64)
    row, entry = 0, 0
    while blocks:
        block = blocks.pop(0)
        after = entry + int(block.start[-1])
        start[row + 1 : row + 1 + block.count] = block.start[1:] + entry
        column[entry:after], value[entry:after] = block.column, block.value
        row, entry = row + block.count, after
    return csr_array((value, column, start), shape=(count, columns))


def _aggregated(block: Rows, columns: Columns) -> Rows:
    """Add up rows ``a <= b`` that share ``b``, such as x <= e over the services of e; rows of any other shape stay as they are."""
    row = block.row
    plus, minus, other = (np.zeros(block.count, dtype=np.int64) for _ in range(3))
    np.add.at(plus, row[block.value > 0], block.value[block.value > 0])
    np.add.at(minus, row[block.value < 0], block.value[block.value < 0])
    np.maximum.at(other, row[block.value < 0], block.column[block.value < 0])
    links = (plus == 1) & (minus == -1) & (block.upper == 0) & (block.lower == -UNBOUNDED)
    key = np.where(links, other, columns.count + np.arange(block.count))
    _, new_row = np.unique(key, return_inverse=True)
    kept = int(new_row.max(initial=-1)) + 1
    lower, upper = np.full(kept, -UNBOUNDED, dtype=np.int64), np.full(kept, UNBOUNDED, dtype=np.int64)
    lower[new_row], upper[new_row] = block.lower, block.upper
    return rows(kept, [(new_row[row], block.column, block.value)], lower=lower, upper=upper)


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

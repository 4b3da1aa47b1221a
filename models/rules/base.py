"""What a governance rule is, and how it states its linear rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.findings import nearest
from models.program import UNBOUNDED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.arrays import InstanceArrays
    from models.cells import ParsedTable
    from models.columns import Block, Columns
    from models.findings import Finding
    from models.instance import Instance
    from models.plan_view import Breach, CostLine, PlanView

    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Parameter:
    """What a planner may set: its unit, its default (``None`` means it must be given, unless it is ``optional``) and its limits.

    A number unless ``text``; then any text, or one of ``choices`` where there are some. A text that ``refers`` to a column (``table.column``) holds
    names out of it, joined by ``+`` or ``;``.
    An optional one left out is ``None`` to the rule.
    """

    name: str
    unit: str
    default: float | int | str | None
    minimum: float = 0.0
    maximum: float = 0.0
    whole: bool = True
    text: bool = False
    choices: tuple[str, ...] = ()
    refers: str = ""
    optional: bool = False


@dataclass(frozen=True)
class Rows:
    """Linear rows ``lower <= sum of value x column <= upper``, compressed by row, in the narrowest types that hold them.

    Made by :func:`rows` and :func:`stack`.

    Attributes
    ----------
    start
        (rows + 1,) row r has the entries ``start[r] .. start[r + 1] - 1``.
    column, value
        (entries,) sorted by row then column, each column once a row, no zeros.
    lower, upper
        (rows,) int64; read only.
    """

    start: Whole
    column: NDArray[np.signedinteger[Any]]
    value: NDArray[np.signedinteger[Any]]
    lower: Whole
    upper: Whole

    @property
    def count(self) -> int:
        """Number of rows."""
        return int(self.lower.shape[0])

    @property
    def row(self) -> Whole:
        """(entries,) row of each entry, counted from 0 within the block."""
        return np.repeat(np.arange(self.count, dtype=np.int64), np.diff(self.start))


@dataclass(frozen=True)
class SoftRows:
    """Rows with one slack column each: ``slack_upper`` (rows,) bounds how far each can be broken."""

    rows: Rows
    slack_upper: Whole


def no_rows(_columns: Columns, _parameters: Parameters) -> Rows:
    """Return no rows: for rules that act through eligibility alone."""
    return rows(0, [])


def no_blocks(_columns: Columns, _parameters: Parameters) -> tuple[Block, ...]:
    """Return no blocks: for rules that the decisions alone express."""
    return ()


def no_cost_lines(_view: PlanView, _parameters: Parameters) -> list[CostLine]:
    """Return no cost lines: for rules that cost nothing themselves."""
    return []


def no_breaches(_view: PlanView, _parameters: Parameters) -> list[Breach]:
    """Return no breaches: for rules whose breaches show when the plan is joined to the instance."""
    return []


def no_restriction(_parameters: Parameters) -> str:
    """Return nothing: for rules that are part of the question itself."""
    return ""


def no_contradictions(_tables: Mapping[str, ParsedTable], _instance: Instance, _parameters: Parameters) -> list[Finding]:
    """Return no findings: for rules that the tables cannot contradict."""
    return []


@dataclass(frozen=True)
class Rule:
    """A governance rule.

    Attributes
    ----------
    id
        Number in the domain reference, such as ``G4``; ``C1``, ``C2`` ... are Consortia's own.
    name
        What a planner writes in ``[[rule]]``.
    statement, formula, basis
        In plain English, in symbols, and why.
    mark
        Evidence mark of the defaults: V, D, A or M.
    always
        Whether it holds without being asked for.
    soft
        Whether it may carry a penalty, and ``breach_unit`` what one unit of breach is.
    rows
        The linear rows it adds.
    check
        The breaches of a plan, found from its tables without the rows.
    blocks
        Columns it needs beside the decisions.
    cost_lines
        What following the rule costs in a plan, where that is money of its own; equal to the cost of its blocks.
    body_centre_test, option_test, served_test
        Which combinations (body, centre), (centre, model), (unit, centre, model) may stand at all, where the rule can say so.
    body_centres
        The few (body, centre) that may stand at all, for a rule that leaves few of them: two arrays of positions, sorted by body then centre, each
        combination once. They are those that ``body_centre_test`` lets stand, found without looking at every body with every centre.
    fewest_owners, most_owners
        How many owners the rule asks for, or lets there be, in a joint cluster that does any work, from what the commercial model states (``None``:
        nothing) as its minimum or maximum; so that rules which leave no number between them are found before a solver runs.
    keeps_apart
        Which of some bodies (n,) may never use one centre with which of others (m,): flags (n, m); where the rule can say so of two bodies alone.
    contradictions
        What the tables say that no plan could keep under the rule when it is hard; asked while an instance is read, before any solver. The instance is
        that of the tables, for what takes sums; the tables know their rows.
    rests_on
        Columns (``table.column``, all of one table) whose cells the rule holds plans to, so that a conflict can name their rows; empty when its
        parameters are all there is to it.
    by_money
        Whether its check goes by what things cost, so that moving a figure of money may change what it finds.
    definition
        Whether it says what a plan is, so that no relaxation may give it up.
    restricts
        For a rule that shrinks the question so that a solver can answer it: the plans that are left, as the end of "plans in which ..."; wherever proof is
        claimed, this is said with it. Empty for rules that are part of the question.
    """

    id: str
    name: str
    statement: str
    formula: str
    basis: str
    mark: str
    check: Callable[[PlanView, Parameters], list[Breach]]
    rows: Callable[[Columns, Parameters], Rows] = no_rows
    always: bool = False
    soft: bool = False
    breach_unit: str = ""
    parameters: tuple[Parameter, ...] = ()
    blocks: Callable[[Columns, Parameters], tuple[Block, ...]] = no_blocks
    cost_lines: Callable[[PlanView, Parameters], list[CostLine]] = no_cost_lines
    body_centre_test: Callable[[InstanceArrays, Whole, Whole, Parameters], Flags] | None = None
    body_centres: Callable[[InstanceArrays, Parameters], tuple[Whole, Whole]] | None = None
    option_test: Callable[[InstanceArrays, Whole, Whole, Parameters], Flags] | None = None
    served_test: Callable[[InstanceArrays, Whole, Whole, Whole, Parameters], Flags] | None = None
    fewest_owners: Callable[[int | None, Parameters], int] | None = None
    most_owners: Callable[[int | None, Parameters], int] | None = None
    keeps_apart: Callable[[InstanceArrays, Whole, Whole, Parameters], Flags] | None = None
    contradictions: Callable[[Mapping[str, ParsedTable], Instance, Parameters], list[Finding]] = no_contradictions
    rests_on: tuple[str, ...] = ()
    by_money: bool = False
    definition: bool = False
    restricts: Callable[[Parameters], str] = no_restriction

    def with_defaults(self, parameters: Parameters) -> dict[str, Any]:
        """Return every parameter: as given, else its default.

        Raises
        ------
        KeyError
            When a name is no parameter of the rule; an instance that was read holds none such.
        """
        known = {parameter.name for parameter in self.parameters}
        for name in parameters:
            if name not in known:
                near = nearest(name, known)
                raise KeyError(f"rule {self.name!r} has no parameter {name!r}" + (f"; did you mean {near!r}?" if near else ""))
        return {parameter.name: parameters.get(parameter.name, parameter.default) for parameter in self.parameters}


def rows(count: int, terms: Sequence[tuple[Whole, Whole, Whole | int]], *, lower: Whole | int | None = None, upper: Whole | int | None = None) -> Rows:
    """Return ``count`` rows from ``terms`` of (row, column, value); what stands twice adds up, and an absent limit is open."""
    from scipy.sparse import coo_array

    row = [np.asarray(term[0], dtype=np.int64) for term in terms]
    column = [np.asarray(term[1], dtype=np.int64) for term in terms]
    value = [np.broadcast_to(np.asarray(term[2], dtype=np.int64), part.shape) for term, part in zip(terms, column, strict=True)]
    width = 1 + max((int(part.max(initial=-1)) for part in column), default=-1)
    # At national scale entries come by the ten million, so positions are narrow before anything is sorted.
    narrow = position_type(max(count, width))
    matrix = coo_array((_joined(value, np.dtype(np.int64)), (_joined(row, narrow), _joined(column, narrow))), shape=(count, width)).tocsr()
    matrix.eliminate_zeros()
    return Rows(
        start=matrix.indptr.astype(np.int64),
        column=matrix.indices.astype(narrow, copy=False),
        value=_narrowest(matrix.data),
        lower=_limit(count, lower, -int(UNBOUNDED)),
        upper=_limit(count, upper, int(UNBOUNDED)),
    )


def position_type(most: int) -> np.dtype[np.signedinteger[Any]]:
    """Return the narrowest of the two types scipy takes for positions up to ``most``."""
    return np.dtype(np.int32) if most <= np.iinfo(np.int32).max else np.dtype(np.int64)


def _joined(parts: Sequence[Whole], kind: np.dtype[np.signedinteger[Any]]) -> NDArray[np.signedinteger[Any]]:
    return np.concatenate([np.zeros(0, dtype=kind), *parts], dtype=kind, casting="same_kind")


def _narrowest(value: NDArray[np.signedinteger[Any]]) -> NDArray[np.signedinteger[Any]]:
    least, most = int(value.min(initial=0)), int(value.max(initial=0))
    for kind in (np.int8, np.int16, np.int32):
        if np.iinfo(kind).min <= least and most <= np.iinfo(kind).max:
            return value.astype(kind)
    return value


def _limit(count: int, limit: Whole | int | None, absent: int) -> Whole:
    """Spread one number over all rows as a view, which takes no memory."""
    return np.broadcast_to(np.asarray(absent if limit is None else limit, dtype=np.int64), (count,))


def stack(blocks: Sequence[Rows]) -> Rows:
    """Return several blocks of rows as one."""
    if not blocks:
        return rows(0, [])
    first = np.concatenate(([0], np.cumsum([block.start[-1] for block in blocks])[:-1]))
    return Rows(
        start=np.concatenate([[0], *(block.start[1:] + entry for block, entry in zip(blocks, first, strict=True))]),
        column=np.concatenate([block.column for block in blocks]),
        value=np.concatenate([block.value for block in blocks]),
        lower=np.concatenate([block.lower for block in blocks]),
        upper=np.concatenate([block.upper for block in blocks]),
    )


def relaxed(hard: Rows, first_slack: int, column_upper: Whole) -> SoftRows:
    """Return the soft form of one-sided rows: each may be broken by its own slack column, from column ``first_slack`` on.

    ``column_upper`` (columns,) bounds the columns the rows stand on, all of them from 0.

    Raises
    ------
    ValueError
        When a row has two finite limits; such a rule is not soft.
    """
    below, above = hard.lower > -UNBOUNDED, hard.upper < UNBOUNDED
    if bool((below & above).any()):
        raise ValueError("a row with two limits has no soft form")
    least, most = np.zeros(hard.count, dtype=np.int64), np.zeros(hard.count, dtype=np.int64)
    np.add.at(least, hard.row, np.minimum(hard.value, 0) * column_upper[hard.column])
    np.add.at(most, hard.row, np.maximum(hard.value, 0) * column_upper[hard.column])
    worst = np.where(below, hard.lower - least, np.where(above, most - hard.upper, 0))
    every = np.arange(hard.count, dtype=np.int64)
    slack = (every, first_slack + every, np.where(below, 1, -1))
    return SoftRows(
        rows=rows(hard.count, [(hard.row, hard.column, hard.value), slack], lower=hard.lower, upper=hard.upper),
        slack_upper=np.maximum(worst, 0),
    )

"""Finds limits that the tables state and no rule in force enforces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np

from models.cells import ParsedTable
from models.findings import Finding, Severity
from models.gathering import Gathering
from models.instance import RuleSetting
from models.schema import TABLE_BY_NAME, Form

_ENFORCED_BY: Mapping[str, str] = MappingProxyType(
    {"minimum_members": "member-limits", "maximum_members": "member-limits", "maximum_owners": "owner-limit", "minimum_volume": "minimum-volume"}
)
"""Columns of ``commercial_models`` that bind only when the planner asks for the rule named."""


def check_unenforced(tables: Mapping[str, ParsedTable], rules: Iterable[RuleSetting], gathering: Gathering) -> None:
    """Warn of every limit of a commercial model whose rule is not asked for."""
    asked = {rule.name for rule in rules}
    models = tables["commercial_models"]
    for column, rule in _ENFORCED_BY.items():
        if rule in asked:
            continue
        default = TABLE_BY_NAME["commercial_models"].column(column).default
        cells = models.frame[column]
        # A unitary cluster has one owner anyway, its lead.
        bears = (models.frame["form"] != Form.UNITARY).to_numpy(dtype=bool) | (column != "maximum_owners")
        stated = bears & (cells.notna() if default is None else cells != default).to_numpy(dtype=bool) & models.good(column)

        def not_enforced(position: int, column: str = column, rule: str = rule) -> Finding:
            message = f"{column} is stated and no rule enforces it; add [[rule]] name = '{rule}' to instance.toml."
            value = str(models.frame[column].iloc[position])
            return models.finding("limit-not-enforced", message, Severity.WARNING, position, column=column, value=value)

        gathering.add_each(np.flatnonzero(stated).tolist(), not_enforced)

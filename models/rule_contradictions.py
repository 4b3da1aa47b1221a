"""Finds rules asked for together that leave nothing between them, before any solver runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models.findings import Severity
from models.schema import JOINT_FORMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from models.cells import ParsedTable
    from models.gathering import Gathering
    from models.instance import RuleSetting


def check_owner_numbers(tables: Mapping[str, ParsedTable], settings: Iterable[RuleSetting], gathering: Gathering) -> None:
    """Warn of joint commercial models under which hard rules ask for more owners than others allow; ``settings`` must be free of errors."""
    settings = tuple(settings)
    if not settings:
        return
    from models.rules import rules_in_force

    hard = [one for one in rules_in_force(settings) if one.penalty is None]
    models = tables["commercial_models"]
    for position in np.flatnonzero(models.frame["form"].isin(JOINT_FORMS)).tolist():
        record = models.frame.iloc[position]
        least, most = (_stated(record[column]) for column in ("minimum_owners", "maximum_owners"))
        asked = [(one.rule.fewest_owners(least, one.parameters), one.rule.name) for one in hard if one.rule.fewest_owners is not None]
        allowed = [(one.rule.most_owners(most, one.parameters), one.rule.name) for one in hard if one.rule.most_owners is not None]
        if asked and allowed and max(asked)[0] > min(allowed)[0]:
            (fewest, asking), (limit, limiting) = max(asked), min(allowed)
            name = record["commercial_model"]
            message = f"Rule {asking!r} asks for {fewest} owners and rule {limiting!r} allows {limit}, so no cluster under {name!r} can do any work."
            gathering.add(models.finding("rules-leave-no-owners", message, Severity.WARNING, position, column="commercial_model", value=name))


def _stated(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)

"""From a column of a table to an array: ids become positions, what is not known becomes -1 or NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.schema import EVERY

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Flags = NDArray[np.bool_]

ANY = -1
"""Position that stands for every centre or every service in a link."""


def texts(column: pd.Series[str]) -> list[str]:
    """Return the cells of a text column as a list; asked for one by one, pandas takes ten times as long."""
    cells: list[str] = column.to_numpy(dtype=object).tolist()
    return cells


def within(column: pd.Series[str], known: Iterable[str]) -> Flags:
    """(cells,) which cells of a text column stand in ``known``; pandas takes a second to take in tens of thousands of names to look among."""
    names = frozenset(known)
    return np.fromiter((cell in names for cell in texts(column)), dtype=np.bool_, count=len(column))


def positions(ids: pd.Series[str]) -> dict[str, int]:
    """Return the position of each id."""
    return {identifier: position for position, identifier in enumerate(texts(ids))}


def located(ids: pd.Series[str], at: dict[str, int], every: bool = False) -> Whole:
    """Return the position of each id, with ``every`` :data:`ANY` for ``*``; raise ``KeyError`` for an id that ``at`` lacks."""
    import pandas as pd

    known = {**at, EVERY: ANY} if every else at
    # Links come by the million and name the same few thousand ids.
    code, distinct = pd.factorize(ids)
    return np.array([known[identifier] for identifier in distinct], dtype=np.int64)[code]


def wholes(column: pd.Series[int]) -> Whole:
    """Return whole numbers, -1 where one is not known."""
    return np.asarray(column.fillna(-1).to_numpy(), dtype=np.int64)


def reals(column: pd.Series[float]) -> Real:
    """Return numbers, NaN where one is not known."""
    return np.asarray(column.to_numpy(), dtype=np.float64)

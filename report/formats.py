"""Tables as text: aligned for people, JSON and CSV for programs, Markdown for documents."""

from __future__ import annotations

import json
import math
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

FORMATS = ("table", "json", "csv", "md")
_GAP = "  "
_LEAST_WIDTH = 8
_MOST_DECIMALS = 6
_PLAIN_NUMBERS = frozenset({"year", "latitude", "longitude", "price_year"})
"""Columns whose numbers are names or positions, as are those whose name ends in ``_year``: no thousands separator."""


def render(table: pd.DataFrame, form: str, *, width: int | None = None) -> str:
    """Return ``table`` as text.

    Parameters
    ----------
    table
        Any frame; its index is not shown.
    form
        One of :data:`FORMATS`. Numbers carry thousands separators in ``table`` and ``md`` only.
    width
        Columns of the terminal: in ``table`` long text is cut to fit; ``None`` cuts nothing.

    Raises
    ------
    ValueError
        When there is no such format.
    """
    if form == "json":
        return json.dumps(records(table), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if form == "csv":
        return str(table.to_csv(index=False, lineterminator="\n"))
    if form == "md":
        return _markdown(table)
    if form == "table":
        return _aligned(table, width)
    raise ValueError(f"no format {form!r}; there are {', '.join(FORMATS)}")


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain values ready for JSON; what is missing or not a number is ``None``."""
    columns = [[plain(value) for value in table[name].tolist()] for name in table.columns]
    names = [str(name) for name in table.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def plain(value: Any) -> Any:
    """Return a cell as a plain value: numpy scalars as Python's, missing values and infinities as ``None``."""
    import pandas as pd

    if isinstance(value, list | tuple | dict):
        return value
    if hasattr(value, "item"):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value


def cell_rows(table: pd.DataFrame) -> tuple[list[list[str]], list[bool]]:
    """Return the text of every cell, row by row, as ``table`` and ``md`` write it, and which columns are of numbers."""
    texts, numeric = _cells(table)
    return [[column[row] for column in texts] for row in range(len(table))], numeric


def _cells(table: pd.DataFrame) -> tuple[list[list[str]], list[bool]]:
    """Return the text of each column's cells, and whether the column is of numbers."""
    import pandas as pd

    texts, numeric = [], []
    for name in table.columns:
        column = table[name]
        number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        values = [plain(value) for value in column.tolist()]
        numeric.append(number)
        texts.append(_numbers(values, "" if name in _PLAIN_NUMBERS or str(name).endswith("_year") else ",") if number else [_text(value) for value in values])
    return texts, numeric


def _numbers(values: Sequence[Any], separator: str) -> list[str]:
    """Write numbers with as many decimals as the column needs, the same in every row so that they line up."""
    decimals = 0
    for value in values:
        if isinstance(value, float):
            decimals = max(decimals, len(f"{value:.{_MOST_DECIMALS}f}".rstrip("0").partition(".")[2]))
    return ["" if value is None else f"{value:{separator}.{decimals}f}" if decimals else f"{int(value):{separator}d}" for value in values]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        value = "; ".join(str(one) for one in value)
    return "".join(_shown(letter) for letter in str(value))


def _shown(letter: str) -> str:
    """Return what stands for a letter on a terminal: control characters from data could move the cursor or recolour it."""
    kind = unicodedata.category(letter)
    if letter in "\n\t\r" or kind in ("Zl", "Zp"):
        return " "
    return "\N{REPLACEMENT CHARACTER}" if kind[0] == "C" else letter


def _width(text: str) -> int:
    """Return how many terminal columns a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    kept = text
    while kept and _width(kept) > width - 1:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


def _aligned(table: pd.DataFrame, width: int | None) -> str:
    texts, numeric = _cells(table)
    headers = [_text(str(name)) for name in table.columns]
    widths = [max([_width(header), *map(_width, column)]) for header, column in zip(headers, texts, strict=True)]
    if width is not None:
        widths = _fitted(widths, numeric, width)
    lines = [
        headers,
        ["-" * wide for wide in widths],
        *([column[row] for column in texts] for row in range(len(table))),
    ]
    shown = [_GAP.join(_pad(_cut(cell, wide), wide, right) for cell, wide, right in zip(line, widths, numeric, strict=True)).rstrip() for line in lines]
    if not len(table):
        shown.append("(no rows)")
    return "\n".join(shown) + "\n"


def _fitted(widths: list[int], numeric: list[bool], width: int) -> list[int]:
    """Narrow the widest text columns until the table fits; numbers are never cut."""
    widths = list(widths)
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    while excess > 0:
        wide = [at for at, one in enumerate(widths) if not numeric[at] and one > _LEAST_WIDTH]
        if not wide:
            break
        widths[max(wide, key=lambda at: widths[at])] -= 1
        excess -= 1
    return widths


def _markdown(table: pd.DataFrame) -> str:
    texts, numeric = _cells(table)
    rows = ["| " + " | ".join(_markdown_text(str(name)) for name in table.columns) + " |"]
    rows.append("|" + "|".join(" --: " if right else " --- " for right in numeric) + "|")
    rows += ["| " + " | ".join(_markdown_text(column[row]) for column in texts) + " |" for row in range(len(table))]
    return "\n".join(rows) + "\n"


def _markdown_text(text: str) -> str:
    for letter in "\\`*_[]<>|":
        text = text.replace(letter, "\\" + letter)
    return _text(text)

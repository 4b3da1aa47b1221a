"""The text one cell reads as, whatever kind of value a file or a frame holds in it."""

from __future__ import annotations

import datetime
import decimal
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

LARGEST = 10**15
"""Largest size of a number; beyond it a spreadsheet no longer keeps whole numbers whole."""

_TOO_LONG = 10**300
_MOST_EXACT = 2.0**53 - 1

Mask = npt.NDArray[np.bool_]


def cell_text(value: Any) -> str | None:
    """Return the text of one cell, or ``None`` when the value is no single cell. Whole floats lose their ``.0``, so a numeric id reads as typed."""
    text: str | None = None
    if isinstance(value, str):
        text = str(value)
    elif value is None or value is pd.NA or value is pd.NaT:
        text = ""
    elif isinstance(value, (bool, np.bool_)):
        text = "yes" if value else "no"
    elif isinstance(value, (int, np.integer)):
        text = _whole_text(int(value))
    elif isinstance(value, (float, np.floating)):
        text = float_text(float(value))
    elif isinstance(value, decimal.Decimal):
        text = str(value)
    elif isinstance(value, (datetime.date, datetime.time)):
        text = value.isoformat()
    elif isinstance(value, datetime.timedelta):
        text = str(value)
    elif isinstance(value, (list, tuple)):
        parts = [None if isinstance(part, (list, tuple)) else cell_text(part) for part in value]
        text = None if None in parts else "; ".join(part for part in parts if part is not None)
    return text


def float_text(value: float) -> str:
    """Return a number as a cell spells it: a whole one without ``.0``, one that is not known as nothing."""
    if math.isnan(value):
        return ""
    return str(int(value)) if abs(value) < 10 * LARGEST and value == int(value) else repr(value)


def _whole_text(value: int) -> str:
    return str(value) if -_TOO_LONG < value < _TOO_LONG else "inf"


def _writer(kinds: set[type]) -> Callable[[Any], str | None]:
    """Return what writes cells of these types; a column of one type, as JSON has them by the hundred thousand, need not be asked for it cell by cell."""
    if kinds == {int}:
        return _whole_text
    if kinds <= {str, type(None)}:
        return lambda text: text or ""
    return float_text if kinds == {float} else cell_text


def plain_values(cells: Sequence[Any]) -> npt.NDArray[Any] | None:
    """Return the cells of a column of numbers, some perhaps empty, or of truth values, when they read the same as through their texts; else ``None``."""
    kinds = set(map(type, cells))
    if kinds == {bool}:
        return np.array(cells, dtype=np.bool_)
    if not kinds <= {int, float, type(None)} or not kinds & {int, float}:
        return None
    try:
        values = np.array(cells, dtype=np.int64 if kinds == {int} else np.float64)
    except OverflowError:
        return None
    # Beyond these a float no longer spells every whole number as the file does.
    inexact = (values < -_MOST_EXACT) | (values > _MOST_EXACT)
    return None if inexact.any() else values


def text_series(values: Sequence[Any] | pd.Series[Any]) -> tuple[pd.Series[str], Mask]:
    """Return cells as a text column, and which of them were no single cell (they read as empty)."""
    if isinstance(values, pd.Series) and isinstance(values.dtype, pd.StringDtype):
        return values.fillna("").astype("str"), np.zeros(len(values), dtype=bool)
    texts: list[str] = list(values)
    nested = np.zeros(len(texts), dtype=bool)
    kinds = set(map(type, texts))
    if not kinds <= {str}:
        read = list(map(_writer(kinds), values))
        nested = np.array([text is None for text in read], dtype=bool)
        texts = [text or "" for text in read]
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        # JSON can spell half a surrogate pair, which no file can keep; the stand-in makes the check for unwritable characters see it.
        texts = [re.sub("[\ud800-\udfff]", "\uffff", text) for text in texts]
    return pd.Series(texts, dtype="str"), nested


def normalised(series: pd.Series[str]) -> pd.Series[str]:
    """Return text as every format keeps it: line ends as one character, and cells of nothing but blanks empty, as a workbook has them."""
    if not len(series):
        return series
    if bool(series.str.contains("\r", regex=False).any()):
        series = series.str.replace("\r\n", "\n", regex=False).str.replace("\r", "\n", regex=False)
    blank = series.str.isspace()
    return series.mask(blank, "") if bool(blank.any()) else series

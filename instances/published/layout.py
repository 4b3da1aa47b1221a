"""What a layout of published files is, and the steps its reader is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from instances.published.problem import Problem
from instances.published.tokens import LARGEST_EXACT, Broken, Numbers, Tokens, whole_units
from models.findings import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """A way of writing a problem down.

    Attributes
    ----------
    names
        What ``--input-format`` takes; published sets that share the layout each have their name.
    statement
        What stands in the file, in one line.
    read
        Takes the tokens and the option after the colon of the format (empty when there is none).
    option
        What that option is; empty when the layout takes none.
    """

    names: tuple[str, ...]
    statement: str
    read: Callable[[Tokens, str], Problem]
    option: str = ""


def sizes(tokens: Tokens, *, customers_first: bool = False) -> tuple[int, int]:
    """Return (sites, customers), which a file begins with; :class:`Broken` when there are too many pairs of them."""
    if customers_first:
        customers, sites = tokens.count("the number of customers"), tokens.count("the number of sites")
    else:
        sites, customers = tokens.count("the number of sites"), tokens.count("the number of customers")
    if sites * customers > tokens.most_pairs:
        message = f"{sites:,} sites by {customers:,} customers are {sites * customers:,} pairs; at most {tokens.most_pairs:,} are read."
        tokens.gathering.add(Finding("too-large", message, file=tokens.file, column="token 1", value=f"{sites} x {customers}"))
        raise Broken
    return sites, customers


def volumes(tokens: Tokens, *parts: Numbers) -> tuple[list[Whole], int]:
    """Return demands and capacities in one whole unit, and how many of it make one of the file's."""
    return _wholes(tokens, list(parts), "volume")


def money(tokens: Tokens, *parts: Numbers) -> tuple[list[Whole], int]:
    """Return costs in one whole unit, and how many of it make one of the file's."""
    return _wholes(tokens, list(parts), "money")


def refuse_negative(tokens: Tokens, *parts: Numbers, step: int = 1) -> None:
    """Gather an error for each negative number, the words of each part standing ``step`` apart; :class:`Broken` when there is one."""
    for part in parts:
        tokens.faults("out-of-range", f"One of {part.what} is negative", np.flatnonzero(part.value < 0), part, step, ("0 or more",))


def refuse_inexact(tokens: Tokens, largest: float, scale: int, what: str) -> None:
    """Gather an error when ``largest``, in the file's unit, leaves the exact range once counted in units of 1 / ``scale``; :class:`Broken` then."""
    if largest * scale < LARGEST_EXACT:
        return
    unit = f" counted in units of 1/{scale:,}" if scale > 1 else ""
    message = f"{what.capitalize()} of {largest:.4g}{unit} is too large: whole numbers are exact up to {LARGEST_EXACT:.4g} here."
    tokens.gathering.add(Finding("out-of-range", message, file=tokens.file, value=f"{largest:.6g}", allowed=(f"below {LARGEST_EXACT / scale:.4g}",)))
    raise Broken


def _wholes(tokens: Tokens, parts: list[Numbers], what: str) -> tuple[list[Whole], int]:
    decimals = max(part.decimals for part in parts)
    largest = max(float(np.abs(part.value).max(initial=0.0)) for part in parts)
    refuse_inexact(tokens, largest, 10**decimals, what)
    return whole_units(parts, decimals)

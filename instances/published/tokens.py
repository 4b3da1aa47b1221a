"""The numbers of a published file, one after another: where each stands, and its exact value as a whole number of small units."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.findings import Finding
from models.gathering import Allowed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.gathering import Gathering

    Whole = NDArray[np.int64]
    Words = NDArray[np.bytes_]

LARGEST_FILE = 400_000_000
"""Bytes of text, unpacked; far above the largest file that is not refused for its size."""
LARGEST_PAIRS = 2_000_000
"""Pairs of site and customer of an instance: 500 x 3000 reads and builds within this in some seconds and 3 GB; a bare problem may have more."""
LARGEST_EXACT = 2.0**50
"""Below this a decimal number times a power of ten, both as floating point, is off by less than a quarter, so that rounding gives the exact number."""
LISTED = 5
"""Faults of one kind listed in full: a file read by the wrong format has thousands."""
_LONGEST_WORD = 64
_NUMERIC = b"0123456789.+-eE \t\r\n\v\f"
_PADDING = b"\x00\x1a"
_GZIP = b"\x1f\x8b"


class Broken(Exception):
    """Raised when a file cannot be read on; what is wrong has been gathered."""


@dataclass(frozen=True)
class Numbers:
    """Numbers as read: ``words`` as they stand, ``value`` in floating point, ``first`` position in the file of the first, ``what`` they are."""

    words: Words
    value: NDArray[np.float64]
    first: int
    what: str

    @property
    def decimals(self) -> int:
        """Most decimals any of them is written with."""
        if not self.words.size:
            return 0
        exponent = np.flatnonzero(np.strings.find(self.words, b"e") + np.strings.find(self.words, b"E") > -2)
        plain = np.delete(self.words, exponent) if exponent.size else self.words
        dot = np.strings.find(plain, b".")
        most = int(np.where(dot < 0, 0, np.strings.str_len(plain) - 1 - dot).max(initial=0))
        return max([most, *(_decimals_with_exponent(word) for word in self.words[exponent].tolist())])


@dataclass
class Tokens:
    """A file's words, taken in turn; positions count from 1. ``most_pairs`` of site and customer are read."""

    file: str
    text: bytes
    gathering: Gathering
    at: int = 0
    most_pairs: int = LARGEST_PAIRS
    words: Words = field(init=False)

    def __post_init__(self) -> None:
        split = self.text.split()
        if max(map(len, split), default=0) > _LONGEST_WORD:
            position = next(position for position, word in enumerate(split, start=1) if len(word) > _LONGEST_WORD)
            self.fault("not-a-number", f"Token {position} is longer than any number.", position, split[position - 1][:20])
            raise Broken
        self.words = np.array(split, dtype="S") if split else np.zeros(0, dtype="S1")

    @property
    def numeric(self) -> bool:
        """Whether nothing but numbers can stand in the file."""
        return not self.text.translate(None, _NUMERIC)

    def fault(self, code: str, message: str, position: int, value: bytes | str = "", allowed: tuple[str, ...] = ()) -> None:
        """Gather an error about the word at ``position``."""
        shown = value.decode("ascii", "replace") if isinstance(value, bytes) else value
        self.gathering.add(Finding(code, message, file=self.file, row=self._line(position), column=f"token {position}", value=shown, allowed=allowed))

    def take(self, count: int, what: str) -> Numbers:
        """Return the next ``count`` numbers.

        Raises
        ------
        Broken
            When the file ends before that, or some are no numbers.
        """
        first = self.at
        words = self.words[first : first + count]
        if words.shape[0] < count:
            present = self.words.shape[0]
            message = f"The file ends after token {present:,}: tokens {first + 1:,} to {first + count:,} should be {what}."
            self.gathering.add(Finding("file-too-short", message, file=self.file, column=f"token {present}"))
            raise Broken
        self.at += count
        return self.numbers(words, first + 1, what)

    def numbers(self, words: Words, first: int, what: str, step: int = 1) -> Numbers:
        """Return ``words`` as numbers, the first of them at position ``first`` and each ``step`` after the last; :class:`Broken` when some are none."""
        try:
            if not self.numeric:
                # What Python would read as a number besides: nan, inf, 1_000.
                raise ValueError
            value = words.astype(np.float64)
            bad = np.flatnonzero(~np.isfinite(value))
        except ValueError:
            value = np.array([_number(word) for word in words.tolist()], dtype=np.float64)
            bad = np.flatnonzero(np.isnan(value))
        self.faults("not-a-number", f"One of {what} must be a number", bad, Numbers(words, value, first, what), step)
        return Numbers(words, value, first, what)

    def faults(self, code: str, message: str, wrong: Whole, part: Numbers, step: int = 1, allowed: tuple[str, ...] = ()) -> None:
        """Gather an error about each of the ``wrong`` positions in ``part``, the first few in full; :class:`Broken` when there is one.

        Words of ``part`` stand ``step`` apart in the file.
        """
        for at in wrong[:LISTED].tolist():
            self.fault(code, f"{message}.", part.first + at * step, bytes(part.words[at]), allowed)
        if wrong.size > LISTED:
            self.gathering.add(Finding(code, f"{message}: {wrong.size - LISTED:,} more of the same are not listed.", file=self.file))
        if wrong.size:
            raise Broken

    def count(self, what: str) -> int:
        """Return the next number, which says how many there are of something: whole and at least 1; :class:`Broken` when it is not."""
        found = self.take(1, what)
        value = float(found.value[0])
        if value != round(value) or not 1 <= value <= 1e9:
            self.fault("out-of-range", f"{what.capitalize()} must be a whole number of at least 1.", self.at, bytes(found.words[0]), ("1 or more",))
            raise Broken
        return int(value)

    def columns(self, rows: int, names: tuple[str, ...]) -> tuple[Numbers, ...]:
        """Return the next ``rows`` x ``len(names)`` numbers, row by row in the file, as one :class:`Numbers` for each of ``names``."""
        first, width = self.at, len(names)
        every = self.take(rows * width, " and ".join(names))
        return tuple(Numbers(every.words[at::width], every.value[at::width], first + 1 + at, name) for at, name in enumerate(names))

    def end(self) -> None:
        """Gather an error when words are left."""
        left = self.words.shape[0] - self.at
        if left:
            message = f"{left:,} values follow where the file should end; is this another format, or are its first two numbers wrong?"
            self.fault("file-too-long", message, self.at + 1, bytes(self.words[self.at]))

    def _line(self, position: int) -> int:
        """Return the line of the word at ``position``."""
        before = 0
        for number, line in enumerate(io.BytesIO(self.text), start=1):
            before += len(line.split())
            if before >= position:
                return number
        return 0


def read_text(path: Path, gathering: Gathering) -> bytes:
    """Return the text of a file, unpacked when it is gzip, without the padding some are published with; :class:`Broken` when it cannot be read."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
        with gzip.open(path) if packed else path.open("rb") as stream:
            text = bytes(stream.read(LARGEST_FILE + 1))
    except FileNotFoundError:
        siblings = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
        near = Allowed(siblings).nearest(path.name)
        gathering.add(Finding("missing-file", f"There is no file {str(path)!r}.", file=path.name, nearest=near))
        raise Broken from None
    except (OSError, EOFError, ValueError) as error:
        gathering.add(Finding("unreadable-file", f"{str(path)!r} cannot be read: {error}.", file=path.name))
        raise Broken from None
    if len(text) > LARGEST_FILE:
        gathering.add(Finding("too-large", f"{str(path)!r} holds more than {LARGEST_FILE:,} bytes of text.", file=path.name))
        raise Broken
    return text.rstrip(_PADDING + b" \t\r\n")


def whole_units(parts: list[Numbers], decimals: int) -> tuple[list[Whole], int]:
    """Return ``parts`` as whole numbers of one small unit, and how many of it make one of the file's: the least power of ten, at most ``decimals`` zeros.

    The numbers must be below :data:`LARGEST_EXACT` in that unit.
    """
    scale = 10**decimals
    wholes = [np.rint(part.value * scale).astype(np.int64) for part in parts]
    while scale > 1 and not any(bool((part % 10).any()) for part in wholes):
        wholes = [part // 10 for part in wholes]
        scale //= 10
    return wholes, scale


def _number(word: bytes) -> float:
    """Return the number a word spells, NaN where it spells none."""
    if word.translate(None, _NUMERIC):
        return float("nan")
    try:
        value = float(word)
    except ValueError:
        return float("nan")
    return value if abs(value) < float("inf") else float("nan")


def _decimals_with_exponent(word: bytes) -> int:
    import decimal

    exponent = decimal.Decimal(word.decode("ascii")).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0

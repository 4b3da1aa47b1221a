"""What is wrong with an input, as data: one :class:`Finding` per fault, gathered and shown together."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a finding matters: an error stops the program, a warning doubts, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One thing a reader should know about an input.

    Attributes
    ----------
    code
        Stable identifier, such as ``duplicate-key``.
    message
        One plain sentence.
    severity
        Whether it stops the run.
    file, sheet, row, column, value
        Where it stands. ``row`` counts as a spreadsheet does: the header is row 1.
    allowed
        What the value could have been.
    nearest
        The allowed value most like the one found.
    """

    code: str
    message: str
    severity: Severity = Severity.ERROR
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    allowed: tuple[str, ...] = ()
    nearest: str = ""

    def __post_init__(self) -> None:
        # Names that are members of an enumeration would be shown as such and not as what a planner writes.
        object.__setattr__(self, "value", str(self.value))
        object.__setattr__(self, "allowed", tuple(str(one) for one in self.allowed))
        object.__setattr__(self, "nearest", str(self.nearest))

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain values, ready for JSON."""
        record = asdict(self)
        record["severity"] = str(self.severity)
        record["allowed"] = list(self.allowed)
        return record

    def __str__(self) -> str:
        place = self.file + (f" [{self.sheet}]" if self.sheet else "")
        if self.row is not None:
            place += f" row {self.row}"
        if self.column:
            place += f" column {self.column}"
        text = f"{place.strip()}: {self.message}" if place else self.message
        if self.value and self.value not in self.message:
            text += f" Found: {self.value}."
        unsaid = [one for one in self.allowed if one not in self.message]
        if unsaid:
            text += f" Allowed: {', '.join(self.allowed)}."
        if self.nearest:
            text += f" Did you mean {self.nearest!r}?"
        return f"{self.severity} {self.code}: {text}"


class InvalidInstance(ValueError):
    """Raised when an instance cannot be used; carries every finding, not only the first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        errors = [finding for finding in self.findings if finding.severity is Severity.ERROR]
        super().__init__(f"{len(errors)} error(s) in the instance; first: {errors[0] if errors else 'none'}")


class TooLarge(OverflowError):
    """Raised when volumes or money leave the range in which integers stay exact."""


def nearest(value: str, allowed: Iterable[str]) -> str:
    """Return the allowed value most like ``value``, or an empty string when none is close."""
    matches = difflib.get_close_matches(value, list(allowed), n=1, cutoff=0.6)
    return matches[0] if matches else ""

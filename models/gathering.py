"""Gathers findings while an instance is read, so that thousands of the same fault stay readable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.findings import Finding, Severity, nearest

LISTED = 50
"""Findings listed for one code in one column of one file; the rest are counted."""
SEARCHED = 3000
"""Candidates above which a nearest value is sought only among those that begin or end alike."""
SHOWN = 20
"""Allowed values above which a finding does not list them."""


@dataclass(frozen=True)
class Place:
    """Where a table stands: its file, and its sheet (or JSON key) when the file holds several tables."""

    file: str
    sheet: str = ""


@dataclass(frozen=True)
class _Group:
    code: str
    file: str
    sheet: str
    column: str


class Gathering:
    """Findings in the making. At most :data:`LISTED` are kept for one code, column and file; a closing finding counts the others."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._counts: Counter[_Group] = Counter()
        self._severities: dict[_Group, Severity] = {}
        self._failed = False

    def add(self, finding: Finding) -> None:
        """Keep one finding, or only count it when its group is full."""
        group = _Group(finding.code, finding.file, finding.sheet, finding.column)
        self._counts[group] += 1
        self._failed = self._failed or finding.severity is Severity.ERROR
        self._severities.setdefault(group, finding.severity)
        if self._counts[group] <= LISTED:
            self._findings.append(finding)

    def add_each(self, positions: Sequence[int], build: Callable[[int], Finding]) -> None:
        """Add ``build(position)`` for each position, all of one code, column and file; findings that will not be listed are never built."""
        for position in positions[:LISTED]:
            self.add(build(int(position)))
        if len(positions) > LISTED:
            sample = build(int(positions[LISTED]))
            group = _Group(sample.code, sample.file, sample.sheet, sample.column)
            self._counts[group] += len(positions) - LISTED

    @property
    def failed(self) -> bool:
        """Whether an error has been found."""
        return self._failed

    def result(self) -> tuple[Finding, ...]:
        """Return the findings sorted by file and row, each full group closed by a count."""
        listed = Counter(_Group(finding.code, finding.file, finding.sheet, finding.column) for finding in self._findings)
        keyed = [((finding.file, finding.sheet, 0, finding.row or 0, finding.column, finding.code, finding.message), finding) for finding in self._findings]
        for group, count in self._counts.items():
            rest = count - listed[group]
            if rest > 0:
                closing = Finding(
                    group.code, f"{rest:,} more of the same are not listed.", self._severities[group], group.file, group.sheet, column=group.column
                )
                keyed.append(((group.file, group.sheet, 1, 0, group.column, group.code, closing.message), closing))
        return tuple(finding for _, finding in sorted(keyed, key=lambda pair: pair[0]))


def plain(name: str) -> str:
    """Return a name without case, blanks and separators, as two spellings of one name are compared."""
    return "".join(character for character in name.casefold() if character.isalnum())


class Allowed:
    """A set of allowed values that can say which is most like a wrong one, quickly even among tens of thousands."""

    def __init__(self, values: Iterable[str]) -> None:
        self.values = tuple(dict.fromkeys(values))
        self._plain: Mapping[str, str] | None = None

    @property
    def shown(self) -> tuple[str, ...]:
        """The values to list in a finding: none when they are too many to help."""
        return self.values if len(self.values) <= SHOWN else ()

    def nearest(self, value: str) -> str:
        """Return the value spelt most like ``value``, or an empty string."""
        if self._plain is None:
            self._plain = {plain(one): one for one in reversed(self.values)}
        key = plain(value)
        if key and key in self._plain:
            return self._plain[key]
        value = value[:200]
        pool = self.values
        if len(pool) > SEARCHED:
            lower = value.strip().casefold()
            pool = tuple(one for one in pool if one[:2].casefold() == lower[:2] or one[-3:].casefold() == lower[-3:])[:SEARCHED]
        return nearest(value, pool)

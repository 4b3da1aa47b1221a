"""Reads whatever states an instance: our own folders, workbooks and JSON, and published files by the format named for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.findings import Finding, InvalidInstance, Severity

if TYPE_CHECKING:
    from models.instance import Instance

OWN_SUFFIXES = (".xlsx", ".json")


def is_own(path: str) -> bool:
    """Tell whether ``path`` is one of our own forms of an instance: standard input, a folder, a workbook or JSON."""
    return path == "-" or Path(path).is_dir() or Path(path).suffix.lower() in OWN_SUFFIXES


def check(path: str, form: str = "", *, reach: bool = False) -> tuple[Instance | None, tuple[Finding, ...]]:
    """Return the instance at ``path`` (``None`` when it has an error) and all findings about it; ``form`` is empty for our own.

    Unless ``form`` is given nothing is guessed. ``reach`` is as in :func:`models.tables.check_instance`.
    """
    if form:
        from instances.published import check_published

        return check_published(path, form)
    if not is_own(path) and Path(path).is_file():
        from instances.published import known_formats

        message = f"{Path(path).name!r} is no folder, .xlsx or .json; if it is a published file, say how it is written with --input-format."
        return None, (Finding("format-not-named", message, file=Path(path).name, allowed=known_formats()),)
    from models.tables import check_instance

    return check_instance(path, reach=reach)


def read(path: str, form: str = "") -> Instance:
    """Return the instance at ``path``.

    Raises
    ------
    models.findings.InvalidInstance
        With every error found, when there is any.
    """
    instance, findings = check(path, form)
    if instance is None:
        raise InvalidInstance(finding for finding in findings if finding.severity is Severity.ERROR)
    return instance

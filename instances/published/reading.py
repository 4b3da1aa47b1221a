"""From the path and format of a published file to an instance, with every finding about it."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from instances.published.layout import Layout
from instances.published.problem import Problem, instance_of
from instances.published.tokens import LARGEST_PAIRS, Broken, Tokens, read_text
from models.findings import Finding, InvalidInstance, Severity
from models.gathering import Allowed, Gathering

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.instance import Instance


@cache
def layouts() -> Mapping[str, Layout]:
    """Return every layout by each of its names."""
    found: dict[str, Layout] = {}
    package = importlib.import_module("instances.published")
    for module in pkgutil.iter_modules(package.__path__):
        layout = getattr(importlib.import_module(f"instances.published.{module.name}"), "LAYOUT", None)
        if isinstance(layout, Layout):
            found.update(dict.fromkeys(layout.names, layout))
    return dict(sorted(found.items()))


def known_formats() -> tuple[str, ...]:
    """Return what ``--input-format`` takes, an option after a colon apart."""
    return tuple(layouts())


def check_published(path: str | Path, form: str) -> tuple[Instance | None, tuple[Finding, ...]]:
    """Return the instance in a published file (``None`` when it has an error) and all findings about it.

    Parameters
    ----------
    path
        The file, as text or gzip.
    form
        One of :func:`known_formats`; ``orlib`` takes a capacity after a colon.
    """
    path = Path(path)
    problem, findings = read_problem(path, form)
    if problem is None:
        return None, findings
    name, _, option = form.partition(":")
    try:
        return instance_of(problem, f"{title_of(path)}{f'_{option}' if option else ''} ({name})", form), findings
    except InvalidInstance as error:
        return None, (*findings, *error.findings)


def read_problem(path: str | Path, form: str, most_pairs: int = LARGEST_PAIRS) -> tuple[Problem | None, tuple[Finding, ...]]:
    """Return the bare problem in a published file (``None`` when it has an error) and all findings about it; it may be too large for an instance."""
    gathering = Gathering()
    path = Path(path)
    name, _, option = form.partition(":")
    layout = layouts().get(name)
    if layout is None or not _option_fits(layout, option, form):
        message = f"There is no input format {form!r}."
        gathering.add(Finding("unknown-format", message, file=path.name, allowed=known_formats(), nearest=Allowed(known_formats()).nearest(name)))
        return None, gathering.result()
    try:
        tokens = Tokens(path.name, read_text(path, gathering), gathering, most_pairs=most_pairs)
        problem = layout.read(tokens, option)
    except Broken:
        return None, gathering.result()
    if gathering.failed:
        return None, gathering.result()
    _report(problem, path.name, gathering)
    return problem, gathering.result()


def title_of(path: Path) -> str:
    """Return the name an instance is published under: that of its file, less what says how it is kept."""
    name = path.name
    for suffix in (".gz", ".txt", ".dat", ".plc"):
        name = name.removesuffix(suffix)
    return name


def _option_fits(layout: Layout, option: str, form: str) -> bool:
    if not layout.option:
        return ":" not in form
    return ":" not in form or option.isdecimal()


def _report(problem: Problem, file: str, gathering: Gathering) -> None:
    """Say how the file was understood, and what no plan could keep."""
    sites, customers = problem.cost.shape
    counted = "counted in the file's own unit" if problem.money_scale == 1 else f"counted in units of 1/{problem.money_scale:,} of the file's"
    rounded = ", to which distances were rounded" if problem.rounded else ""
    message = f"{sites:,} sites and {customers:,} customers; costs are {counted}{rounded}."
    gathering.add(Finding("published-file", message, Severity.NOTE, file=file, value=str(problem.money_scale)))
    if int(problem.demand.sum()) > int(problem.capacity.sum()):
        message = "All sites together hold less than all customers demand, so no plan can stand."
        gathering.add(Finding("capacity-short", message, Severity.WARNING, file=file))
    outgrown = np.flatnonzero(problem.demand > problem.capacity.max())
    if outgrown.size:
        message = f"{outgrown.size:,} customers demand more than any site holds, the first of them customer {int(outgrown[0]) + 1}, so no plan can stand."
        gathering.add(Finding("demand-above-capacity", message, Severity.WARNING, file=file, value=str(int(problem.demand[outgrown[0]]))))

"""Prints whom each body could share with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from report.commands import Format, fail, load, print_table
from report.console import Exit, say

if TYPE_CHECKING:
    from models.similarity import Weights


def print_partners(source: str, body: str | None, top: int, form: Format) -> None:
    """Print the ``top`` partners of every body of an instance, or of one; leave when there is no such body."""
    from models.findings import nearest
    from models.partners import partner_table, partner_weights

    instance = load(source)
    known = instance.table("bodies")["body"].tolist()
    if body is not None and body not in known:
        close = nearest(body, known)
        fail(Exit.USAGE, f"no body {body!r}." + (f" Did you mean {close}?" if close else ""))
    print_table(partner_table(instance, body, top), form)
    if form is Format.TABLE:
        say(_how(partner_weights(instance)))


def _how(weights: Weights) -> str:
    parts = ", ".join(f"{name} {weight}" for name, weight in vars(weights).items())
    return f"likeness: the mean of its parts by weight ({parts}, an assumption unless rule similar-aims sets them); parts not known are left out"

"""Shares as whole hundredths, so that a rule's rows and its check compare whole numbers and agree exactly."""

from __future__ import annotations


def hundredths(share: float) -> int:
    """Return ``share`` (1 = all) in whole hundredths, the nearest."""
    return round(100 * float(share))

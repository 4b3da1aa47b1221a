"""Where a figure that falls or rises steadily with a parameter changes its sign."""

from __future__ import annotations

from collections.abc import Callable

TOLERANCE = 1e-6


def sign_change(value: Callable[[float], float], inside: float, outside: float, tolerance: float = TOLERANCE) -> float | None:
    """Return the last point from ``inside`` towards ``outside`` at which ``value`` is still as at ``inside`` (above 0, or not).

    Exact to ``tolerance``: at the point returned the sign is the first one, ``tolerance`` further it is the other. ``None`` when the signs at both
    ends are the same. Bisection, each step first tried at the chord, which on a straight line is the answer at once.
    """
    first, last = value(inside), value(outside)
    above = first > 0
    if (last > 0) == above:
        return None
    near, far = inside, outside
    near_value, far_value = first, last
    while abs(far - near) > tolerance:
        for point in _tries(near, far, near_value, far_value, tolerance):
            found = value(point)
            if (found > 0) == above:
                near, near_value = point, found
            else:
                far, far_value = point, found
            if abs(far - near) <= tolerance:
                break
    return near


def _tries(near: float, far: float, near_value: float, far_value: float, tolerance: float) -> list[float]:
    """Return points between ``near`` and ``far``: either side of where their chord meets 0, else the middle."""
    chord = near - near_value * (far - near) / (far_value - near_value)
    step = tolerance * 0.4 * (1 if far > near else -1)
    low, high = min(near, far), max(near, far)
    tries = [point for point in (chord - step, chord + step) if low < point < high]
    return tries if len(tries) == 2 else [(near + far) / 2]

"""Money and numbers in words and digits, as a reader of the currency expects them."""

from __future__ import annotations

_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
MINUS = "\N{MINUS SIGN}"


def _prefix(currency: str) -> str:
    """Return what stands before an amount: a symbol, or the currency's code and a space that does not break."""
    return _SYMBOLS.get(currency.upper()) or (f"{currency}\N{NO-BREAK SPACE}" if currency else "")


def exact_money(amount: int, currency: str) -> str:
    """Return whole money to the last unit, such as ``£4,868,800``."""
    return f"{MINUS if amount < 0 else ''}{_prefix(currency)}{abs(amount):,}"


def short_money(amount: float, currency: str) -> str:
    """Return money to three figures for a headline: ``£12.3m``, ``£1.24bn``; below a million to the last unit."""
    size = abs(amount)
    for unit, word in ((1e9, "bn"), (1e6, "m")):
        # 999,600,000 is one billion to three figures, so the unit is chosen after rounding.
        if float(f"{size:.3g}") >= unit:
            text = f"{float(f'{size / unit:.3g}'):,.{_decimals(size / unit)}f}{word}"
            return f"{MINUS if amount < 0 else ''}{_prefix(currency)}{text}"
    return exact_money(round(amount), currency)


def _decimals(size: float) -> int:
    rounded = float(f"{size:.3g}")
    return 2 if rounded < 10 else 1 if rounded < 100 else 0


def percent(share: float, decimals: int = 1) -> str:
    """Return a share as a percentage, such as ``8.1%``; a share that is not nought never reads as nought."""
    least = 10.0**-decimals
    if 0 < abs(share) * 100 < least / 2:
        return f"{'under ' if share > 0 else 'over ' + MINUS}{least:.{decimals}f}%"
    return f"{MINUS if share < 0 else ''}{abs(share):.{decimals}%}"


def whole(number: float) -> str:
    """Return a number rounded to whole with thousands apart."""
    return f"{MINUS if round(number) < 0 else ''}{abs(round(number)):,}"


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: ``1 cluster``, ``2 clusters``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"

"""The unit of an instance that was published in a file of its own: what one unit of whole money here is there."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.instance import Settings

SECTION = "published"
"""Section of ``instance.toml`` that says so: ``format``, ``money_scale``, ``volume_scale``, ``rounded``."""


@dataclass(frozen=True)
class PublishedUnit:
    """How costs of an instance are counted: ``money_scale`` of its units are one of the file's, to which they were ``rounded`` or are exact."""

    form: str
    money_scale: int
    rounded: bool

    def amount(self, whole: int) -> Decimal:
        """Return whole money in the file's own unit, exactly."""
        return amount(whole, self.money_scale)

    def text(self, whole: int) -> str:
        """Return whole money in the file's own unit, every digit written out."""
        return amount_text(whole, self.money_scale)

    def number(self, whole: int) -> int | float:
        """Return whole money in the file's own unit, for JSON."""
        return amount_number(whole, self.money_scale)

    def as_dict(self) -> dict[str, Any]:
        """Return the unit as plain values."""
        return {"format": self.form, "money_scale": self.money_scale, "rounded": self.rounded}

    def amounts(self, cost: int | None, bound: int | None) -> dict[str, Any]:
        """Return cost and bound of a run in the file's own unit, as its record holds them."""
        told = {"published_cost": cost, "published_bound": bound}
        return {**{name: None if value is None else self.number(value) for name, value in told.items()}, "money_scale": self.money_scale}


def amount(whole: int, money_scale: int) -> Decimal:
    """Return whole money, ``money_scale`` of which are one of a file's own unit, in that unit, exactly."""
    return Decimal(whole) / Decimal(money_scale)


def amount_text(whole: int, money_scale: int) -> str:
    """Return the same with every digit written out."""
    return f"{amount(whole, money_scale):,f}"


def amount_number(whole: int, money_scale: int) -> int | float:
    """Return the same for JSON: whole where it is."""
    return whole // money_scale if whole % money_scale == 0 else float(amount(whole, money_scale))


def unit_from(stored: Any) -> PublishedUnit | None:
    """Return the unit that :meth:`PublishedUnit.as_dict` gave; ``None`` for anything else."""
    if trouble({"volume_scale": 1, **stored} if isinstance(stored, dict) else None) or not isinstance(stored, dict):
        return None
    return PublishedUnit(stored["format"], stored["money_scale"], stored["rounded"])


def published_unit(settings: Settings) -> PublishedUnit | None:
    """Return the unit of the file an instance was published in; ``None`` for an instance that was not, or whose section cannot be read."""
    section: Any = settings.extra.get(SECTION)
    if section is None or trouble(section):
        return None
    return PublishedUnit(section["format"], section["money_scale"], section["rounded"])


def trouble(section: Any) -> str:
    """Return what is wrong with the section, empty when nothing is or there is none (``None``)."""
    if section is None:
        return ""
    if not isinstance(section, dict):
        return "it must be a section"
    if not isinstance(section.get("format"), str):
        return "format must be a text"
    for name in ("money_scale", "volume_scale"):
        scale = section.get(name)
        if isinstance(scale, bool) or not isinstance(scale, int) or scale < 1 or str(scale).strip("0") != "1":
            return f"{name} must be a power of ten"
    return "" if isinstance(section.get("rounded"), bool) else "rounded must be true or false"

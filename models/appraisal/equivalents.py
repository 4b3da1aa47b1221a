"""What a saving would buy in hospitals, motorway, and schools: communication only, never part of an appraisal.

The money is first put into the prices of the basket, then shown as a share f of it: f x 15 hospitals, f x 200 miles and so on, one *or* the
other as the basket holds them together. The figures, their marks and a deflator stand in ``equivalents.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.appraisal.appraise import PlanAppraisal

EQUIVALENTS = Path(__file__).parents[1] / "equivalents.toml"
COMMUNICATION_ONLY = "Equivalents are for communication only; a saving each year is not a stock of buildings."


@dataclass(frozen=True)
class Item:
    """A thing in the basket: how many, money each in the basket's prices, and how far that can be trusted."""

    name: str
    count: int
    unit_value: int
    unit: str
    mark: str
    source: str
    residual: bool = False


@dataclass(frozen=True)
class Basket:
    """Things that together cost ``total`` in the prices of ``price_year`` (a financial year by its first), and an index of prices by such years."""

    total: int
    price_year: int
    items: tuple[Item, ...]
    deflator: Mapping[int, float]
    deflator_mark: str
    deflator_source: str


@dataclass(frozen=True)
class Equivalent:
    """How many of one thing the money is worth beside the others of the basket."""

    name: str
    number: float
    unit: str
    mark: str


@dataclass(frozen=True)
class Equivalents:
    """A saving as things: what kind of saving it is, the money in the basket's prices, its share of the basket, and the things."""

    kind: str
    money: int
    price_year: int
    share: float
    items: tuple[Equivalent, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the equivalents as plain values."""
        return asdict(self)

    def sentence(self) -> str:
        """Return the equivalents in words, marked."""
        things = " + ".join(f"{one.number:,.2f} {one.unit} [{one.mark}]" for one in self.items)
        year = f"{self.price_year}-{(self.price_year + 1) % 100:02}"
        return f"{self.kind.capitalize()}: {self.money:,} in prices of {year}, {self.share:.3%} of the basket: {things} (hospitals a residual)."


def read_basket(path: Path = EQUIVALENTS) -> Basket:
    """Return the basket of a TOML file.

    Raises
    ------
    ValueError
        When the items do not add up to the total, to a pound for each of an item that is a residual.
    """
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    items = tuple(Item(name=name, **entry) for name, entry in content["item"].items())
    total, slack = content["basket"]["total"], sum(item.count for item in items if item.residual)
    worth = sum(item.count * item.unit_value for item in items)
    if abs(worth - total) > slack:
        raise ValueError(f"the basket is worth {worth:,}, not {total:,}")
    deflator = content["deflator"]
    index = {int(year): float(value) for year, value in deflator["index"].items()}
    return Basket(total, content["basket"]["price_year"], items, index, deflator["mark"], deflator["source"])


@cache
def basket() -> Basket:
    """Return the shipped basket, read once."""
    return read_basket()


def equivalents(money: int, price_year: int | None, currency: str, kind: str) -> Equivalents | str:
    """Return ``money`` (whole pounds in prices of ``price_year``) as things, or the reason why not; ``kind`` says what saving it is."""
    known = basket()
    if currency != "GBP":
        return f"Equivalents are in pounds of the United Kingdom, not {currency}."
    if price_year is None or price_year not in known.deflator:
        years = f"{min(known.deflator)} to {max(known.deflator)}"
        return f"Equivalents need a price year from {years}, to which the table of deflators reaches."
    deflated = round(money * known.deflator[known.price_year] / known.deflator[price_year])
    share = deflated / known.total
    things = tuple(Equivalent(item.name, round(share * item.count, 2), item.unit, item.mark) for item in known.items)
    notes = [COMMUNICATION_ONLY, f"Prices: {known.deflator_source} [{known.deflator_mark}]."]
    notes += [f"The value of a {item.unit} is a {item.source}." for item in known.items if item.residual]
    return Equivalents(kind, deflated, known.price_year, share, things, tuple(notes))


def saving_equivalents(appraised: PlanAppraisal) -> tuple[Equivalents, ...] | str:
    """Return the yearly running saving once all is moved, and the lifetime present value, as things; or the reason why there are none."""
    settings = appraised.instance.settings
    savings = (("annual saving", int(appraised.paid.running_saving[-1])), ("lifetime present value", appraised.whole.npsv))
    found = [equivalents(money, settings.price_year, settings.currency, kind) for kind, money in savings if money > 0]
    reason = next((one for one in found if isinstance(one, str)), "" if found else "There is no saving to show as things.")
    return reason or tuple(one for one in found if not isinstance(one, str))


@dataclass(frozen=True)
class ClaimCheck:
    """The first claim checked: yearly and decade figures, what part of the plain sum the decade is, and what a straight ramp would be worth."""

    yearly: int
    decade: int
    share_of_plain_sum: float
    ramp_present_value: float
    finance_and_hr_cost: int
    finance_and_hr_saving: int


def check_claim(path: Path = EQUIVALENTS) -> ClaimCheck:
    """Return the check of the claimed yearly and decade savings: a straight ramp reaches the yearly figure in the last year, each at year's end."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    claim, against = content["claim"], content["counter_evidence"]
    years, rate = claim["ramp_years"], claim["discount_rate"]
    ramp = sum(claim["yearly"] * year / years / (1 + rate) ** year for year in range(1, years + 1))
    share = claim["decade"] / (claim["yearly"] * years)
    return ClaimCheck(claim["yearly"], claim["decade"], share, ramp, against["finance_and_hr_cost"], against["saving"])

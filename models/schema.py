"""The tables of an instance: their columns, kinds, keys and defaults.

This is the one place that says what an instance may contain; reading, writing, checking, drafting and the documentation all go by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SCHEMA_VERSION = 1


class Kind(StrEnum):
    """How the text of a cell is read."""

    TEXT = "text"
    MONEY = "whole money"
    WHOLE = "whole number"
    NUMBER = "number"
    RATE = "rate"
    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    YES_NO = "yes or no"
    LIST = "list separated by ;"


class Form(StrEnum):
    """The commercial forms the law allows."""

    UNITARY = "unitary"
    JOINT_COMMITTEE = "joint-committee"
    JOINT_COMPANY = "joint-company"
    OUTSOURCED = "outsourced"


class View(StrEnum):
    """Which costs count: those of society as a whole, or what each body pays, taxes and payments to leavers included."""

    ECONOMIC = "economic"
    CASH = "cash"


JOINT_FORMS = frozenset({Form.JOINT_COMMITTEE, Form.JOINT_COMPANY})
FORMS_WITH_LEAD = frozenset({Form.UNITARY, Form.JOINT_COMMITTEE})
EVERY = "*"
"""Stands for every centre, every service or every body where a column allows it."""


def list_items(text: str) -> list[str]:
    """Return the items of a cell such as ``a; b``, without blanks around them and without empty ones."""
    return [item.strip() for item in text.split(";") if item.strip()]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name
        Header, exactly.
    kind
        How a cell is read.
    required
        Whether the column must be there and every cell filled.
    default
        Value of an absent column or an empty cell when not required; ``None`` means "not known".
    refers
        ``table.column`` whose values a cell must be one of.
    wildcard
        Whether ``*`` is allowed, meaning every value of what it refers to.
    choices
        The only values allowed.
    minimum, maximum
        Inclusive limits of a number.
    unit
        What a number counts.
    neutral
        Whether the default says "none of it" rather than claiming a figure, so that it needs no evidence.
    doubt_blank
        Whether an empty cell is doubted where the column is there: a cost left blank would count as costing nothing.
    """

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    default: str | float | int | bool | None = None
    refers: str = ""
    wildcard: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    neutral: bool = False
    doubt_blank: bool = False


@dataclass(frozen=True)
class Table:
    """One table: its name (file stem, sheet name and JSON key), its key and its columns."""

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    optional: bool = False

    def column(self, name: str) -> Column:
        """Return the column called ``name``; raise ``KeyError`` when the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name} has no column {name}")


def _money(name: str, *, required: bool = False, default: int | None = 0, minimum: float | None = 0, unit: str = "money") -> Column:
    return Column(name, Kind.MONEY, required=required, default=default, minimum=minimum, unit=unit)


def _cost(name: str, unit: str) -> Column:
    return Column(name, Kind.MONEY, default=0, minimum=0, unit=unit, doubt_blank=True)


def _rate(name: str, maximum: float = 1.0, *, neutral: bool = False) -> Column:
    return Column(name, Kind.RATE, default=0.0, minimum=0.0, maximum=maximum, unit="share", neutral=neutral)


TABLES: tuple[Table, ...] = (
    Table(
        "services",
        "a service",
        ("service",),
        (
            Column("service", required=True),
            Column("volume_unit", default=""),
            Column("scale_exponent", Kind.NUMBER, default=1.0, minimum=0.0, maximum=1.5, unit="exponent of volume"),
            Column("distance_limit_km", Kind.NUMBER, default=None, minimum=0.0, unit="km"),
            Column("workload_per_unit", Kind.NUMBER, default=1.0, minimum=0.0, unit="common workload units per unit of volume"),
            Column("travel_cost_per_km", Kind.NUMBER, default=0.0, minimum=0.0, unit="money a year per unit of volume and km", neutral=True),
        ),
    ),
    Table(
        "bodies",
        "a public body",
        ("body",),
        (
            Column("body", required=True),
            Column("name", default=""),
            Column("sector", default=""),
            Column("legal_type", required=True),
            Column("nation", default=""),
            Column("region", default=""),
            Column("latitude", Kind.LATITUDE, required=True, minimum=-90, maximum=90, unit="degrees"),
            Column("longitude", Kind.LONGITUDE, required=True, minimum=-180, maximum=180, unit="degrees"),
            Column("employees", Kind.WHOLE, default=None, minimum=0, unit="people"),
            Column("security_level", Kind.WHOLE, default=0, minimum=0, unit="level needed"),
            Column("aims", Kind.LIST, default=""),
            Column("systems", Kind.LIST, default=""),
            _money("up_front_limit", default=None, unit="money once the body can pay in year 0"),
        ),
    ),
    Table(
        "baseline",
        "a body and a service it runs today",
        ("body", "service"),
        (
            Column("body", required=True, refers="bodies.body"),
            Column("service", required=True, refers="services.service"),
            Column("volume", Kind.WHOLE, required=True, minimum=0, unit="units of the service a year"),
            _money("annual_cost", required=True, default=None, unit="money a year"),
            Column("confidence_grade", default="D", choices=("A", "B", "C", "D")),
            Column("posts", Kind.NUMBER, default=0.0, minimum=0.0, unit="full-time posts doing the work today", neutral=True),
            Column("variant", default=""),
        ),
    ),
    Table(
        "commercial_models",
        "a commercial model",
        ("commercial_model",),
        (
            Column("commercial_model", required=True),
            Column("form", required=True, choices=tuple(Form)),
            _cost("governance_cost", "money a year per cluster"),
            _cost("owner_cost", "money a year per owner"),
            _rate("client_side_rate"),
            _rate("margin_rate"),
            Column("process_saving_rate", Kind.RATE, default=0.0, minimum=-1.0, maximum=1.0, unit="share"),
            _cost("procurement_cost", "money once per cluster"),
            Column("minimum_members", Kind.WHOLE, default=1, minimum=1, unit="bodies"),
            Column("maximum_members", Kind.WHOLE, default=None, minimum=1, unit="bodies"),
            Column("minimum_owners", Kind.WHOLE, default=None, minimum=0, unit="bodies"),
            Column("maximum_owners", Kind.WHOLE, default=None, minimum=1, unit="bodies"),
            Column("minimum_volume", Kind.WHOLE, default=0, minimum=0, unit="common workload units a year"),
            Column("leaver_volume", Kind.WHOLE, default=None, minimum=0, unit="common workload units a year still there when any one body has left"),
            Column("contract_years", Kind.NUMBER, default=None, minimum=0.0, unit="years"),
            _rate("standard_rated_share", neutral=True),
        ),
    ),
    Table(
        "centres",
        "a candidate centre",
        ("centre",),
        (
            Column("centre", required=True),
            Column("name", default=""),
            Column("host_body", default="", refers="bodies.body"),
            Column("nation", default=""),
            Column("region", default=""),
            Column("latitude", Kind.LATITUDE, required=True, minimum=-90, maximum=90, unit="degrees"),
            Column("longitude", Kind.LONGITUDE, required=True, minimum=-180, maximum=180, unit="degrees"),
            Column("security_level", Kind.WHOLE, default=0, minimum=0, unit="level cleared"),
            Column("allowed_models", Kind.LIST, default="", refers="commercial_models.commercial_model"),
            Column("supplier", default=""),
            Column("private_co_owner", Kind.YES_NO, default=False, neutral=True),
            Column("open_market_workload", Kind.WHOLE, default=0, minimum=0, unit="common workload units a year for others than members", neutral=True),
        ),
    ),
    Table(
        "bands",
        "a size a centre can be built at for a service",
        ("centre", "service", "band"),
        (
            Column("centre", required=True, refers="centres.centre", wildcard=True),
            Column("service", required=True, refers="services.service"),
            Column("band", required=True),
            Column("capacity", Kind.WHOLE, required=True, minimum=0, unit="units of the service a year"),
            _cost("set_up_cost", "money once"),
            _cost("fixed_cost", "money a year"),
            Column("unit_cost", Kind.NUMBER, default=0.0, minimum=0.0, unit="money per unit of volume", doubt_blank=True),
        ),
    ),
    Table(
        "powers",
        "what a legal type may do under a commercial model, by service",
        ("legal_type", "commercial_model", "service"),
        (
            Column("legal_type", required=True),
            Column("commercial_model", required=True, refers="commercial_models.commercial_model"),
            Column("service", default=EVERY, refers="services.service", wildcard=True),
            Column("may_lead", Kind.YES_NO, default=False),
            Column("may_own", Kind.YES_NO, default=False),
            Column("may_use", Kind.YES_NO, default=False),
            Column("lead_for", Kind.LIST, default=""),
        ),
    ),
    Table(
        "vat",
        "how much of the VAT on a supply a legal type gets back",
        ("legal_type", "commercial_model"),
        (
            Column("legal_type", required=True),
            Column("commercial_model", required=True, refers="commercial_models.commercial_model", wildcard=True),
            Column("recovery_rate", Kind.RATE, required=True, minimum=0.0, maximum=1.0, unit="share"),
        ),
        optional=True,
    ),
    Table(
        "links",
        "what is particular to a body at a centre",
        ("body", "centre", "service"),
        (
            Column("body", required=True, refers="bodies.body"),
            Column("centre", required=True, refers="centres.centre", wildcard=True),
            Column("service", default=EVERY, refers="services.service", wildcard=True),
            Column("status", default="", choices=("", "forbidden", "required")),
            Column("distance_km", Kind.NUMBER, default=None, minimum=0.0, unit="km"),
            _money("extra_annual_cost", minimum=None, unit="money a year"),
            _money("extra_one_off_cost", minimum=None, unit="money once"),
        ),
        optional=True,
    ),
    Table(
        "pairs",
        "two bodies that must or must not share",
        ("body_a", "body_b"),
        (
            Column("body_a", required=True, refers="bodies.body"),
            Column("body_b", required=True, refers="bodies.body"),
            Column("relation", required=True, choices=("must-share", "must-not-share", "together-or-alone")),
        ),
        optional=True,
    ),
    Table(
        "evidence",
        "where the figures of a column come from",
        ("table", "column", "where"),
        (
            Column("table", required=True),
            Column("column", required=True),
            Column("where", default=""),
            Column("mark", required=True, choices=("V", "D", "A", "M")),
            Column("source", default=""),
        ),
        optional=True,
    ),
)

TABLE_BY_NAME = {table.name: table for table in TABLES}
EVIDENCE_MARKS = {"V": "checked in a public document", "D": "arithmetic on checked figures", "A": "assumption", "M": "from memory, unverified"}
